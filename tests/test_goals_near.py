"""The goal `near` in worlds worked out by hand, and how it is written: near buildings have columns of their own."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn import drawn
from oracle import Oracle
from random_worlds import random_world
from tiny import TinyPlan, building, flats, household, model_of, plan, shared, situation_of, space, world

from allocator.access.distances import between
from allocator.errors import Findings
from allocator.goals import goal_named
from allocator.model import distances
from allocator.solve import late, selection

PLACE = {"place": "persons"}
NEAR = {"near": None}


def street(
    households: list[dict[str, Any]], *goals: dict[str, Any], metres: tuple[float, ...] = (0.0, 100.0, 250.0, 600.0),
    **flat: Any,
) -> TinyPlan:  # fmt: skip
    """Houses B1, B2, … along a street at 0, 100, 250 and 600 m, one flat for two in each."""
    houses = [building(f"B{number}", x=x) for number, x in enumerate(metres, start=1)]
    units = [one for house in houses for one in flats(house["building_id"], 2, **flat)]
    found = plan(world([space("S1")], houses, units, households, goals=goals))
    assert found.status == "optimal"
    assert found.defects() == []
    return found


def test_linked_households_live_as_close_as_possible() -> None:
    """Of four houses the first two are the closest: 100 m, whoever of the two lives in which."""
    found = street([household("A", 2, near="B"), household("B", 2)], PLACE, NEAR)
    assert found.values == [4, 100]
    assert set(found.homes.values()) == {"B1-1", "B2-1"}


def test_the_same_building_is_no_distance() -> None:
    """Two flats in one house, or one shared unit with room for both, are 0 m apart; a shared unit for one is not."""
    people = [household("A", 2, near="B"), household("B", 2)]
    houses = [building("B1"), building("B2", x=30.0)]
    for units, metres in (([*flats("B1", 2), *flats("B2", 2, 2)], 0), ([shared("B1", 4), *flats("B2", 2)], 0),
                          ([shared("B1", 3), *flats("B2", 2)], 30)):  # fmt: skip
        found = plan(world([space("S1")], houses, units, people, goals=[PLACE, NEAR]))
        assert found.values == [4, metres]
        assert found.defects() == []


def test_distances_are_straight_lines() -> None:
    """Three steps to the east and four to the north are five."""
    houses = [building("B1"), building("B2", x=30.0, y=40.0)]
    units = [*flats("B1", 2), *flats("B2", 2)]
    found = plan(world([space("S1")], houses, units, [household("A", near="B"), household("B")], goals=[PLACE, NEAR]))
    assert found.values == [2, 50]


def test_two_who_name_each_other_are_one_link() -> None:
    """A names B and B names A: 100 m, not twice 100 m."""
    assert street([household("A", 2, near="B"), household("B", 2, near="A")], PLACE, NEAR).values == [4, 100]


def test_a_chain_is_as_long_as_its_links() -> None:
    """A to B to C in the first three houses: B in the middle, 100 m and 150 m, and not 250 m from A to C."""
    people = [household("A", 2, near="B"), household("B", 2, near="C"), household("C", 2)]
    found = street(people, PLACE, NEAR)
    assert found.values == [6, 250]
    assert found.homes["B"] == "B2-1"


def test_whoever_is_named_by_several_has_several_links() -> None:
    """A and C name B: B lives between them."""
    people = [household("A", 2, near="B"), household("B", 2), household("C", 2, near="B")]
    found = street(people, PLACE, NEAR)
    assert found.values == [6, 250]
    assert found.homes["B"] == "B2-1"


def test_a_home_that_stays_is_what_others_come_near_to() -> None:
    """B is pinned at 600 m: A takes the house at 250 m."""
    people = [household("A", 2, near="B"), household("B", 2, home="B4-1", pinned=True)]
    found = street(people, PLACE, NEAR)
    assert (found.values, found.homes["A"]) == ([4, 350], "B3-1")


def test_a_present_home_may_be_given_up_to_live_nearer() -> None:
    """B lives at 600 m and is free to move: before `stay` it does, after `stay` it does not."""
    people = [household("A", 2, near="B"), household("B", 2, home="B4-1")]
    assert street(people, PLACE, NEAR, {"stay": None}).values == [4, 100, 1]
    assert street(people, PLACE, {"stay": None}, NEAR).values == [4, 0, 350]


def test_a_link_counts_only_where_both_are_placed() -> None:
    """With a flat for one of the two the link counts nothing; asked before `place`, it leaves one of the two out."""
    people = [household("A", 2, near="B"), household("B", 2)]
    assert street(people, PLACE, NEAR, metres=(0.0,)).values == [2, 0]
    assert street(people, NEAR, PLACE).values == [0, 2]


def test_who_remains_in_an_unsuitable_home_is_not_placed() -> None:
    """B, four persons in a flat for two, lives there for want of another and is not placed: the link counts nothing."""
    people = [household("A", 2, near="B"), household("B", 4, home="B4-1")]
    assert street(people, PLACE, NEAR).values == [2, 0]


def test_metres_are_weighed_against_rent() -> None:
    """100 m more or 250 EUR less: at 1 EUR a metre the cheaper, at 3 EUR a metre the nearer flat."""
    people = [household("A", 2, near="B"), household("B", 2, home="B1-1", pinned=True)]
    houses = [building("B1"), building("B2", x=100.0), building("B3", x=200.0)]
    units = [*flats("B1", 2), *flats("B2", 2, rent=550.0), *flats("B3", 2, rent=300.0)]
    for weight, home, value in ((1, "B3-1", 200 + 300), (3, "B2-1", 300 + 550)):
        goal = {"weighted": [{"near": None, "weight": weight}, {"rent": None, "weight": 1}]}
        found = plan(world([space("S1")], houses, units, people, goals=[PLACE, goal]))
        assert (found.homes["A"], found.values) == (home, [4, pytest.approx(value)])
        assert found.defects() == []


def test_links_that_nobody_has_are_noted() -> None:
    """Where no household names another the goal prefers nothing, and a note says so."""
    situation = situation_of(world([space("S1")], [building("B1")], flats("B1", 2), [household("A")]))
    findings = Findings()
    goal_named("near")().check(situation, "goals.1", findings)
    assert [finding.severity for finding in findings] == ["note"]
    assert list(goal_named("near")().value(situation)) == []


def test_distances_between_buildings_by_position() -> None:
    """Metres from the third building to the first and to itself."""
    city = street([household("A")], PLACE).situation.city
    assert between(city, np.array([2]), np.array([0, 2])).tolist() == [[250.0, 0.0]]


@pytest.mark.parametrize("nearest", [1, 2])
def test_farther_buildings_have_their_exact_distance(nearest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With columns for one or two near buildings only, forced far apart by homes and flats, the metres are the same."""
    monkeypatch.setattr(distances, "NEAREST", nearest)
    monkeypatch.setattr(distances, "FEW", 0)
    chain = [household("A", 2, near="B"), household("B", 2, home="B4-1", pinned=True), household("C", 1, near="A")]
    dear = {"rent": 500.0}
    assert street(chain, PLACE, NEAR, **dear).values == [5, 350 + 150]
    people = [household("A", 2, near="B"), household("B", 2, home="B4-1", pinned=True)]
    metres = (0.0, 400.0, 410.0, 1000.0)
    held = [*people, household("X", 2, home="B2-1", pinned=True), household("Y", 2, home="B3-1", pinned=True)]
    assert street(held, PLACE, NEAR, metres=metres).values == [8, 1000]


