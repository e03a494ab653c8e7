"""Headers that stand lower than they should, and names in a city.yaml that the file does not have."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from test_reading_formats import assert_same_city
from worlds import tiny_city, tiny_tables

from allocator.city import read_city, read_households
from allocator.cli.check import findings_of_city

TITLES = ["Amt für Wohnen", "", "Stand 1.3.2026; ohne Gewähr"]
GERMAN = {"household_id": "Fallnummer", "persons": "Personen", "children_kita": "Kinder Kita",
          "children_school": "Kinder Schule", "max_rent": "Mietobergrenze", "unit_id": "Wohnung"}  # fmt: skip
CITY = """tables:
  social_spaces: {{source: social_spaces.geojson}}
  buildings: {{source: buildings.csv}}
  units: {{source: {units}}}
  sites: {{source: sites.csv}}
  facilities: {{source: facilities.csv}}
  households: {{source: {households}}}
"""


def titled(folder: Path, name: str, frame: pd.DataFrame, separator: str = ";") -> None:
    """Write a table with three rows above its header, as text or as Excel."""
    if name.endswith(".xlsx"):
        frame.to_excel(folder / name, index=False, startrow=len(TITLES))
        import openpyxl

        book = openpyxl.load_workbook(folder / name)
        for row, title in enumerate(TITLES, start=1):
            book.active.cell(row, 1).value = title or None
        book.save(folder / name)
    else:
        text = "\n".join(TITLES) + "\n" + frame.to_csv(index=False, sep=separator)
        (folder / name).write_text(text, encoding="cp1252")


def city(folder: Path, units: str = "units.csv", households: str = "households.csv") -> Path:
    """Describe the tiny city."""
    (folder / "city.yaml").write_text(CITY.format(units=units, households=households), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["flats.csv", "flats.xlsx"])
def test_the_header_is_where_the_city_yaml_says(name: str, tmp_path: Path) -> None:
    """`header: 4` skips three rows of titles, in CSV and Excel; rows in findings are numbered as in the file."""
    expected = read_city(tiny_city(tmp_path, "plain"))
    folder = tiny_city(tmp_path, "titled", units=None)
    titled(folder, name, tiny_tables()["units"])
    assert_same_city(expected, read_city(city(folder, f"{name}, header: 4")))
    titled(folder, name, tiny_tables()["units"].assign(unit_id=["U1", "U2", "", "U4", "U5", "U6"]))
    (finding,) = [one for one in findings_of_city(folder) if one.column == "unit_id" and one.severity == "error"]
    assert finding.row == "number 7"


@pytest.mark.parametrize("name", ["flats.csv", "flats.xlsx"])
@pytest.mark.parametrize("columns", [{}, {"unit_id": "WHG", "building_id": "GEB", "rent": "EUR"}])
def test_a_header_below_titles_is_one_finding(name: str, columns: dict[str, str], tmp_path: Path) -> None:
    """Without `header` one finding says where the header seems to stand, and what to write; nothing else is said."""
    folder = tiny_city(tmp_path, units=None, households=None)
    titled(folder, name, tiny_tables()["units"].rename(columns=columns))
    mapped = ", columns: {" + ", ".join(f"{one}: {other}" for one, other in columns.items()) + "}" if columns else ""
    (finding,) = [one for one in findings_of_city(city(folder, name + mapped)) if one.table == "units"]
    shown = ", ".join(f"'{name}'" for name in tiny_tables()["units"].rename(columns=columns).columns[:4])
    assert finding.what == f"the header seems to stand in row 4 ({shown}, …), not in the first row"
    assert finding.remedy.startswith(
        f"say so in a city.yaml: tables: {{units: {{source: {name}, header: 4}}}}; or delete"
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_title_above_names_that_nobody_knows(ending: str, tmp_path: Path) -> None:
    """A title over columns with foreign names is recognised by standing alone in its row."""
    titled(tmp_path, f"list.{ending}", pd.DataFrame({"A1": ["x", "y"], "B2": [1, 2], "C3": [3, 4]}))
    (finding,) = read_households(tmp_path / f"list.{ending}")[1]
    assert "seems to stand in row 4 ('A1', 'B2', 'C3')" in finding.what


@pytest.mark.parametrize(
    "text", ["household_id\n001\n", "household_id;persons\n001;2\npersons;unit_id\n", "persons\n1,2\n"]
)
def test_a_header_in_the_first_row_is_one(text: str, tmp_path: Path) -> None:
    """A table with one column, and rows that look like a header, are read as they stand."""
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    assert not any("header seems" in one.what for one in read_households(tmp_path / "list.csv")[1])


def households(tmp_path: Path, columns: str) -> list[str]:
    """All findings about a list with German columns, read with this mapping."""
    folder = tiny_city(tmp_path, f"city{len(list(tmp_path.iterdir()))}")
    tiny_tables()["households"].rename(columns=GERMAN).to_csv(folder / "households.csv", index=False)
    found = findings_of_city(city(folder, households=f"households.csv, columns: {{{columns}}}"))
    return [str(one) for one in found if "households" in str(one)]


WHOLE = ", ".join(f"{name}: {told}" for name, told in GERMAN.items())


@pytest.mark.parametrize("name", GERMAN)
def test_a_typo_in_the_mapping_is_one_finding(name: str, tmp_path: Path) -> None:
    """A column that is misspelt in the mapping gives one finding with the right one, and none for each row."""
    assert households(tmp_path, WHOLE) == []
    right = GERMAN[name]
    wrong = right[:3] + right[4:]
    (finding,) = households(tmp_path, WHOLE.replace(f": {right}", f": {wrong}"))
    assert finding.startswith("error: city.yaml:7, key tables.households.columns.")
    assert finding.endswith(f"there is no column '{wrong}' in households.csv → did you mean '{right}'?")


def test_what_else_is_wrong_is_found_too(tmp_path: Path) -> None:
    """The nearest column is read in place of the misspelt one, so its values are checked already."""
    folder = tiny_city(tmp_path, households={"001": {"persons": 0}})
    described = city(folder, households="households.csv, columns: {persons: person}")
    found = [str(one) for one in findings_of_city(described) if one.severity == "error"]
    assert len(found) == 2
    assert "did you mean 'persons'?" in found[0]
    assert "row 001, column persons: 0 is less than 1" in found[1]


def test_a_column_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    """Where nothing is near, the columns of the file are listed, once, and rows are not counted as empty."""
    (finding,) = households(tmp_path, WHOLE.replace("Personen", "Kopfzahl"))
    assert "there is no column 'Kopfzahl' in households.csv → known: Personen" in finding


def test_hints_come_once(tmp_path: Path) -> None:
    """All columns that look like a missing one stand in one note, with a mapping to be copied."""
    (note, *errors) = households(tmp_path, "household_id: Fallnummer, persons: Personen")
    what, _, remedy = note.partition(" → ")
    assert what.startswith(
        "note: households.csv, table households: further columns look like columns that are missing:"
    )
    assert "'Kinder Kita' like children_kita, 'Kinder Schule' like children_school, 'Mietobergrenze' like" in what
    assert remedy.startswith("if that is meant, rename, or map in a city.yaml: columns: {children_kita: Kinder Kita, ")
    assert len(errors) == 1
    assert "the household must stay, but lives in no unit" in errors[0]
