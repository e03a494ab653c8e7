"""Findings about the rows of one table, readable even when a million rows share one defect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from allocator.errors import Findings
from allocator.wording import Text, in_language

__all__ = ["LISTED", "TableReporter", "amount", "row_labels", "shown"]

LISTED = 20
"""So many rows with the same defect are listed one by one; the others are counted."""

_LONGEST = 60

Told = str | Callable[[int], str]


def shown(value: Any) -> str:
    """A value from the data in quotation marks: one line, at most 60 characters, control characters escaped."""
    text = str(value)
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return "'" + "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text) + "'"


def amount(number: float) -> str:
    """A number as a reader writes it: `12`, `12.5`, never `12.0`."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:g}"


def row_labels(ids: pd.Series | None, length: int, first_row: int) -> np.ndarray:
    """What findings call each row: its id, or `number 7` (counted as in the file, its header included) without one."""
    labels = np.full(length, "", dtype=object) if ids is None else ids.to_numpy(dtype=object).copy()
    without = np.flatnonzero(labels == "")
    labels[without] = [f"number {number}" for number in (without + first_row).tolist()]
    return labels


@dataclass(frozen=True)
class TableReporter:
    """Adds findings about one table; `labels` names its rows in their order."""

    findings: Findings
    file: str
    table: str
    labels: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))

    def with_labels(self, labels: np.ndarray) -> TableReporter:
        """The same reporter for rows in another order, or for other rows."""
        return TableReporter(self.findings, self.file, self.table, labels)

    def whole(
        self, what: str, remedy: str = "", *, column: str = "", severity: Literal["error", "note"] = "error"
    ) -> None:
        """Add one finding about the table or one of its columns."""
        add = self.findings.error if severity == "error" else self.findings.note
        add(what, remedy, file=self.file, table=self.table, column=column)

    def rows(
        self,
        wrong: np.ndarray | pd.Series,
        what: Told,
        remedy: Told = "",
        *,
        kind: str = "",
        column: str = "",
        severity: Literal["error", "note"] = "error",
    ) -> None:
        """Add one finding for each row where the mask `wrong` is true: the first 20, then how many more there are.

        `what` and `remedy` are text, or functions from the position of a row to text (called for listed rows only).
        `kind` names the defect without a value; it stands in the finding that counts the rest.
        """
        positions = np.flatnonzero(np.asarray(wrong, dtype=bool))
        add = self.findings.error if severity == "error" else self.findings.note
        where = {"file": self.file, "table": self.table, "column": column}
        for position in positions[:LISTED].tolist():
            text = what if isinstance(what, str) else what(position)
            help_text = remedy if isinstance(remedy, str) else remedy(position)
            add(text, help_text, row=str(self.labels[position]), **where)
        if len(positions) > LISTED:
            rest = kind or (what if isinstance(what, str) else Text("the same defect", "derselbe Mangel"))
            more = len(positions) - LISTED
            add(Text(f"{rest}: {more} further rows", f"{in_language(rest, 'de')}: {more} weitere Zeilen"),
                Text("mend all of them in the same way", "alle auf dieselbe Weise beheben"), **where)  # fmt: skip
