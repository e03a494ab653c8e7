"""A plan of a very large model, put together part by part at prices that are known for the whole.

Social spaces are taken together in parts of some thousand households. What binds within a part (units, buildings, sites,
shares of an area) is kept there; of what goes beyond it (members of classes, persons of a district) each part gets its
share as the prices' own plan has it, and what it takes more or less is paid for. A part is a relaxation that is nearly
whole, and a small integer programme around its fractions. Whoever is left out gets a place in further rounds over other
parts, where leaving out costs more and more. What children and excess cost follows from the plan at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.completing import completed
from allocator.solve.heard import run, stopping, time_left
from allocator.solve.lagrange import Smoothed
from allocator.solve.settings import set_up

__all__ = ["put_together"]

HOUSEHOLDS, LARGER, FURTHER = 2_500, 4, 2
"""Households of one part, roughly; how many times more they are when all have a place, and rounds of such parts."""
TOGETHER = 6
"""Social spaces with neighbouring numbers that stay together when parts are made anew."""
CHEAP = 0.02
"""Choices that take part cost at most so much beyond their worth, in what a household costs."""
AWAY = 0.012
"""What it costs, in the same unit, that a part takes one member of a class more or less than its share."""
LEFT_OUT = (0.025, 0.04, 0.12, 0.4, 2.0, 40.0)
"""What it costs to leave a household out, round after round."""
LOOSE, CLOSE = 0.004, 0.04
"""Reduced cost up to which a column stays for whole numbers, and distance from the best that a part may keep."""
PERSONS, BAND = 0.008, 1.0
"""What a person more or less costs in a sum that goes beyond the part, and how many are free."""
NARROW = 200
"""Choices in a row up to which they are next to each other."""
PATIENCE = 6.0
"""Seconds for the whole numbers of one part."""


def put_together(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, priced: Smoothed,
    progress: Callable[[str], None] | None = None,
) -> np.ndarray | None:  # fmt: skip
    """A plan [n_columns] that keeps the rows, made in about so many seconds; None if none was found, or they are too few.

    The model says in which social space each choice ends (`cells`).
    """
    if not linear.cells.size:
        return None
    began, tell = time.perf_counter(), progress or (lambda _: None)
    city = _City(linear, objective, priced)
    generator = np.random.default_rng(options.seed)
    rounds = [(price, HOUSEHOLDS) for price in LEFT_OUT] + [(LEFT_OUT[-1], LARGER * HOUSEHOLDS)] * FURTHER
    for number, (price, households) in enumerate(rounds):
        if number and households == HOUSEHOLDS and not city.missing()[city.counted].any():
            continue
        city.widen(max(price, CHEAP), of_left=number > 0)
        part_of = city.parts(households) if number == 0 else city.parts(households, generator)
        several, turn, there = int(part_of.max()) + 1, time.perf_counter(), time_left(began, seconds)
        for part in range(several):
            left = time_left(began, seconds)
            if number == 0 and part and left > 0 and (there - time_left(turn, there)) * several > there * part:
                return None  # not even all parts would have their turn
            if left <= 0 or stopping():
                break  # whether that is a plan is seen at the end
            city.place(np.flatnonzero(part_of == part), options, min(PATIENCE, left), price, first=number == 0)
        missing = city.missing()[city.classes].sum()
        tell(f"  {objective.name}: {missing:,.0f} households without a place yet, {time.perf_counter() - began:.0f} s")
    known = np.full(linear.shape[1], np.nan)
    known[: linear.choices] = city.x
    return completed(linear, objective, known, max(time_left(began, seconds), 1.0))


@dataclass
class _Slacks:
    """Rows (positions) that may miss something (`sign` 1) or have something beyond (-1), at what cost [n] and how much `most` [n]."""

    row: np.ndarray
    sign: float
    cost: np.ndarray
    most: np.ndarray


class _City:
    """A model, its prices, and who has a place so far: `x` [choices]."""

    def __init__(self, linear: LinearModel, objective: Objective, priced: Smoothed) -> None:
        """Tell the rows apart."""
        n, self.linear, self.size = linear.choices, linear, priced.size
        self.cost = cost = objective.sign * objective.cost
        self.reduced, self.prices, self.likely, self.classes = priced.reduced, priced.prices, priced.likely, priced.classes
        self.by_row, self.matrix = sparse.csr_matrix(linear.matrix), sparse.csc_matrix(linear.matrix)
        follows = self.by_row[:, n:]
        number, entries = np.diff(follows.indptr), np.diff(self.matrix.indptr)
        # A column of excess stands in its row alone.
        self.excess = np.zeros(linear.shape[0])
        alone = np.flatnonzero(number == 1)
        column = n + follows.indices[follows.indptr[alone]]
        fit = (entries[column] == 1) & (cost[column] > 0) & (follows.data[follows.indptr[alone]] == -1)
        self.excess[alone[fit]] = cost[column[fit]]
        self.linked = (number > 0) & (self.excess == 0)
        self.sums = self.linked & (linear.low == linear.high)
        self.asked = (number == 0) & (linear.low > 0) & ~np.isfinite(linear.high)
        self.closed = (number == 0) & ~np.isfinite(linear.low)
        self.counted = np.zeros(linear.shape[0], dtype=bool)
        self.counted[self.classes] = True
        self._mark_members()
        self.x, self.activity = np.zeros(n), np.zeros(linear.shape[0])
        self.totals = self.matrix[:, :n] @ self.likely[:n]
        self.wanted = self._wanted()
        self.candidate = self.reduced[:n] < CHEAP * self.size

    def _wanted(self) -> np.ndarray:
        """What sums had best be [n_rows]: where what follows from them costs least, as near as can be to the prices' plan."""
        n, result = self.linear.choices, np.zeros(self.linear.shape[0])
        sums = np.flatnonzero(self.sums & (np.diff(self.by_row[:, :n].indptr) > 0))
        follows, by_column = self.by_row[:, n:], sparse.csr_matrix(self.matrix[:, n:].T)
        rows, columns = sums, np.zeros(0, dtype=int)
        while True:  # all that follows from the sums, and what follows from that
            further = np.unique(follows[rows].indices)
            if further.size == columns.size:
                break
            rows, columns = np.unique(by_column[further].indices), further
        near = self.totals[sums]
        # The sums, then by how much they are beyond and below what is near.
        inside = sparse.csr_matrix((np.ones(sums.size), (np.searchsorted(rows, sums), np.arange(sums.size))), (rows.size, sums.size))
        matrix = sparse.hstack([follows[rows][:, columns], inside, -inside], format="csr")
        low, high = self.linear.low[rows], self.linear.high[rows]
        base = inside @ near
        cost = np.r_[np.maximum(self.reduced[n + columns], 0.0), np.full(2 * sums.size, PERSONS * self.size)]
        upper = np.r_[self.linear.upper[n + columns], np.full(2 * sums.size, np.inf)]
        part = LinearModel(np.zeros(cost.size), upper, np.zeros(cost.size, dtype=bool), (), matrix, low - base, high - base, ())
        highs = highspy.Highs()
        pass_arrays(highs, part, cost, np.arange(cost.size))
        run(highs)
        x = np.asarray(highs.getSolution().col_value)[columns.size :]
        found = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        result[sums] = near + (x[: sums.size] - x[sums.size :] if found else 0.0)
        return result

    def _mark_members(self) -> None:
        """Rows that count single members of a class; who counts more where everybody is asked for must be placed."""
        n, inside = self.linear.choices, self.by_row[:, : self.linear.choices]
        weight = np.asarray(inside[np.flatnonzero(self.asked)].sum(axis=0)).ravel()
        of_class = inside[self.classes].tocoo()
        least, mine = np.full(self.classes.size, np.inf), np.full(n, -1)
        np.minimum.at(least, of_class.row, weight[of_class.col])
        mine[of_class.col] = of_class.row
        more = np.zeros(n, dtype=bool)
        more[of_class.col] = weight[of_class.col] > least[of_class.row] + 1e-9
        width = np.diff(inside.indptr)
        row = np.repeat(np.arange(width.size), width)

        def everywhere(marked: np.ndarray) -> np.ndarray:
            return (np.bincount(row, ~marked, width.size) == 0) & (width > 0)

        # Limits of units count members of many classes.
        mean = np.bincount(row, mine[inside.indices], width.size) / np.maximum(width, 1)
        of_one = everywhere(mine[inside.indices] >= 0) & everywhere(mine[inside.indices] == mean[row])
        of_one &= self.closed & ~self.counted
        self.counted |= of_one & everywhere(more[inside.indices])
        self.members = of_one & ~self.counted

    def missing(self) -> np.ndarray:
        """How much more each limit would take in [n_rows]: of a class, members without a place."""
        return self.linear.high - self.activity

    def parts(self, households: int, generator: np.random.Generator | None = None) -> np.ndarray:
        """The part [n_cells] of each social space: neighbouring numbers, or as they are drawn."""
        cells = self.linear.cells
        arcs = np.zeros(self.linear.choices, dtype=bool)
        arcs[self.by_row[self.classes][:, : self.linear.choices].indices] = True
        number = np.bincount(cells[arcs], self.likely[: arcs.size][arcs], int(cells.max()) + 1)
        total = np.cumsum(number)
        several = max(1, round(total[-1] / households))
        if generator is None:
            return np.minimum((total - number / 2) / max(total[-1], 1e-9) * several, several - 1e-9).astype(int)
        blocks = np.arange(total.size) // TOGETHER
        return (generator.permutation(int(blocks.max()) + 1) % several)[blocks]

    def widen(self, price: float, *, of_left: bool) -> None:
        """Let dearer choices take part, for those who are left out, up to so much in what a household costs."""
        n = self.linear.choices
        self.candidate = (self.reduced[:n] < CHEAP * self.size) | (self.x > 0)
        if not of_left:
            return
        rows = np.flatnonzero(self.counted & (self.missing() > 0.5))
        dear = self.reduced[:n] < price * self.size
        mine = np.zeros(n, dtype=bool)
        mine[self.by_row[rows][:, :n].indices] = True
        mine &= dear
        hubs = np.unique(self.matrix[:, np.flatnonzero(mine)].indices)
        hubs = hubs[(self.linear.low[hubs] == 0) & (self.linear.high[hubs] == 0) & ~self.linked[hubs]]
        beyond = np.zeros(n, dtype=bool)
        beyond[self.by_row[hubs][:, :n].indices] = True
        self.candidate |= mine | (beyond & dear)

    def place(self, cells: np.ndarray, options: SolveOptions, seconds: float, price: float, *, first: bool) -> None:
        """Place anew whoever lives in these social spaces, and some who have no place; all else stays as it is."""
        linear, n = self.linear, self.linear.choices
        choices = np.flatnonzero(np.isin(linear.cells, cells) & self.candidate & (linear.upper[:n] > 0))
        if not choices.size:
            return
        part, old = self.matrix[:, choices], self.x[choices]
        rows = np.unique(part.indices)
        rows = rows[~self.asked[rows] & (~self.linked[rows] | self.sums[rows])]
        own = part.tocsr()[rows]
        now = own @ old
        others = self.activity[rows] - now
        low, high = linear.low[rows] - others, linear.high[rows] - others
        counted, members, sums = (kind[rows] for kind in (self.counted, self.members, self.sums))
        priced = self.asked | self.counted | self.linked
        priced = np.where(priced | self.members if first else priced, self.prices, 0.0)
        cost = self.cost[choices] - part.T @ priced
        slacks = self._limits(rows, counted, members, sums, low, high, now, part, choices, price, first=first)
        extent = choices.size + sum(one.row.size for one in slacks)
        blocks = [sparse.csr_matrix((np.full(one.row.size, one.sign), (one.row, np.arange(one.row.size))),
                                    (rows.size, one.row.size)) for one in slacks]  # fmt: skip
        small = LinearModel(
            np.zeros(extent), np.concatenate([linear.upper[choices], *(one.most for one in slacks)]),
            np.arange(extent) < choices.size, (), sparse.hstack([own, *blocks], format="csr"), low, high, (),
        )  # fmt: skip
        costs = np.concatenate([cost, *(one.cost for one in slacks)])
        stays = _paid(old, own @ old, low, high, cost, slacks)
        new = _solved(small, costs, options, seconds, LOOSE * self.size, CLOSE * self.size)
        new = None if new is None else new[: choices.size]
        if new is None or (not first and _paid(new, own @ new, low, high, cost, slacks) > stays - 1e-9 * self.size):
            return
        self.x[choices] = new
        self.activity += part @ (new - old)

    def _limits(
        self, rows: np.ndarray, counted: np.ndarray, members: np.ndarray, sums: np.ndarray, low: np.ndarray, high: np.ndarray,
        now: np.ndarray, part: sparse.csc_matrix, choices: np.ndarray, price: float, *, first: bool,
    ) -> list[_Slacks]:  # fmt: skip
        """Set the limits of rows that go beyond the part, and say what it costs not to meet them."""
        soft = np.flatnonzero(self.excess[rows] > 0)
        result = [_Slacks(soft, -1.0, self.excess[rows[soft]], np.full(soft.size, np.inf))]
        share = np.ones(rows.size)
        if first:
            mine = (part @ self.likely[choices])[rows]
            left = self.totals[rows]
            share = np.where(left - mine > 1e-6, mine / np.maximum(left, 1e-9), 1.0)
            self.totals[rows] -= mine
        left = np.rint(high)
        for kind, dear in ((counted, price * self.size), (members if first else np.zeros_like(members), None)):
            mine = np.flatnonzero(kind)
            target = left[mine] * share[mine]
            low[mine], high[mine] = np.floor(target + 1e-6), np.ceil(target - 1e-6)
            last = low[mine] >= left[mine]
            worth = np.abs(self.prices[rows[mine]]) if dear is None else np.full(mine.size, dear)
            little = np.minimum(AWAY * self.size, worth)
            result.append(_Slacks(mine, 1.0, np.where(last, worth, little), np.full(mine.size, np.inf)))
            result.append(_Slacks(mine, -1.0, little, np.maximum(left[mine] - high[mine], 0.0)))
        mine = np.flatnonzero(sums)
        target = (self.wanted[rows[mine]] - (self.activity[rows[mine]] - now[mine])) * share[mine]
        low[mine], high[mine] = target - BAND, target + BAND
        for sign in (1.0, -1.0):
            result.append(_Slacks(mine, sign, np.full(mine.size, PERSONS * self.size), np.full(mine.size, np.inf)))
        return result


