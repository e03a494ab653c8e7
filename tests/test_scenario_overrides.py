"""`--set`: single values from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_files import findings_of, write

from allocator.scenario import Schema, load_schema

TEXT = """
    title: T
    city: tiny
    households: tiny
    rules:
      fifty: {rule: cap, count: persons, per: site, at_most: 50, where: {kind: {in: [hotel, containers]}}}
    goals:
      - place: persons
      - spread: {over: districts}
      - spread: {over: social_spaces}
      - weighted: [{rent: {}, weight: 1}, {prefer: {}, weight: 2}]
"""


def overridden(folder: Path, *overrides: str) -> Schema:
    """The scenario above with overrides."""
    return load_schema(write(folder, TEXT), overrides)


def test_parameters_of_rules_are_set(tmp_path: Path) -> None:
    """A number, a mapping in place of a name, and a value deep in a condition."""
    rule = overridden(tmp_path, "rules.fifty.at_most=80", "rules.fifty.per={within: 300}", "rules.fifty.soft=2.5",
                      "rules.fifty.where.kind.in.0=hostel").rules["fifty"]  # fmt: skip
    assert (rule.at_most, rule.per.within, rule.soft) == (80, 300, 2.5)
    assert rule.where.root["kind"].in_ == ("hostel", "containers")


def test_rules_are_added_and_removed(tmp_path: Path) -> None:
    """A whole rule is added by its mapping, and null removes one."""
    schema = overridden(tmp_path, "rules.new={rule: fit, standard: nrw}", "rules.fifty=null")
    assert list(schema.rules) == ["new"]


def test_goals_are_set_by_name_and_by_number(tmp_path: Path) -> None:
    """A goal that stands once is named, one that stands twice is counted from 0, weights are values too."""
    schema = overridden(tmp_path, "goals.place=all", "goals.2.spread.minimise=largest", "goals.1.key=area",
                        "goals.prefer.weight=5", "goals.3.weighted.0.weight=4")  # fmt: skip
    place, districts, spaces, weighted = schema.stages
    assert place.goals[0][0].what == "all"
    assert (districts.goals[0][0].key, spaces.goals[0][0].minimise) == ("area", "largest")
    assert [weight for _, weight in weighted.goals] == [4, 5]


def test_default_goals_can_be_set(tmp_path: Path) -> None:
    """The goals of a scenario that names none are named like any others."""
    path = write(tmp_path, "city: tiny\nhouseholds: tiny\n")
    assert load_schema(path, ["goals.place=households"]).stages[0].goals[0][0].what == "households"
    assert [stage.name for stage in load_schema(path, ["goals=[rent, place: all]"]).stages] == ["rent", "place: all"]


def test_title_and_options_are_set(tmp_path: Path) -> None:
    """Title and options of the solver, one by one or as a whole."""
    schema = overridden(tmp_path, "title=Eighty", "solve.gap=0", "solve.seed=7")
    assert (schema.title, schema.solve.gap, schema.solve.seed) == ("Eighty", 0, 7)
    assert overridden(tmp_path, "solve={seconds: 5}").solve.seconds == 5


@pytest.mark.parametrize(
    ("override", "key", "what", "remedy"),
    [
        ("rules.fifty.at_most", "", "is not key=value", "write --set"),
        ("rules.fifty.at_most=", "", "is not key=value", "write --set"),
        ("rules..at_most=5", "", "is not key=value", "write --set"),
        ("ruls.fifty.at_most=5", "ruls.fifty.at_most", "no key 'ruls'", "did you mean 'rules'?"),
        ("use=[koeln-80]", "use", "no key 'use' to set", "rules"),
        ("rules.fitfy.at_most=5", "rules.fitfy.at_most", "no rule 'fitfy'", "did you mean 'fifty'?"),
        ("rules.fifty.at_mots=5", "rules.fifty.at_mots", "unknown key 'at_mots'", "did you mean 'at_most'?"),
        ("rules.fifty.at_most='80'", "rules.fifty.at_most", "not the text '80'", "without quotes"),
        ("rules.fifty.at_most=080", "rules.fifty.at_most", "leading zeros", "write 80"),
        ("rules.fifty.at_most=[1", "rules.fifty.at_most", "bracket", "close it"),
        ("rules.fifty.per=sitee", "rules.fifty.per", "'sitee' is not known", "did you mean 'site'?"),
        ("rules={}", "rules", "one by one", "write --set"),
        ("goals.9=rent", "goals.9", "no goal number 9", "from 0 to 3"),
        ("goals.spred.key=area", "goals.spred.key", "no goal 'spred'", "did you mean 'spread'?"),
        ("goals.spread.key=area", "goals.spread.key", "2 goals have the name 'spread'", "goals.1 or goals.2"),
        ("goals=rent", "goals", "must be a list", "write --set"),
        ("solve.sed=4", "solve.sed", "no key solve.sed", "did you mean 'seed'?"),
        ("solve=5", "solve", "no key solve", "solve.gap"),
        ("title.de=x", "title.de", "no keys below it", "--set title="),
        ("title=5", "title", "must be text", "--set title="),
        ("city=nowhere", "city", "nothing at 'nowhere'", "the current folder"),
    ],
)
def test_bad_override_is_one_finding(tmp_path: Path, override: str, key: str, what: str, remedy: str) -> None:
    """A wrong override is one finding that quotes it, names the key and says what to write."""
    (finding,) = findings_of(write(tmp_path, TEXT), (override,))
    assert finding.file == f"--set {override}"
    assert finding.line is None
    assert finding.column == key
    assert what in finding.what
    assert remedy in finding.remedy


@pytest.mark.parametrize("second", ["rules.fifty.at_most=70", "rules.fifty=null", "rules.fifty.at_most.x=1"])
def test_one_key_is_set_once(tmp_path: Path, second: str) -> None:
    """Two overrides of one key, or of a key and one inside it, are refused."""
    findings = findings_of(write(tmp_path, TEXT), ("rules.fifty.at_most=60", second))
    assert [finding.file for finding in findings if "set twice" in finding.what] == [f"--set {second}"]
