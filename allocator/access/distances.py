"""Distances on foot from buildings to facilities, and between buildings.

Where a city has no streets, or none are asked for, a distance is a straight line. Everything that needs a distance
asks here, in metres; unreachable is infinite, never zero.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from allocator.city.city import City

__all__ = ["between", "facilities_of_kind", "nearest", "within_reach"]


def facilities_of_kind(city: City, kind: str) -> np.ndarray:
    """Positions of the facilities of a kind in `city.facilities`, in ascending order."""
    return np.flatnonzero((city.facilities["kind"] == kind).to_numpy(dtype=bool))


def _coordinates(city: City, kind: str) -> np.ndarray:
    points = city.facilities.geometry.iloc[facilities_of_kind(city, kind)].representative_point()
    return np.column_stack([points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)])


def nearest(city: City, kind: str) -> np.ndarray:
    """Metres from each building to the nearest facility of a kind [n_buildings]; infinite where there is none."""
    places = _coordinates(city, kind)
    xy = city.buildings[["x", "y"]].to_numpy(dtype=float)
    if not len(places):
        return np.full(len(xy), np.inf)
    return cKDTree(places).query(xy)[0]


def within_reach(city: City, kind: str, metres: float) -> sparse.csr_matrix:
    """1 where a facility of a kind is within so many metres of a building [n_facilities of the kind, n_buildings]."""
    places = _coordinates(city, kind)
    xy = city.buildings[["x", "y"]].to_numpy(dtype=float)
    shape = (len(places), len(xy))
    if not len(places) or not len(xy):
        return sparse.csr_matrix(shape)
    found = cKDTree(xy).query_ball_point(places, metres)
    rows = np.repeat(np.arange(len(places)), [len(some) for some in found])
    columns = np.concatenate([np.asarray(some, dtype=int) for some in found])
    return sparse.csr_matrix((np.ones(rows.size), (rows, columns)), shape=shape)


def between(city: City, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Metres between buildings, by their positions in `city.buildings` [len(first), len(second)]; 0 to itself."""
    xy = city.buildings[["x", "y"]].to_numpy(dtype=float)
    return cdist(xy[first], xy[second])
