"""Points for named households in named units, without telling these apart from all others.

A plan made again keeps who lives where, and so names each household and its unit. Were they classes of their own, the
model would have a column for every household in every unit. Here households and units stay in their classes, and each
named pair (h, u) gets one yes/no column z(h, u): of those of the class of h who go to the class of u, one is h in u.

    Σ z(h, u) over pairs of kind q and unit class v       ≤ y(q, v)
    Σ z(h, u) over pairs of class i and units of a cell c ≤ f(i, c)   where kinds have several classes
    Σ z(h, u) over pairs of pool p and units of a cell c  ≤ f(p, c)   where they come by a pool, and of each class
    Σ z(h, ·) over pairs of class i by the pool + Σ f(i, ·) ≤ n(i)    no more than it has
    Σ z(h, ·) ≤ 1, Σ z(·, u) ≤ 1 in an ordinary unit                  where there is more than one

That is exact: every plan gives such z, and with y, f, z that keep these rows the pairs are handed out first and what is
left of each class goes to what is left of each unit class, as without pairs. It holds for points above zero that are
to be many: whoever comes to live in a named unit by the draw only gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.model.classes import positions
from allocator.model.columns import Columns
from allocator.model.linear import RowBuilder
from allocator.model.names import label
from allocator.model.needs import interim
from allocator.rules.primitives import Price

__all__ = ["PairColumns", "add_pairs", "named_pairs"]

FEW = 3
"""Pairs for each household up to which they are written so; with more, the households differ in most units anyway."""


def _none() -> np.ndarray:
    return np.zeros(0, dtype=int)


@dataclass(frozen=True)
class PairColumns:
    """The yes/no columns of pairs: position in the model, household and unit [n_pairs].

    `place` and `flow` [n_pairs] are the positions of the columns in which a pair is contained, `flow` -1 for none.
    """

    column: np.ndarray = field(default_factory=_none)
    household: np.ndarray = field(default_factory=_none)
    unit: np.ndarray = field(default_factory=_none)
    place: np.ndarray = field(default_factory=_none)
    flow: np.ndarray = field(default_factory=_none)

    def costs(self, price: Price) -> tuple[np.ndarray, np.ndarray]:
        """Columns and points of one price."""
        return self.column, np.asarray(price.cost(self.household, self.unit), dtype=float)


def named_pairs(price: Price, households: int) -> bool:
    """Whether a price that is to be large may be stated by its pairs."""
    return price.pairs is not None and price.pairs.shape[0] <= FEW * households and bool(
        (price.cost(price.pairs[:, 0], price.pairs[:, 1]) > 0).all())  # fmt: skip


def add_pairs(builder: RowBuilder, columns: Columns, prices: Sequence[Price]) -> PairColumns:
    """A column for each pair of any of the prices that some plan can have, and the rows that tie it to the classes."""
    stated = [price.pairs for price in prices if price.pairs is not None]
    if not stated:
        return PairColumns()
    pairs = np.unique(np.concatenate(stated), axis=0)
    household, unit = pairs[:, 0], pairs[:, 1]
    place, open_to = positions(columns.kind * len(columns.units) + columns.unit,
                               columns.kinds.of[household] * len(columns.units) + columns.units.of[unit])  # fmt: skip
    flow = columns.flows.way(household, columns.cell[unit])
    # Who remains at home for want of something better is not placed and has no points.
    open_to = open_to & ~interim(columns.situation, household, unit)
    household, unit, place = household[open_to], unit[open_to], place[open_to]
    flow = flow[open_to]
    by_pool = columns.own_supply[columns.classes.of[household]] & ~columns.flows.is_own(flow)
    flow = np.where(flow >= 0, columns.kind.size + flow, -1)
    ids = [label(name) for name in columns.situation.households["household_id"]]
    unit_ids = [label(name) for name in columns.situation.city.units["unit_id"]]
    names = [f"pair({ids[h]},{unit_ids[u]})" for h, u in zip(household.tolist(), unit.tolist(), strict=True)]
    column = builder.add_columns(names, 1.0, integer=True)
    found = PairColumns(column, household, unit, place, flow)
    _tie(builder, "pair_of", column, place)
    _tie(builder, "pair_from", column[flow >= 0], flow[flow >= 0])
    _within_class(builder, columns, column[by_pool], household[by_pool], ids)
    _once(builder, "pair_once", column, household, ids)
    flats = ~columns.situation.shared[unit]
    _once(builder, "pair_in", column[flats], unit[flats], unit_ids)
    return found


def _tie(builder: RowBuilder, name: str, column: np.ndarray, into: np.ndarray) -> None:
    """No more pairs than households in the column that contains them."""
    if column.size:
        target, row = np.unique(into, return_inverse=True)
        builder.add_rows(name, [str(one) for one in range(target.size)], -np.inf, 0.0,
                         (row, column, 1.0), (np.arange(target.size), target, -1.0))  # fmt: skip


def _within_class(
    builder: RowBuilder, columns: Columns, column: np.ndarray, household: np.ndarray, ids: Sequence[str]
) -> None:
    """Pairs whose households come by a pool, and who of their class does not, are no more than the class has."""
    of_class = columns.classes.of[household]
    own = np.flatnonzero(np.isin(columns.flows.of_class, of_class))
    limited, row = np.unique(columns.flows.of_class[own], return_inverse=True)
    if limited.size:
        at, there = positions(limited, of_class)
        names = [ids[h] for h in columns.classes.first[limited]]
        builder.add_rows("pair_own", names, -np.inf, columns.classes.size[limited].astype(float),
                         (row, columns.kind.size + own, 1.0), (at[there], column[there], 1.0))  # fmt: skip


def _once(builder: RowBuilder, name: str, column: np.ndarray, of: np.ndarray, ids: Sequence[str]) -> None:
    """At most one pair of each household, or of each flat, that has several."""
    which, row, number = np.unique(of, return_inverse=True, return_counts=True)
    several = np.flatnonzero(number > 1)
    if several.size:
        position = np.full(which.size, -1)
        position[several] = np.arange(several.size)
        mine = position[row] >= 0
        builder.add_rows(name, [ids[one] for one in which[several].tolist()], -np.inf, 1.0,
                         (position[row[mine]], column[mine], 1.0))  # fmt: skip
