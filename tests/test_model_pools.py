"""Pools: classes that differ in prices alone share their flows wherever nobody has a better price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from array_road import solve_arrays
from drawn import drawn
from random_worlds import random_world
from tiny import building, flats, household, model_of, plan, space, world

from allocator.model.build import Model
from allocator.model.handout import hand_out
from allocator.model.start import as_columns, same_columns
from allocator.solve.shortcut import bound_without_limits

PLACE, PREFER = {"place": "persons"}, {"prefer": None}
GROUPS = {"rule": "share", "of": "each_group", "per": "social_space", "at_most": 0.01}
FOUR = [space(f"S{i}") for i in range(1, 5)]
HOUSES = [building(f"B{i}", f"S{i}") for i in range(1, 5)]
FLATS = [flat for i in range(1, 5) for flat in flats(f"B{i}", 1, 1)]


def wishing(*wishes: str, **further: Any) -> list[dict[str, Any]]:
    """Households of one person, A, B and so on, with a wish each, "" for none."""
    return [household("ABCDEFGH"[i], prefers=wish, **further) for i, wish in enumerate(wishes)]


def four(households: list[dict[str, Any]], rules: dict | None = None, goals: tuple = (PLACE, PREFER)) -> dict[str, Any]:
    """Four social spaces with one house each, two flats for one person in every house."""
    return world(FOUR, HOUSES, FLATS, households, rules, goals)


def flow_names(model: Model) -> set[str]:
    """Names of the flow columns."""
    columns = model.columns
    return set(model.linear.column_names[columns.kind.size : columns.choices])


def test_only_who_wishes_has_a_flow_of_its_own() -> None:
    """A wishes S1, B wishes S2, C nothing: two flows of their own, and the pool's to where a hub stands for them."""
    model = model_of(four(wishing("S1", "S2", "")))
    assert flow_names(model) == {"flow(A,0)", "flow(B,1)", "pool(B,0)", "pool(A,1)"}


def test_where_nobody_wishes_to_go_no_flow_is_needed() -> None:
    """To S3 and S4 the households come straight to their units; only S1 and S2 have a balance."""
    model = model_of(four(wishing("S1", "S2", "")))
    columns = model.columns
    assert sorted(set(columns.cell_of_place[~columns.through_hub])) == [2, 3]
    assert [name for name in model.linear.row_names if name.startswith("balance")] == ["balance(A,S1)", "balance(A,S2)"]


def test_groups_that_a_rule_counts_are_pools_of_their_own() -> None:
    """Two groups with a share of their own do not mix: each has its flows everywhere, and the wish one more."""
    people = [*wishing("S1", "", group="a"), household("X", group="b"), household("Y", group="b")]
    model = model_of(four(people, {"r": GROUPS}))
    assert len(model.columns.flows.pools) == 2
    assert flow_names(model) == {"flow(A,0)", *(f"pool(A,{cell})" for cell in (1, 2, 3)), "pool(B,0)",
                                 *(f"flow(X,{cell})" for cell in range(4))}  # fmt: skip


def test_two_prices_without_a_common_worst_keep_flows_apart() -> None:
    """A is worth more in S1 by one goal, B by another: nobody is the worst in both, so both have flows there."""
    people = [household("A", prefers="S1"), household("B", priority=3)]
    model = model_of(four(people))
    # Placed, B counts three times everywhere; A has its wish in S1 alone.
    assert flow_names(model) == {"flow(A,0)", *(f"flow(B,{cell})" for cell in range(4)),
                                 *(f"pool(A,{cell})" for cell in (1, 2, 3))}  # fmt: skip


def test_fewer_columns_for_many_wishes() -> None:
    """Eight households with a wish each need 8 flows of their own and 4 of the pool, not 8 · 4."""
    wishes = ["S1", "S2", "S3", "S4", "S1;S2", "S2;S3", "S3;S4", ""]
    model = model_of(four(wishing(*wishes)))
    own = model.columns.flows.of_class >= 0
    assert own.sum() == sum(len(wish.split(";")) for wish in wishes if wish)
    assert (~own).sum() == 4


