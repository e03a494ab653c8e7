"""`allocator data osm` and `data attach`: one command from an extract to a map; nothing where something is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from osm_town import little_town

from allocator.city.reading import read_city, read_households
from allocator.cli.data import data
from allocator.errors import InputError, OutputExistsError, UsageError

WITTENAU = Path(__file__).parents[1].parent / "shared" / "data" / "wittenau" / "wittenau.osm.pbf"


@pytest.fixture
def extract(tmp_path, monkeypatch):
    """The little town as a file, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return little_town().write(tmp_path / "kleinstadt.osm")


def call(*words, fails=False):
    """The result of a command; with `fails` the error that ended it."""
    result = CliRunner().invoke(data, [str(word) for word in words], catch_exceptions=fails)
    return result.exception if fails else result


def test_an_extract_becomes_a_city_in_a_folder_of_its_name(extract, tmp_path):
    """By default: data/kleinstadt, without units and households; the path goes to stdout, notes to stderr."""
    result = call("osm", extract)
    assert result.stdout.strip() == str(Path("data") / "kleinstadt")
    assert "dwellings are estimated" in result.stderr
    city = read_city(tmp_path / "data" / "kleinstadt")
    assert (len(city.buildings), len(city.units)) == (7, 0)
    assert not (tmp_path / "data" / "kleinstadt" / "households.csv").exists()


def test_lists_are_attached_where_they_are_given(extract, tmp_path):
    """Flats by address, households, seats: the city holds them all."""
    (tmp_path / "flats.csv").write_text("unit_id;address;rooms\nA;Hauptstr. 1;2\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("household_id;persons\nh;2\n", encoding="utf-8")
    (tmp_path / "seats.csv").write_text("name;seats\nKita Löwenzahn;4\n", encoding="utf-8")
    call("osm", extract, "--out", "city", "--units", "flats.csv", "--households", "people.csv", "--seats", "seats.csv",
         "--scenario")  # fmt: skip
    city = read_city(tmp_path / "city")
    assert city.units["building_id"].tolist() == ["w101"]
    assert city.facilities.set_index("facility_id")["seats"]["n42"] == 4
    assert read_households(tmp_path / "city", city)[0]["persons"].tolist() == [2]
    assert (tmp_path / "city" / "scenario.yaml").is_file()


def test_all_findings_of_all_lists_come_at_once_and_nothing_is_written(extract, tmp_path):
    """An address that is not there, a broken seat and a household of nobody: three errors, no folder."""
    (tmp_path / "flats.csv").write_text("unit_id;address;rooms\nA;Hauptstr. 99;2\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("household_id;persons\nh;0\n", encoding="utf-8")
    (tmp_path / "seats.csv").write_text("name;seats\nKita Löwenzahn;x\n", encoding="utf-8")
    error = call(
        "osm", extract, "--units", "flats.csv", "--households", "people.csv", "--seats", "seats.csv", fails=True
    )
    assert isinstance(error, InputError)
    found = {finding.table for finding in error.findings if finding.severity == "error"}
    assert found == {"units", "households", "seats"}
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("place", ["wittenau.osm.pdf", "files/altena.zip"])
def test_a_file_that_is_not_there_is_no_place(place):
    """Nobody asks a server for a misspelt file."""
    error = call("osm", place, fails=True)
    assert isinstance(error, UsageError)
    assert "there is no file" in str(error)


def test_a_part_of_a_place_by_name_is_that_place():
    """--inside belongs to files."""
    assert isinstance(call("osm", "Kleinstadt", "--inside", "Nord", fails=True), UsageError)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--synthetic-lists", "1", "--units", "x.csv"], "invents flats and households"),
        (["--scenario"], "a scenario needs flats and households"),
        (["--run"], "a scenario needs flats and households"),
        (["--column", "space_id"], "NAME=IN_FILE"),
    ],
)
def test_words_that_do_not_go_together_are_wrong_usage(extract, words, says):
    """Each says what is missing or too much."""
    error = call("osm", extract, *words, fails=True)
    assert isinstance(error, UsageError)
    assert says in str(error)


@pytest.mark.parametrize("option", ["--grid", "--margin", "--flat-area", "--persons-per-dwelling"])
@pytest.mark.parametrize("value", ["nan", "inf", "1e30"])
def test_a_number_that_is_none_is_wrong_usage(extract, option, value):
    """No square, distance, flat or household is that large, or no number."""
    answer = CliRunner().invoke(data, ["osm", str(extract), option, value])
    assert (answer.exit_code, "Invalid value" in answer.stderr) == (2, True)


