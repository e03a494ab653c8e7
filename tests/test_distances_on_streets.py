"""Distances of a whole city: along its streets, or as straight lines where it has none or the scenario says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from random_worlds import as_city
from scenario_files import GOOD, findings_of, write
from shapely import LineString
from tiny import building, facility, flats, household, plan, space, world
from worlds import CRS, EAST, NORTH, tiny_city

from allocator.access import distances
from allocator.city import read_city
from allocator.city.city import City
from allocator.errors import InputError
from allocator.report.distance_words import distance_sentences
from allocator.scenario import load_scenario

RIVER = [[(0.0, 0.0), (0.0, 300.0), (100.0, 300.0), (100.0, 0.0)]]
"""One street over a bridge 300 m up the river, which flows between x = 0 and x = 100."""


def river_world(streets: list | None = None, rules: dict | None = None, **further: object) -> dict:
    """B1 and B2 west of the river, B3 east of it; a school with one seat on each side, that of the east at B3."""
    houses = [building("B1", x=-10.0), building("B2", x=-10.0, y=100.0), building("B3", x=110.0)]
    units = [*flats("B1", 4), *flats("B2", 4), *flats("B3", 4)]
    schools = [facility("F1", seats=1, x=110.0, y=20.0), facility("F2", seats=1, x=-10.0, y=250.0)]
    people = further.pop("households", [household(f"H{i}", 4, children_school=1) for i in range(3)])
    made = world([space("S1")], houses, units, people, rules, facilities=schools, **further)
    return {**made, "streets": RIVER if streets is None else streets}


def river_city(**further: object) -> City:
    """The city of `river_world`."""
    return as_city(river_world(**further))


def test_ways_lead_along_streets_where_a_city_has_them() -> None:
    """From B1 at 0 m to the school across the river: 10 m to the street, 300 + 100 + 280 m, 10 m from it."""
    city = river_city()
    assert distances.nearest(city, "school") == pytest.approx([270, 170, 40])
    between = distances.between(city, np.array([0, 2]), np.array([0, 1, 2]))
    assert between == pytest.approx(np.array([[0, 120, 720], [720, 620, 0]]))
    assert distances.between_pairs(city, np.array([(0, 2), (1, 1)])) == pytest.approx([720, 0])
    assert distances.within_reach(city, "school", 270.1).toarray().tolist() == [[0, 0, 1], [1, 1, 0]]
    assert distances.near_each_other(city, 120.1).toarray().tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "city", [replace(river_city(), distances="straight"), river_city(streets=[])], ids=["asked", "none"]
)
def test_without_streets_ways_are_straight_lines(city: City) -> None:
    """The same city in straight lines: over the river it is 120 m."""
    assert distances.between(city, [0], [2])[0, 0] == pytest.approx(120)
    assert distances.nearest(city, "school") == pytest.approx([np.hypot(120, 20), np.hypot(120, 80), 20])
    assert distances.how_measured(city) == {"on": "straight"}


def test_a_kind_without_facilities_is_infinitely_far() -> None:
    """Unreachable is infinite, on streets as in straight lines."""
    for city in (river_city(), replace(river_city(), distances="straight")):
        assert np.isinf(distances.nearest(city, "doctor")).all()
        assert distances.within_reach(city, "doctor", 1e9).shape == (0, 3)


def test_many_buildings_are_asked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city with too many buildings to keep all distances gives the same ones."""
    kept = distances.between(river_city(), [0, 1], [1, 2])
    monkeypatch.setattr(distances, "KEPT_WHOLE", 0)
    assert distances.between(river_city(), [0, 1], [1, 2]) == pytest.approx(kept)


def test_rules_and_goals_walk_along_streets_too() -> None:
    """Within 160 m two children find a seat in straight lines, on foot only the one at B3.

    Within 200 m on foot two houses reach a school, and the ways are 170 + 40 m.
    """
    seats = {"seats": {"rule": "seats", "kind": "school", "within": 160.0}}
    on_foot, straight = plan(river_world(rules=seats)), plan(river_world(rules=seats, streets=[]))
    assert (on_foot.values, straight.values) == ([4], [8])
    assert sorted(filter(None, on_foot.homes.values())) == ["B3-1"]
    assert on_foot.defects() == straight.defects() == []
    reach = {"reach": {"rule": "reach", "kind": "school", "within": 200.0}}
    found = plan(river_world(rules=reach, goals=[{"place": "persons"}, {"walk": "school"}]))
    assert found.values == pytest.approx([8, 170 + 40])
    assert found.defects() == []


def test_linked_households_live_within_metres_on_foot() -> None:
    """Within 130 m: across the river is near in a straight line and far on foot."""
    pair = [household("H1", 1, near="H2"), household("H2", 1, home="B1-1", pinned=True)]
    rules = {"near": {"rule": "together", "within": 130.0}}
    found = plan(river_world(rules=rules, households=pair))
    assert (found.homes["H1"], found.defects()) == ("B2-1", [])


def test_a_cap_around_a_building_stays_a_straight_line() -> None:
    """`cap per: {within: 130}` counts B3 around B1, though it is 720 m on foot."""
    rules = {"few": {"rule": "cap", "count": "households", "per": {"within": 130.0}, "at_most": 1}}
    found = plan(river_world(rules=rules))
    assert found.values == [4]
    assert found.defects() == []


