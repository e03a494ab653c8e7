"""What always holds, without any rule: places, access, rent, pins, and that nobody loses a home."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import TinyPlan, building, flats, household, plan, shared, space, world


def house(
    units: list[dict[str, Any]], households: list[dict[str, Any]], *goals: dict[str, Any], **rules: Any
) -> TinyPlan:
    """One house in one social space; people are placed first of all."""
    found = plan(world([space("S1")], [building("B1")], units, households, rules, [{"place": "persons"}, *goals]))
    if found.solution.unit_of is not None:
        assert found.defects() == []
    return found


def test_a_flat_holds_one_household() -> None:
    """A flat for six takes one of two couples; the other finds it taken."""
    found = house(flats("B1", 6), [household("A", 2), household("B", 2)])
    assert found.values == [2]
    assert list(found.reasons.values()) == ["homes that fit and are allowed: 1, but all went to other households"]


def test_a_shared_unit_holds_as_many_persons_as_are_free() -> None:
    """Of ten places six are taken: a couple and two singles fit in, a third single does not."""
    found = house([shared("B1", 10, 6)], [household("A", 2), household("B"), household("C"), household("D")])
    assert found.values == [4]


def test_a_household_needs_places_enough() -> None:
    """Nobody has room for five, and the reason says so."""
    found = house([*flats("B1", 4), shared("B1", 9, 5)], [household("A", 5)])
    assert found.reasons == {"A": "no home has room for 5 persons"}


def test_who_needs_an_accessible_unit_gets_one() -> None:
    """The step-free flat goes to the single who needs it, although a couple would count more in it."""
    units = [*flats("B1", 2), {**flats("B1", 2, accessible=True)[0], "unit_id": "B1-free"}]
    found = house(units, [household("A", 1, accessible=True), household("B", 2), household("C", 2)])
    assert found.homes["A"] in ("", "B1-free")
    assert found.values == [4]
    reasons = house(units, [household("A", 3, accessible=True)]).reasons
    assert reasons == {"A": "no home has room for 3 persons"}
    reasons = house(flats("B1", 3), [household("A", 3, accessible=True)]).reasons
    assert reasons == {"A": "no accessible home has room for 3 persons"}


@pytest.mark.parametrize(("limit", "placed"), [(449.99, 0), (450.0, 2), (float("nan"), 2)])
def test_the_rent_may_not_exceed_what_is_paid(limit: float, placed: int) -> None:
    """A flat of 450 EUR is for who may pay 450 EUR, or has no limit."""
    found = house(flats("B1", 2, rent=450.0), [household("A", 2, max_rent=limit)])
    assert found.values == [placed]
    if not placed:
        assert found.reasons["A"].endswith("the lowest rent is 450 EUR")


def test_in_a_shared_unit_rent_counts_per_person() -> None:
    """A place at 200 EUR is 400 EUR for a couple: too dear at 399, right at 400."""
    for limit, placed in ((399.0, 0), (400.0, 2)):
        assert house([shared("B1", 9, rent=200.0)], [household("A", 2, max_rent=limit)]).values == [placed]


def test_a_unit_of_unknown_rent_excludes_nobody() -> None:
    """Where the rent is not known, a household with a limit may move in."""
    assert house(flats("B1", 2), [household("A", 2, max_rent=1.0)]).values == [2]


def test_a_pinned_household_stays_whatever_would_be_better() -> None:
    """Pinned in the dear flat, a household stays although rent is to be saved; without the pin it moves."""
    units = [*flats("B1", 2, rent=700.0), {**flats("B1", 2, rent=300.0)[0], "unit_id": "B1-cheap"}]
    stays = house(units, [household("A", 2, home="B1-1", pinned=True)], {"rent": None})
    moves = house(units, [household("A", 2, home="B1-1")], {"rent": None})
    assert (stays.homes, stays.values) == ({"A": "B1-1"}, [2, 700])
    assert (moves.homes, moves.values) == ({"A": "B1-cheap"}, [2, 300])


def test_a_pin_holds_in_an_unsuitable_home() -> None:
    """Pinned in a flat that is too small and too dear, a household stays and counts as placed."""
    found = house([*flats("B1", 2, 4, rent=900.0)], [household("A", 4, home="B1-1", pinned=True, max_rent=500.0)])
    assert (found.homes, found.values) == ({"A": "B1-1"}, [4])


def test_a_pin_without_a_home_pins_nothing() -> None:
    """Who has no home cannot be pinned and is placed like anybody else."""
    assert house(flats("B1", 2), [household("A", 2, pinned=True)]).values == [2]


def test_nobody_loses_a_home() -> None:
    """A single stays in a flat for four that a family of four could use: homes are not taken away."""
    found = house(flats("B1", 4), [household("A", 1, home="B1-1"), household("B", 4)])
    assert found.homes == {"A": "B1-1", "B": ""}


def test_who_has_a_home_may_move_to_make_room() -> None:
    """With a small flat free, the single moves there and the family gets the large one."""
    found = house(flats("B1", 4, 1), [household("A", 1, home="B1-1"), household("B", 4)])
    assert found.homes == {"A": "B1-2", "B": "B1-1"}


def test_who_lives_too_narrowly_moves_if_there_is_room() -> None:
    """Four persons in a flat for two move into one for four, and are placed then."""
    found = house(flats("B1", 2, 4), [household("A", 4, home="B1-1")])
    assert (found.homes, found.values) == ({"A": "B1-2"}, [4])


def test_who_lives_too_narrowly_remains_for_want_of_something_better() -> None:
    """Four persons in a flat for two remain, are not placed, keep the flat from others, and the reason says so."""
    found = house(flats("B1", 2), [household("A", 4, home="B1-1"), household("B", 2)], {"rent": None})
    assert found.homes == {"A": "", "B": ""}
    assert found.values == [0, 0]
    assert [stay.household["household_id"] for stay in found.ledger.stays_after] == ["A"]
    assert found.ledger.placed == []
    lead = "remains in its present home, which does not meet its needs: "
    assert found.reasons["A"] == lead + "no home has room for 4 persons"
    assert found.allocation.set_index("household_id")["unit_id"].to_dict() == {"A": "", "B": ""}


def test_who_remains_is_counted_there_by_rules() -> None:
    """Four persons who remain count against a cap of five in their house: a couple beside them would be six."""
    cap = {"rule": "cap", "count": "persons", "per": "building", "at_most": 5}
    found = house([*flats("B1", 2, 2)], [household("A", 4, home="B1-1"), household("B", 2)], limit=cap)
    assert found.homes["B"] == ""
    assert found.tally("limit", "B1").after == 4
    assert found.reasons["B"] == "free homes that fit: 1, but each is closed by at least one of these rules: limit"


def test_who_remains_counts_in_no_goal() -> None:
    """Who remains pays no rent of the plan, prefers nothing, and opens no place."""
    goals = [{"rent": None}, {"prefer": None}, {"locations": None}]
    found = house(flats("B1", 2, rent=500.0), [household("A", 4, home="B1-1", prefers="S1")], *goals)
    assert found.values == [0, 0, 0, 0]


def test_an_overfull_shared_home_may_be_kept_and_not_filled() -> None:
    """Five persons of the list live in a shared unit with three places: both households may stay, nobody may join."""
    homes = [household("A", 3, home="B1-shared"), household("B", 2, home="B1-shared")]
    found = house([shared("B1", 3)], [*homes, household("C", 1)])
    assert found.homes == {"A": "B1-shared", "B": "B1-shared", "C": ""}
    assert found.values == [5]


def test_two_households_cannot_swap_into_one_flat() -> None:
    """Two singles in two flats for one stay apart: one flat never holds both, whatever the rents are."""
    units = [*flats("B1", 1, rent=300.0), {**flats("B1", 1, rent=800.0)[0], "unit_id": "B1-dear"}]
    found = house(units, [household("A", home="B1-1"), household("B", home="B1-dear")], {"rent": None})
    assert sorted(found.homes.values()) == ["B1-1", "B1-dear"]
    assert found.values == [2, 1100]


def test_place_all_is_infeasible_where_somebody_must_remain() -> None:
    """Where everybody must be placed, a home that does not meet the needs is no place, and that is said."""
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 4, home="B1-1")],
                       goals=[{"place": "all"}]))  # fmt: skip
    assert found.status == "infeasible"
    assert found.missing == ["1 household with 4 persons finds no place (such as A)"]
