"""The census grid and tables by area join a city: totals are preserved, what is withheld stays unknown."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from pyproj import Transformer

from allocator.city.census import GRID_CRS, is_mean, read_grid
from allocator.city.census_join import column_name, grid_to_buildings, grid_to_spaces, table_to_spaces, with_residents
from allocator.city.reading import read_city
from allocator.city.reporting import TableReporter
from allocator.cli.data import data
from allocator.errors import Findings, InputError

WEST, SOUTH = 4_337_000, 2_689_000
"""South-west corner of the grid of the tests in EPSG:3035, in metres."""
EVERYWHERE = (WEST - 1e4, SOUTH - 1e4, WEST + 1e4, SOUTH + 1e4)
HEADER = "GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner"


def cell(column, row, *values):
    """A line of a grid file: the cell so many cells east and north of the corner."""
    x, y = WEST + 100 * column, SOUTH + 100 * row
    return ";".join([f"CRS3035RES100mN{y}E{x}", str(x + 50), str(y + 50), *map(str, values)])


def written(tmp_path, header, *lines, encoding="utf-8"):
    """A grid file as published."""
    path = tmp_path / "grid.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def read(tmp_path, header, *lines, **options):
    """(cells, findings) of such a file."""
    findings = Findings()
    return read_grid(written(tmp_path, header, *lines, **options), EVERYWHERE, findings), findings


def spaces_of(*boxes, crs=GRID_CRS, **columns):
    """Social spaces that are rectangles, in cells of the grid: (west, south, east, north)."""
    shapes = [shapely.box(WEST + 100 * a, SOUTH + 100 * b, WEST + 100 * c, SOUTH + 100 * d) for a, b, c, d in boxes]
    ids = [str(number + 1) for number in range(len(boxes))]
    return gpd.GeoDataFrame({"space_id": ids, "residents": 0, **columns}, geometry=shapes, crs=GRID_CRS).to_crs(crs)


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-8-sig"])
def test_a_grid_file_is_read_as_published(tmp_path, encoding):
    """Semicolons, decimal commas, a dash for what is withheld, brackets for what is uncertain, in each encoding."""
    header = "GITTER_ID_100m;x_mp_100m;y_mp_100m;durchschnMieteQM;AnzahlWohnungen;werterlaeuternde_Zeichen"
    lines = cell(0, 0, "6,26", 3, ""), cell(1, 0, "–", "–", ""), cell(2, 0, "4,45", 5, "KLAMMERN")
    cells, findings = read(tmp_path, header, *lines, encoding=encoding)
    assert len(findings) == 0
    assert cells.values["durchschnMieteQM"].tolist() == pytest.approx([6.26, np.nan, 4.45], nan_ok=True)
    assert cells.values["AnzahlWohnungen"].tolist() == pytest.approx([3, np.nan, 5], nan_ok=True)
    assert cells.corners.tolist() == [[WEST, SOUTH], [WEST + 100, SOUTH], [WEST + 200, SOUTH]]
    assert cells.uncertain == 1


def test_only_cells_near_the_city_are_kept(tmp_path):
    """Cells that do not touch the bounds are left out, those on the edge stay."""
    findings = Findings()
    path = written(tmp_path, HEADER, cell(0, 0, 1), cell(1, 0, 2), cell(5, 0, 3))
    cells = read_grid(path, (WEST + 150, SOUTH + 10, WEST + 260, SOUTH + 20), findings)
    assert cells.values["Einwohner"].tolist() == [2]


def test_a_file_with_ids_alone_is_placed_by_them(tmp_path):
    """The id holds north and east of the south-west corner."""
    cells, _ = read(tmp_path, "GITTER_ID_100m;Einwohner", f"CRS3035RES100mN{SOUTH}E{WEST};7")
    assert cells.corners.tolist() == [[WEST, SOUTH]]


def test_the_grid_of_one_kilometre_is_read_too(tmp_path):
    """The size of a cell is in the names of the columns."""
    cells, _ = read(tmp_path, "GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner", f"x;{WEST + 500};{SOUTH + 500};9")
    assert cells.size == 1000
    assert cells.corners.tolist() == [[WEST, SOUTH]]


@pytest.mark.parametrize(
    ("header", "line", "says"),
    [
        ("a;b", "1;2", "is no file of the census grid"),
        (HEADER, cell(0, 0, "viele"), "1 values are no numbers, first 'viele'"),
        (HEADER, cell(0, 0, "inf"), "1 values are no numbers, first 'inf'"),
        (HEADER, cell(0, 0, -4), "1 values are below zero or too large, first '-4'"),
        (HEADER, cell(0, 0, "1e30"), "below zero or too large"),
        (HEADER, f"x;{WEST + 30};{SOUTH + 50};1", "do not lie on the grid"),
        (HEADER, "x;;;1", "1 rows have no place"),
        (HEADER, cell(0, 0, 1) + "\n" + cell(0, 0, 2), "stand in the file twice"),
        (HEADER, cell(0, 0, 1) + ";too;many", "cannot be read"),
    ],
)
def test_a_broken_grid_file_is_refused(tmp_path, header, line, says):
    """Foreign and broken files are findings, with what is wrong."""
    cells, findings = read(tmp_path, header, line)
    assert cells is None
    assert [says in finding.what for finding in findings.errors] == [True]


def test_an_unknown_column_gets_the_nearest_name(tmp_path):
    """`Einwoner` is probably `Einwohner`; a file that is not there says so."""
    findings = Findings()
    assert read_grid(written(tmp_path, HEADER, cell(0, 0, 1)), EVERYWHERE, findings, ["Einwoner"]) is None
    assert findings.errors[0].remedy == "did you mean 'Einwohner'?"
    assert read_grid(tmp_path / "none.csv", EVERYWHERE, findings) is None


# --- social spaces ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crs", [GRID_CRS, "EPSG:25832"])
def test_totals_are_shared_by_area_and_preserved(tmp_path, crs):
    """Two spaces meet in the middle of the second of three cells: 10 + 20/2 and 20/2 + 40, together 70, in any CRS."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 10), cell(1, 0, 20), cell(2, 0, 40))
    spaces = grid_to_spaces(spaces_of((0, 0, 1.5, 1), (1.5, 0, 3, 1), crs=crs), cells, findings, "grid.csv")
    assert spaces["einwohner"].tolist() == pytest.approx([20, 50], abs=1e-3)
    assert spaces["einwohner"].sum() == pytest.approx(70, abs=1e-3)
    assert len(findings) == 0


