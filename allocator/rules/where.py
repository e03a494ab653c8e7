"""Structured conditions on columns: `{column: {at_most | at_least | equals | in | not_in: value}}`, never code."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from allocator.errors import Findings

__all__ = ["Condition", "Where", "check_condition"]

Scalar = bool | int | float | str | date
Bound = Annotated[float, Field(allow_inf_nan=False)] | date


class Condition(BaseModel):
    """What one column must be; several operators must all hold. A missing value meets no condition but `not_in`.

    Bounds are numbers or days (2026-12-31); days are compared with columns of days, and with text that is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    at_most: Bound | None = None
    at_least: Bound | None = None
    equals: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(None, alias="in", min_length=1)
    not_in: tuple[Scalar, ...] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if all(value is None for value in (self.at_most, self.at_least, self.equals, self.in_, self.not_in)):
            raise ValueError("needs one of at_most, at_least, equals, in, not_in")
        return self

    def met(self, values: pd.Series) -> np.ndarray:
        """True where the condition holds [length of values]."""
        result = np.ones(len(values), dtype=bool)
        if self.at_most is not None:
            result &= _like(self.at_most, values) <= _bound(self.at_most)
        if self.at_least is not None:
            result &= _like(self.at_least, values) >= _bound(self.at_least)
        if self.equals is not None:
            result &= _among(values, (self.equals,))
        if self.in_ is not None:
            result &= _among(values, self.in_)
        if self.not_in is not None:
            result &= ~_among(values, self.not_in)
        return result

    def excludes(self, other: Condition) -> bool:
        """True if no value meets both conditions."""
        both = (self, other)
        bounds = [(one.at_least, another.at_most) for one in both for another in both]
        listed = [one.in_ if one.equals is None else (one.equals,) for one in both]
        listed = [some for some in listed if some is not None]
        if not listed:
            # A day and a number cannot be compared, and whether the column holds days is for its data to say.
            return any(
                low > high for low, high in bounds
                if None not in (low, high) and isinstance(low, date) == isinstance(high, date)
            )  # fmt: skip

        def met(value: Scalar) -> bool:
            column = pd.Series([value], dtype=object)
            return all(bool(one.met(column)[0]) for one in both)

        return not any(met(value) for value in listed[0])


def _among(values: pd.Series, wanted: tuple[Scalar, ...]) -> np.ndarray:
    """Where a value equals one of the wanted ones; numbers compare as numbers, everything else as text."""
    number = _numbers(values)
    known = values.dt.strftime("%Y-%m-%d") if _holds_days(values) else values.astype("object")
    text = known.where(values.notna(), "").map(_text).to_numpy(dtype=object)
    result = np.zeros(len(values), dtype=bool)
    for value in wanted:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            result |= np.isclose(number, value, rtol=0, atol=1e-12)
        else:
            result |= text == _text(value)
    return result


def _holds_days(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values.dtype)


def _numbers(values: pd.Series) -> np.ndarray:
    """Values as numbers, NaN where they are none (a day is none)."""
    if _holds_days(values):
        return np.full(len(values), np.nan)
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)


def _like(bound: float | date, values: pd.Series) -> np.ndarray:
    """Values as numbers or as days, as the bound is one; what is neither is NaN or NaT, and meets no bound."""
    if not isinstance(bound, date):
        return _numbers(values)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return np.full(len(values), np.datetime64("NaT", "s"))
    if _holds_days(values):
        return values.to_numpy(dtype="datetime64[s]")
    return np.array([_day(value) or "NaT" for value in values], dtype="datetime64[s]")


def _bound(bound: float | date) -> float | np.datetime64:
    return np.datetime64(bound, "s") if isinstance(bound, date) else bound


def _day(value: Any) -> date | None:
    """The day that a text such as 2026-12-31 names, else None."""
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        return None


def check_condition(condition: Condition, values: pd.Series, key: str, findings: Findings) -> None:
    """Add findings where a condition compares what cannot be compared: days with numbers, text with either."""
    bounds = [bound for bound in (condition.at_most, condition.at_least) if bound is not None]
    wanted = [
        *(() if condition.equals is None else (condition.equals,)),
        *(condition.in_ or ()),
        *(condition.not_in or ()),
    ]
    column, known = values.name, values.notna().any()
    if _holds_days(values):
        for value in [*bounds, *wanted]:
            if _day(value) is None:
                findings.error(
                    f"'{column}' holds days, and {_shown(value)} is none", "write it as 2026-12-31", column=key
                )
    elif known and pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        for value in [*bounds, *wanted]:
            if isinstance(value, (str, date)):
                findings.error(f"'{column}' holds numbers, and {_shown(value)} is none", "write a number", column=key)
    elif known:
        for bound in bounds:
            like = _like(bound, values)
            if not (like == like).any():  # neither NaN nor NaT
                findings.error(f"'{column}' holds nothing that could be compared with {_shown(bound)}",
                               "name its values with equals, in or not_in", column=key)  # fmt: skip


def _shown(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else f"'{value}'"


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).casefold()
    return str(value.date()) if isinstance(value, datetime) else str(value)


class Where(RootModel[dict[str, Condition]]):
    """Conditions on columns that must all hold. `table.column` picks the table where several have the column."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _not_empty(self) -> Where:
        if not self.root:
            raise ValueError("needs at least one column")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at."""
        return tuple(self.root)

    def excluded_by(self, other: Where) -> str | None:
        """A column for which no value meets both conditions; None if there is none."""
        shared = (column for column in self.root if column in other.root)
        return next((column for column in shared if self.root[column].excludes(other.root[column])), None)

    def met(self, frame: pd.DataFrame) -> np.ndarray:
        """True for the rows of a frame that meet all conditions; the frame must have the columns."""
        result = np.ones(len(frame), dtype=bool)
        for column, condition in self.root.items():
            result &= condition.met(frame[column])
        return result