def test_what_was_cut_off_and_how_far_places_are_is_told() -> None:
    """A piece of 50 m is far away, one of 180 m crosses without meeting, a facility stands 210 m aside: in words."""
    made = river_world(streets=[*RIVER, [(500.0, 0.0), (500.0, 50.0)], [(-100.0, 150.0), (80.0, 150.0)]])
    made["facilities"].append(facility("F3", "stop", x=-210.5, y=100.0))
    how = distances.how_measured(as_city(made))
    assert how == {
        "on": "streets", "network_metres": 700.0, "cut_off_metres": 230.0, "cut_off_pieces": 2, "crossings_apart": 1,
        "far_metres": 200.0, "farthest_buildings": 10.0, "farthest_facilities": 210.5, "far_buildings": 0,
        "far_facilities": 1,
    }  # fmt: skip
    english, german = distance_sentences(how, "en"), distance_sentences(how, "de")
    assert "0.7 km of streets" in english[0]
    assert "0.2 km of streets in 2 pieces" in english[1]
    assert english[2].endswith("no junctions: 1 pairs.")
    assert english[3].startswith("Farther than 200 m from a street: 1 facilities")
    assert len(german) == 4
    assert "0,7 km Straßen" in german[0]
    assert distance_sentences({"on": "straight"}, "de") == ["Entfernungen sind Luftlinien."]
    assert distance_sentences(None, "en") == []


def scenario(folder: Path, text: str = "", streets: bool = True) -> Path:
    """A scenario on the tiny city with one street, or none."""
    if not (folder / "tiny").exists():
        city = tiny_city(folder)
        line = LineString([(EAST, NORTH + 500), (EAST + 3000, NORTH + 500)])
        if streets:
            gpd.GeoDataFrame(geometry=[line], crs=CRS).to_file(city / "streets.geojson", driver="GeoJSON")
    path = folder / "plan.yaml"
    path.write_text(f"city: tiny\nhouseholds: tiny/households.csv\n{text}", encoding="utf-8")
    return path


def test_a_scenario_says_how_distances_are_measured(tmp_path: Path) -> None:
    """`distances: straight` in the file or with --set; what is said later wins."""
    assert load_scenario(scenario(tmp_path)).city.distances == "streets"
    path = scenario(tmp_path, "distances: straight\n")
    assert distances.how_measured(load_scenario(path).city) == {"on": "straight"}
    assert distances.how_measured(load_scenario(path, ["distances=streets"]).city)["network_metres"] == 3000


def test_streets_that_are_not_there_are_a_finding(tmp_path: Path) -> None:
    """`distances: streets` in a city without them says so, with the line; anything else is refused by name."""
    with pytest.raises(InputError, match="no streets") as caught:
        load_scenario(scenario(tmp_path, "distances: streets\n", streets=False))
    assert [one.line for one in caught.value.findings if "no streets" in one.what] == [3]
    (refused,) = [
        one for one in findings_of(write(tmp_path, f"{GOOD}    distances: street\n")) if one.column == "distances"
    ]
    assert ("street" in refused.what, refused.remedy) == (True, "did you mean 'streets'?")


def test_poor_streets_are_noted(tmp_path: Path) -> None:
    """Far buildings, and streets that are cut off, are noted where a goal walks, and only there."""
    path = scenario(tmp_path, "goals: [{place: persons}, {walk: school}]\n")
    streets = [LineString([(EAST, NORTH - 100), (EAST + 3000, NORTH - 100)]),
               LineString([(EAST + 10, NORTH - 900), (EAST + 10, NORTH - 95)]),
               LineString([(EAST + 50, NORTH), (EAST + 50, NORTH - 200)])]  # fmt: skip
    gpd.GeoDataFrame(geometry=streets, crs=CRS).to_file(tmp_path / "tiny" / "streets.geojson", driver="GeoJSON")
    told = [str(one) for one in load_scenario(path).findings]
    assert any(
        "1.0 of 4.0 km of streets, in 2 pieces, are not connected" in one and "2 pairs of lines" in one for one in told
    )
    assert any("5 buildings with units are farther than 200 m from every street, at most 600 m" in one for one in told)
    assert not any("street" in str(one) for one in load_scenario(scenario(tmp_path)).findings)


def test_a_table_of_streets_without_a_street_is_noted(tmp_path: Path) -> None:
    """A header alone means straight lines, and says so."""
    path = scenario(tmp_path, "goals: [{place: persons}, {walk: school}]\n")
    (tmp_path / "tiny" / "streets.geojson").unlink()
    (tmp_path / "tiny" / "streets.csv").write_text("wkt\n", encoding="utf-8")
    told = [str(one) for one in load_scenario(path).findings]
    assert any("the streets have no line of any length, so distances are straight lines" in one for one in told)


def test_a_city_says_that_its_streets_meet_wherever_they_cross(tmp_path: Path) -> None:
    """`crossings: true` at the table streets of a city.yaml; at another table it is refused."""
    folder = scenario(tmp_path).parent / "tiny"
    tables = [f"  {file.stem}: {{source: {file.name}}}\n" for file in sorted(folder.iterdir())]
    text = "tables:\n" + "".join(tables)
    for table, wanted in (("streets.geojson", True), ("units.csv", None)):
        (folder / "city.yaml").write_text(text.replace(table, f"{table}, crossings: true"), encoding="utf-8")
        if wanted:
            assert read_city(folder).street_crossings
        else:
            with pytest.raises(InputError, match="only streets have crossings"):
                read_city(folder)
