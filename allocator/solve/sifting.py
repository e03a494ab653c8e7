"""The relaxation of a large model from a few of its columns, exactly: sifting.

A few columns are solved, all are priced in one product with the row prices, those that would earn something join, and so
on until none would. A bound on every plan comes with every round, so that the last rounds, which gain next to nothing,
need not be waited for. Flows of children to facilities are left out, and what they say joins as rows when a plan breaks
it (`without_flows`). Then rows join that every plan in whole numbers keeps and the fractions break: facets of knapsacks,
which stay in the model, and Gomory's cuts, which are long, and serve the bound and the next goal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import highspy
import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import add_columns, add_rows, pass_arrays
from allocator.solve.gomory import Corner, steady_rows
from allocator.solve.heard import run, time_left
from allocator.solve.knapsacks import Knapsacks
from allocator.solve.settings import set_up
from allocator.solve.without_flows import Rows, WithoutFlows

__all__ = ["Memory", "dual_bound", "places", "sifted", "sifted_with_cuts", "used_by"]

MOST, GUESSED = 30, 2
"""Columns that a row gets at the beginning, at most; as many as it lets in, at least one, or two where what they cost beyond
their worth is known roughly."""
JOINING = 1
"""Columns that join in a round for each row in which some would earn."""
ROUNDS = 200
"""Times that the relaxation is solved, at most."""
CLOSE, SLOW, SLOWER = 0.02, 0.05, 0.005
"""Shares of the gap that are not worth a further round of columns, or further rounds of cuts, or those of a value to be kept."""
LARGE = 30_000
"""Columns from which on a relaxation is solved anew before cuts join."""
PATIENCE = 2
"""Slow rounds of cuts after which there are no more: each asks others, as they are drawn."""
PASSES, AGAIN, DRAWN = 3, 2, 0.2
"""Times that cuts are drawn, at most, where later goals keep the value: the nearer, the easier they are. And where none does.
Share of the time after which they are not drawn again."""
PIVOTS = 3_000
"""Steps of the simplex method in which cuts are asked for their price, at most: sometimes it goes round in circles."""
SAME = 1e-9
"""Relative distance of two bounds that are the same."""
WHOLE = 1e-6
"""How far from whole a number is whole."""
LONGER = 1.3
"""How many times longer than the last round the next one may take: none is begun that would not end in time."""
FAR = 5_000
"""Columns that joined, beyond which the corner is far from the last one."""
PRIMAL, DUAL = 4, 1
"""Columns that join leave the corner feasible, rows that join leave its prices right; HiGHS numbers its simplex methods."""
CUT = "whole_numbers"
"""Name of the rows that join."""


@dataclass
class Memory:
    """What one goal leaves for the next.

    `columns` [n_columns], of the model that is solved next, are those of the relaxation's plan. `full` are the sets of
    facilities, by the names of their rows, whose seats it priced. `cuts` are the rows that it priced beyond the model's,
    over the columns that it was solved with, for a model with the same columns. `reduced` [n_columns] and
    `bound`, of the model that was solved last and in its minimised and scaled values, say what a column costs at least.
    `more` is whether later goals will keep the value of the one that is solved. `guessed` [n_columns], of the model that is
    solved, is roughly what columns cost beyond their worth, where somebody found it out. `pricing_seconds` went into prices
    since the first goal.
    """

    columns: np.ndarray | None = None
    reduced: np.ndarray | None = None
    bound: float = -np.inf
    full: list[frozenset[str]] = field(default_factory=list)
    cuts: Rows | None = None
    more: bool = False
    guessed: np.ndarray | None = None
    pricing_seconds: float = 0.0


def dual_bound(linear: LinearModel, cost: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """A bound on every plan of the minimised model from any row prices y [n_rows], and the reduced costs [n_columns].

    bound = Σ (low · y⁺ - high · y⁻) + Σ min over lower ≤ x ≤ upper of (c - Aᵀy) · x, for y that do not price an absent
    side of a row. -inf where a column without upper bound would earn.
    """
    y = np.where((y > 0) & ~np.isfinite(linear.low) | (y < 0) & ~np.isfinite(linear.high), 0.0, y)
    reduced = cost - linear.matrix.T @ y
    # A price must not earn from a column without upper bound; those are few and continuous, and their rows exact.
    open_ended = ~np.isfinite(linear.upper)
    reduced = np.where(open_ended & (reduced < 0) & (reduced > -1e-6), 0.0, reduced)
    sides = np.where(y > 0, np.where(y > 0, linear.low, 0.0), np.where(y < 0, linear.high, 0.0))
    least = np.where(reduced >= 0, linear.lower, np.where(open_ended, -np.inf, linear.upper))
    with np.errstate(invalid="ignore"):
        rows = np.nansum(y * np.where(y == 0, 0.0, sides))
        columns = np.nansum(np.where(reduced == 0, 0.0, reduced * least))
    return float(rows + columns), reduced


@dataclass(frozen=True)
class Sifted:
    """A relaxation that was solved from a few columns.

    `linear` is the model with further rows that every plan in whole numbers keeps, and `prices` [n_rows] are those of its
    rows. `bound` (without the objective's constant) and `reduced` [n_columns] are what they say of every plan, together
    with the cuts; `plan` [n_columns] is the relaxation's. `used` [n_columns] marks what plans use that were the relaxation's
    while cuts joined. `whole` is whether there was nothing left to cut off, `rough` whether cuts are still to come.
    """

    linear: LinearModel
    prices: np.ndarray
    plan: np.ndarray
    bound: float
    reduced: np.ndarray
    used: np.ndarray
    whole: bool
    rough: bool = False


def sifted(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, first: np.ndarray,
    memory: Memory | None = None, floor: float = -np.inf, enough: float = np.inf,
) -> tuple[np.ndarray, np.ndarray] | None:  # fmt: skip
    """Row prices [n_rows] of the minimised relaxation and its plan [n_columns], nearly optimal; None if there are none.

    `first` [n_columns] are columns to begin with, such as those of a plan that keeps all rows: without them the few may
    have no plan. `memory` is read and renewed. The prices are the best that were found, wherever it ended.
    It ends at `floor`, a bound on every plan that is known already, and as soon as prices prove `enough`.
    """
    solved = _sift(linear, objective, options, seconds, first, memory, floor, enough, cuts=False)
    return None if solved is None else (solved.prices, solved.plan)


def sifted_with_cuts(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, first: np.ndarray,
    memory: Memory | None = None, floor: float = -np.inf,
) -> Iterator[Sifted]:  # fmt: skip
    """The same with further rows that every plan in whole numbers keeps and the relaxation breaks; each is no worse.

    A large one is solved without them first, and handed out: cuts do more, and cost less, at a corner that was found at once
    from the columns that matter than at one of many rounds. Which of them are asked is drawn, and a draw may end far from where
    another does: where later goals will keep the value the best of several is handed out, else the first, and, if
    somebody asks for more, what a second adds to it. `memory` has what is best so far.
    """
    began, memory, took = time.perf_counter(), Memory() if memory is None else memory, 0.0
    large = linear.shape[1] >= LARGE
    best = _sift(linear, objective, options, seconds, first, memory, floor, np.inf, cuts=not large)
    if best is None:
        return
    open_still = large and not best.whole and best.bound + objective.sign * objective.constant >= floor
    carried, cuts, drawing = memory.cuts, memory.cuts, time_left(began, seconds)
    if open_still:
        yield replace(best, rough=True)
    for number in range((PASSES if memory.more else AGAIN) if open_still else 0):
        if number and not memory.more:
            yield best
        left = time_left(began, seconds)
        if best.whole or left <= LONGER * took or drawing - left > DRAWN * seconds:
            break
        memory.cuts = carried if memory.more else cuts
        drawn = options.model_copy(update={"seed": options.seed + number})
        one = _sift(linear, objective, drawn, left, first, memory, floor, np.inf, cuts=True)
        took = left - time_left(began, seconds)
        # One as good with nothing left to cut off is better: then there is no need of further draws.
        if one is not None and one.bound > best.bound - (SAME * max(1.0, abs(best.bound)) if one.whole else 0.0):
            best, cuts = one, memory.cuts
        memory.cuts = cuts
    yield best


def _sift(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, first: np.ndarray,
    memory: Memory | None, floor: float, enough: float, *, cuts: bool,
) -> Sifted | None:  # fmt: skip
    """What `sifted` and `sifted_with_cuts` say."""
    began = time.perf_counter()
    sign = objective.sign
    offset = sign * objective.constant
    cost = sign * objective.cost
    flows = WithoutFlows(linear, cost)
    knapsacks = Knapsacks(linear) if cuts else None
    keep = flows.wide(first | (linear.lower > 0))
    if memory is None or memory.guessed is None:
        keep |= _sample(flows.linear, flows.cost, options.seed, 1)
    else:
        keep |= _sample(flows.linear, np.r_[memory.guessed, np.zeros(flows.cost.size - cost.size)], options.seed, GUESSED)
    if memory is not None and memory.columns is not None:
        keep |= flows.wide(memory.columns)
    some = _Some(flows.linear, flows.cost, keep)
    some.restrict(flows.of_sets([] if memory is None else memory.full))
    proof, full, took, before = None, [], 0.0, -np.inf
    little = SLOWER if memory is not None and memory.more else SLOW
    used, whole, slow, draw = np.zeros(cost.size, dtype=bool), False, 0, np.random.default_rng(options.seed)
    if cuts and memory is not None and memory.cuts is not None and memory.cuts[0].shape[1] == some.cost.size:
        some.restrict(memory.cuts, cut=True)
    for _ in range(ROUNDS):
        left = time_left(began, seconds)
        if left <= LONGER * took or not some.solve(options, left):
            break
        took = left - time_left(began, seconds)
        lasting = some.prices[~some.is_cut]
        y, full = flows.prices(lasting), flows.priced(lasting)
        by_cuts, gained = some.by_cuts()
        bound, reduced = dual_bound(linear, cost - flows.over_model(by_cuts), y)
        bound += gained
        if proof is None or bound > proof[0]:
            proof = bound, reduced, y
        if proof[0] + offset >= enough:
            break
        value, reached = some.value + offset, proof[0] + offset
        far = value - max(reached, floor) > CLOSE * options.gap * abs(value)
        joining = some.outside & flows.wide(reduced < -1e-7)
        missing = flows.broken_by(some.plan)
        if missing is not None:
            some.restrict(missing)
        if far and joining.any():
            columns = some.foremost(joining, flows.wide(reduced))
            if missing is None or columns.size > FAR:
                some.join(columns)
                continue
        if missing is not None:
            continue
        if knapsacks is None or reached < floor:
            break
        used |= some.plan[: cost.size] > 1e-9
        broken = knapsacks.broken_by(some.plan[: cost.size])
        if broken is not None:
            rows, high = broken
            some.restrict((flows.other_rows(rows), high))
            linear = linear.with_rows(rows, np.full(high.size, -np.inf), high, [CUT] * high.size)
            continue
        slow = slow + 1 if value - before <= little * options.gap * abs(value) else 0
        if slow >= PATIENCE:
            break
        before = value
        broken = some.cuts(options, time_left(began, seconds), draw)
        if broken is None:
            whole = some.ended
            break
        some.drop_cuts()
        some.restrict(broken, cut=True)
    if proof is None:
        return None
    plan = flows.plan(some.plan)
    if memory is not None:
        memory.columns, memory.full = plan > 1e-9, full
        if cuts:
            memory.cuts = some.priced_cuts()
    bound, reduced, y = proof
    y = np.append(y, np.zeros(linear.shape[0] - y.size))
    whole |= bool((np.abs(plan - np.rint(plan))[linear.in_steps] < WHOLE).all())
    return Sifted(linear, y, plan, bound, reduced, used | (plan > 1e-9), whole)


class _Some:
    """A relaxation over some of the columns, with the corner where it was solved last."""

    def __init__(self, linear: LinearModel, cost: np.ndarray, keep: np.ndarray) -> None:
        """Begin with the columns `keep` [n_columns]; `cost` [n_columns] is minimised."""
        self.linear, self.cost = linear, cost
        self.matrix = sparse.csc_matrix(linear.matrix)
        keep = keep & (linear.upper > 0)
        self.columns, self.outside = np.flatnonzero(keep), ~keep & (linear.upper > 0)
        self.highs = highspy.Highs()
        pass_arrays(self.highs, linear, cost, self.columns)
        self.new, self.method, self.ended = self.columns.size, PRIMAL, True
        self.low, self.high = linear.low, linear.high
        self.steady = steady_rows(linear.matrix, linear.in_steps, linear.upper > 0)
        self.is_cut = np.zeros(linear.shape[0], dtype=bool)
        self.prices, self.plan, self.value = np.zeros(linear.shape[0]), np.zeros(linear.shape[1]), np.inf

    def solve(self, options: SolveOptions, seconds: float) -> bool:
        """Find its best corner: row prices [n_rows], plan [n_columns] and value; False, and the last ones stay, if it does not."""
        # Interior points find a corner far away soonest; to one nearby the simplex method goes on from where it was.
        self._run(options, seconds, "ipx" if self.new > FAR else "simplex", self.method)
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self.highs.getSolution()
        self.prices, self.value = np.asarray(solution.row_dual), self.highs.getObjectiveValue()
        self.plan = np.zeros(self.linear.shape[1])
        self.plan[self.columns] = np.asarray(solution.col_value)
        self.new, self.method = 0, PRIMAL
        return True

    def foremost(self, joining: np.ndarray, reduced: np.ndarray) -> np.ndarray:
        """Those of the `joining` columns [n_columns] that are foremost in one of their rows, as positions."""
        joining = np.flatnonzero(joining)
        _, column, place = places(self.matrix, joining[np.argsort(reduced[joining], kind="stable")])
        return np.unique(column[place < JOINING])

    def join(self, columns: np.ndarray) -> None:
        """Take in further columns (positions)."""
        self.outside[columns] = False
        add_columns(self.highs, self.linear, self.matrix, self.cost, columns)
        self.columns, self.new = np.concatenate([self.columns, columns]), self.new + columns.size

    def cuts(self, options: SolveOptions, seconds: float, draw: np.random.Generator) -> Rows | None:
        """Rows [n, n_columns] and their upper limits that every whole plan keeps and the corner breaks: those with a price."""
        linear = self.linear
        corner = Corner(self.matrix, self.low, self.high, linear.lower, linear.upper, linear.in_steps, self.steady,
                        self.columns, self.plan)  # fmt: skip
        return corner.cuts(self.highs, lambda rows, high: self._priced(rows, high, options, seconds), draw)

    def _priced(self, rows: sparse.csr_matrix, high: np.ndarray, options: SolveOptions, seconds: float) -> np.ndarray:
        """Which rows [n, n_columns of the solver] would have a price [n], none if that was not `ended`; the corner stays."""
        basis, n = self.highs.getBasis(), self.highs.getNumRow()
        add_rows(self.highs, rows, high, np.arange(self.columns.size))
        self.highs.setOptionValue("simplex_iteration_limit", PIVOTS)
        self._run(options, seconds, "simplex", DUAL)
        self.highs.setOptionValue("simplex_iteration_limit", highspy.kHighsIInf)
        self.ended = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        prices = np.asarray(self.highs.getSolution().row_dual)[n:] if self.ended else np.zeros(high.size)
        self.highs.deleteRows(high.size, np.arange(n, n + high.size, dtype=np.int32))
        self.highs.setBasis(basis)
        return prices < -1e-9

    def _run(self, options: SolveOptions, seconds: float, solver: str, method: int) -> None:
        """Solve what the solver has."""
        set_up(self.highs, options, seconds)
        self.highs.setOptionValue("solver", solver)
        self.highs.setOptionValue("simplex_strategy", method)
        run(self.highs)

    def priced_cuts(self) -> Rows | None:
        """The cuts that have a price, over all columns, and their upper limits."""
        priced = self.is_cut & (self.prices < -1e-9)
        return (sparse.csr_matrix(self.matrix)[priced], self.high[priced]) if priced.any() else None

    def by_cuts(self) -> tuple[np.ndarray, float]:
        """What the prices of cuts take from columns [n_columns], and what they add to the bound."""
        price = np.where(self.is_cut, np.minimum(self.prices, 0.0), 0.0)
        return self.matrix.T @ price, float(price[self.is_cut] @ self.high[self.is_cut])

    def drop_cuts(self) -> None:
        """Forget the cuts that have no price; the corner stays."""
        gone = self.is_cut & (self.prices > -1e-9)
        if not gone.any():
            return
        basis, rows = self.highs.getBasis(), np.flatnonzero(gone).astype(np.int32)
        self.highs.deleteRows(rows.size, rows)
        basis.row_status = [status for status, out in zip(basis.row_status, gone.tolist(), strict=True) if not out]
        self.highs.setBasis(basis)
        stay = ~gone
        self.matrix = sparse.csc_matrix(sparse.csr_matrix(self.matrix)[stay])
        self.low, self.high, self.steady = self.low[stay], self.high[stay], self.steady[stay]
        self.is_cut, self.prices = self.is_cut[stay], self.prices[stay]

    def restrict(self, further: Rows | None, *, cut: bool = False) -> None:
        """Take in further rows [n, n_columns] with upper limits [n]."""
        if further is None:
            return
        rows, high = further
        self.matrix = sparse.csc_matrix(sparse.vstack([self.matrix, rows]))
        self.low, self.high = np.append(self.low, np.full(high.size, -np.inf)), np.append(self.high, high)
        self.is_cut = np.append(self.is_cut, np.full(high.size, cut))
        self.prices = np.append(self.prices, np.zeros(high.size))
        steady = np.zeros(high.size, dtype=bool) if cut else steady_rows(rows, self.linear.in_steps, self.linear.upper > 0)
        self.steady = np.append(self.steady, steady)
        add_rows(self.highs, rows, high, self.columns)
        self.method = DUAL


def _sample(linear: LinearModel, cost: np.ndarray, seed: int, least: int) -> np.ndarray:
    """For each row some of its columns, at `least` so many, the cheapest first and equal ones as the seed draws them."""
    draw = np.random.default_rng(seed).random(linear.shape[1])
    row, column, place = places(sparse.csc_matrix(linear.matrix), np.lexsort((draw, cost)))
    most = np.where(np.isfinite(linear.high), np.clip(linear.high, least, MOST), 2)
    keep = np.zeros(linear.shape[1], dtype=bool)
    keep[column[place < most[row]]] = True
    return keep


def used_by(linear: LinearModel, plan: np.ndarray) -> np.ndarray:
    """What a plan uses, and all that follows from it but the flows that it does not use [n_columns]."""
    used = plan > 1e-9
    used[linear.choices :] = True
    used[linear.flows] = plan[linear.flows] > 1e-9
    return used


def places(matrix: sparse.csc_matrix, order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row and column of each entry, and its place in its row, 0 for the first, where columns stand in an `order` [n_columns]."""
    rows = matrix[:, order].tocsr()  # by counting: the entries of a row keep the order of the columns
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    return row, order[rows.indices], np.arange(rows.nnz) - rows.indptr[row]
