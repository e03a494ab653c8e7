"""Texts from data that would do harm are shown as text: in pages, pictures, tables, workbooks and GeoPackages."""

from __future__ import annotations

import csv
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pyogrio
import pytest
from hostile import HOSTILE, hostile_plan

from allocator.maps import pictures, write_geopackage, write_map
from allocator.report.report import report_html
from allocator.runs import publish_run
from allocator.runs.tables import DANGEROUS, write_csv

BAD_TAGS = {"img", "iframe", "object", "embed", "link", "base"}


class Tags(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Internal and public files of the hostile plan."""
    target = tmp_path_factory.mktemp("hostile")
    plan = hostile_plan()
    (target / "report.html").write_text(report_html(plan, "en", pictures(plan, "en")), encoding="utf-8")
    write_map(plan, target / "map.html", "en")
    write_geopackage(plan, target / "city.gpkg", "en")
    write_csv(plan.allocation, target / "allocation.csv")
    write_csv(plan.areas, target / "indicators.csv")
    publish_run(plan, target / "public", language="de", sites_from=50)
    return target


@pytest.mark.parametrize("page", ["report.html", "map.html", "public/report.html", "public/map.html"])
def test_no_page_holds_foreign_markup(folder: Path, page: str) -> None:
    """No element, no handler and no address comes from data, and no template of data is filled in."""
    text = (folder / page).read_text(encoding="utf-8")
    found = Tags(text)
    assert not BAD_TAGS & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [value for name, value in found.attributes if name in ("href", "src") and "evil" in value]
    assert "<script>window.stolen" not in text
    assert found.tags.count("script") == (0 if "report" in page else 11)
    assert found.tags.count("title") - found.tags.count("path") <= 1
    assert HOSTILE[1] in found.text


def test_no_page_names_another_host(folder: Path) -> None:
    """Reports hold no address besides those that data states as text, and those are no links."""
    for page in ("report.html", "public/report.html"):
        text = (folder / page).read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"(?:src|href)=|@import|url\((?!#)", re.sub(r"&[a-z#0-9]+;[^<]*", "", text))


def test_pictures_are_well_formed_xml_with_names_as_text() -> None:
    """Each picture is XML of its own; names stand in titles, letter by letter but for control characters."""
    for picture in pictures(hostile_plan(), "de"):
        root = ElementTree.fromstring(picture.svg)
        titles = [one.text for one in root.iter("{http://www.w3.org/2000/svg}title")]
        assert titles == [HOSTILE[0], HOSTILE[1], HOSTILE[3]]
        assert {one.tag.rpartition("}")[2] for one in root.iter()} == {
            "svg",
            "defs",
            "pattern",
            "rect",
            "g",
            "path",
            "title",
        }


@pytest.mark.parametrize("table", ["allocation.csv", "indicators.csv", "public/indicators.csv"])
def test_no_cell_of_a_table_begins_like_a_formula(folder: Path, table: str) -> None:
    """A spreadsheet that opens the CSV finds no formula; numbers may be negative."""
    with (folder / table).open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            for cell in row:
                assert not cell.startswith(DANGEROUS) or re.fullmatch(r"-?[\d.e+-]+", cell), cell


@pytest.mark.parametrize("file", ["city.gpkg", "public/areas.gpkg"])
def test_geopackages_hold_the_texts_as_they_are(folder: Path, file: str) -> None:
    """Names with quotes and SQL are values; the tables are all there, and the styles parse."""
    layer = pyogrio.read_dataframe(folder / file, layer="social_spaces")
    assert list(layer["name"]) == [HOSTILE[0], HOSTILE[1], HOSTILE[3]]
    connection = sqlite3.connect(folder / file)
    for (style,) in connection.execute("SELECT styleQML FROM layer_styles"):
        ElementTree.fromstring(style.partition("\n")[2])
    connection.close()
