"""The command line called in this process, and a small project whose runs are worked out by hand."""

from __future__ import annotations

import functools
import json
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import pytest
from worlds import tiny_city

from allocator.cli import main

__all__ = ["PLAN", "Answer", "allocation_of", "call", "change_allocation", "change_result", "project", "result_of",
           "tiny_run"]  # fmt: skip

PLAN = """
    title: Ten at a site
    city: tiny
    households: tiny/households.csv
    rules:
      ten-per-site:  {rule: cap, count: persons, per: site, at_most: 10}
      one-flat:      {rule: cap, count: flats, per: building, at_most: 1, soft: 10}
    goals:
      - place: persons
      - keep: rules
      - rent
    solve: {gap: 0, seconds: 60}
"""
"""Only one plan is best: 001 in U1 and 002 in U2 (both in B1), 003 and 005 in the shared U5 of site H1, 004 in U3.

H1 has 8 persons besides, and 003; 005 makes ten, so 001 and 004 cannot go there, and 005 can pay nothing else. B1 has a
refugee flat already and gets two more: an excess of 2 flats, which costs 20. Rents: 420 + 760 + 190 + 610 + 190.
"""


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Answer:
    """Call `allocator` with these arguments, as a shell would; only SystemExit may come out."""
    capsys.readouterr()
    with mock.patch.object(sys, "argv", ["allocator", *map(str, arguments)]), pytest.raises(SystemExit) as end:
        main()
    captured = capsys.readouterr()
    status = end.value.code
    assert isinstance(status, int), status
    assert "Traceback" not in captured.err
    return Answer(status, captured.out, captured.err)


def project(folder: Path, text: str = PLAN, **changes: Any) -> Path:
    """The tiny city, changed as in `tiny_city`, and `plan.yaml` beside it; the scenario's path."""
    folder.mkdir(parents=True, exist_ok=True)
    tiny_city(folder, **changes)
    path = folder / "plan.yaml"
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def tiny_run(folder: Path, text: str = PLAN, **changes: Any) -> Path:
    """`project`, and its run as `run` in it, drawn in English; the run's path.

    Equal ones are solved once in a process, and copied.
    """
    shutil.copytree(_solved(text, json.dumps(changes)).name, folder, dirs_exist_ok=True)
    return folder / "run"


@functools.cache
def _solved(text: str, changes: str) -> tempfile.TemporaryDirectory[str]:
    from allocator.runs import make_plan, write_run
    from allocator.scenario import load_scenario

    folder = tempfile.TemporaryDirectory()
    scenario = project(Path(folder.name), text, **json.loads(changes))
    write_run(make_plan(load_scenario(scenario)), Path(folder.name) / "run")
    return folder


def result_of(folder: Path) -> dict[str, Any]:
    """`result.json` of a run."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def change_result(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write `result.json` again after a change in place."""
    result = result_of(folder)
    change(result)
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def allocation_of(folder: Path) -> pd.DataFrame:
    """`allocation.csv` of a run, as text, by household."""
    frame = pd.read_csv(folder / "allocation.csv", dtype=str, keep_default_na=False)
    return frame.set_index("household_id", drop=False)


def change_allocation(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
    """Write `allocation.csv` again after a change in place, or with the frame that the change returns."""
    frame = allocation_of(folder)
    changed = change(frame)
    (frame if changed is None else changed).to_csv(folder / "allocation.csv", index=False, encoding="utf-8")
