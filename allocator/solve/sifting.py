"""The relaxation of a large model from a few of its columns, exactly: sifting.

A few columns are solved, all are priced in one product with the row prices, those that would earn something join, and so
on until none would. A bound on every plan comes with every round, so that the last rounds, which gain next to nothing,
need not be waited for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import add_columns, pass_arrays
from allocator.solve.heard import run, time_left
from allocator.solve.settings import set_up

__all__ = ["Memory", "dual_bound", "place_in_row", "sifted"]

MOST = 30
"""Columns that a row gets at the beginning, at most; as many as it lets in, at least one."""
JOINING = 1
"""Columns that join in a round for each row in which some would earn."""
ROUNDS = 40
FAR = 5_000
"""Columns that joined, beyond which the corner is far from the last one."""
PRIMAL = 4
"""Columns that join leave the corner feasible; HiGHS numbers its simplex methods."""


@dataclass
class Memory:
    """What one goal leaves for the next.

    `columns` [n_columns], of the model that is solved next, are those of the relaxation's plan. `reduced` [n_columns] and
    `bound`, of the model that was solved last and in its minimised and scaled values, say what a column costs at least.
    """

    columns: np.ndarray | None = None
    reduced: np.ndarray | None = None
    bound: float = -np.inf


def dual_bound(linear: LinearModel, cost: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """A bound on every plan of the minimised model from any row prices y [n_rows], and the reduced costs [n_columns].

    bound = Σ (low · y⁺ - high · y⁻) + Σ min over lower ≤ x ≤ upper of (c - Aᵀy) · x, for y that do not price an absent
    side of a row. -inf where a column without upper bound would earn.
    """
    y = np.where((y > 0) & ~np.isfinite(linear.low) | (y < 0) & ~np.isfinite(linear.high), 0.0, y)
    reduced = cost - linear.matrix.T @ y
    # A price must not earn from a column without upper bound; those are few and continuous, and their rows exact.
    open_ended = ~np.isfinite(linear.upper)
    reduced = np.where(open_ended & (reduced < 0) & (reduced > -1e-6), 0.0, reduced)
    sides = np.where(y > 0, np.where(y > 0, linear.low, 0.0), np.where(y < 0, linear.high, 0.0))
    least = np.where(reduced >= 0, linear.lower, np.where(open_ended, -np.inf, linear.upper))
    with np.errstate(invalid="ignore"):
        rows = np.nansum(y * np.where(y == 0, 0.0, sides))
        columns = np.nansum(np.where(reduced == 0, 0.0, reduced * least))
    return float(rows + columns), reduced


def sifted(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, first: np.ndarray,
    memory: Memory | None = None, floor: float = -np.inf,
) -> tuple[np.ndarray, np.ndarray] | None:  # fmt: skip
    """Row prices [n_rows] of the minimised relaxation and its plan [n_columns], nearly optimal; None if there are none.

    `first` [n_columns] are columns to begin with, such as those of a plan that keeps all rows: without them the few may
    have no plan. `memory` is read and renewed. The prices are the best that were found, wherever it ended.
    It ends at `floor`, a bound on every plan that is known already.
    """
    began = time.perf_counter()
    sign = -1.0 if objective.sense == "max" else 1.0
    cost = sign * objective.cost
    offset = sign * objective.constant
    matrix = sparse.csc_matrix(linear.matrix)
    keep = first | (linear.lower > 0)
    if memory is not None and memory.columns is not None:
        keep |= memory.columns
    open_to = linear.upper > 0
    keep = (keep | _sample(linear, cost, options.seed)) & open_to
    columns = np.flatnonzero(keep)
    highs = highspy.Highs()
    pass_arrays(highs, linear, cost, columns)
    best, prices, solved, x, new = -np.inf, None, False, np.zeros(0), columns.size
    for _ in range(ROUNDS):
        left = time_left(began, seconds)
        if left <= 0:
            break
        set_up(highs, options, left)
        # Interior points find a corner far away soonest; to one nearby the simplex method goes on from where it was.
        highs.setOptionValue("solver", "ipx" if new > FAR else "simplex")
        highs.setOptionValue("simplex_strategy", PRIMAL)
        run(highs)
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        solution = highs.getSolution()
        x, y, value = np.asarray(solution.col_value), np.asarray(solution.row_dual), highs.getObjectiveValue()
        solved = True
        bound, reduced = dual_bound(linear, cost, y)
        if prices is None or bound > best:
            best, prices = bound, y
        joining = np.flatnonzero((reduced < -1e-7) & ~keep & open_to)
        if not joining.size or value + offset - max(best + offset, floor) <= 0.1 * options.gap * abs(value + offset):
            break
        joining = _foremost(matrix, joining, reduced)
        keep[joining] = True
        add_columns(highs, linear, matrix, cost, joining)
        columns, new = np.concatenate([columns, joining]), joining.size
    if not solved or prices is None:
        return None
    plan = np.zeros(linear.shape[1])
    plan[columns[: x.size]] = x
    if memory is not None:
        memory.columns = plan > 1e-9
    return prices, plan


def _sample(linear: LinearModel, cost: np.ndarray, seed: int) -> np.ndarray:
    """For each row some of its columns, the cheapest first and equal ones as the seed draws them [n_columns]."""
    draw = np.random.default_rng(seed).random(linear.shape[1])
    entries = sparse.coo_matrix(linear.matrix)
    place = place_in_row(entries.row, cost[entries.col], draw[entries.col])
    most = np.where(np.isfinite(linear.high), np.clip(linear.high, 1, MOST), 2)
    keep = np.zeros(linear.shape[1], dtype=bool)
    keep[entries.col[place < most[entries.row]]] = True
    return keep


def _foremost(matrix: sparse.csc_matrix, joining: np.ndarray, reduced: np.ndarray) -> np.ndarray:
    """Of the columns that would join, those among the foremost of one of their rows."""
    entries = sparse.coo_matrix(matrix[:, joining])
    place = place_in_row(entries.row, reduced[joining][entries.col], entries.col)
    return joining[np.unique(entries.col[place < JOINING])]


def place_in_row(row: np.ndarray, first: np.ndarray, then: np.ndarray) -> np.ndarray:
    """The place of each entry within its row, 0 for the least."""
    order = np.lexsort((then, first, row))
    ordered = row[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if row.size else np.zeros(0, dtype=int)
    lengths = np.diff(np.r_[begins, row.size])
    place = np.empty(row.size, dtype=int)
    place[order] = np.arange(row.size) - np.repeat(begins, lengths)
    return place
