"""Many scenarios in one table: designs, draws of households, workers, resuming, reading the table."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Design", "read_design", "run_sweep"]

_HOMES = {"Design": "design", "read_design": "design", "run_sweep": "sweeping"}


def __getattr__(name: str) -> Any:
    # Imported when asked for: help needs no pandas.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
