"""Classes: households and units that nothing in a scenario can tell apart; what is merged changes no optimum."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import building, flats, household, model_of, plan, shared, situation_of, space, world

from allocator.model.classes import classify, is_function_of
from allocator.model.reduce import binding
from allocator.model.start import as_columns
from allocator.rules import rule_named
from allocator.rules.primitives import column_codes

PLACE = {"place": "persons"}


def sizes(households: list[dict], rules: dict | None = None, goals: tuple[dict, ...] = (PLACE,)) -> tuple[int, int]:
    """Numbers of household classes and unit classes in two spaces with two houses each, two flats in every house."""
    spaces = [space("S1"), space("S2", status=5)]
    buildings = [building("B1"), building("B2"), building("B3", "S2"), building("B4", "S2")]
    units = [
        flat for i, rent in ((1, 300.0), (2, 300.0), (3, 300.0), (4, 500.0)) for flat in flats(f"B{i}", 2, 2, rent=rent)
    ]
    model = model_of(world(spaces, buildings, units, households, rules, goals))
    return model.size["household_classes"], model.size["unit_classes"]


ALIKE = [
    household("A", group="a", prefers="S1"),
    household("B", group="b", prefers="S2"),
    household("C", group="", rent=1),
]


def test_who_differs_in_nothing_that_is_asked_is_alike() -> None:
    """Groups, wishes and rents that no rule or goal looks at make no classes; flats differ by rent and social space."""
    assert sizes(ALIKE) == (1, 3)


def test_a_rule_tells_apart_what_it_looks_at() -> None:
    """A share for each group (tight enough to bind) makes a class of every group, and of no wish."""
    rule = {"rule": "share", "of": "each_group", "per": "social_space", "at_most": 0.01}
    assert sizes(ALIKE, {"r": rule})[0] == 3
    assert sizes([*ALIKE, household("D", group="a")], {"r": rule})[0] == 3


def test_a_goal_tells_apart_what_it_looks_at() -> None:
    """Wishes make classes where they are a goal."""
    assert sizes(ALIKE, goals=(PLACE, {"prefer": None}))[0] == 3


def test_a_rule_that_cannot_bind_tells_nobody_apart() -> None:
    """Forty per cent of 100 residents cannot be reached by three persons, so groups stay one class."""
    rule = {"rule": "share", "of": "each_group", "per": "social_space", "at_most": 0.4}
    assert sizes(ALIKE, {"r": rule})[0] == 1


def test_a_cap_per_building_tells_buildings_apart() -> None:
    """Four houses that count for themselves are four classes of flats."""
    assert sizes(ALIKE, {"r": {"rule": "cap", "count": "persons", "per": "building", "at_most": 1}})[1] == 4


def test_a_home_of_today_makes_a_household_another() -> None:
    """Who has a home must keep or change one and is told apart from who has none, not from others with a home."""
    homes = [household("A", home="B1-1"), household("B", home="B2-1"), household("C"), household("D")]
    assert sizes(homes)[0] == 2


def test_shared_units_are_classes_of_one() -> None:
    """Two shared units alike in everything stay apart: each has places of its own."""
    units = [shared("B1", 4), shared("B2", 4)]
    assert (
        model_of(world([space("S1")], [building("B1"), building("B2")], units, [household("A")])).size["unit_classes"]
        == 2
    )


def test_classes_are_numbered_by_their_first_member() -> None:
    """Members that agree in every array are one class, missing values included; `first` and `size` describe it."""
    rent = np.array([3.0, np.nan, 3.0, np.nan, 3.0])
    kind = np.array(["x", "x", "x", "x", "y"], dtype=object)
    classes = classify([rent, kind], 5)
    assert classes.of.tolist() == [0, 1, 0, 1, 2]
    assert classes.first.tolist() == [0, 1, 4]
    assert classes.size.tolist() == [2, 2, 1]
    assert is_function_of([rent], classes)
    assert not is_function_of([np.arange(5)], classes)
    assert len(classify([], 0)) == 0


def test_units_with_the_same_places_get_the_same_code() -> None:
    """Columns of a membership are equal if they name the same places with the same weights; none at all is -1."""
    from scipy import sparse

    matrix = sparse.csr_matrix(np.array([[1.0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 2.0]]))
    codes = column_codes(matrix)
    assert codes[0] == codes[1]
    assert codes[4] == -1
    assert len(set(codes.tolist())) == 5


def test_members_keep_their_homes_when_units_are_handed_out() -> None:
    """Three couples alike in three of four flats alike stay where they are: nobody swaps for nothing."""
    homes = [household(f"H{i}", 2, home=f"B1-{i}") for i in (1, 2, 4)]
    for seed in (1, 2, 3):
        found = plan(world([space("S1")], [building("B1")], flats("B1", 2, 2, 2, 2), homes), seed=seed)
        assert found.homes == {"H1": "B1-1", "H2": "B1-2", "H4": "B1-4"}


def test_the_seed_draws_who_of_those_alike_gets_a_place() -> None:
    """One flat for ten singles alike: each seed always chooses the same one, and seeds choose differently."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 1), [household(f"H{i}") for i in range(10)])
    chosen = {seed: [name for name, home in plan(tiny, seed=seed).homes.items() if home] for seed in range(6)}
    assert all(plan(tiny, seed=seed).homes[names[0]] for seed, names in chosen.items())
    assert len({names[0] for names in chosen.values()}) > 1


