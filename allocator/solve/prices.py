"""What prices that were found without a relaxation are good for: a beginning for one, or a plan and a bound instead of it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.grain import bound_of_plans
from allocator.solve.heard import time_left
from allocator.solve.lagrange import smoothed_prices
from allocator.solve.neighbourhoods import improved
from allocator.solve.parts import put_together
from allocator.solve.sifting import Memory
from allocator.solve.without_flows import priced_sets

__all__ = ["guessed", "without_relaxation"]

GUESS, VARIED, ROUGHLY = 100_000, 100, 0.2
"""Columns from which on a relaxation begins with prices found roughly, if its choices cost so many different sums (few, and it
ends soon without); and share of its time for them, at most."""
PRICED, MADE = 0.55, 0.75
"""Shares of the time left in which prices are found where there is no relaxation, and in which then a plan is put together."""


def guessed(
    linear: LinearModel, objective: Objective, seconds: float, plan: np.ndarray, memory: Memory, floor: float
) -> float:
    """A bound on every plan from prices that were found roughly, where that is worth it; `memory` keeps what they say.

    `plan` [n_columns] keeps the rows; `floor` is a bound that is known, in the sense of minimisation.
    """
    if linear.shape[1] < GUESS or np.unique(objective.cost[: linear.choices]).size < VARIED:
        return floor
    found = smoothed_prices(linear, objective, ROUGHLY * seconds, plan, roughly=True)
    if found is None:
        return floor
    memory.guessed, memory.full = found.reduced, [*memory.full, *priced_sets(linear, found.prices)]
    return max(floor, found.bound + objective.sign * objective.constant)


def without_relaxation(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, completing: float, plan: np.ndarray,
    floor: float, progress: Callable[[str], None] | None,
) -> tuple[np.ndarray, float, float]:  # fmt: skip
    """A plan [n_columns] no worse than the given one, a bound on every plan when minimising, and the seconds of pricing.

    What follows from a plan takes `completing` seconds, which are left of `seconds` at the end.
    """
    began, sign = perf_counter(), objective.sign
    priced = smoothed_prices(linear, objective, PRICED * seconds, plan, progress)
    took = perf_counter() - began
    if priced is not None:
        floor = bound_of_plans(linear, objective, max(floor, priced.bound + sign * objective.constant))
        made = put_together(linear, objective, options, MADE * time_left(began, seconds), priced, progress)
        if made is not None and sign * (objective.value(made) - objective.value(plan)) < 0:
            plan = made
    left = time_left(began, seconds) - completing
    target = floor + options.gap * abs(floor)
    return improved(linear, objective, options, left, plan, progress, target), floor, took
