"""From points to runs: every point checked as a scenario, its data hashed, its draw of households written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.errors import Finding, Findings, InputError
from allocator.rules import Rule
from allocator.runs.manifest import inputs
from allocator.scenario.loading import load_data
from allocator.scenario.schema import Schema, read_schema
from allocator.sweep.design import Design
from allocator.sweep.draws import drawn
from allocator.sweep.points import Point, overrides_of
from allocator.whole_files import replaced_file

__all__ = ["Run", "data_sha256", "digest", "resolve"]

MOST_FINDINGS = 50
"""Findings of points that are shown; a design with one wrong value would repeat it at every point."""


@dataclass(frozen=True)
class Run:
    """One point of the design as a scenario.

    `name` is its number in the design. `overrides` are values of `--set`; `scenario_sha256` is the hash of rules, goals
    and options after them, whatever file says them; `data_sha256` that of city and households. Two runs that agree in
    both are the same scenario. `goals` are the names of the goals in their order.
    """

    name: str
    point: Point
    scenario: Path
    overrides: tuple[str, ...]
    rules: dict[str, Rule]
    goals: tuple[str, ...]
    distances: str
    scenario_sha256: str
    data_sha256: str
    files: tuple[Path, ...]

    @property
    def sha256(self) -> str:
        """The hash of scenario and data."""
        return digest([self.scenario_sha256, self.data_sha256])


def digest(data: Any) -> str:
    """SHA-256 of plain data."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def data_sha256(files: Sequence[Path]) -> str:
    """One hash of names and content of files, wherever they stand."""
    return digest(sorted([Path(str(entry["file"])).name, entry["sha256"]] for entry in inputs(files, Path())))


def resolve(design: Design, points: Sequence[Point], lists: Path) -> list[Run]:
    """The runs of all points, in their order; draws of households are written to the folder `lists`.

    InputError holds the findings of all points (unknown names, values out of range) and of the data, before anything is
    solved. Whether rules suit the city shows when a run is solved.
    """
    findings = Findings()
    width = max(4, len(str(len(points))))
    runs: list[Run] = []
    data = _Data(design, lists)
    for number, point in enumerate(points, start=1):
        scenario, overrides = design.folder / point.base, overrides_of(design, point)
        schema = _schema(design, scenario, overrides, findings)
        if schema is None or len(findings.errors) >= MOST_FINDINGS:
            continue
        try:
            files, extra = data.of(schema, point.draw)
        except InputError as error:
            _add_new(findings, error.findings)
            continue
        if extra is not None:
            kept = [override for override in overrides if not override.startswith("households=")]
            overrides = (*kept, f"households={json.dumps(extra.absolute().as_posix(), ensure_ascii=False)}")
        runs.append(
            Run(str(number).zfill(width), point, scenario, overrides, schema.rules,
                tuple(stage.name for stage in schema.stages), schema.distances,
                digest(_told(schema)), data.sha256(files), files)
        )  # fmt: skip
    findings.raise_if_errors()
    return runs


def _schema(design: Design, scenario: Path, overrides: Sequence[str], findings: Findings) -> Schema | None:
    """A point as the schema reads it; its findings point to the line of the design that says the value."""
    told = Findings()
    schema = read_schema(scenario, overrides, told)
    _add_new(findings, [_placed(design, finding) for finding in told.errors])
    return None if told.errors else schema


def _placed(design: Design, finding: Finding) -> Finding:
    """A finding of an override as one of the design."""
    if not finding.file.startswith("--set "):
        return finding
    name = finding.file.removeprefix("--set ").partition("=")[0]
    line = design.lines.get(name) or design.lines.get(finding.column)
    if line is None:  # a rule that is off is set as a whole
        line = next((place for other, place in design.lines.items() if other.startswith(f"{name}.")), None)
    return replace(finding, file=design.path.name, line=line)


def _add_new(findings: Findings, found: Sequence[Finding]) -> None:
    """Add the findings that are not there yet."""
    known = {str(finding) for finding in findings}
    findings.extend(finding for finding in found if str(finding) not in known)


def _told(schema: Schema) -> list[Any]:
    """What decides a plan, as plain data: rules with their names, goals, options, day.

    Titles and files are left out.
    """
    rules = [[name, rule.model_dump(mode="json", by_alias=True)] for name, rule in schema.rules.items()]
    goals = [[[goal.model_dump(mode="json", by_alias=True), weight] for goal, weight in stage.goals]
             for stage in schema.stages]  # fmt: skip
    options = schema.solve.model_dump(mode="json")
    day = schema.day.isoformat() if schema.day is not None else None
    files = [[key, data_sha256([path])] for key, path in sorted(schema.goal_files.items())]
    return [rules, goals, options, day, schema.distances, files]


class _Data:
    """City and households of each point, read once; draws written once."""

    def __init__(self, design: Design, lists: Path) -> None:
        self._design, self._lists = design, lists
        self._read: dict[tuple[Path | None, Path | None], tuple[pd.DataFrame, tuple[Path, ...], int]] = {}
        self._drawn: dict[tuple[int, int], Path] = {}
        self._hashes: dict[tuple[Path, ...], str] = {}

    def of(self, schema: Schema, draw: int | None) -> tuple[tuple[Path, ...], Path | None]:
        """Every file of city and households, and the drawn list if there is one."""
        key = (schema.city, schema.households)
        if key not in self._read:
            city, table, files = load_data(schema)
            self._read[key] = (table, files, len(city.files))
        table, files, of_city = self._read[key]
        if draw is None or self._design.draws is None:
            return files, None
        number = list(self._read).index(key)
        if (number, draw) not in self._drawn:
            path = self._lists / f"list-{number + 1}-draw-{draw}.parquet"
            content = drawn(table, self._design.draws, draw).to_parquet(index=False)
            if not path.is_file() or path.read_bytes() != content:
                replaced_file(path, lambda draft: draft.write_bytes(content))
            self._drawn[number, draw] = path
        return (*files[:of_city], self._drawn[number, draw]), self._drawn[number, draw]

    def sha256(self, files: tuple[Path, ...]) -> str:
        """The hash of some files, computed once."""
        if files not in self._hashes:
            self._hashes[files] = data_sha256(files)
        return self._hashes[files]
