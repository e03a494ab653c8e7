"""Large relaxations from a few columns, what follows from a plan, and what one goal leaves for the next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import highspy
import numpy as np
import pytest
from array_road import solve_arrays
from drawn import drawn
from random_worlds import random_world
from scipy import sparse
from test_solve_gomory import with_plans
from tightest import tightest, tightest_prices
from tiny import (
    as_rules,
    as_stages,
    building,
    facility,
    flats,
    household,
    model_of,
    plan,
    situation_of,
    space,
    started,
    world,
)

from allocator.explain.first_come import first_come_first_served
from allocator.model.build import Model, build_model
from allocator.model.linear import LinearModel, Objective
from allocator.model.start import as_columns, mean_the_same, same_columns
from allocator.scenario.solving import SolveOptions
from allocator.solve import relaxed as relaxations
from allocator.solve import selection, sifting, stages
from allocator.solve.carried import Carried
from allocator.solve.completing import completed
from allocator.solve.duals import relaxation
from allocator.solve.grain import step
from allocator.solve.highs import solve_one
from allocator.solve.selection import solve_selected
from allocator.solve.sifting import Memory, dual_bound, places, sifted, sifted_with_cuts
from allocator.solve.stages import solve

EXACT = SolveOptions(gap=0)
SEEDS = drawn(range(340, 352), 3)


def relaxed(linear: LinearModel) -> LinearModel:
    """The same model without whole numbers."""
    return replace(linear, integer=np.zeros(linear.shape[1], dtype=bool))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_few_columns_give_the_relaxation_of_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun with a plan and one column for each row, sifting ends at the optimum of the whole relaxation, as its bound."""
    monkeypatch.setattr("allocator.solve.sifting.MOST", 1)
    model, start = started(random_world(seed))
    for objective in model.linear.objectives:
        x = completed(model.linear, objective, start)
        status, best, _ = solve_arrays(relaxed(model.linear), objective)
        if x is None or status != highspy.HighsModelStatus.kOptimal:
            continue
        sign = -1.0 if objective.sense == "max" else 1.0
        y, plan_of_all = sifted(model.linear, objective, EXACT, 10, x > 1e-9) or (None, None)
        bound, reduced = dual_bound(model.linear, sign * objective.cost, y)
        assert bound + sign * objective.constant == pytest.approx(sign * best, abs=1e-5)
        assert objective.value(plan_of_all) == pytest.approx(best, abs=1e-5)
        assert reduced.shape == (model.linear.shape[1],)


@pytest.mark.parametrize("seed", SEEDS)
def test_sifted_or_not_the_optimum_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole programmes over few columns, priced by sifting, have the values of the model that is solved as it is."""
    tiny = random_world(seed)
    plainly = plan(tiny)
    monkeypatch.setattr(selection, "SMALL", 2)
    monkeypatch.setattr(relaxations, "MANY", 0)
    found = plan(tiny)
    assert found.status == plainly.status
    assert found.values == pytest.approx(plainly.values, abs=1e-5)
    assert found.defects() == []


def test_nothing_is_sought_below_a_known_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first few columns reach a bound that is known already, no other column is looked at."""
    model, start = started(random_world(344))
    objective = model.linear.objectives[0]
    x = completed(model.linear, objective, start)
    sign = -1.0 if objective.sense == "max" else 1.0
    rounds: list[int] = []
    monkeypatch.setattr("allocator.solve.sifting.run", lambda highs: (rounds.append(1), highs.run()))
    sifted(model.linear, objective, EXACT, 10, x > 1e-9, floor=sign * objective.value(x) + 1e9)
    assert len(rounds) == 1


