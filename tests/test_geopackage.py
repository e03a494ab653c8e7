"""The city with its results as a GeoPackage: layers, tables, and styles that QGIS finds by itself."""

from __future__ import annotations

import dataclasses
import itertools
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from indicator_worlds import CRS, hand_made_city, hand_made_plan

from allocator.maps import write_geopackage
from allocator.maps.indicators import INDICATORS, indicator_classes
from allocator.plan import Plan


def packed_plan(**city: Any) -> Plan:
    """The plan made by hand, with a school; keyword arguments replace tables of the city."""
    plan = hand_made_plan()
    facilities = gpd.GeoDataFrame(
        {"facility_id": ["F1"], "kind": ["school"], "name": ["<b>"], "seats": [np.nan]},
        geometry=[shapely.Point(600, 600)],
        crs=CRS,
    )
    changed = dataclasses.replace(hand_made_city(), **{"facilities": facilities, **city})
    scenario = SimpleNamespace(**{**vars(plan.scenario), "city": changed})
    return Plan(scenario, plan.allocation, plan.result)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GeoPackage of that plan."""
    path = tmp_path_factory.mktemp("package") / "city.gpkg"
    write_geopackage(packed_plan(), path)
    return path


def table(path: Path, layer: str) -> pd.DataFrame:
    """A layer by its first column."""
    frame = pyogrio.read_dataframe(path, layer=layer)
    return frame.set_index(frame.columns[0])


def styles(path: Path) -> pd.DataFrame:
    """The table in which QGIS looks for styles."""
    connection = sqlite3.connect(path)
    try:
        return pd.read_sql_query("SELECT * FROM layer_styles", connection)
    finally:
        connection.close()


def test_every_layer_is_there_in_the_crs_of_the_city(package: Path) -> None:
    """Five layers have geometry of one kind in the city's CRS, the others are tables."""
    kinds = dict(pyogrio.list_layers(package).tolist())
    polygons, points = "MultiPolygon", "Point"
    assert kinds == {
        "social_spaces": polygons, "districts": polygons, "buildings": points, "sites": points, "facilities": points,
        "units": None, "allocation": None, "sources": None, "layer_styles": None,
    }  # fmt: skip
    for layer, kind in kinds.items():
        assert pyogrio.read_info(package, layer=layer)["crs"] == (CRS if kind else None)


def test_results_stand_beside_the_columns_of_the_city(package: Path) -> None:
    """Social spaces keep what the city said of them and have what the plan brings."""
    spaces = table(package, "social_spaces")
    assert spaces.loc["S1", ["name", "refugees", "refugees_before", "refugees_after"]].tolist() == [
        "Altstadt",
        10,
        13,
        17,
    ]
    assert spaces.geometry.area.tolist() == [1e6] * 3
    assert table(package, "districts").geometry.area.to_dict() == {"D1": 2e6, "D2": 1e6}


def test_places_have_their_state_and_their_tightest_cap(package: Path) -> None:
    """Building B1 is over a cap by the plan, site L1 was so before, and the layer names which."""
    columns = ["state", "rule", "counted", "counted_after", "at_most"]
    assert table(package, "buildings").loc["B1", columns].tolist() == ["over", "one-flat", "flats", 2, 1]
    assert table(package, "sites").loc["L1", columns].tolist() == ["over_today", "twenty-per-site", "persons", 22, 20]


def test_units_and_households_find_each_other(package: Path) -> None:
    """The table of units counts who lives there, that of households says how they come to live there."""
    units = table(package, "units")
    assert units.loc[["U2", "U3", "U4"], "listed_persons_after"].tolist() == [4, 0, 2]
    assert units.loc[["U2", "U3", "U4"], "free"].tolist() == [0, 5, 8]
    status = table(package, "allocation")["status"]
    assert status.to_dict() == {
        "H1": "moved_in", "H2": "moved_in", "H3": "unplaced", "H4": "stays", "H5": "stays", "H6": "remains",
    }  # fmt: skip


def test_sources_travel_with_the_data(package: Path) -> None:
    """Origin, licence, day and what was generated stand in a table of their own."""
    source = pyogrio.read_dataframe(package, layer="sources").iloc[0]
    assert (source["licence"], source["retrieved"]) == ("CC-BY-4.0", "2024-01-31")
    assert source["synthetic"] == "Alle Wohnungen erfunden."


