"""Where a rule may be exceeded in a model: at which place each excess is allowed, and how large it can get there."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from allocator.model.build import Model
from allocator.model.linear import LinearModel

__all__ = ["most_excess", "places_of_excess", "row_of_excess"]


def row_of_excess(linear: LinearModel, excess: np.ndarray) -> np.ndarray:
    """The row of the place at which each excess (a column) is allowed, -1 where that is no single place [n_excess]."""
    found = sparse.csc_matrix(linear.matrix)[:, excess]
    single = np.flatnonzero(np.diff(found.indptr) == 1)
    at = found.indptr[single]
    named = np.zeros(linear.shape[0], dtype=bool)
    for block in linear.blocks:
        named[block.rows] = bool(block.labels)
    row = np.full(excess.size, -1)
    good = (found.data[at] < 0) & named[found.indices[at]]
    row[single[good]] = found.indices[at][good]
    return row


def places_of_excess(linear: LinearModel, excess: np.ndarray) -> np.ndarray:
    """The place of each excess, as the data name it [n_excess]; each must have one."""
    named = {row: label for block in linear.blocks if block.labels
             for row, label in zip(range(block.rows.start, block.rows.stop), block.labels, strict=True)}  # fmt: skip
    return np.array([named[row] for row in row_of_excess(linear, excess).tolist()], dtype=object)


def most_excess(model: Model, linear: LinearModel, excess: np.ndarray) -> np.ndarray:
    """By how much each place could be over its limit if all its units were filled [n_excess]; each must have one."""
    row = row_of_excess(linear, excess)
    part = sparse.csr_matrix(linear.matrix)[row][:, : linear.choices].tocoo()
    columns, situation = model.columns, model.situation
    persons = situation.persons[columns.kinds.first[columns.kind]]
    place = part.col < columns.kind.size
    total = np.bincount(part.row[~place], weights=(part.data * linear.upper[part.col])[~place],
                        minlength=excess.size).astype(float)  # fmt: skip
    unit = columns.unit[part.col[place]]
    shared = situation.shared[columns.units.first[unit]]
    room = np.maximum(situation.capacity - situation.occupied, situation.present)[columns.units.first[unit]]
    each = part.data[place] * np.where(shared, room / persons[part.col[place]], columns.units.size[unit])
    key, slot = np.unique(part.row[place] * len(columns.units) + unit, return_inverse=True)
    largest = np.zeros(key.size)
    np.maximum.at(largest, slot, each)
    total += np.bincount(key // len(columns.units), weights=largest, minlength=excess.size)
    return np.ceil(total - linear.high[row] - 1e-9)
