"""An extract of OpenStreetMap becomes a city: homes, streets, facilities, areas, with what is estimated marked."""

import bz2
from pathlib import Path

import numpy as np
import pytest
import shapely
from osm_town import ORIGIN, Town, little_town

from allocator.access.osm_buildings import DwellingFormula
from allocator.access.osm_city import OsmOptions, keys_to_read, make_osm_city
from allocator.access.osm_elements import leading_number, matches, normalised_name
from allocator.access.osm_file import read_osm_file
from allocator.access.osm_lists import with_synthetic_lists
from allocator.access.osm_streets import is_walkable
from allocator.access.services import read_services
from allocator.city.model_city import write_model_city
from allocator.city.reading import read_city, read_households
from allocator.errors import InputError, UsageError

WITTENAU = Path(__file__).parents[1].parent / "shared" / "data" / "wittenau"


def elements_of(path, inside=""):
    """The elements of an extract, with the keys of the package's services."""
    return read_osm_file(path, keys_to_read(read_services()), inside)


def city_of(path, **options):
    """The city of an extract."""
    return make_osm_city(elements_of(path), read_services(), OsmOptions(**options))


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    """The little town as an `.osm` file; nobody changes it."""
    return little_town().write(tmp_path_factory.mktemp("extract") / "kleinstadt.osm")


@pytest.fixture(scope="module")
def town(extract):
    """The little town as a city."""
    return city_of(extract)[0]


# --- reading ------------------------------------------------------------------------------------------------------


def test_every_kind_of_extract_gives_the_same_city(extract, tmp_path):
    """`.osm`, `.osm.bz2` and `.osm.pbf` of one town hold the same elements."""
    import osmium

    packed, binary = tmp_path / "kleinstadt.osm.bz2", tmp_path / "kleinstadt.osm.pbf"
    packed.write_bytes(bz2.compress(extract.read_bytes()))
    with osmium.SimpleWriter(str(binary)) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            writer.add(thing)
    plain = elements_of(extract).frame
    for other in (packed, binary):
        frame = elements_of(other).frame
        assert frame["tags"].tolist() == plain["tags"].tolist()
        assert shapely.equals_exact(frame.geometry.to_numpy(), plain.geometry.to_numpy(), 1e-7).all()


