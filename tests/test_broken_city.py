"""Broken cities: each is a finding that says where and what to do, never a traceback, and nothing is written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from broken_cities import CASES, Broken
from click.testing import CliRunner
from drawn import drawn
from worlds import tiny_city

from allocator.cli.check import check, findings_of_city
from allocator.errors import Finding


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(folder.rglob("*"))}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("case", drawn(CASES, 40), ids=lambda case: case.name)
def test_broken_city_gives_a_finding(case: Broken, tmp_path: Path) -> None:
    """A broken city is reported with file, row or key, and remedy; there is no traceback, and nothing is written."""
    folder = tiny_city(tmp_path, **case.changes)
    if case.damage:
        case.damage(folder)
    before = _snapshot(tmp_path)
    result = CliRunner().invoke(check, [str(folder), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == (1 if case.severity == "error" else 0)
    findings = [Finding(**finding) for finding in json.loads(result.stdout)]
    matching = [
        finding
        for finding in findings
        if finding.severity == case.severity
        and (finding.file, finding.row, finding.line) == (case.file, case.row, case.line or finding.line)
        and (finding.column == case.column or not case.column)
        and case.what in finding.what
        and case.remedy in finding.remedy
    ]
    assert len(matching) == 1, "\n".join(map(str, findings))
    assert matching[0].remedy
    assert _snapshot(tmp_path) == before


def test_there_are_enough_kinds_of_broken_input() -> None:
    """At least forty different kinds of broken cities and lists are shown to be reported."""
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_a_finding_is_one_line_and_the_summary_is_apart(tmp_path: Path) -> None:
    """Findings go to stdout, one line each; the summary goes to stderr."""
    folder = tiny_city(tmp_path, households={"001": {"persons": 0}}, units={"U4": {"rent": ""}})
    result = CliRunner().invoke(check, [str(folder)])
    assert result.stdout.splitlines() == [
        "note: units.csv, table units, column rent: 1 of 6 units have no rent → they pass every limit on rent, and a "
        "goal on rent counts them as 0",
        "error: households.csv, table households, row 001, column persons: 0 is less than 1 → 1 is the least",
    ]
    assert result.stderr == f"1 error, 1 note in {folder}\n"


def test_all_findings_of_all_tables_come_at_once(tmp_path: Path) -> None:
    """Defects in four tables are reported in one go, and the list of households is checked all the same."""
    folder = tiny_city(
        tmp_path,
        social_spaces={"01": {"residents": -5}},
        buildings={"B1": {"x": "west"}},
        units={"U1": {"rent": "cheap"}, "U2": {"building_id": "B9"}},
        households={"001": {"persons": "two"}},
    )
    places = {(finding.table, finding.row, finding.column) for finding in findings_of_city(folder)}
    assert places >= {
        ("social_spaces", "01", "residents"),
        ("buildings", "B1", "x"),
        ("units", "U1", "rent"),
        ("units", "U2", "building_id"),
        ("households", "001", "persons"),
    }


def test_a_defect_of_many_rows_stays_readable(tmp_path: Path) -> None:
    """Of a thousand rows with one defect twenty are listed, and one finding counts the other 980."""
    units = pd.DataFrame({"unit_id": [f"U{number:04}" for number in range(1000)], "building_id": "B1", "rooms": "many"})
    found = [finding for finding in findings_of_city(tiny_city(tmp_path, units=units)) if finding.column == "rooms"]
    assert [finding.row for finding in found[:20]] == [f"U{number:04}" for number in range(20)]
    assert len(found) == 21
    assert "980 further rows" in found[20].what


@pytest.mark.parametrize("target", ["nowhere", "tiny/units.csv", "tiny/nothing.yaml", "tiny/nothing.gpkg"])
def test_what_is_no_city_is_a_finding(target: str, tmp_path: Path) -> None:
    """A path that is no city gives one finding with a remedy and exit status 1."""
    tiny_city(tmp_path)
    result = CliRunner().invoke(check, [str(tmp_path / target)])
    assert result.exit_code == 1
    assert result.stdout.count("→") == 1
    assert "1 error, 0 notes" in result.stderr


def test_an_unreadable_file_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is reported with the reason and a remedy."""
    folder = tiny_city(tmp_path)
    opened = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "units.csv":
            raise PermissionError(13, os.strerror(13))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    (finding,) = [finding for finding in findings_of_city(folder) if finding.severity == "error"]
    assert (finding.file, finding.what) == ("units.csv", "cannot be opened: Permission denied")
    assert "ask for the right" in finding.remedy


def test_text_from_data_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters of the data are written out, not sent to the terminal."""
    folder = tiny_city(tmp_path, units={"U1": {"rent": "\x1b[31mred"}})
    result = CliRunner().invoke(check, [str(folder)])
    assert "\x1b" not in result.output
    assert r"\x1b[31mred" in result.stdout


def test_random_damage_never_gives_a_traceback(tmp_path: Path) -> None:
    """Whatever byte of whatever file is overwritten or lost, reading ends with a city or with findings."""
    random = np.random.default_rng(1)
    for number in range(8):
        folder = tiny_city(tmp_path, f"city{number}")
        file = random.choice(sorted(folder.iterdir()))
        data = bytearray(file.read_bytes())
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(0, 256)
        file.write_bytes(bytes(data[: random.integers(len(data) // 2, len(data) + 1)]))
        result = CliRunner().invoke(check, [str(folder)])
        assert result.exception is None or isinstance(result.exception, SystemExit), (file, result.exception)
