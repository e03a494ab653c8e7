"""Scenario files for tests: written into a folder beside the tiny city."""

from __future__ import annotations

import textwrap
from pathlib import Path

from allocator.errors import Finding, InputError
from allocator.scenario import load_schema

__all__ = ["GOOD", "findings_of", "write"]

GOOD = """
    title: A scenario without fault
    city: tiny
    households: tiny/households.csv
    rules:
      fifty: {rule: cap, count: persons, per: site, at_most: 50}
    goals:
      - place: persons
      - keep: rules
"""


def write(folder: Path, text: str, name: str = "plan.yaml") -> Path:
    """Write a scenario file, its common indentation removed, and an empty folder `tiny` where there is no city."""
    (folder / "tiny").mkdir(exist_ok=True)
    (folder / "tiny" / "households.csv").touch()
    path = folder / name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def findings_of(path: Path, overrides: tuple[str, ...] = ()) -> list[Finding]:
    """All findings of a scenario file without its city, notes included."""
    try:
        return list(load_schema(path, overrides).findings)
    except InputError as error:
        return error.findings
