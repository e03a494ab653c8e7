"""Relaxations without the flows of children to facilities: what they say, as a few rows.

For any set of facilities, the children who reach no other have no more than its seats; all but that many are without
one. These rows, one for each set, say all that the flows say (Hall's theorem with Ore's deficiency: the cuts of a
network), and hardly any of them matters. So a relaxation is solved without flows, and a row joins when a plan breaks it:
a maximum flow finds the set. Prices of sets are prices of their groups of children and of their facilities, so that a
bound is a bound of the model with its flows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from allocator.model.linear import Attendance, LinearModel

__all__ = ["Rows", "WithoutFlows", "priced_sets"]

BROKEN = 1e-6
"""By how many children, relative to all of them, a row must be broken to join."""
FINENESS = 2.0**30
"""All children together, in the whole units in which a maximum flow is counted."""

LEVELS = 12
"""Sets of facilities of one rule that are taken from prices, at most."""

Rows = tuple[sparse.csr_matrix, np.ndarray]
"""Rows and their upper limits."""


def priced_sets(linear: LinearModel, prices: np.ndarray) -> list[frozenset[str]]:
    """Sets of facilities that prices of all rows [n_rows] speak of, by the names of their rows: those at least so dear."""
    found = []
    for one in linear.attendances:
        price = np.abs(prices[one.facilities])
        names, levels = [linear.row_names[row] for row in one.facilities.tolist()], np.unique(price[price > 0])
        for level in np.unique(levels[np.linspace(0, levels.size - 1, min(levels.size, LEVELS)).astype(int)]).tolist():
            found.append(frozenset(names[number] for number in np.flatnonzero(price >= level).tolist()))
    return found


@dataclass(frozen=True)
class _Network:
    """The flows of one rule: the open ones to limited seats, and for each group one to seats without limit.

    `limited` are positions of flows, and so is `free` [n_groups], -1 where a group has none. `children` [n_groups,
    n_columns] is how many a column adds to a group; `seats` and `names` [n_facilities].
    """

    of: Attendance
    limited: np.ndarray
    free: np.ndarray
    children: sparse.csr_matrix
    seats: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def found_in(cls, linear: LinearModel, one: Attendance) -> _Network:
        """The network of a model's flows, as far as they are open."""
        follows = np.zeros(linear.shape[1], dtype=bool)
        follows[one.column] = follows[one.unseated] = True
        children = -linear.matrix[one.groups] @ sparse.diags((~follows).astype(float))
        children.eliminate_zeros()
        is_open = linear.upper[one.column] > 0
        anywhere = np.flatnonzero(is_open & (one.facility < 0))
        free = np.full(one.groups.size, -1)
        free[one.group[anywhere]] = anywhere
        names = tuple(linear.row_names[row] for row in one.facilities.tolist())
        return cls(one, np.flatnonzero(is_open & (one.facility >= 0)), free, sparse.csr_matrix(children),
                   np.maximum(linear.high[one.facilities], 0.0), names)  # fmt: skip

    def within(self, full: np.ndarray) -> np.ndarray:
        """The groups [n_groups] that reach nothing but these facilities [n_facilities]."""
        group, facility = self.of.group[self.limited], self.of.facility[self.limited]
        return (np.bincount(group, ~full[facility], self.free.size) == 0) & (self.free < 0)

    def attended(self, children: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Children along each of the limited flows, as many as can, and the facilities [n_facilities] that keep most out.

        `children` [n_groups].
        """
        n, m = self.free.size, self.seats.size
        group, facility = self.of.group[self.limited], self.of.facility[self.limited]
        fine = FINENESS / max(float(np.maximum(children, 0.0).sum()), 1.0)
        come = np.rint(np.where(self.free < 0, np.maximum(children, 0.0), 0.0) * fine)
        room = np.rint(np.minimum(self.seats * fine, FINENESS))
        source, sink = n + m, n + m + 1
        begin = np.concatenate([np.full(n, source), group, n + np.arange(m)])
        end = np.concatenate([np.arange(n), n + facility, np.full(m, sink)])
        most = np.concatenate([come, come[group], room]).astype(np.int32)
        network = sparse.csr_matrix((most, (begin, end)), shape=(n + m + 2, n + m + 2))
        flow = maximum_flow(network, source, sink).flow
        left = sparse.csr_matrix(network - flow)
        left.data = np.maximum(left.data, 0)
        left.eliminate_zeros()
        reached = np.zeros(n + m + 2, dtype=bool)
        reached[breadth_first_order(left, source, return_predecessors=False)] = True
        return np.asarray(flow[group, n + facility]).ravel() / fine, reached[n : n + m]

    def sets(self, children: np.ndarray) -> list[np.ndarray]:
        """Sets of facilities [n_facilities] that may have too few seats: all that have, together and piece by piece."""
        full = self.attended(children)[1]
        group, facility = self.of.group[self.limited], self.of.facility[self.limited]
        reach = sparse.csr_matrix((np.ones(group.size), (group, facility)), shape=(self.free.size, full.size))
        result = [full]
        for some, groups in ((full, self.within(full)), (~full, np.ones(self.free.size, dtype=bool))):
            mine = np.flatnonzero(some)
            if not mine.size:
                continue
            shared = reach[np.flatnonzero(groups)][:, mine]
            pieces, piece = connected_components(shared.T @ shared, directed=False)
            for number in range(pieces if pieces > 1 else 0):
                one = np.zeros(full.size, dtype=bool)
                one[mine[piece == number]] = True
                result.append(one if some is full else ~one)
        return result


class WithoutFlows:
    """A model without its flows, and the way back.

    `linear` has the columns of the model, those of flows closed, and two more for each rule: its children without a
    seat, and all its children. `cost` is its objective. Rows that join it stand below its own, in their order.
    """

    def __init__(self, linear: LinearModel, cost: np.ndarray) -> None:
        """Leave out the flows of `linear`, whose minimised objective is `cost` [n_columns], unless it prices them."""
        self._rows, self._columns = linear.shape
        priceless = [one for one in linear.attendances if one.groups.size and not cost[one.column].any()]
        self._networks = [_Network.found_in(linear, one) for one in priceless]
        self._joined: list[tuple[int, np.ndarray, np.ndarray] | None] = []
        self._asked: set[tuple[int, bytes]] = set()
        self.linear, self.cost, self._own = linear, cost, np.arange(self._rows)
        if self._networks:
            self._leave_out(linear, cost)

    def _leave_out(self, linear: LinearModel, cost: np.ndarray) -> None:
        """The model without flows: in other rows and in the objective the totals of each rule stand for them."""
        own, there = np.ones(self._rows, dtype=bool), np.ones(self._columns, dtype=bool)
        for one in self._networks:
            own[one.of.groups] = own[one.of.facilities] = False
            there[one.of.column] = there[one.of.unseated] = False
        self._own = np.flatnonzero(own)
        n, zeros, none = len(self._networks), np.zeros(len(self._networks)), sparse.csr_matrix
        some = np.array([one.of.unseated[0] for one in self._networks])
        matrix = sparse.csr_matrix(sparse.bmat([
            [linear.matrix[self._own] @ sparse.diags(there.astype(float)), linear.matrix[self._own][:, some], none((self._own.size, n))],
            [sparse.vstack([none(one.children.sum(axis=0)) for one in self._networks]), none((n, n)), -sparse.identity(n)],
        ]))  # fmt: skip
        matrix.eliminate_zeros()
        # More than all children are in no plan: a limit that is never met, but known.
        most = np.array([one.children.multiply(linear.upper[None, :]).sum() for one in self._networks])
        self.cost = np.r_[np.where(there, cost, 0.0), cost[some], zeros]
        self.linear = replace(
            linear, matrix=matrix, low=np.r_[linear.low[self._own], zeros], high=np.r_[linear.high[self._own], zeros],
            lower=np.r_[linear.lower, zeros, zeros], upper=np.r_[np.where(there, linear.upper, 0.0), most, most],
            integer=np.r_[linear.integer, np.zeros(2 * n, dtype=bool)],
            whole=np.r_[linear.whole, self._columns + np.arange(2 * n)], column_names=(), row_names=(), blocks=(),
            flows=np.zeros(0, dtype=int), attendances=(),
        )  # fmt: skip

    def wide(self, columns: np.ndarray) -> np.ndarray:
        """Marks of columns of the model [n_columns] as those of `linear`: what stands for flows is always marked."""
        return np.r_[columns, np.ones(self.cost.size - self._columns, dtype=bool)]

    def other_rows(self, rows: sparse.csr_matrix) -> sparse.csr_matrix:
        """Rows over the columns of the model, which have to do with no flow, over those of `linear`, to be joined."""
        self._joined += [None] * rows.shape[0]
        return sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], self.cost.size - self._columns))], format="csr")

    def over_model(self, worth: np.ndarray) -> np.ndarray:
        """What columns of the model [n_columns] are worth where those of `linear` are worth so much."""
        result, n = worth[: self._columns].copy(), len(self._networks)
        for number, one in enumerate(self._networks):
            result[one.of.unseated] += worth[self._columns + number]
            result += worth[self._columns + n + number] * np.asarray(one.children.sum(axis=0)).ravel()
        return result

    def broken_by(self, plan: np.ndarray) -> Rows | None:
        """Rows over the columns of `linear`, to be joined, that a plan of it breaks; None if there are none."""
        found = []
        for number, one in enumerate(self._networks):
            children = one.children @ plan[: self._columns]
            missing = plan[self._columns + number] + BROKEN * max(1.0, float(children.sum()))
            for full in one.sets(children):
                inside = one.within(full)
                if children[inside].sum() - one.seats[full].sum() > missing:
                    found.append((number, full, inside))
        return self._rows_of(found)

    def of_sets(self, sets: Iterable[frozenset[str]]) -> Rows | None:
        """Rows to be joined for sets of facilities, by the names of their rows; that of all facilities is one anyway."""
        found = []
        for number, one in enumerate(self._networks):
            everywhere = frozenset(one.names)
            for names in dict.fromkeys([everywhere, *(some for some in sets if some and some <= everywhere)]):
                full = np.array([name in names for name in one.names], dtype=bool)
                found.append((number, full, one.within(full)))
        return self._rows_of(found)

    def _rows_of(self, sets: list[tuple[int, np.ndarray, np.ndarray]]) -> Rows | None:
        """Children of the groups inside - children without a seat ≤ seats, for the sets that were not asked for before."""
        rows, limits, n = [], [], len(self._networks)
        for number, full, inside in sets:
            if (number, full.tobytes()) in self._asked:
                continue
            self._asked.add((number, full.tobytes()))
            self._joined.append((number, full, inside))
            one, beside = self._networks[number], np.zeros(2 * n)
            beside[number] = -1.0
            if 2 * np.count_nonzero(inside) <= inside.size:
                counted = one.children.T @ inside.astype(float)
            else:  # all children but those of the other groups: fewer entries
                counted, beside[n + number] = -(one.children.T @ (~inside).astype(float)), 1.0
            rows.append(sparse.csr_matrix(np.r_[counted, beside]))
            limits.append(float(one.seats[full].sum()))
        return (sparse.vstack(rows, format="csr"), np.array(limits)) if rows else None

    def priced(self, prices: np.ndarray) -> list[frozenset[str]]:
        """The sets of facilities that have a price among those of the rows of `linear`, by the names of their rows."""
        own = prices[self._own.size + len(self._networks) :].tolist()
        return [
            frozenset(name for name, inside in zip(self._networks[one[0]].names, one[1], strict=True) if inside)
            for one, price in zip(self._joined, own, strict=True) if one is not None and price < 0
        ]  # fmt: skip

    def prices(self, found: np.ndarray) -> np.ndarray:
        """Row prices of the model, with other rows that joined below, from those of `linear`; the bound is the same."""
        result, others = np.zeros(self._rows), []
        result[self._own] = found[: self._own.size]
        own = found[self._own.size + len(self._networks) :].tolist()
        for one, price in zip(self._joined, own, strict=True):
            if one is None:
                others.append(price)
            elif price < 0:
                network = self._networks[one[0]].of
                result[network.facilities[one[1]]] += price
                result[network.groups[one[2]]] -= price
        return np.r_[result, others]

    def plan(self, found: np.ndarray) -> np.ndarray:
        """The plan of the model [n_columns] from one of `linear`: as many children attend as can."""
        result = found[: self._columns].copy()
        for one in self._networks:
            children, along = one.children @ result, np.zeros(one.of.column.size)
            along[one.limited] = one.attended(children)[0]
            left = children - np.bincount(one.of.group, along, children.size)
            free = one.free >= 0
            along[one.free[free]] = left[free]
            result[one.of.column] = along
            result[one.of.unseated] = np.where(free | (left < BROKEN * max(1.0, float(children.sum()))), 0.0, left)
        return result
