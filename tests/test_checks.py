"""What is derived, what is only noted, and what the frames of a city guarantee."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from worlds import tiny_city

from allocator.city import read_city, read_households
from allocator.city.naming import GEOMETRY_COLUMNS, SYNONYMS, nearest_column
from allocator.city.tables import TABLES
from allocator.cli.check import check, findings_of_city
from allocator.cli.columns import columns


def test_the_tiny_city_has_no_findings(tmp_path: Path) -> None:
    """A city without defects is read without a word."""
    assert findings_of_city(tiny_city(tmp_path)) == []


def test_frames_hold_what_a_city_promises(tmp_path: Path) -> None:
    """Every column of the contract is there in its type, and each table is sorted with a fresh index."""
    city = read_city(tiny_city(tmp_path))
    for name in ("social_spaces", "buildings", "units", "sites", "facilities"):
        frame = getattr(city, name)
        assert set(TABLES[name].column_names) <= set(frame.columns)
        assert frame[TABLES[name].key].is_monotonic_increasing
        assert list(frame.index) == list(range(len(frame)))
        for column in TABLES[name].columns:
            kind = frame[column.name].dtype.kind
            wanted = {"text": "OU", "count": "if", "number": "f", "flag": "b", "date": "M"}[column.type]
            assert kind in wanted, column.name
    assert city.units["capacity"].dtype == np.float64
    assert city.social_spaces["residents"].dtype == np.int64
    assert city.declared["units"] >= {"capacity", "rent"}
    assert "available_from" not in city.declared["units"]
    assert city.name == "tiny"
    assert len(city.files) == 5


def test_capacity_follows_from_floor_area_or_rooms(tmp_path: Path) -> None:
    """Without a capacity, 10 m² are one person; without floor area, a room is; a note counts both."""
    changes = {"U1": {"capacity": ""}, "U2": {"capacity": "", "floor_area": ""}, "U3": {"floor_area": ""}}
    city = read_city(tiny_city(tmp_path, units=changes))
    assert city.units["capacity"].tolist() == [5, 4, 3, 5, 20, 4]
    (note,) = city.findings
    assert note.what.startswith("capacity of 2 units was derived: 1 from floor area (10 m² a person), 1 from rooms")


NOTES: list[tuple[str, dict[str, Any], str, str]] = [
    ("excess today", {"units": {"U5": {"capacity": 5}}, "households": None}, "U5", "6 persons live where 5 may"),
    ("a unit for nobody", {"units": {"U1": {"capacity": 0}}}, "U1", "holds nobody"),
    ("units without rent", {"units": {"U4": {"rent": ""}}}, "", "1 of 6 units have no rent"),
    (
        "a space below its sites",
        {"social_spaces": {"03": {"refugees": 7}}},
        "03",
        "7 refugees, but 8 in its units and sites: every rule on areas counts the 7",
    ),
    ("a site without buildings", {"buildings": {"B4": {"site_id": ""}, "B5": {"site_id": ""}}}, "H1", "no building"),
    ("a kind in German", {"facilities": {"F1": {"kind": "Schule"}}}, "", "of kind 'Schule'"),
    ("a home too small", {"households": {"002": {"unit_id": "U1"}}}, "002", "lives with 4 persons in unit 'U1'"),
    ("a shared unit too full", {"households": {"003": {"persons": 15}}}, "003", "lives with 21 persons in unit 'U5'"),
    ("pinned without lift", {"households": {"003": {"accessible": "true"}}}, "003", "that is not accessible"),
    ("pinned above the limit", {"households": {"003": {"max_rent": 100}}}, "003", "the rent is 190, more than 100"),
    ("children alone", {"households": {"005": {"children_school": 1}}}, "005", "has children and no adult"),
    ("a group that is not counted", {"households": {"001": {"group": "c"}}}, "001", "residents of group 'c'"),
]


@pytest.mark.parametrize(("changes", "row", "what"), [note[1:] for note in NOTES], ids=[note[0] for note in NOTES])
def test_oddities_are_notes(changes: dict[str, Any], row: str, what: str, tmp_path: Path) -> None:
    """What may be true but deserves a look is a note, and the check passes."""
    folder = tiny_city(tmp_path, **changes)
    result = CliRunner().invoke(check, [str(folder), "--json"])
    assert result.exit_code == 0
    (note,) = json.loads(result.stdout)
    assert (note["severity"], note.get("row", "")) == ("note", row)
    assert what in note["what"]


def test_a_site_may_state_more_than_its_units_hold(tmp_path: Path) -> None:
    """Eight refugees at a site with six in its units are no contradiction: two live in units that are not listed."""
    city = read_city(tiny_city(tmp_path))
    assert city.sites["refugees"].tolist() == [8]
    assert city.units["occupied"].sum() == 6


def test_households_share_a_shared_unit(tmp_path: Path) -> None:
    """Two households may live in one shared unit."""
    folder = tiny_city(tmp_path, households={"001": {"unit_id": "U5"}})
    assert findings_of_city(folder) == []


def test_a_list_is_checked_without_a_city(tmp_path: Path) -> None:
    """Without a city only the list itself is checked."""
    folder = tiny_city(tmp_path, households={"001": {"unit_id": "U99"}, "002": {"prefers": "99"}})
    table, findings = read_households(folder / "households.csv")
    assert findings == []
    assert table["household_id"].tolist() == ["001", "002", "003", "004", "005"]
    assert {finding.row for finding in read_households(folder / "households.csv", read_city(folder))[1]} == {
        "001", "002",
    }  # fmt: skip


def test_columns_are_printed_from_their_definition() -> None:
    """Every column of every table is printed with its meaning, one table alone when it is named, and as JSON."""
    every = CliRunner().invoke(columns, []).stdout
    for table in TABLES.values():
        assert table.meaning in every
        for column in table.columns:
            assert column.meaning in every
    units = CliRunner().invoke(columns, ["units"]).stdout
    assert "unit_id*" in units
    assert "household_id" not in units
    (table,) = json.loads(CliRunner().invoke(columns, ["sites", "--json"]).stdout)
    assert table["columns"][0]["name"] == "site_id"


def test_hints_name_columns_that_exist() -> None:
    """German and English names are offered only for columns that the contract really has."""
    known = {column.name for table in TABLES.values() for column in table.columns} | set(GEOMETRY_COLUMNS)
    assert set(SYNONYMS) <= known
    assert nearest_column("residents", ["Einwohner", "x"]) == "Einwohner"
    assert nearest_column("floor_area", ["Wohnfläche"]) == "Wohnfläche"
    assert nearest_column("rent", ["colour"]) == ""
