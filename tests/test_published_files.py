"""What an attacker finds in the published files themselves, all of them laid side by side."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from drawn import drawn
from test_publication import hidden_of, random_plan
from test_suppression import attack

from allocator.maps.public_content import PUBLIC_INDICATORS
from allocator.publication import publication
from allocator.publication.publication import published_cells
from allocator.publication.suppression import is_small
from allocator.runs import publish_run

COUNTS = ("residents", "refugees_before", "change", "refugees_after")
SHARES = {"share_before": "refugees_before", "share_after": "refugees_after"}
Told = tuple[str, str, dict[str, float | None]]
"""Level, place and what a file shows of it; None is withheld."""


def number(value: Any) -> float | None:
    """What a cell shows: a number in English form, a percentage as a share; None for what is withheld or undefined."""
    if value is None or value is pd.NA or value != value or value in ("", "·", "–"):
        return None
    if not isinstance(value, str):
        return float(value)
    text = value.replace(",", "").replace("−", "-").replace("+", "")
    return float(text.removesuffix(" %")) / 100 if text.endswith(" %") else float(text)


def of_table(path: Path) -> Iterator[Told]:
    """`indicators.csv`."""
    for row in pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records"):
        yield (
            row["level"],
            row["place_id"],
            {name: number(row[name] and float(row[name])) for name in (*COUNTS, *SHARES)},
        )


def of_geopackage(path: Path) -> Iterator[Told]:
    """The layers of `areas.gpkg`."""
    for layer, level, key in (("social_spaces", "social_space", "space_id"), ("districts", "district", "district_id")):
        with closing(sqlite3.connect(path)) as database:
            database.row_factory = sqlite3.Row
            for row in database.execute(f"SELECT * FROM {layer}").fetchall():
                yield level, row[key], {name: number(row[name]) for name in (*COUNTS, *SHARES)}


def of_map(path: Path) -> Iterator[Told]:
    """The data of `map.html`."""
    page = path.read_text(encoding="utf-8")
    content = json.loads(re.search(r'<script type="application/json" id="content">(.*?)</script>', page, re.DOTALL)[1])
    spaces = content["spaces"]
    columns = {**spaces["numbers"], **spaces["values"]}
    for position, place in enumerate(spaces["id"]):
        yield "social_space", place, {name: number(values[position]) for name, values in columns.items()}


def of_workbook(path: Path) -> Iterator[Told]:
    """The sheets of areas of `report.xlsx`."""
    book = openpyxl.load_workbook(path)
    for sheet, level in (("Social spaces", "social_space"), ("Districts", "district")):
        for row in book[sheet].iter_rows(min_row=4, values_only=True):
            told = {name: number(value) for name, value in zip((*COUNTS, *SHARES), row[3:9], strict=True)}
            yield "city" if row[0] == "city" else level, str(row[0]), told


def of_report(path: Path) -> Iterator[Told]:
    """The tables of areas of `report.html`; names are ids in these towns."""
    page = path.read_text(encoding="utf-8")
    columns = ("residents", "refugees_before", "refugees_after", "change", *SHARES)
    for kind, table in re.findall(r'<table class="areas( spaces)?[^"]*">(.*?)</table>', page, re.DOTALL):
        for name, cells in re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', table, re.DOTALL):
            values = re.findall(r'<td class="n">([^<]*)</td>', cells)
            level = "social_space" if kind else "district" if name.startswith("D") else "city"
            yield level, name, {column: number(value) for column, value in zip(columns, values, strict=True)}


READERS = {"indicators.csv": of_table, "areas.gpkg": of_geopackage, "map.html": of_map, "report.xlsx": of_workbook,
           "report.html": of_report}  # fmt: skip


@pytest.mark.parametrize("seed", drawn([3, 8, *range(10, 16)], 1))
def test_no_file_tells_more_than_the_others(seed: int, tmp_path: Path) -> None:
    """What one file withholds all withhold, counts are the same in all, and a share is told only of told counts.

    With everything that any of them shows, an attacker still finds each small number to be anything from 1 to 4.
    """
    plan = random_plan(seed)
    publish_run(plan, tmp_path / "public", language="en")
    areas = publication(plan).areas.set_index(["level", "place_id"])
    seen: set[tuple[str, ...]] = set()
    for file, read in READERS.items():
        rows = list(read(tmp_path / "public" / file))
        assert {place for level, place, _ in rows if level == "social_space"} == set(areas.loc["social_space"].index), (
            file
        )
        for level, place, told in rows:
            allowed = {name: number(areas.loc[(level, "city" if level == "city" else place), name]) for name in COUNTS}
            for name, value in told.items():
                if name in COUNTS:
                    assert value == allowed[name], (file, level, place, name)
                    seen |= {(name, level, "city" if level == "city" else place)} if value is not None else set()
                elif name in SHARES and value is not None:
                    assert None not in (allowed["residents"], allowed[SHARES[name]]), (file, place, name)
    cells, relations = published_cells(plan)
    hidden = hidden_of(publication(plan))
    assert not hidden & seen
    for cell in (one for one in cells if is_small(one.value) and one.key in hidden):
        low, high = attack(cells, relations, hidden, cell.key)
        ends = (1, 4) if cell.value > 0 else (-4, -1)
        assert low <= max(ends[0], cell.least), cell
        assert high >= min(ends[1], cell.most), cell


QML = {"qgis": {"renderer-v2"}, "renderer-v2": {"ranges", "categories", "symbols", "source-symbol"},
       "ranges": {"range"}, "categories": {"category"}, "symbols": {"symbol"}, "source-symbol": {"symbol"},
       "symbol": {"layer"}, "layer": {"Option"}, "Option": {"Option"}, "range": set(), "category": set()}  # fmt: skip
"""Elements of a style of QGIS 3 and what may stand in each, as far as these styles use them."""
RENDERERS = {"graduatedSymbol", "categorizedSymbol", "singleSymbol"}
LAYERS = {"fill": {"SimpleFill"}, "marker": {"SimpleMarker"}}


def check_qml(text: str) -> ElementTree.Element:
    """The root of a style; every element is one that QGIS knows at its place, every class has its symbol."""
    root = ElementTree.fromstring(text)
    assert root.tag == "qgis"
    assert root.get("version", "").startswith("3.")
    for element in root.iter():
        assert {child.tag for child in element} <= QML[element.tag], element.tag
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert renderer.get("type") in RENDERERS
    for symbol in root.iter("symbol"):
        assert {layer.get("class") for layer in symbol} <= LAYERS[symbol.get("type", "")]
    for part in renderer.iter("range"):
        assert float(part.get("lower", "")) <= float(part.get("upper", ""))
    return root


def test_the_public_styles_are_qml_with_the_classes_of_the_public_map(tmp_path: Path) -> None:
    """QGIS opens the published areas styled: one default for each layer, breaks and colours those of the map."""
    plan = random_plan(3)
    publish_run(plan, tmp_path / "public", language="en")
    with closing(sqlite3.connect(tmp_path / "public" / "areas.gpkg")) as database:
        query = "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles ORDER BY id"
        styles = database.execute(query).fetchall()
    assert [(layer, column, default) for layer, column, default, _ in styles] == [
        ("social_spaces", "geom", 1), ("social_spaces", "geom", 0), ("social_spaces", "geom", 0), ("districts", "geom", 1),
    ]  # fmt: skip
    page = (tmp_path / "public" / "map.html").read_text(encoding="utf-8")
    content = json.loads(re.search(r'<script type="application/json" id="content">(.*?)</script>', page, re.DOTALL)[1])
    for indicator, shown, (_, _, _, text) in zip(PUBLIC_INDICATORS, content["indicators"], styles, strict=False):
        root = check_qml(text)
        renderer = root.find("renderer-v2")
        assert renderer is not None
        assert renderer.get("attr") == indicator.column == shown["key"]
        assert [one.get("label") for one in root.iter("range")] == shown["labels"]
        fills = [option.get("value") for option in renderer.findall("symbols//Option") if option.get("name") == "color"]
        colours = ["#" + "".join(f"{int(part):02x}" for part in str(fill).split(",")[:3]) for fill in fills]
        assert colours == shown["colours"]
    check_qml(styles[-1][-1])


def test_the_internal_styles_are_qml(tmp_path: Path) -> None:
    """The same of every style of `city.gpkg`."""
    from test_geopackage import packed_plan, styles

    from allocator.maps import write_geopackage

    write_geopackage(packed_plan(), tmp_path / "city.gpkg")
    texts = list(styles(tmp_path / "city.gpkg")["styleQML"])
    assert len(texts) == 9
    for text in texts:
        check_qml(text)