def test_near_buildings_alone_have_columns_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty houses in a row, two households: 30 · 3 near columns or a few more for ties, not 30 · 30."""
    monkeypatch.setattr(distances, "NEAREST", 3)
    monkeypatch.setattr(distances, "FEW", 0)
    houses = [building(f"B{i:02}", x=100.0 * i) for i in range(30)]
    units = [one for house in houses for one in flats(house["building_id"], 2)]
    people = [household("A", near="B"), household("B")]
    names = model_of(world([space("S1")], houses, units, people, goals=[NEAR])).linear.column_names
    assert 30 * 3 <= sum(name.startswith("near_") for name in names) <= 30 * 4
    assert sum(name.startswith("far_") for name in names) == 30


@pytest.mark.parametrize("seconds", [60.0, 0.3])
def test_rows_of_far_buildings_are_added_where_a_plan_goes_there(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a model solved without its late rows first, two who must live 900 m apart are 900 m apart, not 100 m.

    Where the time is over before such a row could be added, the plan is no better than it is, and says so.
    """
    monkeypatch.setattr(distances, "NEAREST", 1)
    monkeypatch.setattr(distances, "FEW", 0)
    monkeypatch.setattr(selection, "SMALL", 3)
    if seconds < 1:
        monkeypatch.setattr(late, "time", SimpleNamespace(perf_counter=count(0, 0.2).__next__))
    rents = [100.0, *[900.0] * 8, 200.0]
    houses = [building(f"B{i}", x=100.0 * i) for i in range(10)]
    units = [
        one for house, rent in zip(houses, rents, strict=True) for one in flats(house["building_id"], 1, rent=rent)
    ]
    people = [household("A", near="B", max_rent=250.0), household("B", max_rent=250.0)]
    found = plan(world([space("S1")], houses, units, people, goals=[PLACE, NEAR]), seconds=seconds)
    assert set(found.homes.values()) == {"B0-1", "B9-1"}
    assert found.values == [2, 900]
    assert found.defects() == []


@pytest.mark.parametrize("seed", drawn(range(300, 312), 4))
def test_every_form_agrees_with_brute_force(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random worlds with a link of every household, one near building with a column: as good as the best of all."""
    monkeypatch.setattr(distances, "NEAREST", 1)
    monkeypatch.setattr(distances, "FEW", 0)
    tiny = random_world(seed)
    names = [one["household_id"] for one in tiny["households"]]
    for one, other in zip(tiny["households"], [*names[1:], names[0]], strict=True):
        one["near"] = other
    tiny["goals"] = [PLACE, NEAR, {"rent": None}]
    best = Oracle(tiny).best()
    found = plan(tiny)
    if best is None:
        assert found.status == "infeasible"
    else:
        assert found.values == pytest.approx(best)
        assert found.defects() == []
