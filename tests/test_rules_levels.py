"""Rules and goals per district in cities that have none, or not everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import building, flats, household, plan, space, world

from allocator.errors import Finding, Findings
from allocator.goals import goal_named
from allocator.rules import rule_named

CAP = {"count": "persons", "at_most": 0}
SHARE = {"of": "refugees", "at_most": 0.0}


def told(districts: tuple[str, str], **rule: Any) -> list[Finding]:
    """What a rule or goal finds in a city of two social spaces in these districts ("" for none)."""
    spaces = [space(f"S{i}", district=district) for i, district in enumerate(districts)]
    found = plan(world(spaces, [building("B1", "S0")], flats("B1", 1), [household("A")]))
    findings = Findings()
    name = rule.pop("name")
    kind = goal_named("spread") if name == "goal" else rule_named(name)
    kind.model_validate(rule).check(found.situation, "here", findings)
    return findings.items


@pytest.mark.parametrize("rule", [{"name": "cap", **CAP}, {"name": "share", **SHARE}])
def test_a_rule_per_district_in_a_city_without_districts_is_noted(rule: dict[str, Any]) -> None:
    """It limits nothing, and the note says what to give or what to count by instead."""
    (finding,) = told(("", ""), per="district", **rule)
    assert (finding.severity, finding.column) == ("note", "here.per")
    assert finding.what == "the city has no districts, so the rule limits nothing"
    assert "per social_space" in finding.remedy


@pytest.mark.parametrize("name", ["spread", "goal"])
def test_a_spread_over_districts_that_are_not_there_is_refused(name: str) -> None:
    """A spread needs something to spread over."""
    (finding,) = told(("", ""), name=name, over="districts", **({"at_most": 0.5} if name == "spread" else {}))
    assert (finding.severity, finding.what, finding.column) == ("error", "the city has no districts", "here.over")


def test_social_spaces_without_a_district_are_noted() -> None:
    """Where one of two social spaces belongs to no district, every rule per district says that it does not see it."""
    what = "1 of 2 social spaces belong to no district: the rule does not count who lives there"
    for rule in ({"name": "cap", "per": "district", **CAP}, {"name": "share", "per": "district", **SHARE},
                 {"name": "spread", "over": "districts", "at_most": 0.5},
                 {"name": "goal", "over": "districts"}):  # fmt: skip
        assert [(finding.severity, finding.what) for finding in told(("D1", ""), **rule)] == [("note", what)], rule
    assert told(("D1", ""), name="cap", per="social_space", **CAP) == []
    assert told(("D1", "D1"), name="cap", per="district", **CAP) == []
