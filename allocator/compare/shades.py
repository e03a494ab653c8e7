"""Colours of several plans with the same classes, and of what one has more or less than another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from allocator.maps.classes import Classes, diverging_classes
from allocator.maps.indicators import INDICATORS, Indicator, indicator_classes

__all__ = ["SHADES", "difference_shades", "plan_shades"]

SHADES: tuple[Indicator, ...] = tuple(
    one for one in INDICATORS if one.column in ("share_after", "change", "free", "deviation_after")
)
"""Indicators of the map that say what a plan does; those of today are the same in all plans."""

DIFFERENCE_SCHEME = "PRGn_r"
_TENTHS = 1000.0
"""Shares differ in tenths of a percentage point."""


def plan_shades(areas: Sequence[pd.DataFrame], decimal: str) -> list[dict[str, Any]]:
    """For each indicator its classes over all plans together: one legend, whatever the number of maps.

    `areas` holds for each plan the area rows of the social spaces, in the same order of places. `class`, `values` and
    `counts` have one list for each plan.
    """
    return [
        _shade(one, indicator_classes(one, pd.concat(areas)), [table[one.column] for table in areas], decimal)
        for one in SHADES
    ]


def difference_shades(areas: Sequence[pd.DataFrame], decimal: str) -> list[dict[str, Any]]:
    """The same for what each plan but the first has more than the first; the classes of zero stand in the middle.

    Differences of shares are those in percentage points, classed in tenths of one.
    """
    shades = []
    for one in SHADES:
        factor = _TENTHS if one.kind == "percent" else 1.0
        first = areas[0][one.column].to_numpy(dtype=float)
        apart = [pd.Series((table[one.column].to_numpy(dtype=float) - first) * factor) for table in areas[1:]]
        classes = diverging_classes(np.concatenate(apart), DIFFERENCE_SCHEME)
        made = _shade(one, classes, apart, decimal)
        if one.kind == "percent":
            made["labels"] = [_in_tenths(label, decimal) for label in made["labels"]]
            made["values"] = [[_rounded(value / factor, one.kind) for value in some] for some in apart]
        shades.append(made)
    return shades


def _shade(one: Indicator, classes: Classes, columns: Sequence[pd.Series], decimal: str) -> dict[str, Any]:
    values = [column.to_numpy(dtype=float) for column in columns]
    return {
        "key": one.column,
        "kind": one.kind,
        "colours": list(classes.colours),
        "labels": list(classes.labels(decimal, one.kind == "percent")),
        "counts": [list(classes.counts(some)) for some in values],
        "missing": [int(np.isnan(some).sum()) for some in values],
        "class": [classes.class_of(some).tolist() for some in values],
        "values": [[_rounded(value, one.kind) for value in some] for some in values],
    }


def _rounded(value: float, kind: str) -> float | int | None:
    if np.isnan(value):
        return None
    return round(float(value), 4) if kind == "percent" else int(np.rint(value))


def _in_tenths(label: str, decimal: str) -> str:
    """`5 – 19` tenths as `0.5 – 1.9`."""
    return re.sub(r"\d+", lambda found: f"{int(found[0]) / 10:.1f}".replace(".", decimal), label)