def test_what_lies_outside_is_told(tmp_path):
    """Half of a cell of 20 lies outside every space: 10 are counted, the note names the other 10."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 20))
    spaces = grid_to_spaces(spaces_of((0, 0, 0.5, 1)), cells, findings, "grid.csv")
    assert spaces["einwohner"].tolist() == pytest.approx([10])
    assert "10 of 20 lie in parts of cells outside" in findings.notes[0].what


def test_withheld_cells_are_unknown_and_not_zero(tmp_path):
    """One space has a known and a withheld cell, one only a withheld one, one no cell: 10, unknown, 0."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 10), cell(1, 0, "–"), cell(2, 0, "–"))
    spaces = grid_to_spaces(spaces_of((0, 0, 2, 1), (2, 0, 3, 1), (3, 0, 4, 1)), cells, findings, "grid.csv")
    assert spaces["einwohner"].tolist() == pytest.approx([10, np.nan, 0], nan_ok=True)
    assert spaces["einwohner_unknown_cells"].tolist() == [1, 1, 0]
    assert "2 of 3 cells are withheld" in findings.notes[0].what


def test_averages_are_weighted_and_never_added(tmp_path):
    """Rents of 6 and 9 EUR over 10 and 20 dwellings are 8 EUR on average; without dwellings 7.50."""
    header = "GITTER_ID_100m;x_mp_100m;y_mp_100m;durchschnMieteQM"
    cells, findings = read(tmp_path, header + ";AnzahlWohnungen", cell(0, 0, "6,0", 10), cell(1, 0, "9,0", 20))
    spaces = grid_to_spaces(spaces_of((0, 0, 2, 1)), cells, findings, "grid.csv")
    assert spaces[["durchschn_miete_qm", "anzahl_wohnungen"]].to_numpy().tolist() == [pytest.approx([8, 30])]
    cells, _ = read(tmp_path, header, cell(0, 0, "6,0"), cell(1, 0, "9,0"), cell(1, 1, "–"))
    spaces = grid_to_spaces(spaces_of((0, 0, 2, 1), (0, 1, 2, 2)), cells, findings, "grid.csv")
    assert spaces["durchschn_miete_qm"].tolist() == pytest.approx([7.5, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("name", "mean", "column"),
    [
        ("Einwohner", False, "einwohner"),
        ("durchschnMieteQM", True, "durchschn_miete_qm"),
        ("Leerstandsquote", True, "leerstandsquote"),
        ("durchschnHHGroesse", True, "durchschn_hhgroesse"),
        ("AnteilUeber65", True, "anteil_ueber65"),
        ("1_Person", False, "1_person"),
    ],
)
def test_names_say_what_is_averaged(name, mean, column):
    """Rents, quotas, shares and averages are averaged, all else is added; columns get plain names."""
    assert is_mean(name) is mean
    assert column_name(name) == column


def test_a_grid_of_another_region_is_refused(tmp_path):
    """No cell lies in a social space: an error, not zeros."""
    cells, findings = read(tmp_path, HEADER, cell(50, 50, 10))
    grid_to_spaces(spaces_of((0, 0, 1, 1)), cells, findings, "grid.csv")
    assert [finding.what for finding in findings.errors] == ["no cell lies in a social space"]


def test_residents_are_whole_and_add_up(tmp_path):
    """Three spaces share 10 residents by thirds: 4, 3 and 3; the mark of being estimated goes."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 10))
    third = [(0, 0, 1 / 3, 1), (1 / 3, 0, 2 / 3, 1), (2 / 3, 0, 1, 1)]
    spaces = spaces_of(*third, synthetic=True, synthetic_columns="residents")
    joined = with_residents(grid_to_spaces(spaces, cells, findings, "g"), "einwohner", findings, "g")
    assert sorted(joined["residents"].tolist()) == [3, 3, 4]
    assert not joined["synthetic"].any()


def test_residents_that_are_not_known_stay_as_they_were(tmp_path):
    """A space of withheld cells keeps its estimate and its mark, with a note; so does one with more refugees."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 10), cell(1, 0, "–"), cell(2, 0, 5))
    spaces = spaces_of((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1), refugees=[0, 0, 8], synthetic=True,
                       synthetic_columns="residents")  # fmt: skip
    spaces["residents"] = [1, 77, 20]
    joined = with_residents(grid_to_spaces(spaces, cells, findings, "g"), "einwohner", findings, "g")
    assert joined["residents"].tolist() == [10, 77, 20]
    assert joined["synthetic"].tolist() == [False, True, True]
    assert sum("stay" in finding.what for finding in findings.notes) == 2


# --- buildings ----------------------------------------------------------------------------------------------------


def test_buildings_share_a_cell_by_their_footprint(tmp_path):
    """100 m² and 300 m² share 20 residents: 5 and 15; a house over two cells gets of both; an empty cell is told."""
    cells, findings = read(tmp_path, HEADER, cell(0, 0, 20), cell(1, 0, 8), cell(2, 0, 6), cell(3, 0, "–"))
    at = WEST, SOUTH
    boxes = [(10, 10, 20, 20), (40, 10, 50, 40), (105, 10, 115, 20), (310, 10, 320, 20)]
    shapes = [shapely.box(at[0] + a, at[1] + b, at[0] + c, at[1] + d) for a, b, c, d in boxes]
    buildings = gpd.GeoDataFrame({"building_id": list("abcd")}, geometry=shapes, crs=GRID_CRS)
    joined = grid_to_buildings(buildings, cells, findings, "grid.csv")
    assert joined["einwohner"].tolist() == pytest.approx([5, 15, 8, np.nan], nan_ok=True)
    assert [finding.what for finding in findings.notes] == [
        "6 of 34 lie in cells without a building of the city, and are with none"]  # fmt: skip


def test_buildings_that_are_points_share_by_dwellings(tmp_path):
    """Points with 1 and 3 dwellings share 20: 5 and 15; a rate is the same for both."""
    header = HEADER + ";Leerstandsquote"
    cells, findings = read(tmp_path, header, cell(0, 0, 20, "2,5"))
    points = [shapely.Point(WEST + 10, SOUTH + 10), shapely.Point(WEST + 60, SOUTH + 60)]
    buildings = gpd.GeoDataFrame({"building_id": ["a", "b"], "dwellings": [1, 3]}, geometry=points, crs=GRID_CRS)
    joined = grid_to_buildings(buildings, cells, findings, "grid.csv")
    assert joined["einwohner"].tolist() == pytest.approx([5, 15])
    assert joined["leerstandsquote"].tolist() == [2.5, 2.5]


def test_buildings_away_from_every_cell_stay_unknown(tmp_path):
    """Where no cell lies under any building nothing is known of them, and what the cells hold is told."""
    cells, findings = read(tmp_path, HEADER, cell(5, 5, 20))
    point = [shapely.Point(WEST + 10, SOUTH + 10)]
    buildings = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=point, crs=GRID_CRS)
    assert grid_to_buildings(buildings, cells, findings, "g")["einwohner"].isna().tolist() == [True]
    assert findings.notes[0].what.startswith("20 of 20 lie in cells without a building")


