"""Axes and colours of the charts.

Round steps, values with and without an order, colours that everybody can tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from allocator.report.axes import LINES, ticks
from allocator.report.numbers import NOTHING, Language, number

__all__ = ["DASHES", "LINES", "label_of", "levels", "shade", "short", "ticks"]

DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 2")
_VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""viridis at 0, ¼, ½, ¾, 1 (van der Walt and Smith 2015, CC0)."""


def levels(column: pd.Series) -> list[Any]:
    """The values of a column in their order: numbers ascending, text as it comes, null (a rule that is off) last."""
    known = column.dropna()
    values = sorted(known.unique().tolist()) if pd.api.types.is_numeric_dtype(column) else list(dict.fromkeys(known))
    return [*values, None] if column.isna().any() else values


def label_of(name: str, value: Any, language: Language, words: dict[str, str]) -> str:
    """A value as a tick says it."""
    if value is None:
        if name.endswith(".at_most"):
            return words["off"]
        return words["hard"] if name.endswith(".soft") else NOTHING
    return short(value, language) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def short(value: float | None, language: Language) -> str:
    """A number with about four significant figures."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if float(value).is_integer() or abs(value) >= 1000:
        return number(value, language, 0)
    digits = min(6, max(0, 3 - math.floor(math.log10(abs(value)))))
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return number(value, language, len(text.partition(".")[2]))


def shade(share: float) -> tuple[str, str]:
    """The colour of a cell at this share of the scale (0 to 1), and that of the text on it."""
    place = min(max(share, 0.0), 1.0) * (len(_VIRIDIS) - 1)
    left = min(int(place), len(_VIRIDIS) - 2)
    part = place - left
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(_VIRIDIS[left], _VIRIDIS[left + 1], strict=True))
    light = 0.299 * red + 0.587 * green + 0.114 * blue > 140
    return f"#{red:02x}{green:02x}{blue:02x}", "#000" if light else "#fff"


def spread_of(values: Sequence[float]) -> tuple[float, float]:
    """Least and largest value, a little apart where they are the same."""
    low, high = min(values), max(values)
    pad = (high - low) * 0.05 or max(1.0, abs(high)) * 0.05
    return low - pad, high + pad
