"""Programmes over few columns: what they prove together, which columns they may leave out, and the time they have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import pytest
from drawn import drawn
from random_worlds import as_rules, as_stages, random_world
from scipy import sparse
from test_solve_gomory import with_plans
from tightest import tightest, tightest_prices
from tiny import situation_of, started

from allocator.model.build import Model, build_model
from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve import relaxed, selection, sifting, stages
from allocator.solve.completing import completed
from allocator.solve.gomory import Corner
from allocator.solve.highs import Outcome, solve_one
from allocator.solve.relaxed import Prices, prices
from allocator.solve.selection import solve_selected
from allocator.solve.settings import set_up
from allocator.solve.sifting import Memory, sifted
from allocator.solve.stages import solve

AS_IF_LARGE = {"SMALL": 2, "LARGE": 0, "AT_ONCE": 0}
SEEDS = drawn(range(400, 420), 3)


def as_if_large(patch: pytest.MonkeyPatch, **others: object) -> None:
    """Let programmes over few columns begin at two choices."""
    patch.setattr(relaxed, "MANY", 0)
    for name, value in (AS_IF_LARGE | others).items():
        patch.setattr(selection, name, value)


def one_of(cost: np.ndarray) -> tuple[LinearModel, Objective, np.ndarray]:
    """A model that takes one of several choices, what they cost, and the plans [n, n]."""
    ones = np.ones(cost.size)
    linear = LinearModel(0 * ones, ones, ones > 0, [f"x{i}" for i in range(cost.size)], sparse.csr_matrix(ones[None, :]),
                         np.ones(1), np.ones(1), ["one"], choices=cost.size)  # fmt: skip
    return linear, Objective("cost", "min", cost), np.eye(cost.size)


@pytest.mark.parametrize("gap", [0.2, 0.02, 1e-4])
@pytest.mark.parametrize("seed", SEEDS)
def test_columns_beyond_the_gap_are_not_missed(seed: int, gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the columns that no plan better by the gap uses, value and bound still enclose the best value of all plans."""
    as_if_large(monkeypatch)
    model, start = started(random_world(seed))
    for objective in model.linear.objectives:
        exact = solve_one(model.linear, objective, SolveOptions(gap=0), 30)
        if exact.value is None or completed(model.linear, objective, start) is None:
            continue
        found = solve_selected(model.linear, objective, SolveOptions(gap=gap), 30, start)
        sign = -1.0 if objective.sense == "max" else 1.0
        size = 1e-6 * max(1.0, abs(exact.value))
        assert sign * found.bound - size <= sign * exact.value <= sign * found.value + size
        assert found.status in {"optimal", "within_gap"}
        assert abs(found.value - found.bound) <= gap * max(abs(found.value), abs(found.bound)) + size


def test_a_bound_that_was_proven_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a larger programme proves nothing in its time, the bound is what the smaller one before it has proven."""
    as_if_large(monkeypatch, GROWTH=10**6, FURTHER=10**6, RELAXED=(), NEAR=())
    monkeypatch.setattr(Corner, "cuts", lambda *_: None)  # they would leave no gap
    model, start = started(random_world(416))
    objective = model.linear.objectives[4]
    weaker, proven = 1.0, []

    def loose(*arguments: Any) -> Iterator[Prices]:
        for found in prices(*arguments):
            yield replace(found, bound=found.bound - weaker, reduced=found.reduced + weaker)

    def first_only(*arguments: Any) -> Outcome:
        outcome = solve_part(*arguments)
        proven.append(outcome.bound if not proven else -np.inf)
        return replace(outcome, status="stopped", bound=proven[-1])

    solve_part = selection._solve_part
    monkeypatch.setattr(selection, "prices", loose)
    monkeypatch.setattr(selection, "_solve_part", first_only)
    found = solve_selected(model.linear, objective, SolveOptions(gap=1e-9), 60, start)
    plain = tightest_prices(model.linear, objective, SolveOptions(gap=1e-9), 60, completed(model.linear, objective, start))
    assert len(proven) == 2
    assert found.bound == pytest.approx(plain.bound)
    assert found.bound < proven[0]


def test_a_part_is_solved_as_close_as_is_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of 3 whose bound is 1.5: the part to an eighth, a quarter of that distance; what is left then to the gap."""
    as_if_large(monkeypatch, GROWTH=10**6, FURTHER=10**6, RELAXED=(), NEAR=())
    monkeypatch.setattr(Corner, "cuts", lambda *_: None)  # they would leave no gap
    model, start = started(random_world(416))
    objective = model.linear.objectives[4]
    gaps: list[float] = []
    solve_part = selection._solve_part

    def told(*arguments: Any) -> Outcome:
        gaps.append(arguments[2].gap)
        return replace(solve_part(*arguments), status="stopped")

    monkeypatch.setattr(selection, "_solve_part", told)
    found = solve_selected(model.linear, objective, SolveOptions(gap=1e-3), 60, start)
    began = objective.value(completed(model.linear, objective, start))
    plain = tightest_prices(model.linear, objective, SolveOptions(gap=1e-3), 60, completed(model.linear, objective, start))
    assert (began, plain.bound) == (pytest.approx(3), pytest.approx(1.5))
    assert gaps == [pytest.approx(1 / 8), 1e-3]
    assert found.value == pytest.approx(3)


