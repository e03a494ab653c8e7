"""Which child attends which facility, how full facilities become, and how far children walk."""

from __future__ import annotations

import math

import pytest
from drawn import drawn
from random_worlds import as_city, as_households, random_world
from test_distances_on_streets import river_world
from tiny import building, facility, flats, household, plan, space, world

from allocator.indicators.areas import area_table
from allocator.indicators.seating import Seating, seating, seats_by_rule, without_seat_by_space
from allocator.indicators.ways import ways, weighted_quantile
from allocator.ledger import Ledger
from allocator.rules.seats import Seats

NAN = float("nan")


def seated(children: dict[str, int], schools: list[dict], within: float = 500.0) -> Seating:
    """The seating of a road with houses B0, B1, … at 0, 100, … m in which so many children live, each house a space."""
    names = list(children)
    houses = [building(name, f"S{i}", x=100.0 * i) for i, name in enumerate(names)]
    units = [flat for name in names for flat in flats(name, 9)]
    people = [household(f"H{i}", 9, home=f"{name}-1", children_school=children[name]) for i, name in enumerate(names)]
    made = world([space(f"S{i}") for i in range(len(names))], houses, units, people, facilities=schools)
    homes = {one["household_id"]: one["unit_id"] for one in people}
    return seating(Ledger(as_city(made), as_households(made), homes), Seats(kind="school", within=within))


def test_every_child_goes_to_the_nearest_school_with_a_seat() -> None:
    """Two schools with a seat each beside B0: of its three children one goes to each, one to the school of 300 m."""
    schools = [facility("F1", seats=1, x=10), facility("F2", seats=1, x=20), facility("F3", seats=5, x=300)]
    found = seated({"B0": 3}, schools)
    assert found.seated == (("B0", "F1", 1, 10), ("B0", "F2", 1, 20), ("B0", "F3", 1, 300))
    assert (found.taken, found.without) == ({"F1": 1, "F2": 1, "F3": 1}, {})


def test_a_seat_comes_before_any_way() -> None:
    """The child at B0 could walk 10 m, but then the one at B4 would have no seat: it walks 390 m instead."""
    schools = [facility("F1", seats=1, x=10), facility("F2", seats=1, x=-390)]
    found = seated({"B0": 1, "B1": 0, "B2": 0, "B3": 0, "B4": 1}, schools, within=400)
    assert sorted(found.seated) == [("B0", "F2", 1, 390), ("B4", "F1", 1, 390)]


def test_what_is_missing_is_told_by_facility_and_social_space() -> None:
    """One seat for three children, one school without a limit out of reach."""
    schools = [facility("F1", seats=1, x=0), facility("F2", seats=NAN, x=5000), facility("K1", "kita", seats=9)]
    found = seated({"B0": 2, "B1": 1}, schools, within=150)
    assert sum(found.without.values()) == 2
    told = seats_by_rule({"seats": found})["seats"]
    assert told == {
        "kind": "school", "children": 3, "seated": 1, "without_seat": 2, "median_metres": 0.0, "full_facilities": 1,
        "facilities": {"F1": {"seats": 1, "children": 1}, "F2": {"seats": None, "children": 0}},
    }  # fmt: skip


def test_children_without_a_seat_stand_in_the_table_of_areas() -> None:
    """Two children without a seat live in S1: it and its district say so."""
    house, school = building("B1", "S1"), facility("F1", seats=1)
    people = [household("H1", 4, home="B1-1", children_school=3)]
    made = world([space("S1"), space("S2")], [house], flats("B1", 4), people, facilities=[school])
    ledger = Ledger(as_city(made), as_households(made), {"H1": "B1-1"})
    found = {"seats": seating(ledger, Seats(kind="school", within=100))}
    areas = area_table(ledger, without_seat_by_space(ledger, found)).set_index("place_id")
    assert areas["children_without_seat"].to_dict() == {"S1": 2, "S2": 0, "D1": 2}
    assert area_table(ledger)["children_without_seat"].sum() == 0


def test_nobody_and_nowhere() -> None:
    """Without children, and without schools in reach, nothing fails."""
    assert seated({"B0": 0}, [facility("F1", seats=1)]).seated == ()
    assert seated({"B0": 2}, [facility("F1", seats=1, x=9000)]).without == {"B0": 2}
    assert seated({"B0": 2}, [facility("K1", "kita")]).without == {"B0": 2}


@pytest.mark.parametrize("start", drawn(range(0, 200, 25), 1))
def test_as_many_children_are_seated_as_the_recount_of_the_rule_says(start: int) -> None:
    """Children without a seat are those of the recount in random worlds, with streets and without.

    No facility
    takes more than its seats, or children from out of reach.
    """
    for seed in range(start, start + 25):
        made = random_world(seed)
        rule = Seats(kind="school", within=(100.0, 200.0, 400.0)[seed % 3])
        homes = {one["household_id"]: one["unit_id"] for one in made["households"]}
        ledger = Ledger(as_city(made), as_households(made), homes)
        found = seating(ledger, rule)
        (tally,) = rule.recount(ledger)
        assert sum(found.without.values()) == pytest.approx(tally.after), seed
        assert all(math.isnan(found.seats[one]) or number <= found.seats[one] for one, number in found.taken.items())
        assert all(metres <= rule.within + 1e-6 for *_, metres in found.seated)


def test_how_far_children_walk() -> None:
    """Two children live 170 m from a school and one 40 m: half walk at most 170 m. There are no Kita children."""
    people = [household("H1", 4, home="B2-1", children_school=2), household("H2", 4, home="B3-1", children_school=1)]
    found = plan(river_world(households=people, goals=[{"place": "persons"}, {"stay": None}]))
    assert ways(found.ledger) == {
        "school": {"children": 3, "median_metres": 170.0, "nine_of_ten_metres": 170.0},
        "kita": {"children": 0, "median_metres": None, "nine_of_ten_metres": None},
    }


def test_weighted_quantiles() -> None:
    """The smallest value up to which the share of all weight lies; nothing where there is none, or it is infinite."""
    assert weighted_quantile([30, 10, 20], [1, 1, 2], 0.25) == 10
    assert weighted_quantile([30, 10, 20], [1, 1, 2], 0.5) == 20
    assert weighted_quantile([30, 10, 20], [1, 1, 2], 0.9) == 30
    assert weighted_quantile([], [], 0.5) is None
    assert weighted_quantile([1.0, float("inf")], [1, 1], 0.9) is None
