"""What a planner asks: schema, loading with line numbers, extends, use, set."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = [
    "Scenario",
    "Schema",
    "SolveOptions",
    "goal_sentence",
    "goal_title",
    "load_scenario",
    "load_schema",
    "rule_sentence",
    "rule_title",
]

_HOMES = {
    "Schema": "schema",
    "SolveOptions": "schema",
    "load_schema": "schema",
    "Scenario": "loading",
    "load_scenario": "loading",
    "goal_sentence": "describing",
    "goal_title": "describing",
    "rule_sentence": "describing",
    "rule_title": "describing",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for: the schema of a scenario can be read without pandas.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
