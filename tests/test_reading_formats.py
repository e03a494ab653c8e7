"""The same city from every format: what people and programs write, read in the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from worlds import CRS, tiny_city, tiny_tables

from allocator.city import City, read_city, read_households
from allocator.city.reporting import shown
from allocator.cli.check import findings_of_city
from allocator.errors import InputError

TABLES = ("social_spaces", "buildings", "units", "sites", "facilities")


def assert_same_city(one: City, other: City) -> None:
    """Two cities hold the same tables."""
    assert one.crs == other.crs
    for name in TABLES:
        left, right = getattr(one, name), getattr(other, name)
        assert list(left["geometry"].geom_equals(right["geometry"])) == [True] * len(left) if name != "units" else True
        left, right = (pd.DataFrame(frame.drop(columns="geometry", errors="ignore")) for frame in (left, right))
        pd.testing.assert_frame_equal(left, right[left.columns], check_dtype=True, check_like=True)


def spatial(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """A table of the tiny city with its points as geometry instead of x and y."""
    if isinstance(frame, gpd.GeoDataFrame) or "x" not in frame.columns:
        return frame
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=gpd.points_from_xy(frame.x, frame.y), crs=CRS)


def german(frame: pd.DataFrame, file: Path) -> None:
    """Write a CSV as a German Excel does: semicolons, decimal commas, thousands with a point, Windows-1252."""
    frame = frame.copy()
    for name in frame.columns:
        if frame[name].dtype.kind == "f":
            frame[name] = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in frame[name]]
    frame.replace({"true": "ja", "false": "nein"}).to_csv(file, sep=";", index=False, encoding="cp1252")


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "geojson": lambda frame, file: spatial(frame).to_file(file) if hasattr(spatial(frame), "crs") else frame.to_csv(
        file.with_suffix(".csv"), index=False),
    "gpkg": lambda frame, file: gpd.GeoDataFrame(spatial(frame)).to_file(file, driver="GPKG"),
    "parquet": lambda frame, file: spatial(frame).to_parquet(file),
    "plain.parquet": lambda frame, file: (frame.to_wkb() if hasattr(frame, "crs") else frame).to_parquet(
        file.with_name(file.name.replace(".plain", ""))),
    "xlsx": lambda frame, file: (frame.to_wkt() if hasattr(frame, "crs") else frame).to_excel(file, index=False),
    "csv": lambda frame, file: (frame.to_wkt() if hasattr(frame, "crs") else frame).to_csv(
        file, index=False, encoding="utf-8-sig"),
    "tsv": lambda frame, file: (frame.to_wkt() if hasattr(frame, "crs") else frame).to_csv(
        file, index=False, sep="\t", encoding="utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_format_gives_the_same_city(ending: str, tmp_path: Path) -> None:
    """GeoJSON, GeoPackage, GeoParquet, plain Parquet, Excel and CSV of one city give equal tables, ids as text."""
    expected = read_city(tiny_city(tmp_path))
    folder = tmp_path / "other"
    folder.mkdir()
    for name, frame in tiny_tables().items():
        WRITERS[ending](frame, folder / f"{name}.{ending}")
    if ending in ("xlsx", "csv", "tsv", "plain.parquet"):
        # Text tables know no CRS: the description of the city says it.
        (folder / "city.yaml").write_text(f"crs: {CRS}\n", encoding="utf-8")
    city = read_city(folder)
    assert_same_city(expected, city)
    assert list(city.social_spaces["space_id"]) == ["01", "02", "03"]
    file = next(folder.glob("households.*"))
    pd.testing.assert_frame_equal(
        read_households(file, city)[0], read_households(tmp_path / "tiny" / "households.csv", expected)[0]
    )


def test_one_geopackage_holds_a_city(tmp_path: Path) -> None:
    """A GeoPackage with the tables as layers is a city, its households included."""
    expected = read_city(tiny_city(tmp_path))
    for name, frame in tiny_tables().items():
        gpd.GeoDataFrame(spatial(frame)).to_file(tmp_path / "town.gpkg", layer=name, driver="GPKG")
    city = read_city(tmp_path / "town.gpkg")
    assert_same_city(expected, city)
    assert city.name == "town"
    assert city.files == ((tmp_path / "town.gpkg").resolve(),)
    assert len(read_households(tmp_path / "town.gpkg", city)[0]) == 5


def test_a_german_table_is_read(tmp_path: Path) -> None:
    """Semicolons, decimal commas, points before thousands, Windows-1252, ja and nein, German days are understood."""
    units = tiny_tables()["units"].astype({"rent": float, "floor_area": float})
    units.loc[1, "rent"] = 1234.5
    units["name"], units["available_from"] = "Wohnung mit Küche", "1.3.2026"
    folder = tiny_city(tmp_path, units=None)
    german(units, folder / "units.csv")
    assert "1.234,50" in (folder / "units.csv").read_text(encoding="cp1252")
    city = read_city(folder)
    assert city.units["rent"].tolist() == [420, 1234.5, 610, 830, 190, 700]
    assert city.units["shared"].tolist() == [False] * 4 + [True, False]
    assert city.units["name"].unique().tolist() == ["Wohnung mit Küche"]
    assert (city.units["available_from"] == pd.Timestamp("2026-03-01")).all()
    assert city.findings == ()


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
def test_a_shapefile_is_read_with_its_cut_names(tmp_path: Path) -> None:
    """A Shapefile cuts names to ten letters; where one name alone fits, it is taken, with a note."""
    folder = tiny_city(tmp_path, social_spaces=None, buildings=None)
    tables = tiny_tables()
    tables["social_spaces"].to_file(folder / "social_spaces.shp")
    spatial(tables["buildings"]).to_file(folder / "buildings.shp")
    city = read_city(folder)
    assert city.buildings["building_id"].tolist() == ["B1", "B2", "B3", "B4", "B5"]
    assert city.social_spaces["district_id"].tolist() == ["D1", "D1", "D2"]
    assert {finding.column for finding in city.findings} == {"building_id", "refugee_flats", "district_id"}
    assert {file.suffix for file in city.files} >= {".shp", ".dbf", ".prj", ".shx"}


def test_a_description_maps_foreign_files_and_columns(tmp_path: Path) -> None:
    """A city.yaml names file, layer, sheet and columns of each table; further columns stay, sources are kept."""
    expected = read_city(tiny_city(tmp_path))
    (tmp_path / "roh").mkdir()
    tables = tiny_tables()
    spaces = tables["social_spaces"].rename(columns={"space_id": "nr", "residents": "einwohner"})
    spaces.to_file(tmp_path / "roh" / "raum.gpkg", layer="stadtteile")
    spaces.to_file(tmp_path / "roh" / "raum.gpkg", layer="other")
    with pd.ExcelWriter(tmp_path / "roh" / "bestand.xlsx") as book:
        tables["units"].rename(columns={"rent": "Miete"}).to_excel(book, sheet_name="Wohnungen", index=False)
        tables["sites"].to_excel(book, sheet_name="Standorte", index=False)
    tables["buildings"].to_csv(tmp_path / "roh" / "b.csv", index=False)
    tables["facilities"].to_csv(tmp_path / "roh" / "f.csv", index=False)
    (tmp_path / "city.yaml").write_text(
        """
