"""A scenario with its city and its households."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import tiny_city

from allocator.city import reading
from allocator.errors import InputError
from allocator.scenario import Scenario, goal_sentence, load_scenario, rule_sentence

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "koeln"
KOELN = Path(__file__).parent.parent / "data" / "koeln" / "city"

TEXT = """title: Tiny
city: tiny
households: tiny/households.csv
use: [muenster-50]
rules:
  not-low: {rule: only, where: {status_index: {at_most: 3}}, soft: 2}
  group-a: {rule: share, of: {group: a}, per: social_space, at_most: 0.4}
goals:
  - place: persons
  - keep: rules
  - spread: {over: districts, key: residents}
"""


def scenario_file(folder: Path, text: str = TEXT, name: str = "plan.yaml") -> Path:
    """Write a scenario beside the tiny city."""
    if not (folder / "tiny").exists():
        tiny_city(folder)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def findings_of(path: Path, *overrides: str) -> list[tuple[int | None, str, str, str]]:
    """Line, key, text and remedy of each finding of a scenario."""
    with pytest.raises(InputError) as caught:
        load_scenario(path, overrides)
    return [(one.line, one.column, one.what, one.remedy) for one in caught.value.findings if one.severity == "error"]


def test_scenario_holds_city_households_rules_and_goals(tmp_path: Path) -> None:
    """Everything that a plan needs is there, with every file that was read."""
    scenario = load_scenario(scenario_file(tmp_path))
    assert isinstance(scenario, Scenario)
    assert (scenario.name, scenario.title, len(scenario.households)) == ("plan", "Tiny", 5)
    assert list(scenario.rules) == ["fifty-per-site", "not-low", "group-a"]
    assert [stage.name for stage in scenario.stages] == ["place: persons", "keep: rules", "spread: districts"]
    assert scenario.profiles == ("muenster-50",)
    names = [file.name for file in scenario.files]
    assert names[:2] == ["plan.yaml", "muenster-50.yaml"]
    assert {"units.csv", "social_spaces.geojson", "households.csv"} <= set(names)
    assert len(names) == len(set(scenario.files))
    assert scenario.situation is scenario.situation
    assert scenario.situation.persons.sum() == 11


def test_list_of_the_city_is_taken_where_none_is_named(tmp_path: Path) -> None:
    """Without `households` the city's own list is read; without one of its own that is a finding."""
    path = scenario_file(tmp_path, TEXT.replace("households: tiny/households.csv\n", ""))
    assert len(load_scenario(path).households) == 5
    (tmp_path / "tiny" / "households.csv").unlink()
    ((_, key, what, remedy),) = findings_of(path)
    assert (key, "no list of its own" in what, "add households" in remedy) == ("households", True, True)


def test_another_list_can_be_given(tmp_path: Path) -> None:
    """A list given by path or as a table takes the place of the one that the scenario names."""
    path = scenario_file(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text("household_id,persons\nX1,2\nX2,3\n", encoding="utf-8")
    scenario = load_scenario(path, households=other)
    assert list(scenario.households["household_id"]) == ["X1", "X2"]
    assert other in scenario.files
    assert load_scenario(path, households=scenario.households).households is scenario.households


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "what", "remedy"),
    [
        ("status_index", "status_indx", 6, "rules.not-low.where", "no column 'status_indx'", "status_index"),
        ("{group: a}", "{group: x}", 7, "rules.group-a.of.group", "the group 'x'", "known: a, b"),
        ("residents}", "resident}", 11, "goals.2.spread.key", "no numeric column 'resident'", "residents"),
        ("residents}", "{status_index: 0}}", 11, "goals.2.spread.key", "weights of the key add up to zero", "above"),
    ],
)
def test_rules_that_do_not_suit_the_city_are_findings(
    tmp_path: Path, old: str, new: str, line: int, key: str, what: str, remedy: str
) -> None:
    """A column, group or key that the city lacks is found in the line that names it."""
    ((found_line, found_key, found_what, found_remedy),) = findings_of(scenario_file(tmp_path, TEXT.replace(old, new)))
    assert (found_line, found_key) == (line, key)
    assert what in found_what
    assert remedy in found_remedy


def test_findings_of_scenario_city_and_households_come_together(tmp_path: Path) -> None:
    """A defect in the scenario, one in the city and one in the households are told in one go."""
    tiny_city(tmp_path, units={"U1": {"capacity": -1}}, households={"001": {"persons": 0}})
    path = scenario_file(tmp_path, TEXT.replace("rule: only", "rule: onyl"))
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    files = {finding.file for finding in caught.value.findings if finding.severity == "error"}
    assert files == {"plan.yaml", "units.csv", "households.csv"}


