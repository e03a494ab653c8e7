"""The rules `only` and `fit`, which say which pairs of household and unit may be, in worlds worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tiny import TinyPlan, building, facility, flats, household, plan, shared, space, world

from allocator.errors import Findings
from allocator.rules import rule_named
from allocator.rules.where import Where
from allocator.scenario.describing import rule_sentence
from allocator.verify import count_rules


def two_quarters(limit: dict[str, Any], households: list[dict[str, Any]], **further: Any) -> TinyPlan:
    """S1 of status 2 with a flat at 300 EUR in B1, S2 of status 5 with one at 600 EUR in B2, each for three persons."""
    goals = [{"place": "persons"}, *([{"keep": "rules"}] if "soft" in limit else [])]
    return plan(world([space("S1", status=2), space("S2", status=5)],
                      [building("B1", site_id="T1"), building("B2", "S2")],
                      [*flats("B1", 3, rent=300.0, kind="x", **further),
                       *flats("B2", 3, rent=600.0, kind="y", **further)],
                      households, {"limit": limit}, goals, sites=[{"site_id": "T1", "kind": "container"}]))  # fmt: skip


def only(where: dict[str, Any], **further: Any) -> dict[str, Any]:
    """A rule `only`."""
    return {"rule": "only", "where": where, **further}


COUPLES = [household("A", 2), household("B", 3)]


@pytest.mark.parametrize(
    "where",
    [{"status": {"at_most": 3}}, {"rent": {"at_most": 400}}, {"kind": {"in": ["x", "z"]}},
     {"units.kind": {"equals": "x"}},
     {"site_id": {"equals": "T1"}}, {"space_id": {"not_in": ["S2"]}}, {"building_id": {"equals": "B1"}},
     {"sites.kind": {"equals": "container"}}, {"status": {"at_least": 1, "at_most": 2}},
     {"status": {"at_most": 9}, "rent": {"at_most": 300}}],
)  # fmt: skip
def test_only_looks_for_a_column_in_units_buildings_sites_and_social_spaces(where: dict[str, Any]) -> None:
    """Whatever table a condition names, it leaves B1 alone, which takes the larger of two households."""
    found = two_quarters(only(where), COUPLES)
    assert found.homes == {"A": "", "B": "B1-1"}
    assert found.reasons["A"] == "homes that fit and are allowed: 1, but all went to other households"
    assert found.defects() == []


def test_only_names_itself_where_it_excludes_every_unit() -> None:
    """Where no unit meets the condition, the reason of a household counts the units that fit and names the rule."""
    found = two_quarters(only({"rent": {"at_most": 100}}), COUPLES)
    assert found.values == [0]
    assert found.reasons["A"] == "homes that fit: 2, but all are ruled out by: limit"


def test_a_missing_value_meets_no_condition_but_not_in() -> None:
    """A flat of unknown rent is not one of at most 400 EUR; a house without a site is not one of a kind of site."""
    rules = {"limit": only({"rent": {"at_most": 400}})}
    assert plan(world([space("S1")], [building("B1")], flats("B1", 2), [household("A")], rules)).values == [0]
    assert two_quarters(only({"sites.kind": {"equals": "container"}}), COUPLES).homes["B"] == "B1-1"
    assert two_quarters(only({"sites.kind": {"not_in": ["container"]}}), COUPLES).homes["B"] == "B2-1"


def test_soft_only_counts_persons_elsewhere() -> None:
    """Soft, both are placed, the couple elsewhere: two persons at a weight of 3 each."""
    found = two_quarters(only({"status": {"at_most": 3}}, soft=3), COUPLES)
    assert found.values == [5, 6]
    assert found.homes == {"A": "B2-1", "B": "B1-1"}
    assert found.tally("limit").excess == 2
    assert found.defects() == []


@pytest.mark.parametrize("limit", [only({"status": {"at_most": 1}}, soft=1),
                                   {"rule": "fit", "spare_persons": 0, "soft": 1},
                                   {"rule": "reach", "kind": "school", "within": 5.0, "soft": 1}])  # fmt: skip
def test_every_household_against_a_rule_is_a_breach(limit: dict[str, Any]) -> None:
    """A couple and a single move into flats for three in S1 and S2, far from school, and B stays where it lives.

    Two households are placed against the rule, three persons; who lives against it today is no breach.
    """
    units = [*flats("B1", 3), *flats("B2", 3, 3)]
    people = [household("A", 2), household("B", 2, home="B2-1", pinned=True), household("C", 1)]
    found = plan(world([space("S1", status=2), space("S2", status=5)], [building("B1"), building("B2", "S2")], units,
                       people, {"limit": limit}, facilities=[facility("F1", x=900.0)]))  # fmt: skip
    (counted,) = count_rules(found.rules, found.tallies)
    assert (counted["breaches"], counted["excess"], counted["excess_today"]) == (2, 3, 2)


def test_a_rule_that_nobody_breaks_has_no_breach() -> None:
    """Who lives against the rule today, and nobody else, makes no breach."""
    found = two_quarters(only({"status": {"at_most": 3}}, soft=1), [household("A", 2, home="B2-1", pinned=True)])
    (counted,) = count_rules(found.rules, found.tallies)
    assert (counted["breaches"], counted["excess_today"]) == (0, 2)


@pytest.mark.parametrize("soft", [{}, {"soft": 3}])
def test_who_lives_elsewhere_today_may_stay(soft: dict[str, Any]) -> None:
    """A household that lives outside today stays there and is no breach; nobody else may move in after it."""
    found = two_quarters(only({"status": {"at_most": 3}}, **soft), [household("A", 2, home="B2-1", pinned=True)])
    tally = found.tally("limit")
    assert found.homes == {"A": "B2-1"}
    assert (tally.today, tally.after, tally.allowance, tally.excess) == (2, 2, 2, 0)
    assert not tally.tight
    assert found.values[1:] in ([], [0])


def test_the_right_to_stay_is_not_handed_on() -> None:
    """A (in S2 today) may stay there, B may not come instead: with one flat in S1, B gets it and A stays."""
    found = two_quarters(only({"status": {"at_most": 3}}), [household("A", 3, home="B2-1"), household("B", 3)])
    assert found.homes == {"A": "B2-1", "B": "B1-1"}


def test_only_checks_its_columns() -> None:
    """An unknown column is a finding with the nearest name; an unknown table is one, too."""
    found = two_quarters(only({"rent": {"at_most": 400}}), COUPLES)
    findings = Findings()
    for column in ("rnet", "houses.kind"):
        rule_named("only").model_validate({"where": {column: {"equals": 1}}}).check(
            found.situation, "rules.r", findings
        )
    assert [finding.what.split(" in ")[0] for finding in findings] == ["no column 'rnet'", "no column 'houses.kind'"]
    assert findings.items[0].remedy == "did you mean 'rent'?"


def test_conditions_are_structured_and_complete() -> None:
    """A condition without an operator, without a column, or with an unknown operator is refused."""
    for wrong in ({}, {"rent": {}}, {"rent": {"below": 3}}, {"rent": "rent < 400"}):
        with pytest.raises(ValidationError):
            Where.model_validate(wrong)


def fitting(standard: dict[str, Any], persons: int, **unit: Any) -> bool:
    """True if a household of so many persons is placed into one flat for six under a rule `fit`."""
    units = flats("B1", 6, **unit)
    found = plan(
        world([space("S1")], [building("B1")], units, [household("A", persons)], {"limit": {"rule": "fit", **standard}})
    )
    assert found.defects() == []
    return found.values == [persons]


@pytest.mark.parametrize(
    ("persons", "unit", "fits"),
    [(1, {"floor_area": 50.0, "rooms": 3}, True), (1, {"floor_area": 50.5, "rooms": 2}, False),
     (1, {"floor_area": 80.0, "rooms": 1}, False), (1, {"rooms": 1}, True), (1, {"rooms": 2}, False),
     (2, {"floor_area": 80.0, "rooms": 2}, True), (2, {"floor_area": 65.0, "rooms": 4}, True),
     (2, {"floor_area": 66.0, "rooms": 3}, False), (4, {"floor_area": 95.0, "rooms": 5}, True),
     (5, {"floor_area": 49.0, "rooms": 5}, False), (5, {"floor_area": 50.0, "rooms": 5}, True),
     (1, {"floor_area": 51.0}, False), (2, {"rooms": 3}, False), (3, {"rooms": 3}, True), (1, {}, True)],
)  # fmt: skip
def test_the_standard_of_north_rhine_westphalia(persons: int, unit: dict[str, float], fits: bool) -> None:
    """50 m² for one, 15 m² or a room for each further one at most, 10 m² each at least; unknown sizes limit nothing.

    The rooms serve further persons: one room of 80 m² is too large for one person. Where only rooms are known, each
    person has one.
    """
    assert fitting({"standard": "nrw"}, persons, **unit) is fits


@pytest.mark.parametrize(
    ("standard", "persons", "unit", "fits"),
    [({"spare_persons": 2}, 4, {}, True), ({"spare_persons": 2}, 3, {}, False),
     ({"spare_rooms": 1}, 3, {"rooms": 4}, True),
     ({"spare_rooms": 1}, 3, {"rooms": 4.5}, False), ({"spare_rooms": 0}, 1, {}, True),
     ({"min_floor_area": 12}, 5, {"floor_area": 60.0}, True), ({"min_floor_area": 12}, 6, {"floor_area": 71.0}, False),
     ({"min_floor_area": 12}, 6, {}, True),
     ({"spare_persons": 9, "min_floor_area": 12}, 6, {"floor_area": 71.0}, False)],
)  # fmt: skip
def test_spare_places_rooms_and_floor_area(
    standard: dict[str, float], persons: int, unit: dict[str, float], fits: bool
) -> None:
    """Places left free, rooms beyond one each, and m² for each person are bounded where they are known."""
    assert fitting(standard, persons, **unit) is fits


def test_shared_units_have_standards_of_their_own() -> None:
    """A shared unit with many free places, rooms and m² is not too large for anybody."""
    rules = {"limit": {"rule": "fit", "standard": "nrw", "spare_persons": 0, "spare_rooms": 0}}
    units = [shared("B1", 30, rooms=20, floor_area=400.0)]
    assert plan(world([space("S1")], [building("B1")], units, [household("A")], rules)).values == [1]


@pytest.mark.parametrize(("soft", "values"), [({}, [5]), ({"soft": 2}, [5, 4])])
def test_who_lives_too_spaciously_today_may_stay(soft: dict[str, float], values: list[float]) -> None:
    """A single in a flat for four stays there; soft, the two newcomers too many for their flat are paid for."""
    limit = {"rule": "fit", "spare_persons": 0, **soft}
    newcomers = [household("B", 2), household("C", 2)]
    units = [*flats("B1", 4, 2), *flats("B2", *([3] if soft else [2]))]
    goals = [{"place": "persons"}, *([{"keep": "rules"}] if soft else [])]
    found = plan(world([space("S1")], [building("B1"), building("B2")], units,
                       [household("A", home="B1-1", pinned=True), *newcomers], {"limit": limit}, goals))  # fmt: skip
    assert found.values == values
    assert found.tally("limit").allowance == 1
    assert found.defects() == []


def test_the_rules_on_pairs_say_what_they_want() -> None:
    """The sentence of `only` names its condition; a fit without any standard is refused with the choices."""
    rule = rule_named("only").model_validate({"where": {"status_index": {"at_most": 3}}, "soft": 0.5})
    assert rule_sentence(rule).startswith("Only places take people where status_index at most 3. As far as possible")
    assert rule_sentence(rule, "de").startswith("Nur Orte nehmen auf, für die gilt: status_index höchstens 3.")
    with pytest.raises(ValidationError, match="standard, spare_rooms, spare_persons, min_floor_area"):
        rule_named("fit").model_validate({})
