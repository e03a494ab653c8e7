"""A good plan soon: an integer programme over the columns that row prices call cheap, and what is proven of it.

An offer to a council need not be the very least; it must be one that holds, and it must say whether less is impossible.
Small models are solved to the end.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.duals import relaxation
from allocator.solve.grain import bound_of_plans, in_units
from allocator.solve.highs import solve_one
from allocator.solve.selection import SMALL, solve_selected

__all__ = ["Promise", "Relaxed", "least", "lowest", "reaches", "relaxed"]

FEW, MORE = 3000, 3
"""Choices that the integer programme is given, the cheapest first; how many times more if these hold no plan."""
EACH = 4
"""Choices of each class of households among the first."""


@dataclass(frozen=True)
class Relaxed:
    """A solved relaxation: row prices [n_rows], its plan [n_columns], and the bound on every plan that follows."""

    price: np.ndarray
    x: np.ndarray
    bound: float


@dataclass(frozen=True)
class Promise:
    """Which columns are promising: those cheap at some row prices [n_rows], those of a plan (`used` [n_columns]).

    `household` [n_choices] is the class of households of each choice: each has some among the first.
    """

    price: np.ndarray
    used: np.ndarray
    household: np.ndarray

    def rank(self, linear: LinearModel, seed: int) -> np.ndarray:
        """The order in which choices are taken, equal ones as drawn; -1 for columns that follow [n_columns]."""
        n = linear.choices
        reduced = np.rint((linear.matrix.T @ -self.price)[:n] / 1e-6)
        order = np.lexsort((np.random.default_rng(seed).permutation(n), reduced))
        mine = self.household[order]
        by_household = np.argsort(mine, kind="stable")
        first = np.searchsorted(mine[by_household], mine[by_household])
        turn = np.empty(n, dtype=int)
        turn[by_household] = np.arange(n) - first
        position = np.empty(n, dtype=int)
        position[np.lexsort((np.arange(n), turn >= EACH))] = np.arange(n)
        rank = np.full(linear.shape[1], -1)
        rank[order] = position
        return rank


def relaxed(linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float) -> Relaxed | None:
    """The relaxation of a minimised objective; None where it has no plan, or none was found in time."""
    solved = relaxation(linear, objective, options, max(seconds, 0.1), "ipm")
    return None if solved is None else Relaxed(*solved, lowest(linear, objective, solved[0]))


def lowest(linear: LinearModel, objective: Objective, price: np.ndarray) -> float:
    """Below which no plan is, by row prices that may be any: Σ price · side of the row + Σ least of the rest."""
    price = np.where((price > 0) & ~np.isfinite(linear.low) | (price < 0) & ~np.isfinite(linear.high), 0.0, price)
    side = np.where(price > 0, linear.low, linear.high)
    rest = objective.cost - linear.matrix.T @ price
    rest = np.where(np.abs(rest) < 1e-9, 0.0, rest)
    least = np.where(rest >= 0, linear.lower, linear.upper)
    with np.errstate(invalid="ignore"):
        rows, columns = np.where(price == 0, 0.0, price * side).sum(), np.where(rest == 0, 0.0, rest * least).sum()
    return float(rows + columns) + objective.constant


def least(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, promise: Promise,
    start: np.ndarray | None = None, bound: float | None = None,
) -> tuple[np.ndarray, float, bool] | None:  # fmt: skip
    """A plan x [n_columns] with a small value, the value, and whether it is proven to be the least; None for none.

    `start` [n_columns] is NaN where it follows from the rest; `bound` is one on every plan, where somebody has it.
    """
    until = time.perf_counter() + max(seconds, 0.1)
    small = in_units(linear, objective)
    if linear.choices <= SMALL:
        outcome = solve_selected(linear, small, options, max(seconds, 0.1), start)
        if outcome.x is None:
            return None
        return outcome.x, float(outcome.value or 0.0) * small.unit, outcome.status == "optimal"
    rank = promise.rank(linear, options.seed)
    number = FEW
    while (left := until - time.perf_counter()) > 0:
        keep = (rank < number) | promise.used
        if start is not None:
            keep |= start > 0.5
        columns = np.flatnonzero(keep)
        part = linear.part(columns)
        outcome = solve_one(part, replace(small, cost=small.cost[columns]), options, left,
                            None if start is None else start[columns])  # fmt: skip
        if outcome.x is not None:
            x = np.zeros(linear.shape[1])
            x[columns] = outcome.x
            value = float(objective.value(x))
            return x, value, bound is not None and reaches(linear, objective, value, bound)
        if keep.all():
            return None
        number *= MORE
    return None


def reaches(linear: LinearModel, objective: Objective, value: float, bound: float) -> bool:
    """Whether no plan has a smaller value, by a bound."""
    return value <= bound_of_plans(linear, objective, bound) + max(1e-6, 1e-9 * abs(value))
