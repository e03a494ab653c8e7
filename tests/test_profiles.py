"""Rules of real cities: complete, read strictly, and usable."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from scenario_files import findings_of, write

from allocator.errors import InputError
from allocator.goals import Goal
from allocator.profiles import Profile, profile_named, profiles_by_id
from allocator.profiles.reading import read_profile
from allocator.rules.where import Where
from allocator.scenario import goal_sentence, load_schema, rule_sentence

FIGURES = {
    "altena-one-flat": ("flats", "building", 1),
    "muenster-50": ("persons", "site", 50),
    "koeln-80": ("persons", "site", 80),
    "duesseldorf-200": ("persons", "site", 200),
    "hamburg-300": ("persons", "site", 300),
    "leipzig-50": ("persons", "site", 49),
}
"""Count, place and limit as the source documents state them (Leipzig: under 50)."""


@pytest.fixture(params=sorted(profiles_by_id()))
def profile(request: pytest.FixtureRequest) -> Profile:
    """Each profile that ships."""
    return profile_named(request.param)


def goals_of(profile: Profile) -> list[Goal]:
    """The goals that a profile suggests."""
    return [goal for stage in profile.goals for goal, _ in stage.goals]


def test_profile_is_complete(profile: Profile) -> None:
    """Every profile has a city, a date, a source, rules or goals, and says in two languages what is known."""
    assert profile.city
    assert profile.date
    assert profile.source
    assert set(profile.sentence) == set(profile.evidence) == {"de", "en"}
    assert profile.rules or profile.goals
    assert all(goal_sentence(goal, language) for goal in goals_of(profile) for language in ("de", "en"))
    assert all(rule_sentence(rule, language) for rule in profile.rules.values() for language in ("de", "en"))


def test_profile_is_used_by_its_id(profile: Profile, tmp_path: Path) -> None:
    """`use` puts the profile's rules under their names into a scenario."""
    schema = load_schema(write(tmp_path, f"city: tiny\nhouseholds: tiny\nuse: [{profile.id}]\n"))
    assert schema.rules == dict(profile.rules)
    assert schema.profiles == (profile.id,)


@pytest.mark.parametrize(("name", "figures"), FIGURES.items())
def test_figures_are_those_of_the_source(name: str, figures: tuple[str, str, float]) -> None:
    """The caps have the numbers that the cities published."""
    (rule,) = profile_named(name).rules.values()
    assert (rule.count, rule.per, rule.at_most) == figures


def test_rule_names_are_unique() -> None:
    """No two profiles give one name to two rules, so that any two can be told apart in messages."""
    for one, other in combinations(profiles_by_id().values(), 2):
        assert not one.rules.keys() & other.rules.keys()


def test_altena_is_soft_and_hamburg_weighs_three_columns() -> None:
    """“As far as possible” is soft; the key of Hamburg is 40 % residents, 20 % area, 40 % social monitoring."""
    assert profile_named("altena-one-flat").rules["one-flat"].is_soft
    assert profile_named("hamburg-key").rules["hamburg-key"].key == {
        "residents": 0.4, "area": 0.2, "social_monitoring": 0.4,
    }  # fmt: skip


