"""Why a household is where it is: what another unit would cost, and what an attribute changed."""

from __future__ import annotations

import random

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import building, flats, household, plan, shared, space, world

from allocator.errors import UsageError
from allocator.explain.household import alternatives, decided_by, wishes
from allocator.explain.values import Values
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import solve
from allocator.verify import count_goals
from allocator.why.ablation import ablate, without
from allocator.why.forced import forced

EXACT = SolveOptions(gap=0, seconds=30, seed=1)


@pytest.mark.parametrize("start", drawn(range(0, 30, 6), 1))
def test_values_of_a_given_plan_are_those_of_the_recount(start: int) -> None:
    """In random worlds every goal counted from primitives is what the recount from plain tables finds."""
    for seed in range(start, start + 6):
        found = plan(random_world(seed))
        if found.solution.unit_of is not None:
            told = Values(found.situation, found.rules, found.stages).of(found.solution.unit_of)
            assert told == pytest.approx(
                count_goals(found.stages, found.ledger, found.rules, found.tallies), abs=1e-6
            ), seed


@pytest.mark.parametrize("start", drawn(range(0, 30, 10), 1))
def test_no_single_move_is_better_than_a_proven_plan(start: int) -> None:
    """In random worlds solved to the end no other unit of any household gains at the first goal that it changes."""
    for seed in range(start, start + 10):
        found = plan(random_world(seed))
        for one in np.flatnonzero(found.solution.unit_of >= 0) if found.status == "optimal" else ():
            for other in alternatives(found.situation, found.rules, found.stages, found.solution.unit_of, int(one)):
                step = decided_by(other)
                assert step is None or other.worse[step] > 0, (seed, one, other)


def rents() -> object:
    """One person, three flats for 300, 400 and 500 EUR, and the goal of low rents."""
    units = [row | {"rent": rent} for row, rent in zip(flats("B1", 1, 1, 1), (300.0, 400.0, 500.0), strict=True)]
    return plan(world([space("S1")], [building("B1")], units, [household("A", prefers="S1")], {},
                      [{"place": "persons"}, {"rent": None}]))  # fmt: skip


def test_the_goal_that_decided_is_named_with_what_the_next_best_costs() -> None:
    """The flat for 400 EUR is next and costs 100 more, then the one for 500; placing people is the same."""
    found = rents()
    others = alternatives(found.situation, found.rules, found.stages, found.solution.unit_of, 0)
    assert [(other.unit, other.worse) for other in others] == [(1, (0.0, 100.0)), (2, (0.0, 200.0))]
    assert decided_by(others[0]) == 1


def test_solved_again_around_another_unit_the_price_is_the_same_where_nobody_else_is_concerned() -> None:
    """In the flat for 500 EUR the plan costs 500 EUR, and the household stays placed."""
    found = rents()
    again = forced(found.situation, found.rules, found.stages, found.solution.unit_of, EXACT, 0, 2)
    assert [stage.value for stage in again.stages] == [1.0, 500.0]
    assert again.unit_of.tolist() == [2]


def test_a_unit_that_a_household_may_not_have_gives_no_plan() -> None:
    """A flat for one person holds no two."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2, 1), [household("A", 2)])
    found = plan(tiny)
    assert forced(found.situation, found.rules, found.stages, found.solution.unit_of, EXACT, 0, 1) is None


def test_a_wish_is_told_by_what_closes_it() -> None:
    """S2 has a flat that fits and is free, closed by a cap of none there; S1 is where the household lives."""
    cap = {"rule": "cap", "count": "persons", "per": "social_space", "at_most": 0, "where": {"status": {"at_least": 5}}}
    tiny = world([space("S1"), space("S2", status=5)], [building("B1"), building("B2", "S2")],
                 [*flats("B1", 2), *flats("B2", 2)], [household("A", 2, prefers="S2;S1")], {"none": cap})  # fmt: skip
    found = plan(tiny)
    here, there = wishes(found.situation, found.rules, found.solution.unit_of, 0)
    assert (there.space, there.fitting, there.free, there.open, there.rules, there.met) == (
        "S2",
        1,
        1,
        0,
        ("none",),
        False,
    )
    assert here.met


def groups(rules: dict) -> dict:
    """Two persons of group a and one of group b, two flats in S1 and one in S2."""
    people = [household("A", group="a"), household("B", group="a"), household("C", group="b")]
    return world([space("S1", 1), space("S2", 1)], [building("B1"), building("B2", "S2")],
                 [*flats("B1", 1, 1), *flats("B2", 1)], people, rules)  # fmt: skip


def test_a_label_that_no_rule_names_cannot_have_mattered() -> None:
    """Without a rule on groups the model is the same without them, and nothing is solved again."""
    found = plan(groups({}))
    result = ablate(found.situation, found.rules, found.stages, found.solution.unit_of, EXACT, "group")
    assert result.same_model
    assert result.changed == ()
    assert result.stages == ()


def test_a_label_that_a_rule_names_is_solved_without() -> None:
    """At most half of S1 may be of one group: with the groups the model is another, and values tell the difference."""
    found = plan(groups({"half": {"rule": "share", "of": "each_group", "per": "social_space", "at_most": 0.4}}))
    result = ablate(found.situation, found.rules, found.stages, found.solution.unit_of, EXACT, "group")
    assert not result.same_model
    assert result.stages[0].value == 3.0
    assert found.values[0] < 3.0
    assert len(result.changed) >= 1


@pytest.mark.parametrize("start", drawn(range(0, 30, 6), 1))
def test_permuted_labels_that_no_rule_names_change_no_home(start: int) -> None:
    """In random worlds whose rules name no group and no wish, these are dealt out anew: everybody lives as before."""
    for seed in range(start, start + 6):
        tiny = random_world(seed)
        used = str(tiny["rules"]) + str(tiny["goals"])
        columns = [name for name, word in (("group", "group"), ("prefers", "prefer")) if word not in used]
        dealt = dict(tiny, households=[dict(row) for row in tiny["households"]])
        draw = random.Random(seed)
        for column in columns:
            values = [row[column] for row in dealt["households"]]
            draw.shuffle(values)
            for row, value in zip(dealt["households"], values, strict=True):
                row[column] = value
        one, other = plan(tiny).solution.unit_of, plan(dealt).solution.unit_of
        assert (one is None and other is None) or np.array_equal(one, other), seed


@pytest.mark.parametrize("column", ["grup", "household_id", "persons"])
def test_an_attribute_that_cannot_be_left_out_is_refused(column: str) -> None:
    """An unknown one with the nearest name; what makes a list a list with a reason."""
    found = plan(groups({}))
    with pytest.raises(UsageError, match="group" if column == "grup" else "there is no plan without"):
        without(found.situation, column)


@pytest.mark.parametrize(
    "column", ["accessible", "max_rent", "priority", "near", "pinned", "arrives", "children_school"]
)
def test_every_other_attribute_can_be_left_out(column: str) -> None:
    """The list without it is a list that can be solved."""
    tiny = world([space("S1")], [building("B1")], [shared("B1", 4)], [household("A", 2), household("B", 1, near="A")])
    found = plan(tiny)
    assert solve(without(found.situation, column), found.rules, found.stages, EXACT).status == "optimal"