@pytest.mark.parametrize("wishes", [("S1", "S1", "S1"), ("S1", "S2", ""), ("S1;S2", "S2", "S2"), ("", "", "S4")])
def test_the_plan_meets_as_many_wishes_as_can_be(wishes: tuple[str, ...]) -> None:
    """Two flats in each house: of three who wish S1 two get there, all others where they wish."""
    found = plan(four(wishing(*wishes)))
    assert found.status == "optimal"
    assert not found.defects()
    met = sum(
        bool(wish) and found.homes[one][1] in wish.replace("S", "") for one, wish in zip("ABC", wishes, strict=True)
    )
    assert met == found.values[1] == (2 if wishes == ("S1", "S1", "S1") else sum(map(bool, wishes)))


def test_the_other_sense_takes_the_dearest_as_the_pool() -> None:
    """A weighted step turns the sign of a goal that is to be large; its pools are as exact."""
    goals = (PLACE, {"weighted": [{"prefer": None, "weight": 2}, {"rent": None, "weight": 1}]})
    people = wishing("S1", "S2", "S1", "")
    assert plan(four(people, goals=goals)).values == pytest.approx(plan(four(people, goals=goals), hubs=False).values)


def test_who_comes_by_a_pool_is_one_of_it() -> None:
    """Where the model sends one of the pool, the hand-out takes nobody who has a flow of his own to take."""
    model = model_of(four(wishing("S1", "S2", "", "")))
    x = np.zeros(model.linear.shape[1])
    names = {name: number for number, name in enumerate(model.linear.column_names)}
    for name in ("flow(A,0)", "pool(B,0)", "place(A,B1_1)"):
        x[names[name]] = 2 if name.startswith("place") else 1
    homes = hand_out(model, x, seed=1)
    assert homes[0] in (0, 1)
    assert sum(home in (0, 1) for home in homes.tolist()) == 2
    assert (homes >= 0).sum() == 2


def test_who_lives_there_comes_first_by_the_pool_too() -> None:
    """C lives in B3: of those whom the pool sends to S3 it is C, whatever the draw."""
    people = [
        *wishing("S1", "S2"),
        household("C", home="B3-1"),
        household("D", home="B3-2"),
        household("E", home="B4-1"),
    ]
    for seed in range(5):
        model = model_of(four(people))
        start = np.array([0, 2, 4, 5, 6])
        x = np.nan_to_num(as_columns(model, start))
        homes = hand_out(model, x, seed)
        assert homes[2:].tolist() == [4, 5, 6]


@pytest.mark.parametrize("seed", drawn(range(25), 10))
def test_a_plan_written_as_columns_is_handed_out_with_the_same_value(seed: int) -> None:
    """Columns of the best plan, handed out and written as columns again, are worth no less in any goal."""
    model = model_of(random_world(seed))
    objective = model.linear.objectives[-1]
    status, _, x = solve_arrays(model.linear, objective)
    if "Optimal" not in str(status):
        return
    choices = model.columns.choices
    again = as_columns(model, hand_out(model, x, seed))[:choices]
    change = objective.cost[:choices] @ (again - x[:choices])
    assert (change if objective.sense == "min" else -change) <= 1e-6


@pytest.mark.parametrize("seed", drawn(range(25), 10))
def test_the_bound_without_limits_is_one(seed: int) -> None:
    """No plan is better than where every household goes where that is best."""
    model = model_of(random_world(seed))
    for objective in model.linear.objectives:
        status, value, _ = solve_arrays(model.linear, objective)
        if "Optimal" not in str(status):
            continue
        bound = bound_without_limits(model, objective)
        assert bound >= value - 1e-6 if objective.sense == "max" else bound <= value + 1e-6


def test_columns_of_the_goal_before_are_found_again() -> None:
    """Without wishes there are no flows; a plan of that model is one of the model with wishes, by its pool."""
    people = wishing("S1", "S2", "")
    before, after = model_of(four(people, goals=(PLACE,))), model_of(four(people))
    picked = as_columns(before, np.array([4, 2, 0])) > 0.5
    found = same_columns(before, after, picked)
    assert found[: after.columns.kind.size].sum() == 3
