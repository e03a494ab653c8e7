"""Prices, and a bound on every plan, for models whose relaxation takes too long: a smoothed Lagrangian dual.

Some rows are kept, all others are priced. What is kept falls apart: each household goes the cheapest way, straight to a
unit or over a hub, and each child to the cheapest facility, so that a pass over the columns finds the best for any prices.
The least of several costs is made smooth (its logarithmic sum of exponentials), prices are improved by L-BFGS (Liu and
Nocedal 1989, doi:10.1007/BF01589116), and there is less and less smoothing (Nesterov 2005,
doi:10.1007/s10107-004-0552-5). Late passes look at columns that cost little beyond their worth, and at those of the plan
that is known. The bound is told without smoothing, over all columns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, linprog, minimize
from scipy.sparse.linalg import splu

from allocator.model.linear import LinearModel, Objective
from allocator.solve.everybody import Everybody
from allocator.solve.heard import stopping, time_left
from allocator.solve.lowering import lowered
from allocator.solve.sifting import dual_bound
from allocator.solve.ways import Ways

__all__ = ["Smoothed", "smoothed_prices"]

STAGES = (0.06, 0.02, 0.006, 0.002, *np.geomspace(1.5e-3, 1e-5, 17).tolist())
"""How much is smoothed away, one stage after the other, in what a household costs in the plan that is known."""
ROUGH = (0.06, 0.02, 0.006, 0.002, 6e-4)
"""The same where roughly is enough."""
STEPS = 60
"""Steps of one stage, at most, half as many where roughly is enough."""
FEWER, WIDE, WIDER = 0.0012, 0.06, 100.0
"""What is smoothed away from which on only columns take part that cost little beyond their worth: so much, in what a
household costs, or so many times what is smoothed away."""
ANEW = 2.0
"""How many times more that is where the bound fell, since others would have mattered."""
DEAR = 2.0
"""What a household that has no place counts as, in what it costs to have one, to begin with."""
FAR = 1e6
"""What a way costs that leads nowhere, in the same unit."""


@dataclass(frozen=True)
class Smoothed:
    """`prices` [n_rows], the `bound` (without the objective's constant) and the reduced costs [n_columns] that follow.

    `likely` [n_columns] is where households go at these prices, in parts and nearly within the rows; `classes` are the rows
    that count them, `size` is what one of them costs in the plan that was known.
    """

    prices: np.ndarray
    bound: float
    reduced: np.ndarray
    likely: np.ndarray
    classes: np.ndarray
    size: float


def smoothed_prices(
    linear: LinearModel, objective: Objective, seconds: float, plan: np.ndarray,
    progress: Callable[[str], None] | None = None, *, roughly: bool = False,
) -> Smoothed | None:  # fmt: skip
    """Row prices of the minimised model, found in so many seconds; None where its choices are no such ways.

    `plan` [n_columns] keeps the rows: it says how large things are. The bound holds for the whole model, whatever was
    found; it comes as near to that of the relaxation as the time allows, or `roughly`, for a beginning.
    """
    began = time.perf_counter()
    tell = progress or (lambda _: None)
    cost = objective.sign * objective.cost
    ways = Ways.found_in(linear, cost)
    if ways is None:
        return None
    everybody = Everybody.found_in(ways)
    ways = Ways.found_in(everybody.full(linear), cost)  # the hubs are the same
    dual, of_plan = _Dual(ways, plan), plan > 1e-9
    z, best, widest = dual.first(), None, 1.0
    sign = objective.sign
    for share in ROUGH if roughly else STAGES:
        left = time_left(began, seconds)
        if best is not None and left <= 0:
            break
        if best is not None and share < FEWER:
            some = of_plan | (best.reduced < dual.size * widest * max(WIDE, WIDER * share))
            dual.ways = ways.among(some[ways.columns])
        centre = dual.centre
        new = dual.improved(z, share, seconds if best is None else left, STEPS // 2 if roughly else STEPS)
        prices = everybody.told(ways.all_prices(dual.kept_by_all(dual.all_of(new)), dual.size * FAR))
        bound, reduced = dual_bound(linear, cost, prices)
        if best is not None and bound < best.bound and share < FEWER:
            widest, dual.centre = widest * ANEW, centre  # what was left out would have mattered
            continue
        z, widest = new, max(1.0, widest / ANEW)
        if best is None or bound > best.bound:
            best = Smoothed(prices, bound, reduced, dual.likely(z, share), ways.classes, dual.size)
        told = sign * (best.bound + sign * objective.constant) * objective.unit
        tell(f"  {objective.name}: bound {told:,.6g} by prices, {time.perf_counter() - began:.0f} s")
    prices = lowered(linear, best.prices, best.reduced)
    bound, reduced = dual_bound(linear, cost, prices)
    return replace(best, prices=prices, bound=bound, reduced=reduced) if bound > best.bound else best


class _Dual:
    """The smoothed dual of `ways`, in the scale of a plan.

    Where a row only says what a column is (the persons in a district, say), its price is what makes that column cost
    nothing: such a row is `told` by the prices of the others, the `free` ones.
    """

    def __init__(self, ways: Ways, plan: np.ndarray) -> None:
        """`plan` [n_columns] keeps the rows."""
        linear, self.ways = ways.linear, ways
        self.low, self.high = linear.low[ways.priced], linear.high[ways.priced]
        self.many = linear.high[ways.classes][ways.straight.owner]
        self.may = ~(linear.low[ways.classes] > 0)[ways.straight.owner]
        """Which classes may have nobody placed."""
        rest, there = slice(ways.ends[3], ways.ends[4]), plan[ways.columns]
        self.size = max(float(np.abs(ways.cost) @ there) / max(float(self.many.sum()), 1.0), 1e-6)
        """What a household costs."""
        self.rest, self.centre = ways.columns[rest], there[rest].copy()
        self.of_rest, self.price = sparse.csr_matrix(ways.by_column[rest]), ways.cost[rest]
        told, self.known = _definitions(self.of_rest, (self.low == 0) & (self.high == 0))
        self.told, self.free = told, np.setdiff1d(np.arange(self.low.size), told)
        of_known = self.of_rest[self.known]
        self.solve = splu(sparse.csc_matrix(of_known[:, told])) if told.size else None
        self.by_free = sparse.csr_matrix(of_known[:, self.free])
        self.floor, self.ceiling = self._range()
        squares, mean = ways.by_column.power(2).T, _mean_size(ways.by_column)
        # The steepness with which a price acts: what stands in its row at the plan, or may stand there.
        heavy = squares @ there
        side = np.where(np.isfinite(self.high), self.high, self.low)
        heavy = np.maximum(heavy, np.abs(side) * mean)[self.free]
        if told.size:
            through = self.solve.solve(self.by_free.toarray()) ** 2
            heavy += through.T @ (squares @ np.where(np.arange(there.size) < ways.ends[3], there, 0.0))[told]
        self.scale = 1.0 / np.sqrt(np.maximum(heavy, 1.0))

    def _range(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest price of each row [priced], as far as single rows and columns say."""
        single = np.diff(self.of_rest.indptr) == 1
        floor, ceiling = np.where(np.isfinite(self.high), -np.inf, 0.0), np.where(np.isfinite(self.low), np.inf, 0.0)
        begins, price = self.of_rest.indptr[:-1][single], self.price[single]
        row, entry = self.of_rest.indices[begins], self.of_rest.data[begins]
        np.minimum.at(ceiling, row[entry > 0], (price / entry)[entry > 0])
        np.maximum.at(floor, row[entry < 0], (price / entry)[entry < 0])
        return np.minimum(floor, ceiling), ceiling

    def first(self) -> np.ndarray:
        """Prices [free] to begin with: what is asked for beyond what households take by themselves is worth what they cost."""
        asked = (self.low > 0) & ~np.isfinite(self.high) & (sparse.csc_matrix(self.of_rest).getnnz(axis=0) == 0)
        worth = np.where(asked, DEAR * self.size * self.many.sum() / np.where(asked, self.low, 1.0), 0.0)
        return worth.clip(self.floor, self.ceiling)[self.free]

    def all_of(self, z: np.ndarray) -> np.ndarray:
        """The prices of all priced rows from those of the free ones."""
        y = np.zeros(self.low.size)
        y[self.free] = z
        if self.solve is not None:
            y[self.told] = self.solve.solve(self.price[self.known] - self.by_free @ z)
        return y

    def improved(self, z: np.ndarray, share: float, seconds: float, steps: int) -> np.ndarray:
        """Better prices [free] with less smoothed away."""
        began, smooth, best = time.perf_counter(), share * self.size, [np.inf, z]

        def passed(scaled: np.ndarray) -> tuple[float, np.ndarray]:
            z = scaled * self.scale
            value, gradient, _ = self.value(self.all_of(z), smooth)
            if -value < best[0]:
                best[:] = [-value, z]
            if stopping() or time_left(began, seconds) <= 0:
                raise TimeoutError
            towards = gradient[self.free]
            if self.solve is not None:
                towards = towards - self.by_free.T @ self.solve.solve(gradient[self.told], "T")
            return -value, -towards * self.scale

        floor, ceiling = self.floor[self.free], self.ceiling[self.free]
        try:
            bounds = Bounds(floor / self.scale, ceiling / self.scale)
            minimize(passed, z / self.scale, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
        except TimeoutError:
            pass
        z = np.clip(best[1], floor, ceiling)
        self.centre = self.value(self.all_of(z), smooth)[2][self.ways.ends[3] :]
        return z

    def likely(self, z: np.ndarray, share: float) -> np.ndarray:
        """What all columns of the model are at these prices [n_columns]."""
        result = np.zeros(self.ways.linear.shape[1])
        result[self.ways.columns] = self.value(self.all_of(z), share * self.size)[2]
        return result

    def value(self, y: np.ndarray, smooth: float) -> tuple[float, np.ndarray, np.ndarray]:
        """The smoothed dual, its gradient [priced], and what all columns are then [columns]."""
        ways, (_, a, b, c, end) = self.ways, self.ways.ends
        costs = ways.cost - ways.by_column @ y
        child, to_facility = ways.flows.softly(costs[b:c], smooth)
        by_group = np.zeros(ways.groups.size)
        by_group[ways.flows.owner] = child
        costs[:b] += ways.children @ by_group
        onward, to_unit = ways.out.softly(costs[:a], smooth)
        hub = np.full(ways.hubs.size + 1, FAR * self.size)
        hub[ways.out.owner], hub[-1] = onward, 0.0
        straight = costs[a:b] + hub[ways.into]
        way, shares = ways.straight.softly(straight, smooth, self.may)
        x = np.zeros(end)
        x[a:b] = shares * self.many[ways.straight.run]
        arriving = np.bincount(ways.into + 1, x[a:b], ways.hubs.size + 1)[1:]
        x[:a] = to_unit * arriving[ways.out.owner][ways.out.run]
        children = ways.children.T @ x[:b]
        x[b:c] = to_facility * children[ways.flows.owner][ways.flows.run]
        # The other columns stay near where they were, the less is smoothed the freer.
        stiff = smooth / np.maximum(self.centre, 1.0)
        lower, upper = ways.linear.lower[self.rest], ways.linear.upper[self.rest]
        x[c:] = np.clip(self.centre - costs[c:] / stiff, lower, upper)
        others = costs[c:] @ x[c:] + 0.5 * stiff @ (x[c:] - self.centre) ** 2
        side = np.where(y > 0, self.low, self.high)
        side = np.where(np.isfinite(side), side, np.where(np.isfinite(self.low), self.low, self.high))
        value = float(self.many @ way + others + side @ y)
        return value, side - ways.by_column.T @ x, x

    def kept_by_all(self, y: np.ndarray) -> np.ndarray:
        """The nearest prices at which no other column earns anything [priced]: many of them may be as large as a city."""
        some = np.flatnonzero(np.diff(self.of_rest.indptr) > 1)
        over = sparse.csc_matrix(self.of_rest[some])
        rows = np.flatnonzero(np.diff(over.indptr))
        over = sparse.csr_matrix(over[:, rows])
        room = self.price[some] - over @ y[rows]
        if not some.size or (room >= 0).all():
            return y
        up, down = np.maximum(self.ceiling[rows] - y[rows], 0.0), np.maximum(y[rows] - self.floor[rows], 0.0)
        both = np.ones(2 * rows.size)
        found = linprog(both, sparse.hstack([over, -over]), room, bounds=np.c_[0.0 * both, np.r_[up, down]], method="highs")
        if found.x is None:
            return y
        result = y.copy()
        result[rows] += found.x[: rows.size] - found.x[rows.size :]
        return result


def _mean_size(columns: sparse.csr_matrix) -> np.ndarray:
    """The mean size of the entries of each row [n_rows], of `columns` [n, n_rows]."""
    size, number = (np.asarray(part.sum(axis=0)).ravel() for part in (abs(columns), columns.astype(bool)))
    return size / np.maximum(number, 1)


def _definitions(columns: sparse.csr_matrix, equal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that say what one column is, the others known, and these columns; `columns` [n, n_rows], `equal` [n_rows]."""
    by_row, known = sparse.csc_matrix(columns), np.zeros(columns.shape[0], dtype=bool)
    rows, defined, waiting = [], [], np.flatnonzero(equal & (np.diff(by_row.indptr) > 0)).tolist()
    while True:
        later = []
        for row in waiting:
            mine = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
            unknown = mine[~known[mine]]
            if unknown.size == 1:
                known[unknown] = True
                rows.append(row)
                defined.append(int(unknown[0]))
            elif unknown.size:
                later.append(row)
        if len(later) == len(waiting):
            return np.array(rows, dtype=int), np.array(defined, dtype=int)
        waiting = later
