"""The city's own lists find their buildings and facilities; what finds none is a finding, and never lost silently."""

import geopandas as gpd
import pytest
import shapely
from osm_town import ORIGIN, little_town

from allocator.access.attach import ListFile, as_tables, attach_households, attach_social_spaces, attach_units
from allocator.access.osm_city import OsmOptions, keys_to_read, make_osm_city
from allocator.access.osm_file import read_osm_file
from allocator.access.services import read_services
from allocator.access.services_seats import attach_seats
from allocator.city.model_city import write_model_city
from allocator.city.reading import read_city
from allocator.errors import Findings, InputError


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The little town as a city without lists."""
    path = little_town().write(tmp_path_factory.mktemp("town") / "kleinstadt.osm")
    services = read_services()
    return make_osm_city(read_osm_file(path, keys_to_read(services)), services, OsmOptions())[0]


def listed(tmp_path, text, name="list.csv"):
    """A list as a file."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return ListFile(path)


def units_of(town, tmp_path, text, **options):
    """(units, findings) of a list of flats."""
    findings = Findings()
    return attach_units(town, listed(tmp_path, text), findings, **options).units, findings


def test_flats_find_their_building_by_id_address_or_coordinate(town, tmp_path):
    """One of each way, in German spelling: id, whole address, street and number apart, metres, and the next house."""
    x, y = ORIGIN
    text = (
        "unit_id;building_id;adresse;strasse;hausnr;plz;x;y;rooms;rent\n"
        "A;w105;;;;;;;2;450,50\n"
        "B;;HAUPTSTR. 5, 58762 Altena;;;;;;3;500\n"
        "C;;;Nord-Weg;2A;58762;;;1;300\n"
        f"D;;;;;;{x + 230:.0f},5;{y + 410};2;400\n"
        f"E;;;;;;{x + 50:.0f},0;{y + 190};2;400\n"
    )
    units, findings = units_of(town, tmp_path, text)
    assert findings.errors == []
    assert units.set_index("unit_id")["building_id"].to_dict() == {
        "A": "w105", "B": "w102", "C": "w103", "D": "w105", "E": "w101"}  # fmt: skip
    assert units.set_index("unit_id")["rent"].to_dict() == {"A": 450.5, "B": 500, "C": 300, "D": 400, "E": 400}


def test_coordinates_in_degrees_are_brought_to_the_city(town, tmp_path):
    """`lon` and `lat` are WGS 84."""
    lon, lat = (
        gpd.GeoSeries([shapely.Point(ORIGIN[0] + 110, ORIGIN[1] + 178)], crs=25832).to_crs(4326).iloc[0].coords[0]
    )
    units, findings = units_of(town, tmp_path, f"unit_id,lon,lat,rooms\nA,{lon:.7f},{lat:.7f},2\n")
    assert findings.errors == []
    assert units["building_id"].tolist() == ["w102"]


def test_flats_that_find_no_building_are_errors_with_the_nearest_candidate(town, tmp_path):
    """Each of four rows says what was looked for and what to do; the good row alone is not taken."""
    text = (
        "unit_id;building_id;address;x;y;rooms\n"
        "good;w101;;;;2\nid;w1022;;;;2\naddress;;Haupstraße 11;;;2\nfar;;;402350;5684350;2\nnone;;;;;2\n"
    )
    _, findings = units_of(town, tmp_path, text)
    told = {finding.row: (finding.what, finding.remedy) for finding in findings.errors}
    assert set(told) == {"id", "address", "far", "none"}
    assert told["id"] == ("there is no building 'w1022'", "did you mean 'w102'?")
    assert told["address"] == ("no building has the address 'Haupstraße 11'", "did you mean 'Hauptstraße 9'?")
    assert told["far"][0] == "no building within 30 m of the coordinate"
    assert told["none"][0] == "names no building"


def test_rows_that_find_no_building_can_be_left_out_with_a_note_each(town, tmp_path):
    """With `skip_unmatched` the good rows stay, and each other one is a note, with the sum at the end."""
    text = "unit_id;address;rooms\nA;Hauptstr. 1;2\nB;Hauptstr. 99;2\nC;Niemandsweg 1;2\n"
    units, findings = units_of(town, tmp_path, text, skip_unmatched=True)
    assert units["unit_id"].tolist() == ["A"]
    assert findings.errors == []
    assert {finding.row for finding in findings if finding.row} == {"B", "C"}
    assert any("2 of 3 rows found no building" in finding.what for finding in findings)


