"""The rules `moves` and `together`, the goals `stay` and `cost`, and days, in worlds worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from tiny import TinyPlan, building, flats, household, model_of, plan, shared, space, world

from allocator.errors import Findings
from allocator.goals import goal_named
from allocator.rules import rule_named
from allocator.scenario.describing import rule_sentence


def houses(
    households: list[dict[str, Any]], *goals: dict[str, Any], limit: dict[str, Any] | None = None, **flat: Any
) -> TinyPlan:
    """Three houses at 0, 100 and 500 m with a flat for two in each, at 300, 400 and 500 EUR."""
    soft = [{"keep": "rules"}] if limit and "soft" in limit else []
    units = [one for i in (1, 2, 3) for one in flats(f"B{i}", 2, rent=200.0 + 100 * i, **flat)]
    found = plan(world([space("S1")], [building(f"B{i}", x=x) for i, x in ((1, 0.0), (2, 100.0), (3, 500.0))], units,
                       households, {"limit": limit} if limit else {},
                       [{"place": "persons"}, *soft, *goals]))  # fmt: skip
    if found.solution.unit_of is not None:
        assert found.defects() == []
    return found


LIVING = [household("A", 2, home="B3-1"), household("B", 2, home="B2-1")]


@pytest.mark.parametrize(("at_most", "rent", "moved"), [(0, 900, 0), (1, 700, 1), (2, 700, 1)])
def test_moves_bound_how_many_change_their_unit(at_most: int, rent: float, moved: int) -> None:
    """Two couples at 500 and 400 EUR, a flat at 300 EUR free: one move saves 200 EUR, and no second saves more."""
    found = houses(LIVING, {"rent": None}, limit={"rule": "moves", "at_most": at_most})
    assert found.values == [4, rent]
    assert found.tally("limit").after == moved


def test_who_has_no_home_does_not_move() -> None:
    """Placing somebody who has none is no move."""
    found = houses([*LIVING, household("C", 2)], limit={"rule": "moves", "at_most": 0})
    assert found.values == [6]
    assert found.homes == {"A": "B3-1", "B": "B2-1", "C": "B1-1"}


def test_soft_moves_are_paid_for() -> None:
    """Cheapest first, then kept: one move at a weight of 4."""
    found = plan(world([space("S1")], [building("B1"), building("B2")],
                       [*flats("B1", 2, rent=300.0), *flats("B2", 2, rent=400.0)], [household("A", 2, home="B2-1")],
                       {"limit": {"rule": "moves", "at_most": 0, "soft": 4}},
                       [{"place": "persons"}, {"rent": None}, {"keep": "rules"}]))  # fmt: skip
    assert found.values == [2, 300, 4]
    assert found.tally("limit").excess == 1


def test_stay_moves_as_few_as_possible() -> None:
    """A family needs the flat where a single lives: one move, not two."""
    units = [*flats("B1", 1, 1), *flats("B2", 4)]
    people = [household("A", home="B2-1"), household("B", home="B1-1"), household("C", 4)]
    found = plan(
        world(
            [space("S1")], [building("B1"), building("B2")], units, people, goals=[{"place": "persons"}, {"stay": None}]
        )
    )
    assert found.values == [6, 1]
    assert found.homes == {"A": "B1-2", "B": "B1-1", "C": "B2-1"}


def linked(within: float, *goals: dict[str, Any], first: str = "", **rule: Any) -> TinyPlan:
    """A wishes to live near B, who is pinned at 500 m."""
    limit = {"rule": "together", "within": within, **rule}
    people = [household("A", 2, home=first, near="B"), household("B", 2, home="B3-1", pinned=True)]
    return houses(people, *goals, limit=limit)


@pytest.mark.parametrize(("within", "home"), [(399.9, ""), (400.0, "B2-1"), (500.0, "B1-1")])
def test_linked_households_live_near_each_other(within: float, home: str) -> None:
    """B stays at 500 m: A may live at 100 m within 400 m, at 0 m within 500 m (and then does, for the rent)."""
    found = linked(within, {"rent": None})
    assert found.homes["A"] == home
    if not home:
        assert found.reasons["A"] == "free homes that fit: 2, but each is closed by at least one of these rules: limit"


def test_the_same_building_is_near_at_zero_metres() -> None:
    """Within 0 m means in the same building."""
    people = [household("A", near="B"), household("B", home="B1-1", pinned=True)]
    units = [*flats("B1", 2, 2, rent=900.0), *flats("B2", 2, rent=100.0)]
    found = plan(world([space("S1")], [building("B1"), building("B2", x=1.0)], units, people,
                       {"limit": {"rule": "together", "within": 0}},
                       [{"place": "persons"}, {"rent": None}]))  # fmt: skip
    assert found.homes["A"] == "B1-2"


def test_a_link_binds_only_where_both_are_placed() -> None:
    """Where B finds no place, A may live anywhere."""
    people = [household("A", 2, near="B"), household("B", 3)]
    found = houses(people, limit={"rule": "together", "within": 10.0})
    assert found.values == [2]


def test_soft_together_counts_the_persons_who_name_somebody() -> None:
    """Too far, A counts two persons at a weight of 3; B, who names nobody, counts none."""
    found = linked(10.0, soft=3)
    assert found.values == [4, 6]
    assert found.tally("limit", "A").excess == 2


def test_a_pair_apart_today_may_stay_apart() -> None:
    """Who lives 500 m from the other today may stay there; it is shown and no breach."""
    found = linked(10.0, first="B1-1")
    assert found.values == [4]
    tally = found.tally("limit", "A")
    assert (tally.today, tally.after, tally.excess) == (2, 2, 0)


@pytest.mark.parametrize(("within", "values"), [(100.0, [2, 1700]), (900.0, [2, 300])])
def test_many_houses_are_told_by_the_near_ones_or_the_far_ones(within: float, values: list[float]) -> None:
    """Twelve houses in a row, the dear ones first: rows name the fewer, and B draws A to the dear end all the same."""
    houses_in_row = [building(f"B{i:02}", x=100.0 * i) for i in range(12)]
    units = [one for i, house in enumerate(houses_in_row)
             for one in flats(house["building_id"], 1, rent=1800.0 - 100 * i if i < 11 else 300.0)]  # fmt: skip
    people = [household("A", near="B"), household("B", home="B00-1", pinned=True)]
    units[0]["rent"] = 0.0
    if within > 800:
        units[9]["rent"] = 300.0
    rules = {"limit": {"rule": "together", "within": within}}
    town = world([space("S1")], houses_in_row, units, people, rules, [{"place": "persons"}, {"rent": None}])
    found = plan(town)
    assert found.values == values
    assert found.defects() == []
    free = [household("A", near="B"), household("B")]
    linear = model_of(town | {"households": free}).linear
    rows = [number for number, name in enumerate(linear.row_names) if name.startswith("limit(A,")]
    assert len(rows) == 12
    assert linear.matrix[rows].getnnz(axis=1).max() <= 7


def test_links_that_nobody_has_are_noted() -> None:
    """Where no household names another the rule limits nothing, and a note says so."""
    situation = houses([household("A", 2)]).situation
    findings = Findings()
    rule = rule_named("together").model_validate({"within": 100})
    rule.check(situation, "rules.limit", findings)
    assert [finding.severity for finding in findings] == ["note"]
    assert list(rule.limits(situation)) == []


def test_costs_of_sites_are_counted_for_each_person() -> None:
    """Two places at a site of 10 EUR or at one of 25 EUR: 2 · 10 EUR; a house without a site costs nothing."""
    spots = [shared("B1", 4), shared("B2", 4)]
    houses_of_sites = [building("B1", site_id="T1"), building("B2", site_id="T2"), building("B3")]
    sites = [{"site_id": "T1", "cost": 25.0}, {"site_id": "T2", "cost": 10.0}]
    goals = [{"place": "persons"}, {"cost": None}]
    found = plan(world([space("S1")], houses_of_sites, spots, [household("A", 2)], {}, goals, sites))
    assert (found.values, found.homes) == ([2, 20], {"A": "B2-shared"})
    free = plan(world([space("S1")], houses_of_sites, [*spots, *flats("B3", 2)], [household("A", 2)], {}, goals, sites))
    assert (free.values, free.homes) == ([2, 0], {"A": "B3-1"})
    assert found.defects() == free.defects() == []


def test_a_city_without_costs_cannot_save_them() -> None:
    """The goal `cost` without any cost of a site is a finding."""
    findings = Findings()
    goal_named("cost")().check(houses([household("A", 2)]).situation, "goals.1", findings)
    assert [finding.what for finding in findings] == ["no site has a cost"]


def dated(day: date | None, household_row: dict[str, Any], **flat: Any) -> TinyPlan:
    """One flat for two and one household, on a day."""
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2, **flat), [household_row],
                       goals=[{"place": "persons"}], day=day))  # fmt: skip
    assert found.defects() == []
    return found


MAY, JULY, AUGUST = pd.Timestamp(2026, 5, 1), pd.Timestamp(2026, 7, 1), pd.Timestamp(2026, 8, 1)


@pytest.mark.parametrize(
    ("flat", "arrives", "placed"),
    [({"available_from": MAY}, pd.NaT, 2), ({"available_from": JULY}, pd.NaT, 0), ({"available_from": JULY}, AUGUST, 2),
     ({"available_until": MAY}, pd.NaT, 0), ({"available_until": JULY}, pd.NaT, 2),
     ({"available_until": JULY}, AUGUST, 0),
     ({"available_from": JULY}, MAY, 0)],
)  # fmt: skip
def test_a_unit_must_be_to_let_on_the_day_of_moving(flat: dict[str, Any], arrives: pd.Timestamp, placed: int) -> None:
    """On 1 June, or on the later day of its arrival, the flat must be there for the household; without a day always."""
    person = household("A", 2, arrives=arrives)
    found = dated(date(2026, 6, 1), person, **flat)
    assert found.values == [placed]
    if not placed:
        assert found.reasons["A"] == "homes that fit: 1, but none can be let on the day it would move in"
    assert dated(None, person, **flat).values == [2]


def test_a_home_that_ends_is_no_home_to_stay_in() -> None:
    """Who lives in a flat that ends before the day cannot keep it, and finds no other: it has no place."""
    found = dated(date(2026, 6, 1), household("A", 2, home="B1-1"), available_until=MAY)
    assert found.values == [0]
    assert found.ledger.stays_after == []
    assert not found.reasons["A"].startswith("remains")


def test_moves_and_links_say_what_they_want() -> None:
    """The sentences name number and metres."""
    assert (
        rule_sentence(rule_named("moves").model_validate({"at_most": 3})) == "At most 3 households change their unit."
    )
    together = rule_named("together").model_validate({"within": 500})
    assert rule_sentence(together) == "Linked households live at most 500 m from each other."
