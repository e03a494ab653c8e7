"""A plan that cannot be better, seen without solving anything.

Every household chooses one unit or none; forget all limits, and the best that each can do adds up to a bound. Where the
plan at hand reaches it (everybody is placed, nobody moves), there is nothing left to solve, and where it does not, the
solver knows when to stop.
"""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from allocator.model.build import Model
from allocator.model.classes import Classes
from allocator.model.columns import Columns
from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.heard import run
from allocator.solve.highs import Outcome
from allocator.solve.settings import set_up

__all__ = ["already_best", "bound_without_limits"]

SECONDS = 5.0
"""For the bound on what follows from choices."""


def already_best(objective: Objective, x: np.ndarray, bound: float) -> Outcome | None:
    """The outcome if the plan x [n_columns] reaches a bound on all plans; None if it does not."""
    value = objective.value(x)
    reached = abs(value - bound) <= 1e-9 * max(1.0, abs(value))
    return Outcome("optimal", x, value, value, 0.0) if reached else None


def bound_without_limits(model: Model, objective: Objective, linear: LinearModel | None = None) -> float:
    """The value of the objective if every household went where that is best, whoever else goes there.

    `linear` is the model with the rows of earlier goals, if there are any; those that tie no choices still hold.
    """
    columns = model.columns
    sign = objective.sign
    cost = sign * objective.cost
    must = model.situation.keeps_home
    places = _best(cost[: columns.kind.size], columns.kind, columns.kinds, must)
    flows = _best_flows(columns, cost[columns.kind.size : model.linear.choices], must)
    others = _what_follows(linear or model.linear, cost)
    return sign * (places + flows + others) + objective.constant


def _what_follows(linear: LinearModel, cost: np.ndarray) -> float:
    """The least that the columns behind the choices can cost, by the rows that tie them to each other alone."""
    rest = np.arange(linear.choices, linear.shape[1])
    mine = np.zeros(linear.shape[1], dtype=bool)
    mine[rest] = True
    mine[linear.flows] = False
    rest = rest[mine[rest]]
    if not cost[rest].any():
        return 0.0
    entries = linear.matrix.getnnz(axis=1)
    inside = linear.matrix.astype(bool) @ mine.astype(int)
    own = np.flatnonzero((inside > 0) & (inside == entries))
    alone = replace(linear, matrix=linear.matrix[own], low=linear.low[own], high=linear.high[own])
    highs = highspy.Highs()
    pass_arrays(highs, alone, cost, rest, whole=True)
    set_up(highs, SolveOptions(gap=0), SECONDS)
    run(highs, to_the_end=True)
    info = highs.getInfo()
    bound = info.mip_dual_bound if linear.integer[rest].any() else info.objective_function_value
    solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(bound) if solved and np.isfinite(bound) else -np.inf


def _best(cost: np.ndarray, member: np.ndarray, classes: Classes, must: np.ndarray) -> float:
    """Σ over classes of their size times the least cost of one of their columns, or of none where that is allowed."""
    least = np.full(len(classes), np.inf)
    np.minimum.at(least, member, cost)
    return _added_up(least, classes, must)


def _best_flows(columns: Columns, cost: np.ndarray, must: np.ndarray) -> float:
    """The same for flows: a class has its own and those of its pool, and may come without one where no hub is between."""
    flows, classes = columns.flows, columns.classes
    own = flows.of_class >= 0
    common = np.full(len(flows.pools), np.inf)
    np.minimum.at(common, flows.of_pool[~own], cost[~own])
    without = np.unique(columns.kind[~columns.through_hub])
    free = np.isin(columns.kinds.of[flows.pools.first], without)
    common[free] = np.minimum(common[free], 0.0)
    least = np.where(columns.own_supply, common[flows.pools.of[classes.first]], np.inf)
    np.minimum.at(least, flows.of_class[own], cost[own])
    return _added_up(least, classes, must)


def _added_up(least: np.ndarray, classes: Classes, must: np.ndarray) -> float:
    """Σ over classes of their size times their least cost, or nothing where they need not go anywhere."""
    least = np.where(must[classes.first] & np.isfinite(least), least, np.minimum(least, 0.0))
    return float((classes.size * least).sum())