def _paid(
    x: np.ndarray, activity: np.ndarray, low: np.ndarray, high: np.ndarray, cost: np.ndarray, slacks: list[_Slacks]
) -> float:
    """What a part costs with these choices [choices], whose rows have this `activity` [rows] within limits [rows]."""
    total = float(cost @ x)
    for one in slacks:
        away = (low - activity if one.sign > 0 else activity - high)[one.row]
        total += float(one.cost @ np.maximum(away, 0.0))
    return total


def _solved(
    small: LinearModel, cost: np.ndarray, options: SolveOptions, seconds: float, loose: float, close: float
) -> np.ndarray | None:
    """A plan of a part in whole numbers [n_columns]: what its relaxation has whole stays, but next to fractions."""
    highs = highspy.Highs()
    pass_arrays(highs, small, cost, np.arange(cost.size))
    set_up(highs, options, 10 * seconds)
    run(highs)
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = highs.getSolution()
    x, reduced = np.asarray(solution.col_value), np.asarray(solution.col_dual)
    fraction = small.integer & (np.abs(x - np.rint(x)) > 1e-6)
    if not fraction.any():
        return np.where(small.integer, np.rint(x), x)
    narrow = small.matrix[np.diff(small.matrix.indptr) < NARROW]
    near = narrow.T @ (narrow @ fraction.astype(float) != 0).astype(float) != 0
    stay = small.integer & ~(near | fraction) & (x > 0.5)
    keep = np.flatnonzero((x > 1e-9) | (reduced <= loose) | ~small.integer)
    lower, upper = small.lower.copy(), small.upper.copy()
    lower[stay] = upper[stay] = np.rint(x[stay])
    whole = LinearModel(lower, upper, small.integer, (), small.matrix, small.low, small.high, ())
    highs = highspy.Highs()
    pass_arrays(highs, whole, cost, keep, whole=True)
    set_up(highs, options, seconds)
    highs.setOptionValue("mip_abs_gap", close)
    run(highs)
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    result = np.zeros(cost.size)
    result[keep] = np.asarray(highs.getSolution().col_value)
    return np.where(small.integer, np.rint(result), result)