# --- tables by area -----------------------------------------------------------------------------------------------


def table_join(table, key, by, **columns):
    """(spaces, findings) of three spaces 01, 02, 03 in districts 1, 1, 2 with a table."""
    spaces = spaces_of((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1), district_id=["1", "1", "2"], **columns)
    spaces["space_id"] = ["01", "02", "03"]
    findings = Findings()
    table = pd.DataFrame(table)
    labels = np.array([f"number {row}" for row in range(len(table))], dtype=object)
    return table_to_spaces(spaces, table, key, by, TableReporter(findings, "t.csv", "", labels)), findings


def test_a_table_joins_by_id_with_its_misses_reported():
    """Ids without their zero are understood; an unknown one gets the nearest, a space without a row is named."""
    spaces, findings = table_join({"nr": ["1", "02", "04"], "quote": [0.1, 0.2, 0.4]}, "nr", "space_id")
    assert spaces["quote"].tolist() == pytest.approx([0.1, 0.2, np.nan], nan_ok=True)
    told = [(finding.what, finding.severity) for finding in findings]
    assert ("there is no space_id '04'", "note") in told
    assert ("1 of 3 space_id have no row: 03", "note") in told


def test_a_space_without_a_row_keeps_what_it_had():
    """Residents of 03 are not in the table: they stay as they were."""
    spaces, _ = table_join({"nr": ["1", "02"], "residents": [7, 8]}, "nr", "space_id")
    assert spaces["residents"].tolist() == [7, 8, 0]


