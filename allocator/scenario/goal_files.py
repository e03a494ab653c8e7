"""The files that goals name: found as seen from the file that names them, read with the goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from allocator.errors import Findings
from allocator.goals import Stage, goals_by_name
from allocator.rules.situation import Situation
from allocator.strict_yaml.values import Key, YamlValue

__all__ = ["goal_files", "names_of_files", "with_files"]


def names_of_files(goals: YamlValue) -> list[tuple[Key, YamlValue]]:
    """Each value that names a file in a list of goals that is written out, with its path in the list."""
    parameters = {name: goal.file_parameter for name, goal in goals_by_name().items() if goal.file_parameter}
    return [
        (path, value)
        for path, value in goals.walk()
        if len(path) > 1 and isinstance(value.content, str) and parameters.get(path[-2]) == path[-1]
    ]


def goal_files(goals: YamlValue, folders: Mapping[str, Path], findings: Findings) -> dict[str, Path]:
    """The path of every file that goals name, by what they call it; a finding for each that is not there.

    `folders` are those of the scenario files, by what findings call them; on the command line paths are relative to the
    current folder.
    """
    found: dict[str, Path] = {}
    for path, value in names_of_files(goals):
        file = folders.get(value.file, Path()) / value.content
        try:
            exists = file.is_file()
        except (OSError, ValueError):
            exists = False
        if exists:
            found[value.content] = file
            continue
        relative = "this file" if value.file in folders else "the current folder"
        findings.error(f"there is no file '{value.content}'", f"check the path, which is relative to {relative}",
                       column=".".join(map(str, ("goals", *path))), **value.place)  # fmt: skip
    return found


def with_files(
    stages: tuple[Stage, ...], files: Mapping[str, Path], situation: Situation | None, findings: Findings
) -> tuple[Stage, ...]:
    """The steps, each goal that names a file with what the file says; findings for everything wrong in it."""
    result = []
    for stage in stages:
        goals = []
        for goal, weight in stage.goals:
            file = files.get(getattr(goal, goal.file_parameter)) if goal.file_parameter else None
            goals.append((goal if file is None else goal.with_file(file, situation, findings), weight))
        result.append(replace(stage, goals=tuple(goals)))
    return tuple(result)
