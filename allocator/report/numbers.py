"""Numbers in the form of a language: 1.234,5 in German, 1,234.5 in English."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from allocator.errors import UsageError

__all__ = ["LANGUAGES", "Language", "check_language", "gap_percent", "number", "percent", "quantity", "signed"]

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")
NOTHING = "–"
"""Stands where a value is undefined or unknown."""


def check_language(language: str) -> Language:
    """The language if there is one of that name; UsageError else."""
    for known in LANGUAGES:
        if language == known:
            return known
    raise UsageError(f"no language '{language}'; choose one of {', '.join(LANGUAGES)}")


def number(value: float | None, language: Language, digits: int = 0) -> str:
    """A number with that many decimals, thousands set apart, a true minus sign; `–` for None, NaN and infinity."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    if language == "de":
        text = text.translate(str.maketrans(",.", ".,"))
    # What rounds to nothing has no sign.
    return f"−{text}" if value < 0 and any(digit in "123456789" for digit in text) else text


def quantity(value: float | None, language: Language) -> str:
    """A count or an amount: whole numbers as they are, others with one decimal."""
    whole = value is not None and math.isfinite(value) and abs(value - round(value)) < 1e-6
    return number(value, language, 0 if whole else 1)


def signed(value: float | None, language: Language, digits: int = 0) -> str:
    """A change: with a plus sign if it is one."""
    text = number(value, language, digits)
    return f"+{text}" if value is not None and value > 0 and any(digit in "123456789" for digit in text) else text


def percent(share: float | None, language: Language, digits: int | None = None) -> str:
    """A share as percent; without `digits` as many decimals as two significant figures need, at most four."""
    if share is None or not math.isfinite(share):
        return NOTHING
    if digits is None:
        digits = next((n for n in range(4) if abs(round(share * 100, n) - share * 100) < 1e-6), 4)
        if share and digits == 4:
            digits = min(4, max(0, 1 - math.floor(math.log10(abs(share) * 100))))
    return f"{number(share * 100, language, digits)} %"


def gap_percent(gap: float, language: Language) -> str:
    """A gap as percent with two significant figures, rounded up: what is said of a plan is never better than proven."""
    value = Decimal(repr(float(gap))) * 100
    # Rounding noise of the solver is not worth more than a ten-thousandth of a percent.
    step = max(Decimal("0.0001"), Decimal(1).scaleb(value.adjusted() - 1))
    rounded = value.quantize(step, rounding=ROUND_CEILING).normalize()
    return f"{number(float(rounded), language, max(0, -int(rounded.as_tuple().exponent)))} %"
