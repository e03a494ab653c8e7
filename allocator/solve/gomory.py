"""What whole numbers make of the corner of a relaxation: Gomory's cuts, over all columns of a model.

At a corner each basic column is a sum over the others and over what rows leave open. Where it must be whole and is not, the
fractions of these terms give a row that every plan in whole numbers keeps and the corner breaks (Gomory 1960; the mixed
form of Nemhauser and Wolsey 1990). The multipliers of the rows say what the sum is for columns too that the relaxation was
solved without, so the rows hold for the whole model.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

__all__ = ["Corner", "steady_rows"]

MOST = 25
"""Rows of one corner, at most."""
ASIDE = 0.02
"""How far from whole a column and its sum must be."""
NOISE = 1e-9
"""Multipliers below it are taken for nothing."""
BROKEN = 1e-4
"""By how much a row must be broken, of one that is missing, to be worth it."""
STEEPEST = 1e7
"""Largest ratio of two coefficients of a row."""
LARGEST = 1e5
"""Largest multiplier of a row: beyond, the coefficients are not exact enough."""
EASED = 1e-6
"""By how much, relative to its limit, a row is eased: sums of numbers that are not exact."""


def steady_rows(
    matrix: sparse.csr_matrix, low: np.ndarray, high: np.ndarray, whole: np.ndarray, is_open: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each row [n_rows] whether what it leaves open below, and above, is whole in every whole plan."""
    entries = sparse.coo_matrix(matrix)
    unfit = is_open[entries.col] & (~whole[entries.col] | (entries.data != np.rint(entries.data)))
    good = np.bincount(entries.row, unfit, matrix.shape[0]) == 0
    return tuple(good & np.isfinite(side) & (side == np.rint(side)) for side in (low, high))


@dataclass(frozen=True)
class Corner:
    """A relaxation where the simplex method ended: the model in arrays, and `plan` [n_columns], its corner.

    `columns` are the positions of those that the solver has; `whole` [n_columns] marks what must be a whole number,
    `steady` is what `steady_rows` says of the rows.
    """

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    steady: tuple[np.ndarray, np.ndarray]
    columns: np.ndarray
    plan: np.ndarray

    def cuts(self, highs: highspy.Highs) -> tuple[sparse.csr_matrix, np.ndarray] | None:
        """Rows [n, n_columns] and their upper limits that every whole plan keeps and the corner breaks, deepest first.

        None where there are none.
        """
        status, basic = highs.getBasicVariables()
        if status != highspy.HighsStatus.kOk:
            return None
        basic = np.asarray(basic)
        position = np.flatnonzero(basic >= 0)
        column = self.columns[basic[position]]
        aside = np.abs(self.plan[column] - np.rint(self.plan[column]))
        here = _Side(self)
        known = here.of(self.columns)
        found = []
        for row in position[self.whole[column] & (aside > ASIDE)].tolist():
            status, multipliers = highs.getBasisInverseRow(row)[:2]
            multipliers = np.asarray(multipliers, dtype=float)
            multipliers[(np.abs(multipliers) < NOISE) | ~np.isfinite(here.side)] = 0.0
            if status != highspy.HighsStatus.kOk or np.abs(multipliers).max(initial=0.0) > LARGEST:
                continue
            cut = known.cut(multipliers)
            if cut is not None and cut[0] @ self.plan[self.columns] > cut[1] + BROKEN:
                depth = (cut[0] @ self.plan[self.columns] - cut[1]) / np.linalg.norm(cut[0])
                found.append((-float(depth), row, multipliers))
        rows, limits = [], []
        everywhere = here.of(np.arange(self.plan.size))
        for _, _, multipliers in sorted(found, key=lambda one: one[:2])[:MOST]:
            cut = everywhere.cut(multipliers)
            if cut is not None:
                rows.append(sparse.csr_matrix(cut[0]))
                limits.append(cut[1])
        return (sparse.vstack(rows, format="csr"), np.array(limits)) if rows else None


class _Side:
    """The side of each row, and the bound of each column, from which the corner is told."""

    def __init__(self, corner: Corner) -> None:
        """Take the nearest side of each row."""
        activity = corner.matrix @ corner.plan
        below = np.isfinite(corner.low) & ~(np.abs(activity - corner.low) > np.abs(corner.high - activity))
        self.side = np.where(below, corner.low, corner.high)
        # a · x + sign · open = side, open ≥ 0; nothing is open where both sides are the same.
        self.sign = np.where(below, -1.0, 1.0)
        self.fixed = corner.low == corner.high
        self.steady = np.where(below, corner.steady[0], corner.steady[1])
        self.turned = np.isfinite(corner.upper) & (corner.upper > 0) & (corner.plan > corner.upper - 1e-7)
        self.corner = corner

    def of(self, columns: np.ndarray) -> _Columns:
        """The same for some of the columns (positions)."""
        corner = self.corner
        part = sparse.csr_matrix(sparse.csr_matrix(corner.matrix)[:, columns].T)
        return _Columns(self, part, corner.lower[columns], corner.upper[columns], corner.whole[columns], self.turned[columns])


@dataclass(frozen=True)
class _Columns:
    """Some of the columns: `matrix` [n_columns, n_rows]; `turned` ones are told from their upper bound."""

    at: _Side
    matrix: sparse.csr_matrix
    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    turned: np.ndarray

    def cut(self, multipliers: np.ndarray) -> tuple[np.ndarray, float] | None:
        """Coefficients [n_columns] and upper limit of the row that these multipliers [n_rows] give; None without a good one."""
        at = self.at
        start = np.where(self.turned, self.upper, self.lower)
        share = self.matrix @ multipliers
        share[(self.upper <= 0) | (np.abs(share) < 0.1 * NOISE)] = 0.0
        used = np.flatnonzero(multipliers)
        total = float(multipliers[used] @ at.side[used] - share @ start)
        over = total - np.floor(total)
        if not ASIDE < over < 1 - ASIDE:
            return None
        # Everything is told from where it is nothing at the corner: Σ ahead · away + Σ open ≥ 1.
        turn = np.where(self.turned, -1.0, 1.0)
        ahead = turn * _fraction(turn * share, over, self.whole & (start == np.rint(start)))
        left = np.where(at.fixed[used], 0.0, multipliers[used] * at.sign[used])
        weights = np.zeros(multipliers.size)
        weights[used] = _fraction(left, over, at.steady[used]) * at.sign[used]
        found = ahead - self.matrix @ weights
        least = 1.0 + float(ahead @ start) - float(weights[used] @ at.side[used])
        found[self.upper <= 0] = 0.0
        tiny = (np.abs(found) < 100 * NOISE) & np.isfinite(self.upper)
        least -= float(np.maximum(found[tiny], 0.0) @ self.upper[tiny])
        found[tiny] = 0.0
        sizes = np.abs(found[found != 0])
        if not sizes.size or sizes.max() > STEEPEST * sizes.min():
            return None
        return -found, -least + EASED * max(1.0, abs(least))


def _fraction(terms: np.ndarray, over: float, whole: np.ndarray) -> np.ndarray:
    """What each term counts towards the one that is missing, where the sum is `over` a whole number; never negative."""
    part = terms - np.floor(terms)
    stepwise = np.where(part <= over, part / over, (1 - part) / (1 - over))
    return np.where(whole, stepwise, np.where(terms > 0, terms / over, -terms / (1 - over)))
