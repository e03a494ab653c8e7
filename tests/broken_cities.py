"""Ways to break the tiny city, each with the finding that it must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from worlds import CRS, EAST, NORTH, tiny_tables

__all__ = ["CASES", "Broken"]


@dataclass(frozen=True)
class Broken:
    """One way to break the tiny city, and the finding that it must give: its place, words of it, and of its remedy."""

    name: str
    file: str
    what: str
    remedy: str
    row: str = ""
    column: str = ""
    line: int | None = None
    severity: str = "error"
    changes: dict[str, Any] = field(default_factory=dict)
    damage: Callable[[Path], None] | None = None


def _twice(*names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: pd.concat([frame, frame[frame[frame.columns[0]].isin(names)]])


def _rename(**names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.rename(columns=names)


def _shape(row: int, shape: Any) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        shapes = list(frame.geometry)
        shapes[row] = shape
        return frame.set_geometry(shapes, crs=CRS)

    return change


def _write(name: str, content: str | bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return damage


def _cut(name: str, keep: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * keep)])

    return damage


def _as(name: str, ending: str, keep: float = 1.0, **options: Any) -> Callable[[Path], None]:
    """Store a table in another format in place of its own, cut off after a share of its bytes."""

    def damage(folder: Path) -> None:
        old = next(folder.glob(f"{name}.*"))
        frame = tiny_tables()[name]
        old.unlink()
        target = folder / f"{name}{ending}"
        if ending == ".xlsx":
            frame.to_excel(target, index=False)
        elif ending == ".parquet":
            frame.to_parquet(target)
        else:
            frame.to_file(target, **options)
        _cut(target.name, keep)(folder)

    return damage


def _titled(rows: int) -> Callable[[Path], None]:
    """Put a title and empty rows above the header of the units."""

    def damage(folder: Path) -> None:
        text = (folder / "units.csv").read_text(encoding="utf-8")
        title = "Vacant flats, as of 1 March" + "\n" * rows
        (folder / "units.csv").write_text(title + text, encoding="utf-8")

    return damage


def _describe(text: str) -> Callable[[Path], None]:
    return _write("city.yaml", text)


TABLES = (
    "tables: {social_spaces: {source: social_spaces.geojson}, buildings: {source: buildings.csv}, "
    "units: {source: units.csv}, sites: {source: sites.csv}}\n"
)
BOW_TIE = shapely.Polygon([(EAST, NORTH), (EAST + 1000, NORTH + 1000), (EAST + 1000, NORTH), (EAST, NORTH + 1000)])

CASES = [
    # Columns.
    Broken("missing column", "units.csv", "column is missing", "the file has", column="building_id",
           changes={"units": lambda frame: frame.drop(columns="building_id")}),
    Broken("misspelt column", "households.csv", "column is missing", "did you mean 'perosns'", column="persons",
           changes={"households": _rename(persons="perosns")}),
    Broken("German column", "social_spaces.geojson", "column is missing", "did you mean 'einwohner'",
           column="residents", changes={"social_spaces": _rename(residents="einwohner")}),
    Broken("misspelt optional column", "units.csv", "looks like 'floor_area'", "columns: {floor_area: flor_area}",
           column="flor_area", severity="note", changes={"units": _rename(floor_area="flor_area")}),
    Broken("duplicate column", "units.csv", "2 columns have the same name", "rename or remove", column="rooms",
           changes={"units": _rename(floor_area="rooms")}),
    # Values.
    Broken("negative persons", "households.csv", "-2 is less than 1", "1 is the least", row="001", column="persons",
           changes={"households": {"001": {"persons": -2}}}),
    Broken("no persons", "households.csv", "0 is less than 1", "1 is the least", row="001", column="persons",
           changes={"households": {"001": {"persons": 0}}}),
    Broken("missing persons", "households.csv", "value is missing", "whole number", row="002", column="persons",
           changes={"households": {"002": {"persons": ""}}}),
    Broken("half a person", "households.csv", "'2.5' is not a whole number", "whole number", row="001",
           column="persons", changes={"households": {"001": {"persons": 2.5}}}),
    Broken("text for a number", "units.csv", "'cheap' is not a number", "write a number", row="U3", column="rent",
           changes={"units": {"U3": {"rent": "cheap"}}}),
    Broken("a unit behind a number", "units.csv", "'70 m²' is not a number", "without a unit", row="U3",
           column="floor_area", changes={"units": {"U3": {"floor_area": "70 m²"}}}),
    Broken("infinite rent", "units.csv", "'inf' is not a number", "write a number", row="U1", column="rent",
           changes={"units": {"U1": {"rent": "inf"}}}),
    Broken("no count", "units.csv", "too large for a count", "check the number", row="U1", column="capacity",
           changes={"units": {"U1": {"capacity": "100000000000000000000"}}}),
    Broken("no flag", "units.csv", "'maybe' is not a flag", "true or false", row="U2", column="accessible",
           changes={"units": {"U2": {"accessible": "maybe"}}}),
    Broken("no day", "units.csv", "'31.02.2026' is not a day", "2026-03-01", row="U2", column="available_from",
           changes={"units": {"U2": {"available_from": "31.02.2026"}}}),
    Broken("days reversed", "units.csv", "is before available_from", "correct one", row="U2",
           column="available_until",
           changes={"units": {"U2": {"available_from": "2026-03-02", "available_until": "1.3.2026"}}}),
    # Ids and references.
    Broken("duplicate unit", "units.csv", "stands in 2 rows", "its own id", row="U2", column="unit_id",
           changes={"units": _twice("U2")}),
    Broken("duplicate household", "households.csv", "stands in 2 rows", "its own id", row="004",
           column="household_id", changes={"households": _twice("004")}),
    Broken("missing id", "units.csv", "value is missing", "fill it in", row="number 4", column="unit_id",
           changes={"units": {"U3": {"unit_id": ""}}}),
    Broken("unknown building", "units.csv", "'B33' is not in the table buildings", "did you mean 'B3'", row="U4",
           column="building_id", changes={"units": {"U4": {"building_id": "B33"}}}),
    Broken("unknown social space", "buildings.csv", "'1' is not in the table social_spaces", "did you mean '01'",
           row="B1", column="space_id", changes={"buildings": {"B1": {"space_id": "1"}}}),
    Broken("unknown site", "buildings.csv", "'H7' is not in the table sites", "known: H1", row="B4",
           column="site_id", changes={"buildings": {"B4": {"site_id": "H7"}}}),
    Broken("site and building of one name", "buildings.csv", "a site has the id of this building", "rename",
           row="B1", column="site_id",
           changes={"sites": {"H1": {"site_id": "B1"}}, "buildings": {"B4": {"site_id": "B1"},
                                                                      "B5": {"site_id": "B1"}}}),
    Broken("unknown home", "households.csv", "'U55' is not in the table units", "did you mean 'U5'", row="003",
           column="unit_id", changes={"households": {"003": {"unit_id": "U55"}}}),
    Broken("unknown wish", "households.csv", "'09' is not in the table social_spaces", "known: 01, 02, 03", row="004",
           column="prefers", changes={"households": {"004": {"prefers": "01;09"}}}),
    Broken("wishes with commas", "households.csv", "'01,02' is not in", "write ; between", row="004",
           column="prefers", changes={"households": {"004": {"prefers": "01,02"}}}),
    Broken("near nobody", "households.csv", "'000' is not in the table households", "did you mean '00", row="004",
           column="near", changes={"households": {"004": {"near": "000"}}}),
    Broken("near itself", "households.csv", "near itself", "name the other", row="004", column="near",
           changes={"households": {"004": {"near": "004"}}}),
    # Contradictions.
    Broken("flat already let", "units.csv", "already let", "remove the row", row="U1", column="occupied",
           changes={"units": {"U1": {"occupied": 2}}}),
    Broken("more refugees than residents", "social_spaces.geojson", "more than the 500 residents", "correct one",
           row="03", column="refugees", changes={"social_spaces": {"03": {"refugees": 501}}}),
    Broken("more of a group than residents", "social_spaces.geojson", "more than the 500 residents", "correct one",
           row="03", column="group_a", changes={"social_spaces": {"03": {"group_a": 501}}}),
    Broken("site below its units", "sites.csv", "5 refugees at the site contradict the 6", "include those",
           row="H1", column="refugees", changes={"sites": {"H1": {"refugees": 5}}}),
    Broken("more flats let than there are", "buildings.csv", "7 flats let", "correct one", row="B1",
           column="refugee_flats", changes={"buildings": {"B1": {"refugee_flats": 7}}}),
    Broken("no capacity", "units.csv", "cannot be derived", "give capacity, floor_area or rooms", row="U1",
           column="capacity",
           changes={"units": {"U1": {"capacity": "", "floor_area": "", "rooms": ""}}}),
    Broken("two households in one flat", "households.csv", "with '001', and an ordinary unit holds one household",
           "correct one unit_id", row="002", column="unit_id",
           changes={"households": {"001": {"unit_id": "U2"}, "002": {"unit_id": "U2"}}}),
    Broken("pinned to nowhere", "households.csv", "must stay, but lives in no unit", "give its unit_id", row="001",
           column="pinned", changes={"households": {"001": {"pinned": "true"}}}),
    Broken("more children than persons", "households.csv", "3 children in a household of 2", "include the children",
           row="001", column="persons", changes={"households": {"001": {"children_school": 3}}}),
    # Geometry.
    Broken("text for a coordinate", "buildings.csv", "'west' is not a coordinate", "write metres", row="B2",
           column="x", changes={"buildings": {"B2": {"x": "west"}}}),
    Broken("missing coordinate", "buildings.csv", "geometry is missing", "draw it", row="B2", column="geometry",
           changes={"buildings": {"B2": {"x": ""}}}),
    Broken("swapped coordinates", "buildings.csv", "more than 50 km", "x and y are swapped", row="B2",
           column="geometry", changes={"buildings": {"B2": {"x": NORTH + 500, "y": EAST + 750}}}),
    Broken("another city", "buildings.csv", "more than 50 km", "check its coordinates", row="B2", column="geometry",
           changes={"buildings": {"B2": {"x": EAST + 60_000}}}),
    Broken("all in another zone", "buildings.csv", "all 5 rows lie more than 50 km", "CRS", column="geometry",
           changes={"buildings": lambda frame: frame.assign(x=frame["x"] + 400_000)}),
    Broken("degrees as metres", "buildings.csv", "look like degrees", "lon and lat", column="geometry",
           changes={"buildings": lambda frame: frame.assign(x=6.9, y=50.9)}),
    Broken("metres as degrees", "buildings.csv", "are no degrees", "say the right one", column="geometry",
           changes={"buildings": _rename(x="lon", y="lat")}),
    Broken("no geometry", "buildings.csv", "the table has no geometry", "columns x and y", column="geometry",
           changes={"buildings": lambda frame: frame.drop(columns=["x", "y"])}),
    Broken("broken WKT", "buildings.csv", "geometry cannot be read", "POINT", row="B3", column="geometry",
           changes={"buildings": lambda frame: frame.drop(columns=["x", "y"]).assign(
               wkt=["POINT (356250 5645500)"] * 2 + ["POINT (356250"] + ["POINT (356250 5645500)"] * 2)}),
    Broken("overlapping social spaces", "social_spaces.geojson", "overlaps '02' on 500000 m²", "draw the border",
           row="01", column="geometry",
           changes={"social_spaces": _shape(0, shapely.box(EAST, NORTH, EAST + 1500, NORTH + 1000))}),
    Broken("points for polygons", "social_spaces.geojson", "is a Point, not a polygon", "needs a polygon", row="02",
           column="geometry", changes={"social_spaces": _shape(1, shapely.Point(EAST, NORTH))}),
    Broken("polygon without area", "social_spaces.geojson", "has no area", "draw it again", row="02",
           column="geometry",
           changes={"social_spaces": _shape(1, shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH), (EAST, NORTH)]))}),
    Broken("empty geometry", "social_spaces.geojson", "missing or empty", "draw it", row="02", column="geometry",
           changes={"social_spaces": _shape(1, None)}),
    Broken("bow tie", "social_spaces.geojson", "invalid and has been mended: Self-intersection", "on a map",
           row="01", column="geometry", severity="note", changes={"social_spaces": _shape(0, BOW_TIE)}),
    Broken("GeoJSON in metres without CRS", "social_spaces.geojson", "are no degrees", "names no CRS",
           column="geometry", changes={"social_spaces": lambda frame: frame.set_crs(None, allow_override=True)}),
    Broken("Shapefile without CRS", "social_spaces.shp", "no coordinate reference system", "city.yaml",
           column="geometry", damage=lambda folder: (
               _as("social_spaces", ".shp")(folder), (folder / "social_spaces.prj").unlink())[0]),
    Broken("a vertex that is no number", "streets.csv", "a coordinate of the geometry is no number", "draw it again",
           row="number 2", column="geometry",
           damage=_write("streets.csv", f'wkt\n"LINESTRING ({EAST} {NORTH}, {EAST + 9} NaN, {EAST} {NORTH + 9})"\n')),
    # Files.
    Broken("empty file", "units.csv", "file is empty", "export it again", damage=_write("units.csv", "")),
    Broken("header alone", "units.csv", "no rows", "export it again", damage=_write("units.csv", "unit_id\n")),
    Broken("cut off CSV", "units.csv", "cells where the header has 9", "cut off", line=7,
           damage=_write("units.csv", tiny_tables()["units"].to_csv(index=False)[:-20])),
    Broken("too many cells", "units.csv", "3 cells where the header has 2", "quotation marks", line=2,
           damage=_write("units.csv", "unit_id,building_id\nU1,B1,B2\n")),
    Broken("open quotation mark", "units.csv", "never closed", "close it",
           damage=_write("units.csv", 'unit_id,building_id\nU1,"B1\nU2,B1\n')),
    Broken("a web page", "units.csv", "web page instead of the data", "download", damage=_write(
        "units.csv", "<html><body>Not found</body></html>")),
    Broken("social spaces without ids", "social_spaces.geojson", "value is missing", "fill it in", row="number 3",
           column="space_id", changes={"social_spaces": lambda frame: frame.assign(space_id="")}),
    Broken("no value for a key", "city.yaml", "the key has no value", "write one", line=1, column="tables.units",
           damage=_describe("tables: {units: }\n")),
    Broken("a list for keys", "city.yaml", "keys with values must stand here, not a list", "write keys", line=1,
           column="tables", damage=_describe("tables: [units]\n")),
    Broken("cut off GeoJSON", "social_spaces.geojson", "cut off", "export", damage=_cut("social_spaces.geojson", 0.7)),
    Broken("cut off GeoPackage", "social_spaces.gpkg", "cut off", "export", damage=_as("social_spaces", ".gpkg", 0.6)),
    Broken("cut off Shapefile", "social_spaces.shp", "cut off", "belong together",
           damage=_as("social_spaces", ".shp", 0.6)),
    Broken("cut off Excel", "units.xlsx", "no whole Excel file", "save it again", damage=_as("units", ".xlsx", 0.6)),
    Broken("cut off Parquet", "units.parquet", "cut off", "export", damage=_as("units", ".parquet", 0.6)),
    Broken("Shapefile without attributes", "social_spaces.shp", "cannot be", "belong together", damage=lambda folder: (
        _as("social_spaces", ".shp")(folder), (folder / "social_spaces.shx").unlink())[0]),
    Broken("Excel called CSV", "units.csv", "not what its ending says", "correct the ending",
           damage=_write("units.csv", b"PK\x03\x04 and more")),
    Broken("text called GeoPackage", "social_spaces.gpkg", "not what its ending says", "again", damage=lambda folder: (
        (folder / "social_spaces.geojson").unlink(), _write("social_spaces.gpkg", "space_id\n01\n")(folder))[1]),
    Broken("JSON that is no GeoJSON", "social_spaces.geojson", "cannot be", "again",
           damage=_write("social_spaces.geojson", '{"spaces": [1, 2, 3]}')),
    Broken("binary CSV", "units.csv", "not a text file", "UTF-8", damage=_write("units.csv", b"unit_id\x00\x01,b\n")),
    Broken("missing table", "tiny", "the table is missing", "add a file units", changes={"units": None}),
    Broken("misspelt table", "tiny", "the table is missing", "did you mean 'unit'", damage=lambda folder: (
        folder / "units.csv").rename(folder / "unit.csv")),
    Broken("two files for one table", "tiny", "two files for one table: units.csv, units.tsv", "keep one",
           damage=_write("units.tsv", "unit_id\tbuilding_id\nU1\tB1\n")),
    # city.yaml.
    Broken("unknown key", "city.yaml", "unknown key 'sourc'", "did you mean 'source'", line=3,
           column="tables.units.sourc", damage=_describe("name: Tiny\ntables:\n  units: {sourc: units.csv}\n")),
    Broken("unknown table", "city.yaml", "no table 'unit'", "did you mean 'units'", line=2, column="tables.unit",
           damage=_describe("tables:\n  unit: {source: units.csv}\n")),
    Broken("missing file", "city.yaml", "no such file", "did you mean 'sites.csv'", line=1,
           column="tables.sites.source",
           damage=_describe(TABLES.replace("sites.csv", "site.csv"))),
    Broken("unknown mapped column", "city.yaml", "no column 'miete'", "known:", line=1,
           column="tables.units.columns.rent",
           damage=_describe(TABLES.replace("source: units.csv", "source: units.csv, columns: {rent: miete}"))),
    Broken("misspelt mapped column", "city.yaml", "no column 'rnt'", "did you mean 'rent'", line=1,
           column="tables.units.columns.rent",
           damage=_describe(TABLES.replace("source: units.csv", "source: units.csv, columns: {rent: rnt}"))),
    Broken("misspelt key of the mapping", "city.yaml", "'unitid' is no column of units, and unit_id is missing",
           "did you mean 'unit_id'", line=1, column="tables.units.columns.unitid",
           damage=_describe(TABLES.replace("source: units.csv", "source: units.csv, columns: {unitid: unit_id}"))),
    Broken("title above the header", "units.csv", "header seems to stand in row 3 ('unit_id', 'building_id', ",
           "header: 3", damage=_titled(2)),
    Broken("header beyond the end", "city.yaml", "so its header cannot stand in row 99", "correct the number",
           line=1, column="tables.units.header",
           damage=_describe(TABLES.replace("source: units.csv", "source: units.csv, header: 99"))),
    Broken("header in row 0", "city.yaml", "'0': input should be greater than or equal to 1", "write", line=1,
           column="tables.units.header",
           damage=_describe(TABLES.replace("source: units.csv", "source: units.csv, header: 0"))),
    Broken("header of GeoJSON", "city.yaml", "header is for CSV and Excel", "remove the key", line=1,
           column="tables.social_spaces.header",
           damage=_describe(TABLES.replace("social_spaces.geojson", "social_spaces.geojson, header: 2"))),
    Broken("unknown layer", "city.yaml", "no layer 'space'", "known: social_spaces", line=1,
           column="tables.social_spaces.layer",
           damage=_describe(TABLES.replace("geojson}", "geojson, layer: space}"))),
    Broken("unknown CRS of a table", "city.yaml", "no coordinate reference system", "EPSG:25832", line=1,
           column="tables.buildings.crs",
           damage=_describe(TABLES.replace("buildings.csv}", "buildings.csv, crs: UTM}"))),
    Broken("no CRS by that name", "city.yaml", "no coordinate reference system", "EPSG:25832", line=1, column="crs",
           damage=_describe("crs: EPSG:99999\n" + TABLES)),
    Broken("CRS in degrees", "city.yaml", "does not count in metres", "EPSG:25832", line=1, column="crs",
           damage=_describe("crs: EPSG:4326\n" + TABLES)),
    Broken("CRS of web maps", "city.yaml", "not metres on the ground", "UTM zone", line=1, column="crs",
           damage=_describe("crs: EPSG:3857\n" + TABLES.replace(".csv}", ".csv, crs: EPSG:25832}"))),
    Broken("wrong CRS", "buildings.csv", "more than 50 km", "CRS", column="geometry",
           damage=_describe("crs: EPSG:25833\n" + TABLES)),
    Broken("repeated key", "city.yaml", "twice", "keep one", line=2, damage=_describe("name: Tiny\nname: Town\n")),
    Broken("YAML tag", "city.yaml", "tag", "remove", line=1, damage=_describe("name: !!python/name:os.system x\n")),
    Broken("no YAML", "city.yaml", "", "", damage=_describe("name: [Tiny\ntables: }\n")),
]  # fmt: skip
