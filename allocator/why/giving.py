"""One model in which any of the hard rules may give, asked again and again: which, by how much, at how few places.

A rule that may not give is one whose excess is held at zero, which is the same as the hard rule; so the model is built
once and every question only changes its bounds.
"""

from __future__ import annotations

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
from allocator.solve.quickly import Relaxed, least, lowest
from allocator.solve.selection import SMALL
from allocator.why.exceeded import places_of_excess

__all__ = ["Found", "Giving"]

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
        self.household = columns.household_of_choice
        self._known: Relaxed | None = None
        self.remains = interim(self.situation, household, unit)
        """Place columns of who would remain in a home that does not meet its needs, and so has no place."""
        stays = (self.situation.unsuitable_home < 0) & self.situation.keeps_home
        self.today = np.where(stays, self.situation.home, -1)

    def fewest_homes(self, giving: Collection[str], seconds: float) -> Found | None:
        """As few homes missing as possible, with rules that may give for nothing."""
        return self.solve(self.allowing(giving), self.homes(), seconds, self.today, prices_of_all=not giving)

    def not_enough(self, names: Collection[str], places: Mapping[str, Collection[str]] | None = None) -> set[str]:
        """Those rules of which it is proven that giving alone (at these places) they leave somebody without a place.

        The relaxation of `fewest_homes` with all rules kept gives row prices, and any row prices give a bound: with
        those of one rule set to zero it holds whatever that rule allows.
        """
        if self._known is None:
            return set()
        return {name for name in names
                if lowest(self.allowing([name], places), self.homes(), self._without(name, places)) > SURE}  # fmt: skip

    def least_excess(
        self, giving: Collection[str], seconds: float, start: np.ndarray,
        places: Mapping[str, Collection[str]] | None = None, bound: float = 0.0,
    ) -> Found | None:  # fmt: skip
        """Everybody placed, with the least excess of the rules that may give; None where that is not enough.

        `places` are the only ones of a rule at which it may give; `bound` is below every such excess.
        """
        linear = self.allowing(giving, places)
        found = self.solve(linear, self.with_everybody(linear, giving), seconds, start, bound)
        return None if found is None or (found.unit_of < 0).any() else found

    def least_excess_for_most(self, giving: Collection[str], most: Found, seconds: float) -> Found | None:
        """The least excess of plans in which no more homes are missing than in one that was found."""
        homes = self.homes()
        linear = self.allowing(giving)
        row = sparse.csr_matrix(homes.cost[None, :])
        linear = linear.with_rows(row, np.array([-np.inf]), np.array([most.value - homes.constant + 0.5]),
                                  ["homes_missing"])  # fmt: skip
        return self.solve(linear, self._excess(giving), seconds, most.unit_of)

    def fewest_of_goal(self, seconds: float, start: np.ndarray) -> Found | None:
        """Everybody placed by all rules, as well as possible by the goal that was given; None if none was found."""
        homes, goal = self.homes(), self.model.linear.objectives[0]
        heavy = 1.0 + 2.0 * float(np.abs(goal.cost).max(initial=0.0))
        question = Objective(goal.name, "min", goal.cost + heavy * homes.cost, heavy * homes.constant)
        found = self.solve(self.allowing([]), question, seconds, start)
        return None if found is None or (found.unit_of < 0).any() else found

    @property
    def small(self) -> bool:
        """Whether the model is solved to the end as it is."""
        return self.model.linear.choices <= SMALL

    def _without(self, name: str, places: Mapping[str, Collection[str]] | None) -> np.ndarray:
        """The row prices of the homes that are missing, with those of one rule at zero, at some places [n_rows]."""
        price = np.zeros(self.model.linear.shape[0]) if self._known is None else self._known.price.copy()
        for block in self.model.linear.blocks:
            if block.rule == name:
                only = None if places is None else places.get(name)
                here = [True if only is None else label in only for label in block.labels or [""]]
                price[block.rows] = np.where(here, 0.0, price[block.rows])
        return price

    def allowing(self, giving: Collection[str], places: Mapping[str, Collection[str]] | None = None) -> LinearModel:
        """The model in which some rules may give, at some of their places only where `places` says which."""
        upper = self.model.linear.upper.copy()
        for name, cost in self.model.excess.items():
            if name not in giving:
                upper[cost > 0] = 0.0
            elif places is not None and name in places:
                excess = np.flatnonzero(cost > 0)
                labels = places_of_excess(self.model.linear, excess)
                upper[excess[[label not in places[name] for label in labels]]] = 0.0
        return replace(self.model.linear, upper=upper)

    def with_everybody(self, linear: LinearModel, giving: Collection[str]) -> Objective:
        """The excess of some rules, and for a household without a place more than its place could add to it."""
        excess = self._excess(giving)
        rows = [np.arange(block.rows.start, block.rows.stop) for block in linear.blocks if block.rule in giving]
        several = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
        adds = float(abs(self.model.linear.matrix[several]).sum(axis=0).max()) if several.size else 0.0
        heavy = 1.0 + adds + float(excess.cost[: linear.choices].max(initial=0.0))
        homes = self.homes()
        return Objective("excess", "min", excess.cost + heavy * homes.cost, heavy * homes.constant)

    def _excess(self, giving: Collection[str]) -> Objective:
        cost = np.zeros(self.model.linear.shape[1])
        for name in giving:
            cost += self.model.excess[name]
        return Objective("excess", "min", cost)

    def homes(self) -> Objective:
        """How many homes are missing."""
        cost = np.zeros(self.model.linear.shape[1])
        cost[: self.persons.size] = np.where(self.remains, 0.0, -1.0)
        return Objective("homes", "min", cost, float(self.situation.persons.size))

    def _part(self, linear: LinearModel) -> tuple[LinearModel, np.ndarray]:
        """The model without columns that must be zero, and the positions of the others."""
        keep = np.flatnonzero((linear.upper > 0) | (linear.lower != 0))
        return replace(linear.part(keep), choices=int(np.count_nonzero(keep < linear.choices))), keep

    def _of_part(self, linear: LinearModel, objective: Objective) -> Objective:
        return replace(objective, cost=objective.cost[(linear.upper > 0) | (linear.lower != 0)])

    def solve(
        self, linear: LinearModel, objective: Objective, seconds: float, start: np.ndarray, bound: float = -np.inf,
        prices_of_all: bool = False,
    ) -> Found | None:  # fmt: skip
        """Over the columns that may be used at all; `prices_of_all` keeps the row prices for `not_enough`."""
        part, keep = self._part(linear)
        begin = np.full(linear.shape[1], np.nan)
        there = as_columns(self.model, start)
        begin[: there.size] = there
        household = self.household[keep[keep < linear.choices]]
        found = least(part, self._of_part(linear, objective), self.options, seconds, household, begin[keep], bound)
        if found is None:
            return None
        if prices_of_all:
            self._known = found.relaxed
        x = np.zeros(linear.shape[1])
        x[keep] = found.x
        unit_of = hand_out(self.model, x[: self.model.linear.shape[1]], self.options.seed)
        return Found(unit_of, found.value, found.proven)
