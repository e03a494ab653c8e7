"""The rules `seats` and `reach`, and the goal `walk`, which look at facilities, in worlds worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from tiny import TinyPlan, building, facility, flats, household, plan, space, world

from allocator.errors import Findings
from allocator.goals import goal_named
from allocator.rules import rule_named
from allocator.rules.seats import seated
from allocator.scenario.describing import rule_sentence

NAN = float("nan")


def road(
    limit: dict[str, Any] | None, households: list[dict[str, Any]], facilities: list[dict[str, Any]],
    *goals: dict[str, Any], flats_each: int = 2,
) -> TinyPlan:  # fmt: skip
    """Three houses on a road at 0, 100 and 500 m, with so many flats for four persons in each."""
    soft = [{"keep": "rules"}] if limit and "soft" in limit else []
    houses = [building(f"B{i}", x=x) for i, x in ((1, 0.0), (2, 100.0), (3, 500.0))]
    units = [flat for i in (1, 2, 3) for flat in flats(f"B{i}", *[4] * flats_each)]
    found = plan(world([space("S1")], houses, units, households, {"limit": limit} if limit else {},
                       [{"place": "persons"}, *soft, *goals], facilities=facilities))  # fmt: skip
    if found.solution.unit_of is not None:
        assert found.defects() == []
    return found


def families(*children: int) -> list[dict[str, Any]]:
    """Families of four with so many children at school."""
    return [household(f"H{i}", 4, children_school=number) for i, number in enumerate(children)]


def seats(within: float = 50.0, **further: Any) -> dict[str, Any]:
    """A rule `seats` for schools."""
    return {"rule": "seats", "kind": "school", "within": within, **further}


def test_a_family_without_seats_for_its_children_finds_no_place() -> None:
    """Two seats at the only school near a house: the family of two children moves in, that of one does not as well."""
    found = road(seats(), families(2, 1), [facility("F1", seats=2)])
    assert found.values == [4]
    assert list(found.reasons.values()) == [
        "free homes that fit: 5, but each is closed by at least one of these rules: limit (no free seat for its children within reach)"
    ]


def test_a_seat_is_not_shared() -> None:
    """Two families with one child each and one seat: one of them is placed, though both houses are in reach."""
    assert road(seats(150.0), families(1, 1), [facility("F1", seats=1, x=50.0)]).values == [4]
    assert road(seats(150.0), families(1, 1), [facility("F1", seats=2, x=50.0)]).values == [8]


def test_siblings_may_attend_different_schools() -> None:
    """One seat at each of two schools within reach serve a family with two children."""
    found = road(seats(), families(2), [facility("F1", seats=1), facility("F2", seats=1, y=30.0)])
    assert found.values == [4]


def test_children_make_way_for_others_where_they_have_a_choice() -> None:
    """The child at 0 m reaches both schools, the one at 100 m only the second: both get a seat."""
    schools = [facility("F1", seats=1, x=-40.0), facility("F2", seats=1, x=50.0)]
    found = road(seats(), families(1, 1), schools, flats_each=1)
    assert found.values == [8]
    assert {home[:2] for home in found.homes.values()} == {"B1", "B2"}


def test_a_school_without_a_number_of_seats_takes_everybody() -> None:
    """An empty number of seats is unlimited."""
    assert road(seats(), families(3, 3), [facility("F1", seats=NAN)]).values == [8]


def test_other_kinds_of_facility_have_no_seats_for_school() -> None:
    """A Kita next door does not help a child at school; Kita children are counted for Kitas."""
    both = [household("A", 4, children_school=1), household("B", 4, children_kita=1)]
    facilities = [facility("K", "kita", 1), facility("F1", seats=0, x=9999.0)]
    assert road(seats(), both, facilities).homes["A"] == ""
    kita = {"rule": "seats", "kind": "kita", "within": 50.0}
    found = road(kita, both, facilities)
    assert found.values == [8]
    assert found.homes["B"].startswith("B1")


def test_who_has_no_children_needs_no_seat() -> None:
    """Without seats anywhere, only the household without children is placed."""
    found = road(seats(), [*families(1), household("Z", 4)], [facility("F1", seats=0)])
    assert found.homes["Z"]
    assert found.values == [4]


def test_soft_seats_count_children_without_one() -> None:
    """Soft, both families are placed; one of three children has no seat, at a weight of 5."""
    found = road(seats(soft=5), families(2, 1), [facility("F1", seats=2)])
    assert found.values == [8, 5]
    assert (found.tally("limit").excess, found.tally("limit").breaches) == (1, 1)
    assert road(seats(soft=5), families(2, 3), [facility("F1", seats=2)]).tally("limit").breaches == 3


def test_children_without_a_seat_today_may_stay_without() -> None:
    """A family that lives far from every school stays, with two children without a seat, and no third may join them."""
    homes = [household("A", 4, home="B3-1", children_school=2, pinned=True), *families(1)]
    found = road(seats(), homes, [facility("F1", seats=0)])
    tally = found.tally("limit")
    assert (found.homes["A"], found.homes["H0"]) == ("B3-1", "")
    assert (tally.today, tally.after, tally.allowance, tally.excess) == (2, 2, 2, 0)


def test_the_largest_number_of_seated_children_is_found() -> None:
    """Three children; two reach one school with one seat, one reaches that and another: two find a seat, then three."""
    reach = sparse.csr_matrix(np.array([[1, 1, 1], [0, 0, 1]]))
    ones = np.ones(3)
    assert seated(ones, reach, np.array([1.0, 1.0])) == 2
    assert seated(ones, reach, np.array([2.0, 1.0])) == 3
    assert seated(ones, reach, np.array([np.inf, 0.0])) == 3
    assert seated(np.zeros(0), reach[:, :0], np.ones(2)) == 0


@pytest.mark.parametrize(("within", "placed"), [(99.9, 4), (100.0, 8), (500.0, 12)])
def test_reach_keeps_people_within_metres(within: float, placed: int) -> None:
    """A doctor at 0 m: within 99.9 m lies one house, within 100 m two, within 500 m three, of one flat each."""
    limit = {"rule": "reach", "kind": "doctor", "within": within}
    assert road(limit, families(0, 0, 0), [facility("D", "doctor")], flats_each=1).values == [placed]


def test_reach_may_concern_only_some_households() -> None:
    """Only families with children must live near the school; the others go where they like."""
    limit = {"rule": "reach", "kind": "school", "within": 50.0, "who": "children_school"}
    found = road(limit, families(1, 1, 0, 0), [facility("F1")], flats_each=1)
    assert found.values == [12]
    assert sum(bool(found.homes[name]) for name in ("H0", "H1")) == 1


def test_soft_reach_counts_persons_out_of_reach() -> None:
    """Three families, one house within reach: eight persons out of it, at a weight of 0.5."""
    limit = {"rule": "reach", "kind": "doctor", "within": 50.0, "soft": 0.5}
    assert road(limit, families(0, 0, 0), [facility("D", "doctor")], flats_each=1).values == [12, 4]


def test_who_lives_out_of_reach_today_may_stay() -> None:
    """A family at 500 m stays there, and nobody else may follow."""
    limit = {"rule": "reach", "kind": "doctor", "within": 50.0}
    homes = [household("A", 4, home="B3-1", pinned=True), *families(0, 0, 0)]
    found = road(limit, homes, [facility("D", "doctor")])
    assert found.values == [12]
    assert found.tally("limit").allowance == 4
    assert sum(home.startswith("B3") for home in found.homes.values()) == 1


def test_walk_adds_up_the_ways_of_children() -> None:
    """One child walks 100 m or 0 m: the family with two children lives at the school, the other 100 m from it."""
    found = road(None, families(1, 2), [facility("F1")], {"walk": "school"}, flats_each=1)
    assert found.values == [8, 100]
    assert found.homes["H1"] == "B1-1"


def test_walk_counts_persons_to_places_that_all_need() -> None:
    """To a doctor every person walks, and the nearest one counts: four persons, 20 m from B3."""
    doctors = [facility("D1", "doctor", y=70.0), facility("D2", "doctor", x=520.0)]
    found = road(None, families(0), doctors, {"walk": "doctor"})
    assert found.values == [4, 80]
    assert found.homes["H0"].startswith("B3")


def test_walk_may_count_another_column() -> None:
    """The same way counted for persons instead of children."""
    found = road(None, families(1), [facility("F1", x=50.0)], {"walk": {"to": "school", "who": "persons"}})
    assert found.values == [4, 4 * 50]


def test_kinds_and_columns_must_exist() -> None:
    """A kind that no facility has, and a column that households lack, are findings with the nearest name."""
    situation = road(None, families(1), [facility("F1")]).situation
    findings = Findings()
    rule_named("seats").model_validate({"kind": "shcool", "within": 9}).check(situation, "rules.a", findings)
    rule_named("reach").model_validate({"kind": "school", "within": 9, "who": "persos"}).check(
        situation, "rules.b", findings
    )
    goal_named("walk").model_validate({"to": "scool"}).check(situation, "goals.0", findings)
    assert [finding.column for finding in findings] == ["rules.a.kind", "rules.b.who", "goals.0.to"]
    assert [finding.remedy for finding in findings] == [
        "did you mean 'school'?",
        "did you mean 'persons'?",
        "did you mean 'school'?",
    ]


def test_the_rules_on_ways_say_what_they_want() -> None:
    """The sentences name kind and metres."""
    rule = rule_named("seats").model_validate({"kind": "school", "within": 2000})
    assert rule_sentence(rule) == "Every child has a seat of its own at a school at most 2000 m from home."
    reach = rule_named("reach").model_validate({"kind": "doctor", "within": 800})
    assert rule_sentence(reach) == "Who is placed lives at most 800 m from a doctor."
