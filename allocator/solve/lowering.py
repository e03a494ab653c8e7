"""Prices lowered where nobody pays them: a better bound for next to nothing."""

from __future__ import annotations

import numpy as np

from allocator.model.linear import LinearModel

__all__ = ["lowered"]

LOWERED, SPARE = 3, 1e-9
"""Times that prices are lowered which nobody pays, and what is too little for it."""


def lowered(linear: LinearModel, prices: np.ndarray, reduced: np.ndarray) -> np.ndarray:
    """The prices [n_rows] of limits without those parts that nobody would pay: what all columns of a row cost too much.

    What a column could let go in several rows it lets go in equal parts, and what is left again, `LOWERED` times.
    """
    prices, reduced, is_open = prices.copy(), reduced.copy(), linear.upper > 0
    for block in linear.blocks:
        rows = np.arange(block.rows.start, block.rows.stop)
        entries = linear.matrix[rows].tocoo()
        some = is_open[entries.col]
        row, column, size = entries.row[some], entries.col[some], entries.data[some]
        # A column that makes room for others has a size below 0: its rows keep their prices.
        for _ in range(LOWERED):
            alone = np.where(linear.high[rows] > 0, np.maximum(-prices[rows], 0.0), 0.0)
            spare = alone.copy()
            np.minimum.at(spare, row, np.maximum(reduced[column], 0.0) / size)
            mine = spare[row] > SPARE
            row, column, size = row[mine], column[mine], size[mine]
            if not row.size:
                break
            several = np.bincount(column)
            spare = np.where(np.bincount(row, minlength=rows.size) > 0, alone, 0.0)
            np.minimum.at(spare, row, np.maximum(reduced[column], 0.0) / size / several[column])
            prices[rows] += spare
            np.subtract.at(reduced, column, size * spare[row])
    return prices
