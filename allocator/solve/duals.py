"""What one more unit of a row is worth, by the linear relaxation: where to look, before anything is solved again."""

from __future__ import annotations

import highspy
import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.heard import run
from allocator.solve.settings import set_up

__all__ = ["relaxation", "row_values"]


def relaxation(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, solver: str = "choose"
) -> tuple[np.ndarray, np.ndarray] | None:
    """Row prices [n_rows] of the minimised relaxation and its plan [n_columns]; None where there are none in time.

    `solver` is a solver of HiGHS: `ipm` for large models, whose prices need not be those of a corner.
    """
    highs = highspy.Highs()
    sign = objective.sign
    pass_arrays(highs, linear, sign * objective.cost, np.arange(linear.shape[1]))
    set_up(highs, options, seconds)
    highs.setOptionValue("solver", solver)
    run(highs)
    solution = highs.getSolution()
    if not solution.dual_valid:
        return None
    return np.asarray(solution.row_dual), np.asarray(solution.col_value)


def row_values(linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float) -> np.ndarray | None:
    """By how much the objective gets better, whatever its sense, with one more of each row's upper limit [n_rows].

    Never negative: a wider limit takes nothing away. True of the relaxation and of small changes; the value of a whole
    unit in whole numbers may be less or more. None where the relaxation has no solution in time.
    """
    solved = relaxation(linear, objective, options, seconds)
    # HiGHS minimises here: a binding upper limit has a negative price, and one more of it lowers the value by that.
    return None if solved is None else np.maximum(-solved[0], 0.0) * objective.unit
