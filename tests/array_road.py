"""The second road to the solver: a linear model handed to HiGHS as arrays, without PuLP."""

from __future__ import annotations

import highspy
import numpy as np

from allocator.model.linear import LinearModel, Objective

__all__ = ["solve_arrays"]


def solve_arrays(
    linear: LinearModel, objective: Objective, relaxation: bool = False
) -> tuple[highspy.HighsModelStatus, float, np.ndarray]:
    """Status, value and point of one objective, solved to the exact optimum; `relaxation` forgets whole numbers."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = linear.shape
    lp.sense_ = highspy.ObjSense.kMaximize if objective.sense == "max" else highspy.ObjSense.kMinimize
    lp.offset_ = objective.constant
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = objective.cost, linear.lower, linear.upper
    lp.row_lower_, lp.row_upper_ = linear.low, linear.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = linear.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = linear.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = linear.matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole and not relaxation else kinds.kContinuous for whole in linear.integer]
    highs = highspy.Highs()
    for option, value in {"output_flag": False, "mip_rel_gap": 0.0, "mip_abs_gap": 0.0, "time_limit": 60.0}.items():
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    highs.run()
    return highs.getModelStatus(), highs.getInfo().objective_function_value, np.asarray(highs.getSolution().col_value)