def test_the_day_and_the_box_of_an_extract_are_known(extract):
    """The day is that of the newest element, the boundary the box that the file states."""
    elements = elements_of(extract)
    assert elements.retrieved == "2026-03-01"
    assert elements.stated
    assert elements.name == "Kleinstadt"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.osm", None, "there is no such file"),
        ("empty.osm", b"", "the file is empty"),
        ("broken.osm", b"<osm version='0.6'><node id='1'", "cannot be read"),
        ("page.osm.pbf", b"<!DOCTYPE html><html>not found</html>", "cannot be read"),
        ("nowhere.osm", b"<osm version='0.6'><node id='1' lat='500' lon='7'/></osm>", "cannot be read"),
        ("nothing.osm", b"<osm version='0.6'></osm>", "holds no building"),
        ("table.csv", b"a;b\n1;2\n", "is no extract"),
    ],
)
def test_what_is_no_extract_is_a_finding(tmp_path, name, content, says):
    """Missing, empty, damaged and foreign files are each one finding that says so."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says):
        elements_of(tmp_path / name)


def test_an_area_of_the_extract_can_be_chosen_by_its_name(extract):
    """`--inside nord` keeps what lies in the administrative area Nord; a misspelt name gets the nearest one."""
    city, _ = make_osm_city(elements_of(extract, "nord"), read_services(), OsmOptions())
    assert sorted(city.buildings["building_id"]) == ["r1", "w105", "w111"]
    assert city.social_spaces["name"].tolist() == ["Nord"]
    with pytest.raises(InputError, match="did you mean 'Nord'"):
        elements_of(extract, "Nodr")


# --- homes --------------------------------------------------------------------------------------------------------


def test_homes_are_known_by_their_kind_or_their_address(town):
    """Houses, flats, a shop with flats, a building without a kind that has an address; no garage, shed or ruin."""
    assert town.buildings["building_id"].tolist() == ["r1", "w101", "w102", "w103", "w104", "w105", "w111"]


def test_dwellings_follow_the_formula(town):
    """Footprint × storeys × 0.8 / 120 m² in houses, / 70 m² in houses of flats; known flats are taken as they are.

    101: 120 m² × 2 × 0.8 / 120 = 1.6 → 2. 102: 300 × 4 × 0.8 / 70 = 13.7 → 14. 103: 100 × 2 × 0.8 / 120 = 1.3 → 1.
    104: 6 are known. 105: 700 × 4 (usual) × 0.8 / 70 = 32. r1: (1600 − 400) × 3 × 0.8 / 70 = 41.1 → 41.
    111: 144 × 2 × 0.8 / 70 = 3.3 → 3.
    """
    dwellings = town.buildings.set_index("building_id")["dwellings"].to_dict()
    assert dwellings == {"w101": 2, "w102": 14, "w103": 1, "w104": 6, "w105": 32, "r1": 41, "w111": 3}
    marks = town.buildings.set_index("building_id")["synthetic"]
    assert not marks["w104"]
    assert marks.drop("w104").all()


def test_the_numbers_of_the_formula_can_be_set(extract):
    """Twice the area to a flat, half the flats: 300 × 4 × 0.8 / 140 = 6.9."""
    city, _ = city_of(extract, formula=DwellingFormula(flat_area=140))
    assert city.buildings.set_index("building_id")["dwellings"]["w102"] == 7


@pytest.mark.parametrize(("unknown", "homes"), [("address", {"w103"}), ("all", {"w103", "w106"}), ("none", set())])
def test_buildings_without_a_kind_are_homes_by_choice(extract, unknown, homes):
    """`building=yes` counts with an address, always, or never."""
    city, _ = city_of(extract, formula=DwellingFormula(unknown=unknown))
    assert {"w103", "w106"} & set(city.buildings["building_id"]) == homes


def test_storeys_that_are_not_known_are_those_of_similar_buildings(tmp_path):
    """With five known houses of flats of 6 storeys an unknown one has 6 too: 350 × 6 × 0.8 / 70 = 24."""
    town = little_town()
    for number in range(5):
        town.box(500 + number, 40 * number, 500, 10, 10, building="apartments", building__levels="6")
    town.box(510, 300, 520, 35, 10, building="apartments")
    city, _ = city_of(town.write(tmp_path / "tall.osm"))
    assert city.buildings.set_index("building_id")["dwellings"]["w510"] == 24


def test_addresses_come_from_the_building_or_from_nodes_inside(town):
    """103 has its address from the node inside; a range stays as written."""
    rows = town.buildings.set_index("building_id")
    assert rows.loc["w103", ["street", "house_number", "postcode"]].tolist() == ["Nordweg", "2 a", "58762"]
    assert rows.loc["w102", "address"] == "Hauptstraße 3-7"


def test_an_accommodation_of_refugees_is_a_site(town):
    """The shelter is a site with its building; nobody is said to live there."""
    assert town.sites["site_id"].tolist() == ["site-w111"]
    assert town.sites["name"].tolist() == ["Haus Nord"]
    assert town.buildings.set_index("building_id")["site_id"]["w111"] == "site-w111"


def test_a_place_without_homes_is_a_finding(tmp_path):
    """An extract with a garage only says that none of its buildings is known to be a home."""
    town = Town()
    town.box(1, 0, 0, 10, 10, building="garage")
    with pytest.raises(InputError, match="1 buildings lie inside the boundary, but none is known to be a home"):
        city_of(town.write(tmp_path / "garage.osm"))


# --- streets ------------------------------------------------------------------------------------------------------


def test_streets_are_those_on_which_one_may_walk(town):
    """No motorway, no cycleway without `foot`, no path with `foot=no`, no private way."""
    assert town.streets["street_id"].tolist() == ["w201", "w202", "w206"]


def test_streets_meet_in_common_vertices(town):
    """The two streets share the corner (200, 150) exactly, and keep the vertices between their ends."""
    lines = town.streets.set_index("street_id").geometry
    corners = {name: {tuple(one) for one in shapely.get_coordinates(lines[name])} for name in ("w201", "w202")}
    assert corners["w201"] & corners["w202"] == {(ORIGIN[0] + 200, ORIGIN[1] + 150)}
    assert len(corners["w201"]) == len(corners["w202"]) == 3


@pytest.mark.parametrize(
    ("tags", "walkable"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "residential", "sidewalk": "separate"}, True),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "service", "access": "no"}, False),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "foot": "yes"}, True),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "path", "foot": "private"}, False),
    ],
)
def test_who_may_walk_where(tags, walkable):
    """Each rule of the walking network by itself."""
    assert is_walkable(tags) is walkable


# --- facilities ---------------------------------------------------------------------------------------------------


def test_facilities_have_kinds_and_count_once(town):
    """The node and the building in the grounds of the school are that school; Kitas, stop, shop are as in the data."""
    kinds = town.facilities["kind"].value_counts().to_dict()
    assert kinds == {"kita": 2, "school": 1, "stop": 1, "shop": 1, "playground": 1, "doctor": 1, "pharmacy": 1}
    school = town.facilities[town.facilities["kind"] == "school"].iloc[0]
    assert (school["facility_id"], school["name"]) == ("w301", "Grundschule Nord")
    assert (school.geometry.x, school.geometry.y) == (ORIGIN[0] + 280, ORIGIN[1] + 470)


def test_one_place_may_be_two_facilities_with_two_ids(town):
    """`amenity=pharmacy;doctors` is both; ids stay unique, and what has no name is called by its kind."""
    assert town.facilities["facility_id"].is_unique
    rows = town.facilities.set_index("kind")
    assert rows.loc["doctor", "name"] == rows.loc["pharmacy", "name"] == "Am Tor"
    assert rows.loc["playground", "name"] == "Spielplatz"


def test_two_kitas_at_one_place_with_different_names_are_two(tmp_path):
    """Another name inside the grounds is another facility; the same name elsewhere is too."""
    town = little_town()
    town.box(600, 20, 200, 60, 60, amenity="kindergarten", name="Kita A")
    town.point(30, 210, 61, amenity="kindergarten", name="Kita B")
    town.point(300, 550, 62, amenity="kindergarten", name="Kita A")
    city, _ = city_of(town.write(tmp_path / "kitas.osm"))
    assert (city.facilities["kind"] == "kita").sum() == 5


def test_a_school_without_a_name_takes_that_of_its_building(tmp_path):
    """Where only the building inside the grounds is named, the facility has that name."""
    town = little_town()
    town.box(600, 20, 200, 60, 60, amenity="school")
    town.box(601, 30, 210, 10, 10, building="school", amenity="school", name="Bergschule")
    city, _ = city_of(town.write(tmp_path / "schools.osm"))
    rows = city.facilities.set_index("facility_id")["name"]
    assert rows["w600"] == "Bergschule"
    assert "w601" not in rows


def test_a_city_extends_the_table_of_services(tmp_path):
    """A file adds a kind, changes one, and leaves one out."""
    table = tmp_path / "services.yaml"
    table.write_text("bench: [{amenity: bench}]\nshop: []\nschool: [{amenity: [school, college]}]\n", encoding="utf-8")
    services = read_services(table)
    assert services["bench"] == ({"amenity": "bench"},)
    assert "shop" not in services
    assert services["kita"] == read_services()["kita"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("school: school\n", "no list of conditions"),
        ("school: [{amenity: 3}]\n", "no condition on tags"),
        ("school: [{}]\n", "no condition on tags"),
        ("school: [{amenity: []}]\n", "no condition on tags"),
        ("- school\n", "must be keys with values"),
    ],
)
def test_a_broken_table_of_services_is_refused(tmp_path, text, says):
    """What is no table of conditions is a finding with file and line."""
    path = tmp_path / "services.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_services(path)


def test_conditions_and_names():
    """Several values of a tag each count, `true` means any but no, names agree without case and signs."""
    assert matches({"amenity": "school; college"}, {"amenity": ["college"]})
    assert matches({"shop": "yes"}, {"shop": True})
    assert not matches({"shop": "no"}, {"shop": True})
    assert not matches({"amenity": "school"}, {"amenity": "school", "name": True})
    assert normalised_name("KiTa »Löwenzahn« e.V.") == normalised_name("Kita Loewenzahn e. V.")
    assert leading_number("3;4") == 3
    assert leading_number("2,5 + D") == 2.5
    assert np.isnan(leading_number("drei"))


# --- areas --------------------------------------------------------------------------------------------------------


def test_parts_of_the_city_are_its_social_spaces(town):
    """Nord and Süd, each with the residents of its dwellings × 2.05: 76 × 2.05 = 155.8, 23 × 2.05 = 47.15."""
    rows = town.social_spaces.set_index("name")
    assert rows["residents"].to_dict() == {"Nord": 156, "Süd": 47}
    assert rows["synthetic_columns"].tolist() == ["residents", "residents"]
    # The box of the file, in degrees, is a little larger than the town: its slivers join their neighbours.
    assert rows.area.to_dict() == pytest.approx({"Nord": 125_000, "Süd": 125_000}, rel=2e-2)


def test_areas_that_the_edge_cuts_off_are_named_by_their_addresses(tmp_path):
    """Without the western border neither area is complete; the common border still divides the town."""
    town = little_town()
    del town.ways[402]
    del town.ways[405]
    town.way(404, [(-20, 300), (420, 300)])
    city, findings = city_of(town.write(tmp_path / "cut.osm"))
    assert city.social_spaces["name"].tolist() == ["Nord", "Teil 2"]
    assert any("not complete" in finding.what for finding in findings)


@pytest.mark.parametrize(("areas", "count"), [("boundary", 1), ("grid", 6)])
def test_the_whole_or_squares_of_a_grid(extract, areas, count):
    """Without borders the boundary is one space; squares of 200 m cover 400 m by 600 m, slivers joined."""
    city, _ = city_of(extract, areas=areas, grid=200)
    sides = city.social_spaces.total_bounds
    expected = count if areas == "boundary" else np.prod(np.ceil(sides[2:] / 200) - np.floor(sides[:2] / 200))
    assert len(city.social_spaces) <= expected
    assert city.social_spaces.area.sum() == pytest.approx(249_935, rel=1e-3)
    assert shapely.is_valid(city.social_spaces.geometry.to_numpy()).all()


def test_a_file_without_a_box_gets_a_grid(tmp_path):
    """Neither borders nor a stated boundary: squares over what was found."""
    town = little_town()
    town.relations = {1: town.relations[1]}
    city, findings = city_of(town.write(tmp_path / "bare.osm", bounds=False))
    assert any("squares of a grid" in finding.what for finding in findings)
    assert len(city.social_spaces) >= 1


# --- the whole ----------------------------------------------------------------------------------------------------


def test_the_city_is_read_again_without_errors(town, tmp_path):
    """Written and read, it is a city by the contract; it has no units yet, and its sources say ODbL and the day."""
    city = read_city(write_model_city(town, tmp_path / "city"))
    assert city.crs == "EPSG:25832"
    assert len(city.units) == 0
    assert any("no units yet" in finding.what for finding in city.findings)
    assert {source.licence for source in city.sources} == {"ODbL 1.0"}
    assert {source.retrieved for source in city.sources} == {"2026-03-01"}
    assert {source.attribution for source in city.sources} == {"© OpenStreetMap contributors"}
    assert "buildings.geojson" in {source.file for source in city.sources}


def test_invented_lists_are_marked_and_repeat(town, tmp_path):
    """The same seed gives the same flats and households; all are marked, and they make a city without errors."""
    one, other, third = (with_synthetic_lists(town, seed, flats=12, households=9) for seed in (1, 1, 2))
    assert one.units.equals(other.units)
    assert one.households.equals(other.households)
    assert not one.households.equals(third.households)
    assert len(one.units) == 12
    assert one.units["synthetic"].all()
    assert one.households["synthetic"].all()
    assert "w111" not in set(one.units["building_id"])
    folder = write_model_city(one, tmp_path / "city")
    city = read_city(folder)
    _, findings = read_households(folder, city)
    assert not [finding for finding in findings if finding.severity == "error"]


@pytest.mark.parametrize("counts", [{"flats": 0}, {"flats": 1000}, {"households": 0}])
def test_counts_that_do_not_go_together_are_refused(town, counts):
    """No flat, more flats than dwellings, no household: wrong usage."""
    with pytest.raises(UsageError, match="dwellings"):
        with_synthetic_lists(town, 1, **counts)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not (WITTENAU / "wittenau.osm.pbf").is_file(), reason=f"the extract is not in {WITTENAU}")
def test_wittenau_has_its_schools_kitas_and_parts():
    """The real extract: 10 Kitas, 6 schools (9 elements), four Ortsteile by name, one home of refugees."""
    import pyogrio

    city, _ = city_of(WITTENAU / "wittenau.osm.pbf")
    kinds = city.facilities["kind"].value_counts()
    places = pyogrio.read_dataframe(WITTENAU / "wittenau.gpkg", layer="poi")
    assert kinds["kita"] == (places["typ"] == "kindergarten").sum() == 10
    assert kinds["school"] == (places["typ"] == "school").sum() == 6
    assert set(city.social_spaces["name"]) == {"Wittenau", "Borsigwalde", "Tegel", "Reinickendorf"}
    assert city.sites["name"].tolist() == ["Marie-Schlei-Haus"]
    known = set(pyogrio.read_dataframe(WITTENAU / "wittenau.gpkg", layer="gebaeude")["osm_id"].astype(str))
    ways = [name[1:] for name in city.buildings["building_id"] if name.startswith("w")]
    assert len(ways) > 1000
    assert set(ways) <= known
