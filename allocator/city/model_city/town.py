"""The whole model city: its parts in order, each with random numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from allocator.city.city import Source
from allocator.city.model_city.areas import Ground, make_ground
from allocator.city.model_city.buildings import make_addresses, make_buildings, pick_weighted
from allocator.city.model_city.chance import random_stream
from allocator.city.model_city.facilities import make_facilities
from allocator.city.model_city.flats import choose_vacant_buildings, make_flats
from allocator.city.model_city.households import make_households, with_surroundings
from allocator.city.model_city.sites import make_site_units, plan_sites
from allocator.city.model_city.size import ModelCitySize
from allocator.city.model_city.society import GROUPS, make_social_spaces
from allocator.city.model_city.streets import make_streets
from allocator.errors import UsageError
from allocator.wording import Text

__all__ = ["UNIT_COLUMNS", "ModelCity", "let_to_refugees", "make_model_city", "number_units"]

CRS = "EPSG:25832"
ORIGIN = np.array([478_400.0, 5_713_200.0])
"""Centre of the city in CRS, in metres: somewhere in the middle of Germany, with no regard to what is there."""
RENT_LEVEL = 8.3
"""EUR a month and m², without heating, of a middling flat (see `monthly_rents`)."""
REFERENCE_RENT = 8.7
"""EUR a month and m² that the city pays for households (see `highest_rents`)."""
PERSONS_PER_REFUGEE_FLAT = 3.1
OTHER_REFUGEES = 0.004
"""Share of residents who are refugees in homes of their own that no list of the city holds."""
UNIT_COLUMNS = ["unit_id", "building_id", "capacity", "shared", "occupied", "rooms", "floor_area", "accessible", "rent",
                "available_from", "available_until", "kind", "owner", "funding"]  # fmt: skip


@dataclass(frozen=True)
class ModelCity:
    """The tables of a city of which some or all rows are made up, with the columns of the contract and further ones.

    Geometries are in `crs`, in metres. `elsewhere` maps tables that another file holds to what `city.yaml` says of
    them; such a table is None here. Streets and households may be None: there are none, or no list of them.
    """

    name: str
    crs: str
    social_spaces: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    units: pd.DataFrame
    sites: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame | None
    households: pd.DataFrame | None
    sources: tuple[Source, ...] = ()
    elsewhere: dict[str, dict[str, Any]] = field(default_factory=dict)


def make_model_city(seed: int = 1, residents: int = 60_000, **counts: int | None) -> ModelCity:
    """A model city; the same seed and counts give the same city.

    `counts` may set `households`, `flats`, `buildings`, `other_buildings`, `sites`, `spaces`, `districts`, `schools`
    and `kitas`; others follow from `residents` (see `ModelCitySize.scaled`, which raises UsageError for what does not
    go together).
    """
    size = ModelCitySize.scaled(residents, **counts)
    ground = make_ground(random_stream(seed, "ground"), size)
    spaces = make_social_spaces(random_stream(seed, "society"), ground, size)
    streets = make_streets(random_stream(seed, "streets"), ground, spaces)
    addresses = make_addresses(random_stream(seed, "addresses"), ground, spaces, streets)
    buildings = make_buildings(
        random_stream(seed, "buildings"), addresses, spaces, size.buildings + size.other_buildings
    )
    if len(buildings) < size.buildings:
        raise UsageError(f"the streets of this city have plots for {len(buildings)} buildings, not {size.buildings}")
    taken = pd.MultiIndex.from_frame(addresses[["x", "y"]]).isin(pd.MultiIndex.from_frame(buildings[["x", "y"]]))
    empty_plots = addresses[~taken].reset_index(drop=True)
    buildings = _described(ground, spaces, buildings)
    buildings.insert(0, "building_id", [f"B{number:05d}" for number in range(1, len(buildings) + 1)])
    rng = random_stream(seed, "flats")
    vacant = buildings.iloc[choose_vacant_buildings(rng, buildings, size.buildings)]
    flats = make_flats(rng, vacant, size.flats, RENT_LEVEL)
    buildings["refugee_flats"] = let_to_refugees(rng, buildings, flats)
    sites, site_buildings, site_units = _sites(random_stream(seed, "sites"), ground, spaces, empty_plots, size.sites)
    buildings = pd.concat([buildings.assign(site_id=""), site_buildings], ignore_index=True)
    units = number_units(pd.concat([flats, site_units], ignore_index=True))
    spaces["refugees"] = _refugees(random_stream(seed, "refugees"), spaces, buildings, sites)
    facilities = make_facilities(random_stream(seed, "facilities"), size, spaces, streets, empty_plots)
    households = make_households(
        random_stream(seed, "households"),
        size.households,
        spaces=spaces.assign(pull=spaces["residents"] * (0.4 + spaces["centrality"])),
        units=with_surroundings(units, buildings, spaces),
        reference_rent=REFERENCE_RENT,
        groups=GROUPS,
    )
    return _finished(seed, residents, spaces, buildings, units, sites, facilities, streets, households)


def number_units(units: pd.DataFrame) -> pd.DataFrame:
    """Units with ids `U00001` and on, in the order of the rows, and the columns UNIT_COLUMNS."""
    units = units.reindex(columns=[column for column in UNIT_COLUMNS if column != "unit_id"])
    texts = ["available_from", "available_until", "funding"]
    units[texts] = units[texts].astype(object).fillna("")
    units.insert(0, "unit_id", [f"U{number:05d}" for number in range(1, len(units) + 1)])
    return units


def let_to_refugees(rng: np.random.Generator, buildings: pd.DataFrame, flats: pd.DataFrame) -> NDArray[np.int64]:
    """`refugee_flats` of `buildings` (`building_id`, `dwellings`): one or two in about every 25th, where they fit."""
    vacant = buildings["building_id"].map(flats["building_id"].value_counts()).fillna(0).to_numpy()
    chance = np.where(vacant > 0, 0.08, 0.03)
    draw = rng.random(len(buildings))
    wanted = np.where(draw < 0.15 * chance, 2, np.where(draw < chance, 1, 0))
    fits = buildings["dwellings"].to_numpy() - vacant >= np.maximum(2, wanted)
    return np.where(fits, wanted, 0).astype(np.int64)


def _described(ground: Ground, spaces: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Places (`x`, `y`, `space`) with `space_id`, `status_index` and `centrality`."""
    row = places["space"].to_numpy()
    return places.assign(
        space_id=spaces["space_id"].to_numpy()[row],
        status_index=spaces["status_index"].to_numpy()[row],
        centrality=ground.core(places[["x", "y"]].to_numpy()),
    )


