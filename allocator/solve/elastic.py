"""What the solver calls infeasible is doubted until an elastic model has said what is missing.

Every hard limit gets a slack that costs one per unit (a person without a place costs more). If the least
total slack is above zero, no plan keeps all hard rules, and the slacks say where and by how much. Of a large model the
relaxation alone mostly says so, in a second: then it is asked before anything else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from allocator.model.build import Model
from allocator.model.linear import LinearModel, Objective
from allocator.model.names import joined
from allocator.scenario.solving import SolveOptions
from allocator.solve.heard import time_left
from allocator.solve.highs import solve_one
from allocator.solve.quickly import least, relaxed
from allocator.solve.selection import SMALL

__all__ = ["PATIENCE", "Missing", "Shortage", "surely_missing", "what_is_missing"]

PATIENCE = 1.0
"""Seconds that the search for what is missing may take beyond the time limit: `infeasible` must be confirmed."""
NEAR = 1e-3
"""How near the least is asked for."""
NOTHING = 1e-6
"""What is missing up to this is rounding."""
CERTAIN = 1e-3
"""What a relaxation alone must show to be missing: row prices are rounded, and many columns add that up."""


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


def what_is_missing(model: Model, options: SolveOptions, seconds: float, start: np.ndarray | None = None) -> Missing:
    """Solve the elastic copy of a model; at most `seconds` long, from `start` [n_columns of the model]."""
    began = time.perf_counter()
    if start is not None and (found := surely_missing(model, options, seconds, start)) is not None:
        return found
    elastic = _elastic(model)
    loose = SolveOptions(gap=max(options.gap, NEAR), seconds=seconds, seed=options.seed, threads=options.threads)
    outcome = solve_one(elastic.linear, elastic.objective, loose, max(time_left(began, seconds), PATIENCE))
    if outcome.x is None:
        return Missing(False, (), None)
    slack = outcome.x[model.linear.shape[1] :]
    if float(slack.sum()) <= NOTHING:
        return Missing(False, (), outcome.x[: model.linear.shape[1]])
    if outcome.bound is None or outcome.bound <= NOTHING:
        return Missing(False, (), None)  # something is missing in this plan; that it must be is not proven
    return Missing(True, _shortages(model, elastic, slack), None)


def surely_missing(model: Model, options: SolveOptions, seconds: float, start: np.ndarray) -> Missing | None:
    """What is missing where the relaxation alone proves that something is; None for small models and for all others.

    `start` [n_columns] is NaN where it follows from the rest, and need be no plan.
    """
    began = time.perf_counter()
    if model.linear.choices <= SMALL:
        return None
    elastic = _elastic(model)
    begin = np.append(start, np.full(elastic.rows.size, np.nan))
    loose = SolveOptions(gap=max(options.gap, NEAR), seconds=seconds, seed=options.seed, threads=options.threads)
    known = relaxed(elastic.linear, elastic.objective, loose, seconds / 2, begin)
    if known is None or known.bound <= CERTAIN:
        return None
    household = model.columns.household_of_choice
    left = max(time_left(began, seconds), PATIENCE)
    found = least(elastic.linear, elastic.objective, loose, left, household, begin, known=known)
    if found is None:
        return None
    return Missing(True, _shortages(model, elastic, found.x[model.linear.shape[1] :]), None)


@dataclass(frozen=True)
class _Elastic:
    """A model whose doubted limits may be exceeded: `rows` of the slacks [n_slacks], which are its last columns."""

    linear: LinearModel
    objective: Objective
    rows: np.ndarray
    signs: np.ndarray
    """-1 for what is over an upper side, 1 for what a lower side lacks [n_slacks]."""


def _elastic(model: Model) -> _Elastic:
    """The elastic copy of a model."""
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
    most = np.concatenate([_reach(linear, 1.0)[down] - linear.high[down], linear.low[up] + _reach(linear, -1.0)[up]])
    elastic = LinearModel(
        np.concatenate([linear.lower, np.zeros(n)]), np.concatenate([linear.upper, np.maximum(most, 0.0)]),
        np.concatenate([linear.integer, np.zeros(n, dtype=bool)]),
        joined([linear.column_names, [f"missing_{kind}{row}" for row, kind in zip(slack_rows, signs > 0, strict=True)]]),
        sparse.csr_matrix(sparse.hstack([linear.matrix, extra])), linear.low, linear.high, linear.row_names,
        choices=linear.choices,
    )  # fmt: skip
    persons = _persons(model, slack_rows)
    # A household without a place costs more than all the limits that its place could break: a limit is named where it
    # is the cause, a missing place only where units are missing.
    limits = np.isnan(_persons(model, rows))
    breaks = float(np.asarray(abs(linear.matrix[rows[limits]]).sum(axis=0)).max(initial=0.0))
    weights = np.where(np.isnan(persons), 1.0, 1.01 * persons + breaks)
    cost = np.concatenate([np.zeros(linear.shape[1]), weights])
    return _Elastic(elastic, Objective("what is missing", "min", cost), slack_rows, signs)


def _reach(linear: LinearModel, sign: float) -> np.ndarray:
    """The largest value that `sign` times each row can have by the bounds of its columns [n_rows]."""
    entries = sparse.coo_matrix(linear.matrix)
    side = np.where(sign * entries.data > 0, linear.upper[entries.col], linear.lower[entries.col])
    return np.bincount(entries.row, weights=sign * entries.data * side, minlength=linear.shape[0])


def _persons(model: Model, rows: np.ndarray) -> np.ndarray:
    """Persons of the household to whom a row gives a unit; NaN for the rows of rules."""
    persons = np.full(len(model.linear.row_names), np.nan)
    for block in model.linear.blocks:
        if block.households is not None:
            persons[block.rows] = model.situation.persons[block.households]
    return persons[rows]


def _shortages(model: Model, elastic: _Elastic, slack: np.ndarray) -> tuple[Shortage, ...]:
    """What is missing, row by row, the largest first."""
    rows, signs = elastic.rows, elastic.signs
    found: list[Shortage] = []
    ids = model.situation.households["household_id"].to_numpy(dtype=object)
    block_of = {row: block for block in model.linear.blocks for row in range(block.rows.start, block.rows.stop)}
    persons = _persons(model, rows)
    for row, sign, amount, each in zip(rows.tolist(), signs.tolist(), slack.tolist(), persons.tolist(), strict=True):
        if amount <= NOTHING:
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
