"""Small sweeps for tests: the tiny city with a design beside its scenario, solved in this process."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from tiny_runs import project

from allocator.errors import Finding, InputError
from allocator.sweep import sweeping

__all__ = ["DESIGN", "FEW", "design", "findings_of", "here", "solved"]

DESIGN = """
    title: Caps and one flat
    base: plan.yaml
    vary:
      rules.ten-per-site.at_most: [8, 9, 10, 12, null]
      rules.one-flat.soft: [null, 1, 10]
"""
"""Fifteen runs of the scenario of `tiny_runs`, all solved to the optimum."""

FEW = DESIGN.replace("[8, 9, 10, 12, null]", "[9, 10]").replace("[null, 1, 10]", "[null, 1]")
"""Four of them."""


def design(folder: Path, text: str = DESIGN, name: str = "caps.yaml", **changes: object) -> Path:
    """The tiny city with its scenario `plan.yaml`, and a design beside them; the design's path."""
    if not (folder / "plan.yaml").exists():
        project(folder, **changes)
    path = folder / name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


@contextmanager
def here(workers: int) -> Iterator[Executor]:  # noqa: ARG001
    """A pool of this process alone: quick, and the coverage of what it does is seen."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def solved(path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> pd.DataFrame:
    """The table of a sweep that is solved in this process."""
    monkeypatch.setattr(sweeping, "processes", here)
    return sweeping.sweep_table(sweeping.run_sweep(path, out, **options)).set_index("run", drop=False)


def findings_of(path: Path) -> list[Finding]:
    """The errors of a design, its points included; none if it can be solved."""
    try:
        sweeping.prepare(path, path.parent / "lists")
    except InputError as error:
        return [finding for finding in error.findings if finding.severity == "error"]
    return []
