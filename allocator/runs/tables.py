"""Tables of a run as CSV: UTF-8, comma, one line end everywhere, no formulas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

__all__ = ["csv_text", "guard", "read_allocation", "unguard", "write_csv"]

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guard(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula (or for a guarded text)."""
    return f"'{text}" if text.startswith((*DANGEROUS, "'")) else text


def unguard(text: str) -> str:
    """The text without the apostrophe that `guard` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*DANGEROUS, "'")) else text


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame; the same frame gives the same bytes."""
    path.write_text(csv_text(frame), encoding="utf-8", newline="")


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as it is written."""
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(lambda value: guard(value) if isinstance(value, str) else value)
    return safe.to_csv(index=False, lineterminator="\n", float_format="%.6g")


def read_allocation(path: Path) -> pd.DataFrame:
    """An allocation as it was written, text in every column; empty text where nothing stands."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return frame.apply(lambda column: column.map(unguard))
