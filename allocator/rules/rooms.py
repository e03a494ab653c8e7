"""Rooms that a household needs by the Eurostat standard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["COMPOSITION", "rooms_needed", "rooms_needed_by"]

COMPOSITION = ("adults", "couples", "girls_12_17", "boys_12_17", "children_under_12")
"""Optional columns of households that say who lives in them."""


def rooms_needed(households: pd.DataFrame) -> np.ndarray:
    """Rooms for each household [n_households]: 1 + couples + single adults + pairs of children.

    Eurostat, overcrowding rate (ilc_lvho05): one room for the household, one for each couple, one for each single adult,
    one for each pair of girls and each pair of boys from 12 to 17, one for each pair of children under 12. Where the
    columns of `COMPOSITION` are not given, children of Kita and school age count as under 12, everybody else as adult,
    and two adults as a couple.
    """
    persons = households["persons"].to_numpy(dtype=float)
    young = (households["children_kita"] + households["children_school"]).to_numpy(dtype=float)

    def given(column: str, otherwise: np.ndarray) -> np.ndarray:
        if column not in households.columns:
            return otherwise
        values = pd.to_numeric(households[column], errors="coerce").to_numpy(dtype=float)
        return np.where(np.isnan(values), otherwise, values)

    girls, boys = given("girls_12_17", np.zeros_like(persons)), given("boys_12_17", np.zeros_like(persons))
    children = given("children_under_12", np.maximum(young - girls - boys, 0.0))
    adults = given("adults", np.maximum(persons - girls - boys - children, 0.0))
    couples = given("couples", (adults == 2).astype(float))
    singles = np.maximum(adults - 2 * couples, 0.0)
    return 1 + couples + singles + np.ceil(girls / 2) + np.ceil(boys / 2) + np.ceil(children / 2)


def rooms_needed_by(household: Mapping[str, Any]) -> float:
    """Recount: the same for one row of the list."""

    def given(column: str, otherwise: float) -> float:
        value = household.get(column)
        return otherwise if value is None or value != value or value == "" else float(value)

    girls, boys = given("girls_12_17", 0), given("boys_12_17", 0)
    young = household["children_kita"] + household["children_school"] - girls - boys
    children = given("children_under_12", max(young, 0))
    adults = given("adults", max(household["persons"] - girls - boys - children, 0))
    couples = given("couples", 1 if adults == 2 else 0)
    pairs = sum(-(-number // 2) for number in (girls, boys, children))
    return 1 + couples + max(adults - 2 * couples, 0) + pairs