name: Kleinstadt
crs: EPSG:25832
tables:
  social_spaces:
    source: roh/raum.gpkg
    layer: stadtteile
    columns: {space_id: nr, residents: einwohner}
  buildings: roh/b.csv
  units: {source: roh/bestand.xlsx, sheet: Wohnungen, columns: {rent: Miete}}
  sites: {source: roh/bestand.xlsx, sheet: Standorte}
  facilities: {source: roh/f.csv}
sources:
  - {file: roh/raum.gpkg, title: Stadtteile, licence: CC-BY, attribution: Stadt, retrieved: 2017-11-22}
  - {file: roh/bestand.xlsx, synthetic: All units are invented.}
""",
        encoding="utf-8",
    )
    city = read_city(tmp_path / "city.yaml")
    assert_same_city(expected, city)
    assert city.name == "Kleinstadt"
    assert city.sources[0].retrieved == "2017-11-22"
    assert city.synthetic == ("All units are invented.",)
    assert city.declared["social_spaces"] == expected.declared["social_spaces"]
    assert (tmp_path / "city.yaml").resolve() in city.files
    assert len(city.files) == 5


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    """Shuffled files give the same city and the same list."""
    expected = read_city(tiny_city(tmp_path))
    shuffled = {name: (lambda frame: frame.sample(frac=1, random_state=3)) for name in (*TABLES, "households")}
    folder = tiny_city(tmp_path, "shuffled", **shuffled)
    assert_same_city(expected, read_city(folder))
    pd.testing.assert_frame_equal(
        read_households(folder / "households.csv")[0], read_households(tmp_path / "tiny" / "households.csv")[0]
    )


def test_ids_keep_their_zeros_and_lose_their_decimals(tmp_path: Path) -> None:
    """`007` stays, a number 5 and 5.0 become `5`; a note warns of decimal ids."""
    tables = tiny_tables()
    households = tables["households"].assign(household_id=[7.0, 5.0, 12.0, 3.0, 4.0], near="")
    households.to_parquet(tmp_path / "households.parquet")
    table, findings = read_households(tmp_path / "households.parquet")
    assert table["household_id"].tolist() == ["12", "3", "4", "5", "7"]
    assert [finding.column for finding in findings] == ["household_id"]
    assert "decimal numbers" in findings[0].what
    (tmp_path / "h.csv").write_text("household_id,persons\n007,1\n7,2\n", encoding="utf-8")
    assert read_households(tmp_path / "h.csv")[0]["household_id"].tolist() == ["007", "7"]


def test_columns_that_are_missing_get_their_defaults(tmp_path: Path) -> None:
    """A list of ids and persons is enough; everything else is its default, in its type."""
    (tmp_path / "h.csv").write_text("household_id,persons\nA,3\n", encoding="utf-8")
    table, findings = read_households(tmp_path / "h.csv")
    row = table.iloc[0]
    assert findings == []
    assert (row["children_kita"], row["priority"], row["prefers"], bool(row["pinned"])) == (0, 1.0, "", False)
    assert np.isnan(row["max_rent"])
    assert pd.isna(row["arrives"])


def test_further_columns_get_the_type_of_their_values(tmp_path: Path) -> None:
    """Further columns become numbers or flags if all values are; codes with leading zeros stay text."""
    rows = ["household_id,persons,score,plz,member,level,remark", "A,1,1.5,01067,true,2,", "B,1,,50667,false,3,9",
            "C,1,2,1,true,4,x"]  # fmt: skip
    (tmp_path / "h.csv").write_text("\n".join(rows), encoding="utf-8")
    table = read_households(tmp_path / "h.csv")[0]
    assert table["score"].fillna(-1).tolist() == [1.5, -1, 2]
    assert table["plz"].tolist() == ["01067", "50667", "1"]
    assert table["member"].tolist() == [True, False, True]
    assert table["level"].dtype == np.int64
    assert table["remark"].tolist() == ["", "9", "x"]


def test_names_of_other_case_are_taken_with_a_note(tmp_path: Path) -> None:
    """`Household ID` and `PERSONS` are understood, and the note says so."""
    (tmp_path / "h.csv").write_text("Household ID;PERSONS;\nA;1;\n", encoding="utf-8")
    table, findings = read_households(tmp_path / "h.csv")
    assert table["household_id"].tolist() == ["A"]
    assert [(finding.severity, finding.column) for finding in findings] == [
        ("note", "household_id"), ("note", "persons"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "unit_id,building_id,rooms\rU1,B1,2\r",
        "sep=;\nunit_id;building_id;rooms\nU1;B1;2",
        "\n\nunit_id|building_id|rooms\nU1|B1|2\n",
        'unit_id,building_id,rooms,,\r\n"U1","B1","2",,\r\n,,,,\r\n',
        "unit_id,building_id,rooms\nU1,B1,2\n\n",
    ],
)
def test_line_ends_blank_lines_and_hints_for_excel(text: str, tmp_path: Path) -> None:
    """Old line ends, blank lines, empty columns and a first line `sep=;` do not disturb."""
    folder = tiny_city(tmp_path, units=None, households=None)
    (folder / "units.csv").write_text(text, encoding="utf-8", newline="")
    units = read_city(folder).units
    assert units[["unit_id", "building_id", "rooms"]].to_numpy().tolist() == [["U1", "B1", 2.0]]


def test_optional_tables_may_be_missing_or_empty(tmp_path: Path) -> None:
    """Facilities and sites without rows, or without a file, are empty tables with all columns."""

    def no_rows(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[:0]

    changes = {"buildings": lambda frame: frame.drop(columns="site_id")}
    empty = read_city(tiny_city(tmp_path, "empty", sites=no_rows, facilities=no_rows, **changes))
    missing = read_city(tiny_city(tmp_path, "missing", sites=None, facilities=None, **changes))
    for city in (empty, missing):
        assert (len(city.sites), len(city.facilities)) == (0, 0)
        assert {"site_id", "refugees", "cost", "geometry"} <= set(city.sites.columns)
        assert {"facility_id", "kind", "seats", "geometry"} <= set(city.facilities.columns)
    assert_same_city(empty, missing)


@pytest.mark.parametrize("name", ["modellstadt", pytest.param("koeln", marks=pytest.mark.shared)])
def test_shipped_cities_are_read_without_errors(name: str) -> None:
    """The cities of the project, and their lists of households, have no errors."""
    folder = Path(__file__).parent.parent / "data" / name
    if name == "koeln" and not (folder / "city").is_dir():
        pytest.skip("data/koeln/city has not been made: see data/koeln/README.md")
    if name == "koeln" and not (folder / "../../../shared/data/koeln/koeln.gpkg").is_file():
        pytest.skip("needs the open data of Köln beside the project")
    assert [finding for finding in findings_of_city(folder) if finding.severity == "error"] == []


def test_sheets_are_chosen_by_name(tmp_path: Path) -> None:
    """Of several sheets the one named like the table is read; without such a name the sheets are listed."""
    households = tiny_tables()["households"]
    with pd.ExcelWriter(tmp_path / "h.xlsx") as book:
        pd.DataFrame({"note": ["made by hand"]}).to_excel(book, sheet_name="cover", index=False)
        households.to_excel(book, sheet_name="households", index=False)
    assert len(read_households(tmp_path / "h.xlsx")[0]) == 5
    with pd.ExcelWriter(tmp_path / "i.xlsx") as book:
        for name in ("cover", "list"):
            households.to_excel(book, sheet_name=name, index=False)
    (finding,) = read_households(tmp_path / "i.xlsx")[1]
    assert "cover, list" in finding.remedy


def test_a_layer_must_be_named_among_several(tmp_path: Path) -> None:
    """A file of several layers, none named like the table, is a finding that lists them."""
    folder = tiny_city(tmp_path, social_spaces=None)
    for layer in ("one", "two"):
        tiny_tables()["social_spaces"].to_file(folder / "social_spaces.gpkg", layer=layer)
    with pytest.raises(InputError, match="one, two"):
        read_city(folder)


def test_long_or_odd_values_are_shown_in_one_line() -> None:
    """A value in a finding is cut to sixty characters, and its line breaks are written out."""
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 1000)) == 63
