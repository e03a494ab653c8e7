"""Köln completed: what is real stays as it is, what is made up is marked, and missing files are findings."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from ruamel.yaml import YAML

from allocator.city.complete import centrality, estimate_missing, flats_on_addresses, invented, marked, units_of_sites
from allocator.city.koeln import make_koeln
from allocator.city.model_city import write_model_city
from allocator.city.model_city.chance import random_stream
from allocator.city.reading import read_city, read_households
from allocator.cli.data import data
from allocator.errors import InputError, UsageError

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT.parent / "shared" / "data" / "koeln"
real = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SOURCE / "koeln.gpkg").is_file(), reason=f"the open data of Köln is not in {SOURCE}"),
]


def with_real_data(test):
    """Mark a test that needs the open data of Köln."""
    for mark in real:
        test = mark(test)
    return test


@pytest.fixture(scope="module")
def koeln():
    """Köln with seed 1."""
    return make_koeln(SOURCE, 1)


@pytest.fixture(scope="module")
def folder(koeln, tmp_path_factory):
    """Köln with seed 1, written."""
    return write_model_city(koeln, tmp_path_factory.mktemp("koeln") / "city", geometry="parquet")


# --- the real city ------------------------------------------------------------------------------------------------


@with_real_data
def test_stadtteile_are_the_real_ones(koeln):
    """The 86 Stadtteile keep their numbers, names, districts, residents and shapes."""
    source = gpd.read_file(SOURCE / "koeln.gpkg", layer="stadtteile").sort_values("stt_nr")
    spaces = koeln.social_spaces
    assert len(spaces) == 86
    assert spaces["residents"].sum() == 1_044_555
    assert spaces["space_id"].tolist() == source["stt_nr"].tolist()
    assert spaces["name"].tolist() == source["stt_name"].tolist()
    assert spaces["residents"].tolist() == source["einwohner"].tolist()
    assert shapely.equals(spaces.geometry.to_numpy(), source.geometry.to_numpy()).all()
    assert spaces["district_id"].nunique() == spaces["district_name"].nunique() == 9


@with_real_data
def test_known_unemployment_stays_and_the_rest_is_marked(koeln):
    """Thirteen published rates are kept to the digit; the others follow the share of migrants and are marked."""
    spaces = koeln.social_spaces.set_index("name")
    anchors = pd.read_csv(SOURCE / "arbeitslosenquote_anker.csv").set_index("stadtteil")["arbeitslosenquote_prozent"]
    known = anchors.drop("Stadt Köln")
    estimated = spaces["synthetic_columns"].str.contains("unemployment_rate")
    assert (spaces.loc[known.index, "unemployment_rate"] == known).all()
    assert not estimated[known.index].any()
    assert estimated.sum() == 73
    guessed = spaces[estimated]
    assert guessed["unemployment_rate"].corr(guessed["anteil_mh"]) > 0.99
    assert spaces["status_index"].value_counts().between(17, 18).all()
    assert spaces["status_index"].rank().corr(spaces["unemployment_rate"].rank()) > 0.95


@with_real_data
def test_rate_follows_migration_as_the_readme_says(koeln):
    """Over the thirteen known Stadtteile unemployment and migration share have r = 0.86, as README.md says."""
    known = koeln.social_spaces[~koeln.social_spaces["synthetic_columns"].str.contains("unemployment_rate")]
    assert round(known["unemployment_rate"].corr(known["anteil_mh"]), 2) == 0.86
    assert "r = 0.86" in (PROJECT / "data" / "koeln" / "README.md").read_text(encoding="utf-8")


@with_real_data
def test_flats_stand_on_real_addresses(koeln):
    """3,500 flats lie in 3,000 buildings at published addresses, more of them where more people live."""
    flats = koeln.units[~koeln.units["building_id"].str.startswith("K")]
    houses = koeln.buildings[koeln.buildings["site_id"] == ""]
    addresses = pd.read_parquet(SOURCE / "adressen_abgeleitet.parquet")
    published = set(zip(addresses["x"], addresses["y"], addresses["stt_nr"], strict=True))
    assert (len(flats), flats["building_id"].nunique(), len(houses)) == (3500, 3000, 3000)
    assert set(zip(houses.geometry.x, houses.geometry.y, houses["space_id"], strict=True)) <= published
    vacant = houses["space_id"].value_counts().reindex(koeln.social_spaces["space_id"]).fillna(0)
    assert np.corrcoef(vacant, koeln.social_spaces["residents"])[0, 1] > 0.8


@with_real_data
def test_accommodations_keep_their_capacities(koeln):
    """The 32 sites keep their 20 known capacities and statuses; 12 others are made up and marked."""
    facts = gpd.read_file(SOURCE / "koeln.gpkg", layer="unterkuenfte_fakten").set_index("site_id").sort_index()
    sites = koeln.sites.set_index("site_id")
    known = facts["capacity"].dropna()
    made_up = sites["synthetic_columns"].str.contains("capacity")
    assert len(sites) == 32
    assert (sites.loc[known.index, "capacity"] == known).all()
    assert known.sum() == 4_241
    assert sorted(sites.index[made_up]) == sorted(set(facts.index) - set(known.index))
    assert sites.loc[made_up, "capacity"].between(60, 100).all()


@with_real_data
def test_only_running_sites_are_occupied(koeln):
    """Nobody lives at a site that was planned or decided; those in operation are full at most."""
    sites = koeln.sites.set_index("site_id")
    running = sites["status"].str.startswith("in Betrieb")
    place = koeln.buildings.set_index("building_id")["site_id"].loc[koeln.units["building_id"]].to_numpy()
    occupied = koeln.units["occupied"].groupby(place).sum().reindex(sites.index)
    assert (sites.loc[~running, "refugees"] == 0).all()
    assert (sites.loc[running, "refugees"] > 0).all()
    assert (sites["refugees"] <= sites["capacity"]).all()
    assert (occupied <= sites["refugees"]).all()
    assert sites.loc["K22", "refugees"] == 166


@with_real_data
def test_everything_made_up_is_marked(koeln):
    """Flats and households are marked whole, seats and dwellings by column, and playgrounds are real."""
    assert koeln.units["synthetic"].all()
    assert koeln.households["synthetic"].all()
    assert koeln.buildings["synthetic_columns"].eq("dwellings;refugee_flats").all()
    seats = koeln.facilities["kind"].isin(["school", "kita"])
    assert (koeln.facilities["synthetic"] == seats).all()
    assert (koeln.facilities["seats"].notna() == seats).all()
    assert koeln.facilities["kind"].value_counts()[["school", "kita"]].tolist() == [269, 589]


@with_real_data
def test_households_are_of_the_asked_number(koeln):
    """3,000 households of about 7,500 persons, with one limit of rent to each size, wish for Stadtteile of Köln."""
    people = koeln.households
    wishes = people.loc[people["prefers"] != "", "prefers"].str.split(";").explode()
    assert len(people) == 3000
    assert 7_400 <= people["persons"].sum() <= 7_600
    assert (people.groupby("persons")["max_rent"].nunique() == 1).all()
    assert set(wishes) <= set(koeln.social_spaces["space_id"])


@with_real_data
def test_readers_accept_the_city(folder):
    """The written folder and its streets are read without errors, every synthetic table with its sentence."""
    city = read_city(folder)
    people, findings = read_households(folder, city)
    assert [finding for finding in (*city.findings, *findings) if finding.severity == "error"] == []
    assert not any("building lies in" in finding.what for finding in city.findings)
    assert len(city.streets) == 15_846
    assert len(city.synthetic) == 6
    assert len(people) == 3000


@with_real_data
@pytest.mark.slow
def test_same_seed_same_bytes(tmp_path):
    """The same seed gives the same bytes in every table, another seed other flats."""
    few = {"households": 50, "flats": 60, "buildings": 40}
    first, second = make_koeln(SOURCE, 1, **few), make_koeln(SOURCE, 1, **few)
    folders = [write_model_city(city, tmp_path / name, geometry="parquet")
               for city, name in ((first, "first"), (second, "second"))]  # fmt: skip
    for file in sorted(folders[0].iterdir()):
        assert file.read_bytes() == (folders[1] / file.name).read_bytes(), file.name
    assert make_koeln(SOURCE, 2, **few).units["rent"].tolist() != first.units["rent"].tolist()


@with_real_data
def test_shipped_description_says_what_the_command_writes(koeln, tmp_path):
    """data/koeln/city.yaml names the tables and sources that the command writes to data/koeln/city."""
    shipped = YAML(typ="safe").load((PROJECT / "data" / "koeln" / "city.yaml").read_text(encoding="utf-8"))
    folder = write_model_city(koeln, tmp_path / "city", geometry="parquet")
    written = YAML(typ="safe").load((folder / "city.yaml").read_text(encoding="utf-8"))

    def name(path):
        return path.rpartition("/")[2]

    assert (shipped["name"], shipped["crs"]) == (written["name"], written["crs"])
    assert {table: name(entry["source"]) for table, entry in shipped["tables"].items()} == {
        table: name(entry["source"]) for table, entry in written["tables"].items()
    }
    assert [{**source, "file": name(source["file"])} for source in shipped["sources"]] == [
        {**source, "file": name(source["file"])} for source in written["sources"]
    ]


@with_real_data
def test_command_writes_a_small_koeln(tmp_path):
    """`allocator data koeln` takes counts, prints the path to stdout and names the source of the streets."""
    target = tmp_path / "city"
    call = ["koeln", "--source", str(SOURCE), "--households", "50", "--flats", "60", "--buildings", "40", "--out"]
    done = CliRunner().invoke(data, [*call, str(target)])
    assert done.exit_code == 0
    assert done.stdout == f"{target}\n"
    assert "50 households" in done.stderr
    assert "strassenabschnitte" in (target / "city.yaml").read_text(encoding="utf-8")


def test_missing_files_are_findings(tmp_path):
    """A folder without the data is refused with one finding for each of the three files, and nothing is written."""
    with pytest.raises(InputError) as refused:
        make_koeln(tmp_path)
    files = sorted(Path(finding.file).name for finding in refused.value.findings)
    assert files == ["adressen_abgeleitet.parquet", "arbeitslosenquote_anker.csv", "koeln.gpkg"]
    assert all("--source" in finding.remedy for finding in refused.value.findings)
    assert list(tmp_path.iterdir()) == []


def test_broken_files_are_findings(tmp_path):
    """Files that are not what their ending says are a finding, not a traceback."""
    for name in ("adressen_abgeleitet.parquet", "arbeitslosenquote_anker.csv", "koeln.gpkg"):
        (tmp_path / name).write_text("no data", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        make_koeln(tmp_path)


def test_missing_layers_and_columns_are_findings(tmp_path):
    """A GeoPackage without the layers and tables without their columns are refused with a finding for each."""
    point = gpd.GeoDataFrame({"typ": ["kita"]}, geometry=[shapely.Point(350_000, 5_640_000)], crs="EPSG:25832")
    point.to_file(tmp_path / "koeln.gpkg", layer="poi_fnp_signets")
    pd.DataFrame({"x": [1.0]}).to_parquet(tmp_path / "adressen_abgeleitet.parquet")
    pd.DataFrame({"stadtteil": ["Kalk"]}).to_csv(tmp_path / "arbeitslosenquote_anker.csv", index=False)
    with pytest.raises(InputError) as refused:
        make_koeln(tmp_path)
    found = {(finding.table, finding.column) for finding in refused.value.findings}
    assert {("stadtteile", ""), ("strassenabschnitte", ""), ("poi_fnp_signets", "stt_nr")} <= found
    assert {
        ("adressen_abgeleitet.parquet", "hausnr"),
        ("arbeitslosenquote_anker.csv", "arbeitslosenquote_prozent"),
    } <= found


def test_more_buildings_than_flats_are_refused():
    """Fewer flats than buildings that should hold them is wrong usage."""
    with pytest.raises(UsageError, match="as many flats as buildings"):
        make_koeln(SOURCE, flats=10, buildings=20)


# --- the parts ----------------------------------------------------------------------------------------------------


def test_gaps_are_filled_on_the_line():
    """Values on y = 2x + 1 fill a gap at x = 5 by 11, keep what is known, and never fall below the least."""
    x = np.array([1.0, 2.0, 3.0, 5.0, -4.0])
    estimate = estimate_missing(np.array([3.0, 5.0, 7.0, np.nan, np.nan]), x, least=0.5)
    assert estimate.values == pytest.approx([3, 5, 7, 11, 0.5])
    assert estimate.estimated.tolist() == [False, False, False, True, True]
    assert estimate.correlation == pytest.approx(1)
    with pytest.raises(ValueError, match="three known"):
        estimate_missing(np.array([1.0, np.nan, np.nan]), x[:3])


def test_marks_name_rows_and_columns():
    """A row is synthetic if any of its values is, and says which."""
    frame = marked(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), {"a": np.array([True, False]), "b": True})
    assert frame["synthetic"].tolist() == [True, True]
    assert frame["synthetic_columns"].tolist() == ["a;b", "b"]
    assert invented(frame[["a"]])["synthetic_columns"].tolist() == ["all", "all"]


def test_centrality_falls_with_distance():
    """Centrality is 1 in the centre and 1/e at 0.42 radii of a disk of the city's area."""
    area = np.pi * 1000.0**2
    points = np.array([[0.0, 0.0], [420.0, 0.0]])
    assert centrality(points, np.zeros(2), area) == pytest.approx([1, np.exp(-1)])