def test_missing_city_is_a_finding(tmp_path: Path) -> None:
    """A scenario without a city says what to add."""
    ((_, key, what, remedy),) = findings_of(scenario_file(tmp_path, TEXT.replace("city: tiny\n", "")))
    assert (key, what) == ("city", "the key 'city' is missing")
    assert "city.yaml" in remedy


def test_notes_of_the_city_stay_with_the_scenario(tmp_path: Path) -> None:
    """Notes stop nothing and are kept."""
    tiny_city(tmp_path, units={"U5": {"occupied": 25}}, sites={"H1": {"refugees": 25}})
    scenario = load_scenario(scenario_file(tmp_path))
    assert any(note.severity == "note" and note.row == "U5" for note in scenario.findings)


def test_homes_that_nothing_keeps_are_a_note(tmp_path: Path) -> None:
    """Who is pinned stays anyway and is not counted; the goal stay, or a rule moves, makes the note needless."""
    tiny_city(tmp_path, households={"001": {"unit_id": "U1"}})
    told = [note.what for note in load_scenario(scenario_file(tmp_path)).findings]
    assert sum(what.startswith("1 household that is not pinned has a home") for what in told) == 1
    kept = scenario_file(tmp_path, TEXT.replace("goals:\n", "goals:\n  - stay\n"))
    assert not any("has a home" in note.what for note in load_scenario(kept).findings)
    tiny_city(tmp_path, "pinned")
    all_pinned = scenario_file(tmp_path, TEXT.replace("tiny", "pinned"))
    assert not any("a home" in note.what for note in load_scenario(all_pinned).findings)


def test_scenario_is_described_in_two_languages(tmp_path: Path) -> None:
    """Every rule and goal is a sentence with its parameters, in German and English."""
    added = "rules.uk={rule: share, of: refugees, per: district, at_most: 0.005}"
    scenario = load_scenario(scenario_file(tmp_path), [added])
    english, german = scenario.describe("en"), scenario.describe("de")
    assert "fifty-per-site: At most 50 persons per site." in english
    assert "At most 0.5 % of those who live in one district are refugees." in english
    assert "where status_index at most 3. As far as possible; excess, counted in persons, weighs 2." in english
    assert "fifty-per-site: Höchstens 50 Personen je Standort." in german
    assert "Höchstens 0,5 % der Bewohner je Bezirk sind Geflüchtete." in german
    assert "3. Geflüchtete möglichst gleichmäßig über Bezirke nach Einwohnern verteilen." in german


def test_no_sentence_has_a_gap(tmp_path: Path) -> None:
    """Unions, conditions, mixed keys and weights are told in words, never as Python values."""
    rules = [
        "rules.a={rule: cap, count: flats, per: {within: 300}, at_most: 1, where: {dwellings: {at_least: 6}}}",
        "rules.b={rule: share, of: {where: {rent: {at_most: 500}}}, per: site, at_most: 0.3}",
        "rules.c={rule: spread, over: social_spaces, key: {residents: 0.4, area: 0.6}, at_most: 0.1}",
        "goals=[{weighted: [{rent: {}, weight: 1}, {prefer: {where: {shared: {equals: false}}}}]}, locations]",
    ]
    scenario = load_scenario(scenario_file(tmp_path), rules)
    assert rule_sentence(scenario.rules["a"]) == (
        "At most 1 flat per circle of 300 m around a building. Only places where dwellings at least 6."
    )
    assert rule_sentence(scenario.rules["b"]) == (
        "At most 30 % of those who live in one site are in units where rent at most 500."
    )
    assert "Fair shares by: 0.4 residents + 0.6 area." in rule_sentence(scenario.rules["c"])
    assert goal_sentence(scenario.stages[0].goals[1][0], "de") == (
        "So viele Personen wie möglich in Einheiten, für die gilt: shared ist nein."
    )
    for language in ("de", "en"):
        assert not set("{}[]<>'") & set(scenario.describe(language))


@pytest.fixture(scope="module")
def cities_read_once() -> Iterator[None]:
    """Let the scenarios of one city share what was read of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_city", functools.cache(reading.read_city))
        yield


SHIPPED = [
    "altena", "altena-hard", "concentration", "dispersal", "duesseldorf", "koeln", "koeln-concentration",
    "koeln-dispersal", "model-city", "muenster", "school-seats",
]  # fmt: skip
"""By name: a user's own scenarios in the same folder are no business of the tests."""


@pytest.mark.usefixtures("cities_read_once")
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenario_loads(name: str) -> None:
    """Every scenario that ships has a title, a description, rules and goals, and suits its city."""
    if name.startswith("koeln-") and not (SHARED.is_dir() and KOELN.is_dir()):
        pytest.skip("needs the open data of Köln beside the project, and: allocator data koeln")
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    assert len(scenario.title) > 10
    assert len(scenario.description) > 40
    assert scenario.rules
    assert scenario.stages[0].name.startswith("place")
