"""The single change that a household without a place is told of is enough, and is told in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import TinyPlan, building, flats, household, plan, shared, space, world

from allocator.explain.changes import Change, made
from allocator.explain.smallest import smallest_changes
from allocator.explain.telling import WORDS, told_change
from allocator.goals.base import Stage
from allocator.goals.place import Place
from allocator.rules.primitives import Forbid
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import solve

EXACT = SolveOptions(gap=0, seconds=30, seed=1)
HOUSEHOLDS = [Stage(((Place(what="households"), 1.0),))]


class EverybodyElseStays:
    """A rule that leaves all households but one where a plan has them."""

    rule, soft, is_soft = "stays", None, False

    def __init__(self, units: np.ndarray, but: int) -> None:
        self.units, self.but = units, but

    def limits(self, situation: Situation) -> list[Forbid]:
        """One forbid, which tells all households and all units apart."""
        numbers = np.arange(len(situation.persons)), np.arange(len(situation.shared))
        return [Forbid(numbers[:1], numbers[1:], lambda h, u: (self.units[h] == u) | (h == self.but))]


def enough(found: TinyPlan, one: int, change: Change) -> bool:
    """Whether the household finds a place with the change made and everybody else where the plan has them."""
    unit_of = found.solution.unit_of
    lives_in = np.where(unit_of >= 0, unit_of, found.situation.unsuitable_home)
    situation, rules = made(found.situation, found.rules, change)
    position = situation.city.units["unit_id"].tolist().index
    ids = found.situation.city.units["unit_id"].tolist()
    homes = np.array([position(ids[unit]) if unit >= 0 else -1 for unit in lives_in])
    mine = np.where(np.arange(len(homes)) == one, 1.0, 0.0)
    situation = replace(situation, households=situation.households.assign(priority=mine))
    again = solve(situation, {**rules, "others-stay": EverybodyElseStays(homes, one)}, HOUSEHOLDS, EXACT)
    return again.unit_of is not None and bool(again.unit_of[one] >= 0)


def more_are_housed(found: TinyPlan, change: Change) -> bool:
    """Whether more persons find a place in a plan made anew with the change, placing people being the only goal."""
    situation, rules = made(found.situation, found.rules, change)
    goal = [stage for stage in found.stages[:1] if stage.goals[0][0].goal == "place" and len(stage.goals) == 1]
    if not goal or goal[0].goals[0][0].demands_everybody:
        return True
    before, after = (solve(s, r, goal, EXACT).stages[0].value for s, r in (
        (found.situation, found.rules), (situation, rules)))  # fmt: skip
    return after > before


def unconfirmed(seed: int) -> list[str]:
    """Every change of a random world that is not enough by itself."""
    found = plan(random_world(seed))
    if found.solution.unit_of is None:
        return []
    changes = smallest_changes(found.situation, found.rules, found.solution.unit_of)
    told = {one: told_change(change, found.situation, found.rules, "de") for one, change in changes.items()}
    wrong = [told[one] for one, change in changes.items() if change and not enough(found, one, change)]
    first = next((change for change in changes.values() if change), None)
    return wrong if first is None or more_are_housed(found, first) else [*wrong, "nobody more is housed"]


@pytest.mark.parametrize("start", drawn(range(0, 30, 6), 1))
def test_every_change_is_enough(start: int) -> None:
    """In random worlds every change places its household with everybody else where they are, and more in a new plan."""
    assert {seed: bad for seed in range(start, start + 6) if (bad := unconfirmed(seed))} == {}


@pytest.mark.slow
@pytest.mark.parametrize("start", range(2000, 2300, 50))
def test_every_change_is_enough_in_many_worlds(start: int) -> None:
    """In three hundred further random worlds every change is enough."""
    assert {seed: bad for seed in range(start, start + 50) if (bad := unconfirmed(seed))} == {}


def told(found: TinyPlan, language: str = "en") -> str:
    """What the only household without a place is told."""
    ((_, change),) = smallest_changes(found.situation, found.rules, found.solution.unit_of).items()
    return told_change(change, found.situation, found.rules, language)


def one_house(units: list, *households: dict, **rules: dict) -> TinyPlan:
    """Some units in one building of one social space."""
    return plan(world([space("S1")], [building("B1", site_id="T1")], units, households, rules,
                      sites=[{"site_id": "T1", "name": "Lindenhof"}]))  # fmt: skip


FIFTY = {"rule": "cap", "count": "persons", "per": "site", "at_most": 50}


def test_a_cap_says_how_many_it_would_have_to_allow_and_where() -> None:
    """48 live at Lindenhof, six more would make 54; there is room for sixty."""
    found = one_house([shared("B1", 60, 48)], household("A", 6), **{"fifty-per-site": FIFTY})
    assert told(found) == "would fit if rule 'At most 50 persons per site' (fifty-per-site) allowed 54 persons at Lindenhof [T1]"
    assert told(found, "de") == (
        "hätte einen Platz, wenn Regel „Höchstens 50 Personen je Standort“ (fifty-per-site) bei Lindenhof [T1] 54 Personen zuließe"
    )


def test_a_share_is_told_rounded_up_so_that_it_is_enough() -> None:
    """Three of 103 are 2.9127 percent: 2.92 percent is what is told."""
    found = one_house(flats("B1", 3), household("A", 3),
                      few={"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.02})  # fmt: skip
    assert told(found) == "would fit if rule 'At most 2 % of those who live in one social space are refugees' (few) allowed 2.92 % at S1"


@pytest.mark.parametrize(
    ("units", "needs", "sentence"),
    [
        (flats("B1", 3), {"persons": 8}, "would fit if B1-1 in S1 had 5 more places (8 in all)"),
        (flats("B1", 2, rent=620.0), {"max_rent": 500.0},
         "would fit if it might pay 620 EUR a month instead of 500 EUR (B1-1 in S1)"),
        (flats("B1", 2), {"accessible": True}, "would fit if B1-1 in S1 were made accessible"),
        (flats("B1", 3, rent=620.0), {"persons": 4, "max_rent": 500.0},
         "no single change of a rule, a rent or a flat would be enough"),
    ],
)  # fmt: skip
def test_needs_are_told_as_what_a_unit_would_have_to_be(units: list, needs: dict, sentence: str) -> None:
    """Size, rent and access, each alone; two at once are no single change."""
    assert told(one_house(units, household("A", **needs))) == sentence


def test_where_all_is_taken_one_more_flat_is_named() -> None:
    """One flat, two households: the smaller one would need another flat."""
    found = one_house(flats("B1", 3), household("A", 3), household("B", 1))
    assert told(found) == "would fit if there were one more flat like B1-1 in S1"


def test_a_rule_on_pairs_is_told_as_an_exception() -> None:
    """Only cheap flats take anybody, and the only flat is dear."""
    found = one_house(flats("B1", 3, rent=900.0), household("A", 3),
                      cheap={"rule": "only", "where": {"rent": {"at_most": 600}}})  # fmt: skip
    assert told(found) == (
        "would fit if rule 'Only places take people where rent at most 600' (cheap) made an exception for this household in "
        "B1-1 in S1"
    )


def test_what_is_wider_at_one_place_is_as_it_was_at_all_others() -> None:
    """The change names Lindenhof alone; the rule at other sites stays as it is."""
    found = one_house([shared("B1", 60, 48)], household("A", 6), **{"fifty-per-site": FIFTY})
    _, rules = made(found.situation, found.rules, Change("limit", "fifty-per-site", "T2", 4.0))
    same = [limit.limit.tolist() for limit in rules["fifty-per-site"].limits(found.situation)]
    assert same == [[limit.limit.tolist()[0]] for limit in found.rules["fifty-per-site"].limits(found.situation)]


def test_both_languages_have_the_same_sentences() -> None:
    """German and English have the same keys."""
    assert set(WORDS["de"]) == set(WORDS["en"])
