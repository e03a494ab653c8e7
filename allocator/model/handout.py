"""From counts to households: members of a class are handed out by the seed, homes of today first."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from allocator.model.build import Model
from allocator.model.columns import Columns
from allocator.model.needs import interim
from allocator.model.pairs import PairColumns

__all__ = ["hand_out"]


def hand_out(model: Model, x: np.ndarray, seed: int) -> np.ndarray:
    """The unit of each household, -1 for none [n_households], for a whole-numbered solution x [n_columns].

    Named pairs that were chosen come first. Members of a class change no limit and no value, so where the others go is
    a tie: who lives in one of the units of the class keeps it; the rest follows an order drawn from the seed and the
    ids, whatever the order of the input.
    """
    columns = model.columns
    situation = columns.situation
    n_place = columns.kind.size
    placed = np.rint(x[:n_place]).astype(int)
    flows = np.rint(x[n_place : columns.choices]).astype(int)
    households = _draw(situation.households["household_id"], seed)
    units = _draw(situation.city.units["unit_id"], seed)
    result = np.full(len(situation.persons), -1)
    taken = _named(model.pairs, x, placed, flows, result)
    rooms = _by_class(columns.units.of, units[situation.shared[units] | ~np.isin(units, taken)])
    slots = _slots(columns, placed, rooms)
    _Giving(columns, flows, households[result[households] < 0], situation.home, result).give(slots)
    household = np.arange(len(result))
    result[interim(situation, household, result)] = -1
    return result


@dataclass
class _Claim:
    """A number of units that a class or a pool of classes is to have."""

    of_class: bool
    source: int
    number: int


class _Giving:
    """Gives the units of each kind in each cell to those who come there, writing into `result` [n_households]."""

    def __init__(
        self, columns: Columns, flows: np.ndarray, order: np.ndarray, home: np.ndarray, result: np.ndarray
    ) -> None:
        self.home, self.result = home, result
        self.class_of, pool_of = columns.classes.of, columns.flows.pools.of
        self.kind_of_pool = columns.kinds.of[columns.flows.pools.first]
        lives = order[home[order] >= 0]
        self.waiting = {True: _by_class(self.class_of, order), False: _by_class(pool_of, order)}
        self.at_home = {True: _by_class(self.class_of, lives), False: _by_class(pool_of, lives)}
        for queues in self.waiting.values():
            for queue in queues.values():
                queue.reverse()
        ways = columns.flows
        own = ways.of_class >= 0
        self.by_pool = np.bincount(self.class_of[order], minlength=len(columns.classes))
        """Members of each class who may still come by its pool: the others have flows of their own to take."""
        np.subtract.at(self.by_pool, ways.of_class[own], flows[own])
        self.claims: dict[tuple[int, int], list[_Claim]] = defaultdict(list)
        for flow in np.flatnonzero(flows).tolist():
            klass, cell = int(ways.of_class[flow]), int(ways.cell[flow])
            kind = int(columns.kinds.of[ways.household[flow]])
            source = klass if klass >= 0 else int(ways.of_pool[flow])
            self.claims[kind, cell].append(_Claim(klass >= 0, source, int(flows[flow])))

    def give(self, slots: dict[tuple[int, int], list[int]]) -> None:
        """Those first who live in one of the units, then in the drawn order."""
        pool_of_kind = {int(kind): pool for pool, kind in enumerate(self.kind_of_pool.tolist())}
        ordered = sorted(slots.items())
        for (kind, cell), free in ordered:
            # Without a flow, everybody of the kind comes by the one pool there is.
            claims = self.claims[kind, cell]
            if not claims:
                claims.append(_Claim(False, pool_of_kind[kind], len(free)))
            for claim in claims:
                for household in self.at_home[claim.of_class][claim.source]:
                    if claim.number and int(self.home[household]) in free and self._may(claim, household):
                        free.remove(int(self.home[household]))
                        self._take(claim, household, int(self.home[household]))
        for (kind, cell), free in ordered:
            for claim in self.claims[kind, cell]:
                queue = self.waiting[claim.of_class][claim.source]
                while claim.number and queue:
                    household = queue.pop()
                    if self._may(claim, household):
                        self._take(claim, household, free.pop(0))

    def _may(self, claim: _Claim, household: int) -> bool:
        return self.result[household] < 0 and (claim.of_class or self.by_pool[self.class_of[household]] > 0)

    def _take(self, claim: _Claim, household: int, unit: int) -> None:
        self.result[household] = unit
        claim.number -= 1
        if not claim.of_class:
            self.by_pool[self.class_of[household]] -= 1


def _named(pairs: PairColumns, x: np.ndarray, placed: np.ndarray, flows: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Give the households of chosen pairs their units and take them off the counts; the units that hold one."""
    chosen = np.flatnonzero(x[pairs.column] > 0.5)
    result[pairs.household[chosen]] = pairs.unit[chosen]
    np.subtract.at(placed, pairs.place[chosen], 1)
    through = pairs.flow[chosen]
    np.subtract.at(flows, through[through >= 0] - placed.size, 1)
    return pairs.unit[chosen]


def _draw(ids: object, seed: int) -> np.ndarray:
    """Positions in an order that depends on the seed and on each id alone."""
    keys = [hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest() for name in ids]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=int)


def _by_class(of: np.ndarray, order: np.ndarray) -> dict[int, list[int]]:
    """Members of each class in the drawn order."""
    result: dict[int, list[int]] = defaultdict(list)
    for member in order.tolist():
        result[int(of[member])].append(member)
    return result


def _slots(columns: Columns, placed: np.ndarray, rooms: dict[int, list[int]]) -> dict[tuple[int, int], list[int]]:
    """Units for each kind in each cell, one entry per household; flats of a class go to today's tenants first."""
    situation = columns.situation
    tenants: dict[int, set[int]] = defaultdict(set)
    lives = np.flatnonzero(situation.home >= 0)
    for household in lives.tolist():
        tenants[int(columns.kinds.of[household])].add(int(situation.home[household]))
    slots: dict[tuple[int, int], list[int]] = defaultdict(list)
    by_unit: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for position in np.flatnonzero(placed):
        by_unit[int(columns.unit[position])].append((int(columns.kind[position]), int(placed[position])))
    for unit, wanted in sorted(by_unit.items()):
        first = int(columns.units.first[unit])
        cell = int(columns.cell[first])
        free = list(rooms[unit])
        taken: dict[int, list[int]] = {}
        for kind, number in wanted:
            if situation.shared[first]:
                taken[kind] = [first] * number
            else:
                own = [one for one in free if one in tenants[kind]][:number]
                free = [one for one in free if one not in own]
                taken[kind] = own
        for kind, number in wanted:
            missing = number - len(taken[kind])
            slots[kind, cell].extend(taken[kind] + free[:missing])
            free = free[missing:]
    return slots
