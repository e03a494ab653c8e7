"""From raw columns to the types of the contract: one table after the other, every defect a finding."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from allocator.city.reporting import TableReporter, amount, shown
from allocator.city.tables import Column, Table
from allocator.city.values import (
    MISSING_WORDS,
    decimal_evidence,
    is_ambiguous,
    parse_day,
    parse_distinct,
    parse_flag,
    parse_number,
)
from allocator.wording import Text

__all__ = ["coerce_table", "coordinates_of", "numbers_of", "text_of"]

_LARGEST_COUNT = 1e9
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_REMEDY = {
    "count": "write a whole number such as 12",
    "number": "write a number such as 450.50 or 450,50, without a unit",
    "flag": "write true or false (or ja or nein, 1 or 0)",
    "date": "write a day as 2026-03-01 or 1.3.2026",
}


def coerce_table(frame: pd.DataFrame, table: Table, report: TableReporter, decimal: str = "") -> pd.DataFrame:
    """The columns of the contract in their order and types, then every further column.

    Text is object (missing: empty), counts are int64 where they are never missing and float64 (NaN) elsewhere, numbers
    float64, flags bool, days datetime64[s] (missing: NaT). Columns `group_<label>` of social spaces are counts.
    Further columns of text become int64, float64 or bool if every value in them is a number or `true`/`false`; numbers
    with a leading zero stay text. `decimal` (`.` or `,`) decides `1.234`, where the column itself leaves it open.
    """
    columns: dict[str, Any] = {}
    for column in table.columns:
        values = frame[column.name] if column.name in frame.columns else None
        columns[column.name] = _coerced(values, column, len(frame), report, decimal)
    for name in frame.columns:
        if name in columns:
            continue
        if table.name == "social_spaces" and str(name).startswith("group_"):
            group = Column(str(name), "count", "Residents of a group.", "persons", default=0, minimum=0)
            columns[name] = _coerced(frame[name], group, len(frame), report, decimal)
        else:
            columns[name] = _further(frame[name], decimal)
    return pd.DataFrame(columns, index=frame.index)


def text_of(values: pd.Series) -> pd.Series:
    """Values as text (dtype object) without blanks around them; missing ones are empty, whole numbers end before `.0`.

    Accents are composed (Unicode NFC): an id reads the same whatever system wrote it.
    """
    cells = values.to_numpy(dtype=object)
    if types.infer_dtype(cells, skipna=True) == "string":
        # Each distinct text is cleaned once. (Of several types, 1 and True would be one.)
        codes, distinct = pd.factorize(cells)
        clean = [text.strip() for text in distinct]
    else:
        codes, clean = slice(0, -1), [cell.strip() if isinstance(cell, str) else _cell(cell) for cell in cells]
    if not all(map(str.isascii, clean)):
        clean = [unicodedata.normalize("NFC", text) for text in clean]
    return pd.Series(np.array([*clean, ""], dtype=object)[codes], index=values.index, dtype=object)


def _cell(value: Any) -> str:
    """One value that is not text, as a reader would write it."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)


def numbers_of(values: pd.Series, decimal: str = "") -> tuple[np.ndarray, np.ndarray]:
    """(float64 with NaN where missing or wrong, mask of what is neither a number nor missing)."""
    if types.is_bool_dtype(values.dtype) or types.is_datetime64_any_dtype(values.dtype):
        return np.full(len(values), np.nan), np.ones(len(values), dtype=bool)
    if types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.isinf(numbers), np.nan, numbers), np.isinf(numbers)
    text = text_of(values)
    sign = decimal_evidence(text.unique()) or decimal or "."
    return parse_distinct(text, lambda word: parse_number(word, sign), np.nan, float)


