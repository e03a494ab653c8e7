"""What whole numbers make of the corner of a relaxation: Gomory's cuts, over all columns of a model.

At a corner each basic column is a sum over the others and over what rows leave open. Where it must be whole and is not, the
fractions of these terms give a row that every plan in whole numbers keeps and the corner breaks (Gomory 1960; the mixed
form of Nemhauser and Wolsey 1990). The multipliers of the rows say what the sum is for columns too that the relaxation was
solved without, so the rows hold for the whole model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

__all__ = ["Corner", "Wanted", "steady_rows"]

ASKED, MOST = 300, 30
"""Basic columns of one corner that are asked for a row, those farthest from whole, and rows that are taken, at most."""
TRIES = 4
"""Times that so many rows are made, others each time, until one of them is wanted, at most."""
AT_ONCE = 1_000_000
"""Coefficients that are found at once, at most."""
ENTRIES = 4_000_000
"""Coefficients of these rows, together, beyond which none is added: they may be as long as the model is wide."""
ASIDE = 0.005
"""How far from whole a column and its sum must be."""
NOISE = 1e-9
"""Multipliers below it are taken for nothing."""
BROKEN = 1e-5
"""By how much a row must be broken, of one that is missing, to be worth it."""
STEEPEST = 1e7
"""Largest ratio of two coefficients of a row."""
LARGEST = 1e5
"""Largest multiplier of a row: beyond, the coefficients are not exact enough."""
EASED = 1e-9
"""By how much of the sum of what its limit is summed up from a row is eased: sums of numbers are not exact."""


def steady_rows(rows: sparse.csr_matrix, whole: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """The rows [n_rows] whose value is a whole number in every plan; `whole` and `is_open` [n_columns]."""
    unfit = is_open[rows.indices] & (~whole[rows.indices] | (rows.data != np.rint(rows.data)))
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    return np.bincount(row, unfit, rows.shape[0]) == 0


Wanted = Callable[[sparse.csr_matrix, np.ndarray], np.ndarray]
"""Which rows [n, n_columns of the solver], with their upper limits [n], are worth it [n]."""


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

    def cuts(
        self, highs: highspy.Highs, wanted: Wanted | None = None, draw: np.random.Generator | None = None
    ) -> tuple[sparse.csr_matrix, np.ndarray] | None:
        """Rows [n, n_columns] and their upper limits that every whole plan keeps and the corner breaks, deepest first.

        None where there are none. `wanted` is asked before they are made for columns too that the solver does not have.
        With a `draw` chance decides among them, and on their order, the deeper the more likely.
        """
        sides = _Sides(self)
        multipliers = self._multipliers(highs, sides)
        known = _Columns(sides, self.columns)
        depth = known.depths(multipliers)
        chance = depth if draw is None else depth * draw.random(depth.size)
        order = np.argsort(-chance, kind="stable")
        order = order[depth[order] > 0][: TRIES * MOST]
        for begin in range(0, max(order.size, 1), MOST):
            some = multipliers[:, order[begin : begin + MOST]]
            found = known.cuts(some)
            if wanted is not None and found.limits.size:
                found = found.some(np.flatnonzero(wanted(found.rows, found.limits)))
            if found.limits.size:
                break
        cuts = _Columns(sides, np.arange(self.plan.size)).cuts(some[:, found.source], ENTRIES)
        return (cuts.rows, cuts.limits) if cuts.limits.size else None

    def _multipliers(self, highs: highspy.Highs, sides: _Sides) -> np.ndarray:
        """Multipliers of rows [n_rows, n] for the basic columns that are farthest from whole."""
        none = np.zeros((sides.side.size, 0))
        status, basic = highs.getBasicVariables()
        if status != highspy.HighsStatus.kOk:
            return none
        basic = np.asarray(basic)
        position = np.flatnonzero(basic >= 0)
        column = self.columns[basic[position]]
        aside = np.where(self.whole[column], np.abs(self.plan[column] - np.rint(self.plan[column])), 0.0)
        order = np.argsort(-aside, kind="stable")[:ASKED]
        found = []
        for row in position[order[aside[order] > ASIDE]].tolist():
            status, multipliers = highs.getBasisInverseRow(row)[:2]
            multipliers = np.asarray(multipliers, dtype=float)
            multipliers[(np.abs(multipliers) < NOISE) | ~np.isfinite(sides.side)] = 0.0
            if status == highspy.HighsStatus.kOk and np.abs(multipliers).max(initial=0.0) <= LARGEST:
                found.append(multipliers)
        return np.stack(found, axis=1) if found else none


class _Sides:
    """The side of each row, and the bound of each column, from which the corner is told."""

    def __init__(self, corner: Corner) -> None:
        """Take the nearest side of each row."""
        self.corner = corner
        activity = corner.matrix @ corner.plan
        below = np.isfinite(corner.low) & ~(np.abs(activity - corner.low) > np.abs(corner.high - activity))
        self.side = np.where(below, corner.low, corner.high)
        # a · x + sign · open = side, open ≥ 0; nothing is open where both sides are the same.
        self.sign = np.where(below, -1.0, 1.0)[:, None]
        self.fixed = (corner.low == corner.high)[:, None]
        self.steady = (corner.steady & (self.side == np.rint(self.side)))[:, None]
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
        upper = corner.upper[columns]
        self.start, self.plan, self.closed = sides.start[columns], corner.plan[columns], upper <= 0
        self.turn, self.whole = np.where(sides.turned[columns], -1.0, 1.0)[:, None], sides.whole[columns][:, None]
        self.bounded = np.isfinite(upper)[:, None]
        self.most = np.where(self.bounded[:, 0], upper, 0.0)

    def cuts(self, multipliers: np.ndarray, room: float = np.inf) -> _Found:
        """The good ones among the rows that these multipliers [n_rows, n] give, until they fill `room` coefficients."""
        parts, found = self._parts(multipliers), []
        for part in parts:
            if room > 0:
                found.append(self._cuts(multipliers[:, part]))
                room -= found[-1].rows.nnz
        parts = parts[: len(found)]
        source = [part[one.source] for part, one in zip(parts, found, strict=True)]
        return _Found(sparse.vstack([one.rows for one in found], format="csr"), np.concatenate([one.limits for one in found]),
                      np.concatenate(source))  # fmt: skip

    def depths(self, multipliers: np.ndarray) -> np.ndarray:
        """How far behind the row that they give the corner is, for each of the multipliers [n_rows, n]; 0 for no good one."""
        result = np.zeros(multipliers.shape[1])
        for part in self._parts(multipliers):
            one = self._cuts(multipliers[:, part])
            result[part[one.source]] = self._behind(one)
        return result

    def _parts(self, multipliers: np.ndarray) -> list[np.ndarray]:
        """Positions of multipliers, as many together as are looked at at once."""
        step, total = max(1, AT_ONCE // max(self.columns.size, 1)), multipliers.shape[1]
        return [np.arange(begin, min(begin + step, total)) for begin in range(0, max(total, 1), step)]

    def _cuts(self, multipliers: np.ndarray) -> _Found:
        """The same, all at once."""
        sides = self.sides
        side = np.where(np.isfinite(sides.side), sides.side, 0.0)
        share = self.of @ multipliers
        share[self.closed] = 0.0
        noise = np.where(np.abs(share) < 0.1 * NOISE, share, 0.0)
        share -= noise
        total = side @ multipliers - self.start @ share
        over = total - np.floor(total)
        good = np.flatnonzero((over > ASIDE) & (over < 1 - ASIDE))
        over, share, multipliers = over[good], share[:, good] * self.turn, multipliers[:, good]
        lost = self.most @ np.abs(noise[:, good]) / np.minimum(over, 1 - over)
        # Everything is told from where it is nothing at the corner: Σ ahead · away + Σ weight · open ≥ 1.
        ahead = self.turn * _fraction(share, over, self.whole)
        weights = sides.sign * _fraction(np.where(sides.fixed, 0.0, multipliers * sides.sign), over, sides.steady)
        limits = side @ weights - self.start @ ahead - 1.0
        row = self.of @ weights - ahead
        row[self.closed] = 0.0
        size = np.abs(row)
        least = np.maximum(100 * NOISE, size.max(axis=0, initial=0.0) / STEEPEST)
        tiny = (size < least) & self.bounded
        limits -= self.most @ np.where(tiny, np.minimum(row, 0.0), 0.0)
        row[tiny] = size[tiny] = 0.0
        largest, smallest = size.max(axis=0, initial=0.0), np.where(size > 0, size, np.inf).min(axis=0, initial=np.inf)
        exact = np.flatnonzero((largest > 0) & (largest <= STEEPEST * smallest))
        limits += lost + EASED * (1.0 + np.abs(side) @ np.abs(weights) + np.abs(self.start) @ np.abs(ahead))
        return _Found(sparse.csr_matrix(row[:, exact].T), limits[exact], good[exact])

    def _behind(self, cuts: _Found) -> np.ndarray:
        """How far behind each row the corner is [n]; nothing for those that it hardly breaks."""
        broken = cuts.rows @ self.plan - cuts.limits
        size = np.sqrt(np.asarray(cuts.rows.multiply(cuts.rows).sum(axis=1)).ravel())
        return np.where(broken > BROKEN, broken / np.where(size > 0, size, 1.0), 0.0)


@dataclass(frozen=True)
class _Found:
    """Rows [n, n_columns], their upper limits [n], and which multipliers gave them [n]."""

    rows: sparse.csr_matrix
    limits: np.ndarray
    source: np.ndarray

    def some(self, chosen: np.ndarray) -> _Found:
        """Those at these positions, in this order."""
        return _Found(self.rows[chosen], self.limits[chosen], self.source[chosen])


def _fraction(terms: np.ndarray, over: float, whole: np.ndarray) -> np.ndarray:
    """What each term counts towards the one that is missing, where the sum is `over` a whole number; never negative."""
    part = terms - np.floor(terms)
    stepwise = np.where(part <= over, part / over, (1 - part) / (1 - over))
    return np.where(whole, stepwise, np.where(terms > 0, terms / over, -terms / (1 - over)))
