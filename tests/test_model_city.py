"""The model city: what a generated town guarantees, and that the same seed makes the same town."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from allocator.city.model_city import ModelCitySize, make_model_city, write_model_city, writing
from allocator.city.model_city.rents import appropriate_floor_area
from allocator.city.reading import read_city, read_households
from allocator.cli.data import data
from allocator.errors import OutputExistsError, UsageError

SHIPPED = Path(__file__).parents[1] / "data" / "modellstadt"
TABLES = ("social_spaces", "buildings", "units", "sites", "facilities", "streets", "households")


@pytest.fixture(scope="module")
def city():
    """The model city that is shipped."""
    return make_model_city(1, 60_000)


@pytest.fixture(scope="module")
def small():
    """A small model city."""
    return make_model_city(4, 6_000)


@pytest.fixture(scope="module")
def folder(city, tmp_path_factory):
    """The model city that is shipped, written again."""
    return write_model_city(city, tmp_path_factory.mktemp("model") / "town")


def homes(city):
    """Households that live somewhere, with their unit and its building."""
    listed = city.households[city.households["unit_id"] != ""]
    units = city.units.merge(pd.DataFrame(city.buildings), on="building_id")
    return listed.merge(units, on="unit_id", suffixes=("", "_unit"))


# --- the town ---------------------------------------------------------------------------------------------------


def test_town_has_what_was_asked_for(city):
    """A town of 60,000 has all of them, and the spaces, flats, sites and households that a demonstration needs."""
    flats = city.units[~city.units["shared"]]
    ordinary = flats[flats["building_id"].str.startswith("B")]
    assert city.social_spaces["residents"].sum() == 60_000
    assert len(city.social_spaces) >= 24
    assert city.social_spaces["district_id"].nunique() >= 5
    assert len(ordinary) >= 350
    assert ordinary["building_id"].nunique() >= 280
    assert len(city.sites) >= 12
    assert len(city.households) == 380
    assert 930 <= city.households["persons"].sum() <= 970


def test_social_spaces_are_a_partition(city):
    """Social spaces neither overlap nor leave holes, and each is one valid polygon."""
    polygons = city.social_spaces.geometry.to_numpy()
    whole = shapely.union_all(polygons)
    assert shapely.is_valid(polygons).all()
    assert set(shapely.get_type_id(polygons)) == {3}
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.area == pytest.approx(shapely.area(polygons).sum(), rel=1e-9)


def test_districts_are_connected(city):
    """The social spaces of a district form one piece of land, and ids begin with their district."""
    for district, spaces in city.social_spaces.groupby("district_id"):
        assert shapely.union_all(spaces.geometry.to_numpy()).geom_type == "Polygon"
        assert spaces["space_id"].str.startswith(district).all()


def test_every_street_is_reachable(city, small):
    """The street network is connected over shared end points, river or not."""
    for streets in (city.streets.geometry.to_numpy(), small.streets.geometry.to_numpy()):
        assert parts_of_network(streets) == 1


def parts_of_network(streets):
    """How many parts lines form that are joined at equal end points."""
    ends = np.array([[line.coords[0], line.coords[-1]] for line in streets]).reshape(-1, 2)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    first, second = node.reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(node.max() + 1,) * 2)
    return connected_components(graph, directed=False)[0]


def test_core_is_denser_than_the_edge(city):
    """Residents per km² fall from the inner fifth of the social spaces to the outer fifth, to less than a half."""
    spaces = city.social_spaces
    centre = shapely.centroid(shapely.union_all(spaces.geometry.to_numpy()))
    order = np.argsort(spaces.geometry.centroid.distance(centre).to_numpy())
    fifth = len(spaces) // 5

    def density(rows):
        return spaces["residents"].to_numpy()[rows].sum() / spaces.geometry.area.to_numpy()[rows].sum()

    assert density(order[-fifth:]) < 0.5 * density(order[:fifth])


def test_status_means_something(city):
    """Status classes are of equal size, and with lower status unemployment and migrants rise and incomes fall."""
    spaces = city.social_spaces
    ranks = spaces[["status_index", "unemployment_rate", "migrants_share", "median_income"]].rank().corr()
    assert spaces["status_index"].value_counts().between(5, 6).all()
    assert ranks.loc["status_index", "unemployment_rate"] > 0.8
    assert ranks.loc["status_index", "migrants_share"] > 0.8
    assert ranks.loc["status_index", "median_income"] < -0.8


def test_buildings_lie_in_their_spaces(city):
    """Every building lies in the social space that it names."""
    own = city.social_spaces.set_index("space_id").geometry.loc[city.buildings["space_id"]].to_numpy()
    assert shapely.within(city.buildings.geometry.to_numpy(), own).all()


def test_dwellings_suit_residents(city):
    """Outside the sites a social space has one dwelling to 2.05 residents, and none less than is vacant or let."""
    ordinary = city.buildings[city.buildings["site_id"] == ""]
    dwellings = ordinary.groupby("space_id")["dwellings"].sum()
    expected = (city.social_spaces.set_index("space_id")["residents"] / 2.05).round()
    assert (dwellings == expected[dwellings.index]).all()
    assert (ordinary["refugee_flats"] <= ordinary["dwellings"]).all()
    assert set(ordinary["refugee_flats"]) == {0, 1, 2}


def test_ids_are_unique_and_references_hold(city):
    """Ids are unique, and whatever names a space, a building, a site, a unit or a household names one that is there."""
    keys = {"social_spaces": "space_id", "buildings": "building_id", "units": "unit_id", "sites": "site_id",
            "facilities": "facility_id", "households": "household_id", "streets": "street_id"}  # fmt: skip
    assert all(getattr(city, table)[key].is_unique for table, key in keys.items())
    assert set(city.buildings["space_id"]) <= set(city.social_spaces["space_id"])
    assert set(city.buildings["site_id"]) - {""} == set(city.sites["site_id"])
    assert set(city.units["building_id"]) <= set(city.buildings["building_id"])
    assert set(city.households["unit_id"]) - {""} <= set(city.units["unit_id"])
    assert set(city.households["near"]) - {""} <= set(city.households["household_id"])
    assert (city.households["near"] != city.households["household_id"]).all()


def test_todays_occupancy_is_consistent(city):
    """Each level holds at least what the level below holds, and some sites exceed caps of 50 and of 80 today."""
    place = city.buildings.set_index("building_id").loc[city.units["building_id"]]
    in_units = city.units["occupied"].groupby(place["site_id"].to_numpy()).sum()
    sites = city.sites.set_index("site_id")
    site_space = city.buildings[city.buildings["site_id"] != ""].drop_duplicates("site_id").set_index("site_id")
    at_sites = sites["refugees"].groupby(site_space["space_id"]).sum()
    spaces = city.social_spaces.set_index("space_id")
    assert (city.units["occupied"] <= city.units["capacity"]).all()
    assert (city.units.loc[~city.units["shared"], "occupied"] == 0).all()
    assert (sites["refugees"] >= in_units.drop("", errors="ignore").reindex(sites.index).fillna(0)).all()
    assert (spaces["refugees"] >= at_sites.reindex(spaces.index).fillna(0)).all()
    assert (spaces["refugees"] <= spaces["residents"]).all()
    assert (sites["refugees"] > 80).any()
    assert sites["refugees"].between(51, 80).any()


def test_flats_are_of_usual_sizes(city):
    """Flats have 1 to 6 rooms on 35 to 140 m², some are accessible, and every kind of owner and funding occurs."""
    flats = city.units[(city.units["kind"] == "flat") & city.units["building_id"].str.startswith("B")]
    assert flats["floor_area"].between(35, 140).all()
    assert set(flats["rooms"]) == {1, 2, 3, 4, 5, 6}
    assert flats["accessible"].mean() == pytest.approx(0.08, abs=0.01)
    assert set(flats["owner"]) == {"municipal", "private", "cooperative"}
    assert set(flats["funding"]) == {"subsidised", "free"}
    assert (flats["capacity"] * 10 <= flats["floor_area"]).all()


def test_seats_are_short(city):
    """Free seats are fewer than children who need one, and some schools and Kitas have none."""
    for kind in ("school", "kita"):
        seats = city.facilities.loc[city.facilities["kind"] == kind, "seats"]
        assert 0 < seats.sum() < city.households[f"children_{kind}"].sum()
        assert (seats == 0).any()
    assert city.facilities.loc[city.facilities["kind"] == "stop", "seats"].isna().all()
    assert {"doctor", "shop", "welcome_point", "stop"} <= set(city.facilities["kind"])


# --- the households -----------------------------------------------------------------------------------------------


def test_households_are_like_real_lists(city):
    """Nearly half are single, families reach nine, every household has an adult, one limit of rent to each size."""
    people = city.households
    assert (people["persons"] == 1).mean() == pytest.approx(0.47, abs=0.01)
    assert people["persons"].max() == 9
    assert (people["children_kita"] + people["children_school"] < people["persons"]).all()
    assert people["accessible"].mean() == pytest.approx(0.03, abs=0.005)
    assert (people["prefers"] != "").mean() == pytest.approx(0.35, abs=0.01)
    assert (people.groupby("persons")["max_rent"].nunique() == 1).all()
    assert set(people["group"]) == {"a", "b", "c", ""}
    assert (people["priority"] == 1).mean() > 0.9


def test_wishes_name_one_to_three_spaces(city):
    """Whoever prefers names one, two or three different social spaces of the city."""
    wishes = city.households.loc[city.households["prefers"] != "", "prefers"].str.split(";")
    assert set(wishes.map(len)) == {1, 2, 3}
    assert (wishes.map(len) == wishes.map(set).map(len)).all()
    assert set(wishes.explode()) <= set(city.social_spaces["space_id"])


def test_present_homes_are_possible(city):
    """Who has a home fits into it, can pay it, shares no flat, and with the others overfills no shared unit."""
    living = homes(city)
    flats, shared = living[~living["shared"]], living[living["shared"]]
    assert 0.1 <= len(living) / len(city.households) <= 0.18
    assert flats["building_id"].is_unique
    assert (flats["persons"] <= flats["capacity"]).all()
    assert (flats["rent"] <= flats["max_rent"]).all()
    assert (shared["rent"] * shared["persons"] <= shared["max_rent"]).all()
    together = shared.groupby("unit_id").agg({"persons": "sum", "capacity": "first", "occupied": "first"})
    assert (together["persons"] + together["occupied"] <= together["capacity"]).all()
    assert (living["arrives"] == "").all()


def test_pinned_households_stand_in_no_rules_way(city):
    """Pinned households live in flats of fitting size and of middle or high status, with no others in the building."""
    pinned = homes(city).query("pinned")
    status = city.social_spaces.set_index("space_id")["status_index"]
    assert len(pinned) >= 5
    assert pinned["pinned"].sum() == city.households["pinned"].sum()
    assert not pinned["shared"].any()
    assert (pinned["refugee_flats"] == 0).all()
    assert (pinned["space_id"].map(status) <= 3).all()
    assert (pinned["floor_area"] <= appropriate_floor_area(pinned["persons"])).all()


# --- seeds, sizes, files ------------------------------------------------------------------------------------------


def test_same_seed_same_town(small, tmp_path):
    """The same seed gives equal tables and the same bytes in every CSV; another seed another town."""
    again = make_model_city(4, 6_000)
    for table in TABLES:
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(small, table)), pd.DataFrame(getattr(again, table)))
    first, second = write_model_city(small, tmp_path / "first"), write_model_city(again, tmp_path / "second")
    for name in ("units.csv", "households.csv", "city.yaml"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    other = make_model_city(5, 6_000)
    assert not other.social_spaces.geometry.equals(small.social_spaces.geometry)


def test_parts_have_chances_of_their_own(small):
    """More households change neither ground nor streets nor flats."""
    more = make_model_city(4, 6_000, households=99)
    assert len(more.households) == 99
    for table in ("social_spaces", "buildings", "units", "streets"):
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(small, table)), pd.DataFrame(getattr(more, table)))


def test_shipped_town_is_what_the_command_makes(folder):
    """data/modellstadt holds what `allocator data model-city --seed 1 --residents 60000` writes, under 4 MiB."""
    for name in ("units.csv", "households.csv", "city.yaml"):
        assert (SHIPPED / name).read_text(encoding="utf-8") == (folder / name).read_text(encoding="utf-8")
    shipped, made = read_city(SHIPPED), read_city(folder)
    for table in ("social_spaces", "buildings", "sites", "facilities", "streets"):
        ours, theirs = getattr(shipped, table), getattr(made, table)
        assert shapely.equals_exact(ours.geometry.to_numpy(), theirs.geometry.to_numpy(), 0.15).all()
        pd.testing.assert_frame_equal(
            pd.DataFrame(ours.drop(columns="geometry")), pd.DataFrame(theirs.drop(columns="geometry")), atol=0.15
        )
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 4 * 2**20


def test_readers_find_nothing_wrong(folder):
    """The written town is read without a single finding, and says that it is invented."""
    city = read_city(folder)
    people, findings = read_households(folder, city)
    assert city.findings == ()
    assert findings == []
    assert len(people) == 380
    assert "invented" in city.synthetic[0]
    assert city.social_spaces["space_id"].str.match(r"^0\d0\d$").all()


@pytest.mark.parametrize("residents", [5_000, 31_234])
def test_towns_of_other_sizes(residents):
    """Small and large towns hold exactly their residents, and flats in as many buildings as asked."""
    size = ModelCitySize.scaled(residents)
    city = make_model_city(3, residents)
    flats = city.units[city.units["building_id"].str.startswith("B")]
    assert city.social_spaces["residents"].sum() == residents
    assert (len(city.social_spaces), len(city.sites)) == (size.spaces, size.sites)
    assert (len(flats), flats["building_id"].nunique()) == (size.flats, size.buildings)


@pytest.mark.slow
def test_benchmark_city_has_the_asked_counts():
    """A city as large as Düsseldorf has exactly the counts that were asked for."""
    city = make_model_city(1, 628_000, households=3500, flats=6000, buildings=4500, sites=60, spaces=166, districts=10,
                           schools=90, kitas=250)  # fmt: skip
    flats = city.units[city.units["building_id"].str.startswith("B")]
    assert (len(flats), flats["building_id"].nunique(), len(city.sites)) == (6000, 4500, 60)
    assert (len(city.social_spaces), city.social_spaces["district_id"].nunique()) == (166, 10)
    assert (city.facilities["kind"] == "school").sum() == 90
    assert (city.facilities["kind"] == "kita").sum() == 250
    assert len(city.households) == 3500


def test_impossible_sizes_are_refused_at_once():
    """Counts that do not go together are refused with everything that is wrong with them."""
    with pytest.raises(UsageError) as refused:
        make_model_city(1, 60_000, districts=30, buildings=400, flats=300, sites=0)
    assert all(word in str(refused.value) for word in ("districts (30)", "buildings (400)", "sites must be"))
    with pytest.raises(UsageError, match="at least 5000"):
        make_model_city(1, 100)
    with pytest.raises(UsageError, match="kitas can be at most 1200"):
        make_model_city(1, 60_000, kitas=100_000)
    with pytest.raises(UsageError, match="plots for"):
        make_model_city(1, 5_000, spaces=4, buildings=832, flats=832, other_buildings=1)
    with pytest.raises(UsageError, match="no count of castles"):
        make_model_city(1, 60_000, castles=2)


def test_existing_folders_are_kept(small, tmp_path):
    """An existing city is replaced only when asked, and a folder with other files never."""
    target = write_model_city(small, tmp_path / "town")
    (target / "units.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        write_model_city(small, target)
    assert (target / "units.csv").read_text(encoding="utf-8") == "mine"
    write_model_city(small, target, overwrite=True)
    assert (target / "units.csv").read_text(encoding="utf-8") != "mine"
    (target / "thesis.docx").touch()
    with pytest.raises(OutputExistsError, match=r"thesis\.docx"):
        write_model_city(small, target, overwrite=True)
    with pytest.raises(OutputExistsError, match="no folder"):
        write_model_city(small, target / "thesis.docx")
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_failed_write_leaves_no_trace(small, tmp_path, monkeypatch):
    """When writing fails half-way, neither a folder nor a part of one is left, and an older city stays."""

    def fail(*_):
        raise OSError("disk full")

    older = write_model_city(small, tmp_path / "town")
    monkeypatch.setattr(writing, "_write_yaml", fail)
    for target in (tmp_path / "new", older):
        with pytest.raises(OSError, match="disk full"):
            write_model_city(small, target, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]
    assert (older / "city.yaml").exists()


def test_command_prints_the_path(tmp_path):
    """`allocator data model-city` writes the path to stdout, the rest to stderr, and refuses a second time."""
    target = tmp_path / "small"
    call = ["model-city", "--residents", "5000", "--seed", "4", "--out", str(target)]
    first = CliRunner().invoke(data, call)
    assert first.exit_code == 0
    assert first.stdout == f"{target}\n"
    assert "5,000 residents" in first.stderr
    second = CliRunner().invoke(data, call)
    assert isinstance(second.exception, OutputExistsError)
    assert second.exception.exit_status == 2


def test_help_is_quick_to_come():
    """Asking what `data` can do loads none of the libraries that make a city."""
    code = "import sys, allocator.cli.data; print('geopandas' in sys.modules, 'pandas' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]
