"""A plan written as columns of a model, so that the solver can start from it."""

from __future__ import annotations

from itertools import compress

import numpy as np

from allocator.model.build import Model
from allocator.model.classes import positions

__all__ = ["as_columns", "excluded_columns", "mean_the_same", "same_columns"]


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
    found, good = positions(key, wanted)
    np.add.at(x, found[good], 1.0)
    pairs = model.pairs
    x[pairs.column] = unit_of[pairs.household] == pairs.unit
    if columns.flows.cell.size:
        mine = lives[good]
        way = columns.flows.way(mine, columns.cell[lives_in[mine]])
        np.add.at(x, columns.kind.size + way[way >= 0], 1.0)
    return x


def same_columns(old: Model, new: Model, picked: np.ndarray) -> np.ndarray:
    """The columns of a model that say what the `picked` columns [n_columns] of an earlier one said [n_columns].

    Where the new model tells apart who and what the old one did not, the first of them stand for all. What follows from
    choices is found by its name.
    """
    before, after = old.columns, new.columns
    result = np.zeros(new.linear.shape[1], dtype=bool)
    chosen = np.flatnonzero(picked[: before.kind.size])
    width = len(after.units)
    kind = after.kinds.of[before.kinds.first[before.kind[chosen]]]
    unit = after.units.of[before.units.first[before.unit[chosen]]]
    found, good = positions(after.kind * width + after.unit, kind * width + unit)
    result[found[good]] = True
    chosen = np.flatnonzero(picked[before.kind.size : old.linear.choices])
    household, cell = before.flows.household[chosen], before.flows.cell[chosen]
    for found in (after.flows.own(household, cell), after.flows.common(household, cell)):
        result[after.kind.size + found[found >= 0]] = True
    _mark_by_name(old, new, picked, result)
    return result


def mean_the_same(old: Model, new: Model) -> bool:
    """Whether each column of a model says what that of an earlier one at its place said."""
    before, after = old.columns, new.columns
    arrays = [
        (one.kinds.of, one.units.of, one.kind, one.unit, one.flows.classes.of, one.flows.pools.of, one.flows.of_class,
         one.flows.of_pool, one.flows.cell)
        for one in (before, after)
    ]  # fmt: skip
    return all(map(np.array_equal, *arrays)) and old.linear.followers == new.linear.followers


def excluded_columns(old: Model, new: Model, excluded: np.ndarray) -> np.ndarray:
    """The columns [n_columns] of a model that are part of `excluded` columns [n_columns] of an earlier, coarser one."""
    before, after = old.columns, new.columns
    result = np.zeros(new.linear.shape[1], dtype=bool)
    width = len(before.units)
    kind = before.kinds.of[after.kinds.first[after.kind]]
    unit = before.units.of[after.units.first[after.unit]]
    found, good = positions(before.kind * width + before.unit, kind * width + unit)
    result[: after.kind.size] = good & excluded[found] if before.kind.size else False
    # A pool may hold classes that the earlier model told apart, so only flows of single classes are known.
    own = np.flatnonzero(after.flows.of_class >= 0)
    way = before.flows.way(after.flows.household[own], after.flows.cell[own])
    known = way >= 0
    result[after.kind.size + own[known]] = excluded[before.kind.size + way[known]]
    _mark_by_name(old, new, excluded, result)
    return result


def _mark_by_name(old: Model, new: Model, picked: np.ndarray, result: np.ndarray) -> None:
    """Mark what follows from choices and has the name of a picked column, in place."""
    known = set(compress(old.linear.followers, picked[old.linear.choices :].tolist()))
    result[new.linear.choices :] = [name in known for name in new.linear.followers]
