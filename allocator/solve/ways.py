"""A model as ways of households: straight to a unit, or over a hub, while children go to facilities.

With all other rows priced each household, and each child, takes the cheapest of its ways: a pass over the columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel

__all__ = ["Runs", "Ways"]


@dataclass(frozen=True)
class Runs:
    """Columns side by side that somebody chooses among: `begin` of each run, and the run [n] in which each of them is."""

    begin: np.ndarray
    run: np.ndarray
    owner: np.ndarray
    """To whom each run belongs."""

    @classmethod
    def of(cls, owners: np.ndarray) -> Runs:
        """The runs of equal `owners` [n], which are in order."""
        begin = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if owners.size else np.zeros(0, dtype=int)
        return cls(begin, np.repeat(np.arange(begin.size), np.diff(np.r_[begin, owners.size])), owners[begin])

    def least(self, costs: np.ndarray) -> np.ndarray:
        """The least cost in each run."""
        return np.minimum.reduceat(costs, self.begin) if self.begin.size else np.zeros(0)

    def softly(
        self, costs: np.ndarray, smooth: float, or_none: np.ndarray | bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """The smoothed least cost of each run, nothing among them where that may be, and the shares [n] of the columns."""
        if not self.begin.size:
            return np.zeros(0), np.zeros(0)
        least = self.least(costs)
        least = np.where(or_none, np.minimum(least, 0.0), least)
        share = np.exp((least[self.run] - costs) / smooth)
        total = np.add.reduceat(share, self.begin) + np.where(or_none, np.exp(np.minimum(least, 0.0) / smooth), 0.0)
        return least - smooth * np.log(total), share / total[self.run]


@dataclass(frozen=True)
class Ways:
    """A model as ways of households, with all rows priced that say something else.

    `columns` are the positions of columns in the order hub to unit (`out`), household to hub or unit (`straight`),
    children to facilities (`flows`), and `others`. `hubs`, `classes`, `groups` and `priced` are rows; `into` [straight] is the
    hub to which a column leads, -1 for none; `children` [choices, groups].
    """

    linear: LinearModel
    cost: np.ndarray
    columns: np.ndarray
    out: Runs
    straight: Runs
    flows: Runs
    into: np.ndarray
    hubs: np.ndarray
    classes: np.ndarray
    groups: np.ndarray
    priced: np.ndarray
    children: sparse.csr_matrix
    by_column: sparse.csr_matrix
    """The priced rows [columns, priced]."""

    @classmethod
    def found_in(cls, linear: LinearModel, cost: np.ndarray) -> Ways | None:
        """The ways of a model; None where a choice stands in two hubs."""
        is_open = linear.upper > 0
        hubs, entered, left = _hubs(linear, is_open)
        if hubs is None:
            return None
        classes, class_of = _classes(linear, left >= 0, is_open)
        group_of, groups = np.full(linear.shape[1], -1), []
        for one in linear.attendances:
            first = sum(rows.size for rows in groups)
            group_of[one.column], group_of[one.unseated] = first + one.group, first + np.arange(one.groups.size)
            groups.append(one.groups)
        rows_of_groups = np.concatenate(groups) if groups else np.zeros(0, dtype=int)
        parts = []
        for owner in (left, class_of, group_of):
            mine = np.flatnonzero((owner >= 0) & is_open)
            parts.append(mine[np.argsort(owner[mine], kind="stable")])
        alone = is_open.copy()
        alone[np.concatenate(parts)] = False
        columns = np.concatenate([*parts, np.flatnonzero(alone)])
        priced = np.ones(linear.shape[0], dtype=bool)
        priced[hubs] = priced[classes] = priced[rows_of_groups] = False
        priced = np.flatnonzero(priced & (np.isfinite(linear.low) | np.isfinite(linear.high)))
        by_row = sparse.csr_matrix(linear.matrix)
        choices = columns[: parts[0].size + parts[1].size]
        children = sparse.csr_matrix(-by_row[rows_of_groups][:, choices].T)
        return cls(linear, cost[columns], columns, Runs.of(left[parts[0]]), Runs.of(class_of[parts[1]]),
                   Runs.of(group_of[parts[2]]), entered[parts[1]], hubs, classes, rows_of_groups, priced, children,
                   sparse.csr_matrix(by_row[priced][:, columns].T))  # fmt: skip

    @property
    def ends(self) -> np.ndarray:
        """Where in `columns` each kind begins and the last one ends."""
        return np.cumsum([0, self.out.run.size, self.straight.run.size, self.flows.run.size,
                          self.columns.size - self.out.run.size - self.straight.run.size - self.flows.run.size])  # fmt: skip

    def among(self, some: np.ndarray) -> Ways:
        """The same over some of the columns [columns], and the first in the order of each owner who would have none."""
        (_, a, b, c, _), some = self.ends, some.copy()
        parts, owners = [], []
        for begin, runs in ((0, self.out), (a, self.straight), (b, self.flows)):
            mine = some[begin : begin + runs.run.size]
            mine[runs.begin[np.bincount(runs.run[mine], minlength=runs.begin.size) == 0]] = True
            parts.append(begin + np.flatnonzero(mine))
            owners.append(runs.owner[runs.run[mine]])
        keep = np.concatenate([*parts, np.arange(c, self.columns.size)])
        return replace(
            self, cost=self.cost[keep], columns=self.columns[keep], out=Runs.of(owners[0]), straight=Runs.of(owners[1]),
            flows=Runs.of(owners[2]), into=self.into[parts[1] - a], children=self.children[np.concatenate(parts[:2])],
            by_column=self.by_column[keep],
        )  # fmt: skip

    def all_prices(self, y: np.ndarray, far: float) -> np.ndarray:
        """Prices of all rows [n_rows] from those of the priced ones, the best that there are."""
        linear, (_, a, b, c, _) = self.linear, self.ends
        prices = np.zeros(linear.shape[0])
        prices[self.priced] = y
        costs = self.cost - self.by_column @ y
        child = np.zeros(self.groups.size)
        child[self.flows.owner] = np.maximum(self.flows.least(costs[b:c]), 0.0)
        costs[:b] += self.children @ child
        hub = np.full(self.hubs.size + 1, far)
        hub[self.out.owner] = self.out.least(costs[:a])
        hub[-1] = 0.0
        way = self.straight.least(costs[a:b] + hub[self.into])
        low, high = linear.low[self.classes], linear.high[self.classes]
        found = np.zeros(self.classes.size)
        found[self.straight.owner] = way
        prices[self.classes] = np.where(np.isfinite(low), found, np.minimum(found, 0.0))
        prices[self.classes] = np.where(np.isfinite(high), prices[self.classes], np.maximum(prices[self.classes], 0.0))
        prices[self.hubs], prices[self.groups] = -hub[:-1], child
        return prices


def _hubs(linear: LinearModel, is_open: np.ndarray) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Rows by which as many come as leave, and the hub [n_columns] that each choice enters and leaves, -1 for none."""
    entered, left = np.full(linear.shape[1], -1), np.full(linear.shape[1], -1)
    matrix = linear.matrix
    row = np.repeat(np.arange(linear.shape[0]), np.diff(matrix.indptr))
    unfit = (matrix.indices >= linear.choices) | (np.abs(matrix.data) != 1)
    is_hub = (linear.low == 0) & (linear.high == 0) & (np.bincount(row, unfit, linear.shape[0]) == 0)
    is_hub &= (np.bincount(row, matrix.data < 0, linear.shape[0]) > 0) & (np.bincount(row, matrix.data > 0, linear.shape[0]) > 0)
    hubs = np.flatnonzero(is_hub)
    mine = is_hub[row] & is_open[matrix.indices]
    if (np.bincount(matrix.indices[mine], minlength=linear.shape[1]) > 1).any():
        return None, entered, left
    number = np.cumsum(is_hub) - 1
    for side, sign in ((entered, 1.0), (left, -1.0)):
        some = mine & (matrix.data == sign)
        side[matrix.indices[some]] = number[row[some]]
    return hubs, entered, left


def _classes(linear: LinearModel, leaves: np.ndarray, is_open: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that count households, no choice in two of them, the widest first; and the class of each choice, -1 for none.

    `leaves` [n_columns] marks choices that begin at a hub.
    """
    matrix = linear.matrix
    row = np.repeat(np.arange(linear.shape[0]), np.diff(matrix.indptr))
    unfit = (matrix.indices >= linear.choices) | (matrix.data != 1) | leaves[matrix.indices]
    rows = np.flatnonzero((np.bincount(row, unfit, linear.shape[0]) == 0) & np.isfinite(linear.high) & (linear.high >= 0))
    widths = np.diff(matrix.indptr)[rows]
    class_of, found = np.full(linear.shape[1], -1), []
    for one in rows[np.argsort(-widths, kind="stable")].tolist():
        mine = matrix.indices[matrix.indptr[one] : matrix.indptr[one + 1]]
        mine = mine[is_open[mine]]
        if mine.size and (class_of[mine] < 0).all():
            class_of[mine] = len(found)
            found.append(one)
    return np.array(found, dtype=int), class_of
