"""What keeping the value of the soft rules says of each of them.

The relaxation trades half a flat too many against a seat that is missing; in whole numbers there is nothing to trade. With
the value kept as a row, the most that a rule's excess can be in the relaxation, rounded down to what whole plans can have,
holds for every later goal: mostly it is what the plan at hand has.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy import sparse

from allocator.model.build import Model
from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.grain import bound_of_plans, step
from allocator.solve.heard import time_left
from allocator.solve.knapsacks import rounded
from allocator.solve.sifting import Memory, dual_bound, sifted, used_by

__all__ = ["largest_excess", "with_totals"]

TIGHT = 1e-6
"""Relative distance of relaxation and value below which there is nothing to trade."""


def largest_excess(
    model: Model, linear: LinearModel, kept: Objective, options: SolveOptions, seconds: float, x: np.ndarray,
    memory: Memory,
) -> dict[str, float]:  # fmt: skip
    """The most that every plan can have of each soft rule's excess, where the relaxation proves less than it allows.

    `linear` is the model with the row that keeps the value of the goal `kept`, which is minimised, x [n_columns] a plan
    that has it. `memory` has the goal's relaxation; it gets what is known of it with the limits that were found, so that
    the search ends as soon as the relaxation has no more to trade.
    """
    began = time.perf_counter()
    found: dict[str, float] = {}
    value, weights = kept.value(x), model.weights
    known = memory.bound if memory.cuts is None else -np.inf  # later goals do not have the cuts
    for name in sorted(model.excess, key=lambda one: (-weights[one], one)):
        left = time_left(began, seconds)
        if value - known <= TIGHT * max(1.0, abs(value)) or left <= 0:
            break
        excess = Objective(name, "max", model.excess[name])
        steps = step(linear, excess)
        if not excess.cost.any() or steps is None or (excess.cost < 0).any():
            continue
        # One step above the plan at hand is more than proven once half a step is.
        enough = -excess.value(x) - 0.5 * steps
        solved = sifted(linear, excess, options, left, used_by(linear, x), Memory(memory.columns), enough=enough)
        if solved is None:
            continue
        bound = bound_of_plans(linear, excess, dual_bound(linear, -excess.cost, solved[0])[0])
        if -bound >= solved[1] @ excess.cost - TIGHT * max(1.0, abs(bound)):
            continue  # whole numbers take nothing away
        found[name] = -bound
        linear = rounded(with_totals(model, linear, {name: found[name]}))
        left = time_left(began, seconds)
        solved = sifted(linear, kept, options, left, used_by(linear, x), memory) if left > 0 else None
        if solved is not None:
            bound, reduced = dual_bound(linear, kept.cost, solved[0])
            known = max(known, bound + kept.constant)
            if bound + kept.constant > memory.bound:
                memory.bound, memory.reduced = bound + kept.constant, reduced
    return found


def with_totals(model: Model, linear: LinearModel, most: dict[str, float]) -> LinearModel:
    """The model, with the columns of `linear`, where no soft rule's excess is more than these."""
    for name, limit in most.items():
        cost = model.excess[name]
        if limit <= TIGHT:
            linear = replace(linear, upper=np.where(cost > 0, np.minimum(linear.upper, 0.0), linear.upper))
        else:
            row = sparse.csr_matrix(cost[None, :])
            linear = linear.with_rows(row, np.array([-np.inf]), np.array([limit]), [f"most_{name}"])
    return linear
