"""A plan written as columns of a model, so that the solver can start from it."""

from __future__ import annotations

import numpy as np

from allocator.model.build import Model

__all__ = ["as_columns"]


def as_columns(model: Model, unit_of: np.ndarray) -> np.ndarray:
    """Who goes where in a plan, as columns [n_columns]; NaN in those that follow from it, which the solver completes.

    `unit_of` [n_households] is -1 for who has no place; who has an unsuitable home then remains there. It is a start,
    not a promise: where a hard rule asks for more (everybody placed), it is no plan.
    """
    columns = model.columns
    situation = model.situation
    x = np.full(model.linear.shape[1], np.nan)
    x[: model.linear.choices] = 0.0
    lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
    lives = np.flatnonzero(lives_in >= 0)
    if not lives.size or not columns.kind.size:
        return x
    width = len(columns.units)
    key = columns.kind * width + columns.unit
    wanted = columns.kinds.of[lives] * width + columns.units.of[lives_in[lives]]
    found, good = _positions(key, wanted)
    np.add.at(x, found[good], 1.0)
    if columns.flow_class.size:
        cells = int(columns.cell.max()) + 1
        mine = lives[good & columns.several[columns.kinds.of[lives]]]
        wanted = columns.classes.of[mine] * cells + columns.cell[lives_in[mine]]
        found, good = _positions(columns.flow_class * cells + columns.flow_cell, wanted)
        np.add.at(x, columns.kind.size + found[good], 1.0)
    return x


def _positions(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each wanted key stands among unsorted keys, and whether it stands there at all."""
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], wanted), keys.size - 1)
    found = order[place]
    return found, keys[found] == wanted