def test_a_column_in_no_steps_is_never_too_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what follows from the better choice costs half its reduced cost: it is not left out for the whole of it."""
    monkeypatch.setattr(selection, "SMALL", 1)
    rows = sparse.csr_matrix([[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, -0.5, 1.0]])
    linear = LinearModel(
        np.zeros(4), np.array([1.0, 1.0, 1.0, np.inf]), np.array([True, True, True, False]),
        ["dear", "as dear", "cheap", "follows"], rows, np.array([1.0, 0.0]), np.array([1.0, np.inf]),
        ["one", "follow"], choices=3,
    )  # fmt: skip
    objective = Objective("cost", "min", np.array([5.0, 5.0, 0.0, 8.0]))
    # True of every plan: 2.89 and the reduced cost of what it uses, 2.2 / 2 of what follows, is at most what it costs.
    given = Prices(np.array([2.1, 0.0, 0.01, 2.2]), 2.89, np.array([1.0, 0.0, 0.0, 0.0]),
                   np.array([True, False, False, False]), linear)  # fmt: skip
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    found = solve_selected(linear, objective, SolveOptions(gap=0), 30, np.array([1.0, 0.0, 0.0, np.nan]))
    assert (found.status, found.value) == ("optimal", pytest.approx(4))


def test_every_run_has_its_own_time() -> None:
    """HiGHS adds up the seconds of all runs: the limit of the next one is what has been used and what it may use."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.addVars(200, np.zeros(200), np.ones(200))
    generator = np.random.default_rng(1)
    for _ in range(200):
        highs.addRow(-highspy.kHighsInf, 5.0, 200, np.arange(200, dtype=np.int32), generator.random(200))
    highs.changeColsCost(200, np.arange(200, dtype=np.int32), -generator.random(200))
    highs.run()
    used = highs.getRunTime()
    assert used > 0
    set_up(highs, SolveOptions(gap=0), 7)
    assert highs.getOptionValue("time_limit")[1] == pytest.approx(used + 7)
    set_up(highs, SolveOptions(gap=0), -1)
    assert highs.getOptionValue("time_limit")[1] > used


