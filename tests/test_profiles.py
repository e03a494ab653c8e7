"""Rules of real cities: complete, read strictly, and usable."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from scenario_files import write

from allocator.errors import InputError
from allocator.profiles import Profile, profile_named, profiles_by_id
from allocator.profiles.reading import read_profile
from allocator.scenario import load_schema, rule_sentence

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


def test_profile_is_complete(profile: Profile) -> None:
    """Every profile has a city, a date, a source, a sentence in two languages, rules, and says what is known."""
    assert profile.city
    assert profile.date
    assert profile.source
    assert profile.evidence
    assert set(profile.sentence) == {"de", "en"}
    assert profile.rules
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
        "city: Nowhere\ndatum: '2020'\nsentence: {de: Satz, en: Sentence}\nevidence: None known.\n"
        "rules:\n  a: {rule: capp}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_profile(path)
    keys = {finding.column for finding in caught.value.findings}
    assert keys == {"datum", "date", "source", "rules.a.rule"} or keys == {"datum", "source", "rules.a.rule"}
    assert all(finding.file == "profiles/nowhere-5.yaml" for finding in caught.value.findings)
