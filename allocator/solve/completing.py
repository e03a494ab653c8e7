"""What follows from a plan: excess, distances, seats and open places, as good as they can be for who goes where."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.heard import run
from allocator.solve.settings import INSIDE, set_up

__all__ = ["completed"]

KEPT = 1e-6
"""By how much a row may be broken, relative to its largest limit; what solvers call feasible."""
WHOLE = 1e-7
"""How far from a whole number a column may be that is one."""


def completed(linear: LinearModel, objective: Objective, known: np.ndarray, seconds: float = 30.0) -> np.ndarray | None:
    """The plan [n_columns] whose columns are `known` [n_columns] where that is not NaN; None if no such plan keeps the rows.

    The others are as good for the objective as they can be.
    """
    decided = ~np.isnan(known)
    x = np.where(decided, known, 0.0)
    if (x[decided] > linear.upper[decided] + 1e-9).any() or (x[decided] < linear.lower[decided] - 1e-9).any():
        return None
    rest = np.flatnonzero(~decided)
    fixed = linear.matrix @ x
    touched = np.flatnonzero(linear.matrix[:, rest].getnnz(axis=1))
    others = np.ones(linear.shape[0], dtype=bool)
    others[touched] = False
    size = KEPT * np.maximum(1.0, np.abs(fixed))
    if (others & ((fixed < linear.low - size) | (fixed > linear.high + size))).any():
        return None
    if not rest.size:
        return x
    follows = replace(
        linear, matrix=linear.matrix[touched], low=(linear.low - fixed)[touched], high=(linear.high - fixed)[touched]
    )
    cost = objective.sign * objective.cost
    found = _best(follows, cost, rest, seconds, whole=False)
    # What follows from whole choices is mostly whole by itself.
    if found is not None and (np.abs(found - np.rint(found))[linear.integer[rest]] > WHOLE).any():
        found = _best(follows, cost, rest, seconds, whole=True)
    if found is None:
        return None
    x[rest] = np.where(linear.integer[rest], np.rint(found), found)
    return x


def _best(
    linear: LinearModel, cost: np.ndarray, columns: np.ndarray, seconds: float, *, whole: bool
) -> np.ndarray | None:
    """The values of some columns at the least cost, the others at nothing; None if there are none."""
    highs = highspy.Highs()
    pass_arrays(highs, linear, cost, columns, whole=whole)
    set_up(highs, SolveOptions(gap=0), seconds)
    if columns.size > INSIDE and not whole:
        highs.setOptionValue("solver", "ipx")
    run(highs, to_the_end=True)
    solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.asarray(highs.getSolution().col_value) if solved else None