def test_a_list_with_broken_values_or_columns_is_refused(town, tmp_path):
    """A repeated id, a rent that is no number, a missing id column: all are errors."""
    _, findings = units_of(town, tmp_path, "unit_id;address;rooms;rent\nA;Hauptstr. 1;2;viel\nA;Hauptstr. 1;2;1\n")
    assert {finding.column for finding in findings.errors} == {"rent", "unit_id"}
    _, findings = units_of(town, tmp_path, "nummer;address\nA;Hauptstr. 1\n")
    assert [finding.column for finding in findings.errors] == ["unit_id"]
    _, findings = units_of(town, tmp_path, "unit_id;address\n")
    assert [finding.what for finding in findings.errors] == ["the table has no rows"]


def test_households_get_the_unit_at_their_address(town, tmp_path):
    """One unit at the address: the home. Two: a note. An address without a building: an error. None: no home."""
    flats = "unit_id;address;rooms\nA;Hauptstr. 1;2\nB;Hauptstr. 5;2\nC;Hauptstr. 5;2\n"
    findings = Findings()
    city = attach_units(town, listed(tmp_path, flats), findings)
    text = "household_id;persons;address\nh1;2;Hauptstraße 1\nh2;2;Hauptstraße 3\nh3;1;\n"
    people = attach_households(city, listed(tmp_path, text, "people.csv"), findings).households
    assert people.set_index("household_id")["unit_id"].to_dict() == {"h1": "A", "h2": "", "h3": ""}
    assert findings.errors == []
    assert [finding.row for finding in findings if "holds 2 units" in finding.what] == ["h2"]
    attach_households(city, listed(tmp_path, "household_id;persons;address\nh1;2;Weg 1\n", "lost.csv"), findings)
    assert [finding.row for finding in findings.errors] == ["h1"]


def test_a_household_keeps_the_unit_that_the_list_names(town, tmp_path):
    """`unit_id` wins over the address; a household that is skipped for its address stays in the list without a home."""
    findings = Findings()
    city = attach_units(town, listed(tmp_path, "unit_id;address;rooms\nA;Hauptstr. 1;2\n"), findings)
    text = "household_id;persons;unit_id;address\nh1;2;A;Hauptstr. 5\nh2;2;;Weg 1\n"
    file = listed(tmp_path, text, "people.csv")
    people = attach_households(city, file, findings, skip_unmatched=True).households
    assert people.set_index("household_id")["unit_id"].to_dict() == {"h1": "A", "h2": ""}


def test_areas_of_the_city_take_the_place_of_those_of_openstreetmap(town, tmp_path):
    """Columns are mapped, residents are those of the file, buildings are joined anew; one outside counts for none."""
    x, y = ORIGIN
    shapes = [shapely.box(x, y, x + 200, y + 600), shapely.box(x + 200, y, x + 400, y + 350),
              shapely.box(x + 5000, y, x + 5100, y + 100)]  # fmt: skip
    columns = {"nr": ["007", "008", "009"], "ew": [300, 100, 5], "quote": [0.1, 0.2, 0.3]}
    areas = gpd.GeoDataFrame(columns, geometry=shapes, crs=25832)
    areas.to_crs(4326).to_file(tmp_path / "areas.gpkg")
    findings = Findings()
    file = ListFile(tmp_path / "areas.gpkg", {"space_id": "nr", "residents": "ew"})
    city = attach_social_spaces(town, file, findings, 2.0)
    assert findings.errors == []
    assert city.social_spaces[["space_id", "residents", "quote"]].to_numpy().tolist() == [
        ["007", 300, 0.1], ["008", 100, 0.2]]  # fmt: skip
    assert city.buildings.set_index("building_id")["space_id"].to_dict() == {
        "r1": "007", "w101": "007", "w102": "007", "w103": "008", "w104": "007", "w105": "", "w111": ""}  # fmt: skip
    assert any("2 buildings lie outside" in finding.what for finding in findings)
    assert any("1 of 3 areas lie outside the city" in finding.what for finding in findings)
    told = {source.file: (source.title, source.synthetic) for source in city.sources}
    assert told["social_spaces"] == ("List of the city: areas.gpkg", "")


def test_areas_of_another_city_are_refused(town, tmp_path):
    """No area touches the city: an error."""
    far = shapely.box(ORIGIN[0] + 5000, ORIGIN[1], ORIGIN[0] + 5100, ORIGIN[1] + 100)
    gpd.GeoDataFrame({"space_id": ["1"]}, geometry=[far], crs=25832).to_file(tmp_path / "a.gpkg")
    findings = Findings()
    attach_social_spaces(town, ListFile(tmp_path / "a.gpkg"), findings, 2.0)
    assert [finding.what for finding in findings.errors] == ["no area lies in the city"]