def test_few_columns_without_a_plan_have_no_prices() -> None:
    """Everybody must be placed and no column may be used: there is no relaxation, and all columns are asked instead."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 2)], goals=[{"place": "all"}])
    model = model_of(tiny)
    objective = model.linear.objectives[0]
    closed = replace(model.linear, upper=np.zeros(model.linear.shape[1]))
    assert sifted(closed, objective, EXACT, 5, np.zeros(model.linear.shape[1], dtype=bool)) is None
    assert tightest_prices(model.linear, objective, EXACT, 5, None) is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_from_a_plan_is_what_the_solver_makes_of_it(seed: int) -> None:
    """With who goes where fixed, excess, distances and seats are as good as the solver finds them, row by row."""
    model, start = started(random_world(seed))
    known = ~np.isnan(start)
    lower, upper = (np.where(known, start, bound) for bound in (model.linear.lower, model.linear.upper))
    fixed = replace(model.linear, lower=lower, upper=upper)
    for objective in model.linear.objectives:
        x = completed(model.linear, objective, start)
        theirs = solve_one(fixed, objective, EXACT, 10)
        assert (x is None) == (theirs.x is None)
        if x is None:
            continue
        assert objective.value(x) == pytest.approx(theirs.value, abs=1e-5)
        activity = model.linear.matrix @ x
        assert (activity <= model.linear.high + 1e-5).all()
        assert (activity >= model.linear.low - 1e-5).all()


def test_a_plan_that_breaks_a_row_is_completed_by_nothing() -> None:
    """Two couples in a house for two, or three couples in one flat, are no plan, whatever follows."""
    cap = {"two": {"rule": "cap", "count": "persons", "per": "building", "at_most": 2}}
    tiny = world([space("S1")], [building("B1")], flats("B1", 2, 2), [household("A", 2), household("B", 2)], cap)
    model = model_of(tiny)
    objective = model.linear.objectives[0]
    assert completed(model.linear, objective, as_columns(model, np.array([0, -1]))) is not None
    assert completed(model.linear, objective, as_columns(model, np.array([0, 1]))) is None
    too_many = as_columns(model, np.array([0, -1]))
    too_many[np.flatnonzero(too_many > 0)[0]] = 3.0
    assert completed(model.linear, objective, too_many) is None


def school_world(**changes: Any) -> dict[str, Any]:
    """Three families with two children each, one school with three free seats; a seat is as far as possible a must."""
    rules = {"seats": {"rule": "seats", "kind": "school", "within": 500, "soft": 5}}
    people = [household(name, 4, children_school=2) for name in "ABC"]
    return world([space("S1")], [building("B1")], flats("B1", 4, 4, 4), people, rules,
                 facilities=[facility("F1", "school", seats=3)],
                 goals=[{"place": "persons"}, {"keep": "rules"}], **changes)  # fmt: skip


def test_children_without_a_seat_come_in_whole_numbers() -> None:
    """Flows need not be whole, and yet the price of missing seats has steps: five for each child, so 14.9 is 15."""
    model = model_of(school_world())
    objective = model.linear.objectives[1]
    assert not model.linear.integer[objective.cost != 0].any()
    assert step(model.linear, objective) == 5.0
    assert plan(school_world()).values == [12, 15]


def test_a_target_that_is_reached_ends_the_run() -> None:
    """A plan as good as asked for is enough: the solver stops and says how good it knows it to be."""
    model = model_of(random_world(344))
    objective = model.linear.objectives[0]
    sign = -1.0 if objective.sense == "max" else 1.0
    best = solve_one(model.linear, objective, EXACT, 10)
    assert best.status == "optimal"
    easy = solve_one(model.linear, objective, EXACT, 10, target=sign * best.value + 1e6)
    assert easy.x is not None
    assert sign * easy.value >= sign * best.value - 1e-6


def test_the_columns_of_a_plan_are_found_in_the_model_of_the_next_goal() -> None:
    """A finer model marks, for every column that was used, one that says the same of the first household and unit."""
    tiny = random_world(346)
    situation, rules, stages = situation_of(tiny), as_rules(tiny), as_stages(tiny)
    before, after = build_model(situation, rules, stages[:1]), build_model(situation, rules, stages)
    start = first_come_first_served(situation, rules)
    picked = np.nan_to_num(as_columns(before, start)) > 0.5
    found = same_columns(before, after, picked)
    assert same_columns(before, before, picked).tolist() == picked.tolist()
    places = np.flatnonzero(found[: after.columns.kind.size])
    wanted = np.flatnonzero(picked[: before.columns.kind.size])
    assert 0 < places.size <= wanted.size
    said = {(int(before.columns.kind[one]), int(before.columns.unit[one])) for one in wanted}
    kinds, units = after.columns.kinds.first, after.columns.units.first
    for one in places:
        household_, unit = kinds[after.columns.kind[one]], units[after.columns.unit[one]]
        assert (int(before.columns.kinds.of[household_]), int(before.columns.units.of[unit])) in said


def test_cuts_are_carried_where_columns_mean_the_same() -> None:
    """A goal that tells apart no more than the one before has its columns; one that does has others, and none of its cuts."""
    tiny = random_world(346)
    situation, rules, stages = situation_of(tiny), as_rules(tiny), as_stages(tiny)
    models = [build_model(situation, rules, stages[: number + 1]) for number in range(len(stages))]
    cuts = sparse.csr_matrix(np.ones((1, 3))), np.ones(1)
    seen = set()
    for before, after in pairwise(models):
        carried = Carried(memory=Memory(cuts=cuts), model=before, out=np.zeros(before.linear.shape[1], dtype=bool))
        carried.onto(after, after.linear)
        same = list(before.linear.column_names) == list(after.linear.column_names)
        assert mean_the_same(before, after) == same
        assert (carried.memory.cuts is None) != same
        seen.add(same)
    assert mean_the_same(models[0], build_model(situation, rules, stages[:1]))
    assert seen == {True, False}


def test_what_was_guessed_of_one_goal_is_not_taken_for_the_next() -> None:
    """What columns cost beyond their worth, roughly, is forgotten with the goal, whose columns the next may not have."""
    tiny = random_world(346)
    situation, rules, stages = situation_of(tiny), as_rules(tiny), as_stages(tiny)
    model = build_model(situation, rules, stages)
    carried = Carried(memory=Memory(guessed=np.ones(3), reduced=np.ones(3)))
    carried.onto(model, model.linear)
    assert carried.memory.guessed is None
    assert carried.memory.reduced is None


def test_places_in_rows_follow_the_order_of_columns() -> None:
    """Of columns in an order each row's entries are counted in that order, whatever columns are left out of it."""
    matrix = sparse.csc_matrix(np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 2.0, 2.0, 0.0]]))
    row, column, place = places(matrix, np.array([3, 1, 0]))
    assert sorted(zip(row.tolist(), place.tolist(), column.tolist(), strict=True)) == [(0, 0, 3), (0, 1, 1), (0, 2, 0), (1, 0, 1)]


