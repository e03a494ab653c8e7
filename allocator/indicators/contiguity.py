"""Which social spaces and which districts are neighbours."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from allocator.city.city import City

__all__ = ["GAP_METRES", "neighbours_by_level"]

GAP_METRES = 1.0
"""Borders that are drawn twice seldom match: social spaces so near to each other touch."""


def neighbours_by_level(city: City, places: dict[str, list[str]]) -> dict[str, NDArray[np.intp]]:
    """For each level (social_space, district) the pairs of neighbours [2, n_pairs], as positions in `places[level]`.

    Social spaces are neighbours where their polygons share a border or a corner (queen contiguity) or lie within
    `GAP_METRES`; districts where a social space of one is a neighbour of a social space of the other. Every pair
    stands once, the smaller position first. A city whose social spaces have no geometry has no neighbours.
    """
    spaces = city.social_spaces
    pairs = np.zeros((2, 0), dtype=np.intp)
    if "geometry" in spaces.columns:
        shapes = spaces.geometry.to_numpy()
        tree = shapely.STRtree(shapes)
        pairs = tree.query(shapes, predicate="dwithin", distance=GAP_METRES)
    result = {}
    for level, column in (("social_space", "space_id"), ("district", "district_id")):
        position = {place: number for number, place in enumerate(places[level])}
        where = np.array([position.get(place, -1) for place in spaces[column]], dtype=np.intp)
        result[level] = _once(where[pairs])
    return result


def _once(pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Each pair of two different known places once."""
    pairs = np.sort(pairs, axis=0)
    pairs = pairs[:, (pairs[0] >= 0) & (pairs[0] < pairs[1])]
    return np.unique(pairs, axis=1)
