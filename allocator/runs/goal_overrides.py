"""Overrides (`--set`) of goals that name files, which the command line and a run see from different folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from allocator.errors import Findings
from allocator.goals import goals_by_name
from allocator.strict_yaml.reading import parse_yaml_text

__all__ = ["with_goal_paths"]


def with_goal_paths(override: str, change: Callable[[str], str]) -> str:
    """The override with every path that a goal names in it changed; as it is where none does."""
    key, _, value = override.partition("=")
    parts = [part.strip() for part in key.split(".")]
    read = parse_yaml_text(value, override, Findings()) if parts[0] == "goals" else None
    if read is None:
        return override
    changed = _changed(read.plain, parts, change)
    # JSON is YAML in which nothing that a path may hold means anything else.
    return override if changed == read.plain else f"{'.'.join(parts)}={json.dumps(changed, ensure_ascii=False)}"


def _changed(value: Any, path: list[str], change: Callable[[str], str]) -> Any:
    """A part of the goals with its paths changed; `path` is where it stands: `goals.3.score.table`, or less of it."""
    if isinstance(value, dict):
        return {name: _changed(part, [*path, name], change) for name, part in value.items()}
    if isinstance(value, list):
        return [_changed(part, [*path, str(number)], change) for number, part in enumerate(value)]
    return change(value) if isinstance(value, str) and _is_path(path) else value


def _is_path(path: list[str]) -> bool:
    """True where a goal names its file: `score.table`, `3.table`, or the short form `score`."""
    if len(path) < 2:
        return False
    goals = {name: goal for name, goal in goals_by_name().items() if goal.file_parameter}
    above, last = path[-2:]
    if last in goals:
        return goals[last].file_parameter == goals[last].shorthand
    return any(last == goal.file_parameter and (above == name or above.isdecimal()) for name, goal in goals.items())
