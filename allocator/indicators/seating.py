"""Which child attends which facility, how full each facility becomes, and where seats are missing.

A rule `seats` asks only that seats suffice. Of all ways to hand them out the one is told here that seats the most
children and, of those, has the shortest ways in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from allocator.access.distances import facilities_of_kind, pairs_within_reach
from allocator.indicators.ways import weighted_quantile
from allocator.ledger import Ledger
from allocator.rules.base import Rule
from allocator.rules.seats import Seats

__all__ = ["Seating", "seating", "seatings", "seats_by_rule", "without_seat_by_space"]


@dataclass(frozen=True)
class Seating:
    """The children of one rule `seats` who live in the city afterwards, as the recount of the rule counts them.

    `children` by building; `seated` lists building, facility, children and metres; `seats` by facility of the kind,
    NaN for any number.
    """

    kind: str
    children: dict[str, float]
    seated: tuple[tuple[str, str, float, float], ...]
    seats: dict[str, float]

    @property
    def taken(self) -> dict[str, float]:
        """Children by facility; only where there are any."""
        sums: dict[str, float] = defaultdict(float)
        for _, facility, number, _ in self.seated:
            sums[facility] += number
        return dict(sums)

    @property
    def without(self) -> dict[str, float]:
        """Children without a seat by building; only where there are any."""
        left = dict(self.children)
        for building, _, number, _ in self.seated:
            left[building] -= number
        return {building: number for building, number in left.items() if number > 0}


def seating(ledger: Ledger, rule: Seats) -> Seating:
    """Hand out the seats of a rule: the most children, then the fewest metres.

    A transport problem whose corners are whole numbers, solved as a linear programme: minimise
    Σ (metres − M) · children, with M so large that no shorter way outweighs a child with a seat.
    """
    city = ledger.city
    children: dict[str, float] = defaultdict(float)
    for stay in ledger.stays_after:
        if stay.household[rule.children] > 0:
            children[stay.unit["building_id"]] += stay.household[rule.children]
    kind = city.facilities.iloc[facilities_of_kind(city, rule.kind)]
    seats = dict(zip(kind["facility_id"], kind["seats"].astype(float), strict=True))
    homes = sorted(children)
    position = np.full(len(city.buildings), -1)
    position[ledger.positions(homes)] = np.arange(len(homes))
    facility, building, metres = pairs_within_reach(city, rule.kind, rule.within + 1e-6)
    near = position[building] >= 0
    facility, home, metres = facility[near], position[building[near]], metres[near]
    number = np.array([children[one] for one in homes], dtype=float)
    going = _transport(facility, home, metres, np.array(list(seats.values())), number)
    ids = list(seats)
    seated = tuple((homes[home[k]], ids[facility[k]], float(going[k]), float(metres[k])) for k in np.flatnonzero(going))
    return Seating(rule.kind, dict(children), seated, seats)


def _transport(
    facility: np.ndarray, home: np.ndarray, metres: np.ndarray, seats: np.ndarray, children: np.ndarray
) -> np.ndarray:
    """Children on each pair of facility and home [n_pairs], as whole numbers."""
    if not facility.size:
        return np.zeros(0)
    count = np.arange(facility.size)
    limited = np.flatnonzero(~np.isnan(seats))
    rows = sparse.vstack(
        [
            sparse.csr_matrix((np.ones(count.size), (home, count)), shape=(children.size, count.size)),
            sparse.csr_matrix((np.ones(count.size), (facility, count)), shape=(seats.size, count.size))[limited],
        ]
    )
    large = (seats.size + 1) * (float(metres.max()) + 1.0)
    found = linprog(metres - large, A_ub=rows, b_ub=np.concatenate([children, seats[limited]]), method="highs-ds")
    return np.round(found.x)


def seatings(ledger: Ledger, rules: Mapping[str, Rule]) -> dict[str, Seating]:
    """The seating of every rule `seats`, by the rule's name."""
    return {name: seating(ledger, rule) for name, rule in rules.items() if isinstance(rule, Seats)}


def seats_by_rule(found: Mapping[str, Seating]) -> dict[str, dict[str, Any]]:
    """By rule `seats`: children and those with a seat, their median way, full facilities, and seats by facility.

    `facilities` holds every facility of the kind with its seats (None: any number) and the children who attend it.
    """
    result = {}
    for name, one in found.items():
        numbers = [number for _, _, number, _ in one.seated]
        taken = one.taken
        result[name] = {
            "kind": one.kind,
            "children": sum(one.children.values()),
            "seated": sum(numbers),
            "without_seat": sum(one.without.values()),
            "median_metres": weighted_quantile([metres for *_, metres in one.seated], numbers, 0.5),
            "full_facilities": sum(0 < seats <= taken.get(facility, 0) for facility, seats in one.seats.items()),
            "facilities": {
                facility: {"seats": None if np.isnan(seats) else seats, "children": taken.get(facility, 0)}
                for facility, seats in one.seats.items()
            },
        }
    return result


def without_seat_by_space(ledger: Ledger, found: Mapping[str, Seating]) -> dict[str, float]:
    """Children without a seat by social space, over all rules; children in none are left out."""
    sums: dict[str, float] = defaultdict(float)
    for one in found.values():
        for building, number in one.without.items():
            if ledger.buildings[building]["space"]:
                sums[ledger.buildings[building]["space"]] += number
    return dict(sums)