def site(**changes):
    """One site of a social space of 2 by 2 km, as a table."""
    row = {"site_id": "S1", "flats": False, "capacity": 90, "buildings": 3, "in_use": 0.5, "owner": "municipal",
           "until": "", "x": 1000.0, "y": 1000.0, "space_id": "A"}  # fmt: skip
    space = gpd.GeoDataFrame({"space_id": ["A"]}, geometry=[shapely.box(0, 0, 2000, 2000)], crs="EPSG:25832")
    return pd.DataFrame([row | changes]), space


def test_shared_units_hold_the_capacity_of_their_site():
    """A site of 90 places, half used, has units for 90 in three buildings close by, and 45 persons in them."""
    buildings, units, refugees = units_of_sites(random_stream(1, "test"), *site())
    assert units["capacity"].sum() == 90
    assert units["occupied"].sum() == refugees[0] == 45
    assert (units["occupied"] <= units["capacity"]).all()
    assert buildings["building_id"].tolist() == ["S1-1", "S1-2", "S1-3"]
    assert set(units["building_id"]) == set(buildings["building_id"])
    assert np.hypot(buildings["x"] - 1000, buildings["y"] - 1000).max() < 50


@pytest.mark.parametrize("in_use", [0.0, 0.97, 1.0])
def test_occupancy_is_what_was_said(in_use):
    """An empty site is empty, a full one full, and none is overfilled."""
    _, units, refugees = units_of_sites(random_stream(3, "test"), *site(capacity=100, in_use=in_use))
    assert units["occupied"].sum() == refugees[0] == round(100 * in_use)
    assert (units["occupied"] <= units["capacity"]).all()


