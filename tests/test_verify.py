"""Whatever is tampered with in a written plan is found, and named."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn import drawn
from tiny_runs import allocation_of, call, change_allocation, change_result, project, result_of
from undrawn import nothing_drawn
from worlds import tiny_city

import allocator
from allocator.city import read_city, read_households
from allocator.goals import Stage, goals_by_name
from allocator.indicators.summary import summary
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table
from allocator.rules import rules_by_name
from allocator.runs import check_run, make_plan, write_run
from allocator.runs.loading import read_result
from allocator.runs.tables import read_allocation
from allocator.scenario import Scenario, load_scenario
from allocator.verify import verify_allocation


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a verified run of PLAN in `maps/plan`."""
    folder = tmp_path_factory.mktemp("project")
    with nothing_drawn():
        write_run(make_plan(load_scenario(project(folder))), folder / "maps" / "plan")
    return folder


@pytest.fixture(scope="module")
def scenario(written: Path) -> Scenario:
    """The scenario of that run, read once."""
    return load_scenario(written / "plan.yaml")


@pytest.fixture
def run(written: Path) -> Iterator[Path]:
    """A copy of the run beside it, to be tampered with."""
    copy = written / "maps" / "copy"
    shutil.copytree(written / "maps" / "plan", copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture(scope="module")
def indicators(written: Path, scenario: Scenario) -> dict[str, Any]:
    """The indicators of the honest plan, counted once."""
    return summary(Plan(scenario, read_allocation(written / "maps" / "plan" / "allocation.csv")))


def found(run: Path, scenario: Scenario) -> str:
    """All findings of a run's files, one to a line."""
    plan = Plan(scenario, read_allocation(run / "allocation.csv"), read_result(run))
    return "\n".join(str(finding) for finding in check_run(plan, run))


HOMES = {"001": "U1", "002": "U2", "003": "U5", "004": "U3", "005": "U5"}
"""The best plan of PLAN, by hand."""


def test_an_honest_plan_has_no_finding(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run is the plan worked out by hand, `verify` finds nothing in it, says what it counted, and returns 0."""
    assert allocation_of(run)["unit_id"].to_dict() == HOMES
    assert [goal["value"] for goal in result_of(run)["goals"]] == [11, 20, 420 + 760 + 190 + 610 + 190]
    answer = call(capsys, "verify", run)
    assert (answer.status, answer.out) == (0, "")
    assert answer.err == "verified: 5 households, 2 rules at 9 places\n"
    assert json.loads(call(capsys, "verify", run, "--json").out) == []


def put(household: str, unit: str, **places: str) -> Callable[[pd.DataFrame], None]:
    """Give a household another unit, with the building, site, space and district that belong to it."""
    where = {
        "": ("", "", "", ""),
        "U1": ("B1", "B1", "01", "D1"), "U2": ("B1", "B1", "01", "D1"), "U3": ("B2", "B2", "01", "D1"),
        "U4": ("B3", "B3", "02", "D1"), "U5": ("B4", "H1", "03", "D2"), "U6": ("B5", "H1", "03", "D2"),
    }  # fmt: skip

    def change(frame: pd.DataFrame) -> None:
        columns = ["unit_id", "building_id", "site_id", "space_id", "district_id", "reason"]
        frame.loc[household, columns] = [unit, *where.get(unit, [""] * 4), "" if unit else "no room"]
        for column, value in places.items():
            frame.loc[household, column] = value

    return change


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    """The allocation with the row of one household repeated."""
    return pd.concat([frame, frame.loc[["004"]]])


ALLOCATION: dict[str, tuple[Callable[[pd.DataFrame], Any], str]] = {
    "a household twice": (twice, "table allocation, row 004: household stands twice"),
    "a household missing": (lambda f: f.drop(index="004"), "table allocation, row 004: household has no row"),
    "a household that is not in the list": (
        lambda f: f.assign(household_id=f["household_id"].replace("004", "X4")),
        "row X4: household is not in the list",
    ),
    "a unit that does not exist": (put("004", "U99"), "row 004, column unit_id: unit 'U99' does not exist"),
    "two households in one flat": (put("005", "U1"), "row U1: holds several households: 001, 005"),
    "too many persons for a flat": (put("004", "U1"), "row 004: has 3 persons, 'U1' has room for 2"),
    "a flat without lift for a wheelchair": (put("002", "U4"), "row 002: needs an accessible unit, 'U4' is not"),
    "a flat that is too dear": (put("004", "U4"), "row 004: may pay 650 EUR, 'U4' costs 830 EUR"),
    "a pinned household moved": (put("003", "U6"), "row 003: is pinned to unit 'U5' and was moved to 'U6'"),
    "a pinned household without a place": (put("003", ""), "row 003: is pinned and has no place"),
    "a hard cap": (
        put("004", "U5"),
        "key rules.ten-per-site: hard rule ten-per-site is broken at H1: 13 after, allowed 10",
    ),
    "another building": (
        put("004", "U3", building_id="B1"),
        "row 004, column building_id: 'B1' is not where unit 'U3' lies",
    ),
    "another site": (put("004", "U3", site_id="H1"), "row 004, column site_id: 'H1' is not where unit 'U3' lies"),
    "another social space": (
        put("004", "U3", space_id="02"),
        "row 004, column space_id: '02' is not where unit 'U3' lies",
    ),
    "another district": (
        put("004", "U3", district_id=""),
        "row 004, column district_id: '' is not where unit 'U3' lies",
    ),
    "a place for the unplaced": (
        put("004", "", space_id="01"),
        "row 004, column space_id: '01' is not where unit '' lies",
    ),
    "other persons": (put("004", "U3", persons="2"), "row 004, column persons: says 2 persons, the list 3"),
    "persons that are no number": (put("004", "U3", persons="drei"), "column persons: says drei persons, the list 3"),
    "a reason beside a place": (put("004", "U3", reason="none"), "row 004, column reason: has a place and a reason"),
    "nobody says why": (put("004", "", reason=""), "row 004, column reason: has no place and no reason for it"),
    "somebody quietly left out": (put("004", ""), "key placed.persons: says 11, the recount gives 8"),
    "a soft rule quietly broken": (put("001", ""), "key rules.one-flat.excess: says 2.0, the recount gives 1"),
    "a column taken away": (lambda f: f.drop(columns="persons"), "column persons: there is no column persons"),
    "the units taken away": (lambda f: f.drop(columns="unit_id"), "column unit_id: there is no column unit_id"),
    "a column slipped in": (lambda f: f.assign(note="x"), "column note: is no column of an allocation"),
    "every row taken away": (lambda f: f.iloc[:0], "row 005: household has no row"),
}


@pytest.mark.parametrize("case", ALLOCATION)
def test_tampering_with_the_allocation_is_found(case: str, run: Path, scenario: Scenario) -> None:
    """Each change of allocation.csv gives a finding that names file, household, column and what is wrong."""
    change, expected = ALLOCATION[case]
    change_allocation(run, change)
    text = found(run, scenario)
    assert expected in text
    assert all(line.startswith(f"error: {run}") for line in text.splitlines())


def at(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set one value of the result."""

    def change(result: Any) -> None:
        for part in path[:-1]:
            result = result[part]
        result[path[-1]] = value

    return change


RESULT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "persons placed": (at("placed", "persons", value=10), "key placed.persons: says 10, the recount gives 11"),
    "households placed": (at("placed", "households", value=4), "key placed.households: says 4, the recount gives 5"),
    "persons not placed": (at("unplaced", "persons", value=3), "key unplaced.persons: says 3, the recount gives 0"),
    "households not placed": (at("unplaced", "households", value=1), "key unplaced.households: says 1"),
    "the value of a goal": (
        at("goals", 2, "value", value=2000),
        "key goals.rent.value: says 2000, the recount gives 2170",
    ),
    "a bound": (at("goals", 2, "bound", value=2000), "key goals.rent.gap: says 0.0, value and bound are"),
    "a bound that the plan beats": (
        at("goals", 2, "bound", value=2300),
        "key goals.rent.bound: says 2300, but the plan",
    ),
    "a gap": (at("goals", 2, "gap", value=0.1), "key goals.rent.gap: says 0.1, value and bound are 0.0 apart"),
    "the status of a goal": (
        at("goals", 2, "status", value="within_gap"),
        "key status: says optimal, the goals say within_gap",
    ),
    "the status": (at("status", value="stopped"), "key status: says stopped, the goals say optimal"),
    "the name of a goal": (
        at("goals", 2, "goal", value="cost"),
        'key goals.2: says ("cost", "min"), the scenario ("rent"',
    ),
    "a goal left out": (lambda r: r["goals"].pop(), "key goals: tells of 2, the scenario has 3"),
    "a goal too many": (lambda r: r["goals"].append(r["goals"][0]), "key goals: tells of 4, the scenario has 3"),
    "goals in another order": (lambda r: r["goals"].reverse(), "key goals.0: says"),
    "breaches": (at("rules", 1, "breaches", value=0), "key rules.one-flat.breaches: says 0, the recount gives 1"),
    "excess": (at("rules", 1, "excess", value=0), "key rules.one-flat.excess: says 0, the recount gives 2"),
    "tight places": (at("rules", 0, "tight", value=0), "key rules.ten-per-site.tight: says 0, the recount gives 1"),
    "places": (at("rules", 0, "places", value=3), "key rules.ten-per-site.places: says 3, the recount gives 4"),
    "today's excess": (at("rules", 0, "excess_today", value=3), "key rules.ten-per-site.excess_today: says 3, the"),
    "the unit of an excess": (
        at("rules", 1, "unit", value="persons"),
        "key rules.one-flat.unit: says 'persons', the rule counts 'flats'",
    ),
    "the name of the scenario": (
        at("scenario", "name", value="other"),
        "key scenario.name: says 'other', the scenario 'plan'",
    ),
    "a soft rule as a hard one": (
        at("rules", 1, "hard", value=True),
        'key rules.1: says ("one-flat", "cap", true, 10.0)',
    ),
    "the name of a rule": (at("rules", 0, "name", value="fifty"), 'key rules.0: says ("fifty", "cap", true, null)'),
    "a rule left out": (lambda r: r["rules"].pop(), "key rules: tells of 1, the scenario has 2"),
    "the sentence": (
        at("sentence", value="All placed."),
        "key sentence: says 'All placed.', the numbers say '11 of 11",
    ),
    "an indicator": (at("indicators", "placed", "persons", value=12), "key indicators.placed.persons: says 12"),
    "an indicator left out": (lambda r: r["indicators"].pop("segregation"), "key indicators.segregation: says None"),
    "the title": (
        at("title", value="Twenty at a site"),
        "key title: says 'Twenty at a site', the scenario 'Ten at a site'",
    ),
    "the city": (at("city", value="Köln"), "key city: says 'Köln', the scenario 'tiny'"),
    "the seed": (at("seed", value=2), "key seed: says 2, the scenario 1"),
}


@pytest.mark.parametrize("case", drawn(RESULT, 16))
def test_tampering_with_the_result_is_found(
    case: str, run: Path, scenario: Scenario, indicators: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change of result.json gives a finding that names file, key, what it says and what is true."""
    change, expected = RESULT[case]
    # The plan is the honest one in every case, so its indicators need not be counted again for each.
    monkeypatch.setattr("allocator.indicators.summary.summary", lambda _: indicators)
    change_result(run, change)
    text = found(run, scenario)
    assert expected in text
    assert all(line.startswith(f"error: {run / 'result.json'}, key ") for line in text.splitlines())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("01,Altstadt,D1,1000,", "01,Altstadt,D1,1001,",
         "indicators.csv:2, row social_space 01, key residents: says '1001', counted again '1000'"),
        ("Südstadt", '"Südstadt', "indicators.csv: has 3 rows, the plan gives 6 with the columns level, place_id"),
        ("persons_placed", "persons", "indicators.csv: has 6 rows, the plan gives 6 with the columns level, place_id"),
        ("district,D2,", "district,D3,", "indicators.csv:6, row district D2, key place_id: says 'D3'"),
    ],
)  # fmt: skip
def test_tampering_with_the_indicators_is_found(old: str, new: str, says: str, run: Path, scenario: Scenario) -> None:
    """Each number and name of indicators.csv is counted again; a table of another form is refused as a whole."""
    file = run / "indicators.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert says in found(run, scenario)


def test_indicators_that_are_gone_are_found(run: Path, scenario: Scenario) -> None:
    """A run without its indicators is not whole."""
    (run / "indicators.csv").unlink()
    assert "indicators.csv: cannot be read" in found(run, scenario)


def test_the_size_of_an_input_is_compared(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A size that is not that of the file says that the result belongs to another one."""
    change_result(run, lambda result: result["inputs"][0].update(bytes=1))
    answer = call(capsys, "verify", run)
    assert answer.status == 1
    assert "has changed since this run" in answer.err


def test_all_findings_come_at_once(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Defects of several households are findings of one call of `verify`, on stdout, and the status is 1."""
    change_allocation(run, lambda frame: [put("004", "U1")(frame), put("002", "U4")(frame), put("003", "U6")(frame)][0])
    answer = call(capsys, "verify", run)
    assert (answer.status, answer.err) == (1, "")
    assert all(f"row {name}" in answer.out for name in ("004", "002", "003"))
    assert "holds several households: 001, 004" in answer.out
    as_json = json.loads(call(capsys, "verify", run, "--json").out)
    assert [finding["severity"] for finding in as_json] == ["error"] * len(answer.out.splitlines())


def test_a_number_that_is_none_does_not_pass(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """NaN in result.json, which would equal everything, is refused."""
    change_result(run, at("goals", 2, "value", value=float("nan")))
    answer = call(capsys, "verify", run)
    assert answer.status == 1
    assert "result.json: cannot be read: NaN is not a number" in answer.err


# One rule each, broken by one plan and kept by another, worked out on the tiny city (see `worlds.tiny_tables`).
RULES: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "cap of households": ({"rule": "cap", "count": "households", "per": "building", "at_most": 1}, {},
                          "is broken at B1: 2 after, allowed 1"),
    "cap of flats": ({"rule": "cap", "count": "flats", "per": "building", "at_most": 2}, {},
                     "is broken at B1: 3 after, allowed 2 (today 1)"),
    "cap within metres": ({"rule": "cap", "count": "persons", "per": {"within": 500}, "at_most": 8}, {},
                          "is broken at B1: 9 after, allowed 8"),
    "share of refugees": ({"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.028}, {},
                          "is broken at 01: 29 after, allowed 28.252 (today 20)"),
    "share that today exceeds": ({"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.06}, {},
                                 "is broken at 03: 32 after, allowed 30.12 (today 31)"),
    "share of a group": ({"rule": "share", "of": {"group": "a"}, "per": "social_space", "at_most": 0.014}, {},
                         "is broken at 01,a: 15 after, allowed 14.126 (today 10)"),
    "share of each group": ({"rule": "share", "of": "each_group", "per": "district", "at_most": 0.007}, {},
                            "is broken at D1,a: 23 after, allowed 21.063 (today 18)"),
    "only some spaces": ({"rule": "only", "where": {"status_index": {"at_most": 3}}}, {},
                         "is broken at city: 2 after, allowed 0 (today 1)"),
    "fit by rooms": ({"rule": "fit", "spare_rooms": 0}, {"004": "U5", "005": "U3"},
                     "is broken at city: 1 after, allowed 0"),
    "fit by floor area": ({"rule": "fit", "min_floor_area": 25}, {}, "is broken at city: 7 after, allowed 0"),
    "spread": ({"rule": "spread", "over": "districts", "key": "residents", "at_most": 0.2}, {"001": "U5", "004": "U5"},
               "is broken at city: 26.8571 after, allowed 14.2 (today 22.2857)"),
}  # fmt: skip


def verified(
    scenario: Scenario, rules: dict[str, Any], homes: dict[str, str], goals: tuple[str, ...] = ()
) -> list[str]:
    """Findings of a plan of the tiny city made by hand, under other rules and goals than those of the scenario."""
    city, households = scenario.city, scenario.households
    known = {name: rules_by_name()[rule["rule"]].model_validate(rule) for name, rule in rules.items()}
    table = allocation_table(Ledger(city, households, homes), {})
    stages = [Stage(((goals_by_name()["place"](what=what), 1.0),)) for what in goals]
    return [str(finding) for finding in verify_allocation(city, households, known, stages, table)]


@pytest.mark.parametrize("case", RULES)
def test_a_broken_hard_rule_is_named(case: str, scenario: Scenario) -> None:
    """Each kind of hard rule, broken by a plan made by hand, is named with place, count, limit and today's count."""
    rule, homes, expected = RULES[case]
    told = verified(scenario, {"the-rule": rule}, HOMES | homes)
    assert any(
        text.startswith("error: allocation.csv, key rules.the-rule: hard rule the-rule " + expected) for text in told
    )


@pytest.mark.parametrize("case", RULES)
def test_a_broken_soft_rule_is_no_finding(case: str, scenario: Scenario) -> None:
    """The same rule with a price is allowed to be broken: the recount counts it, and nothing is wrong."""
    rule, homes, _ = RULES[case]
    assert not [text for text in verified(scenario, {"soft": rule | {"soft": 1}}, HOMES | homes) if "rule" in text]


def test_a_household_may_not_lose_a_suitable_home(tmp_path: Path) -> None:
    """Who lives in a unit that suits and is left without a place is a finding."""
    path = tiny_city(tmp_path, households={"001": {"unit_id": "U1"}})
    city = read_city(path)
    households, _ = read_households(path / "households.csv", city)
    table = allocation_table(Ledger(city, households, {**HOMES, "001": ""}), {})
    (finding,) = verify_allocation(city, households, {}, [], table)
    assert "row 001: lives in unit 'U1', which suits it, and was left without a place" in str(finding)


def test_a_shared_unit_may_not_be_overfilled(tmp_path: Path) -> None:
    """Persons in a shared unit are counted together: 6 others and 15 of the list are more than 20 places."""
    path = tiny_city(tmp_path, households={"005": {"persons": 14}})
    city = read_city(path)
    households, _ = read_households(path / "households.csv", city)
    table = allocation_table(Ledger(city, households, HOMES), {})
    findings = [str(finding) for finding in verify_allocation(city, households, {}, [], table)]
    assert any("row U5: holds 15 persons of the list beside 6, capacity 20" in text for text in findings), findings


def test_place_all_demands_everybody(scenario: Scenario) -> None:
    """Under the goal `place: all` a plan that leaves somebody out is broken."""
    (finding,) = verified(scenario, {}, HOMES | {"004": ""}, goals=("all",))
    assert "1 household(s) have no place, but the goal `place: all` demands everybody" in finding
    assert verified(scenario, {}, HOMES, goals=("all",)) == []


@pytest.mark.parametrize(
    "module", ["verify.py", "ledger.py", "plan.py", "runs/checking.py", "runs/loading.py", "cli/verify.py"]
)
def test_the_recount_shares_nothing_with_the_model(module: str) -> None:
    """What verifies imports nothing of `allocator.model` and `allocator.solve`."""
    tree = ast.parse((Path(allocator.__file__).parent / module).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in names if name.startswith(("allocator.model", "allocator.solve"))]
