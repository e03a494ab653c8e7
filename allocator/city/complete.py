"""Completes a real city by what no city publishes: vacant flats, dwellings, status, sites' units, households.

Works on plain tables of any city; the draws are those of the model city. Whatever is made up is marked: the flag
`synthetic` says that a row holds made-up values, `synthetic_columns` in which columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.city.model_city.buildings import PERSONS_PER_DWELLING, share_dwellings
from allocator.city.model_city.flats import choose_vacant_buildings, make_flats
from allocator.city.model_city.sites import make_site_units
from allocator.city.model_city.town import let_to_refugees

__all__ = ["Estimate", "centrality", "estimate_missing", "flats_on_addresses", "invented", "marked", "units_of_sites"]

CENTRE_REACH = 0.42
"""Distance at which centrality has fallen to 1/e, as a share of the radius of a disk of the city's area."""
BUILDING_DISTANCE = 24.0
"""About so far apart are the buildings of one site whose place on the map is a single point, in metres."""
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True)
class Estimate:
    """Values without gaps, which of them are estimated, and the correlation r on which that rests."""

    values: NDArray[np.float64]
    estimated: NDArray[np.bool_]
    correlation: float


def estimate_missing(known: NDArray[np.float64], predictor: NDArray[np.float64], *, least: float = 0.0) -> Estimate:
    """Fill the gaps (NaN) of `known` by its linear regression on `predictor`, both of shape (n,).

    Ordinary least squares over the known values; estimates are at least `least`. Raises ValueError with fewer than
    three known values, or a constant predictor.
    """
    missing = np.isnan(known)
    x, y = predictor[~missing], known[~missing]
    if len(x) < 3 or np.ptp(x) == 0:
        raise ValueError("a regression needs three known values and a predictor that varies")
    slope, intercept = np.polyfit(x, y, 1)
    values = np.where(missing, np.maximum(least, intercept + slope * predictor), known)
    return Estimate(values, missing, float(np.corrcoef(x, y)[0, 1]))


def centrality(points: NDArray[np.float64], centre: NDArray[np.float64], area: float) -> NDArray[np.float64]:
    """How central points (n, 2) are, 1 at `centre` and falling towards 0; `area` of the city in m²."""
    radius = np.sqrt(area / np.pi)
    return np.exp(-np.hypot(*(points - centre).T) / (CENTRE_REACH * radius))


def flats_on_addresses(
    rng: np.random.Generator,
    addresses: pd.DataFrame,
    spaces: pd.DataFrame,
    *,
    flats: int,
    buildings: int,
    rent_level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Buildings with vacant flats among real addresses, and those flats.

    `addresses` has `building_id`, `space` (row number in `spaces`), `status_index`, `centrality`; `spaces` has
    `residents`. Residents over PERSONS_PER_DWELLING are the dwellings of a space, shared by its addresses; the more
    dwellings, the likelier one is vacant, so that flats follow residents. Returned buildings keep the columns of
    `addresses` and get `dwellings` and `refugee_flats`.
    """
    held = np.round(spaces["residents"].to_numpy() / PERSONS_PER_DWELLING).astype(np.int64)
    stock = addresses.assign(dwellings=share_dwellings(rng, addresses["space"].to_numpy(), held))
    chosen = stock.iloc[choose_vacant_buildings(rng, stock, buildings)].reset_index(drop=True)
    vacant = make_flats(rng, chosen, flats, rent_level)
    # A building has at least the dwellings that are vacant in it.
    counted = chosen["building_id"].map(vacant["building_id"].value_counts()).to_numpy()
    chosen["dwellings"] = np.maximum(chosen["dwellings"], counted)
    chosen["refugee_flats"] = let_to_refugees(rng, chosen, vacant)
    return chosen, vacant


def units_of_sites(
    rng: np.random.Generator, sites: pd.DataFrame, spaces: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.int64]]:
    """Buildings and units of real sites, and the refugees who live there.

    `sites` is what `make_site_units` takes, with `x`, `y` and `space_id`; the buildings of a site stand in a spiral
    around its point, or at it where the spiral leaves the social space (`space_id`, `geometry` of `spaces`). Building
    ids are `<site_id>-<number>`.
    """
    buildings, units, refugees = make_site_units(rng, sites)
    place = sites.set_index("site_id").loc[buildings["site_id"], ["x", "y", "space_id"]].reset_index(drop=True)
    number = buildings["number"].to_numpy()
    reach, angle = BUILDING_DISTANCE * np.sqrt(number), GOLDEN_ANGLE * number
    around = np.round(place[["x", "y"]] + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]), 1)
    own = spaces.set_index("space_id").geometry.reindex(place["space_id"]).to_numpy()
    place.loc[shapely.contains_xy(own, around["x"], around["y"]), ["x", "y"]] = around
    buildings = buildings.join(place)
    for table in (buildings, units):
        table["building_id"] = table["site_id"] + "-" + (table["number"] + 1).astype(str)
    return buildings.drop(columns="number"), units, refugees


def invented(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with the marks of rows that are made up as a whole."""
    return frame.assign(synthetic=True, synthetic_columns="all")


def marked(frame: pd.DataFrame, columns: dict[str, NDArray[np.bool_] | bool]) -> pd.DataFrame:
    """The table with `synthetic` and `synthetic_columns`; `columns` says in which rows each column is made up."""
    flags = {name: np.broadcast_to(np.asarray(rows, dtype=bool), len(frame)) for name, rows in columns.items()}
    listed = np.full(len(frame), "", dtype=object)
    for name, rows in flags.items():
        listed = np.where(rows, listed + np.where(listed == "", "", ";") + name, listed)
    return frame.assign(synthetic=np.any(list(flags.values()), axis=0), synthetic_columns=listed)
