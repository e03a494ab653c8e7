"""Segregation of refugees from all other residents: every index at both levels, before and after, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.indicators.bootstrap import COVERAGE, DRAWS, intervals
from allocator.indicators.chance import corrected_dissimilarity, dissimilarity_by_chance
from allocator.indicators.segregation import INDICES, segregation_indices
from allocator.indicators.spatial import SPATIAL_INDICES, spatial_indices

__all__ = ["ALL_INDICES", "LEVELS", "WHEN", "area_segregation", "segregation_intervals"]

LEVELS = ("social_space", "district")
WHEN = ("before", "after")
CORRECTED = ("dissimilarity_by_chance", "dissimilarity_corrected")
ALL_INDICES = (*INDICES, *SPATIAL_INDICES, *CORRECTED)
"""The names of all indices in the order in which results report them."""
NO_NEIGHBOURS = np.zeros((2, 0), dtype=np.intp)


def area_segregation(
    areas: pd.DataFrame, neighbours: dict[str, NDArray[np.intp]] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Indices of refugees against all other residents: level → before, after → index → value (NaN if undefined).

    `areas` is an `area_table`, `neighbours` are those of `neighbours_by_level` for its rows; without them spatial
    indices are undefined. Existing residents are included on both sides; where a place has fewer residents than
    refugees (tables of different days), its refugees are all its residents.
    """
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for level in LEVELS:
        result[level] = {}
        for when in WHEN:
            group, total = _counts(areas, level, when)
            result[level][when] = {
                **segregation_indices(group, total),
                **spatial_indices(group, total, (neighbours or {}).get(level, NO_NEIGHBOURS)),
                "dissimilarity_by_chance": dissimilarity_by_chance(group, total),
                "dissimilarity_corrected": corrected_dissimilarity(group, total),
            }
    return result


def segregation_intervals(areas: pd.DataFrame, neighbours: dict[str, NDArray[np.intp]], seed: int) -> dict[str, Any]:
    """The number of draws, their seed, the coverage, and level → before, after → index → low, high, unbiased.

    Arguments as for `area_segregation`. Before and after are drawn from the same seed.
    """
    by_level = {
        level: {when: intervals(*_counts(areas, level, when), neighbours[level], seed) for when in WHEN}
        for level in LEVELS
    }
    return {"draws": DRAWS, "seed": seed, "coverage": COVERAGE, **by_level}


def _counts(areas: pd.DataFrame, level: str, when: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Refugees and all residents by place."""
    chosen = (areas["level"] == level).to_numpy(dtype=bool)
    refugees = areas[f"refugees_{when}"].to_numpy(dtype=float)[chosen]
    residents = areas["residents" if when == "before" else "residents_after"].to_numpy(dtype=float)[chosen]
    return refugees, np.maximum(residents, refugees)
