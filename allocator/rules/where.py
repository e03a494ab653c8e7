"""Structured conditions on columns: `{column: {at_most | at_least | equals | in | not_in: value}}`, never code."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

__all__ = ["Condition", "Where"]

Scalar = bool | int | float | str | date


class Condition(BaseModel):
    """What one column must be; several operators must all hold. A missing value meets no condition but `not_in`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    at_most: float | None = None
    at_least: float | None = None
    equals: Scalar | None = None
    in_: tuple[Scalar, ...] | None = Field(None, alias="in")
    not_in: tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if all(value is None for value in (self.at_most, self.at_least, self.equals, self.in_, self.not_in)):
            raise ValueError("needs one of at_most, at_least, equals, in, not_in")
        return self

    def met(self, values: pd.Series) -> np.ndarray:
        """True where the condition holds [length of values]."""
        result = np.ones(len(values), dtype=bool)
        if self.at_most is not None or self.at_least is not None:
            number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
            if self.at_most is not None:
                result &= number <= self.at_most
            if self.at_least is not None:
                result &= number >= self.at_least
        if self.equals is not None:
            result &= _among(values, (self.equals,))
        if self.in_ is not None:
            result &= _among(values, self.in_)
        if self.not_in is not None:
            result &= ~_among(values, self.not_in)
        return result


def _among(values: pd.Series, wanted: tuple[Scalar, ...]) -> np.ndarray:
    """Where a value equals one of the wanted ones; numbers compare as numbers, everything else as text."""
    number = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    text = values.astype("object").where(values.notna(), "").map(_text).to_numpy(dtype=object)
    result = np.zeros(len(values), dtype=bool)
    for value in wanted:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            result |= np.isclose(number, value, rtol=0, atol=1e-12)
        else:
            result |= text == _text(value)
    return result


def _text(value: Any) -> str:
    return str(bool(value)).casefold() if isinstance(value, (bool, np.bool_)) else str(value)


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

    def met(self, frame: pd.DataFrame) -> np.ndarray:
        """True for the rows of a frame that meet all conditions; the frame must have the columns."""
        result = np.ones(len(frame), dtype=bool)
        for column, condition in self.root.items():
            result &= condition.met(frame[column])
        return result
