"""A plan made anew around one household in one unit, all goals in their order: what that really costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np

from allocator.goals.base import Goal, Stage
from allocator.rules.base import Rule
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import Solution, solve

__all__ = ["forced"]


class _There(Goal):
    """One household lives in one unit: comes before all other goals."""

    sentence: ClassVar = {"en": "One household lives in one unit.", "de": "Ein Haushalt wohnt in einer Einheit."}
    formula: ClassVar = "max x(h,u)"
    source: ClassVar = ""
    unit: ClassVar = {"en": "households", "de": "Haushalte"}
    sense: ClassVar = "max"

    goal: Literal["there"] = "there"
    household: int
    place: int

    def value(self, situation: Situation) -> Sequence[Price]:
        """One where the household is there."""
        mine = np.arange(len(situation.persons)) == self.household
        here = np.arange(len(situation.shared)) == self.place
        pair = np.array([[self.household, self.place]])
        return [Price((mine,), (here,), lambda household, unit: (mine[household] & here[unit]).astype(float), pairs=pair)]


def forced(
    situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage], unit_of: np.ndarray,
    options: SolveOptions, household: int, unit: int,
) -> Solution | None:  # fmt: skip
    """The best plan in which the household lives in the unit; None where there is none. Its first stage is dropped."""
    there = Stage(((_There(household=household, place=unit), 1.0),))
    start = unit_of.copy()
    start[household] = unit
    solution = solve(situation, rules, [there, *stages], options, start=start)
    if solution.unit_of is None or solution.unit_of[household] != unit:
        return None
    return Solution(solution.status, solution.unit_of, solution.stages[1:])
