"""Rows that few plans touch are left out until a plan breaks one.

A model without some of its rows is a relaxation: its bound holds for the whole model, and a plan of it that breaks none
of the rows left out is as good for the whole. Rows that a plan breaks are added, and the model is solved again from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.completing import completed
from allocator.solve.heard import time_left
from allocator.solve.highs import Outcome

__all__ = ["with_late_rows", "without_late"]

Solve = Callable[..., Outcome]

BROKEN = 1e-6
"""By how much a row is broken, relative to its largest coefficient, before it counts."""


def with_late_rows(
    solve: Solve,
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str], None] | None = None,
    *others: object,
) -> Outcome:
    """Like `solve` with the same arguments, which gets the late rows only as far as its plans break them.

    `others` are further arguments of `solve`. Where the time is over before a plan breaks none, the plan is `stopped`,
    with its true value and the bound.
    """
    began = time.perf_counter()
    left_out = np.zeros(linear.shape[0], dtype=bool)
    left_out[linear.late] = True
    while True:
        left = max(time_left(began, seconds), 0.1)
        outcome = solve(linear.without_rows(left_out), objective, options, left, start, progress, *others)
        if outcome.x is None:
            break
        broken = left_out & _broken(linear, outcome.x)
        if not broken.any():
            break
        start = np.where(linear.integer, outcome.x, np.nan)
        left_out &= ~broken
        if time_left(began, 0.98 * seconds) <= 0:
            outcome = _counted(linear, objective, start, outcome)
            break
    return replace(outcome, seconds=time.perf_counter() - began)


def without_late(linear: LinearModel) -> LinearModel:
    """The model without its late rows: its bounds hold for the whole model."""
    left_out = np.zeros(linear.shape[0], dtype=bool)
    left_out[linear.late] = True
    return linear.without_rows(left_out)


def _broken(linear: LinearModel, x: np.ndarray) -> np.ndarray:
    """The rows that a plan breaks [n_rows]."""
    value = linear.matrix @ x
    size = BROKEN * np.maximum(abs(linear.matrix).max(axis=1).toarray().ravel(), 1.0)
    return (value < linear.low - size) | (value > linear.high + size)


def _counted(linear: LinearModel, objective: Objective, start: np.ndarray, outcome: Outcome) -> Outcome:
    """A plan for which the time was over before its broken rows were added, with its true value."""
    x = completed(linear, objective, np.where(linear.integer, start, np.nan))
    value = None if x is None else objective.value(x)
    return replace(outcome, x=x, value=value, status="stopped")
