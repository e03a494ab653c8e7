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

ASKED, MOST = 130, 50
"""Basic columns of one corner that are asked for a row, those farthest from whole, and rows that are taken, at most."""
ENTRIES = 4_000_000
"""Coefficients of these rows, together, beyond which none is added: they may be as long as the model is wide."""
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


def steady_rows(rows: sparse.csr_matrix, whole: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """The rows [n_rows] whose value is a whole number in every plan; `whole` and `is_open` [n_columns]."""
    unfit = is_open[rows.indices] & (~whole[rows.indices] | (rows.data != np.rint(rows.data)))
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    return np.bincount(row, unfit, rows.shape[0]) == 0


@dataclass(frozen=True)
class Corner:
    """A relaxation where the simplex method ended, in arrays; `plan` [n_columns] is its corner.

    `matrix` [n_rows, n_columns] stands by columns; `columns` are the positions of those that the solver has. `whole`
    [n_columns] marks what must be a whole number, `steady` [n_rows] is what `steady_rows` says of the rows.
    """

    matrix: sparse.csc_matrix
    low: np.ndarray
    high: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    whole: np.ndarray
    steady: np.ndarray
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
        aside = np.where(self.whole[column], np.abs(self.plan[column] - np.rint(self.plan[column])), 0.0)
        order = np.argsort(-aside, kind="stable")[:ASKED]
        sides = _Sides(self)
        known, found = _Columns(sides, self.columns), []
        for row in position[order[aside[order] > ASIDE]].tolist():
            status, multipliers = highs.getBasisInverseRow(row)[:2]
            multipliers = np.asarray(multipliers, dtype=float)
            multipliers[(np.abs(multipliers) < NOISE) | ~np.isfinite(sides.side)] = 0.0
            if status != highspy.HighsStatus.kOk or np.abs(multipliers).max(initial=0.0) > LARGEST:
                continue
            depth = known.depth(known.cut(multipliers))
            if depth > 0:
                found.append((-depth, row, multipliers))
        everywhere = _Columns(sides, np.arange(self.plan.size))
        rows, limits, room = [], [], ENTRIES
        for _, _, multipliers in sorted(found, key=lambda one: one[:2])[:MOST]:
            cut = everywhere.cut(multipliers) if room > 0 else None
            if cut is not None:
                rows.append(everywhere.row(cut[0]))
                limits.append(cut[1])
                room -= rows[-1].nnz
        return (sparse.vstack(rows, format="csr"), np.array(limits)) if rows else None


class _Sides:
    """The side of each row, and the bound of each column, from which the corner is told."""

    def __init__(self, corner: Corner) -> None:
        """Take the nearest side of each row."""
        self.corner = corner
        activity = corner.matrix @ corner.plan
        below = np.isfinite(corner.low) & ~(np.abs(activity - corner.low) > np.abs(corner.high - activity))
        self.side = np.where(below, corner.low, corner.high)
        # a · x + sign · open = side, open ≥ 0; nothing is open where both sides are the same.
        self.sign = np.where(below, -1.0, 1.0)
        self.fixed = corner.low == corner.high
        self.steady = corner.steady & (self.side == np.rint(self.side))
        self.turned = np.isfinite(corner.upper) & (corner.upper > 0) & (corner.plan > corner.upper - 1e-7)
        self.start = np.where(self.turned, corner.upper, corner.lower)
        self.whole = corner.whole & (self.start == np.rint(self.start))


class _Columns:
    """Some of the columns, as rows."""

    def __init__(self, sides: _Sides, columns: np.ndarray) -> None:
        """Of a corner told from `sides`, those at the positions `columns`; the others are nothing at the corner."""
        corner = sides.corner
        self.sides, self.columns = sides, columns
        self.of = (corner.matrix if columns.size == corner.plan.size else corner.matrix[:, columns]).T
        self.upper, self.start, self.plan = corner.upper[columns], sides.start[columns], corner.plan[columns]
        self.turn, self.whole = np.where(sides.turned[columns], -1.0, 1.0), sides.whole[columns]
        self.closed = self.upper <= 0

    def cut(self, multipliers: np.ndarray) -> tuple[np.ndarray, float] | None:
        """Coefficients [n_columns] and upper limit of the row that these multipliers [n_rows] give; None without a good one."""
        sides, used = self.sides, np.flatnonzero(multipliers)
        share = self.of @ multipliers
        share[self.closed | (np.abs(share) < 0.1 * NOISE)] = 0.0
        total = float(multipliers[used] @ sides.side[used] - share @ self.start)
        over = total - np.floor(total)
        if not ASIDE < over < 1 - ASIDE:
            return None
        # Everything is told from where it is nothing at the corner: Σ ahead · away + Σ weight · open ≥ 1.
        some = np.flatnonzero(share)
        ahead = self.turn[some] * _fraction(self.turn[some] * share[some], over, self.whole[some])
        left = np.where(sides.fixed[used], 0.0, multipliers[used] * sides.sign[used])
        weights = np.zeros(multipliers.size)
        weights[used] = _fraction(left, over, sides.steady[used]) * sides.sign[used]
        found = -(self.of @ weights)
        found[some] += ahead
        found[self.closed] = 0.0
        least = 1.0 + float(ahead @ self.start[some]) - float(weights[used] @ sides.side[used])
        tiny = np.flatnonzero((np.abs(found) < 100 * NOISE) & (found != 0) & np.isfinite(self.upper))
        least -= float(np.maximum(found[tiny], 0.0) @ self.upper[tiny])
        found[tiny] = 0.0
        sizes = np.abs(found[found != 0])
        if not sizes.size or sizes.max() > STEEPEST * sizes.min():
            return None
        return -found, -least + EASED * max(1.0, abs(least))

    def depth(self, cut: tuple[np.ndarray, float] | None) -> float:
        """How far behind a row the corner is; nothing for one that it hardly breaks."""
        if cut is None:
            return 0.0
        broken = float(cut[0] @ self.plan) - cut[1]
        return broken / float(np.linalg.norm(cut[0])) if broken > BROKEN else 0.0

    def row(self, found: np.ndarray) -> sparse.csr_matrix:
        """The coefficients [n_columns] of these columns as a row over all columns of the model."""
        used = np.flatnonzero(found)
        total = self.sides.corner.plan.size
        return sparse.csr_matrix((found[used], self.columns[used], [0, used.size]), shape=(1, total))


def _fraction(terms: np.ndarray, over: float, whole: np.ndarray) -> np.ndarray:
    """What each term counts towards the one that is missing, where the sum is `over` a whole number; never negative."""
    part = terms - np.floor(terms)
    stepwise = np.where(part <= over, part / over, (1 - part) / (1 - over))
    return np.where(whole, stepwise, np.where(terms > 0, terms / over, -terms / (1 - over)))
