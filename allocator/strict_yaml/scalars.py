"""Bare words of a YAML file as values: the core schema of YAML 1.2, without what readers of YAML disagree about."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Refused", "bare_value", "with_decimal_point"]

_NULL = ("", "~", "null", "Null", "NULL")
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?")
_OTHER_BASE = re.compile(r"[-+]?0[xob][0-9a-fA-F_]+")
_GROUPED = re.compile(r"[-+]?[0-9]+(_[0-9]+)+(\.[0-9_]*)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"([-+]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)),([0-9]+)")
_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Refused:
    """Why a bare word is no value, and what to write instead."""

    what: str
    remedy: str


def bare_value(text: str) -> Any:
    """None, bool, int, float or text for a word without quotes; `Refused` where readers of YAML would not agree.

    YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema). Days such as 2017-11-22 are text there.
    Refused: `010` (eight to some, ten to others), `0x1F`, `1_000`, `.inf`, `.nan`, and bare yes, no, on, off.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text.casefold() in ("yes", "no", "on", "off"):
        flag = "true" if text.casefold() in ("yes", "on") else "false"
        what = f"bare '{text}' is a flag to some readers and text to others"
        return Refused(what, f'write {flag}, or "{text}" for text')
    return _number(text)


def with_decimal_point(text: str) -> str:
    """A number with a decimal comma as a file writes it: `100.5` for `100,5`, `1000.5` for `1.000,5`; else empty."""
    number = _DECIMAL_COMMA.fullmatch(text.strip())
    return f"{number[1].replace('.', '')}.{number[2]}" if number else ""


def _number(text: str) -> Any:
    if _LEADING_ZERO.fullmatch(text):
        sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.lstrip("+"))
        number = sign + (digits.lstrip("0") if digits.strip("0").strip(".") else "0")
        number = number.replace("-.", "-0.") if "-." in number else ("0" + number if number.startswith(".") else number)
        return Refused(f"the number {text} has leading zeros", f'write {number}, or "{text}" for text')
    if _OTHER_BASE.fullmatch(text):
        return Refused(f"{text} is not a decimal number", f'write it in decimal digits, or "{text}" for text')
    if _GROUPED.fullmatch(text):
        return Refused(f"the number {text} has underscores", f'write {text.replace("_", "")}, or "{text}" for text')
    if _ENDLESS.fullmatch(text):
        return Refused(f"{text} is no number to plan with", "write a number, or leave the key out")
    if not _NUMBER.fullmatch(text):
        return text
    if len(text) > _LONGEST_NUMBER:
        return Refused(f"a number of {len(text)} signs", "write a shorter one, or put it in quotes for text")
    number = int(text) if _WHOLE.fullmatch(text) else float(text)
    return number if math.isfinite(number) else Refused(f"the number {text} is too large", "write a smaller one")
