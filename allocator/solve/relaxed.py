"""Reduced costs and a bound for every column, from the linear relaxation as tight as somebody asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.duals import relaxation
from allocator.solve.heard import time_left
from allocator.solve.prices import guessed
from allocator.solve.sifting import Memory, Sifted, dual_bound, places, sifted_with_cuts, used_by

__all__ = ["MANY", "Prices", "prices"]

MANY = 1_500
"""Columns from which on the relaxation is sifted instead of solved as it is."""


@dataclass(frozen=True)
class Prices:
    """`reduced` [n_columns]: what one unit of a column adds at least to the minimised value; `bound` on every plan.

    Both are in the sense of minimisation, whatever the goal's sense. `x` [n_columns] is the plan of the relaxation, `used`
    [n_columns] marks what it and others that were nearly as good use.
    """

    reduced: np.ndarray
    bound: float
    x: np.ndarray
    used: np.ndarray
    linear: LinearModel
    """The model with the rows that the relaxation got: every plan in whole numbers keeps them."""
    rough: bool = False
    """Whether cuts that lift the bound are still to come."""

    def order(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The order in which choices are taken, cheapest first, and that of flows in their rows [n_columns].

        Equal ones are in an order drawn from the seed: columns stand in the order of households, so without the draw a tie
        would always keep the same households. What follows from choices is always taken.
        """
        linear, n = self.linear, self.linear.choices
        columns = linear.shape[1]
        draw = np.random.default_rng(seed).permutation(columns)
        scale = 1e-7 * max(1.0, abs(self.bound) / max(1, n))
        cost = np.rint(np.maximum(self.reduced, 0.0) / scale)
        order = np.lexsort((draw[:n], cost[:n]))
        rank = np.full(columns, -1)
        rank[order] = np.arange(n)
        turn = np.full(columns, -1)
        if linear.flows.size:
            turn[linear.flows] = columns
            in_turn = linear.flows[np.lexsort((draw[linear.flows], cost[linear.flows]))]
            _, flow, place = places(sparse.csc_matrix(linear.matrix), in_turn)
            np.minimum.at(turn, flow, place)
        return rank, turn


def prices(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, plan: np.ndarray | None = None,
    memory: Memory | None = None, floor: float = -np.inf,
) -> Iterator[Prices]:  # fmt: skip
    """Reduced costs and a bound from the linear relaxation, valid for any row prices; no bound is worse than the one before.

    Cuts that lift the bound further may be made when the next is asked for. `plan` [n_columns] keeps the rows: with one a
    large model is sifted, as far as `floor`, a bound in the sense of minimisation that is known already, leaves anything to
    find. The solver's row prices need not be exact. `memory` counts the seconds, but for those between two bounds.
    """
    memory = Memory() if memory is None else memory
    made = _made(linear, objective, options, seconds, plan, memory, floor)
    while True:
        began = time.perf_counter()
        found = next(made, None)
        memory.pricing_seconds += time.perf_counter() - began
        if found is None:
            return
        yield found


def _made(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, plan: np.ndarray | None,
    memory: Memory, floor: float,
) -> Iterator[Prices]:  # fmt: skip
    """What `prices` says."""
    began, some = time.perf_counter(), False
    if plan is not None and linear.shape[1] > MANY:
        floor = guessed(linear, objective, seconds, plan, memory, floor)
        left, first = time_left(began, seconds), used_by(linear, plan)
        for solved in sifted_with_cuts(linear, objective, options, left, first, memory, floor):
            some = True
            yield from _prices(linear, objective, solved)
    left = time_left(began, seconds)
    found = relaxation(linear, objective, options, left, "ipm") if not some and left > 0 else None
    if found is not None:
        bound, reduced = dual_bound(linear, objective.sign * objective.cost, found[0])
        yield from _prices(linear, objective, Sifted(linear, *found, bound, reduced, found[1] > 1e-9, False))


def _prices(linear: LinearModel, objective: Objective, solved: Sifted) -> Iterator[Prices]:
    """What a relaxation says, if it has a bound; a column that is closed is as dear as can be."""
    reduced = np.where((linear.upper <= 0) & (linear.lower >= 0), np.inf, solved.reduced)
    bound = solved.bound + objective.sign * objective.constant
    if np.isfinite(bound):
        yield Prices(reduced, bound, solved.plan, solved.used, solved.linear, solved.rough)