@pytest.mark.parametrize("seed", drawn([4, 9, 17, 26, 35, 44], 3))
def test_a_plan_written_as_columns_is_worth_the_same(seed: int) -> None:
    """A plan as the columns of a model gives each goal that is a sum over households its value."""
    tiny = random_world(seed) | {"rules": {}, "goals": [PLACE, {"rent": None}, {"prefer": None}]}
    found = plan(tiny)
    for hubs in (True, False):
        model = model_of(tiny, hubs=hubs)
        x = as_columns(model, found.solution.unit_of)
        assert [objective.value(x) for objective in model.linear.objectives] == pytest.approx(found.values)
        activity = model.linear.matrix @ x
        assert ((activity <= model.linear.high + 1e-9) & (activity >= model.linear.low - 1e-9)).all()


def test_rows_that_cannot_bind_are_not_written() -> None:
    """Of caps of three persons in a house with one flat for two and in a house with two, only the second is written."""
    tiny = world(
        [space("S1")], [building("B1"), building("B2")], [*flats("B1", 2), *flats("B2", 2, 2)], [household("A", 2)]
    )
    situation = situation_of(tiny)
    rule = rule_named("cap").model_validate({"count": "persons", "per": "building", "at_most": 3})
    (count,) = rule.limits(situation)
    assert binding(situation, count).labels == ("B2",)
    (none,) = rule_named("cap").model_validate({"count": "persons", "per": "building", "at_most": 4}).limits(situation)
    assert binding(situation, none) is None


def test_a_home_with_more_persons_than_places_still_binds() -> None:
    """Four persons live in a flat for two: a cap of three there is today's excess, and its row is written."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 4, home="B1-1"), household("B", 1)])
    situation = situation_of(tiny)
    (count,) = rule_named("cap").model_validate({"count": "persons", "per": "building", "at_most": 3}).limits(situation)
    assert count.limit.tolist() == [4]
    assert binding(situation, count) is None  # four is all that today's excess allows, and all that can be there


def test_size_tells_what_one_variable_per_pair_would_need() -> None:
    """A hundred singles alike and a hundred flats alike are one column instead of 10,000."""
    people = [household(f"H{i:03}") for i in range(100)]
    size = model_of(world([space("S1")], [building("B1")], flats("B1", *[2] * 100), people)).size
    assert (size["columns"], size["household_classes"], size["unit_classes"]) == (1, 1, 1)
    assert size["household_unit_pairs"] == 10_000


def test_no_households_and_no_units_are_a_model_too() -> None:
    """An empty list of households has the empty plan; without units everybody is told that there is no room."""
    rules = {"r": {"rule": "cap", "count": "persons", "per": {"within": 100.0}, "at_most": 3},
             "s": {"rule": "share", "of": "each_group", "per": "district", "at_most": 0.1, "soft": 1},
             "f": {"rule": "fit", "standard": "nrw"}}  # fmt: skip
    spread = {"spread": {"over": "districts", "key": "residents", "minimise": "largest"}}
    goals = [PLACE, {"keep": "rules"}, spread, {"locations": None}, {"rent": None}]
    empty = plan(world([space("S1")], [building("B1")], flats("B1", 2), [], rules, goals))
    assert (empty.status, empty.values) == ("optimal", [0] * 5)
    homeless = plan(world([space("S1")], [building("B1")], [], [household("A", 2)], rules, goals))
    assert (homeless.status, homeless.reasons) == ("optimal", {"A": "no home has room for 2 persons"})
