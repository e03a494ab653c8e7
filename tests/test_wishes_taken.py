"""What each rule takes from wishes: worlds worked out by hand, and the oracle's judgement in random ones."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn import drawn
from oracle import Oracle
from random_worlds import random_world
from tiny import TinyPlan, building, flats, household, plan, shared, situation_of, space, world

from allocator.explain.moving_in import Everybody, moving_in
from allocator.explain.wishes import wishes_taken
from allocator.rules.seats import Seats


def town(households: list[dict[str, Any]], rules: dict[str, Any], *goals: dict[str, Any]) -> TinyPlan:
    """Two flats for two at 300 EUR in S1 (B1), two at 500 EUR in S2 (B2), and one for one person there (B3)."""
    units = [*flats("B1", 2, 2, rent=300.0), *flats("B2", 2, 2, rent=500.0, kind="x"), *flats("B3", 1, rent=500.0)]
    houses = [building("B1"), building("B2", "S2"), building("B3", "S2")]
    return plan(world([space("S1"), space("S2")], houses, units, households, rules, goals or ({"place": "persons"},)))


def taken(found: TinyPlan) -> dict[str, Any]:
    """The indicator, persons only."""
    told = wishes_taken(found.situation, found.rules, found.solution.unit_of)
    by_rule = {name: entry["persons"] for name, entry in told.pop("by_rule").items()}
    return {name: entry["persons"] for name, entry in told.items() if entry["households"]} | {"by_rule": by_rule}


NOT_THERE = {"rule": "only", "where": {"space_id": {"in": ["S1"]}}}
NOBODY_THERE = {"rule": "cap", "count": "persons", "per": "social_space", "at_most": 0,
                "where": {"space_id": {"equals": "S2"}}}  # fmt: skip
TO_S2 = {"prefers": "S2"}


def test_a_rule_that_alone_forbids_the_wished_for_space_takes_the_wish() -> None:
    """Of two couples who wish for S2 one gets a flat there; the other is free, and only one-flat closes it."""
    one_flat = {"rule": "cap", "count": "flats", "per": "building", "at_most": 1}
    found = town([household("A", 2, **TO_S2), household("B", 2, **TO_S2)], {"one-flat": one_flat})
    assert found.values == [4]
    assert taken(found) == {"unmet": 2, "one_rule": 2, "by_rule": {"one-flat": 2}}


def test_what_other_goals_took_is_no_rules_doing() -> None:
    """Where rent comes first a couple lives in S1 although S2 is open; an unwished-for household counts nowhere."""
    found = town([household("A", 2, **TO_S2), household("B", 2)], {"cap": NOBODY_THERE | {"at_most": 2}},
                 {"place": "persons"}, {"rent": None})  # fmt: skip
    assert found.homes["A"].startswith("B1")
    assert taken(found) == {"unmet": 2, "open": 2, "by_rule": {"cap": 0}}


def test_two_rules_against_one_unit_take_nothing_alone() -> None:
    """A space closed by a cap and by a condition would stay closed without either of them."""
    found = town([household("A", 2, **TO_S2)], {"cap": NOBODY_THERE, "only": NOT_THERE})
    assert taken(found) == {"unmet": 2, "several_rules": 2, "by_rule": {"cap": 0, "only": 0}}


def test_each_rule_that_closes_a_unit_alone_is_named() -> None:
    """Flats of kind x are closed by one rule, flats for one person by another; the single stands under both."""
    rules = {
        "no-x": {"rule": "only", "where": {"kind": {"not_in": ["x"]}}},
        "spare": {"rule": "fit", "spare_persons": 1},
        "small": {"rule": "cap", "count": "persons", "per": "building", "at_most": 0,
                  "where": {"building_id": {"equals": "B3"}}},
    }  # fmt: skip
    found = town([household("A", 1, **TO_S2)], rules)
    assert taken(found) == {"unmet": 1, "one_rule": 1, "by_rule": {"no-x": 1, "spare": 0, "small": 1}}


def test_who_is_without_a_place_is_counted_too() -> None:
    """A couple that finds no place at all because S1 is too dear has lost its wish to the rule as well."""
    found = town([household("A", 2, prefers="S1;S9")], {"only": {"rule": "only", "where": {"kind": {"equals": "y"}}}})
    assert found.homes == {"A": ""}
    assert taken(found) == {"unmet": 2, "one_rule": 2, "by_rule": {"only": 2}}


def test_soft_rules_are_looked_at_like_hard_ones() -> None:
    """A soft condition that is kept after all are placed keeps the couple out of S2, and is told."""
    soft = {"only": NOT_THERE | {"soft": 1}}
    found = town([household("A", 2, **TO_S2)], soft, {"place": "persons"}, {"keep": "rules"})
    assert found.homes["A"].startswith("B1")
    assert taken(found) == {"unmet": 2, "one_rule": 2, "by_rule": {"only": 2}}


def test_a_wish_that_no_unit_could_meet_is_taken_by_no_rule() -> None:
    """Four persons find no flat of their size, a pinned couple stays, and a social space that is not there has none."""
    pinned = household("P", 2, home="B1-1", pinned=True, **TO_S2)
    found = town([household("A", 4, **TO_S2), pinned, household("C", 1, prefers="S9")], {"only": NOT_THERE})
    assert taken(found) == {"unmet": 7, "no_unit": 7, "by_rule": {"only": 0}}


def test_its_own_place_is_given_up() -> None:
    """A single in B3 who wishes for S1 makes room nowhere else; the shared unit there is full, the flat is closed."""
    units = [shared("B1", 3, occupied=3), *flats("B2", 2), *flats("B3", 1)]
    houses = [building("B1"), building("B2"), building("B3", "S2")]
    tiny = world([space("S1"), space("S2")], houses, units, [household("A", home="B3-1", prefers="S1")],
                 {"still": {"rule": "moves", "at_most": 0}}, [{"place": "persons"}])  # fmt: skip
    assert taken(plan(tiny)) == {"unmet": 1, "one_rule": 1, "by_rule": {"still": 1}}


def test_a_met_wish_and_an_empty_list_leave_nothing_to_tell() -> None:
    """Who lives where it wishes to is not counted; neither is anybody where nobody wishes."""
    assert taken(town([household("A", 2, **TO_S2)], {}, {"prefer": None})) == {"by_rule": {}}
    assert taken(town([], {"only": NOT_THERE})) == {"by_rule": {"only": 0}}


@pytest.mark.parametrize("seed", drawn(range(40), 6))
def test_the_oracle_agrees(seed: int) -> None:
    """In random worlds with hard rules, households that have no home yet are told what trying each unit shows."""
    tiny = copy.deepcopy(random_world(seed))
    for rule in tiny["rules"].values():
        rule.pop("soft", None)
    found = plan(tiny)
    if found.solution.unit_of is None:
        return
    told = wishes_taken(found.situation, found.rules, found.solution.unit_of)
    expected = by_trying(tiny, found)
    assert {name: told["by_rule"][name]["households"] for name in told["by_rule"]} == expected.pop("by_rule")
    assert {name: told[name]["households"] for name in expected} == expected


def by_trying(tiny: dict[str, Any], found: TinyPlan) -> dict[str, Any]:
    """The same counts by moving each household into each unit of its wish and recounting every rule."""
    oracle = Oracle(tiny)
    counts: dict[str, Any] = dict.fromkeys(("unmet", "open", "one_rule", "several_rules", "no_unit"), 0)
    by_rule = dict.fromkeys(tiny["rules"], 0)
    everybody = [(h, found.homes[h["household_id"]] or remaining(oracle, h), bool(found.homes[h["household_id"]]))
                 for h in oracle.households]  # fmt: skip
    lives = [(h, oracle.units[unit], placed) for h, unit, placed in everybody if unit]
    for h in oracle.households:
        wishes = {part.strip() for part in h["prefers"].split(";") if part.strip()}
        unit = oracle.units.get(found.homes[h["household_id"]])
        if not wishes or (unit is not None and unit["social_space"] in wishes):
            continue
        others = [stay for stay in lives if stay[0] is not h]
        against = []
        for goal in oracle.units.values():
            if goal["social_space"] in wishes and not h["pinned"] and oracle.fits(h, goal) and oracle.on_time(h, goal):
                there = [stay[0]["persons"] for stay in others if stay[1] is goal]
                free = goal["capacity"] - goal["occupied"] - sum(there)
                if (free >= h["persons"]) if goal["shared"] else not there:
                    after = [*others, (h, goal, True)]
                    against.append([name for name, rule in tiny["rules"].items() if broken(oracle, rule, after, lives)])
        alone = {names[0] for names in against if len(names) == 1}
        what = "no_unit" if not against else "open" if [] in against else "one_rule" if alone else "several_rules"
        counts["unmet"] += 1
        counts[what] += 1
        for name in alone if what == "one_rule" else ():
            by_rule[name] += 1
    return counts | {"by_rule": by_rule}


def remaining(oracle: Oracle, h: dict[str, Any]) -> str:
    """The home in which a household remains that found no place."""
    return h["unit_id"] if h["unit_id"] and oracle.on_time(h, oracle.units[h["unit_id"]]) else ""


def broken(oracle: Oracle, rule: dict[str, Any], after: list[Any], before: list[Any]) -> bool:
    """True if a rule is broken in a plan, more than where the household lives now."""
    return oracle.excess(rule, after) > max(1e-6, oracle.excess(rule, before) + 1e-6)


@pytest.mark.parametrize("allowed", [0.0, 1.0, 2.0, 4.0, 99.0])
def test_seats_are_counted_anew_only_where_it_matters(allowed: float) -> None:
    """Whatever more is allowed than today, who would break the rule is who leaves more children without a seat.

    Half of the households have no place; far over and far under the limit no seats are counted for that.
    """
    counted = 0
    for seed in range(8):
        situation, draw = situation_of(random_world(seed)), np.random.default_rng(seed)
        (flow,) = Seats(kind="school", within=300.0).limits(situation)
        families, units = len(flow.children), np.arange(len(situation.shared))
        flow = replace(flow, allowance=allowed, children=draw.integers(0, 4, families).astype(float),
                       seats=draw.integers(0, 4, flow.seats.size).astype(float))  # fmt: skip
        home = np.maximum(draw.integers(-units.size, units.size, families), -1)
        asked = moving_in(Everybody(situation, home, home), flow)
        for one in range(families):
            over = asked.over(one, units)
            asked.known.clear()
            assert asked(one, units).tolist() == np.isin(units, over.unit).tolist(), (seed, one)
            counted += len(asked.known)
    assert (counted == 0) == (allowed == 99)


def test_asking_changes_nothing() -> None:
    """A couple in S1, where two persons are allowed, may go to its other flat, asked once or often: its own two are counted out."""
    two = {"rule": "cap", "count": "persons", "per": "social_space", "at_most": 2}
    found = town([household("A", 2), household("B", 2, **TO_S2)], {"two": two}, {"place": "persons"}, {"prefer": {}})
    (count,) = found.rules["two"].limits(found.situation)
    home = np.asarray(found.solution.unit_of)
    asked = moving_in(Everybody(found.situation, home, home), count)
    units = np.arange(5)
    first = asked(0, units).tolist()
    assert first == [False, False, True, True, True]
    assert asked(0, units).tolist() == first
    assert asked(1, units).tolist() == [True, True, False, False, False]
