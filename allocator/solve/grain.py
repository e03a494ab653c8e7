"""The smallest step between two values of a goal: what "no worse" and "optimal" mean to a solver that knows tolerances.

A plan that is worse is worse by at least this step. Goals are handed to the solver in units of it, so that a weight of
0.0000001 counts as much as one of 1,000,000 would.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.model.linear import LinearModel, Objective

__all__ = ["bound_of_plans", "common_measure", "in_units", "step"]

EXACT = 2.0**52
"""Whole numbers up to here are exact in floating point."""


WIDEST = 1e6
"""How much larger than one the largest cost may be where there is no step."""


def step(linear: LinearModel, objective: Objective) -> float | None:
    """The greatest number of which every value of the objective is a multiple (but for its constant).

    None where there is no such number: a column with a cost need not be whole, or the costs have no common measure of
    up to six decimal digits below the smallest of them.
    """
    used = objective.cost != 0
    costs = np.abs(objective.cost[used])
    if not costs.size or not linear.in_steps[used].all():
        return None
    return common_measure(costs)


def common_measure(sizes: np.ndarray) -> float | None:
    """The greatest number of which all the sizes [n], above zero, are multiples; None as `step` says."""
    first = -int(np.floor(np.log10(sizes.min())))
    for digits in range(first, first + 7):
        steps = sizes * 10.0**digits
        if steps.max() >= EXACT:
            return None
        whole = np.rint(steps)
        if np.allclose(steps, whole, rtol=1e-12, atol=1e-9):
            return float(np.gcd.reduce(whole.astype(np.int64))) / 10.0**digits
    return None


def in_units(linear: LinearModel, objective: Objective) -> Objective:
    """The objective counted in its smallest step; without one, so that its smallest cost is near one."""
    size = step(linear, objective)
    if size is not None:
        return replace(objective, cost=np.rint(objective.cost / size), constant=objective.constant / size, unit=size)
    costs = np.abs(objective.cost[objective.cost != 0])
    if not costs.size:
        return objective
    size = float(max(costs.min(), costs.max() / WIDEST))
    return replace(objective, cost=objective.cost / size, constant=objective.constant / size, unit=size)


def bound_of_plans(linear: LinearModel, objective: Objective, bound: float) -> float:
    """A bound, in the sense of minimisation, rounded up to a value that some plan can have."""
    size = step(linear, objective)
    if size is None or not np.isfinite(bound):
        return bound
    base = objective.constant if objective.sense == "min" else -objective.constant
    tolerance = min(0.4, 1e-6 * max(1.0, abs(bound) / size))
    return float(np.ceil((bound - base) / size - tolerance) * size + base)