def test_memory_is_renewed() -> None:
    """After a relaxation the memory holds the columns of its plan."""
    model, start = started(random_world(344))
    objective = model.linear.objectives[0]
    memory = Memory()
    _, x = sifted(model.linear, objective, EXACT, 10, completed(model.linear, objective, start) > 1e-9, memory)
    assert memory.columns.tolist() == (x > 1e-9).tolist()


def test_a_run_that_finds_nothing_in_time_has_the_plan_it_began_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices and plans come to nothing: what is returned is the start, with its true value, and it says stopped."""
    monkeypatch.setattr(selection, "SMALL", 0)
    model, start = started(random_world(344))
    objective = model.linear.objectives[0]
    nothing = selection.Outcome("stopped", None, None, None, 0.0)
    monkeypatch.setattr(selection, "solve_one", lambda *_, **__: nothing)
    monkeypatch.setattr(selection, "prices", lambda *_, **__: iter(()))
    outcome = solve_selected(model.linear, objective, EXACT, 1.0, start)
    assert outcome.status == "stopped"
    assert outcome.value == pytest.approx(objective.value(completed(model.linear, objective, start)))


def test_everybody_placed_means_that_the_number_is_known() -> None:
    """With priorities of one and two the goal's value is no number of persons; where all are placed it is known all the same.

    Two districts with equal shares and five persons: the chord says that one of them is half a person from its share.
    """
    people = [household("A", 2, priority=2), household("B", 3)]
    tiny = world([space("S1", district_id="D1"), space("S2", district_id="D2")], [building("B1"), building("B2", space_id="S2")],
                 [*flats("B1", 3, 3), *flats("B2", 3, 3)], people,
                 goals=[{"place": "persons"}, {"spread": {"over": "districts", "key": "residents", "minimise": "sum"}}])  # fmt: skip
    seen: list[list[str]] = []
    situation = situation_of(tiny)

    def built(*arguments: Any, **named: Any) -> Model:
        return build_model(*arguments, **named)

    real = selection.solve_one
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            selection,
            "solve_one",
            lambda linear, *a, **k: (seen.append(list(linear.row_names)), real(linear, *a, **k))[1],
        )
        found = solve(situation, as_rules(tiny), as_stages(tiny), EXACT, build=built)
    assert found.status == "optimal"
    assert any(name.startswith("fixed_total") for name in seen[-1])
    assert found.stages[1].value == pytest.approx(1.0)


def test_the_relaxation_of_all_columns_agrees() -> None:
    """The road through PuLP and the one past it have the same prices' worth: the same bound."""
    model, start = started(random_world(347))
    objective = model.linear.objectives[0]
    sign = -1.0 if objective.sense == "max" else 1.0
    x = completed(model.linear, objective, start)
    past, _ = sifted(model.linear, objective, EXACT, 10, x > 1e-9)
    through, _ = relaxation(model.linear, objective, EXACT, 10)
    bounds = [dual_bound(model.linear, sign * objective.cost, y)[0] for y in (past, through)]
    assert bounds[0] == pytest.approx(bounds[1], abs=1e-5)


