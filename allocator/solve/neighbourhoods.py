"""A plan improved a few social spaces at a time, where a city is too large for anything else in the time there is.

Whoever lives in these social spaces, some who would like to, and whoever has no place, are placed anew in them, as well as
all rows allow while everybody else stays: a small integer programme that begins with the plan. Then come other social
spaces, until all had their turn, and then in another order. Every plan on the way keeps all rows. How good a plan can be
this does not say.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import highspy
import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.completing import completed
from allocator.solve.heard import run, time_left
from allocator.solve.settings import set_up

__all__ = ["improved"]

TAKEN = 10
"""Choices that a plan takes in the social spaces of one programme, at least."""
GUESTS = 100
"""Choices elsewhere that join in a programme, for whom its social spaces would be worth something, at most."""
ANYBODY = 0.3
"""Share of the programmes in which guests are anybody, whatever they would earn."""
PATIENCE = 1.0
"""Seconds for one programme."""
LITTLE = 0.05
"""Share of the gap; when all social spaces have had their turn and brought less, it is enough."""
NARROW = 100
"""Columns that follow from choices by one row, up to which all of them may change with any of them."""
DEPTH = 4
"""Rows that lie between a choice and what follows from it, at most."""
EVERY = 5.0
"""Seconds between two words on how far it is."""


def improved(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, plan: np.ndarray,
    progress: Callable[[str], None] | None = None, target: float = -np.inf,
) -> np.ndarray:  # fmt: skip
    """A plan [n_columns] that is no worse than the given one, which keeps all rows; found in about so many seconds.

    Less than the `target`, in the sense of minimisation, is not looked for.

    The model says in which social space each choice ends (`cells`). The same seed gives the same plan, where the time
    lets every programme come to its end.
    """
    began = told = time.perf_counter()
    tell = progress or (lambda _: None)
    whole = _Whole(linear, objective, plan)
    generator = np.random.default_rng(options.seed)
    ended = False
    while not ended:
        before = whole.value
        for cells in _groups(whole.taken(), generator):
            left = time_left(began, seconds)
            ended = left <= 0 or whole.value <= target
            if ended:
                break
            whole.improve(cells, options, min(PATIENCE, left), generator)
            if time.perf_counter() - told > EVERY:
                told = time.perf_counter()
                value = objective.value(whole.plan) * objective.unit
                tell(f"  {objective.name}: {value:,.6g}, a few social spaces at a time, {told - began:.0f} s")
        ended |= before - whole.value <= LITTLE * options.gap * abs(before)
    known = whole.plan.copy()
    known[linear.choices :] = np.nan
    result = completed(linear, objective, known)
    sign = objective.sign
    better = result is not None and sign * (objective.value(result) - objective.value(plan)) < 0
    return result if better else plan


def _groups(taken: np.ndarray, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """All social spaces in an order that is drawn, a few at a time; `taken` [n_cells] says how full they are."""
    order = generator.permutation(taken.size)
    while order.size:
        ends = int(np.searchsorted(np.cumsum(taken[order]), TAKEN)) + 1
        yield order[:ends]
        order = order[ends:]


class _Whole:
    """A model with a plan that keeps its rows, and what is needed to cut small programmes out of it quickly."""

    def __init__(self, linear: LinearModel, objective: Objective, plan: np.ndarray) -> None:
        self.linear, self.plan = linear, plan.copy()
        sign = objective.sign
        self.cost, self.constant = sign * objective.cost, sign * objective.constant
        self.value = float(self.cost @ plan) + self.constant
        """The plan's value in the sense of minimisation."""
        self.activity = linear.matrix @ self.plan
        self.matrix, self.rows = sparse.csc_matrix(linear.matrix), linear.matrix
        follows = sparse.csr_matrix(self.matrix[:, linear.choices :])
        number = np.diff(follows.indptr)
        narrow = np.repeat(number <= NARROW, number)
        in_wide = np.bincount(follows.indices[~narrow], minlength=follows.shape[1])
        alone = (in_wide == np.diff(self.matrix.indptr[linear.choices :]))[follows.indices]
        # What stands in wide rows only, such as the excess of a whole city, joins by them; all else by narrow rows.
        follows.data = (narrow | alone).astype(float)
        follows.eliminate_zeros()
        self.follows = follows
        self.flow = np.zeros(linear.shape[1], dtype=bool)
        self.flow[linear.flows] = True
        below = np.searchsorted(self.rows.indptr, np.flatnonzero(self.rows.data < 0), side="right") - 1
        self.closed = (number == 0) & np.isfinite(linear.high)
        self.closed[below] = False
        """Limits within which nothing makes room for a choice but other choices [n_rows]."""
        self.hub = (linear.low == 0) & (linear.high == 0) & (number == 0)
        """Rows by which as many come as stay [n_rows]."""
        usable = np.flatnonzero(linear.upper[: linear.cells.size] > 0)
        self.choices = usable[np.argsort(linear.cells[usable], kind="stable")]
        """Choices in the order of their social spaces."""
        several = int(linear.cells.max(initial=-1)) + 1
        self.begins = np.searchsorted(linear.cells[self.choices], np.arange(several + 1))
        self.position = np.zeros(linear.shape[0], dtype=int)

    def taken(self) -> np.ndarray:
        """How many choices the plan takes in each social space [n_cells]."""
        taken = np.r_[0, np.cumsum(self.plan[self.choices] > 0.5)]
        return np.diff(taken[self.begins])

    def improve(self, cells: np.ndarray, options: SolveOptions, seconds: float, generator: np.random.Generator) -> None:
        """Place anew whoever lives in these cells, and some who would like to; all else stays as it is."""
        columns, rows = self._free(self._movable(cells, generator))
        if not columns.size:
            return
        part, old, linear = self.matrix[:, columns], self.plan[columns], self.linear
        self.position[rows] = np.arange(rows.size)
        inside = sparse.csc_matrix((part.data, self.position[part.indices], part.indptr), (rows.size, columns.size))
        others = self.activity[rows] - inside @ old
        small = LinearModel(
            linear.lower[columns], linear.upper[columns], linear.integer[columns], (), inside.tocsr(),
            linear.low[rows] - others, linear.high[rows] - others, (),
        )  # fmt: skip
        cost, everything = self.cost[columns], np.arange(columns.size)
        highs = highspy.Highs()
        pass_arrays(highs, small, cost, everything, whole=True, constant=self.value - float(cost @ old))
        set_up(highs, options, seconds)
        highs.setSolution(columns.size, everything.astype(np.int32), old)
        run(highs)
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return
        new = np.asarray(highs.getSolution().col_value)
        new = np.where(small.integer, np.rint(new), new)
        change = float(cost @ (new - old))
        if change < 0:
            self.plan[columns] = new
            self.activity[rows] += inside @ (new - old)
            self.value += change

    def _movable(self, cells: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Choices of these cells that the others leave room for, and those that the plan takes of guests from elsewhere."""
        inside = np.concatenate([self.choices[self.begins[cell] : self.begins[cell + 1]] for cell in cells.tolist()])
        choices = np.union1d(inside, self._guests(inside, generator))
        part = self.matrix[:, choices].tocoo()
        freed = np.bincount(part.row, weights=part.data * self.plan[choices[part.col]], minlength=self.activity.size)
        room = self.linear.high - self.activity + freed
        possible = np.ones(choices.size, dtype=bool)
        possible[part.col[self.closed[part.row] & (part.data > room[part.row] + 1e-6)]] = False
        return choices[possible]

    def _guests(self, choices: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """What the plan takes of some of those for whom one of the `choices` would earn something, else of anybody."""
        worth = choices[self.cost[choices] < 0]
        anybody = not worth.size or generator.random() < ANYBODY
        guests = self._taken_in(choices if anybody else worth, self.closed, generator)
        return np.union1d(guests, self._taken_in(guests, self.hub, generator))

    def _taken_in(self, columns: np.ndarray, kind: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Some of the choices that the plan takes in rows of a kind [n_rows] in which these columns stand, in no order."""
        rows = np.unique(self.matrix[:, columns].indices)
        taken = self.rows[generator.permutation(rows[kind[rows]])[:GUESTS]].indices
        return taken[self.plan[taken] > 0.5][:GUESTS]

    def _free(self, choices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns that may change with these choices, and the rows in which they stand."""
        free = np.zeros(self.plan.size, dtype=bool)
        seen = np.zeros(self.activity.size, dtype=bool)
        new = choices
        for depth in range(DEPTH):
            free[new] = True
            rows = np.unique(self.matrix[:, new].indices)
            rows = rows[~seen[rows]]
            seen[rows] = True
            found = self.linear.choices + self.follows[rows].indices
            found = found[~free[found]]
            new = np.unique(found if depth == 0 else found[~self.flow[found]])
        return np.flatnonzero(free & (self.linear.upper > self.linear.lower)), np.flatnonzero(seen)
