"""Facilities: free seats as German towns report them, and places on the map of a model city."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.city.model_city.buildings import pick_weighted
from allocator.city.model_city.chance import apportion
from allocator.city.model_city.size import ModelCitySize

__all__ = ["free_seats", "make_facilities"]

STOP_DISTANCE = 420.0
RESIDENTS_PER = {"doctor": 2_100, "shop": 2_600, "welcome_point": 20_000}
NAMES = {"school": "Schule", "kita": "Kita", "stop": "Haltestelle", "doctor": "Praxis", "shop": "Supermarkt",
         "welcome_point": "Willkommenspunkt"}  # fmt: skip
WITHOUT_SEATS = {"school": 0.27, "kita": 0.45}
SEATS_PER_HOUSEHOLD = {"school": 0.56, "kita": 0.19}


def free_seats(rng: np.random.Generator, kind: pd.Series, households: int) -> pd.Series:
    """Free seats of schools and Kitas (whole numbers), missing for facilities of any other `kind`.

    Many have none at all (WITHOUT_SEATS), and all together have fewer than the children of so many households need
    (SEATS_PER_HOUSEHOLD), so that there are shortages as in German cities.
    """
    seats = np.full(len(kind), np.nan)
    for name, each in SEATS_PER_HOUSEHOLD.items():
        rows = np.flatnonzero(kind == name)
        has_seats = rng.permutation(len(rows)) >= round(WITHOUT_SEATS[name] * len(rows))
        weight = np.where(has_seats, rng.gamma(2.0, 1.0, len(rows)), 0.0)
        if len(rows):
            seats[rows] = apportion(round(each * households), weight)
    return pd.Series(pd.array(seats, dtype="Int64"), index=kind.index)


def make_facilities(
    rng: np.random.Generator, size: ModelCitySize, spaces: gpd.GeoDataFrame, streets: gpd.GeoDataFrame,
    addresses: pd.DataFrame,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Schools, Kitas, doctors, shops and welcome points at addresses, stops at crossings of main streets.

    Counts per social space follow its residents. Free seats are fewer than the children of `size.households` will
    need, so that there are shortages. Columns as in the contract, coordinates as in `addresses`.
    """
    residents = spaces["residents"].to_numpy()
    counts = {"school": size.schools, "kita": size.kitas}
    counts |= {kind: max(1, round(size.residents / each)) for kind, each in RESIDENTS_PER.items()}
    tables, free = [], np.ones(len(addresses), dtype=bool)
    for kind, count in counts.items():
        wanted = apportion(count, residents * rng.uniform(0.85, 1.15, len(residents)))
        weight = np.where(addresses["kind"] == "main", 3.0 if kind in ("shop", "doctor") else 1.2, 1.0) * free
        chosen = pick_weighted(rng, addresses["space"].to_numpy(), weight, wanted)
        free[chosen] = False
        points = addresses.iloc[chosen][["x", "y"]].to_numpy()
        tables.append(_table(kind, points, spaces))
    tables.append(_table("stop", _stops(streets), spaces))
    facilities = pd.concat(tables, ignore_index=True)
    seats = free_seats(rng, facilities["kind"], size.households)
    return gpd.GeoDataFrame(facilities.assign(seats=seats), geometry="geometry")


def _table(kind: str, points: NDArray[np.float64], spaces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Facilities of one kind in a stable order, named after the social space in which they lie."""
    points = points[np.lexsort([points[:, 1], points[:, 0]])]
    geometry = shapely.points(points)
    row, space = shapely.STRtree(spaces.geometry.to_numpy()).query(geometry, predicate="intersects")
    where = pd.Series(space, index=row).groupby(level=0).min().reindex(range(len(points))).fillna(0).astype(int)
    names = pd.Series(spaces["name"].to_numpy()[where])
    again = names.groupby(names).cumcount()
    names = NAMES[kind] + " " + names + np.where(again > 0, " " + (again + 1).astype(str), "")
    ids = [f"{kind[:3].upper()}{number:04d}" for number in range(1, len(points) + 1)]
    return pd.DataFrame({"facility_id": ids, "kind": kind, "name": names, "geometry": geometry})


def _stops(streets: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """One crossing of a main street in each square of STOP_DISTANCE that has one."""
    main = streets.geometry[streets["kind"] == "main"].to_numpy()
    ends = np.unique(shapely.get_coordinates(main), axis=0)
    squares = pd.DataFrame(np.floor(ends / STOP_DISTANCE).astype(int))
    return ends[~squares.duplicated().to_numpy()]
