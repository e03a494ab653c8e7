"""What whole numbers make of a limit that the relaxation does not see.

A limit whose terms are all multiples of one number ends at a multiple of it: no plan has 146.5 persons. And what whole
counts of households of two, three and five persons can add up to in seven places is less than their fractions can: the
facets of the integer hull of {n ≥ 0 whole : Σ w·n ≤ C} are found one by one, exactly (Boyd, Operations Research 42, 1994),
and as rows of the model hold for each of its columns, chosen or not, since all columns of one weight count alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel
from allocator.solve.grain import common_measure

__all__ = ["Knapsacks", "facet", "most_of", "rounded"]

LARGEST = 400
"""Capacity, in units of the weights' common measure, up to which a limit is looked at."""
WEIGHTS = 16
"""Different weights up to which it is."""
BROKEN = 1e-4
"""By how much, relative to its limit, a facet must be broken to be worth a row."""
STEPS = 200
"""Points that describe a hull, at most."""


def rounded(linear: LinearModel) -> LinearModel:
    """The model with each limit at the last value that whole numbers can reach; no plan in whole numbers is lost.

    Only rows whose columns are all whole in some best plan and whose coefficients have a common measure are touched.
    """
    entries = sparse.coo_matrix(linear.matrix)
    open_to = (linear.upper > 0) | (linear.lower < 0)
    loose = np.bincount(entries.row, (open_to & ~linear.in_steps)[entries.col], linear.shape[0]) > 0
    smallest, largest = _sizes(linear, open_to)
    ones = (smallest == 1) & (largest == 1)
    low, high = linear.low.copy(), linear.high.copy()
    sides = [np.isfinite(side) & (side != 0) & ~(ones & (side == np.rint(side))) for side in (low, high)]
    for row in np.flatnonzero(~loose & (sides[0] | sides[1])).tolist():
        columns, values = _entries(linear.matrix, row)
        values = np.unique(np.abs(values[open_to[columns]]))
        one = common_measure(values) if values.size else None
        if one is None:
            continue
        if sides[0][row]:
            low[row] = np.ceil(low[row] / one - _tolerance(low[row] / one)) * one
        if sides[1][row]:
            high[row] = np.floor(high[row] / one + _tolerance(high[row] / one)) * one
    return replace(linear, low=low, high=high)


def _sizes(linear: LinearModel, open_to: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest absolute coefficient of an open column in each row [n_rows]; NaN where there is none."""
    sizes = np.where(open_to[linear.matrix.indices], np.abs(linear.matrix.data), np.nan)
    filled = np.flatnonzero(np.diff(linear.matrix.indptr))
    result = np.full((2, linear.shape[0]), np.nan)
    if filled.size:
        for number, extreme in enumerate((np.fmin, np.fmax)):
            result[number, filled] = extreme.reduceat(sizes, linear.matrix.indptr[filled])
    return result[0], result[1]


def _tolerance(limit: float) -> float:
    """By how much a limit in whole units may miss a whole number and still be it."""
    return min(0.4, 1e-6 * max(1.0, abs(limit)))


def _entries(matrix: sparse.csr_matrix, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and coefficients of one row."""
    begin, end = matrix.indptr[row : row + 2]
    return matrix.indices[begin:end], matrix.data[begin:end]


@dataclass(frozen=True)
class _Knapsack:
    """Σ weights · counts ≤ capacity, in whole units; `weight` [n_columns of the row] is a position in `weights`."""

    columns: np.ndarray
    weight: np.ndarray
    weights: np.ndarray
    capacity: int


class Knapsacks:
    """The limits of a model that are knapsacks of whole columns, and the facets that a fractional plan breaks."""

    def __init__(self, linear: LinearModel) -> None:
        """Find them; `linear` is the whole model, so that what is found holds for every column."""
        self.n_columns = linear.shape[1]
        self.found: list[_Knapsack] = []
        open_to = linear.upper > 0
        for row in _candidates(linear, open_to).tolist():
            columns, values = _entries(linear.matrix, row)
            columns, values = columns[open_to[columns]], values[open_to[columns]]
            different, weight = np.unique(values, return_inverse=True)
            one = common_measure(different) if 1 < different.size <= WEIGHTS else None
            if one is None:
                continue
            weights = np.rint(different / one).astype(int)
            limit = linear.high[row] / one
            capacity = int(np.floor(limit + _tolerance(limit)))
            if weights[0] <= capacity <= LARGEST:
                self.found.append(_Knapsack(columns, weight, weights, capacity))

    def broken_by(self, x: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray] | None:
        """Rows [n, n_columns] and their upper limits that every whole plan keeps and x [n_columns] breaks; None if none."""
        columns, values, limits = [], [], []
        for one in self.found:
            counts = np.bincount(one.weight, x[one.columns], one.weights.size)
            if np.abs(counts - np.rint(counts)).max() < 1e-6:
                continue
            fits = one.weights <= one.capacity
            cut = facet(one.weights[fits], counts[fits], one.capacity)
            if cut is None:
                continue
            worth = np.ones(one.weights.size)
            worth[fits] = cut[0]
            used = worth[one.weight] > 0
            columns.append(one.columns[used])
            values.append(worth[one.weight[used]])
            limits.append(cut[1])
        if not limits:
            return None
        starts = np.cumsum([0, *(part.size for part in columns)])
        shape = (len(limits), self.n_columns)
        return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape), np.array(limits)


