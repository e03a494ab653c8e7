"""First come, first served: what an office does without a plan, and a plan from which the solver can start.

Who has a home stays in it, and who is to live in a unit because a person decided so goes there. Every other household,
in the order of the list, gets the first unit that is free, suits it and breaks no hard rule. Soft rules and goals are
not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from allocator.explain.moving_in import Breaks, Everybody, moving_in
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Forbid, Primitive
from allocator.rules.situation import Situation

__all__ = ["first_come_first_served"]

EPS = 1e-9
AT_ONCE = 20
"""Units that are asked for at once."""
GROWTH = 4
"""How many times more units are asked for next, unless the answer is dear (seats, deviations)."""


def first_come_first_served(
    situation: Situation, rules: Mapping[str, Rule], earlier: np.ndarray | None = None
) -> np.ndarray:
    """The unit of each household, -1 for none [n_households].

    The order is that of `arrives` (who has no date comes first), then of the ids; so is the order of the units. Who has
    a unit in an `earlier` plan [n_households] gets that one if it is still to be had, before all others are served.
    """
    office = _Office(situation, rules)
    if earlier is not None:
        office.serve_again(earlier)
    return office.serve()


class _Office:
    """Free room, and what is left of every hard limit, while one household after another is served."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule]) -> None:
        self.situation = situation
        limits = [p for rule in rules.values() if not rule.is_soft for p in rule.limits(situation)]
        self.forbids = [p for p in limits if isinstance(p, Forbid)]
        stays = np.where((situation.unsuitable_home < 0) & situation.keeps_home, situation.home, -1)
        self.placed_in = np.where(situation.decided >= 0, situation.decided, stays)
        self.lives_in = np.where(self.placed_in >= 0, self.placed_in, situation.unsuitable_home)
        self.everybody = Everybody(situation, self.placed_in, self.lives_in)
        self.counts = [_Left(self.everybody, p) for p in limits if isinstance(p, Count)]
        self.others = [p for p in limits if not isinstance(p, Count | Forbid)]
        self.dear = [self._asked(p) for p in self.others]
        table = situation.households
        needs = [situation.persons, table["accessible"], table["max_rent"], situation.moves_in, situation.home]
        arrays = [*needs, *(array for forbid in self.forbids for array in forbid.households)]
        self.looked_at = [pd.factorize(np.asarray(array), use_na_sentinel=False)[0] for array in arrays]
        self.suitable: dict[tuple[int, ...], np.ndarray] = {}
        lives = np.flatnonzero(self.lives_in >= 0)
        present = np.bincount(self.lives_in[lives], weights=situation.persons[lives], minlength=len(situation.shared))
        room = np.where(situation.shared, situation.capacity - situation.occupied - present, 0.0)
        self.room = np.where(~situation.shared & (present == 0), np.inf, room)

    def _asked(self, primitive: Primitive) -> Breaks | None:
        return moving_in(self.everybody, primitive)

    def serve(self) -> np.ndarray:
        """Everybody without a home, in order."""
        arrives = self.situation.households["arrives"].to_numpy(dtype="datetime64[s]")
        order = np.argsort(np.where(np.isnat(arrives), np.datetime64(0, "s"), arrives), kind="stable")
        for household in order[self.lives_in[order] < 0].tolist():
            unit = self._first(household)
            if unit >= 0:
                self._move_in(household, unit)
        return self.placed_in

    def serve_again(self, earlier: np.ndarray) -> None:
        """Everybody without a home who had a unit, that one if it may be given."""
        for household in np.flatnonzero((self.lives_in < 0) & (earlier >= 0)).tolist():
            if self._first(household, earlier[[household]]) >= 0:
                self._move_in(household, int(earlier[household]))

    def _first(self, household: int, among: np.ndarray | None = None) -> int:
        """The first unit (of some, or of all) that may be given; -1 for none."""
        good = self._suitable(household) & (self.room >= self.situation.persons[household] - EPS)
        free = np.flatnonzero(good) if among is None else among[good[among]]
        start, size = 0, AT_ONCE
        while start < free.size:
            units = free[start : start + size]
            start, size = start + size, size if self.dear else GROWTH * size
            for count in self.counts:
                units = units[count.holds(household, units)]
            broken = np.zeros(units.size, dtype=bool)
            for breaks in self.dear:
                broken |= breaks(household, units) if breaks is not None else False
            if not broken.all():
                return int(units[np.argmin(broken)])
        return -1

    def _suitable(self, household: int) -> np.ndarray:
        """Units that the household may have at all [n_units]; asked once for all who are alike in what is looked at."""
        key = tuple(codes[household] for codes in self.looked_at)
        if key not in self.suitable:
            situation, one, units = self.situation, np.array(household), np.arange(len(self.situation.shared))
            good = situation.suits(one, units) & situation.available(one, units)
            for forbid in self.forbids:
                good &= np.broadcast_to(forbid.allowed(one, units), units.shape)
            self.suitable[key] = good
        return self.suitable[key]

    def _move_in(self, household: int, unit: int) -> None:
        self.placed_in[household] = self.lives_in[household] = unit
        self.room[unit] = self.room[unit] - self.situation.persons[household] if self.situation.shared[unit] else 0.0
        for count in self.counts:
            count.take(household, unit)
        self.dear = [self._asked(p) for p in self.others]


class _Left:
    """What is left of a count at each place; the last is nowhere, where everything is left."""

    def __init__(self, everybody: Everybody, count: Count) -> None:
        self.weight = count.weight
        by_unit = sparse.csc_matrix(count.membership)
        self.starts, self.rows, self.values = by_unit.indptr, by_unit.indices, by_unit.data
        lives = np.flatnonzero(everybody.lives_in >= 0)
        used = np.bincount(everybody.lives_in[lives], weights=count.weight[lives], minlength=count.membership.shape[1])
        self.left = np.append(np.asarray(count.limit - count.membership @ used, dtype=float), np.inf)
        self.only_row = self._only_row()

    def _only_row(self) -> np.ndarray | None:
        """The row of each unit [n_units], the last for those that are in none; None if some unit is in several."""
        lengths = np.diff(self.starts)
        if lengths.max(initial=0) > 1 or (self.values != 1).any():
            return None
        only = np.full(lengths.size, self.left.size - 1)
        only[lengths == 1] = self.rows
        return only

    def holds(self, household: int, units: np.ndarray) -> np.ndarray:
        """Where the household may move in without breaking the limit."""
        weight = self.weight[household]
        if weight <= 0:
            return np.ones(units.size, dtype=bool)
        if self.only_row is not None:
            return self.left[self.only_row[units]] >= weight - EPS
        lengths = self.starts[units + 1] - self.starts[units]
        unit = np.repeat(np.arange(units.size), lengths)
        first = np.repeat(self.starts[units] - np.cumsum(lengths) + lengths, lengths)
        entry = first + np.arange(unit.size)
        fine = np.ones(units.size, dtype=bool)
        fine[unit[self.values[entry] * weight > self.left[self.rows[entry]] + EPS]] = False
        return fine

    def take(self, household: int, unit: int) -> None:
        """The household lives there now."""
        here = slice(self.starts[unit], self.starts[unit + 1])
        self.left[self.rows[here]] -= self.values[here] * self.weight[household]
