"""The points of a design: every combination of its axes, sampled points and draws, in the order of the file."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from allocator.errors import Findings
from allocator.sweep.design import PATHS, Design
from allocator.sweep.parts import LONGEST

__all__ = ["Point", "overrides_of", "points_of"]


@dataclass(frozen=True)
class Point:
    """One point: the scenario it begins with, the value of every name that varies, and the draw (from 1) or None."""

    base: str
    values: dict[str, Any]
    draw: int | None

    @property
    def row(self) -> dict[str, Any]:
        """The point as a row of the table, and as exclusions see it."""
        return {"base": self.base, "draw": self.draw, **self.values}


def points_of(design: Design) -> list[Point]:
    """All points but the excluded ones. InputError if none is left, or more than 100,000."""
    axes = [[dict(zip(axis.names, row, strict=True)) for row in axis.rows] for axis in design.axes]
    if design.sample is not None:
        axes.append(list(design.sample.points()))
    draws: list[int | None] = list(range(1, design.draws.count + 1)) if design.draws is not None else [None]
    number = len(design.bases) * len(draws)
    for axis in axes:
        number *= len(axis)
    findings = Findings()
    if number > LONGEST:
        findings.error(f"the design has {number:,} points", f"a sweep holds at most {LONGEST:,}", file=design.path.name)
        findings.raise_if_errors()
    found = []
    for base, *parts, draw in itertools.product(design.bases, *axes, draws):
        point = Point(base, {name: value for part in parts for name, value in part.items()}, draw)
        if not any(exclusion.leaves_out(point.row) for exclusion in design.exclude):
            found.append(point)
    if not found:
        findings.error("every point is excluded", "loosen a condition", file=design.path.name, column="exclude")
    findings.raise_if_errors()
    return found


def overrides_of(design: Design, point: Point) -> tuple[str, ...]:
    """The point as values of `--set`, with what the design sets in every run.

    `null` at `rules.<name>.at_most` takes the rule out, whatever else is said of it; `null` at `rules.<name>.soft`
    makes it hard.
    """
    values = {**design.fixed, **point.values}
    off = {name.split(".")[1] for name, value in values.items() if value is None and _is_limit(name)}
    found = [f"rules.{rule}=null" for rule in sorted(off)]
    for name, value in values.items():
        key = name.split(".")
        if key[0] == "rules" and len(key) > 1 and key[1] in off:
            continue
        found.append(f"{name}={_text(design, name, value)}")
    return (*found, "solve.threads=1")


def _is_limit(name: str) -> bool:
    key = name.split(".")
    return len(key) == 3 and key[0] == "rules" and key[2] == "at_most"


def _text(design: Design, name: str, value: Any) -> str:
    if name in PATHS and isinstance(value, str):
        value = (design.folder / value).absolute().as_posix()
    return json.dumps(value, ensure_ascii=False)