def test_a_table_by_district_reaches_all_its_spaces():
    """Both spaces of district 1 get its value; residents of a district are no residents of its spaces."""
    spaces, findings = table_join({"district_id": ["1", "2"], "quote": [0.1, 0.2]}, "district_id", "district_id")
    assert spaces["quote"].tolist() == [0.1, 0.1, 0.2]
    _, findings = table_join({"district_id": ["1"], "residents": [9]}, "district_id", "district_id")
    assert "cannot come from a table by district_id" in findings.errors[0].what


def test_a_table_with_a_repeated_id_is_refused():
    """Two rows for one space: nobody can say which holds."""
    _, findings = table_join({"nr": ["01", "01"], "quote": [1, 2]}, "nr", "space_id")
    assert "stands in an earlier row too" in findings.errors[0].what


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def city(tmp_path):
    """A city of one social space of two cells and one building, in EPSG:25832."""
    to_city = Transformer.from_crs(GRID_CRS, "EPSG:25832", always_xy=True)
    space = spaces_of((0, 0, 2, 1), crs="EPSG:25832")
    folder = tmp_path / "city"
    folder.mkdir()
    space.to_file(folder / "social_spaces.geojson", driver="GeoJSON")
    x, y = to_city.transform(WEST + 50, SOUTH + 50)
    (folder / "buildings.csv").write_text(f"building_id,x,y\nb,{x},{y}\n", encoding="utf-8")
    (folder / "units.csv").write_text("unit_id,building_id,capacity\nu,b,3\n", encoding="utf-8")
    (folder / "city.yaml").write_text("name: Klein\ncrs: EPSG:25832\n", encoding="utf-8")
    return folder


