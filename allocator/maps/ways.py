"""What the map shows of ways: streets by their distance to a kind of facility, and the way of placed children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from allocator.access.distances import (
    facilities_of_kind,
    facilities_on_street,
    metres_to_kind,
    nearest,
    on_street,
    walking_network,
)
from allocator.access.network import Network
from allocator.access.paths import ways_to
from allocator.access.routes import metres_to_nearest
from allocator.access.snapping import OnStreet
from allocator.goals.walk import WALKERS
from allocator.maps.outlines import PRECISION, degrees
from allocator.report.distance_words import distance_sentences

if TYPE_CHECKING:
    from allocator.city.city import City
    from allocator.plan import Plan
    from allocator.report.numbers import Language

__all__ = ["LIMITS", "taken_by_facility", "ways_content"]

LIMITS = (500, 1000, 1500)
"""Metres at which the bands of distance end; the last band is beyond all of them."""
LONGEST = 300.0
"""Metres of street that are drawn in one colour."""
STREET_TOLERANCE, WAY_TOLERANCE = 6.0, 3.0
"""Metres by which drawn lines may differ from the real ones."""
MOST_STREETS = 60_000
"""Beyond so many pieces streets are not drawn: the page would be too large."""


def ways_content(plan: Plan, language: Language, buildings: pd.Series) -> dict[str, Any]:
    """Bands of streets, ways of children and seats of facilities, fit for JSON; `buildings` are the ids on the page.

    `lines` are pieces of streets, each [Δlat, Δlon, …] in 1/PRECISION degree, the first corner as seen from the first
    corner of the line before; `bands` by kind has a digit for each of them: the position in `limits` of its distance.
    `children` by kind counts placed children (of other kinds: persons) by the band in which they live. `ways` lists
    building, facility, children or persons, metres and line of each way; `taken` the children by facility, None where
    no rule hands out its seats.
    """
    city, network = plan.scenario.city, walking_network(plan.scenario.city)
    kinds = _kinds(plan)
    result: dict[str, Any] = {
        "told": distance_sentences(plan.result.get("distances"), language),
        "kinds": kinds,
        "limits": list(LIMITS),
        "children": {kind: _by_band(plan, kind) for kind in kinds},
        "lines": [],
        "bands": {},
        "taken": taken_by_facility(plan),
        **_ways(plan, network, buildings),
    }
    if network is not None:
        pieces, lines = _pieces(network)
        if len(lines) <= MOST_STREETS:
            result["lines"] = _encode(lines, city.crs)
            result["bands"] = {kind: _bands(city, network, pieces, kind) for kind in kinds}
    return result


def _kinds(plan: Plan) -> list[str]:
    """Kinds of facilities that rules and goals speak of, and schools and Kitas; only those that the city has."""
    rules = plan.scenario.rules.values()
    goals = (goal for stage in plan.scenario.stages for goal, _ in stage.goals)
    named = [getattr(one, "kind", None) for one in rules] + [getattr(goal, "to", None) for goal in goals]
    known = set(plan.scenario.city.facilities["kind"])
    return [kind for kind in dict.fromkeys([*WALKERS, *named]) if kind in known]


def _by_band(plan: Plan, kind: str) -> list[int]:
    """Placed children, or persons, by the band in which they live."""
    column = WALKERS.get(kind, "persons")
    near = dict(zip(plan.scenario.city.buildings["building_id"], nearest(plan.scenario.city, kind), strict=True))
    stays = plan.ledger.placed
    band = np.searchsorted(LIMITS, [near[stay.unit["building_id"]] for stay in stays])
    number = np.array([stay.household[column] for stay in stays], dtype=float)
    return np.bincount(band.astype(int), weights=number, minlength=len(LIMITS) + 1).astype(int).tolist()


def taken_by_facility(plan: Plan) -> list[int | None]:
    """Children by facility, over all rules that hand out seats."""
    facilities = plan.scenario.city.facilities
    kinds = {seating.kind for seating in plan.seatings.values()}
    taken = pd.Series(0.0, index=facilities["facility_id"])
    for seating in plan.seatings.values():
        taken = taken.add(pd.Series(seating.taken, dtype=float), fill_value=0.0)
    values = taken.reindex(facilities["facility_id"]).to_numpy()
    return [int(value) if kind in kinds else None for value, kind in zip(values, facilities["kind"], strict=True)]


def _pieces(network: Network) -> tuple[OnStreet, np.ndarray]:
    """Streets in pieces of at most LONGEST metres: the middle of each, and its line, simplified."""
    count = np.maximum(1, np.ceil(network.length / LONGEST).astype(int))
    edge = np.repeat(np.arange(len(network.ends)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    step = (network.length / count)[edge]
    lines = network.lines[edge]
    for cut in np.flatnonzero(count[edge] > 1).tolist():
        lines[cut] = substring(lines[cut], number[cut] * step[cut], (number[cut] + 1) * step[cut])
    return OnStreet(edge, (number + 0.5) * step, np.zeros(len(edge))), shapely.simplify(lines, STREET_TOLERANCE)


def _bands(city: City, network: Network, pieces: OnStreet, kind: str) -> str:
    """The band of the middle of each piece, a digit each."""
    places = facilities_on_street(city)[facilities_of_kind(city, kind)]
    metres = metres_to_nearest(network, places, pieces)
    return "".join(map(str, np.searchsorted(LIMITS, metres).tolist()))


def _ways(plan: Plan, network: Network | None, buildings: pd.Series) -> dict[str, Any]:
    """The ways of children to the facilities that they attend; without a rule on seats to the nearest one."""
    city = plan.scenario.city
    rows = pd.DataFrame(_attended(plan), columns=["building", "facility", "children", "metres"])
    rows = rows.groupby(["facility", "building"], sort=True).agg({"children": "sum", "metres": "first"}).reset_index()
    shown = pd.Index(buildings).get_indexer(rows["building"])
    rows, shown = rows[shown >= 0].reset_index(drop=True), shown[shown >= 0]
    from_ = pd.Index(city.buildings["building_id"]).get_indexer(rows["building"])
    to = pd.Index(city.facilities["facility_id"]).get_indexer(rows["facility"])
    xy = city.buildings[["x", "y"]].to_numpy(dtype=float)[from_]
    points = city.facilities.geometry.representative_point()
    goal_xy = np.column_stack([points.x, points.y])[to]
    lines: list[np.ndarray] = [np.vstack(ends) for ends in zip(xy, goal_xy, strict=True)]
    for facility in np.unique(to) if network is not None else ():
        some = np.flatnonzero(to == facility)
        ways = ways_to(network, facilities_on_street(city)[[facility]], goal_xy[some[0]], on_street(city)[from_[some]],
                       xy[some], rows["metres"][some].max() + 1.0)  # fmt: skip
        for position, way in zip(some.tolist(), ways, strict=True):
            lines[position] = way
    corners = [way if len(way) > 1 else way[[0, 0]] for way in lines]
    number = np.repeat(np.arange(len(corners)), [len(way) for way in corners])
    drawn = shapely.linestrings(np.vstack([np.zeros((0, 2)), *corners]), indices=number)
    return {
        "ways": {
            "building": shown.tolist(),
            "facility": to.tolist(),
            "children": rows["children"].astype(int).tolist(),
            "metres": rows["metres"].round().astype(int).tolist(),
            "line": _encode(shapely.simplify(drawn, WAY_TOLERANCE), city.crs, own=True),
        }
    }


def _attended(plan: Plan) -> list[tuple[str, str, float, float]]:
    """Building, facility, children and metres of every way to a facility."""
    found = [way for seating in plan.seatings.values() for way in seating.seated]
    city = plan.scenario.city
    handed_out = {seating.kind for seating in plan.seatings.values()}
    for kind, column in WALKERS.items():
        places = facilities_of_kind(city, kind)
        children: dict[str, float] = {}
        for stay in plan.ledger.placed if kind not in handed_out and places.size else ():
            if stay.household[column] > 0:
                home = stay.unit["building_id"]
                children[home] = children.get(home, 0) + stay.household[column]
        homes = sorted(children)
        if homes:
            metres = metres_to_kind(city, kind, plan.ledger.positions(homes))
            first = metres.argmin(axis=0)
            ids = city.facilities["facility_id"].to_numpy(dtype=object)[places[first]]
            found += zip(homes, ids, (children[one] for one in homes), metres.min(axis=0), strict=True)
    return found


def _encode(lines: np.ndarray, crs: str, own: bool = False) -> list[list[int]]:
    """Lines as moves from corner to corner, the first as seen from the beginning of the line before (`own`: from 0)."""
    corners, line = shapely.get_coordinates(lines, return_index=True)
    latitude, longitude = degrees(corners[:, 0], corners[:, 1], crs)
    whole = np.rint(np.column_stack([latitude, longitude]) * PRECISION).astype(np.int64)
    first = np.searchsorted(line, np.arange(len(lines)))
    moves = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    starts = whole[first]
    moves[first] = starts if own else np.diff(starts, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return [part.ravel().tolist() for part in np.split(moves, first[1:])] if len(lines) else []
