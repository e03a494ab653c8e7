"""Distances on foot: from buildings to facilities, and from building to building.

Everything that needs a distance asks here, in metres: along the streets where the city has them and the scenario does
not say otherwise (`City.distances`), else as straight lines. Buildings and facilities stand beside the nearest street,
and the metres to it count. Unreachable is infinite, never zero. What is worked out for a city is kept with it
(`City.memo`), and the network also on disk (`allocator.access.stored`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from allocator.access import routes, straight
from allocator.access.network import Network
from allocator.access.snapping import FAR, OnStreet, snap
from allocator.access.stored import stored_network
from allocator.city.city import City

__all__ = [
    "between", "between_pairs", "facilities_of_kind", "facilities_on_street", "how_measured", "metres_to_kind",
    "near_each_other", "nearest", "on_street", "pairs_within_reach", "walking_network", "within_reach",
]  # fmt: skip

Made = TypeVar("Made")

KEPT_WHOLE = 4000
"""Up to so many buildings with units all distances between them are kept."""


def facilities_of_kind(city: City, kind: str) -> np.ndarray:
    """Positions of the facilities of a kind in `city.facilities`, in ascending order."""
    return np.flatnonzero((city.facilities["kind"] == kind).to_numpy(dtype=bool))


def nearest(city: City, kind: str) -> np.ndarray:
    """Metres from each building to the nearest facility of a kind [n_buildings]; infinite where there is none."""

    def make() -> np.ndarray:
        network, places = walking_network(city), facilities_of_kind(city, kind)
        if network is None:
            return straight.metres_to_nearest(_facility_xy(city)[places], _building_xy(city))
        return routes.metres_to_nearest(network, facilities_on_street(city)[places], on_street(city))

    return _kept(city, ("nearest", kind), make)


def within_reach(city: City, kind: str, metres: float) -> sparse.csr_matrix:
    """1 where a facility of a kind is within so many metres of a building [n_facilities of the kind, n_buildings]."""
    facility, building, _ = pairs_within_reach(city, kind, metres)
    return _ones(facility, building, (len(facilities_of_kind(city, kind)), len(city.buildings)))


def pairs_within_reach(city: City, kind: str, metres: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every facility of a kind and building at most so many metres apart.

    Returns the position of the facility among those of the kind, the position of the building, and the metres.
    """

    def make() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        network, places = walking_network(city), facilities_of_kind(city, kind)
        if network is None:
            return straight.pairs_within(_facility_xy(city)[places], _building_xy(city), metres)
        return routes.pairs_within(network, facilities_on_street(city)[places], on_street(city), metres)

    return _kept(city, ("within", kind, metres), make)


def metres_to_kind(city: City, kind: str, buildings: Sequence[int]) -> np.ndarray:
    """Metres from each facility of a kind to some buildings, by position [n_facilities of the kind, n_buildings]."""
    network, places = walking_network(city), facilities_of_kind(city, kind)
    chosen = np.asarray(buildings, dtype=np.int64)
    if network is None:
        return straight.metres_between(_facility_xy(city)[places], _building_xy(city)[chosen])
    return routes.metres_between(network, facilities_on_street(city)[places], on_street(city)[chosen])


def near_each_other(city: City, metres: float) -> sparse.csr_matrix:
    """1 where two buildings with units are within so many metres of each other [n_buildings, n_buildings].

    Each of them is near itself.
    """

    def make() -> sparse.csr_matrix:
        network = walking_network(city)
        places = _with_units(city)
        if network is None:
            xy = _building_xy(city)[places]
            pairs = straight.pairs_within(xy, xy, metres)[:2]
        else:
            spots = on_street(city)[places]
            one, other, _ = routes.pairs_within(network, spots, spots, metres)
            apart = one != other  # who lives in one house need not go to the street
            own = np.arange(len(places))
            pairs = np.concatenate([one[apart], own]), np.concatenate([other[apart], own])
        return _ones(places[pairs[0]], places[pairs[1]], (len(city.buildings),) * 2)

    return _kept(city, ("near", metres), make)


