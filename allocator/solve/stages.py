"""The goals in their order: solve, keep the value, go on from the plan of the stage before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from allocator.goals.base import Stage
from allocator.model.build import Model
from allocator.model.hull import hull_rows
from allocator.model.linear import LinearModel, Objective
from allocator.model.start import stay_plan
from allocator.solve.elastic import what_is_missing
from allocator.solve.highs import Outcome, Progress, relative_gap, solve_one
from allocator.solve.options import SolveOptions

__all__ = ["Solution", "StageResult", "solve"]

KEEP = 1e-6
"""How far, relative to its value, a later goal may worsen an earlier one."""


@dataclass(frozen=True)
class StageResult:
    """One goal: its value, the bound that the solver proved, and how it ended."""

    name: str
    sense: str
    value: float
    bound: float | None
    status: str
    seconds: float

    @property
    def gap(self) -> float | None:
        """Relative distance of value and bound."""
        return relative_gap(self.value, self.bound)


@dataclass(frozen=True)
class Solution:
    """A solved model. `x` is None and `missing` says why where no plan keeps the hard rules."""

    status: str
    x: np.ndarray | None
    stages: tuple[StageResult, ...]
    missing: tuple[str, ...] = ()


def solve(
    model: Model, stages: Sequence[Stage], options: SolveOptions, progress: Progress | None = None
) -> Solution:
    """Solve the stages of a model in their order, `options.seconds` for all of them together.

    The status is the worst of the stages: `optimal` only if every bound equals its value.
    """
    began = time.perf_counter()
    linear, x = model.linear, stay_plan(model)
    results: list[StageResult] = []
    for number, objective in enumerate(linear.objectives):
        left = options.seconds - (time.perf_counter() - began)
        share = left / (len(linear.objectives) - number)
        if progress is not None:
            progress(f"goal {number + 1} of {len(linear.objectives)}: {objective.name}")
        outcome = _solve_stage(linear, objective, options, share, x, progress)
        if outcome.status == "infeasible" or outcome.x is None:
            missing = what_is_missing(model, options, max(5.0, left)) if number == 0 else None
            if missing is not None and missing.confirmed:
                return Solution("infeasible", None, (), missing.sentences)
            start = missing.x if missing is not None and missing.x is not None else x
            outcome = _solve_stage(linear, objective, options, share, start, progress, presolve=False)
            if outcome.x is None and start is not None and _keeps(linear, start):
                outcome = Outcome("stopped", start, objective.value(start), outcome.bound, outcome.seconds)
            if outcome.x is None:
                return Solution("stopped", None, ())
        x = outcome.x
        value = float(outcome.value if outcome.value is not None else objective.value(x))
        seconds = round(outcome.seconds, 3)
        results.append(StageResult(objective.name, objective.sense, value, outcome.bound, outcome.status, seconds))
        if number + 1 < len(linear.objectives):
            linear = _keep_value(linear, objective, value, f"keep_goal{number + 1}")
            linear = _tighten(model, linear, stages[number], results[-1])
    return Solution(_worst([result.status for result in results]), x, tuple(results))


def _solve_stage(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, start: np.ndarray | None,
    progress: Progress | None, presolve: bool = True,
) -> Outcome:  # fmt: skip
    if not objective.cost.any() and start is not None and _keeps(linear, start):
        return Outcome("optimal", start, objective.constant, objective.constant, 0.0)
    return solve_one(linear, objective, options, seconds, start, progress, presolve)


def _keeps(linear: LinearModel, x: np.ndarray) -> bool:
    """True if a point keeps every row and bound."""
    rows = linear.matrix @ x
    inside = (rows >= linear.low - 1e-6) & (rows <= linear.high + 1e-6)
    return bool(inside.all() and (x >= linear.lower - 1e-6).all() and (x <= linear.upper + 1e-6).all())


def _keep_value(linear: LinearModel, objective: Objective, value: float, name: str) -> LinearModel:
    """The model with a row that keeps the value of a goal."""
    row = sparse.csr_matrix(objective.cost[None, :])
    slack = KEEP * max(1.0, abs(value))
    limit = value - objective.constant
    low, high = (limit - slack, np.inf) if objective.sense == "max" else (-np.inf, limit + slack)
    return linear.with_rows(row, np.array([low]), np.array([high]), [name])


def _tighten(model: Model, linear: LinearModel, stage: Stage, result: StageResult) -> LinearModel:
    """Once the persons placed are known for sure, deviations get the rows that whole numbers allow."""
    goal = stage.goals[0][0]
    situation = model.situation
    priority = situation.households["priority"].to_numpy(dtype=float)
    known = (
        len(stage.goals) == 1 and goal.goal == "place" and getattr(goal, "what", "") != "households"
        and result.status == "optimal" and bool((priority == 1).all()) and bool((situation.unsuitable_home < 0).all())
    )  # fmt: skip
    if not known:
        return linear
    for deviation in model.deviations:
        if deviation.everywhere and deviation.whole and np.array_equal(deviation.base, np.round(deviation.base)):
            linear = hull_rows(linear, deviation, round(result.value))
    return linear


def _worst(statuses: Sequence[str]) -> str:
    order = ["optimal", "within_gap", "stopped"]
    return max(statuses, key=order.index, default="optimal")