def test_lists_that_contradict_each_other_are_not_written(extract, tmp_path):
    """A new list of flats without the flat in which a household lives would make a city that nothing can read."""
    call("osm", extract, "--synthetic-lists", "1", "--flats", "9", "--out", tmp_path / "town")
    flats, people = tmp_path / "flats.csv", tmp_path / "people.csv"
    flats.write_text("unit_id;address;rooms\nA;Hauptstr. 1;2\n", encoding="utf-8")
    people.write_text("household_id;persons;unit_id\nh;2;B\n", encoding="utf-8")
    words = ["attach", tmp_path / "town", "--units", flats, "--households", people, "--out", tmp_path / "new"]
    error = call(*words, fails=True)
    assert isinstance(error, InputError)
    assert [(finding.row, finding.column) for finding in error.findings] == [("h", "unit_id")]
    assert not (tmp_path / "new").exists()


def test_an_existing_city_is_kept_unless_asked(extract):
    """The second call refuses; with --overwrite it replaces all but the scenario; other things are safe."""
    call("osm", extract, "--scenario", "--synthetic-lists", "1", "--flats", "9")
    assert isinstance(call("osm", extract, fails=True), OutputExistsError)
    (Path("data") / "kleinstadt" / "scenario.yaml").write_text("title: mine\n", encoding="utf-8")
    call("osm", extract, "--overwrite")
    assert (Path("data") / "kleinstadt" / "scenario.yaml").read_text(encoding="utf-8") == "title: mine\n"
    (Path("data") / "kleinstadt" / "notes.txt").write_text("mine", encoding="utf-8")
    assert isinstance(call("osm", extract, "--overwrite", fails=True), OutputExistsError)


def test_a_boundary_from_a_file(extract, tmp_path):
    """Only the north is taken; a file without polygons is a finding."""
    import geopandas as gpd
    import shapely
    from osm_town import ORIGIN

    x, y = ORIGIN
    north = gpd.GeoSeries([shapely.box(x, y + 300, x + 400, y + 600)], crs=25832)
    north.to_file(tmp_path / "north.gpkg")
    call("osm", extract, "--boundary", "north.gpkg", "--out", "north")
    assert sorted(read_city(tmp_path / "north").buildings["building_id"]) == ["r1", "w105", "w111"]
    north.centroid.to_file(tmp_path / "point.gpkg")
    error = call("osm", extract, "--boundary", "point.gpkg", "--out", "none", fails=True)
    assert "holds no polygon" in str(error)


def test_lists_attach_to_any_city(extract, tmp_path):
    """A city that exists gets flats by address, in its own folder; without --overwrite it is kept."""
    call("osm", extract, "--out", "city")
    (tmp_path / "flats.csv").write_text("unit_id;address;rooms\nA;Nordweg 12;2\n", encoding="utf-8")
    assert isinstance(call("attach", "city", "--units", "flats.csv", "--out", "city", fails=True), OutputExistsError)
    call("attach", "city", "--units", "flats.csv", "--out", "city", "--overwrite")
    assert read_city(tmp_path / "city").units["building_id"].tolist() == ["w105"]


@pytest.mark.slow
def test_one_command_from_an_extract_to_a_map(extract, tmp_path):
    """`--synthetic-lists 1 --run` writes the city, the scenario, and a verified plan with its map."""
    result = CliRunner().invoke(
        data,
        ["osm", str(extract), "--synthetic-lists", "1", "--flats", "12", "--looking", "9", "--run", "--language", "de"],
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == str(Path("maps") / "kleinstadt" / "map.html")
    written = json.loads((tmp_path / "maps" / "kleinstadt" / "result.json").read_text(encoding="utf-8"))
    assert written["status"] in ("optimal", "within_gap")
    assert written["title"] == "Kleinstadt: Schul- und Kitaplätze im Umkreis von 1.500 m"
    assert {rule["name"] for rule in written["rules"]} >= {"school-seats", "kita-seats"}
    assert "OpenStreetMap contributors" in (tmp_path / "maps" / "kleinstadt" / "map.html").read_text(encoding="utf-8")


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not WITTENAU.is_file(), reason=f"the extract is not at {WITTENAU}")
def test_wittenau_in_one_command(tmp_path, monkeypatch):
    """The real extract: a verified plan in which all rules are kept, and most persons have a home."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(data, ["osm", str(WITTENAU), "--synthetic-lists", "1", "--run"])
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "maps" / "wittenau" / "result.json").read_text(encoding="utf-8"))
    assert written["placed"]["persons"] > written["unplaced"]["persons"]
    assert all(rule["breaches"] == 0 for rule in written["rules"])
