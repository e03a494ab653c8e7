"""Plans beside each other: what is better, how much, in words, and with the same classes on every map."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from compared_plans import DENSE, compared_plan, three_plans, two_plans
from indicator_worlds import ALLOCATION
from test_maps import NASTY, mapped_plan

from allocator.compare.changes import better_of, change_words
from allocator.compare.content import comparison_content
from allocator.compare.labels import label_of, leaves
from allocator.compare.names import run_names
from allocator.compare.page import render_comparison
from allocator.compare.rules import rule_state
from allocator.compare.same_city import check_same_city
from allocator.compare.shades import difference_shades, plan_shades
from allocator.compare.tables import comparison_tables
from allocator.compare.words import AMOUNTS, PAGE_WORDS, SECTIONS
from allocator.errors import UsageError
from allocator.indicators.definitions import INDICATORS
from allocator.indicators.senses import SENSES, sense_of
from allocator.maps.outlines import encode_polygons, simplify
from allocator.plan import Plan
from allocator.report.numbers import Language
from allocator.rules.base import Tally


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    """The tables of the two plans in English."""
    return comparison_tables(two_plans(), "en")


def rows(tables: dict[str, Any], table: str = "indicators") -> dict[str, dict[str, Any]]:
    """The rows of a table by their key."""
    return {row["key"]: row for row in tables[table]}


def test_the_difference_is_told_in_a_sentence(tables: dict[str, Any]) -> None:
    """Dense houses H3 and H6 too, and half of its school children walk 906 m instead of 141 m."""
    (sentence,) = tables["sentences"]
    assert sentence.startswith("dense houses 9 persons more than <b>wide</b>, school children walk 765 m farther, ")
    german = comparison_tables(list(reversed(two_plans())), "de")["sentences"][0]
    assert german.startswith("<b>wide</b> bringt 9 Personen weniger unter als dense, Schulkinder gehen 765 m weniger, ")


def test_plans_that_do_the_same_are_told_so() -> None:
    """A plan beside one with the same allocation has nothing to tell but that it houses as many."""
    sentences = comparison_tables([three_plans()[0], three_plans()[2]], "en")["sentences"]
    assert sentences == ["again houses as many persons as <b>wide</b>."]


def test_the_better_value_is_marked_by_its_sense(tables: dict[str, Any]) -> None:
    """More persons placed is better, a longer way is worse, places in use are neither, what is equal is not marked."""
    found = rows(tables)
    placed, way = found["placed.persons"], found["ways.school.median_metres"]
    assert (placed["values"], placed["better"], placed["changes"]) == ([10, 19], [1], ["", "9 persons more"])
    assert (way["texts"], way["better"], way["changes"][1]) == (["141 m", "906 m"], [0], "765 m more")
    assert (found["new_places.buildings"]["sense"], found["new_places.buildings"]["better"]) == ("neutral", [])
    assert found["listed.persons"]["changes"] == ["", "the same"]
    assert found["moves.stayed.persons"]["better"] == []


def test_every_number_of_the_indicators_is_told_once(tables: dict[str, Any]) -> None:
    """Each number has a row or stands in a table of its own; the keys of rows are different."""
    keys = [row["key"] for row in tables["indicators"]]
    elsewhere = ("by_household_size.", "existing_excess.", "sites_needed.", "seats.")
    wanted = {path for path, _ in leaves(two_plans()[0].result["indicators"]) if not path.startswith(elsewhere)}
    assert len(keys) == len(set(keys))
    assert set(keys) == wanted
    assert {row["section"] for row in tables["indicators"]} <= set(SECTIONS["en"])
    assert not [row["label"] for row in tables["indicators"] if "{" in row["label"]]


@pytest.mark.parametrize(
    ("before", "after", "kind", "english", "german"),
    [
        (100, 69, "persons", "31 persons fewer", "31 Personen weniger"),
        (1, 2, "persons", "1 person more", "1 Person mehr"),
        (1240.2, 1000.4, "metres", "240 m less", "240 m weniger"),
        (100.4, 99.6, "metres", "the same", "gleich"),
        (10.5, 12.75, "eur_each", "2.25 EUR more", "2,25 EUR mehr"),
        (0.25, 0.281, "share", "3.1 percentage points more", "3,1 Prozentpunkte mehr"),
        (0.3002, 0.2689, "index", "0.031 lower", "um 0,031 niedriger"),
        (0.30002, 0.30003, "index", "the same", "gleich"),
        (None, 5, "metres", "not comparable", "nicht vergleichbar"),
    ],
)
def test_changes_are_words(before: float | None, after: float, kind: str, english: str, german: str) -> None:
    """A change has its unit, its direction and the form of the language; what rounds to nothing is the same."""
    assert [change_words(before, after, kind, "en"), change_words(before, after, kind, "de")] == [english, german]


def test_the_best_of_several_is_marked() -> None:
    """Of three plans two may be equally good; what is unknown is never marked, and nothing where one alone is known."""
    assert better_of([3, 5, 5], "higher", "persons") == [1, 2]
    assert better_of([3, None, 5], "lower", "persons") == [0]
    assert better_of([None, None, 5], "higher", "persons") == []
    assert better_of([3, 5], "neutral", "persons") == []


def test_senses_are_those_of_the_definitions() -> None:
    """Placing more and walking less is better; rent of all and isolation rise with the persons placed alone."""
    assert [sense_of(path) for path in ("placed.persons", "ways.kita.median_metres", "rent.eur_per_month")] == [
        "higher", "lower", "neutral",
    ]  # fmt: skip
    assert sense_of("segregation.district.after.dissimilarity") == "lower"
    assert {sense_of(f"segregation.district.{rest}") for rest in ("after.isolation", "before.gini")} == {"neutral"}


def test_every_sense_is_one_of_an_indicator() -> None:
    """What has a sense stands among the definitions, and no two senses fit the same entry."""
    assert {pattern.partition(".")[0] for pattern, _ in SENSES} <= {one.name for one in INDICATORS}
    paths = [path for path, _ in leaves(two_plans()[0].result["indicators"])]
    assert all(sum(fnmatchcase(path, pattern) for pattern, _ in SENSES) <= 1 for path in paths)


def test_an_indicator_without_words_is_told_by_its_name() -> None:
    """What a later version adds is shown last, in what its name says it counts."""
    place, label, text = label_of("fairness.gap.persons_late", "en")
    assert (label.kind, label.section, text) == ("persons", "further", "fairness · gap · persons late")
    assert place > label_of("segregation.district.after.gini", "en")[0]
    assert label_of("seats.a.b.seated", "de")[2] == "Kinder mit Platz, Regel a.b"


def test_household_sizes_are_told(tables: dict[str, Any]) -> None:
    """Households of 6 are placed only in the dense plan, those of 3 half in the wide one."""
    found = rows(tables, "household_sizes")
    assert found["by_household_size.6+.persons_placed"]["texts"] == ["0 of 6 (0.0 %)", "6 of 6 (100.0 %)"]
    three = found["by_household_size.3.persons_placed"]
    assert (three["texts"][0], three["changes"][1], three["better"]) == ("3 of 6 (50.0 %)", "3 persons more", [1])
    assert found["by_household_size.5.persons_placed"]["texts"] == ["–", "–"]


def test_districts_and_social_spaces_are_told(tables: dict[str, Any]) -> None:
    """District D2 has 22 refugees in the wide plan (20 besides, H5) and 28 in the dense one (H3 too)."""
    district = rows(tables, "districts")["district.D2.refugees_after"]
    assert (district["values"], district["changes"][1]) == ([22, 28], "6 persons more")
    assert district["numbers"][1]["persons_placed"] == 8
    assert [row["label"] for row in tables["social_spaces"]] == ["Altstadt", NASTY, "Tal"]
    # Altstadt: 10 besides; H2 and H6 in the wide plan, H6 alone in the dense one.
    assert rows(tables, "social_spaces")["social_space.S1.refugees_after"]["values"] == [17, 13]


def test_rules_are_told_by_what_they_do(tables: dict[str, Any]) -> None:
    """Site L1 may hold 23 as today: 22 leave room for one, 28 are 5 too many; the dense plan has no limit for areas."""
    found = {row["name"]: row for row in tables["rules"]}
    assert [cell["state"] for cell in found["twenty-per-site"]["cells"]] == ["idle", "breached"]
    assert found["twenty-per-site"]["cells"][1]["excess"] == 5
    assert found["twenty-per-site"]["sentence"] == "At most 20 persons per site."
    assert [cell["state"] for cell in found["one-flat"]["cells"]] == ["breached", "breached"]
    assert [cell["word"] for cell in found["fifteen-per-space"]["cells"]] == ["breached", "not in this plan"]


@pytest.mark.parametrize(
    ("tallies", "state"),
    [
        ([Tally("a", 0, 3, 5), Tally("b", 0, 5, 5)], "tight"),
        ([Tally("a", 0, 4, 5)], "idle"),
        ([Tally("a", 7, 7, 5, allowance=2)], "tight"),
        ([Tally("a", 0, 5, 5), Tally("b", 0, 6, 5)], "breached"),
        ([Tally("city", 0, 0, 0, fills_up=False)], "kept"),
        ([], "idle"),
    ],
)
def test_a_rule_is_breached_tight_idle_or_kept(tallies: list[Tally], state: str) -> None:
    """Breached where the plan adds an excess, tight where no whole further one is allowed, kept where nothing fills."""
    assert rule_state(tallies) == state


def test_rules_of_one_name_and_other_limits_say_both() -> None:
    """Where plans limit differently, each cell says its own limit, and the row none."""
    plans = two_plans()
    rules = {**plans[1].scenario.rules}
    rules["twenty-per-site"] = rules["twenty-per-site"].model_copy(update={"at_most": 50})
    other = Plan(SimpleNamespace(**{**vars(plans[1].scenario), "rules": rules}), plans[1].allocation, plans[1].result)
    row = comparison_tables([plans[0], other], "de")["rules"][0]
    assert row["sentence"] == ""
    assert [cell["sentence"] for cell in row["cells"]] == [
        "Höchstens 20 Personen je Standort.", "Höchstens 50 Personen je Standort.",
    ]  # fmt: skip


def test_plans_have_short_names() -> None:
    """The title up to its colon, else a short title, else the scenario; the letter where nothing else tells apart."""

    def named(*titles: tuple[str, str]) -> list[str]:
        results = [{"title": title, "scenario": {"name": one}} for title, one in titles]
        scenario: Any = SimpleNamespace(title="", name="")
        return [name for _, name in run_names([Plan(scenario, pd.DataFrame(), one) for one in results], "en")]

    assert named(("Wide: far out", "a"), ("Dense", "b"), ("x" * 60, "c")) == ["Wide", "Dense", "c"]
    assert named(("Wide: 1", "a"), ("Wide: 2", "b")) == ["Wide (a)", "Wide (b)"]
    assert named(("Wide", "a"), ("Wide", "a"), ("Dense", "a")) == ["Wide A", "Wide B", "Dense"]


def areas(*shares: list[float]) -> list[pd.DataFrame]:
    """Area rows of plans with these shares; the other columns are zero."""
    zero = dict.fromkeys(("change", "free", "deviation_before", "deviation_after"), 0.0)
    return [pd.DataFrame({"share_after": some, **zero}) for some in shares]


def test_classes_are_those_of_all_plans_together() -> None:
    """A share that one plan alone has makes classes for both; every map counts its own places in them."""
    shade = plan_shades(areas([0.01, 0.02, 0.03, np.nan], [0.10, 0.20, 0.30, 0.02]), ".")[0]
    assert [sum(counts) for counts in shade["counts"]] == [3, 4]
    assert shade["missing"] == [1, 0]
    assert shade["class"][0][3] == -1
    assert shade["class"][0][1] == shade["class"][1][3]
    assert max(shade["class"][0]) < max(shade["class"][1])


def test_differences_of_shares_are_percentage_points() -> None:
    """1.2 points more, 0.04 more (nothing, rounded) and 0.5 less: above, in and below the class of zero."""
    shade = difference_shades(areas([0.01, 0.02, 0.030], [0.022, 0.0204, 0.025]), ",")[0]
    zero = shade["labels"].index("0,0")
    assert [np.sign(found - zero) for found in shade["class"][0]] == [1, 0, -1]
    assert shade["values"][0] == [0.012, 0.0004, -0.005]
    assert all(re.fullmatch(r"[≤≥− …–\d,]+", label) for label in shade["labels"])


def test_outlines_stand_in_the_page_once() -> None:
    """Whatever the number of maps: three plans add numbers to the page of two, and no second outline."""
    plans = three_plans()
    city = plans[0].scenario.city
    shape = json.dumps(encode_polygons(simplify(city.social_spaces), city.crs)[1], separators=(",", ":"))
    for some in (plans[:2], plans):
        assert render_comparison(some, "en").count(shape) == 1


def test_places_are_told_for_each_plan() -> None:
    """Site L1 holds 22 and 28 persons; building B4 lies outside and is told all the same."""
    places = comparison_content(two_plans(), "en")["places"]
    site = places["site"].index(1)
    assert [persons[site] for persons in places["persons"]] == [22, 28]
    assert len(places["name"]) == len(places["point"][0]) == 4


def test_another_city_is_refused_and_said_why() -> None:
    """Other social spaces, other borders and another CRS are other cities; each plan that differs has its finding."""
    plans = two_plans()
    spaces = plans[0].scenario.city.social_spaces
    moved = spaces.assign(geometry=[*spaces.geometry[:2], shapely.box(2000, 0, 3000, 900)])
    others = {
        "a": plans[0],
        "b": compared_plan("b", ALLOCATION, social_spaces=moved),
        "c": compared_plan("c", ALLOCATION, social_spaces=spaces.assign(space_id=["S1", "S2", "S9"])),
        "d": compared_plan("d", ALLOCATION, social_spaces=spaces.to_crs("EPSG:25833"), crs="EPSG:25833"),
        "e": plans[1],
    }
    found = {finding.file: finding.what for finding in check_same_city(others).errors}
    assert set(found) == {"b", "c", "d"}
    assert found["b"] == "is a plan of another city than a: 1 social spaces have other borders (S3)"
    assert "2 social spaces are in only one of them (S3, S9)" in found["c"]
    assert "EPSG:25833" in found["d"]


def test_other_lists_are_a_note() -> None:
    """Plans of other households or units may be compared; the reader is told that the lists differ."""
    plan = mapped_plan()
    city = dataclasses.replace(plan.scenario.city, units=plan.scenario.city.units.assign(capacity=9.0))
    other = Plan(SimpleNamespace(**{**vars(plan.scenario), "city": city}), plan.allocation, plan.result)
    findings = check_same_city({"a": plan, "b": other})
    assert [str(note) for note in findings.notes] == [
        "note: b: has other units than a → read the differences as those of the lists too"
    ]
    assert findings.errors == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_carries_everything_and_nothing_runs_from_data(language: Language) -> None:
    """No address is loaded, only the scripts whose hashes the policy names may run, names stand as text."""
    page = render_comparison(two_plans(), language)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert policy is not None
    assert re.findall(r"'sha256-([^']+)'", policy[1]) == hashes
    assert not re.search(r"<(?:link|script src|img|iframe)", page)
    assert not re.search(r"(?:https?:)?//", page[page.index("<body>") : page.index('<script type="application/json"')])
    assert "window.stolen = 1</script>" not in page
    assert "&lt;script&gt;window.stolen" in page
    assert "{{ 7 * 7 }}" in page
    assert page.count('<span class="internal"') == 2
    assert f'<html lang="{language}">' in page
    assert render_comparison(two_plans(), language) == page


def test_notes_are_shown() -> None:
    """What must be kept in mind stands on the page, as text."""
    assert "<p>other units &lt;b&gt;.</p>" in render_comparison(two_plans(), "en", ["other units <b>."])


def test_words_are_the_same_in_both_languages() -> None:
    """Every word of the page is there in German and English."""
    assert PAGE_WORDS["de"].keys() == PAGE_WORDS["en"].keys()
    assert AMOUNTS["de"].keys() == AMOUNTS["en"].keys()
    assert SECTIONS["de"].keys() == SECTIONS["en"].keys()
    with pytest.raises(UsageError, match="'fr'"):
        comparison_tables(two_plans(), "fr")


def test_the_dense_plan_places_everybody() -> None:
    """The plan worked out by hand is one: no unit of it holds more than it can."""
    plan = compared_plan("dense", DENSE)
    assert plan.result["unplaced"] == {"households": 0, "persons": 0}
    assert plan.ledger.add_up(plan.ledger.stays_after, "unit", lambda stay: stay.household["persons"])["U4"] == 8