def _sites(
    rng: np.random.Generator, ground: Ground, spaces: gpd.GeoDataFrame, plots: pd.DataFrame, count: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Sites, their buildings and units: more often in spaces of low status and outside the core, on empty plots."""
    sites = plan_sites(rng, count)
    described = _described(ground, spaces, plots)
    weight = (0.4 + described["status_index"]) * (1.3 - described["centrality"])
    first = pick_weighted(rng, np.zeros(len(plots), dtype=np.int64), weight.to_numpy(), np.array([count]))
    first = rng.permutation(first)
    buildings, units, refugees = make_site_units(rng, sites)
    plot = _neighbouring_plots(plots[["x", "y"]].to_numpy(), first, sites["buildings"].to_numpy())
    keep = ["x", "y", "space_id", "address", "status_index", "centrality"]
    buildings = pd.concat([buildings, described.iloc[plot][keep].reset_index(drop=True)], axis=1)
    buildings["building_id"] = buildings["site_id"] + "-" + (buildings["number"] + 1).astype(str)
    units["building_id"] = units["site_id"] + "-" + (units["number"] + 1).astype(str)
    middle = buildings.groupby("site_id")[["x", "y"]].mean()
    names = sites["label"] + " " + described["address"].to_numpy()[first]
    sites = sites.assign(name=names, refugees=refugees).join(middle, on="site_id")
    return sites, buildings.drop(columns="number"), units


def _neighbouring_plots(
    points: NDArray[np.float64], first: NDArray[np.int64], held: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Row numbers of the plots of all sites, one site after the other: `first` and the nearest ones not yet taken."""
    most = min(len(points), int(held.max()) * 4)
    _, nearest = cKDTree(points).query(points[first], k=np.arange(1, most + 1))
    taken = np.zeros(len(points), dtype=bool)
    taken[first] = True
    plots = []
    for own, around, count in zip(first, nearest, held, strict=True):
        chosen = [own, *around[~taken[around]][: count - 1]]
        taken[chosen] = True
        plots.append(np.array(chosen))
    return np.concatenate(plots)


def _refugees(
    rng: np.random.Generator, spaces: pd.DataFrame, buildings: pd.DataFrame, sites: pd.DataFrame
) -> NDArray[np.int64]:
    """Refugees who live in each social space today: at its sites, in flats let to them, and in homes of their own."""
    site_space = buildings[buildings["site_id"] != ""].drop_duplicates("site_id").set_index("site_id")["space_id"]
    at_sites = sites.set_index("site_id")["refugees"].groupby(site_space).sum()
    ordinary = buildings[buildings["site_id"] == ""]
    in_flats = PERSONS_PER_REFUGEE_FLAT * ordinary.groupby("space_id")["refugee_flats"].sum()
    others = OTHER_REFUGEES * spaces["residents"] * rng.uniform(0.4, 1.6, len(spaces))
    known = spaces["space_id"].map(at_sites).fillna(0) + spaces["space_id"].map(in_flats).fillna(0)
    return np.round(known + others).astype(np.int64).to_numpy()


def _finished(
    seed: int, residents: int, spaces: gpd.GeoDataFrame, buildings: pd.DataFrame, units: pd.DataFrame,
    sites: pd.DataFrame, facilities: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, households: pd.DataFrame,
) -> ModelCity:  # fmt: skip
    """The tables with the columns that are shown, at their place on the map, in decimetres."""

    def placed(frame: pd.DataFrame, columns: list[str]) -> gpd.GeoDataFrame:
        points = frame.geometry.to_numpy() if "geometry" in frame else shapely.points(frame[["x", "y"]].to_numpy())
        moved = shapely.transform(points, lambda corners: np.round(corners + ORIGIN, 1))
        return gpd.GeoDataFrame(frame[columns].reset_index(drop=True), geometry=moved, crs=CRS)

    space_columns = [
        "space_id", "name", "district_id", "district_name", "residents", "refugees", "group_a", "group_b", "group_c",
        "status_index", "unemployment_rate", "migrants_share", "median_income",
    ]  # fmt: skip
    building_columns = ["building_id", "space_id", "site_id", "address", "dwellings", "refugee_flats"]
    source = Source(
        file="city.yaml",
        title=Text(f"Model city of {residents:,} residents, seed {seed}: every table of this folder",
                   f"Modellstadt mit {f'{residents:,}'.replace(',', '.')} Einwohnern, Startwert {seed}: jede Tabelle "
                   "dieses Ordners"),
        licence="MIT",
        attribution="allocator",
        synthetic=Text("Everything here is invented: no such city exists, and no person, flat or site in it.",
                       "Alles hier ist erfunden: Es gibt weder diese Stadt noch eine Person, eine Wohnung oder einen "
                       "Standort darin."),
    )  # fmt: skip
    return ModelCity(
        name="Modellstadt",
        crs=CRS,
        social_spaces=placed(spaces, space_columns),
        buildings=placed(buildings, building_columns),
        units=units,
        sites=placed(sites, ["site_id", "name", "kind", "refugees", "cost", "owner"]),
        facilities=placed(facilities, ["facility_id", "kind", "name", "seats"]),
        streets=placed(streets, ["street_id", "name", "kind"]),
        households=households,
        sources=(source,),
    )
