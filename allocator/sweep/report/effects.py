"""How much of an outcome's variation goes back to each thing that varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Binding", "SobolEffect", "begins_to_bind", "main_effects", "sobol_effects"]

CLASSES = 5
"""Classes of equal size into which a name with many values is cut."""


def main_effects(table: pd.DataFrame, names: Sequence[str], outcome: str) -> dict[str, float]:
    """The correlation ratio of each name: Var(mean of the outcome at each value) / Var(outcome), 0 to 1.

    Pearson's η²; in a full grid with equal numbers of runs it is the first-order Sobol index of the grid (Saltelli et
    al. 2008, doi:10.1002/9780470725184, ch. 1). A name with more than ten values is cut into five classes of equal
    size. Values of null are a class of their own. Empty where the outcome does not vary.
    """
    known = table[table[outcome].notna()]
    values = known[outcome].to_numpy(dtype=float)
    if values.size < 2 or float(np.ptp(values)) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return {}
    found = {}
    for name in names:
        means = known.groupby(_classes(known[name]))[outcome].transform("mean").to_numpy(dtype=float)
        found[name] = float(np.var(means) / np.var(values))
    return found


def _classes(column: pd.Series) -> np.ndarray:
    """A whole number for each value, or for each class of values."""
    codes, values = pd.factorize(column, sort=False)
    if len(values) > 10 and pd.api.types.is_numeric_dtype(column):
        rank = column.rank(method="average", pct=True).to_numpy(dtype=float)
        return np.where(codes < 0, -1, np.ceil(np.nan_to_num(rank) * CLASSES)).astype(int)
    return codes


@dataclass(frozen=True)
class SobolEffect:
    """First-order and total Sobol index of one name: what it does alone, and with everything it acts together with."""

    first: float
    total: float


def sobol_effects(
    table: pd.DataFrame, sample: dict[str, Any] | None, others: Sequence[str], outcome: str
) -> dict[str, SobolEffect]:
    """Sobol indices of a `saltelli` sample; empty where the design has none, or where a run of it has no value.

    Estimators of Saltelli et al. 2010 (doi:10.1016/j.cpc.2009.09.018) as `scipy.stats.sobol_indices` has them. Draws
    are averaged; `others` are names outside the sample, of which none may vary.
    """
    if (
        sample is None
        or sample["method"] != "saltelli"
        or any(table[name].nunique(dropna=False) > 1 for name in others)
    ):
        return {}
    from scipy.stats import sobol_indices

    names, size = list(sample["of"]), int(sample["size"])
    draws = int(table["draw"].nunique()) if "draw" in table else 1
    values = table[outcome].to_numpy(dtype=float)
    # Points of the sample follow each other, each with all its draws.
    if values.size != size * (len(names) + 2) * draws or not np.isfinite(values).all():
        return {}
    blocks = values.reshape(len(names) + 2, size, draws).mean(axis=2)
    if float(np.ptp(blocks)) <= 1e-12 * max(1.0, float(np.abs(blocks).max())):
        return {}
    told = {"f_A": blocks[[0]], "f_B": blocks[[1]], "f_AB": blocks[2:, None, :]}
    result = sobol_indices(func=told, n=size)
    first, total = np.ravel(result.first_order), np.ravel(result.total_order)
    return {name: SobolEffect(float(first[number]), float(total[number])) for number, name in enumerate(names)}


@dataclass(frozen=True)
class Binding:
    """Where a limit begins to cost something: `value` is the loosest one at which a goal is worse than at `loosest`.

    None where no value of the design costs anything. `where` holds the values of everything else; over draws `low` and
    `high` are the ends of `value`.
    """

    name: str
    where: dict[str, Any]
    value: float | None
    low: float | None
    high: float | None
    loosest: float | None
    draws: int


def begins_to_bind(table: pd.DataFrame, names: Sequence[str], goals: Sequence[str]) -> list[Binding]:
    """For each name that says how much a rule allows: where it begins to bind, for every combination of the rest.

    Values are taken from the loosest (off, then the largest) to the tightest; the first at which any of `goals`
    (columns) differs from that of the loosest, or at which there is no plan, is where the rule begins to bind.
    """
    found: list[Binding] = []
    for name in names:
        if not (name.startswith("rules.") and name.endswith(".at_most")) or table[name].nunique(dropna=False) < 2:
            continue
        if not pd.api.types.is_numeric_dtype(table[name]):
            continue
        rest = [other for other in ("base", *names) if other != name]
        for key, group in table.groupby(rest, dropna=False, sort=False):
            parts = [part for _, part in group.groupby("draw")] if "draw" in group else [group]
            at = [_first_that_costs(part, name, goals) for part in parts if part[name].nunique(dropna=False) > 1]
            if not at:
                continue
            known = sorted(value for value in at if value is not None)
            loosest = None if group[name].isna().any() else float(group[name].max())
            middle = float(np.median(known)) if len(known) * 2 > len(at) else None
            ends = (known[0], known[-1]) if known else (None, None)
            where = {other: _plain(value) for other, value in zip(rest, key, strict=True)}
            found.append(Binding(name, where, middle, *ends, loosest, len(at)))
    return found


def _plain(value: Any) -> Any:
    return None if value is None or value != value else value


def _first_that_costs(part: pd.DataFrame, name: str, goals: Sequence[str]) -> float | None:
    ordered = part.sort_values(name, ascending=False, na_position="first", kind="stable")
    loosest = ordered.iloc[0]
    for _, row in ordered.iloc[1:].iterrows():
        if row["status"] in ("infeasible", "failed") or any(_differs(row[goal], loosest[goal]) for goal in goals):
            return float(row[name])
    return None


def _differs(one: Any, other: Any) -> bool:
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one) != pd.isna(other))
    return abs(one - other) > 1e-6 * max(1.0, abs(one), abs(other))
