"""A good plan soon: an integer programme over the columns that row prices call cheap, and what is proven of it.

What is missing, or what a council is offered, need not be the very least; it must hold, and it must be said whether less
is impossible.
Small models are solved to the end. Of a large one the relaxation is sifted first, from the plan at hand: its row prices say
which columns to take, and its bound when to stop.
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
from allocator.solve.relaxed import MANY
from allocator.solve.selection import SMALL, solve_selected
from allocator.solve.sifting import sifted

__all__ = ["Answer", "Relaxed", "least", "lowest", "relaxed"]

FEW, MORE = 1000, 3
"""Choices that the integer programme is given beside those of the relaxation, the cheapest first; how many times more if
these hold no plan."""
EACH = 4
"""Choices of each class of households among the first."""


@dataclass(frozen=True)
class Relaxed:
    """A solved relaxation: row prices [n_rows], its plan [n_columns], and the bound on every plan that follows."""

    price: np.ndarray
    x: np.ndarray
    bound: float


@dataclass(frozen=True)
class Answer:
    """A plan x [n_columns], its value, and whether it is proven to be the least; the relaxation, where one was solved."""

    x: np.ndarray
    value: float
    proven: bool
    relaxed: Relaxed | None = None


def relaxed(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, start: np.ndarray | None = None
) -> Relaxed | None:
    """The relaxation of a minimised objective; None where it has no plan, or none was found in time.

    With a plan to `start` from [n_columns], NaN where it follows from the rest, a large one is sifted.
    """
    until = time.perf_counter() + max(seconds, 0.1)
    small, solved = in_units(linear, objective), None
    if start is not None and linear.shape[1] > MANY:
        first = np.nan_to_num(start) > 1e-9
        first[linear.choices :] = True
        solved = sifted(linear, small, options, max(seconds, 0.1), first)
    left = until - time.perf_counter()
    if solved is None and left > 0:
        solved = relaxation(linear, small, options, left, "ipm")
    if solved is None:
        return None
    price = solved[0] * small.unit
    return Relaxed(price, solved[1], lowest(linear, objective, price))


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
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, household: np.ndarray,
    start: np.ndarray, bound: float = -np.inf, known: Relaxed | None = None,
) -> Answer | None:  # fmt: skip
    """A plan with a small value; None if none was found.

    `household` [n_choices] is the class of households of each choice: each has some among the first. `start`
    [n_columns] is NaN where it follows from the rest, and need be no plan; `bound` is one on every plan and `known` the
    relaxation, where somebody has them.
    """
    until = time.perf_counter() + max(seconds, 0.1)
    small = in_units(linear, objective)
    if linear.choices <= SMALL:
        outcome = solve_selected(linear, small, options, max(seconds, 0.1), start)
        if outcome.x is None:
            return None
        return Answer(outcome.x, float(outcome.value or 0.0) * small.unit, outcome.status == "optimal")
    known = known or relaxed(linear, objective, options, seconds / 2, start)
    floor = bound_of_plans(linear, objective, bound if known is None else max(bound, known.bound)) / small.unit
    # Whoever reaches the bound need not go on to prove it.
    target = floor + 1e-9 * max(1.0, abs(floor)) if np.isfinite(floor) else None
    reduced = objective.cost if known is None else objective.cost - linear.matrix.T @ known.price
    rank = _rank(linear, reduced, household, options.seed)
    some = start > 0.5
    if known is not None:
        some |= known.x > 1e-9
    number = FEW
    while (left := until - time.perf_counter()) > 0:
        keep = (rank < number) | some
        columns = np.flatnonzero(keep)
        part = linear.part(columns)
        outcome = solve_one(
            part, replace(small, cost=small.cost[columns]), options, left, start[columns], target=target
        )
        if outcome.x is not None:
            x = np.zeros(linear.shape[1])
            x[columns] = outcome.x
            value = float(objective.value(x))
            return Answer(x, value, _reaches(linear, objective, value, floor * small.unit), known)
        if keep.all():
            return None
        number *= MORE
    return None


def _reaches(linear: LinearModel, objective: Objective, value: float, bound: float) -> bool:
    """Whether no plan has a smaller value, by a bound."""
    return value <= bound_of_plans(linear, objective, bound) + max(1e-6, 1e-9 * abs(value))


def _rank(linear: LinearModel, reduced: np.ndarray, household: np.ndarray, seed: int) -> np.ndarray:
    """The order in which choices are taken, by reduced costs [n_columns] and equal ones as drawn [n_columns].

    Each class of households has some of its own among the first; -1 for columns that follow.
    """
    n = linear.choices
    order = np.lexsort((np.random.default_rng(seed).permutation(n), np.rint(reduced[:n] / 1e-6)))
    mine = household[order]
    by_household = np.argsort(mine, kind="stable")
    first = np.searchsorted(mine[by_household], mine[by_household])
    turn = np.empty(n, dtype=int)
    turn[by_household] = np.arange(n) - first
    position = np.empty(n, dtype=int)
    position[np.lexsort((np.arange(n), turn >= EACH))] = np.arange(n)
    rank = np.full(linear.shape[1], -1)
    rank[order] = position
    return rank
