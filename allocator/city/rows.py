"""Tables as plain dictionaries."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["plain_rows"]


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries of Python's own values, geometry left out; the dictionaries are new ones."""
    names = [name for name in frame.columns if name != "geometry"]
    columns = [frame[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
