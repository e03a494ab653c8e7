"""Values and the change from one to another, in words: `31 persons fewer`, `240 m weniger`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from allocator.compare.words import AMOUNTS, PAGE_WORDS
from allocator.indicators.indicator import Sense
from allocator.report.numbers import NOTHING, Language, number, percent

__all__ = ["amount", "better_of", "change_words", "shown", "value_words"]

_DIGITS = {"eur_each": 2, "index": 3, "share": 1, "number": 2}
_COUNTED = ("persons", "households", "flats", "children", "places", "sites", "buildings", "facilities")
_NEARLY = 1e-9


def value_words(value: float | None, kind: str, language: Language) -> str:
    """A value as it stands in a cell; `–` where it is undefined."""
    if value is None:
        return NOTHING
    if kind == "share":
        return percent(value, language, 1)
    text = number(value, language, _digits(value, kind))
    unit = AMOUNTS[language][kind][1] if kind in ("metres", "eur", "eur_each") else ""
    return f"{text} {unit}" if unit else text


def amount(size: float, kind: str, language: Language) -> str:
    """A positive amount with its unit: `1 person`, `240 m`, `3.1 percentage points`."""
    text = number(size * (100 if kind == "share" else 1), language, _digits(size, kind))
    names = AMOUNTS[language].get(kind)
    return f"{text} {names[0] if text == '1' else names[1]}" if names else text


def shown(value: float, kind: str) -> float:
    """A value as a reader sees it, rounded as in its cell: differences too small to be seen are none."""
    return round(value, _digits(value, kind) + (2 if kind == "share" else 0))


def change_words(reference: float | None, value: float | None, kind: str, language: Language) -> str:
    """How a value differs from the one of the reference, in words."""
    words = PAGE_WORDS[language]
    if reference is None or value is None:
        return str(words["unknown"])
    difference = shown(value, kind) - shown(reference, kind)
    if abs(difference) < _NEARLY:
        return str(words["same"])
    if kind in ("index", "number"):
        key = "higher" if difference > 0 else "lower"
    else:
        key = "more" if difference > 0 else "fewer" if kind in _COUNTED else "less"
    return str(words[key]).format(amount=amount(abs(difference), kind, language))


def better_of(values: Sequence[float | None], sense: Sense, kind: str = "number") -> list[int]:
    """Positions of the best values by the sense; none if it is neutral, or if all that are known agree."""
    known = [shown(value, kind) for value in values if value is not None and math.isfinite(value)]
    if sense == "neutral" or len(known) < 2 or max(known) - min(known) < _NEARLY:
        return []
    best = max(known) if sense == "higher" else min(known)
    return [i for i, value in enumerate(values) if value is not None and abs(shown(value, kind) - best) < _NEARLY]


def _digits(value: float, kind: str) -> int:
    if kind in _COUNTED:
        return 0 if abs(value - round(value)) < 1e-6 else 1
    return _DIGITS.get(kind, 0)