def test_every_style_is_valid_and_one_of_each_layer_is_the_default(package: Path) -> None:
    """QML is XML with a renderer whose classes all have a symbol, and QGIS is told which one to take."""
    found = styles(package)
    assert found.groupby("f_table_name")["useAsDefault"].sum().to_dict() == {
        "social_spaces": 1, "districts": 1, "buildings": 1, "sites": 1,
    }  # fmt: skip
    assert set(found["f_geometry_column"]) == {"geom"}
    for text in found["styleQML"]:
        renderer = ElementTree.fromstring(text).find("renderer-v2")
        symbols = {symbol.get("name") for symbol in renderer.findall("symbols/symbol")}
        used = {one.get("symbol") for one in [*renderer.iter("range"), *renderer.iter("category")]}
        assert symbols >= used
        assert symbols
        for symbol in renderer.findall("symbols/symbol"):
            assert {option.get("name") for option in symbol.iter("Option")} >= {"outline_color", "outline_width"}


def test_the_default_style_has_the_classes_of_the_map(package: Path) -> None:
    """Social spaces are coloured by the share after the plan, with the colours and breaks of the map."""
    style = styles(package).query("f_table_name == 'social_spaces' and useAsDefault == 1").iloc[0]
    renderer = ElementTree.fromstring(style["styleQML"]).find("renderer-v2")
    areas = packed_plan().areas
    classes = indicator_classes(INDICATORS[0], areas[areas["level"] == "social_space"])
    assert renderer.get("attr") == "share_after"
    ranges = renderer.findall("ranges/range")
    assert tuple(float(one.get("lower")) for one in ranges)[1:] == classes.breaks
    fills = [option.get("value") for option in renderer.findall("symbols//Option") if option.get("name") == "color"]
    assert [re.sub(",255$", "", fill) for fill in fills] == [
        ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) for colour in classes.colours
    ]


def test_a_value_on_a_break_has_one_colour_in_qgis_and_on_the_map(package: Path) -> None:
    """Each range ends below the beginning of the next, where QGIS would else take the lower one."""
    style = styles(package).iloc[0]
    ranges = ElementTree.fromstring(style["styleQML"]).findall("renderer-v2/ranges/range")
    for lower, upper in itertools.pairwise(ranges):
        assert float(lower.get("upper")) < float(upper.get("lower"))


def test_the_package_knows_its_style_table(package: Path) -> None:
    """The table of styles is registered, so that a strict reader accepts the file."""
    connection = sqlite3.connect(package)
    kinds = dict(connection.execute("SELECT table_name, data_type FROM gpkg_contents"))
    connection.close()
    assert kinds["layer_styles"] == "attributes"
    assert kinds["social_spaces"] == "features"


def test_the_same_plan_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    """Nothing in the file depends on when or where it is written, and nothing else is left in the folder."""
    again = tmp_path / "again.gpkg"
    write_geopackage(packed_plan(), again)
    assert again.read_bytes() == package.read_bytes()
    assert list(tmp_path.iterdir()) == [again]


def test_footprints_stay_footprints(tmp_path: Path) -> None:
    """Where every building has an outline the layer holds outlines, where one has none it holds points."""
    buildings = hand_made_city().buildings
    outlines = buildings.set_geometry(buildings.geometry.buffer(10))
    mixed = buildings.set_geometry([*outlines.geometry[:3], buildings.geometry[3]], crs=CRS)
    for given, kind, symbol in ((outlines, "MultiPolygon", "fill"), (mixed, "Point", "marker")):
        path = tmp_path / f"{kind}.gpkg"
        write_geopackage(packed_plan(buildings=given), path)
        assert pyogrio.read_info(path, layer="buildings")["geometry_type"] == kind
        style = styles(path).query("f_table_name == 'buildings'").iloc[0]["styleQML"]
        assert {one.get("type") for one in ElementTree.fromstring(style).iter("symbol")} == {symbol}


def test_columns_of_foreign_cities_are_kept(tmp_path: Path) -> None:
    """Columns that a GeoPackage needs for itself, or that results are called, neither break nor hide anything."""
    spaces = hand_made_city().social_spaces.assign(FID=[7, 7, 7], geom=["a", "b", "c"], Free=[1, 2, 3])
    path = tmp_path / "city.gpkg"
    write_geopackage(packed_plan(social_spaces=spaces), path)
    read = table(path, "social_spaces")
    assert read["FID_"].tolist() == [7, 7, 7]
    assert read["geom_"].tolist() == ["a", "b", "c"]
    assert read["free"].tolist() == [0, 5, 8]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a layer cannot be written, an older file stays and the draft vanishes."""
    path = tmp_path / "city.gpkg"
    path.write_bytes(b"older")

    def fails(*_args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("allocator.maps.geopackage.add_styles", fails)
    with pytest.raises(OSError, match="disk full"):
        write_geopackage(packed_plan(), path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]