def test_a_bound_holds_for_every_price() -> None:
    """Whatever the row prices, no plan of the relaxation is below the bound; prices of absent sides count nothing."""
    for seed in range(340, 352):
        linear = model_of(random_world(seed)).linear
        objective: Objective = linear.objectives[-1]
        sign = -1.0 if objective.sense == "max" else 1.0
        status, best, _ = solve_arrays(relaxed(linear), objective)
        if status != highspy.HighsModelStatus.kOptimal:
            continue
        y = np.random.default_rng(seed).normal(size=linear.shape[0])
        assert dual_bound(linear, sign * objective.cost, y)[0] + sign * objective.constant <= sign * best + 1e-6


@pytest.mark.parametrize("seeds", [range(9), pytest.param(range(9, 30), marks=pytest.mark.slow)], ids=["few", "more"])
def test_what_a_goal_excludes_later_goals_do_without(seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    """In some of many worlds a goal that is kept excludes columns; no plan that comes later uses one, nor needs one."""
    monkeypatch.setattr(stages, "SMALL", 0)
    monkeypatch.setattr(selection, "SMALL", 3)
    monkeypatch.setattr(relaxations, "MANY", 0)
    without: list[int] = []
    onto = Carried.onto

    def counted(self: Carried, model: Model, linear: LinearModel) -> LinearModel:
        result = onto(self, model, linear)
        without.append(int(np.count_nonzero(self.out)))
        assert (result.upper[self.out] == 0).all()
        return result

    monkeypatch.setattr(Carried, "onto", counted)
    worlds = [random_world(seed) for seed in seeds]
    selected = [plan(one) for one in worlds]
    assert sum(without) > 0
    monkeypatch.undo()
    for one, found in zip(worlds, selected, strict=True):
        whole = plan(one)
        assert found.status == whole.status
        if whole.status == "optimal":
            assert found.values == pytest.approx(whole.values)
            assert not found.defects()


@pytest.mark.parametrize(("bounds", "more", "whole", "told", "begun"), [
    ((1.0, 2.0, 3.0, 2.5), True, 9.0, [3.0], [9.0, 9.0, 9.0]), ((1.0, 2.0, 1.5, 3.0), True, 9.0, [3.0], [9.0, 9.0, 9.0]),
    ((1.0, 2.0), True, 2.0, [2.0], [9.0]), ((1.0, 1.0 - 1e-12), True, 1.0 - 1e-12, [1.0], [9.0]),
    ((1.0, None, 2.0, None), True, 9.0, [2.0], [9.0, 9.0, 9.0]),
    ((1.0, 2.0, 3.0), False, 9.0, [2.0, 3.0], [9.0, 2.0]), ((1.0, 2.0, 1.5), False, 9.0, [2.0, 2.0], [9.0, 2.0]),
], ids=["last worse", "second worse", "whole", "whole, as good", "two without", "last goal", "last goal, no better"])  # fmt: skip
def test_cuts_are_drawn_again(
    bounds: tuple[float | None, ...], more: bool, whole: float, told: list[float], begun: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is known without cuts is told first; then they are drawn three times for the best, or for the last goal two times."""
    linear, objective, _, x = next(with_plans(range(700, 760)))
    monkeypatch.setattr(sifting, "LARGE", 0)
    real, seeds, first = sifting._sift(linear, objective, EXACT, 10, x > 0.5, None, -np.inf, np.inf, cuts=False), [], []
    row = sparse.csr_matrix(linear.matrix[:1])
    memory = Memory(more=more, cuts=(row, np.array([9.0])))

    def sift(*given: Any, cuts: bool) -> sifting.Sifted | None:
        bound = bounds[len(seeds)]
        seeds.append((given[2].seed, cuts))
        if cuts:
            first.append(memory.cuts[1][0])
            memory.cuts = (row, np.array([-1.0 if bound is None else bound]))
        return None if bound is None else replace(real, bound=bound, whole=bound == whole)

    monkeypatch.setattr(sifting, "_sift", sift)
    rough, *others = sifted_with_cuts(linear, objective, EXACT, 10, x > 0.5, memory)
    assert (rough.bound, rough.rough, [found.bound for found in others]) == (bounds[0], True, pytest.approx(told))
    assert seeds == [(1, False), *((1 + number, True) for number in range(len(bounds) - 1))]
    assert first == begun
    assert memory.cuts[1][0] == pytest.approx(told[-1])


def test_prices_before_cuts_say_that_cuts_are_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large relaxation that cuts can still lift the first prices are rough, and no others."""
    for module, name in ((sifting, "LARGE"), (relaxations, "MANY")):
        monkeypatch.setattr(module, name, 0)
    seen = []
    for linear, objective, _, x in with_plans(range(700, 712)):
        told = [one.rough for one in relaxations.prices(linear, objective, EXACT, 10, x)]
        assert not any(told[1:])
        assert not told[-1]
        seen.append(told[0])
    assert set(seen) == {True, False}


@pytest.mark.parametrize(("longer", "drawn"), [(1.3, 9.0), (0.0, 0.4)], ids=["it would not end", "it had its share"])
def test_cuts_are_not_drawn_again_without_time(longer: float, drawn: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """After cuts that took 40 of 90 seconds none are drawn: the next might not end, or drawing had its share of the time."""
    linear, objective, _, x = next(with_plans(range(700, 760)))
    for name, value in (("LARGE", 0), ("LONGER", longer), ("DRAWN", drawn)):
        monkeypatch.setattr(sifting, name, value)
    real, asked = sifting._sift(linear, objective, EXACT, 10, x > 0.5, None, -np.inf, np.inf, cuts=False), []
    left = iter([90.0, 90.0, 50.0, 50.0])
    monkeypatch.setattr(sifting, "time_left", lambda *_: next(left))
    monkeypatch.setattr(sifting, "_sift", lambda *_, cuts: (asked.append(cuts), replace(real, whole=False))[1])
    tightest(linear, objective, EXACT, 90, x > 0.5, Memory(more=True))
    assert asked == [False, True]


@pytest.mark.parametrize("known", [{"whole": True}, {"bound": -100.0}], ids=["whole", "below what is known"])
def test_no_cuts_where_they_are_of_no_use(known: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A relaxation in whole numbers needs none, nor one that says less than a bound that is known already."""
    monkeypatch.setattr(sifting, "LARGE", 0)
    linear, objective, _, x = next(with_plans(range(700, 760)))
    real = sifting._sift(linear, objective, EXACT, 10, x > 0.5, None, -np.inf, np.inf, cuts=False)
    asked: list[bool] = []
    monkeypatch.setattr(sifting, "_sift", lambda *_, cuts: (asked.append(cuts), replace(real, **{"whole": False} | known))[1])
    tightest(linear, objective, EXACT, 10, x > 0.5, Memory(), -50.0)
    assert asked == [False]
