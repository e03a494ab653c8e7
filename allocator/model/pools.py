"""The flows from classes of households to social spaces, as few of them as differ.

A class differs from the others of its kind by what only a social space as a whole can see. Many differ in prices alone,
and those in few social spaces: a household is worth more where it wishes to live, and as much as any other elsewhere.
Such classes form a *pool*. What holds for all of them goes from the pool to a social space, at the worst price that one
of them has there; only who has a better price there has a flow of its own:

    Σ f(i, ·)                      ≤ n(i)   for each class i with flows of its own
    Σ_i f(i, ·) + Σ f(pool, ·)     ≤ n(pool)

That is exact: in every plan those with a better price take their own flow, and whoever comes by the pool is worth no less
than it says, as many of each class as are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.model.classes import Classes, positions
from allocator.rules.primitives import Price

__all__ = ["Flows", "Worth", "make_flows", "no_flows"]

EQUAL = 1e-12
"""Relative difference of two prices that is none."""
BLOCK = 4_000_000
"""Pairs of class and cell whose prices are looked at in one go; bounds the memory."""


@dataclass(frozen=True)
class Worth:
    """A price, and whether less of it is better (`sign` 1) or more (-1)."""

    price: Price
    sign: float


@dataclass(frozen=True)
class Flows:
    """Flow columns: how many of a class, or of a pool, go to a cell.

    `of_class` [n_flow] is the class, -1 for a pool's; `of_pool`, `cell` and `household` [n_flow], which stands for all
    who may come that way. `pools` of households are finer than kinds and coarser than `classes`; there are `cells`.
    """

    classes: Classes
    pools: Classes
    cells: int
    of_class: np.ndarray
    of_pool: np.ndarray
    cell: np.ndarray
    household: np.ndarray

    def is_own(self, flow: np.ndarray) -> np.ndarray:
        """Whether a flow is that of a class [n]; -1 is none."""
        return np.append(self.of_class >= 0, False)[flow]

    def own(self, household: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """The flow of the class of each household (position) to a cell [n], -1 for none."""
        return self._at(self.classes.of[household] * self.cells + cell)

    def common(self, household: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """The flow of the pool of each household (position) to a cell [n], -1 for none."""
        return self._at((len(self.classes) + self.pools.of[household]) * self.cells + cell)

    def way(self, household: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """The flow by which each household (position) comes to a cell [n], -1 where it comes without one."""
        own = self.own(household, cell)
        return np.where(own >= 0, own, self.common(household, cell))

    def _at(self, wanted: np.ndarray) -> np.ndarray:
        source = np.where(self.of_class >= 0, self.of_class, len(self.classes) + self.of_pool)
        found, good = positions(source * self.cells + self.cell, wanted)
        return np.where(good, found, -1)


def no_flows(classes: Classes) -> Flows:
    """Households come to their units without any."""
    none = np.zeros(0, dtype=int)
    return Flows(classes, classes, 1, none, none, none, none)


def make_flows(
    kinds: Classes, classes: Classes, pools: Classes, worths: Sequence[Worth], cell: np.ndarray, reach: np.ndarray
) -> Flows:
    """The flows of all kinds with several classes.

    `worths` are the prices in which the classes of a pool differ, `cell` [n_units] the cell of each unit, `reach`
    [n, 2] pairs of a kind and a cell to which it can go. A kind with one pool has a flow of it only to cells to which
    somebody has a flow of his own: elsewhere everybody comes by the pool.
    """
    kind_of_class, pool_of_class = kinds.of[classes.first], pools.of[classes.first]
    several = np.bincount(kind_of_class, minlength=len(kinds)) > 1
    classes_of_pool = np.bincount(pool_of_class, minlength=len(pools))
    kind_of_pool = kinds.of[pools.first]
    n_cells = int(cell.max(initial=-1)) + 1
    reached = np.zeros((len(kinds), n_cells), dtype=bool)
    reached[reach[:, 0], reach[:, 1]] = True
    reached &= several[:, None]
    mine = np.flatnonzero(several[kind_of_class])
    mine = mine[np.argsort(pool_of_class[mine], kind="stable")]
    own, common = _own_and_common(classes, pool_of_class, mine, worths, cell, len(pools))
    alone = classes_of_pool[pool_of_class[mine]] == 1
    own[alone] = True
    own &= reached[kind_of_class[mine]]
    hub = np.zeros((len(kinds), n_cells), dtype=bool)
    row, column = np.nonzero(own)
    hub[kind_of_class[mine[row]], column] = True
    hub |= (np.bincount(kind_of_pool, minlength=len(kinds)) > 1)[:, None]
    with_others = np.flatnonzero(classes_of_pool > 1)
    shared = (common[with_others] >= 0) & reached[kind_of_pool[with_others]] & hub[kind_of_pool[with_others]]
    pool_row, pool_cell = np.nonzero(shared)
    own_class, pool = mine[row], with_others[pool_row]
    return Flows(
        classes,
        pools,
        n_cells,
        np.concatenate([own_class, np.full(pool.size, -1)]),
        np.concatenate([pool_of_class[own_class], pool]),
        np.concatenate([column, pool_cell]),
        np.concatenate([classes.first[own_class], classes.first[common[pool, pool_cell]]]),
    )


def _own_and_common(
    classes: Classes, pool_of_class: np.ndarray, mine: np.ndarray, worths: Sequence[Worth], cell: np.ndarray, pools: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the classes `mine`, in the order of their pools, need a flow of their own to which cell [n_mine, n_cells].

    And the class that stands for each pool there [n_pools, n_cells], -1 where none is the worst in every price: all
    have flows of their own then.
    """
    unit = np.unique(cell, return_index=True)[1]
    household, pool = classes.first[mine, None], pool_of_class[mine]
    begins = np.flatnonzero(np.r_[True, pool[1:] != pool[:-1]])
    of_pool = np.cumsum(np.r_[False, pool[1:] != pool[:-1]])
    own = np.zeros((mine.size, unit.size), dtype=bool)
    common = np.full((pools, unit.size), -1)
    step = max(1, BLOCK // mine.size)
    for start in range(0, unit.size, step):
        some = slice(start, start + step)
        better = own[:, some]
        for worth in worths:
            cost = np.asarray(worth.price.cost(household, unit[None, some]), dtype=float)
            price = worth.sign * np.broadcast_to(cost, better.shape)
            worst = np.maximum.reduceat(price, begins, axis=0)[of_pool]
            better |= price < worst - EQUAL * np.abs(worst)
        # Rows backwards, so that the first class of a pool is the one that stays.
        row, column = np.nonzero(~better[::-1])
        common[pool[::-1][row], start + column] = mine[::-1][row]
    return own, common
