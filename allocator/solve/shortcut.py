"""A plan that cannot be better, seen without solving anything.

Every household chooses one unit or none; forget all limits, and the best that each can do adds up to a bound. Where the
plan at hand reaches it (everybody is placed, nobody moves), there is nothing left to solve.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.model.build import Model
from allocator.model.classes import Classes
from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.highs import Outcome, solve_one

__all__ = ["already_best", "bound_without_limits"]

SECONDS = 5.0
"""For the check that the plan at hand keeps every row."""


def already_best(model: Model, linear: LinearModel, objective: Objective, start: np.ndarray) -> Outcome | None:
    """The outcome if the plan `start` [n_columns, NaN where it follows] is proven to be the best; None if it is not.

    `linear` is the model with the rows of earlier goals. Nothing is solved but what follows from the plan.
    """
    decided = ~np.isnan(start)
    if objective.cost[~decided].any():
        return None
    value = objective.constant + float(objective.cost[decided] @ start[decided])
    bound = bound_without_limits(model, objective)
    if abs(value - bound) > 1e-9 * max(1.0, abs(value)):
        return None
    low, high = linear.lower.copy(), linear.upper.copy()
    low[decided] = high[decided] = start[decided]
    if (start[decided] > linear.upper[decided] + 1e-9).any() or (start[decided] < linear.lower[decided] - 1e-9).any():
        return None
    fixed = replace(linear, lower=low, upper=high)
    found = solve_one(fixed, objective, SolveOptions(gap=0), SECONDS)
    return found if found.status == "optimal" else None


def bound_without_limits(model: Model, objective: Objective) -> float:
    """The value of the objective if every household went where that is best, whoever else goes there."""
    columns = model.columns
    sign = -1.0 if objective.sense == "max" else 1.0
    cost = sign * objective.cost
    must = model.situation.keeps_home
    places = _best(cost[: columns.kind.size], columns.kind, columns.kinds, must)
    flows = _best(cost[columns.kind.size : model.linear.choices], columns.flow_class, columns.classes, must)
    rest = slice(model.linear.choices, None)
    least = np.where(cost[rest] >= 0, model.linear.lower[rest], model.linear.upper[rest])
    with np.errstate(invalid="ignore"):
        others = float(np.where(cost[rest] == 0, 0.0, cost[rest] * least).sum())
    return sign * (places + flows + others) + objective.constant


def _best(cost: np.ndarray, member: np.ndarray, classes: Classes, must: np.ndarray) -> float:
    """Σ over classes of their size times the least cost of one of their columns, or of none where that is allowed."""
    least = np.full(len(classes), np.inf)
    np.minimum.at(least, member, cost)
    least = np.where(must[classes.first] & np.isfinite(least), least, np.minimum(least, 0.0))
    return float((classes.size * least).sum())
