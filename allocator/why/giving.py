"""One model in which any of the hard rules may give, asked again and again: which, by how much, at how few places.

A rule that may not give is one whose excess is held at zero, which is the same as the hard rule; so the model is built
once and every question only changes its bounds.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from allocator.goals.base import Stage
from allocator.model.build import build_model
from allocator.model.handout import hand_out
from allocator.model.linear import LinearModel, Objective
from allocator.model.needs import interim
from allocator.model.start import as_columns
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.selection import SMALL
from allocator.why.quickly import Promise, Relaxed, least, lowest, reaches, relaxed

__all__ = ["Found", "Giving"]

TRIES = 3
"""How often so many places are tried in a large city, three times as many each time."""
SURE = 1e-3
"""A bound on homes that are missing above this is no rounding."""


@dataclass(frozen=True)
class Found:
    """A plan with `unit_of` [n_households], -1 for no place; `value` of what was asked to be small."""

    unit_of: np.ndarray
    value: float
    proven: bool
    """Whether no plan has less."""


class Giving:
    """The model of a situation and the hard ones of its rules; soft rules are left out, priorities too."""

    def __init__(
        self, situation: Situation, rules: Mapping[str, Rule], options: SolveOptions, stages: Sequence[Stage] = ()
    ) -> None:
        self.situation = Situation(situation.city, situation.households.assign(priority=1.0), situation.day)
        self.options = options
        soft = {name: rule.model_copy(update={"soft": 1.0}) for name, rule in rules.items() if not rule.is_soft}
        self.model = build_model(self.situation, soft, stages)
        columns = self.model.columns
        household, unit = columns.kinds.first[columns.kind], columns.units.first[columns.unit]
        self.persons = self.situation.persons[household]
        self._known: Relaxed | None = None
        self.remains = interim(self.situation, household, unit)
        """Place columns of who would remain in a home that does not meet its needs, and so has no place."""

    def fewest_homes(self, giving: Collection[str], seconds: float) -> Found | None:
        """As few homes missing as possible, with rules that may give for nothing."""
        bound = None
        if not self.small:
            self._prices(seconds)
            bound = None if giving or self._known is None else self._known.bound
        return self._solve(self._model(giving), self._homes(), seconds, self._cheap(giving), None, bound)

    def not_enough(self, names: Collection[str]) -> set[str]:
        """Those rules of which it is proven that giving alone they leave somebody without a place.

        The relaxation of `fewest_homes` with all rules kept gives row prices, and any row prices give a bound: with
        those of one rule set to zero it holds whatever that rule allows.
        """
        if self._known is None:
            return set()
        return {name for name in names
                if lowest(self._model([name]), self._homes(), self._cheap([name])) > SURE}  # fmt: skip

    def least_excess(
        self, giving: Collection[str], seconds: float, start: np.ndarray | None = None,
        places: Mapping[str, Collection[str]] | None = None,
    ) -> Found | None:  # fmt: skip
        """Everybody placed, with the least excess of the rules that may give; None where that is not enough.

        `places` are the only ones of a rule at which it may give.
        """
        linear = self._model(giving, places)
        price = self._cheap(giving, places)
        found = self._solve(linear, self._with_everybody(linear, giving), seconds, price, start)
        return None if found is None or (found.unit_of < 0).any() else found

    def proven(self, giving: Collection[str], found: Found, seconds: float) -> Found:
        """The same plan, proven if the relaxation allows nothing less."""
        linear = self._model(giving)
        objective = self._with_everybody(linear, giving)
        part, small = self._part(linear)[0], self._of_part(linear, objective)
        known = relaxed(part, small, self.options, seconds)
        good = known is not None and reaches(part, small, found.value, known.bound)
        return replace(found, proven=found.proven or good)

    def least_excess_for_most(self, giving: Collection[str], most: Found, seconds: float) -> Found | None:
        """The least excess of plans in which no more homes are missing than in one that was found."""
        homes = self._homes()
        linear = self._model(giving)
        row = sparse.csr_matrix(homes.cost[None, :])
        linear = linear.with_rows(row, np.array([-np.inf]), np.array([most.value - homes.constant + 0.5]),
                                  ["homes_missing"])  # fmt: skip
        price = np.append(self._cheap(giving), 0.0)
        return self._solve(linear, self._excess(giving), seconds, price, most.unit_of)

    def fewest_of_goal(self, seconds: float, start: np.ndarray) -> Found | None:
        """Everybody placed by all rules, as well as possible by the goal that was given; None if none was found."""
        if not self.small:
            self._prices(seconds / 2)
        homes, goal = self._homes(), self.model.linear.objectives[0]
        heavy = 1.0 + 2.0 * float(np.abs(goal.cost).max(initial=0.0))
        question = Objective(goal.name, "min", goal.cost + heavy * homes.cost, heavy * homes.constant)
        found = self._solve(self._model([]), question, seconds, self._cheap([]), start)
        return None if found is None or (found.unit_of < 0).any() else found

    def fewest_places(self, name: str, seconds: float, least: Found) -> Found | None:
        """Everybody placed with one rule exceeded at as few places as possible, and by the least there.

        `least` is the plan with the least excess of that rule. None where the rule has no places of its own, or
        nothing was found in time.
        """
        linear, excess = self._model([name]), np.flatnonzero(self.model.excess[name] > 0)
        if excess.size < 2 or excess[0] < linear.choices or (self._row_of(linear, excess) < 0).any():
            return None
        most = np.minimum(self._most(linear, excess), linear.upper[excess])
        excess, most = excess[most > 0], most[most > 0]
        if not self.small:
            return self._at_widest_places(name, excess, most, seconds, least)
        linear = _with_yes_or_no(linear, excess, most)
        cost = np.append(np.zeros(linear.shape[1] - excess.size), np.ones(excess.size))
        homes = np.append(self._homes().cost, np.zeros(excess.size))
        heavy = excess.size + 1.0
        question = Objective("places", "min", cost + heavy * homes, heavy * len(self.situation.persons))
        price = np.zeros(linear.shape[0])
        fewest = self._solve(linear, question, seconds / 2, price, least.unit_of)
        if fewest is None or (fewest.unit_of < 0).any():
            return None
        row = sparse.csr_matrix(cost[None, :])
        linear = linear.with_rows(row, np.array([-np.inf]), np.array([fewest.value + 0.5]), ["places_exceeded"])
        amount = self._with_everybody(linear, [name])
        amount = replace(amount, cost=np.append(amount.cost, np.zeros(excess.size)))
        found = self._solve(linear, amount, seconds / 2, np.append(price, 0.0), fewest.unit_of)
        if found is None or (found.unit_of < 0).any():
            return None
        return replace(found, proven=found.proven and fewest.proven)

    def _at_widest_places(
        self, name: str, excess: np.ndarray, most: np.ndarray, seconds: float, least: Found
    ) -> Found | None:
        """Excess at the places with most room for it: so many as would do by room alone, then twice as many."""
        labels = self._labels(excess)
        order = np.lexsort((labels.astype(str), -most))
        number = int(np.searchsorted(np.cumsum(most[order]), float(least.value))) + 1
        until = time.perf_counter() + seconds
        for _ in range(TRIES):
            left = until - time.perf_counter()
            if left <= 0 or number >= excess.size:
                break
            found = self.least_excess([name], left / 2, None, {name: set(labels[order[:number]])})
            if found is not None:
                return replace(found, proven=found.proven and number == 1)
            number *= 3
        return None

    def _labels(self, excess: np.ndarray) -> np.ndarray:
        """The place of each excess [n_excess]."""
        named = {row: label for block in self.model.linear.blocks if block.labels
                 for row, label in zip(range(block.rows.start, block.rows.stop), block.labels, strict=True)}  # fmt: skip
        return np.array([named[row] for row in self._row_of(self.model.linear, excess).tolist()], dtype=object)

    @property
    def small(self) -> bool:
        """Whether the model is solved to the end as it is."""
        return self.model.linear.choices <= SMALL

    def _prices(self, seconds: float) -> None:
        """The relaxation of the homes that are missing with all rules kept; solved once."""
        linear = self._model([])
        if self._known is None:
            part, self._part_columns = self._part(linear)
            self._known = relaxed(part, self._of_part(linear, self._homes()), self.options, seconds)

    def _cheap(self, giving: Collection[str], places: Mapping[str, Collection[str]] | None = None) -> np.ndarray:
        """Row prices that say which columns are promising once some rules give, at some places [n_rows]."""
        price = np.zeros(self.model.linear.shape[0]) if self._known is None else self._known.price.copy()
        for block in self.model.linear.blocks:
            if block.rule and block.rule in giving:
                only = None if places is None else places.get(block.rule)
                here = [True if only is None else label in only for label in block.labels or [""]]
                price[block.rows] = np.where(here, 0.0, price[block.rows])
        return price

    def _model(self, giving: Collection[str], places: Mapping[str, Collection[str]] | None = None) -> LinearModel:
        """The model in which some rules may give, at some of their places only where `places` says which."""
        upper = self.model.linear.upper.copy()
        for name, cost in self.model.excess.items():
            if name not in giving:
                upper[cost > 0] = 0.0
            elif places is not None and name in places:
                excess = np.flatnonzero(cost > 0)
                upper[excess[[label not in places[name] for label in self._labels(excess)]]] = 0.0
        return replace(self.model.linear, upper=upper)

    def _with_everybody(self, linear: LinearModel, giving: Collection[str]) -> Objective:
        """The excess of some rules, and for a household without a place more than its place could add to it."""
        excess = self._excess(giving)
        rows = [np.arange(block.rows.start, block.rows.stop) for block in linear.blocks if block.rule in giving]
        several = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
        adds = float(abs(self.model.linear.matrix[several]).sum(axis=0).max()) if several.size else 0.0
        heavy = 1.0 + adds + float(excess.cost[: linear.choices].max(initial=0.0))
        homes = self._homes()
        return Objective("excess", "min", excess.cost + heavy * homes.cost, heavy * homes.constant)

    def _excess(self, giving: Collection[str]) -> Objective:
        cost = np.zeros(self.model.linear.shape[1])
        for name in giving:
            cost += self.model.excess[name]
        return Objective("excess", "min", cost)

    def _homes(self) -> Objective:
        cost = np.zeros(self.model.linear.shape[1])
        cost[: self.persons.size] = np.where(self.remains, 0.0, -1.0)
        return Objective("homes", "min", cost, float(self.situation.persons.size))

    def _row_of(self, linear: LinearModel, excess: np.ndarray) -> np.ndarray:
        """The row of the place at which each excess is allowed, -1 where that is no single place [n_excess]."""
        found = sparse.csc_matrix(linear.matrix)[:, excess]
        single = np.flatnonzero(np.diff(found.indptr) == 1)
        at = found.indptr[single]
        named = np.zeros(linear.shape[0], dtype=bool)
        for block in linear.blocks:
            named[block.rows] = bool(block.labels)
        row = np.full(excess.size, -1)
        good = (found.data[at] < 0) & named[found.indices[at]]
        row[single[good]] = found.indices[at][good]
        return row

    def _most(self, linear: LinearModel, excess: np.ndarray) -> np.ndarray:
        """By how much each place could be over its limit if all its units were filled [n_excess]."""
        row = self._row_of(linear, excess)
        part = sparse.csr_matrix(linear.matrix)[row][:, : linear.choices].tocoo()
        columns, situation = self.model.columns, self.situation
        place = part.col < columns.kind.size
        total = np.bincount(part.row[~place], weights=(part.data * linear.upper[part.col])[~place],
                            minlength=excess.size).astype(float)  # fmt: skip
        unit = columns.unit[part.col[place]]
        shared = situation.shared[columns.units.first[unit]]
        room = np.maximum(situation.capacity - situation.occupied, situation.present)[columns.units.first[unit]]
        each = part.data[place] * np.where(shared, room / self.persons[part.col[place]], columns.units.size[unit])
        key, slot = np.unique(part.row[place] * len(columns.units) + unit, return_inverse=True)
        largest = np.zeros(key.size)
        np.maximum.at(largest, slot, each)
        total += np.bincount(key // len(columns.units), weights=largest, minlength=excess.size)
        return np.ceil(total - linear.high[row] - 1e-9)

    def _part(self, linear: LinearModel) -> tuple[LinearModel, np.ndarray]:
        """The model without columns that must be zero, and the positions of the others."""
        keep = np.flatnonzero((linear.upper > 0) | (linear.lower != 0))
        return replace(linear.part(keep), choices=int(np.count_nonzero(keep < linear.choices))), keep

    def _of_part(self, linear: LinearModel, objective: Objective) -> Objective:
        return replace(objective, cost=objective.cost[(linear.upper > 0) | (linear.lower != 0)])

    def _promise(self, price: np.ndarray, keep: np.ndarray, linear: LinearModel) -> Promise:
        """The columns that the relaxation of the missing homes used or calls cheap, among those that are kept."""
        used = np.zeros(linear.shape[1], dtype=bool)
        if self._known is not None:
            used[self._part_columns] = self._known.x > 1e-9
        columns = self.model.columns
        flows = columns.flows
        source = np.where(flows.of_class >= 0, flows.of_class, len(flows.classes) + flows.of_pool)
        household = np.concatenate([columns.kind, len(columns.kinds) + source])
        return Promise(price, used[keep], household[keep[keep < linear.choices]])

    def _solve(
        self, linear: LinearModel, objective: Objective, seconds: float, price: np.ndarray,
        start: np.ndarray | None = None, bound: float | None = None,
    ) -> Found | None:  # fmt: skip
        """Over the columns that may be used at all."""
        part, keep = self._part(linear)
        begin = None
        if start is not None:
            begin = np.full(linear.shape[1], np.nan)
            there = as_columns(self.model, start)
            begin[: there.size] = there
            begin = begin[keep]
        found = least(
            part,
            self._of_part(linear, objective),
            self.options,
            seconds,
            self._promise(price, keep, linear),
            begin,
            bound,
        )
        if found is None:
            return None
        x = np.zeros(linear.shape[1])
        x[keep] = found[0]
        unit_of = hand_out(self.model, x[: self.model.linear.shape[1]], self.options.seed)
        return Found(unit_of, found[1], found[2])


def _with_yes_or_no(linear: LinearModel, columns: np.ndarray, most: np.ndarray) -> LinearModel:
    """The model with a yes/no column for each of some columns, without which that column is zero."""
    n = columns.size
    rows = sparse.coo_matrix((np.concatenate([np.ones(n), -most]),
                              (np.tile(np.arange(n), 2), np.concatenate([columns, linear.shape[1] + np.arange(n)]))),
                             shape=(n, linear.shape[1] + n))  # fmt: skip
    wider = replace(
        linear, lower=np.append(linear.lower, np.zeros(n)), upper=np.append(linear.upper, np.ones(n)),
        integer=np.append(linear.integer, np.ones(n, dtype=bool)),
        column_names=[*linear.column_names, *(f"exceeded({one})" for one in range(n))],
        matrix=sparse.csr_matrix(sparse.hstack([linear.matrix, sparse.csr_matrix((linear.shape[0], n))])),
    )  # fmt: skip
    return wider.with_rows(rows, np.full(n, -np.inf), np.zeros(n), [f"only_if_exceeded({one})" for one in range(n)])
