"""What the solver calls infeasible is doubted until an elastic model has said what is missing.

Every hard limit gets a slack that costs one per unit (a person without a place costs one per person). If the least
total slack is above zero, no plan keeps all hard rules, and the slacks say where and by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from allocator.model.build import Model
from allocator.model.linear import LinearModel, Objective
from allocator.model.names import label
from allocator.solve.highs import solve_one
from allocator.scenario.solving import SolveOptions

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
    rows = np.concatenate([np.arange(b.rows.start, b.rows.stop) for b in linear.blocks if b.elastic] or [np.zeros(0)])
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
    weights = _weights(model, slack_rows)
    cost = np.concatenate([np.zeros(linear.shape[1]), weights])
    loose = SolveOptions(gap=max(options.gap, 1e-3), seconds=seconds, seed=options.seed, threads=options.threads)
    outcome = solve_one(elastic, Objective("what is missing", "min", cost), loose, seconds)
    if outcome.x is None:
        return Missing(False, (), None)
    slack = outcome.x[linear.shape[1] :]
    if outcome.bound is not None and outcome.bound <= 1e-6:
        plan = outcome.x[: linear.shape[1]] if float(slack.sum()) <= 1e-6 else None
        return Missing(False, (), plan)
    return Missing(True, _shortages(model, slack_rows, signs, slack), None)


def _weights(model: Model, rows: np.ndarray) -> np.ndarray:
    """One for a unit of a rule's count; the persons of a household for one without a place."""
    persons = np.ones(len(model.linear.row_names))
    for block in model.linear.blocks:
        if block.name == "one_unit":
            window = model.linear.matrix[block.rows]
            for offset, row in enumerate(range(block.rows.start, block.rows.stop)):
                columns = window.indices[window.indptr[offset] : window.indptr[offset + 1]]
                persons[row] = _persons_of(model, columns)
    return persons[rows]


def _persons_of(model: Model, columns: np.ndarray) -> float:
    """Persons of the households behind the columns of a supply row; 1 where no column is left."""
    if not columns.size:
        return 1.0
    column, n_place = int(columns[0]), model.columns.kind.size
    if column < n_place:
        household = model.columns.kinds.first[model.columns.kind[column]]
    else:
        household = model.columns.classes.first[model.columns.flow_class[column - n_place]]
    return float(model.situation.persons[household])


def _shortages(model: Model, rows: np.ndarray, signs: np.ndarray, slack: np.ndarray) -> tuple[Shortage, ...]:
    """What is missing, row by row, the largest first."""
    found: list[Shortage] = []
    names = {label(name): name for name in model.rules}
    persons = _weights(model, rows)
    for row, sign, amount, weight in zip(rows.tolist(), signs.tolist(), slack.tolist(), persons.tolist(), strict=True):
        if amount <= 1e-6:
            continue
        rule, _, place = model.linear.row_names[row].partition("(")
        place = place.rstrip(")").removesuffix(",class")
        if rule == "one_unit":
            found.append(Shortage("", place, amount, amount * weight if sign > 0 else 0.0))
        else:
            found.append(Shortage(names.get(rule.partition("#")[0], rule), place, amount, amount))
    return tuple(sorted(found, key=lambda one: (one.rule, -one.persons, one.place)))
