"""`allocator rules`: printed from the definitions, so that nothing is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from scenario_files import write

from allocator.cli.rules import rules
from allocator.goals import goals_by_name
from allocator.profiles import profiles_by_id
from allocator.rules import rules_by_name
from allocator.rules.base import source_by_language
from allocator.scenario import load_schema, rule_sentence


def output(*arguments: str, status: int = 0) -> str:
    """What the command prints."""
    result = CliRunner().invoke(rules, arguments)
    assert result.exit_code == status, result.output
    return result.output


def test_every_rule_and_goal_is_listed() -> None:
    """The list has one line for each rule and each goal, with its sentence."""
    lines = output().splitlines()
    for kinds in (rules_by_name(), goals_by_name()):
        assert all(any(line.split()[:1] == [name] for line in lines) for name in kinds)
    assert "  cap       At most 50 persons per site." in lines
    assert "  cap       Höchstens 50 Personen je Standort." in output("--language", "de").splitlines()


def test_every_profile_is_listed() -> None:
    """`--profiles` has one line for each profile, with city, date and sentence."""
    lines = output("--profiles", "--language", "de").splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(profiles_by_id())
    assert any("Münster, 2025" in line and "ausnahmsweise 100" in line for line in lines)


KINDS = sorted({*rules_by_name(), *goals_by_name(), "weighted"})


@pytest.mark.parametrize("name", [*KINDS, *profiles_by_id()])
@pytest.mark.parametrize("language", ["de", "en"])
def test_everything_about_one_name(name: str, language: str) -> None:
    """Each rule, goal and profile prints its sentence and its source, in German and English, and no placeholder."""
    text = output(name, "--language", language)
    assert text.splitlines()[0].split()[1] == name
    assert "source:" in text
    for one in json.loads(output(name, "--json")):
        assert f"  {one['sentence'][language]}\n" in text
        assert one["source"]
        assert not re.search(r"[{}]|None", one["sentence"][language])
        if one["kind"] != "profile":
            assert f"  {one['formula']}\n" in text
            assert all(f"    {parameter['name']}" in text and parameter["meaning"] for parameter in one["parameters"])


@pytest.mark.parametrize("name", KINDS)
def test_each_example_is_a_scenario(name: str, tmp_path: Path) -> None:
    """The three lines that explain a rule or a goal can be copied into a scenario, and say what the sentence says."""
    (tmp_path / "scores.csv").write_text("household_id,unit_id,score\nH1,U1,3\n", encoding="utf-8")
    for one in json.loads(output(name, "--json")):
        assert len(one["example"].splitlines()) == 3
        assert all(f"    {line}" in output(name).splitlines() for line in one["example"].splitlines())
        rest = "goals: [{place: persons}, {keep: rules}]\n" if one["kind"] == "rule" else ""
        schema = load_schema(write(tmp_path, f"city: tiny\n{one['example']}\n{rest}"))
        assert not [finding for finding in schema.findings if finding.severity == "error"]
        if one["kind"] == "rule":
            hard, soft = schema.rules.values()
            assert (hard.rule, hard.is_soft, soft.is_soft) == (name, False, True)
            assert {language: rule_sentence(hard, language) for language in ("en", "de")} == one["sentence"]
        else:
            assert any(stage.name.startswith(name) for stage in schema.stages)


@pytest.mark.parametrize("kind", [*rules_by_name().values(), *goals_by_name().values()])
def test_sources_are_told_in_both_languages(kind: type) -> None:
    """Where a rule or goal comes from is told in words of each language, or as a citation that is the same in both."""
    told = source_by_language(kind.source)
    assert told.keys() == {"de", "en"}
    assert all(told.values())
    assert isinstance(kind.source, str) or told["de"] != told["en"]


def test_parameters_say_type_bounds_default_and_meaning() -> None:
    """The parameters of a rule come from its definition: choices, units, bounds, what must be given."""
    text = output("cap")
    assert "per*: unit | building | site | social_space | district | city | {within: number}" in text
    assert "at_most*: number; ≥ 0" in text
    assert "where: {column: {at_most | at_least | equals | in | not_in: value}}" in text
    assert "key: text | {name: number}; default residents" in output("spread")


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` writes rules and goals, profiles, or one of them, as data."""
    kinds = json.loads(output("--json"))
    assert {(one["kind"], one["name"]) for one in kinds} == {("rule", name) for name in rules_by_name()} | {
        ("goal", name) for name in [*goals_by_name(), "weighted"]
    }
    assert [one["name"] for one in json.loads(output("--profiles", "--json"))] == list(profiles_by_id())
    (profile,) = json.loads(output("muenster-50", "--json"))
    assert profile["rules"] == {"fifty-per-site": {"rule": "cap", "count": "persons", "per": "site", "at_most": 50}}
    assert [one["kind"] for one in json.loads(output("spread", "--json"))] == ["rule", "goal"]
    assert capsys.readouterr().out == ""


def test_misspelt_name_is_answered_with_the_nearest() -> None:
    """An unknown name is wrong usage, and the nearest known one is named."""
    assert "no rule, goal or profile 'capp': did you mean 'cap'?" in output("capp", status=2)
    assert "no profile 'munster-50': did you mean 'muenster-50'?" in output("munster-50", "--profiles", status=2)
