"""Few columns, proven enough.

Almost all columns of a large model are never used. The linear relaxation over all of them gives row prices, and with
them a reduced cost d(j) for every column and a bound z on every plan. The integer programme is solved over the columns
with small d(j) only. A plan that uses any other column is worse than z + the smallest d(j) left out; so the bound of
the small programme or that sum, whichever is weaker, holds for the whole model, and where the plan found is no further
than that from z, nothing better exists.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.proof import relative_gap
from allocator.scenario.solving import SolveOptions
from allocator.solve.duals import relaxation
from allocator.solve.grain import bound_of_plans
from allocator.solve.highs import TIGHT, Outcome, solve_one
from allocator.solve.late import with_late_rows

__all__ = ["SMALL", "Prices", "prices", "solve_selected"]

SMALL = 800
"""Choices up to which a model is solved as it is."""
GROWTH = 3
"""How many times more columns are taken when the proof asks for more."""


@dataclass(frozen=True)
class Prices:
    """`reduced` [n_columns]: what one unit of a column adds at least to the minimised value; `bound` on every plan.

    Both are in the sense of minimisation, whatever the goal's sense. `x` [n_columns] is the plan of the relaxation.
    """

    reduced: np.ndarray
    bound: float
    x: np.ndarray


def prices(linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float) -> Prices | None:
    """Reduced costs and a bound from the linear relaxation, valid for any row prices; None if there are none.

    The solver's row prices y need not be exact: bound = Σ (low · y⁺ - high · y⁻) + Σ min over lower ≤ x ≤ upper of
    (c - Aᵀy) · x holds for every y that does not price an absent side of a row.
    """
    solved = relaxation(linear, objective, options, seconds, "ipm")
    if solved is None:
        return None
    y, x = solved
    y = np.where((y > 0) & ~np.isfinite(linear.low) | (y < 0) & ~np.isfinite(linear.high), 0.0, y)
    sign = -1.0 if objective.sense == "max" else 1.0
    reduced = sign * objective.cost - linear.matrix.T @ y
    # A price must not earn from a column without upper bound; those are few and continuous, and their rows exact.
    open_ended = ~np.isfinite(linear.upper)
    reduced = np.where(open_ended & (reduced < 0) & (reduced > -1e-6), 0.0, reduced)
    sides = np.where(y > 0, np.where(y > 0, linear.low, 0.0), np.where(y < 0, linear.high, 0.0))
    least = np.where(reduced >= 0, linear.lower, np.where(open_ended, -np.inf, linear.upper))
    with np.errstate(invalid="ignore"):
        bound = float(
            np.nansum(y * np.where(y == 0, 0.0, sides)) + np.nansum(np.where(reduced == 0, 0.0, reduced * least))
        )
    return Prices(reduced, bound + sign * objective.constant, x) if np.isfinite(bound) else None


def solve_selected(
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Like `solve_one`, over as few columns as the proof allows, and as few of the late rows as its plans break."""
    if linear.choices <= SMALL:
        return solve_one(linear, objective, options, seconds, start, progress)
    if not linear.late.size:
        return _over_few_columns(linear, objective, options, seconds, start, progress)
    outcome = with_late_rows(_over_few_columns, linear, objective, options, seconds, start, progress)
    if outcome.x is None or outcome.bound is None:
        return outcome
    return _with_bound(outcome, outcome.bound, options.gap)


def _over_few_columns(
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """The integer programme over a few columns, and over more as long as the proof asks for them."""
    began = time.perf_counter()
    found = prices(linear, objective, options, seconds)
    left = seconds - (time.perf_counter() - began)
    if found is None or left <= 0:
        return solve_one(linear, objective, options, max(left, 0.1), start, progress)
    sign = -1.0 if objective.sense == "max" else 1.0
    rank = _rank(linear, found, options.seed)
    number, useful, best, reached = SMALL, linear.choices, start, None
    while True:
        keep = (rank < number) | (found.x > 1e-9)
        if best is not None:
            keep |= best > 0.5
        everything = bool(keep.all())
        last = everything or number >= useful
        left = seconds - (time.perf_counter() - began)
        share = left if last else left / 2
        outcome = _solve_part(linear, objective, options, share, keep, best, progress)
        if outcome.x is None:
            if everything or (outcome.status == "stopped" and seconds <= time.perf_counter() - began):
                break
            number *= GROWTH
            continue
        best = outcome.x
        value = sign * float(outcome.value or 0.0)
        outside = np.inf if everything else found.bound + float(found.reduced[~keep].min())
        inside = sign * outcome.bound if outcome.bound is not None else -np.inf
        bound = min(value, bound_of_plans(linear, objective, max(found.bound, min(inside, outside))))
        outcome = reached = _with_bound(outcome, sign * bound, options.gap)
        left = seconds - (time.perf_counter() - began)
        if outcome.status != "stopped" or last or left <= 0.02 * seconds:
            break
        # Columns that cost more than value - bound cannot be in a better plan and never come back.
        useful = np.count_nonzero(found.reduced[: linear.choices] <= value - found.bound + 1e-6 * max(1.0, abs(value)))
        number = useful if useful <= number * GROWTH**2 else number * GROWTH
    return replace(outcome if reached is None else reached, seconds=time.perf_counter() - began)


def _rank(linear: LinearModel, found: Prices, seed: int) -> np.ndarray:
    """The order in which choices are taken, cheapest first; equal ones in an order drawn from the seed.

    Columns stand in the order of households, so without the draw a tie would always keep the same households.
    """
    n = linear.choices
    draw = np.random.default_rng(seed).permutation(n)
    scale = 1e-7 * max(1.0, abs(found.bound) / max(1, n))
    order = np.lexsort((draw, np.rint(np.maximum(found.reduced[:n], 0.0) / scale)))
    rank = np.full(linear.shape[1], -1)
    rank[order] = np.arange(n)
    return rank


def _solve_part(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, keep: np.ndarray,
    start: np.ndarray | None, progress: Callable[[str], None] | None,
) -> Outcome:  # fmt: skip
    """The integer programme over the kept columns; x is filled up with zeros."""
    columns = np.flatnonzero(keep)
    part = LinearModel(
        linear.lower[columns], linear.upper[columns], linear.integer[columns],
        [linear.column_names[column] for column in columns], linear.matrix[:, columns].tocsr(), linear.low, linear.high,
        linear.row_names,
    )  # fmt: skip
    small = replace(objective, cost=objective.cost[columns])
    outcome = solve_one(part, small, options, seconds, None if start is None else start[columns], progress)
    if outcome.x is None:
        return outcome
    x = np.zeros(linear.shape[1])
    x[columns] = outcome.x
    return replace(outcome, x=x)


def _with_bound(outcome: Outcome, bound: float, gap: float) -> Outcome:
    """The outcome with a bound that holds for the whole model, and the status that follows from it."""
    value = float(outcome.value or 0.0)
    distance, size = abs(value - bound), max(abs(value), abs(bound))
    if distance <= max(1e-6, TIGHT * size):
        return replace(outcome, status="optimal", bound=value)
    found = relative_gap(value, bound)
    if found is not None and found <= gap * (1 + 1e-6):
        return replace(outcome, status="within_gap", bound=bound)
    return replace(outcome, status="stopped", bound=bound)
