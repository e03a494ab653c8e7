"""What the solver calls infeasible is doubted until an elastic model has said what is missing.

Every hard limit gets a slack that costs one per unit (a person without a place costs more). If the least
total slack is above zero, no plan keeps all hard rules, and the slacks say where and by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from allocator.model.build import Model
from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.highs import solve_one

__all__ = ["Missing", "Shortage", "what_is_missing"]


@dataclass(frozen=True)
class Shortage:
    """What one hard limit lacks: `amount` over the limit of `rule` at `place` (empty: the whole city).

    Without a rule: `amount` households like `place`, of `persons` in all, find no unit.
    """

    rule: str
    place: str
    amount: float
    persons: float


@dataclass(frozen=True)
class Missing:
    """`confirmed` infeasible, with the `shortages`; or a plan `x` that proves the contrary."""

    confirmed: bool
    shortages: tuple[Shortage, ...]
    x: np.ndarray | None


def what_is_missing(model: Model, options: SolveOptions, seconds: float) -> Missing:
    """Solve the elastic copy of a model; at most `seconds` long."""
    linear = model.linear
    # Places in shared units are no rule: who finds none there is a household without a place.
    doubted = [b for b in linear.blocks if b.elastic and (b.rule or b.households is not None)]
    rows = np.concatenate([np.arange(b.rows.start, b.rows.stop) for b in doubted] or [np.zeros(0)])
    rows = rows.astype(int)
    upper = np.isfinite(linear.high[rows])
    lower = np.isfinite(linear.low[rows])
    down, up = rows[upper], rows[lower]
    slack_rows = np.concatenate([down, up])
    signs = np.concatenate([-np.ones(down.size), np.ones(up.size)])
    extra = sparse.csr_matrix((signs, (slack_rows, np.arange(slack_rows.size))), (linear.shape[0], slack_rows.size))
    n = slack_rows.size
    elastic = LinearModel(
        np.concatenate([linear.lower, np.zeros(n)]), np.concatenate([linear.upper, np.full(n, np.inf)]),
        np.concatenate([linear.integer, np.zeros(n, dtype=bool)]),
        [*linear.column_names, *(f"missing_{kind}{row}" for row, kind in zip(slack_rows, signs > 0, strict=True))],
        sparse.csr_matrix(sparse.hstack([linear.matrix, extra])), linear.low, linear.high, linear.row_names,
    )  # fmt: skip
    persons = _persons(model, slack_rows)
    # A household without a place costs more than all the limits that its place could break: a limit is named where it
    # is the cause, a missing place only where units are missing.
    limits = np.isnan(_persons(model, rows))
    breaks = float(np.asarray(abs(linear.matrix[rows[limits]]).sum(axis=0)).max(initial=0.0))
    weights = np.where(np.isnan(persons), 1.0, 1.01 * persons + breaks)
    cost = np.concatenate([np.zeros(linear.shape[1]), weights])
    loose = SolveOptions(gap=max(options.gap, 1e-3), seconds=seconds, seed=options.seed, threads=options.threads)
    outcome = solve_one(elastic, Objective("what is missing", "min", cost), loose, seconds)
    if outcome.x is None:
        return Missing(False, (), None)
    slack = outcome.x[linear.shape[1] :]
    if float(slack.sum()) <= 1e-6:
        return Missing(False, (), outcome.x[: linear.shape[1]])
    if outcome.bound is None or outcome.bound <= 1e-6:
        return Missing(False, (), None)  # something is missing in this plan; that it must be is not proven
    return Missing(True, _shortages(model, slack_rows, signs, slack), None)


def _persons(model: Model, rows: np.ndarray) -> np.ndarray:
    """Persons of the household to whom a row gives a unit; NaN for the rows of rules."""
    persons = np.full(len(model.linear.row_names), np.nan)
    for block in model.linear.blocks:
        if block.households is not None:
            persons[block.rows] = model.situation.persons[block.households]
    return persons[rows]


def _shortages(model: Model, rows: np.ndarray, signs: np.ndarray, slack: np.ndarray) -> tuple[Shortage, ...]:
    """What is missing, row by row, the largest first."""
    found: list[Shortage] = []
    ids = model.situation.households["household_id"].to_numpy(dtype=object)
    block_of = {row: block for block in model.linear.blocks for row in range(block.rows.start, block.rows.stop)}
    persons = _persons(model, rows)
    for row, sign, amount, each in zip(rows.tolist(), signs.tolist(), slack.tolist(), persons.tolist(), strict=True):
        if amount <= 1e-6:
            continue
        block = block_of[row]
        position = row - block.rows.start
        place = block.labels[position] if block.labels else ""
        if block.households is not None:
            place = str(ids[block.households[position]])
            found.append(Shortage("", place, amount, amount * each if sign > 0 else 0.0))
        else:
            found.append(Shortage(block.rule, place, amount, amount))
    return tuple(sorted(found, key=lambda one: (one.rule, -one.persons, one.place)))
