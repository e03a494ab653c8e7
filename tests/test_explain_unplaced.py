"""What a household is told about why it found no place is true (the words stand with the rules they name)."""

from __future__ import annotations

import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import TinyPlan, building, flats, household, plan, space, world
from true_reasons import untrue

from allocator.explain.unplaced import unplaced_reasons
from allocator.explain.words import WORDS


@pytest.mark.parametrize("start", drawn(range(0, 30, 6), 1))
def test_every_reason_is_true(start: int) -> None:
    """In random worlds every reason is judged by trying it: who fits where, what is taken, and what would be broken."""
    for seed in range(start, start + 6):
        tiny = random_world(seed)
        found = plan(tiny)
        if found.solution.unit_of is not None:
            assert untrue(tiny, found.homes, found.reasons) == [], seed


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 1300, 50))
def test_every_reason_is_true_in_many_worlds(start: int) -> None:
    """In three hundred further random worlds every reason is true."""
    for seed in range(start, start + 50):
        tiny = random_world(seed)
        found = plan(tiny)
        if found.solution.unit_of is not None:
            assert untrue(tiny, found.homes, found.reasons) == [], seed


def one_house(*goals: dict[str, object], **rules: dict[str, object]) -> TinyPlan:
    """A couple and two flats in one of two social spaces."""
    units = flats("B1", 2, 2, rent=400.0)
    return plan(world([space("S1"), space("S2")], [building("B1")], units, [household("A", 2)], rules, goals))


def test_an_empty_unit_is_not_blamed_on_a_rule() -> None:
    """Where rent comes first and the flat stays empty for it, the order of the goals is the reason, not the spread."""
    even = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 0.5}
    found = one_house({"rent": None}, {"place": "persons"}, even=even)
    assert found.reasons == {"A": "free homes would fit, but more important goals, or the time limit, left them empty"}


def test_all_limits_that_keep_a_household_out_are_named() -> None:
    """A cap of none and a spread that would break are both named."""
    even = {"rule": "spread", "over": "social_spaces", "key": "residents", "at_most": 0.2}
    none = {"rule": "cap", "count": "households", "per": "city", "at_most": 0}
    assert one_house({"place": "persons"}, none=none, even=even).reasons == {
        "A": "free homes that fit: 2, but each is closed by at least one of these rules: none, even"
    }


def test_soft_rules_keep_nobody_out() -> None:
    """A soft rule is no reason: where it is kept before people are placed, the order of the goals is."""
    none = {"rule": "cap", "count": "persons", "per": "city", "at_most": 0, "soft": 1}
    found = one_house({"keep": "rules"}, {"place": "persons"}, none=none)
    assert found.values == [0, 0]
    assert "more important goals" in found.reasons["A"]


def test_who_would_leave_its_home_is_not_counted_twice() -> None:
    """Four persons remain in a flat for two; a cap of five in the house is no reason against a flat for four there."""
    cap = {"rule": "cap", "count": "persons", "per": "building", "at_most": 5}
    tiny = world([space("S1")], [building("B1")], flats("B1", 2, 4, rent=400.0), [household("A", 4, home="B1-1")],
                 {"cap": cap}, [{"rent": None}, {"place": "persons"}])  # fmt: skip
    found = plan(tiny)
    assert found.homes == {"A": ""}
    assert found.reasons["A"].endswith(
        "free homes would fit, but more important goals, or the time limit, left them empty"
    )


def test_everybody_placed_needs_no_reason() -> None:
    """Where everybody has a unit there is nothing to explain."""
    assert one_house({"place": "persons"}).reasons == {}


def test_reasons_are_told_in_german_too() -> None:
    """Both languages have the same sentences, with the same blanks to fill."""
    assert set(WORDS["de"]) == set(WORDS["en"])
    found = one_house({"rent": None}, {"place": "persons"})
    told = unplaced_reasons(found.situation, found.rules, found.solution.unit_of, "de")
    assert told == {"A": "freie Wohnungen würden passen, aber wichtigere Ziele oder die Zeitgrenze ließen sie leer"}
