"""What the map says, and that it is one file that asks nobody and lets no text from data become code."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from indicator_worlds import CRS, hand_made_city, hand_made_plan

from allocator.errors import UsageError
from allocator.maps import write_map
from allocator.maps.content import map_content
from allocator.maps.occupancy import STATES
from allocator.maps.page import json_in_html, map_words, render_map
from allocator.maps.places import Places
from allocator.plan import Plan
from allocator.rules.cap import Cap

NASTY = "</script><script>window.stolen = 1</script>{{ 7 * 7 }} \"' <!-- & é"


def mapped_plan(**city: Any) -> Plan:
    """The plan made by hand, in a town with a school, two kinds unknown to the map, and names that are code."""
    spaces = hand_made_city().social_spaces.assign(name=["Altstadt", NASTY, "Tal"])
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["F1", "F2", "F3"],
            "kind": ["school", "sauna", "<i>spa"],
            "name": [NASTY, "", ""],
            "seats": [np.nan, 2.0, np.nan],
        },
        geometry=[shapely.Point(600, 600), shapely.Point(700, 600), shapely.Point(800, 600)],
        crs=CRS,
    )
    plan = hand_made_plan(title=NASTY)
    changed = dataclasses.replace(
        plan.scenario.city, **{"social_spaces": spaces, "facilities": facilities, "crs": CRS, **city}
    )
    scenario = SimpleNamespace(**{**vars(plan.scenario), "city": changed})
    return Plan(scenario, plan.allocation, plan.result)


@pytest.fixture(scope="module")
def page() -> str:
    """The map of the nasty town, in German."""
    return render_map(mapped_plan(), "de")


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    """Its content."""
    return map_content(mapped_plan(), "en", map_words("en"))


def row(table: pd.DataFrame, key: str) -> dict[str, Any]:
    """The row of a place as a dictionary."""
    return table.set_index(table.columns[0]).loc[key].to_dict()


def test_residents_are_told_apart_by_how_they_come_to_live_there() -> None:
    """Who is placed elsewhere moves in, who is placed at home stays, who found nothing remains."""
    status = Places(hand_made_plan()).residents.set_index("household_id")["status"].to_dict()
    assert status == {"H1": "moved_in", "H2": "moved_in", "H4": "stays", "H5": "stays", "H6": "remains"}


def test_a_site_counts_its_persons_against_its_cap() -> None:
    """Site L1 had 20 of its own and 3 of the list, keeps 22 after one moves out, and is over its cap of 20 as today."""
    site = row(Places(hand_made_plan()).sites, "L1")
    assert (site["persons_today"], site["persons_after"], site["persons_new"]) == (23, 22, 0)
    assert (site["rule"], site["limit"], STATES[site["state"]]) == ("twenty-per-site", 20, "over_today")
    assert site["free"] == 8


def test_a_building_is_judged_by_its_tightest_cap() -> None:
    """Building B1 holds two let flats where one is allowed, which outweighs 7 of 20 persons at the same place."""
    building = row(Places(hand_made_plan()).buildings, "B1")
    assert (building["rule"], building["after"], building["limit"]) == ("one-flat", 2, 1)
    assert (building["persons_after"], building["flats"], building["flats_let"]) == (7, 2, 2)
    assert STATES[building["state"]] == "over"


@pytest.mark.parametrize(
    ("at_most", "state"),
    [(24, "within"), (23, "within"), (22, "at_limit"), (22.5, "at_limit"), (21, "over_today"), (3, "over_today")],
)
def test_what_is_over_today_and_does_not_grow_is_told_apart(at_most: float, state: str) -> None:
    """Site L1 has 23 persons today and 22 afterwards: over any lower cap as today, and never by the plan."""
    plan = hand_made_plan()
    plan.scenario.rules = {"cap": Cap(count="persons", per="site", at_most=at_most, soft=1)}
    assert STATES[row(Places(plan).sites, "L1")["state"]] == state


def test_what_the_plan_adds_over_a_limit_that_is_exceeded_today_is_its_own() -> None:
    """B1 holds 3 persons today and 7 afterwards: over a soft cap of 2 by the plan too, though it is over it today."""
    plan = hand_made_plan()
    plan.scenario.rules = {"cap": Cap(count="persons", per="building", at_most=2, soft=1)}
    assert STATES[row(Places(plan).buildings, "B1")["state"]] == "over"


def test_units_residents_and_households_without_a_place_are_told(content: dict[str, Any]) -> None:
    """Each household has its unit and its home of today, each unit its building and what stays free, H3 its reason."""
    units, residents = content["units"], content["residents"]
    assert dict(zip(units["id"], units["building"], strict=True)) == {
        "U1": 0, "U2": 0, "U3": 1, "U4": 2, "U5": 3, "U6": 1,
    }  # fmt: skip
    assert dict(zip(units["id"], zip(units["places"], units["free"], strict=True), strict=True))["U4"] == (10, 8)
    lives = {
        name: (units["id"][unit], units["id"][home] if home >= 0 else "")
        for name, unit, home in zip(residents["id"], residents["unit"], residents["home"], strict=True)
    }
    assert (lives["H1"], lives["H2"], lives["H6"]) == (("U6", "U4"), ("U2", ""), ("U1", "U1"))
    assert content["unplaced"] == {
        "id": ["H3", "H6"],
        "persons": [6, 3],
        "reason": [0, 1],
        "reasons": ["no unit holds 6 persons", "its home is too small and no other fits"],
        "change": ["", ""],
    }


def test_a_full_place_is_at_the_limit_and_an_empty_one_unused() -> None:
    """B2 lets one of one allowed flat and is at the limit; without anybody it would be unused."""
    plan = hand_made_plan()
    assert STATES[row(Places(plan).buildings, "B2")["state"]] == "at_limit"
    nobody = Plan(plan.scenario, plan.allocation.assign(unit_id=""), plan.result)
    assert STATES[row(Places(nobody).buildings, "B2")["state"]] == "unused"


def test_a_site_without_geometry_lies_amid_its_buildings(content: dict[str, Any]) -> None:
    """A site of which only the buildings are known is drawn in their middle, one without either is not drawn."""
    sites = Places(mapped_plan()).sites
    assert sites["x"].tolist() == [2500.0]
    lost = pd.DataFrame(
        {"site_id": ["L1", "L9"], "name": ["a", ""], "kind": "", "refugees": [20.0, 0.0], "cost": np.nan}
    )
    table = Places(mapped_plan(sites=lost)).sites
    assert table["name"].tolist() == ["a", "L9"]
    assert np.isnan(table["x"][1])
    assert content["sites"]["point"][0][0] is not None


def test_the_content_is_plain_and_complete(content: dict[str, Any]) -> None:
    """Each social space has a value or none and a class for every indicator, each building its caps and households."""
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    for indicator in content["indicators"]:
        assert len(indicator["class"]) == 3
        assert sum(indicator["counts"]) + indicator["missing"] == 3
    assert content["buildings"]["id"] == ["B1", "B2", "B3", "B4"]
    assert content["buildings"]["site"] == [-1, -1, 0, -1]
    assert content["buildings"]["space"] == [0, 1, 2, -1]
    assert [cap[:4] for cap in content["buildings"]["caps"][0]] == [
        ["one-flat", 1, 2, 1],
        ["twenty-per-site", 3, 7, 20],
    ]
    assert content["facilities"]["seats"] == [None, 2, None]
    assert dict(zip(content["residents"]["id"], content["residents"]["building"], strict=True))["H5"] == 2


def test_shares_before_and_after_have_the_same_classes(content: dict[str, Any]) -> None:
    """A colour means the same on the map of today and on the map of the plan."""
    told = {indicator["key"]: indicator for indicator in content["indicators"]}
    assert told["share_before"]["labels"] == told["share_after"]["labels"]
    assert told["deviation_before"]["colours"] == told["deviation_after"]["colours"]


def test_both_languages_say_everything() -> None:
    """The two dictionaries have the same keys, the same places to fill, and no empty text."""

    def flat(words: dict[str, Any], above: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in words.items():
            found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
        return found

    german, english = flat(map_words("de")), flat(map_words("en"))
    assert german.keys() == english.keys()
    assert all(german.values())
    assert all(english.values())
    for key, text in german.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key])), key


def test_every_word_that_the_page_uses_is_there() -> None:
    """No script and no template asks for a text that the dictionaries lack."""
    assets = Path(__file__).parent.parent / "allocator" / "maps" / "assets"
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*assets.glob("*.js"), assets / "page.html"])
    used = set(re.findall(r"\bwords\.(\w+)", text))
    assert used
    assert used <= set(map_words("en"))


def test_text_from_data_stays_text(page: str) -> None:
    """A name that holds a script, a template and quotes is found escaped and nowhere as it was."""
    assert "<script>window.stolen" not in page
    assert "&lt;/script&gt;&lt;script&gt;window.stolen" in page
    assert "\\u003c/script\\u003e" in page
    assert page.count("{{ 7 * 7 }}") >= 3
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]


def test_json_in_html_reads_back() -> None:
    """What stands in the data block has no sign that HTML could read, and is the same when read."""
    text = json_in_html({"name": NASTY + "\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"name": NASTY + "\u2028"}


def test_the_page_asks_no_host_for_anything(page: str) -> None:
    """No element and no style of the page names an address from which something would be loaded."""
    assert not re.findall(r"<(?:link|img|iframe|object|embed|video|audio|base)\b", page)
    assert not re.findall(r"<script[^>]+src", page)
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL))
    assert ".leaflet-container" in styles
    assert not re.findall(r"@import|url\(", styles)
    assert "sourceMappingURL" not in page
    assert "default-src 'none'" in page
    assert "http" not in re.search(r'Security-Policy" content="([^"]*)"', page)[1]


def test_the_policy_names_every_script(page: str) -> None:
    """Each script of the page is allowed by its hash, and there is no other allowance."""
    policy = re.search(r'Security-Policy" content="([^"]*)"', page)[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_tiles_only_where_asked_for() -> None:
    """With tiles the page may open their host and names its owner, without them it knows no such host."""
    tiled, plain = render_map(mapped_plan(), "en", tiles=True), render_map(mapped_plan(), "en")
    assert "img-src data: https://tile.openstreetmap.org" in tiled
    assert "openstreetmap.org/copyright" in tiled
    assert "openstreetmap" not in plain


@pytest.mark.parametrize(("language", "mark"), [("de", "INTERN"), ("en", "INTERNAL")])
def test_the_page_says_what_it_is(language: str, mark: str) -> None:
    """Mark, language, result, sources with date and licence, and the note on generated data stand on the page."""
    html = render_map(mapped_plan(), language)
    assert f'<html lang="{language}">' in html
    assert f">{mark}</span>" in html
    assert "Alle Wohnungen erfunden." in html
    assert "Sozialräume, CC-BY-4.0, Stadt" in html
    assert "2024-01-31" in html
    assert ("10 von 19 Personen" if language == "de" else "10 of 19 persons") in html


def test_the_same_plan_gives_the_same_page(page: str) -> None:
    """Nothing in the page depends on when or how often it is drawn."""
    assert render_map(mapped_plan(), "de") == page


def test_a_city_in_which_nobody_of_the_list_lives_is_drawn() -> None:
    """A plan that places nobody and a list without homes give a map of today."""
    plan = mapped_plan()
    homeless = plan.scenario.households.assign(unit_id="")
    scenario = SimpleNamespace(**{**vars(plan.scenario), "households": homeless})
    content = map_content(Plan(scenario, plan.allocation.assign(unit_id=""), {}), "en", map_words("en"))
    assert content["residents"]["id"] == []
    assert content["sites"]["persons_after"] == [20]
    assert [STATES[state] for state in content["buildings"]["state"]] == ["unused", "unused", "within", "unused"]
    assert [STATES[state] for state in content["sites"]["state"]] == ["at_limit"]


def test_a_site_lies_where_its_own_geometry_is() -> None:
    """A point that the city gives for a site counts more than the middle of its buildings."""
    sites = gpd.GeoDataFrame(hand_made_city().sites, geometry=[shapely.Point(2600, 400)], crs=CRS)
    table = Places(mapped_plan(sites=sites)).sites
    assert table[["x", "y"]].to_numpy().tolist() == [[2600.0, 400.0]]


def test_a_plan_without_caps_facilities_and_result_is_drawn() -> None:
    """A map needs nothing but the city and an allocation."""
    plan = hand_made_plan()
    bare = hand_made_city()
    columns = {"facility_id": [], "kind": [], "name": [], "seats": []}
    bare = dataclasses.replace(bare, facilities=gpd.GeoDataFrame(columns, geometry=[], crs=CRS), sources=())
    scenario = SimpleNamespace(**{**vars(plan.scenario), "city": bare, "rules": {}})
    html = render_map(Plan(scenario, plan.allocation), "en")
    assert "The city names no sources." in html


def test_an_unknown_language_is_refused_and_nothing_written(tmp_path: Path) -> None:
    """A wrong language ends with what may be chosen, before a file is made."""
    with pytest.raises(UsageError, match="de, en"):
        write_map(mapped_plan(), tmp_path / "map.html", "fr")
    assert list(tmp_path.iterdir()) == []


def test_the_command_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`allocator map RUN` writes the map into the run's folder, or where it is told, and prints the path."""
    import allocator.runs
    from allocator.cli.map import map_command

    monkeypatch.setattr(allocator.runs, "load_run", lambda _folder: mapped_plan())
    done = CliRunner().invoke(map_command, [str(tmp_path), "--language", "en"], catch_exceptions=False)
    assert done.output.strip() == str(tmp_path / "map.html")
    assert 'lang="en"' in (tmp_path / "map.html").read_text(encoding="utf-8")
    lost = CliRunner().invoke(map_command, [str(tmp_path), "--out", str(tmp_path / "no" / "map.html")])
    assert isinstance(lost.exception, UsageError)
