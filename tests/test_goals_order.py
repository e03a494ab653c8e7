"""The order of the goals: a later one never worsens an earlier one."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest
from drawn import drawn
from oracle import Oracle
from random_worlds import random_world
from tiny import building, flats, household, plan, space, world

GOALS: tuple[dict[str, Any], ...] = ({"place": "persons"}, {"rent": None}, {"prefer": None})


def two_flats(goals: list[dict[str, Any]]) -> dict[str, Any]:
    """A couple that wishes for S2 (700 EUR) and could live in S1 (400 EUR)."""
    units = [*flats("B1", 2, rent=400.0), *flats("B2", 2, rent=700.0)]
    return world([space("S1"), space("S2")], [building("B1"), building("B2", "S2")], units,
                 [household("A", 2, prefers="S2")], goals=goals)  # fmt: skip


@pytest.mark.parametrize(
    ("order", "values"),
    [(("place", "rent", "prefer"), [2, 400, 0]), (("place", "prefer", "rent"), [2, 2, 700]),
     (("rent", "place", "prefer"), [0, 0, 0]), (("rent", "prefer", "place"), [0, 0, 0]),
     (("prefer", "rent", "place"), [2, 700, 2]), (("prefer", "place", "rent"), [2, 2, 700])],
)  # fmt: skip
def test_the_order_decides(order: tuple[str, ...], values: list[float]) -> None:
    """Person, wish and rent in every order: each goal is met as well as the ones before it leave possible."""
    by_name = {next(iter(goal)): goal for goal in GOALS}
    found = plan(two_flats([by_name[name] for name in order]))
    assert found.values == values
    assert found.status == "optimal"


@pytest.mark.parametrize("seed", drawn([3, 11, 12, 29, 54, 61], 3))
def test_later_goals_never_worsen_earlier_ones(seed: int) -> None:
    """With one goal, then two, then three, the values of the first ones stay what they were."""
    tiny = random_world(seed) | {"rules": {}}
    key = {"over": "social_spaces", "key": "residents", "minimise": "sum"}
    goals = [{"place": "persons"}, {"spread": key}, {"rent": None}, {"prefer": None}]
    runs = [plan(tiny | {"goals": goals[:number]}) for number in (1, 2, 4)]
    for shorter, longer in pairwise(runs):
        assert longer.values[: len(shorter.values)] == pytest.approx(shorter.values, abs=1e-5)
        assert longer.defects() == []


def test_every_order_of_goals_agrees_with_brute_force() -> None:
    """All six orders of three goals in one random world are as good as the best of all allocations in that order."""
    tiny = random_world(21) | {"rules": {}}
    for goals in permutations(GOALS):
        ordered = tiny | {"goals": list(goals)}
        assert plan(ordered).values == pytest.approx(Oracle(ordered).best())


def test_the_same_goal_twice_changes_nothing() -> None:
    """Asking for the lowest rent once more costs nothing and gives the same value."""
    assert plan(two_flats([{"place": "persons"}, {"rent": None}, {"rent": None}])).values == [2, 400, 400]
