"""Conditions on columns: days, numbers and text, and what cannot be compared with each other."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from tiny import building, flats, household, plan, space, world

from allocator.errors import Finding, Findings
from allocator.rules import rule_named
from allocator.rules.where import Where
from allocator.scenario.describing import rule_sentence

DAYS = pd.Series(pd.to_datetime(["2026-05-01", "2026-07-01", None]).astype("datetime64[s]"), name="day")


def met(condition: dict[str, Any], values: pd.Series) -> list[bool]:
    """Where a condition holds."""
    return Where.model_validate({"day": condition}).met(pd.DataFrame({"day": values})).tolist()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [({"at_most": "2026-05-01"}, [True, False, False]), ({"at_least": "2026-05-02"}, [False, True, False]),
     ({"at_least": "2026-05-01", "at_most": "2026-07-01"}, [True, True, False]),
     ({"equals": "2026-07-01"}, [False, True, False]), ({"in": ["2026-05-01", "2026-07-01"]}, [True, True, False]),
     ({"not_in": ["2026-05-01"]}, [False, True, True]), ({"at_most": 5}, [False, False, False])],
)  # fmt: skip
def test_days_are_compared_as_days(condition: dict[str, Any], expected: list[bool]) -> None:
    """A day meets bounds and lists of days, in columns of days and in text; an unknown day meets only `not_in`."""
    assert met(condition, DAYS) == expected
    text = pd.Series(["2026-05-01", "2026-07-01", ""], name="day")
    assert met(condition, text) == expected
    assert met(condition, pd.Series([*DAYS.iloc[:2], pd.NaT], dtype=object)) == expected


def test_a_day_may_lie_far_ahead() -> None:
    """9999-12-31 is how lists say `for ever`: it is a day like any other."""
    ahead = pd.Series(["9999-12-31", ""])
    for values in (ahead, pd.Series(ahead.to_numpy(dtype=object)).replace("", None)):
        assert met({"at_least": "2026-01-01"}, values) == [True, False]
    held = pd.Series(pd.array(["9999-12-31", "NaT"], dtype="datetime64[s]"))
    assert met({"at_least": "2026-01-01"}, held) == [True, False]
    assert met({"equals": "9999-12-31"}, held) == [True, False]


def test_only_units_that_can_be_let_by_a_day() -> None:
    """`only` on a date column leaves the flat that is free from May, and the sentence names the day."""
    units = [*flats("B1", 2, available_from=pd.Timestamp(2026, 5, 1)),
             *flats("B2", 2, available_from=pd.Timestamp(2026, 8, 1))]  # fmt: skip
    limit = {"rule": "only", "where": {"available_from": {"at_most": "2026-06-30"}}}
    found = plan(world([space("S1")], [building("B1"), building("B2")], units,
                       [household("A", 2), household("B", 2)], {"limit": limit}))  # fmt: skip
    assert sorted(found.homes.values()) == ["", "B1-1"]
    assert found.defects() == []
    assert "available_from at most 2026-06-30" in rule_sentence(found.rules["limit"])
    assert "available_from höchstens 30.06.2026" in rule_sentence(found.rules["limit"], "de")


def test_households_are_chosen_by_the_day_on_which_they_arrive() -> None:
    """A share of those who arrive from July on: in a house of two flats at most one of them."""
    late, early = {"arrives": pd.Timestamp(2026, 8, 1)}, {"arrives": pd.Timestamp(2026, 3, 1)}
    people = [household("A", **late), household("B", **late), household("C", **early)]
    limit = {
        "rule": "share",
        "of": {"households": {"arrives": {"at_least": "2026-07-01"}}},
        "per": "building",
        "at_most": 0.5,
    }
    found = plan(world([space("S1")], [building("B1")], flats("B1", 1, 1), people, {"limit": limit}))
    assert found.values == [2]
    assert found.homes["C"]
    assert found.defects() == []


def told(where: dict[str, Any], kind: str = "only", **further: Any) -> list[Finding]:
    """What a rule with a condition finds in a small world."""
    found = plan(world([space("S1", status=2)], [building("B1")], flats("B1", 2, kind="x"), [household("A")]))
    findings = Findings()
    rule_named(kind).model_validate({"where": where, **further}).check(found.situation, "rules.r", findings)
    return findings.items


@pytest.mark.parametrize(
    ("where", "what"),
    [({"geometry": {"equals": "x"}}, "a geometry is nothing to compare"),
     ({"social_spaces.geometry": {"equals": "x"}}, "a geometry is nothing to compare"),
     ({"available_from": {"at_most": 5}}, "'available_from' holds days, and 5 is none"),
     ({"available_from": {"in": ["2026-05-01", "May"]}}, "'available_from' holds days, and 'May' is none"),
     ({"status": {"at_most": "2026-05-01"}}, "'status' holds numbers, and '2026-05-01' is none"),
     ({"status": {"equals": "low"}}, "'status' holds numbers, and 'low' is none"),
     ({"kind": {"at_most": 3}}, "'kind' holds nothing that could be compared with 3")],
)  # fmt: skip
def test_what_cannot_be_compared_is_a_finding(where: dict[str, Any], what: str) -> None:
    """A shape, a number for a day, a day for a number, a word for either: each is one finding that names the column."""
    (finding,) = told(where)
    assert (finding.severity, finding.what) == ("error", what)
    assert finding.column.startswith("rules.r.where")
    assert finding.remedy


def test_conditions_on_places_and_households_are_checked_alike() -> None:
    """A cap's condition on social spaces and a share's on households find the same defects."""
    cap = {"kind": "cap", "count": "persons", "per": "social_space", "at_most": 3}
    assert [finding.what for finding in told({"geometry": {"equals": 1}}, **cap)] == [
        "a geometry is nothing to compare"
    ]
    assert [finding.what for finding in told({"status": {"equals": "low"}}, **cap)] == [
        "'status' holds numbers, and 'low' is none"
    ]
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2), [household("A")]))
    rule = {"of": {"households": {"arrives": {"at_most": 3}}}, "per": "social_space", "at_most": 0.5}
    findings = Findings()
    rule_named("share").model_validate(rule).check(found.situation, "rules.r", findings)
    assert [finding.column for finding in findings] == ["rules.r.of.households.arrives"]


def test_what_can_be_compared_is_no_finding() -> None:
    """Numbers, flags, ids and words as lists write them pass."""
    for where in ({"status": {"in": [1, 2]}}, {"shared": {"equals": False}}, {"space_id": {"not_in": ["S1"]}},
                  {"sites.kind": {"equals": "p"}}, {"available_until": {"at_least": "2026-01-01"}},
                  {"rent": {"at_most": 400}}):  # fmt: skip
        assert told(where) == [], where
