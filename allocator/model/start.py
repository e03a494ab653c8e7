"""A first plan: everybody who has a home stays there."""

from __future__ import annotations

import numpy as np

from allocator.model.build import Model

__all__ = ["stay_plan"]


def stay_plan(model: Model) -> np.ndarray:
    """The columns of the plan in which nobody moves and nobody comes [n_columns].

    Only the whole-numbered columns are filled; the solver completes the others. It is a start, not a promise: where
    a hard rule asks for more (everybody placed), it is no plan.
    """
    columns = model.columns
    situation = model.situation
    x = np.zeros(model.linear.shape[1])
    lives = np.flatnonzero(situation.home >= 0)
    if not lives.size:
        return x
    width = len(columns.units)
    key = columns.kind * width + columns.unit
    order = np.argsort(key)
    wanted = columns.kinds.of[lives] * width + columns.units.of[situation.home[lives]]
    found = np.searchsorted(key[order], wanted)
    found = order[np.minimum(found, key.size - 1)]
    good = key[found] == wanted
    np.add.at(x, found[good], 1.0)
    if columns.flow_class.size:
        cells = int(columns.cell.max()) + 1
        flow_key = columns.flow_class * cells + columns.flow_cell
        wanted = columns.classes.of[lives[good]] * cells + columns.cell[situation.home[lives[good]]]
        place = np.searchsorted(flow_key, wanted)
        place = np.minimum(place, flow_key.size - 1)
        hit = flow_key[place] == wanted
        np.add.at(x, columns.kind.size + place[hit], 1.0)
    return x