def test_let_flats_of_a_site_are_no_units():
    """At a site of flats, those let today are counted in refugee_flats and are not among the units."""
    buildings, units, refugees = units_of_sites(random_stream(1, "test"), *site(flats=True, capacity=54, in_use=0.4))
    assert buildings["dwellings"].sum() == 10
    assert buildings["refugee_flats"].sum() == 4
    assert len(units) == 6
    assert not units["shared"].any()
    assert 0 < refugees[0] < 54 - units["capacity"].sum() + 1


def test_site_buildings_stay_in_their_space():
    """Where the further buildings of a site would leave the social space, they stand at its own point."""
    buildings, _, _ = units_of_sites(random_stream(1, "test"), *site(x=1.0, y=1.0, capacity=400, buildings=8))
    assert buildings["x"].between(0, 2000).all()
    assert buildings["y"].between(0, 2000).all()
    assert (buildings["x"] == 1.0).sum() >= 2


def test_every_chosen_address_has_a_vacant_flat():
    """Seven flats in five of twenty addresses: each of the five has one, and no fewer dwellings than vacant flats."""
    rng = random_stream(1, "test")
    addresses = pd.DataFrame({"building_id": [f"A{i}" for i in range(20)], "space": [0] * 20, "status_index": 3,
                              "centrality": 0.5})  # fmt: skip
    spaces = pd.DataFrame({"residents": [50]})
    houses, flats = flats_on_addresses(rng, addresses, spaces, flats=7, buildings=5, rent_level=8.0)
    assert len(houses) == flats["building_id"].nunique() == 5
    assert len(flats) == 7
    assert (houses["dwellings"] >= flats["building_id"].value_counts()[houses["building_id"]].to_numpy()).all()