def test_areas_without_residents_are_estimated_from_dwellings(town, tmp_path):
    """Two persons to each of 99 dwellings, marked, with a note."""
    x, y = ORIGIN
    areas = gpd.GeoDataFrame({"space_id": ["1"]}, geometry=[shapely.box(x, y, x + 400, y + 600)], crs=25832)
    areas.to_file(tmp_path / "areas.gpkg")
    findings = Findings()
    city = attach_social_spaces(town, ListFile(tmp_path / "areas.gpkg"), findings, 2.0)
    assert city.social_spaces["residents"].tolist() == [198]
    assert city.social_spaces["synthetic_columns"].tolist() == ["residents"]


def seats_of(town, tmp_path, text):
    """(seats by facility, findings) of a list of seats."""
    findings = Findings()
    city = attach_seats(town, listed(tmp_path, text).path, findings)
    return city.facilities.set_index("facility_id")["seats"].dropna().to_dict(), findings


def test_seats_join_by_id_and_by_name(town, tmp_path):
    """By id; by the same name but for signs; by a name that is nearly the same, with a note."""
    text = "facility_id;name;seats\nw301;;30\n;kita loewenzahn;12\n;Kita St Anna;5\n"
    seats, findings = seats_of(town, tmp_path, text)
    assert seats == {"w301": 30, "n42": 12, "n43": 5}
    assert [finding.what for finding in findings] == ["'Kita St Anna' is taken for 'Kita Sankt Anna'"]


def test_seats_that_match_nothing_or_several_are_reported(town, tmp_path):
    """An unknown name gets the nearest one; a name of two facilities asks for the kind, which decides."""
    text = "name;seats\nGrundschule Süd-Ost;10\nAm Tor;3\n"
    seats, findings = seats_of(town, tmp_path, text)
    assert seats == {}
    told = [finding.what for finding in findings]
    assert "no facility is called 'Grundschule Süd-Ost'" in told
    assert "several facilities are called 'Am Tor'" in told
    assert any("2 of 2 rows match no facility" in what for what in told)
    assert list(seats_of(town, tmp_path, "name;kind;seats\nAm Tor;doctor;3\n")[0].values()) == [3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name;seats\nAm Markt;viele\n", "is no number of seats"),
        ("name;seats\nKita Löwenzahn;-1\n", "is no number of seats"),
        ("name;seats\nKita Löwenzahn;1\nKITA LÖWENZAHN;2\n", "has seats in an earlier row too"),
        ("einrichtung;seats\nKita Löwenzahn;1\n", "there is neither facility_id nor name"),
        ("name;plaetze\nKita Löwenzahn;1\n", "the column is missing"),
    ],
)
def test_a_broken_list_of_seats_is_refused(town, tmp_path, text, says):
    """No number, a facility twice, missing columns: errors."""
    _, findings = seats_of(town, tmp_path, text)
    assert [says in finding.what for finding in findings.errors] == [True]


def test_a_household_that_stands_twice_is_refused(town, tmp_path):
    """Nobody can say which of the two rows holds."""
    findings = Findings()
    attach_households(town, listed(tmp_path, "household_id;persons\nh;2\nh;3\n"), findings)
    assert [(finding.row, finding.what) for finding in findings.errors] == [
        ("h", "the id stands in an earlier row too")]  # fmt: skip


def test_a_broken_list_of_households_is_not_lost(town, tmp_path):
    """A city whose households cannot be read is not written again without them."""
    findings = Findings()
    city = attach_units(town, listed(tmp_path, "unit_id;address;rooms\nA;Hauptstr. 1;2\n"), findings)
    folder = write_model_city(city, tmp_path / "city")
    assert as_tables(read_city(folder), folder).households is None
    described = (folder / "city.yaml").read_text(encoding="utf-8")
    described = described.replace("sources:", "  households: people.csv\nsources:", 1)
    (folder / "city.yaml").write_text(described, encoding="utf-8")
    (folder / "people.csv").write_text("household_id,persons\nh,many\n", encoding="utf-8")
    with pytest.raises(InputError, match="many"):
        as_tables(read_city(folder), folder)


def test_a_city_that_was_read_can_be_written_again_with_its_lists(town, tmp_path):
    """Reading, attaching and writing keeps every table: the second reading equals the first."""
    findings = Findings()
    city = attach_units(town, listed(tmp_path, "unit_id;address;rooms;rent\nA;Hauptstr. 1;2;400\n"), findings)
    city = attach_households(city, listed(tmp_path, "household_id;persons\n007;2\n", "people.csv"), findings)
    first = write_model_city(city, tmp_path / "first")
    again = write_model_city(as_tables(read_city(first), first), tmp_path / "second")
    one, two = read_city(first), read_city(again)
    for table in ("social_spaces", "buildings", "units", "facilities", "streets", "sites"):
        assert getattr(one, table).equals(getattr(two, table)), table
    assert (tmp_path / "second" / "households.csv").read_text(encoding="utf-8").splitlines()[1].startswith("007,2")