def test_the_command_writes_a_city_with_statistics(city, tmp_path):
    """Residents and a rate are in the city that is read again; units and buildings are still there."""
    grid = written(tmp_path, HEADER + ";Leerstandsquote", cell(0, 0, 12, "2,0"), cell(1, 0, 30, "–"))
    call = ["census", str(city), "--grid", str(grid), "--residents", "Einwohner", "--out", str(tmp_path / "new")]
    made = CliRunner().invoke(data, call, catch_exceptions=False)
    assert "1 of 2 cells are withheld" in made.stderr
    read_again = read_city(tmp_path / "new")
    assert read_again.social_spaces["residents"].tolist() == [42]
    assert read_again.social_spaces["leerstandsquote"].tolist() == [2.0]
    assert read_again.buildings["einwohner"].tolist() == [12]
    assert read_again.units["unit_id"].tolist() == ["u"]
    assert ("grid.csv", "Census grid") in [(source.file, source.title) for source in read_again.sources]


def test_the_command_writes_nothing_where_a_file_is_broken(city, tmp_path):
    """A broken grid and a table without its key are two findings, and no folder."""
    grid = written(tmp_path, HEADER, cell(0, 0, "viele"))
    table = tmp_path / "table.csv"
    table.write_text("nr;quote\n1;0,5\n", encoding="utf-8")
    call = ["census", str(city), "--grid", str(grid), "--table", str(table), "--out", str(tmp_path / "new")]
    failed = CliRunner().invoke(data, call)
    assert isinstance(failed.exception, InputError)
    assert sum(finding.severity == "error" for finding in failed.exception.findings) == 2
    assert not (tmp_path / "new").exists()


def test_the_command_joins_a_table(city, tmp_path):
    """German numbers of a table by space."""
    table = tmp_path / "table.csv"
    table.write_text("nr;quote\n1;0,5\n", encoding="utf-8")
    call = ["census", str(city), "--table", str(table), "--key", "nr", "--out", str(tmp_path / "new")]
    assert CliRunner().invoke(data, call, catch_exceptions=False).exit_code == 0
    assert read_city(tmp_path / "new").social_spaces["quote"].tolist() == [0.5]


def test_the_command_writes_no_city_that_check_would_refuse(city, tmp_path):
    """Residents below zero are a finding with the space, and no folder."""
    table = tmp_path / "table.csv"
    table.write_text("space_id,residents\n1,-4\n", encoding="utf-8")
    failed = CliRunner().invoke(data, ["census", str(city), "--table", str(table), "--out", str(tmp_path / "new")])
    assert isinstance(failed.exception, InputError)
    (finding,) = failed.exception.findings
    assert (finding.row, finding.column, finding.what) == ("1", "residents", "-4 is less than 0")
    assert [entry.name for entry in tmp_path.iterdir() if "new" in entry.name] == []
