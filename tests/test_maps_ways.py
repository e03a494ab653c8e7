"""What map and report show of ways: bands of streets, ways of children, seats of facilities."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import open_page
from shapely import LineString
from worlds import CRS, EAST, NORTH, tiny_city

from allocator.access.distances import walking_network
from allocator.maps.content import map_content
from allocator.maps.geopackage import write_geopackage
from allocator.maps.outlines import PRECISION
from allocator.maps.page import map_words, render_map, write_map
from allocator.plan import Plan
from allocator.report.report import report_html
from allocator.runs.planning import make_plan
from allocator.scenario import load_scenario

NASTY = '<b>A & "B"</b>'


@functools.cache
def planned(folder: Path, straight: bool = False) -> Plan:
    """The tiny city with a main street of 3 km and a side street, a nasty name, and a plan with school seats."""
    import geopandas as gpd

    def nasty(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return facilities.assign(name=NASTY)

    city = tiny_city(folder, facilities=nasty)
    streets = [LineString([(EAST, NORTH + 500), (EAST + 1500, NORTH + 520), (EAST + 3000, NORTH + 500)]),
               LineString([(EAST + 1500, NORTH + 520), (EAST + 1500, NORTH + 900)])]  # fmt: skip
    gpd.GeoDataFrame(geometry=streets, crs=CRS).to_file(city / "streets.geojson", driver="GeoJSON")
    (folder / "plan.yaml").write_text(
        "title: Seats\ncity: tiny\nhouseholds: tiny/households.csv\n"
        f"distances: {'straight' if straight else 'streets'}\n"
        "rules: {seats: {rule: seats, kind: school, within: 3000}}\ngoals: [{place: persons}]\n", encoding="utf-8",
    )  # fmt: skip
    return make_plan(load_scenario(folder / "plan.yaml"))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """On streets."""
    return planned(tmp_path_factory.mktemp("streets"))


def ways(plan: Plan) -> dict[str, Any]:
    """The ways of the page."""
    return map_content(plan, "en", map_words("en"))["ways"]


def decoded(moves: list[int], start: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Corners of an encoded line in 1/PRECISION degree."""
    return np.cumsum(np.array(moves).reshape(-1, 2), axis=0) + np.array(start)


def test_every_piece_of_street_has_its_band(plan: Plan) -> None:
    """Streets in pieces of at most 300 m, a digit for each; the piece beside a school is near, the far end is not."""
    made, network = ways(plan), walking_network(plan.scenario.city)
    assert made["kinds"] == ["school", "kita"]
    assert made["limits"] == [500, 1000, 1500]
    assert len(made["lines"]) == sum(int(np.ceil(length / 300)) for length in network.length)
    for kind in made["kinds"]:
        assert len(made["bands"][kind]) == len(made["lines"])
        assert set(made["bands"][kind]) <= set("0123")
        assert "0" in made["bands"][kind]


def test_streets_are_written_one_after_the_other(plan: Plan) -> None:
    """Each line begins as seen from the beginning of the one before; all of them lie in the city."""
    start, places = (0, 0), []
    for moves in ways(plan)["lines"]:
        line = decoded(moves, start)
        start = tuple(line[0])
        places.append(line)
    latitude, longitude = np.vstack(places).T / PRECISION
    assert 50.9 < latitude.min() <= latitude.max() < 51.0
    assert 6.9 < longitude.min() <= longitude.max() < 7.1
    assert 0.03 < longitude.max() - longitude.min() < 0.05


def test_children_are_led_to_the_school_that_they_attend(plan: Plan) -> None:
    """As many children as the result seats, from their building to the school, with the metres of the way."""
    made, told = ways(plan)["ways"], plan.result["indicators"]["seats"]["seats"]
    facilities = plan.scenario.city.facilities
    schools = [facilities["kind"].iloc[i] == "school" for i in made["facility"]]
    assert sum(n for n, school in zip(made["children"], schools, strict=True) if school) == told["seated"] > 0
    content = map_content(plan, "en", map_words("en"))
    for building, facility, metres, moves in zip(
        *(made[key] for key in ("building", "facility", "metres", "line")), strict=True
    ):
        line = decoded(moves)
        first = [content["buildings"]["point"][axis][building] for axis in (0, 1)]
        last = [content["facilities"]["point"][axis][facility] for axis in (0, 1)]
        assert np.abs(line[0] - first).max() <= 1
        assert np.abs(line[-1] - last).max() <= 1
        steps = np.diff(line, axis=0) * [111_200 / PRECISION, 111_200 * np.cos(np.radians(50.95)) / PRECISION]
        assert np.hypot(*steps.T).sum() == pytest.approx(metres, rel=0.02, abs=12)