def coordinates_of(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """As `numbers_of`, where a single point or comma always stands before decimals: nobody groups coordinates."""
    if types.is_numeric_dtype(values.dtype):
        return numbers_of(values)
    text = text_of(values)
    # Nearly every coordinate is distinct, so the common case is worth a conversion of the whole column at once.
    pointed = [word if "." in word else word.replace(",", ".") for word in text]
    numbers = pd.to_numeric(pd.Series(pointed, dtype=object), errors="coerce").to_numpy(dtype=float)
    if np.isfinite(numbers).all():
        return numbers, np.zeros(len(numbers), dtype=bool)
    return parse_distinct(text, lambda word: parse_number(word, "," if "," in word else "."), np.nan, float)


def _coerced(values: pd.Series | None, column: Column, length: int, report: TableReporter, decimal: str) -> Any:
    """One column of the contract; where the file has none, its default."""
    if values is None:
        return _default(column, length)
    if column.type == "text":
        return _text(values, column, report)
    if column.type in ("count", "number"):
        return _number(values, column, report, decimal)
    text = text_of(values)
    if column.type == "flag":
        parsed, wrong = parse_distinct(text, parse_flag, bool(column.default), bool)
    else:
        parsed, wrong = parse_distinct(text, parse_day, np.datetime64("NaT", "s"), "datetime64[s]")
    word = "a flag" if column.type == "flag" else "a day"
    report.rows(wrong, lambda row: f"{shown(text.iloc[row])} is not {word}", _REMEDY[column.type], column=column.name,
                kind=f"values that are not {word}")  # fmt: skip
    return parsed


def _default(column: Column, length: int) -> Any:
    if column.type == "date":
        return np.full(length, np.datetime64("NaT", "s"), dtype="datetime64[s]")
    if column.type == "text":
        return np.full(length, str(column.default or ""), dtype=object)
    if column.type == "flag":
        return np.full(length, bool(column.default))
    if column.default is None:
        return np.full(length, np.nan)
    return np.full(length, column.default, dtype=np.int64 if column.type == "count" else float)


def _text(values: pd.Series, column: Column, report: TableReporter) -> pd.Series:
    text = text_of(values)
    if types.is_float_dtype(values.dtype) and (column.name.endswith("_id") or column.references):
        report.whole(Text("ids are decimal numbers in the file; zeros in front of them, if any, are lost",
                          "Nummern stehen als Dezimalzahlen in der Datei; führende Nullen sind verloren"),
                     Text("export the column as text", "die Spalte als Text exportieren"), column=column.name,
                     severity="note")  # fmt: skip
    if column.required:
        report.rows((text == "").to_numpy(), "the value is missing", "fill it in", column=column.name)
    return text


def _number(values: pd.Series, column: Column, report: TableReporter, decimal: str) -> np.ndarray:
    numbers, wrong = numbers_of(values, decimal)
    listed = values.to_numpy(dtype=object)
    report.rows(wrong, lambda row: f"{shown(listed[row])} is not a number", _REMEDY[column.type], column=column.name,
                kind="values that are not numbers")  # fmt: skip
    if column.type == "count":
        fraction = np.isfinite(numbers) & (numbers != np.round(numbers))
        report.rows(fraction, lambda row: f"{shown(_cell(listed[row]))} is not a whole number",
                    lambda row: _whole_remedy(_cell(listed[row])), column=column.name,
                    kind="numbers that are not whole")  # fmt: skip
        large = np.abs(numbers) > _LARGEST_COUNT
        report.rows(large, lambda row: f"{shown(_cell(listed[row]))} is too large for a count",
                    "check the number", column=column.name, kind="numbers too large for a count")  # fmt: skip
        numbers = np.where(fraction | large, np.nan, numbers)
        wrong = wrong | fraction | large
    if column.minimum is not None:
        low = numbers < column.minimum
        report.rows(low, lambda row: f"{amount(numbers[row])} is less than {amount(column.minimum)}",
                    f"{amount(column.minimum)} is the least", column=column.name,
                    kind=f"numbers less than {amount(column.minimum)}")  # fmt: skip
        numbers, wrong = np.where(low, np.nan, numbers), wrong | low
    missing = np.isnan(numbers)
    if column.required:
        report.rows(missing & ~wrong, "the value is missing", _REMEDY[column.type], column=column.name)
    if column.type == "number":
        _note_thousands(values, column, report, decimal)
    default = column.default if column.default is not None else column.minimum
    if column.default is None and not column.required:
        return numbers
    filled = np.where(missing, default, numbers)
    return filled.astype(np.int64) if column.type == "count" else filled


def _note_thousands(values: pd.Series, column: Column, report: TableReporter, decimal: str) -> None:
    """Say how `1.234` was read where nothing but the kind of file decided that its point stands before thousands."""
    if decimal != "," or types.is_numeric_dtype(values.dtype):
        return
    text = text_of(values)
    open_to_both = [word for word in text.unique() if is_ambiguous(word)]
    if open_to_both and not decimal_evidence(text.unique()):
        word, read_as = shown(open_to_both[0]), amount(parse_number(open_to_both[0], decimal) or 0)
        report.whole(Text(f"{word} was read as {read_as}", f"{word} wurde als {read_as} gelesen"),
                     Text("if that is wrong, say so in a city.yaml: decimal: '.'",
                          "wenn das falsch ist, in einer city.yaml sagen: decimal: '.'"), column=column.name,
                     severity="note")  # fmt: skip


def _whole_remedy(text: str) -> str:
    if is_ambiguous(text):
        sign = "point" if "." in text else "comma"
        return f"if the {sign} stands before thousands, say so in a city.yaml: decimal: '{',' if '.' in text else '.'}'"
    return _REMEDY["count"]


def _further(values: pd.Series, decimal: str) -> Any:
    """A column that the contract does not know: numbers and flags where all values are, else as it is or text."""
    if types.is_datetime64_any_dtype(values.dtype) or types.is_bool_dtype(values.dtype):
        return values
    if types.is_numeric_dtype(values.dtype):
        whole = types.is_integer_dtype(values.dtype) and not values.hasnans
        return values.astype(np.int64) if whole else values.to_numpy(dtype=float, na_value=np.nan)
    text = text_of(values)
    distinct = [word for word in text.unique() if word]
    if distinct and all(word.casefold() in ("true", "false") for word in distinct) and (text != "").all():
        return (text.str.casefold() == "true").to_numpy(dtype=bool)
    if not distinct or any(_LEADING_ZERO.match(word) or not _is_number(word) for word in distinct):
        return text
    numbers, _ = numbers_of(text, decimal)
    if np.isnan(numbers).all():
        return text
    whole = not np.isnan(numbers).any() and all(_WHOLE.fullmatch(word) for word in distinct)
    return numbers.astype(np.int64) if whole else numbers


def _is_number(word: str) -> bool:
    return word.casefold() in MISSING_WORDS or parse_number(word) is not None
