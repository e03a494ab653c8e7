"""Rows that are full in every plan, since a row asks for all that they can give: once everybody is placed.

To smooth such a row is no good: its price would grow without end, and all others after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel
from allocator.solve.ways import Ways

__all__ = ["Everybody"]

ALL = 0.5
"""By how much less than all may be asked for, in what the least member counts, so that all are needed."""


@dataclass(frozen=True)
class Everybody:
    """Rows that are full in every plan, since another one, `asked`, asks for all that they can give together.

    `rows` and what each member of them counts there, `worth` [n]. -1 for `asked` where there is no such row.
    """

    asked: int
    rows: np.ndarray
    worth: np.ndarray

    @classmethod
    def found_in(cls, ways: Ways) -> Everybody:
        """Every class counts what its least member counts, and rows of single members what they count beyond that."""
        linear, (_, a, b, _, _), owner = ways.linear, ways.ends, ways.straight.owner[ways.straight.run]
        mine = sparse.coo_matrix(linear.matrix[:, ways.columns[a:b]])
        entries = sparse.csr_matrix(linear.matrix[:, ways.columns])
        within = np.bincount(mine.row, minlength=linear.shape[0]) == np.diff(entries.indptr)
        """Rows in which nothing stands but choices of households."""
        for row in np.flatnonzero((linear.low > 0) & ~np.isfinite(linear.high) & within).tolist():
            counts = entries[[row]].toarray().ravel()[a:b]
            base = np.zeros(ways.classes.size)
            base[ways.straight.owner] = ways.straight.least(counts)
            more = counts - base[owner]
            # Limits of members who all count as much more than the least, each in one of them.
            least, most = np.full(linear.shape[0], np.inf), np.zeros(linear.shape[0])
            np.minimum.at(least, mine.row, np.where(mine.data == 1, more[mine.col], -1.0))
            np.maximum.at(most, mine.row, more[mine.col])
            fit = within & (least > 0) & (least == most) & np.isfinite(linear.high)
            limits = np.bincount(mine.col[fit[mine.row]], minlength=counts.size)
            if counts.min(initial=0.0) < 0 or (limits[more > 0] != 1).any():
                continue
            rows = np.r_[ways.classes[base > 0], np.flatnonzero(fit)]
            worth = np.r_[base[base > 0], most[fit]]
            if rows.size and worth @ linear.high[rows] - linear.low[row] < ALL * worth.min():
                return cls(row, rows, worth)
        return cls(-1, np.zeros(0, dtype=int), np.zeros(0))

    def full(self, linear: LinearModel) -> LinearModel:
        """The model with these rows full, and nothing asked any more."""
        low = linear.low.copy()
        low[self.rows] = linear.high[self.rows]
        if self.asked >= 0:
            low[self.asked] = -np.inf
        return replace(linear, low=low)

    def told(self, prices: np.ndarray) -> np.ndarray:
        """Prices [n_rows] of the model itself from those of the model with full rows; the bound is the same."""
        prices = prices.copy()
        if self.asked >= 0:
            price = max(0.0, float((prices[self.rows] / self.worth).max()))
            prices[self.asked] = price
            prices[self.rows] -= price * self.worth
        return prices