def _candidates(linear: LinearModel, open_to: np.ndarray) -> np.ndarray:
    """Rows with an upper limit alone, whose columns, as far as they are open, are whole, from 0, and of several weights."""
    entries = sparse.coo_matrix(linear.matrix)
    here = open_to[entries.col]
    unfit = here & ((~linear.integer | (linear.lower < 0))[entries.col] | (entries.data <= 0))
    good = np.bincount(entries.row, unfit, linear.shape[0]) == 0
    smallest, largest = _sizes(linear, open_to)
    limited = ~np.isfinite(linear.low) & np.isfinite(linear.high) & (linear.high > 0)
    return np.flatnonzero(good & limited & (smallest < largest))


def facet(weights: np.ndarray, counts: np.ndarray, capacity: int) -> tuple[np.ndarray, float] | None:
    """The inequality worth · n ≤ limit, true of all whole n ≥ 0 with weights · n ≤ capacity, that `counts` breaks most.

    `weights` [n] are whole, from 1 to the capacity. None where the counts are within the hull. The limit is what the best
    whole n reaches, so that the inequality is true whatever the rounding.
    """
    n = weights.size
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.addVars(n, np.zeros(n), np.ones(n))
    highs.changeColsCost(n, np.arange(n, dtype=np.int32), -counts)
    points = np.diag(capacity // weights)
    for _ in range(STEPS):
        for point in np.atleast_2d(points):
            at = np.flatnonzero(point).astype(np.int32)
            highs.addRow(-highspy.kHighsInf, 1.0, at.size, at, point[at].astype(float))
        highs.run()
        worth = np.maximum(np.asarray(highs.getSolution().col_value), 0.0)
        if worth @ counts <= 1 + BROKEN:
            return None
        limit, points = most_of(weights, worth, capacity)
        if limit <= 1 + 1e-7:
            return (worth, max(1.0, limit)) if worth @ counts > max(1.0, limit) + BROKEN else None
    return None


def most_of(weights: np.ndarray, worth: np.ndarray, capacity: int) -> tuple[float, np.ndarray]:
    """The largest worth · n over whole n ≥ 0 with weights · n ≤ capacity, and such an n: a knapsack without bounds."""
    best = [np.zeros(capacity + 1)]
    for weight, value in zip(weights.tolist(), worth.tolist(), strict=True):
        # Along capacities that differ by the weight: the best of taking one more and one more.
        padded = np.full(-(-(capacity + 1) // weight) * weight, -np.inf)
        padded[: capacity + 1] = best[-1]
        ways = padded.reshape(-1, weight)
        taken = np.arange(ways.shape[0])[:, None] * value
        best.append((np.maximum.accumulate(ways - taken, axis=0) + taken).ravel()[: capacity + 1])
    point, left = np.zeros(weights.size, dtype=int), capacity
    for k in range(weights.size - 1, -1, -1):
        number = np.arange(left // weights[k] + 1)
        point[k] = int(np.argmax(best[k][left - number * weights[k]] + number * worth[k]))
        left -= int(point[k] * weights[k])
    return float(worth @ point), point