@pytest.mark.parametrize(("took", "programmes"), [(0.0, 2), (1e9, 1)], ids=["soon over", "outlasts the time"])
def test_no_programme_is_begun_that_would_outlast_the_time(
    took: float, programmes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a programme over few columns took longer than what is left, a larger one is not begun; its plan stands."""
    as_if_large(monkeypatch, GROWTH=10**6, FURTHER=10**6, RELAXED=(), NEAR=())
    monkeypatch.setattr(Corner, "cuts", lambda *_: None)  # they would leave no gap
    model, start = started(random_world(416))
    objective = model.linear.objectives[4]
    begun: list[int] = []
    solve_part = selection._solve_part

    def stopped(*arguments: Any) -> Outcome:
        begun.append(int(arguments[4].sum()))
        outcome = solve_part(*arguments)
        return replace(outcome, status="stopped", bound=-np.inf if objective.sense == "min" else np.inf, seconds=took)

    monkeypatch.setattr(selection, "_solve_part", stopped)
    outcome = solve_selected(model.linear, objective, SolveOptions(gap=1e-9), 60, start)
    assert len(begun) == programmes
    assert outcome.x is not None


def test_no_round_is_begun_that_would_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a round of forty seconds none is begun with fifty left: a longer one would come to nothing."""
    model, start = started(random_world(408))
    objective = model.linear.objectives[0]
    plan = completed(model.linear, objective, start)
    assert plan is not None
    monkeypatch.setattr(sifting, "MOST", 1)
    rounds: list[float] = []
    solve = sifting._Some.solve

    def counted(some: Any, options: SolveOptions, seconds: float) -> bool:
        rounds.append(seconds)
        return solve(some, options, 60)

    monkeypatch.setattr(sifting._Some, "solve", counted)
    assert sifted(model.linear, objective, SolveOptions(gap=0), 90, plan > 1e-9) is not None
    assert len(rounds) > 1
    rounds.clear()
    left = iter([90.0, 50.0, 50.0, 50.0])
    monkeypatch.setattr(sifting, "time_left", lambda *_: next(left))
    assert sifted(model.linear, objective, SolveOptions(gap=0), 90, plan > 1e-9) is not None
    assert rounds == [90.0]


def test_no_large_programme_is_handed_over_without_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a plan and without time nothing is asked of a large model: handing it over would take minutes."""
    as_if_large(monkeypatch)
    monkeypatch.setattr(selection, "solve_one", lambda *_, **__: pytest.fail("a programme was handed over"))
    model, _ = started(random_world(416))
    found = solve_selected(model.linear, model.linear.objectives[4], SolveOptions(), 0)
    assert (found.status, found.x, found.bound) == ("stopped", None, None)


@pytest.mark.parametrize(("building", "begun"), [(0.0, 3), (0.6, 1)], ids=["soon built", "slowly built"])
def test_no_goal_is_begun_whose_model_would_outlast_the_time(building: float, begun: int) -> None:
    """With less time left than the last model took, later goals are not begun, and the plan so far stands."""
    tiny = random_world(400) | {"goals": [{"place": "persons"}, {"keep": "rules"}, {"rent": {}}]}
    situation, built = situation_of(tiny), []

    def slowly(*arguments: Any, **form: Any) -> Model:
        built.append(1)
        time.sleep(building)
        return build_model(*arguments, **form)

    found = solve(situation, as_rules(tiny), as_stages(tiny), SolveOptions(seconds=1.1), build=slowly)
    assert len(built) == begun
    assert [result.value is None for result in found.stages] == [number >= begun for number in range(3)]
    assert found.unit_of is not None


@pytest.mark.parametrize(("nearby", "looked"), [(10.0, 1), (0.0, 0)], ids=["near enough", "far off"])
def test_nothing_is_looked_for_near_a_plan_that_is_far_off(
    nearby: float, looked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of 3 whose bound is 1.5: whether a better one is looked for beside it depends on how far off is too far."""
    as_if_large(monkeypatch, RELAXED=(), NEAR=(0.5,), NEARBY=nearby)
    monkeypatch.setattr(Corner, "cuts", lambda *_: None)  # they would leave no gap
    model, start = started(random_world(416))
    asked: list[float] = []
    near = selection._near
    monkeypatch.setattr(selection, "_near", lambda *given: (asked.append(given[4].sum()), near(*given))[1])
    solve_selected(model.linear, model.linear.objectives[4], SolveOptions(gap=1e-3), 60, start)
    assert len(asked) == looked


@pytest.mark.parametrize(("more", "tries", "value"), [(False, 1, 10.0005), (True, 3, 10.0)], ids=["last goal", "more goals"])
def test_plans_that_later_goals_keep_are_better_than_they_need_be(
    more: bool, tries: int, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the gap is enough for the last goal; before it, plans are looked for until one is close to the bound."""
    as_if_large(monkeypatch, RELAXED=(1.0, 0.5, 0.4, 0.3), NEAR=(0.5,))
    linear, objective, plans = one_of(np.array([10.0, 10.0003, 10.0005, 12.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    found = iter([plans[2], plans[1], plans[0]])
    asked: list[float] = []
    monkeypatch.setattr(selection, "_near", lambda *told: (asked.append(told[8]), (next(found), True))[1])
    outcome = solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[3], None, Memory(more=more))
    assert outcome.value == pytest.approx(value)
    assert outcome.status in ("optimal", "within_gap")
    assert len(asked) == tries
    assert asked[0] == pytest.approx(10 * (1 + 1e-4 * (selection.AIM if more else 1.0)), abs=1e-7)


def test_cuts_go_on_longer_for_a_value_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too little for the last goal is enough for further cuts where later goals keep the value."""
    for name, value in (("SLOW", 1e9), ("SLOWER", 0.0), ("PATIENCE", 1)):
        monkeypatch.setattr(sifting, name, value)
    asked, cuts = [0, 0], Corner.cuts
    for more in (False, True):
        monkeypatch.setattr(Corner, "cuts", lambda *given, more=more: (asked.__setitem__(more, asked[more] + 1), cuts(*given))[1])
        for linear, objective, _, x in with_plans(range(700, 730)):
            tightest(linear, objective, SolveOptions(gap=1e-3), 10, x > 0.5, Memory(more=more))
    assert 0 < asked[False] < 0.8 * asked[True]


def test_all_goals_but_the_last_know_that_others_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is solved for a goal knows whether its value will be kept."""
    seen: list[bool] = []
    solve_stage = stages._solve_stage
    monkeypatch.setattr(stages, "_solve_stage", lambda *told, first: (seen.append(told[7].more), solve_stage(*told, first=first))[1])
    world = random_world(400)
    wanted = as_stages(world)
    solve(situation_of(world), as_rules(world), wanted, SolveOptions())
    assert len(wanted) > 1
    assert seen == [True] * (len(wanted) - 1) + [False]


@pytest.mark.parametrize(("large", "more", "value"), [
    (0, True, 10.0), (0, False, 10.0005), (10**6, True, 10.0005),
], ids=["to be kept", "last goal", "to be kept, but small"])  # fmt: skip
def test_a_plan_within_the_gap_comes_nearer_only_where_that_helps(
    large: int, more: bool, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the gap is enough, but where later goals of a large model keep the value: then for a quarter of the time."""
    as_if_large(monkeypatch, LARGE=large, RELAXED=(1.0, 0.5), NEAR=(0.5,))
    linear, objective, plans = one_of(np.array([10.0, 10.0005, 12.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    monkeypatch.setattr(selection, "_near", lambda *_: (plans[1], True))
    asked: list[tuple[float, float]] = []
    solve_part = selection._solve_part
    monkeypatch.setattr(selection, "_solve_part", lambda *told: (asked.append((told[2].gap, told[3])), solve_part(*told))[1])
    outcome = solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[2], None, Memory(more=more))
    assert outcome.status in ("optimal", "within_gap")
    assert outcome.value == pytest.approx(value)
    assert len(asked) == (value == 10.0)
    assert all(gap <= 0.25 * 1e-4 and 0 < seconds <= 15 for gap, seconds in asked)


@pytest.mark.parametrize(("more", "value"), [(True, 10.0), (False, 10.0005)], ids=["to be kept", "last goal"])
def test_what_comes_nearer_is_not_left_out(more: bool, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that are too dear to better a plan by the gap still come in where it should come nearer than that."""
    as_if_large(monkeypatch, SMALL=0, RELAXED=(), NEAR=())
    linear, objective, plans = one_of(np.array([10.0, 10.0005, 12.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[1], plans[1] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    outcome = solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[2], None, Memory(more=more))
    assert outcome.value == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize(("found", "more", "tries"), [
    (12.0, False, 6), (10.0015, False, 1), (10.0015, True, 4),
], ids=["far off", "nearly proven", "to be kept"])  # fmt: skip
def test_where_a_proof_is_missing_plans_are_not_looked_for(
    found: float, more: bool, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Near one relaxation alone, and until the last goal's plan is within twice the gap; a value that is kept should be nearer."""
    as_if_large(monkeypatch, RELAXED=(1.0, 0.5, 0.4), NEAR=(0.5,))
    monkeypatch.setattr(selection, "_solve_part", lambda *_: Outcome("stopped", None, None, None, 1e9))
    linear, objective, plans = one_of(np.array([10.0, found, 13.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given, given]))
    asked: list[float] = []
    monkeypatch.setattr(selection, "_near", lambda *told: (asked.append(told[8]), (plans[1], True))[1])
    solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[2], None, Memory(more=more))
    assert len(asked) == tries


def test_without_a_plan_the_last_programme_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the programme over all columns has no plan, that is what is told."""
    as_if_large(monkeypatch, RELAXED=(), NEAR=())
    linear, objective, plans = one_of(np.array([10.0, 11.0, 12.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    monkeypatch.setattr(selection, "_solve_part", lambda *_: Outcome("infeasible", None, None, None, 0.1))
    assert solve_selected(linear, objective, SolveOptions(), 60).status == "infeasible"


@pytest.mark.parametrize(("almost", "sizes"), [(1e9, [3, 30]), (0.0, [3, 5, 9, 17, 30])], ids=["nearly", "far from it"])
def test_what_is_nearly_proven_is_proven_at_once(almost: float, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a plan lacks little of its proof, the second programme has all columns that matter, else only some more."""
    as_if_large(monkeypatch, GROWTH=2, FURTHER=2, LARGE=4, RELAXED=(), NEAR=(), ALMOST=almost)
    ones, binary = np.ones(30), np.ones(30, dtype=bool)
    linear = LinearModel(0 * ones, ones, binary, [f"x{i}" for i in range(30)], sparse.csr_matrix(ones[None, :]),
                         np.ones(1), np.ones(1), ["one"], choices=30)  # fmt: skip
    start = np.eye(30)[0]
    given = Prices(np.linspace(0.0, 0.001, 30)[::-1], 9.0, start, start > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    kept: list[int] = []
    solve_part = selection._solve_part

    def told(*arguments: Any) -> Outcome:
        kept.append(int(arguments[4].sum()))
        return replace(solve_part(*arguments), status="stopped", bound=9.0)

    monkeypatch.setattr(selection, "_solve_part", told)
    solve_selected(linear, Objective("cost", "min", 10 + np.sqrt(np.arange(30.0))), SolveOptions(gap=1e-3), 60, start)
    assert kept == sizes
