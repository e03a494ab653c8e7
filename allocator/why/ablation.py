"""Whether an attribute of households changed anything: the scenario solved again as if nobody had it.

If the model without it is the same, column for column and row for row, it cannot have mattered, and nothing is solved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from allocator.city.tables import TABLES
from allocator.errors import UsageError, did_you_mean
from allocator.goals.base import Stage
from allocator.model.build import Model, build_model
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import StageResult, solve

__all__ = ["Ablation", "ablate", "without"]

NEEDED = ("household_id", "persons", "unit_id")
"""Without these there is no list, or another one."""


@dataclass(frozen=True)
class Ablation:
    """What an attribute changed. `same_model` proves that it cannot have mattered; else the scenario was solved again.

    `changed` are households (positions) that live elsewhere without it, `unit_of` [n_households] where; `stages` the
    goals of the new plan (empty where nothing was solved).
    """

    attribute: str
    same_model: bool
    unit_of: np.ndarray
    changed: tuple[int, ...]
    stages: tuple[StageResult, ...]


def without(situation: Situation, attribute: str) -> Situation:
    """The situation in which no household has the attribute, a column of households; UsageError for no column."""
    households = situation.households
    known = [name for name in households.columns if name not in NEEDED]
    if attribute not in known:
        what = f"cannot be left out: there is no plan without '{attribute}'" if attribute in NEEDED else (
            f"households have no column '{attribute}'")  # fmt: skip
        raise UsageError(f"--ablate {attribute}: {what}; {did_you_mean(attribute, known)}")
    column = next((one for one in TABLES["households"].columns if one.name == attribute), None)
    kept = households[attribute]
    if column is not None and column.default is not None:
        empty: object = column.default
    elif pd.api.types.is_bool_dtype(kept):
        empty = False
    elif pd.api.types.is_numeric_dtype(kept):
        empty = np.nan
    else:
        empty = pd.NaT if pd.api.types.is_datetime64_any_dtype(kept) else ""
    blank = pd.Series([empty] * len(kept), index=kept.index)
    if not (pd.api.types.is_integer_dtype(kept) and pd.isna(empty)):
        blank = blank.astype(kept.dtype)
    return replace(situation, households=households.assign(**{attribute: blank}))


def ablate(
    situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage], unit_of: np.ndarray,
    options: SolveOptions, attribute: str,
) -> Ablation:  # fmt: skip
    """Solve without an attribute, unless the model shows that nothing can change; see `Ablation`."""
    blank = without(situation, attribute)
    one, other = build_model(situation, rules, stages), build_model(blank, rules, stages)
    if _same(one, other):
        return Ablation(attribute, True, unit_of, (), ())
    solution = solve(blank, rules, stages, options)
    found = unit_of if solution.unit_of is None else solution.unit_of
    changed = tuple(int(household) for household in np.flatnonzero(found != unit_of))
    return Ablation(attribute, False, found, changed, solution.stages)


def _same(one: Model, other: Model) -> bool:
    """Whether two models are the same in everything from which a plan is made."""
    a, b = one.linear, other.linear
    if a.shape != b.shape or len(a.objectives) != len(b.objectives) or a.matrix.nnz != b.matrix.nnz:
        return False
    arrays = [
        (a.lower, b.lower),
        (a.upper, b.upper),
        (a.integer, b.integer),
        (a.low, b.low),
        (a.high, b.high),
        (a.matrix.indptr, b.matrix.indptr),
        (a.matrix.indices, b.matrix.indices),
        (a.matrix.data, b.matrix.data),
    ]
    arrays += [(p.cost, q.cost) for p, q in zip(a.objectives, b.objectives, strict=True)]
    for name in ("kinds", "classes", "units"):
        arrays.append((getattr(one.columns, name).of, getattr(other.columns, name).of))
    arrays += [(getattr(one.columns, name), getattr(other.columns, name)) for name in ("kind", "unit", "cell")]
    flows, others = one.columns.flows, other.columns.flows
    arrays += [(getattr(flows, name), getattr(others, name)) for name in ("of_class", "of_pool", "cell")]
    arrays.append((flows.pools.of, others.pools.of))
    return all(np.array_equal(p, q) for p, q in arrays)