def test_facilities_say_how_many_of_their_seats_are_taken(plan: Plan, tmp_path: Path) -> None:
    """Schools, whose seats the rule hands out, have a number, Kitas none; the GeoPackage holds the same."""
    import geopandas as gpd

    facilities, taken = plan.scenario.city.facilities, ways(plan)["taken"]
    by_kind = {kind: [taken[i] for i in np.flatnonzero(facilities["kind"] == kind)] for kind in ("school", "kita")}
    assert sum(by_kind["school"]) == plan.result["indicators"]["seats"]["seats"]["seated"]
    assert set(by_kind["kita"]) == {None}
    write_geopackage(plan, tmp_path / "city.gpkg", language="en")
    layer = gpd.read_file(tmp_path / "city.gpkg", layer="facilities").set_index("facility_id")
    told = [
        None if np.isnan(value) else value
        for value in layer.loc[facilities["facility_id"], "children_of_plan"].astype(float)
    ]
    assert told == taken


def test_the_report_has_a_table_of_seats_and_says_how_distances_were_measured(plan: Plan) -> None:
    """Names from data are escaped, in both languages."""
    for language, words in (
        ("en", ("Free seats", "walking distances along")),
        ("de", ("Freie Plätze", "Fußwege entlang")),
    ):
        text = report_html(plan, language)
        assert NASTY not in text
        assert "&lt;b&gt;A &amp; " in text
        assert all(word in text for word in words)


def test_straight_lines_have_ways_and_no_streets(tmp_path: Path) -> None:
    """Measured in straight lines no street is drawn, and the way of a child is one straight line."""
    made = ways(planned(tmp_path, straight=True))
    assert (made["lines"], made["bands"]) == ([], {})
    assert made["told"] == ["Distances are straight lines."]
    assert {len(line) for line in made["ways"]["line"]} == {4}


def test_without_a_rule_children_go_to_the_nearest_facility(plan: Plan) -> None:
    """No rule hands out the seats of Kitas: their children are led to the nearest one."""
    made, facilities = ways(plan)["ways"], plan.scenario.city.facilities
    kita = [
        number
        for number, i in zip(made["children"], made["facility"], strict=True)
        if facilities["kind"].iloc[i] == "kita"
    ]
    placed = plan.ledger.placed
    assert sum(kita) == sum(stay.household["children_kita"] for stay in placed)


def test_the_page_holds_no_name_as_html(plan: Plan) -> None:
    """Names of facilities stand in the data alone."""
    page = render_map(plan, "en")
    assert NASTY not in page
    assert len(re.findall("allocatorMap.connectWays|map.connectWays", page)) >= 1


@pytest.mark.slow
def test_the_map_colours_streets_and_draws_ways(plan: Plan, tmp_path: Path, chromium: Any) -> None:
    """In a browser without network: a kind chosen colours streets and fills a legend, a popup draws the way."""
    write_map(plan, tmp_path / "map.html", "en")
    page = chromium
    open_page(page, tmp_path / "map.html")
    lines = (
        "let n = 0; allocatorMap.leaflet.eachLayer((one) => { "
        "if (one instanceof L.Polyline && !(one instanceof L.Polygon)) n += 1; }); return n"
    )
    assert page.execute_script(lines) == 0
    page.execute_script("document.getElementById('way-school').click()")
    assert page.execute_script(lines) >= 2
    legend = page.execute_script("return document.getElementById('way-legend').innerText")
    assert "Streets by distance: Schools" in legend
    assert "up to 500 m" in legend
    page.execute_script("document.getElementById('way-none').click()")
    assert page.execute_script(lines) == 0
    assert page.execute_script("return document.getElementById('way-legend').hidden")
    found = page.execute_script(
        "const data = allocatorMap.content(); const at = data.ways.ways.building[0];"
        "const text = document.getElementById('search-text'); text.value = data.buildings.id[at];"
        "text.dispatchEvent(new Event('input')); document.querySelector('#search-results button').click();"
        "return document.querySelector('.leaflet-popup-content').innerText"
    )
    assert "Ways of the children" in found
    assert NASTY in found
    assert page.execute_script(lines) == 2
    page.execute_script("allocatorMap.leaflet.closePopup()")
    assert page.execute_script(lines) == 0
    told = page.execute_script("return document.getElementById('distances').textContent")
    assert told.startswith("Distances are walking distances along")
    assert [one for one in page.get_log("browser") if one["level"] == "SEVERE"] == []