def between(city: City, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Metres between buildings, by their positions in `city.buildings` [len(first), len(second)]; 0 to itself."""
    first, second = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    network = walking_network(city)
    if network is None:
        xy = _building_xy(city)
        return straight.metres_between(xy[first], xy[second])
    places = _with_units(city)
    row = np.full(len(city.buildings), -1)
    row[places] = np.arange(len(places))
    if len(places) <= KEPT_WHOLE and len(first) * len(second) > 1 and min(row[first].min(), row[second].min()) >= 0:
        # Asked again and again for other pairs of households: worked out once for all buildings with units.
        whole = _kept(city, ("between",), lambda: _on_foot(city, network, places, places))
        return whole[np.ix_(row[first], row[second])]
    return _on_foot(city, network, first, second)


def between_pairs(city: City, pairs: np.ndarray) -> np.ndarray:
    """Metres between the two buildings of each pair of positions [n, 2], as `between` would say [n]."""
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    network = walking_network(city)
    if network is None:
        xy = _building_xy(city)
        return np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    result = np.zeros(len(pairs))
    for one in np.unique(pairs[:, 0]):
        mine = np.flatnonzero(pairs[:, 0] == one)
        result[mine] = _on_foot(city, network, np.array([one]), pairs[mine, 1])[0]
    return result


def _on_foot(city: City, network: Network, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    spots = on_street(city)
    metres = routes.metres_between(network, spots[first], spots[second])
    metres[first[:, None] == second[None, :]] = 0.0
    return metres


def walking_network(city: City) -> Network | None:
    """The network on which distances of the city are measured; None where they are straight lines."""
    if city.distances != "streets" or city.streets is None:
        return None

    def make() -> Network | None:
        network = stored_network(city.streets.geometry.to_numpy(dtype=object), city.street_crossings)
        return network if len(network.ends) else None

    return _kept(city, ("network",), make)


def on_street(city: City) -> OnStreet:
    """Where each building stands on the network [n_buildings]; only for a city that is measured on streets."""
    return _kept(city, ("buildings on street",), lambda: snap(_needed(city), _building_xy(city)))


def facilities_on_street(city: City) -> OnStreet:
    """Where each facility stands on the network [n_facilities]; only for a city that is measured on streets."""
    return _kept(city, ("facilities on street",), lambda: snap(_needed(city), _facility_xy(city)))


def how_measured(city: City) -> dict[str, Any]:
    """How distances were measured, for `result.json`: `on` streets or straight lines.

    On streets: metres of the network; metres and number of pieces that are cut off from it; pairs of lines that cross
    without meeting; and the farthest building with units, and facility, from a street (metres), and how many are
    farther than `FAR`.
    """
    network = walking_network(city)
    if network is None:
        return {"on": "straight"}
    asides = {"buildings": on_street(city).aside[_with_units(city)], "facilities": facilities_on_street(city).aside}
    return {
        "on": "streets",
        "network_metres": round(float(network.length.sum()), 1),
        "cut_off_metres": round(network.cut_off_metres, 1),
        "cut_off_pieces": network.cut_off_pieces,
        "crossings_apart": network.crossings,
        "far_metres": FAR,
        **{f"farthest_{name}": round(float(aside.max(initial=0.0)), 1) for name, aside in asides.items()},
        **{f"far_{name}": int((aside > FAR).sum()) for name, aside in asides.items()},
    }


def _needed(city: City) -> Network:
    network = walking_network(city)
    if network is None:
        raise ValueError("distances of this city are straight lines")
    return network


def _kept(city: City, key: Hashable, make: Callable[[], Made]) -> Made:
    """What was worked out before under this key, else what `make` gives."""
    if key not in city.memo:
        city.memo[key] = make()
    return city.memo[key]


def _ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def _with_units(city: City) -> np.ndarray:
    """Positions of the buildings that have units, in ascending order."""
    return np.flatnonzero(city.buildings["building_id"].isin(city.units["building_id"]).to_numpy(dtype=bool))


def _building_xy(city: City) -> np.ndarray:
    return np.column_stack([city.buildings[name].to_numpy(dtype=float) for name in ("x", "y")])


def _facility_xy(city: City) -> np.ndarray:
    points = city.facilities.geometry.representative_point()
    return np.column_stack([points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float)])
