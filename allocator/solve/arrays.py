"""The second road into HiGHS, past PuLP: arrays in one call, for what nobody reads by name.

Relaxations of many columns, and what follows from a plan, take this road; PuLP holds the integer programmes.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy import sparse

from allocator.errors import SolverError
from allocator.model.linear import LinearModel

__all__ = ["add_columns", "add_rows", "pass_arrays"]


def pass_arrays(
    highs: highspy.Highs, linear: LinearModel, cost: np.ndarray, columns: np.ndarray, *, whole: bool = False,
    constant: float = 0.0,
) -> None:  # fmt: skip
    """Hand over the model with these columns only, to be minimised; `whole` keeps whole-numbered columns whole.

    The objective is `constant` + `cost` · x. `cost` [n_columns] and `columns` (positions) are those of the whole model;
    all rows are passed, in their order.
    """
    matrix = sparse.csc_matrix(linear.matrix)[:, columns]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.offset_ = columns.size, linear.shape[0], constant
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost[columns], linear.lower[columns], linear.upper[columns]
    lp.row_lower_, lp.row_upper_ = linear.low, linear.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    if whole and linear.integer[columns].any():
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if one else kinds.kContinuous for one in linear.integer[columns].tolist()]
    highs.setOptionValue("output_flag", False)
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the model")


def add_columns(
    highs: highspy.Highs, linear: LinearModel, matrix: sparse.csc_matrix, cost: np.ndarray, columns: np.ndarray
) -> None:
    """Further columns of the same model behind those that were handed over; `matrix` is the model's, by columns."""
    part = matrix[:, columns]
    highs.addCols(
        columns.size, cost[columns], linear.lower[columns], linear.upper[columns], part.nnz,
        part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32), part.data,
    )  # fmt: skip


def add_rows(highs: highspy.Highs, matrix: sparse.csr_matrix, high: np.ndarray, columns: np.ndarray) -> None:
    """Further rows [n, n_columns] with upper limits below those handed over; `columns` are the model's that HiGHS has."""
    part = sparse.csr_matrix(matrix)[:, columns]
    highs.addRows(
        high.size, np.full(high.size, -highspy.kHighsInf), high, part.nnz,
        part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32), part.data,
    )  # fmt: skip
