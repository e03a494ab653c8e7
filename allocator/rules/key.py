"""Keys of distribution: what the fair share of a place goes by (residents, area, dwellings, any column, a mix)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from allocator.errors import Findings, did_you_mean
from allocator.ledger import Ledger, Stay
from allocator.rules.situation import Level, LevelName, Situation

__all__ = ["Key", "check_key", "counted_shares", "deviations", "shares", "spread_places"]

LARGEST_WEIGHT, LEAST, LARGEST = 1e6, 1e-9, 1e15
"""Weights of a key, and what a column or all weights may add up to: beyond, shares would lose their digits."""

Weight = Annotated[float, Field(ge=0, le=LARGEST_WEIGHT, allow_inf_nan=False)]
Key = str | Annotated[dict[str, Weight], Field(min_length=1)]
"""`residents`, `area`, `dwellings`, a numeric column of social spaces, or several with weights.

Hamburg 2017: `{residents: 0.4, area: 0.2, social_monitoring: 0.4}`; weights are brought to a sum of one.
"""


def spread_places(over: str) -> LevelName:
    """The level behind `over: districts | social_spaces`."""
    return "district" if over == "districts" else "social_space"


def check_key(key: Key, situation: Situation, where: str, findings: Findings) -> None:
    """Add findings for columns that social spaces lack, or that add up to nothing."""
    spaces = situation.city.social_spaces
    known = [name for name in spaces.columns if pd.api.types.is_numeric_dtype(spaces[name])]
    for column in {key: 1.0} if isinstance(key, str) else key:
        if column == "dwellings" and column not in known:
            total = situation.city.buildings["dwellings"].sum()
        elif column in known:
            with np.errstate(over="ignore"):  # a sum beyond all numbers is a finding below
                total = spaces[column].sum()
            if (spaces[column] < 0).any():
                findings.error(f"key '{column}' has negative values", "a share needs values of 0 or more", column=where)
        else:
            findings.error(f"no numeric column '{column}' in social_spaces",
                           did_you_mean(column, [*known, "residents", "area", "dwellings"]), column=where)  # fmt: skip
            continue
        if not total >= LEAST:
            findings.error(f"key '{column}' adds up to zero", "choose a key with values above zero", column=where)
        elif not total <= LARGEST:
            findings.error(f"key '{column}' adds up to {total:g}, too much to share out",
                           "check its values, or write them in a larger unit", column=where)  # fmt: skip
    if not isinstance(key, str) and not sum(key.values()) >= LEAST:
        findings.error("the weights of the key add up to zero", "give at least one weight above zero", column=where)


def shares(key: Key, situation: Situation, level: Level) -> np.ndarray:
    """w(i): share of each place in the key [n_places], adding up to 1."""
    parts = {key: 1.0} if isinstance(key, str) else key
    total = np.zeros(len(level))
    for column, weight in parts.items():
        if column == "dwellings" and column not in situation.city.social_spaces.columns:
            values = situation.buildings_at(
                level, situation.city.buildings["dwellings"].fillna(0).to_numpy(dtype=float)
            )
        else:
            values = situation.of_level(column, level.name)
        total += weight / sum(parts.values()) * values / values.sum()
    return total


def deviations(key: Key, over: str, ledger: Ledger, stays: Iterable[Stay]) -> tuple[dict[str, float], float]:
    """Recount: d(i) in persons by place, and P, for those already there and the given stays."""
    level = spread_places(over)
    share = counted_shares(key, over, ledger)
    persons: dict[str, Any] = dict(ledger.persons_besides(level))
    for place, placed in ledger.add_up(stays, level, lambda stay: stay.household["persons"]).items():
        persons[place] = persons.get(place, 0) + placed
    total = sum(persons.get(place, 0) for place in share)
    return {place: abs(persons.get(place, 0) - share[place] * total) for place in share}, total


def counted_shares(key: Key, over: str, ledger: Ledger) -> dict[str, float]:
    """Recount: w(i), the share of each place in the key, adding up to 1."""
    level = spread_places(over)
    weights = {key: 1.0} if isinstance(key, str) else dict(key)
    share: dict[str, float] = dict.fromkeys(ledger.places(level), 0.0)
    for column, weight in weights.items():
        values = _values(column, level, ledger)
        total = sum(weights.values()) * sum(values[place] for place in share)
        for place in share:
            share[place] += weight * values.get(place, 0) / total
    return share


def _values(column: str, level: str, ledger: Ledger) -> dict[str, float]:
    first = next(iter(ledger.spaces.values()))
    if column != "dwellings" or "dwellings" in first:
        values = ledger.of_spaces(column, level)
    else:
        values = {}
        for building in ledger.buildings.values():
            place = building["space" if level == "social_space" else "district"]
            if place and building["dwellings"] == building["dwellings"]:
                values[place] = values.get(place, 0) + building["dwellings"]
    return {place: values.get(place, 0) for place in ledger.places(level)}
