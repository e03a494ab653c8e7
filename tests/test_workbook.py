"""The Excel workbook: every sheet marked, numbers as numbers, days as days, and no text a formula."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hostile import HOSTILE, hostile_plan
from indicator_worlds import hand_made_plan

from allocator.publication import publication
from allocator.report.workbook import Column, Sheet, workbook_bytes, write_public_workbook, write_workbook

Book = openpyxl.Workbook

GERMAN = ["Überblick", "Regeln", "Ziele", "Indikatoren", "Bezirke", "Sozialräume", "Haushaltsgrößen", "Zuteilung",
          "Haushalte ohne Platz", "Umzüge", "Schul- und Kita-Plätze", "Daten", "Wie man es wiederholt"]  # fmt: skip
ENGLISH = ["Overview", "Rules", "Goals", "Indicators", "Districts", "Social spaces", "Household sizes", "Allocation",
           "Households without a place", "Moves", "Seats", "Data", "How to reproduce"]  # fmt: skip


@pytest.fixture(scope="module", params=["de", "en"])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Book]:
    """The internal workbook of the hand-made plan, in each language."""
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write_workbook(hand_made_plan(), path, request.param)
    return request.param, openpyxl.load_workbook(path)


def rows(book: Book, sheet: str) -> list[list[object]]:
    """The rows of a sheet below its head."""
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=4)]


def test_all_sheets_in_the_language(book: tuple[str, Book]) -> None:
    """Thirteen sheets, named in German or English."""
    language, found = book
    assert found.sheetnames == (GERMAN if language == "de" else ENGLISH)


def test_every_sheet_is_marked_internal_on_screen_and_paper(book: tuple[str, Book]) -> None:
    """The first row and the head of every printed page say so; the head of the table is frozen and repeated."""
    language, found = book
    mark = "INTERN" if language == "de" else "INTERNAL"
    for sheet in found:
        assert str(sheet["A1"].value).startswith(f"{mark} – ")
        assert sheet.oddHeader.left.text == mark
        assert sheet.freeze_panes == "B4"
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.page_setup.paperSize == 9
        assert sheet.column_dimensions["A"].width >= 9


def test_numbers_are_numbers_and_days_are_days(book: tuple[str, Book]) -> None:
    """Counts can be summed up, shares are shown in percent, the day of a source is a date in the language's form."""
    language, found = book
    names = GERMAN if language == "de" else ENGLISH
    spaces = {row[0]: row for row in rows(found, names[5])}
    assert (spaces["S1"][3], spaces["S1"][5], spaces["S1"][6]) == (103, 13, 17)
    assert spaces["S1"][9] == pytest.approx(17 / 107)
    share = found[names[5]].cell(4, 10)
    assert share.number_format == "0.00%"
    (source,) = rows(found, names[11])
    assert source[4] == datetime(2024, 1, 31)
    shown = found[names[11]].cell(4, 5).number_format
    assert shown == ("dd.mm.yyyy" if language == "de" else "yyyy-mm-dd")


def test_allocation_reasons_and_moves_by_hand(book: tuple[str, Book]) -> None:
    """Six households in their units, two of them without a place and why, one that moves."""
    language, found = book
    names = GERMAN if language == "de" else ENGLISH
    assert [row[:3] for row in rows(found, names[7])][:2] == [["H1", 1, "U6"], ["H2", 4, "U2"]]
    unplaced = [row[:3] for row in rows(found, names[8])]
    assert unplaced == [["no unit holds 6 persons", "H3", 6], ["its home is too small and no other fits", "H6", 3]]
    assert [row[2:] for row in rows(found, names[9])] == [["H1", 1, "U4", "U6"]]
    assert rows(found, names[6])[-1][1:] == [6, 4, 19, 10, pytest.approx(10 / 19)]


def test_rules_with_their_findings(book: tuple[str, Book]) -> None:
    """Two flats in B1 are one over: places, excess and unit stand in columns of their own, with the source."""
    language, found = book
    told = {row[0]: row for row in rows(found, "Regeln" if language == "de" else "Rules")}
    assert told["one-flat"][5:8] == [1, 1, "Wohnungen" if language == "de" else "flats"]
    assert told["one-flat"][-1]


def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    """Names that begin like formulas or addresses are texts letter by letter, in both workbooks."""
    plan = hostile_plan()
    write_workbook(plan, tmp_path / "internal.xlsx", "en")
    write_public_workbook(plan, publication(plan), tmp_path / "public.xlsx", "en")
    for name in ("internal.xlsx", "public.xlsx"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            for part in archive.namelist():
                text = archive.read(part).decode("utf-8")
                assert "<f>" not in text
                assert "<hyperlink" not in text
                assert 'TargetMode="External"' not in text
        book = openpyxl.load_workbook(tmp_path / name)
        cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
        assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
        assert HOSTILE[0] in cells
        assert HOSTILE[1] in cells


def test_what_excel_cannot_hold_is_cut_or_left_empty() -> None:
    """A text of 40,000 letters is cut, an endless number is no cell, an empty sheet has its head."""
    columns = (Column("a"), Column("b", "number"), Column("c", "date"))
    content = workbook_bytes([Sheet("S", columns, [("x" * 40_000, float("inf"), "unknown")]), Sheet("T", columns, [])],
                             "en", "told", "mark")  # fmt: skip
    import io

    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book["S"][4]] == ["x" * 32_767, None, "unknown"]
    assert [cell.value for cell in book["T"][3]] == ["a", "b", "c"]


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the time of writing stands in the file."""
    for name in ("a", "b"):
        write_workbook(hand_made_plan(), tmp_path / f"{name}.xlsx", "de")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
