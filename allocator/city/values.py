"""From written values to numbers, flags and days: what people and programs write for them, and nothing else.

Each parser takes one distinct text and returns a value, or None where the text is not one; `parse_distinct` applies a
parser once to every distinct text of a column, so that a column of a million rows costs what its distinct values cost.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "MISSING_WORDS",
    "decimal_evidence",
    "is_ambiguous",
    "parse_day",
    "parse_distinct",
    "parse_flag",
    "parse_number",
]

MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "<na>", "-", "–", "—", "k.a.", "k. a.", "nat"})
"""What tables write where a number or a day is not known (compared without case)."""

_POINT = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)?(?:(?<=\d)\.\d*|\.\d+)?(?:(?<=[\d.])[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:(?<=\d),\d*|,\d+)?(?:(?<=[\d,])[eE][+-]?\d+)?")
_THOUSANDS_SPACE = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’](?=\d{3}(?:\D|$))")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_GERMAN_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?$")
_TRUE = frozenset({"true", "t", "yes", "y", "ja", "j", "1", "1.0", "x", "wahr", "w"})
_FALSE = frozenset({"false", "f", "no", "n", "nein", "0", "0.0", "falsch"})


def _readings(text: str) -> tuple[str, bool, bool]:
    """The text without spaces between thousands, and whether it is a number with decimal point, with decimal comma."""
    plain = _THOUSANDS_SPACE.sub("", text.replace("−", "-"))
    if not any(sign.isdigit() for sign in plain) or not plain.isascii():
        return plain, False, False
    return plain, _POINT.fullmatch(plain) is not None, _COMMA.fullmatch(plain) is not None


def is_ambiguous(text: str) -> bool:
    """True for a number whose only separator may stand before thousands or before decimals: `1.234` or `1,234`."""
    plain, point, comma = _readings(text)
    return point and comma and ("." in plain or "," in plain)


def decimal_evidence(texts: Any) -> str:
    """The decimal sign (`.` or `,`) that the unambiguous ones of these texts use; empty if they use none or both."""
    signs = set()
    for text in texts:
        _, point, comma = _readings(text)
        if point != comma:
            signs.add("." if point else ",")
        if len(signs) == 2:
            return ""
    return signs.pop() if signs else ""


def parse_number(text: str, decimal: str = ".") -> float | None:
    """The number that a text writes, with decimal point or comma, or None.

    `1.234,5` and `1,234.5` are the same number. Where a text has two readings (`1.234`), `decimal` decides.
    """
    plain, point, comma = _readings(text)
    if not (point or comma):
        return None
    with_comma = comma if point != comma else decimal == ","
    plain = plain.replace(".", "").replace(",", ".") if with_comma else plain.replace(",", "")
    number = float(plain)
    return number if np.isfinite(number) else None


def parse_flag(text: str) -> bool | None:
    """True or false as people write it in German or English (`ja`, `yes`, `1`, `x`), or None."""
    word = text.casefold()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def parse_day(text: str) -> np.datetime64 | None:
    """The day of `2026-03-01` or `1.3.2026` (a time of midnight is allowed), or None."""
    plain = _MIDNIGHT.sub("", text)
    try:
        if german := _GERMAN_DAY.fullmatch(plain):
            day, month, year = (int(part) for part in german.groups())
            return np.datetime64(datetime.date(year, month, day), "s")
        if not _ISO_DAY.fullmatch(plain):
            return None
        return np.datetime64(datetime.date.fromisoformat(plain), "s")
    except ValueError:
        return None


def parse_distinct(
    text: pd.Series, parse: Callable[[str], Any], otherwise: Any, dtype: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Parse each distinct text once: (values in the order of `text`, mask of texts that are neither value nor missing).

    Words for a missing value, and texts that are not parsed, become `otherwise`. `text` itself holds no missing values.
    """
    codes, distinct = pd.factorize(text.to_numpy(dtype=object))
    missing = [word.casefold() in MISSING_WORDS for word in distinct]
    parsed = [None if without else parse(word) for word, without in zip(distinct, missing, strict=True)]
    values = np.array([otherwise if value is None else value for value in parsed], dtype=dtype)
    wrong = np.array([value is None for value in parsed], dtype=bool) & ~np.array(missing, dtype=bool)
    return values[codes], wrong[codes]