def test_broken_profile_is_refused_with_all_findings(tmp_path: Path) -> None:
    """A profile with a misspelt key, a rule that is none and no source has a finding for each."""
    path = tmp_path / "nowhere-5.yaml"
    path.write_text(
        "city: Nowhere\ndatum: '2020'\nsentence: {de: Satz, en: Sentence}\nevidence: {de: Keine, en: None}\n"
        "rules:\n  a: {rule: capp}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_profile(path)
    keys = {finding.column for finding in caught.value.findings}
    assert keys == {"datum", "date", "source", "rules.a.rule"} or keys == {"datum", "source", "rules.a.rule"}
    assert all(finding.file == "profiles/nowhere-5.yaml" for finding in caught.value.findings)


@pytest.mark.parametrize(
    "use",
    [
        ("muenster-50", "koeln-80", "fifty-per-site has at_most 50 (hard), eighty-per-site has at_most 80 (hard)"),
        ("muenster-2025", "duesseldorf-200", "never-over-hundred has at_most 100"),
        ("nrw-even", "hamburg-key", "even-spread and hamburg-key spread over districts by different keys"),
        ("bergheim-rowhouses", "dortmund-no-special", "leave no unit, see their conditions on funding"),
        ("hamminkeln-central", "nrw-even", "'nrw-even' spreads people evenly (even-spread), 'hamminkeln-central'"),
    ],
)
def test_profiles_that_contradict_are_an_error(use: tuple[str, str, str], tmp_path: Path) -> None:
    """Other figures for one limit, other keys for one spread, units that none may use, dispersal and concentration."""
    one, other, why = use
    findings = findings_of(write(tmp_path, f"city: tiny\nhouseholds: tiny\nuse: [{one}, {other}]\n"))
    (finding,) = [finding for finding in findings if finding.severity == "error"]
    assert finding.what.startswith(f"the profiles '{one}' and '{other}' contradict each other: ")
    assert why in finding.what
    assert (finding.line, finding.column) == (3, "use")


@pytest.mark.parametrize(
    "use",
    ["muenster-50, altena-one-flat, altena-all-status, siebel-40", "muenster-mix, muenster-choice, muenster-sobomue",
     "nrw-school-near, nrw-kita-short, rural-access, quartpoint-bonds", "nrw-even, duesseldorf-spaces",
     "nrw-temporary, altena-all-status, dortmund-no-special", "muenster-choice, siebel-choice"],
)  # fmt: skip
def test_profiles_on_different_things_go_together(use: str, tmp_path: Path) -> None:
    """Rules on different places, and conditions that a unit can meet together, contradict nothing."""
    goals = "goals:\n  - place: persons\n  - keep: rules\n  - prefer\n  - cost\n"
    assert findings_of(write(tmp_path, f"city: tiny\nhouseholds: tiny\nuse: [{use}]\n{goals}")) == []


def test_a_soft_limit_below_a_hard_one_is_no_contradiction(tmp_path: Path) -> None:
    """Usually 50 and never more than 80 go together; usually 80 and never more than 50 do not."""
    text = "city: tiny\nhouseholds: tiny\nuse: [muenster-50, koeln-80]\nrules: {{{}: {{soft: 1}}}}\n"
    assert findings_of(write(tmp_path, text.format("fifty-per-site"))) == []
    (finding,) = findings_of(write(tmp_path, text.format("eighty-per-site")))
    assert "eighty-per-site has at_most 80 (soft: 1)" in finding.what


def test_a_goal_that_a_profile_suggests_is_noted(tmp_path: Path) -> None:
    """A profile never sets goals, whose order is the planner's; a scenario without the goal is told of it."""
    text = "city: tiny\nhouseholds: tiny\nuse: [muenster-choice]\ngoals:\n  - place: persons\n"
    schema = load_schema(write(tmp_path, text))
    assert [stage.name for stage in schema.stages] == ["place: persons"]
    (note,) = schema.findings
    assert note.what == "the profile 'muenster-choice' suggests the goal prefer, which is not among the goals"
    assert (note.severity, note.line) == ("note", 4)
    assert load_schema(write(tmp_path, text + "  - prefer\n")).findings == ()


def test_profile_without_rules_and_goals_is_refused(tmp_path: Path) -> None:
    """A profile that neither limits nor prefers anything is a finding."""
    path = tmp_path / "nothing.yaml"
    path.write_text("city: A\ndate: undated\nsource: B\nsentence: {de: C, en: C}\nevidence: {de: D, en: D}\n",
                    encoding="utf-8")  # fmt: skip
    with pytest.raises(InputError, match="neither rules nor goals"):
        read_profile(path)


CONDITIONS = [
    ({"equals": 3}, {"at_most": 2}, True), ({"in": [1, 2]}, {"in": [2, 3]}, False),
    ({"in": [1, 2]}, {"equals": 3}, True),
    ({"at_least": 4}, {"at_most": 3}, True), ({"at_least": 3}, {"at_most": 3}, False),
    ({"not_in": ["a"]}, {"equals": "a"}, True), ({"not_in": ["a"]}, {"not_in": ["b"]}, False),
    ({"equals": False}, {"equals": True}, True),
    ({"at_least": "2027-01-01"}, {"at_most": "2026-12-31"}, True), ({"at_least": "2026-01-01"}, {"at_most": 5}, False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "excluded"), CONDITIONS)
def test_conditions_that_no_value_meets(one: dict, other: dict, excluded: bool) -> None:
    """Whether two conditions on one column leave a value does not depend on which is named first."""
    pair = [Where.model_validate({"a": some, "b": {"equals": "x"}}) for some in (one, other)]
    assert pair[0].excluded_by(pair[1]) == pair[1].excluded_by(pair[0]) == ("a" if excluded else None)
