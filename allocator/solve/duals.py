"""What one more unit of a row is worth, by the linear relaxation: where to look, before anything is solved again."""

from __future__ import annotations

import highspy
import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.heard import run
from allocator.solve.settings import set_up
from allocator.solve.through_pulp import to_pulp

__all__ = ["relaxation", "row_values"]


def relaxation(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, solver: str = "choose"
) -> tuple[np.ndarray, np.ndarray] | None:
    """Row prices [n_rows] of the minimised relaxation and its plan [n_columns]; None where there are none in time.

    `solver` is a solver of HiGHS: `ipm` for large models, whose prices need not be those of a corner.
    """
    highs = highspy.Highs()
    set_up(highs, options, seconds)
    highs.setOptionValue("solve_relaxation", True)
    highs.setOptionValue("solver", solver)
    problem = to_pulp(linear, objective)
    problem.hand_over(highs)
    run(highs)
    solution = highs.getSolution()
    if not solution.dual_valid:
        return None
    price = np.bincount(problem.row_of, weights=np.asarray(solution.row_dual), minlength=linear.shape[0])
    return price, np.asarray(solution.col_value)[: linear.shape[1]]


def row_values(linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float) -> np.ndarray | None:
    """By how much the objective gets better, whatever its sense, with one more of each row's upper limit [n_rows].

    Never negative: a wider limit takes nothing away. True of the relaxation and of small changes; the value of a whole
    unit in whole numbers may be less or more. None where the relaxation has no solution in time.
    """
    solved = relaxation(linear, objective, options, seconds)
    # HiGHS minimises here: a binding upper limit has a negative price, and one more of it lowers the value by that.
    return None if solved is None else np.maximum(-solved[0], 0.0) * objective.unit
