"""Relaxations without flows of children: sets of full facilities say all that the flows say, and their prices are prices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import pytest
from array_road import solve_arrays
from drawn import drawn
from scipy import sparse
from test_solve_knapsacks import soft_town
from test_solve_sifting import school_world
from tightest import tightest
from tiny import building, facility, flats, household, model_of, space, world

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve.late import without_late
from allocator.solve.sifting import Memory, dual_bound, sifted
from allocator.solve.without_flows import WithoutFlows

EXACT = SolveOptions(gap=0)
SEEDS = drawn(range(860, 900), 8)


def road(seed: int, **changes: Any) -> dict[str, Any]:
    """Houses and schools along a road, of which each house reaches some; fewer seats than children, some without limit."""
    draw = np.random.default_rng(seed)
    houses = [building(f"B{i}", x=float(x)) for i, x in enumerate(draw.integers(0, 1500, 5))]
    units = [
        row | {"rent": float(rent)} for house, rent in zip(houses, draw.integers(200, 900, 5), strict=True)
        for row in flats(house["building_id"], 6, 6)
    ]  # fmt: skip
    people = [household(f"H{i}", 6, children_school=int(n), children_kita=int(k))
              for i, (n, k) in enumerate(draw.integers(0, 3, (7, 2)))]  # fmt: skip
    seats = [None if draw.random() < 0.1 else int(n) for n in draw.integers(0, 4, 6)]
    schools = [facility(f"F{i}", "school" if i < 4 else "kita", seats=float("nan") if n is None else n, x=float(draw.integers(0, 1500)))
               for i, n in enumerate(seats)]  # fmt: skip
    rules = {kind: {"rule": "seats", "kind": kind, "within": 400, "soft": 5} for kind in ("school", "kita")}
    goals = [{"place": "persons"}, {"keep": "rules"}, {"rent": None}]
    return world([space("S1")], houses, units, people, rules, facilities=schools, goals=goals, **changes)


def relaxed_value(linear: LinearModel, objective: Objective) -> float:
    """The optimum of the relaxation with flows, minimised; NaN without one."""
    status, value, _ = solve_arrays(linear, objective, relaxation=True)
    sign = -1.0 if objective.sense == "max" else 1.0
    return sign * value if status == highspy.HighsModelStatus.kOptimal else float("nan")


def with_placed(linear: LinearModel, persons: float) -> LinearModel:
    """The model with at least so many persons placed: else nobody is placed where that costs."""
    objective = linear.objectives[0]
    return linear.with_rows(objective.cost[None, :], np.array([persons]), np.array([np.inf]), ["placed"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("persons", [12.0, 30.0, 42.0])
def test_sets_of_facilities_say_what_flows_say(seed: int, persons: float) -> None:
    """Bound and plan of the relaxation without flows are those of the one with flows, whatever is minimised."""
    linear = with_placed(without_late(model_of(road(seed)).linear), persons)
    assert len(linear.attendances) == 2
    for objective in linear.objectives[1:]:
        best = relaxed_value(linear, objective)
        found = sifted(linear, objective, EXACT, 10, np.ones(linear.shape[1], dtype=bool))
        assert found is not None
        y, plan = found
        bound, reduced = dual_bound(linear, objective.cost, y)
        assert bound + objective.constant == pytest.approx(best, abs=1e-4)
        assert objective.value(plan) == pytest.approx(best, abs=1e-3)
        activity = linear.matrix @ plan
        assert (activity >= linear.low - 1e-4).all()
        assert (activity <= linear.high + 1e-4).all()
        assert reduced[linear.flows].min(initial=0.0) > -1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_of_any_sets_give_the_same_bound(seed: int) -> None:
    """Whatever the prices of rows and sets, the model with flows has the bound that the one without them has."""
    linear = without_late(model_of(road(seed)).linear)
    objective = linear.objectives[2]
    flows = WithoutFlows(linear, objective.cost)
    draw = np.random.default_rng(seed)
    facilities = [name for one in linear.attendances for name in np.array(linear.row_names)[one.facilities]]
    sets = [frozenset(name for name in facilities if name.startswith(kind) and draw.random() < 0.5)
            for kind in ("full_school", "full_school", "full_kita")]  # fmt: skip
    rows, limits = flows.of_sets(sets) or (None, None)
    assert rows is not None
    low = np.r_[flows.linear.low, np.full(limits.size, -np.inf)]
    matrix = np.vstack([flows.linear.matrix.toarray(), rows.toarray()])
    whole = replace(flows.linear, matrix=matrix, low=low, high=np.r_[flows.linear.high, limits])
    y = draw.normal(size=whole.matrix.shape[0])
    y[-limits.size :] = -np.abs(y[-limits.size :])
    # All children are counted by an equation: its price is what the prices of the sets make of it.
    n = len(linear.attendances)
    at = flows.linear.shape[0] - n
    y[at : at + n] = rows.toarray()[:, -n:].T @ y[-limits.size :]
    y = np.where((y > 0) & ~np.isfinite(whole.low) | (y < 0) & ~np.isfinite(whole.high), 0.0, y)
    here = flows.cost - whole.matrix.T @ y
    there = dual_bound(linear, objective.cost, flows.prices(y))[1]
    follows = np.concatenate([np.r_[one.column, one.unseated] for one in linear.attendances])
    choices = np.setdiff1d(np.arange(linear.shape[1]), follows)
    assert there[choices] == pytest.approx(here[choices], abs=1e-9)


def test_the_set_that_has_too_few_seats_is_found() -> None:
    """Six children, one school of three seats: the row says that three of them are without one, and nothing else is broken."""
    linear = without_late(model_of(school_world()).linear)
    objective = linear.objectives[1]
    flows = WithoutFlows(linear, objective.cost)
    plan = np.zeros(flows.linear.shape[1])
    plan[: linear.choices] = flows.linear.upper[: linear.choices]
    everybody = 6.0
    rows, limits = flows.broken_by(plan) or (None, None)
    assert rows is not None
    assert limits.tolist() == [3.0]
    plan[-2:] = everybody - 3.0, everybody
    assert (rows @ plan <= limits + 1e-9).all()
    plan[-2:] = everybody - 3.5, everybody
    assert (rows @ plan > limits).all()
    assert flows.broken_by(plan) is None  # that row has joined already
    whole = flows.plan(plan)
    one = linear.attendances[0]
    assert whole[one.column].sum() == pytest.approx(3.0, abs=1e-5)
    assert whole[one.unseated].sum() == pytest.approx(everybody - 3.0, abs=1e-5)


def test_two_quarters_break_two_rows() -> None:
    """Where two schools far from each other are both too small, each has a row of its own beside the one of both."""
    houses = [building("B1", x=0.0), building("B2", x=5000.0)]
    schools = [facility("F1", "school", seats=1, x=0.0), facility("F2", "school", seats=1, x=5000.0)]
    people = [household(name, 4, children_school=2) for name in "AB"]
    rules = {"seats": {"rule": "seats", "kind": "school", "within": 500, "soft": 5}}
    linear = without_late(model_of(world([space("S1")], houses, [*flats("B1", 4), *flats("B2", 4)], people, rules,
                                         facilities=schools, goals=[{"place": "persons"}, {"keep": "rules"}])).linear)  # fmt: skip
    flows = WithoutFlows(linear, linear.objectives[1].cost)
    plan = np.zeros(flows.linear.shape[1])
    plan[: linear.choices] = flows.linear.upper[: linear.choices]
    rows, limits = flows.broken_by(plan) or (None, None)
    assert rows is not None
    assert sorted(limits.tolist()) == [1.0, 1.0, 2.0]


def test_goals_that_look_at_flows_keep_them() -> None:
    """Where a flow has a price the model stays as it is; without any seats there is nothing to leave out."""
    linear = without_late(model_of(school_world()).linear)
    cost = np.zeros(linear.shape[1])
    cost[linear.attendances[0].column[0]] = 1.0
    assert WithoutFlows(linear, cost).linear is linear
    empty = world([space("S1")], [building("B1")], flats("B1", 4), [household("A", 4)], goals=[{"place": "persons"}])
    without = model_of(empty).linear
    flows = WithoutFlows(without, without.objectives[0].cost)
    assert flows.linear is without
    assert flows.of_sets([]) is None
    assert flows.broken_by(np.zeros(without.shape[1])) is None


def test_full_facilities_are_remembered_for_the_next_goal() -> None:
    """The sets that had a price are in the memory by the names of their rows, and one that is unknown does no harm."""
    linear = without_late(model_of(school_world()).linear)
    linear = with_placed(linear, 12.0)
    memory = Memory(full=[frozenset({"full_seats(nowhere)"})])
    found = sifted(linear, linear.objectives[1], EXACT, 10, np.ones(linear.shape[1], dtype=bool), memory)
    assert found is not None
    assert memory.full == [frozenset({"full_seats(F1)"})]


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_over_sets_are_bounds_too(seed: int) -> None:
    """With seats as sets and cuts of whole numbers the bound is no worse than the relaxation's, and no plan is below it."""
    linear = with_placed(without_late(model_of(road(seed)).linear), 30.0)
    for objective in linear.objectives[1:]:
        status, best, x = solve_arrays(linear, objective)
        if status != highspy.HighsModelStatus.kOptimal:
            continue
        found = tightest(linear, objective, EXACT, 10, x > 1e-9)
        assert found is not None
        assert relaxed_value(linear, objective) - 1e-4 <= found.bound + objective.constant <= best + 1e-6


def test_rows_that_are_left_out_leave_flows_where_they_are() -> None:
    """A model without some rows has its groups and facilities at new positions, or no flows where one of them is gone."""
    linear = model_of(school_world()).linear
    one = linear.attendances[0]
    left_out = np.zeros(linear.shape[0], dtype=bool)
    left_out[0] = True
    moved = linear.without_rows(left_out).attendances[0]
    names = np.array(linear.row_names)
    after = np.array(linear.without_rows(left_out).row_names)
    assert after[moved.groups].tolist() == names[one.groups].tolist()
    assert after[moved.facilities].tolist() == names[one.facilities].tolist()
    left_out[one.groups[0]] = True
    assert linear.without_rows(left_out).attendances == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_columns_are_worth_is_the_same_with_flows(seed: int) -> None:
    """Worth given to the columns without flows adds up, over any plan, to what it adds up to over the plan with flows."""
    linear = without_late(model_of(road(seed)).linear)
    flows = WithoutFlows(linear, linear.objectives[1].cost)
    draw = np.random.default_rng(seed)
    plan = np.zeros(flows.linear.shape[1])
    plan[: linear.choices] = np.floor(draw.random(linear.choices) * (flows.linear.upper[: linear.choices] + 1))
    with_flows = flows.plan(plan)
    n = len(linear.attendances)
    plan[-n:] = [(one.children @ with_flows).sum() for one in flows._networks]
    plan[-2 * n : -n] = [with_flows[one.unseated].sum() for one in linear.attendances]
    worth = draw.normal(size=plan.size)
    worth[np.concatenate([one.column for one in linear.attendances])] = 0.0
    worth[np.concatenate([one.unseated for one in linear.attendances])] = 0.0
    assert plan[-2 * n :].sum() > 0
    assert flows.over_model(worth) @ with_flows == pytest.approx(worth @ plan)


def test_cuts_of_the_model_without_flows_hold_with_them() -> None:
    """With the cuts of its relaxation, told in its own columns, a model with flows has the same best plans in whole numbers."""
    more = 0
    for seed in range(100, 125):
        linear = without_late(model_of(soft_town(seed)).linear)
        linear = with_placed(linear, 0.6 * linear.objectives[0].value(solve_arrays(linear, linear.objectives[0])[2]))
        for objective in linear.objectives[1:]:
            status, best, x = solve_arrays(linear, objective)
            if status != highspy.HighsModelStatus.kOptimal:
                continue
            found = tightest(linear, objective, EXACT, 10, x > 0.5, memory := Memory())
            if found is None or memory.cuts is None:
                continue
            more += 1
            rows, high = memory.cuts
            flows = WithoutFlows(linear, objective.sign * objective.cost)
            over = sparse.csr_matrix(np.stack([flows.over_model(row.toarray().ravel()) for row in rows]))
            assert (over @ x <= high + 1e-6).all(), seed
            tight = linear.with_rows(over, np.full(high.size, -np.inf), high, ["cut"] * high.size)
            assert solve_arrays(tight, objective)[1] == pytest.approx(best, abs=1e-5), seed
            assert relaxed_value(tight, objective) >= found.bound + objective.constant - 1e-5, seed
    assert more > 4


def test_all_children_are_a_known_number() -> None:
    """What stands for flows has a limit, also where a column that brings no children has none."""
    linear = without_late(model_of(road(861)).linear)
    groups = np.concatenate([one.groups for one in linear.attendances])
    childless = np.flatnonzero(abs(linear.matrix[groups]).sum(axis=0).A1[: linear.choices] == 0)
    upper = linear.upper.copy()
    upper[childless[0]] = np.inf
    linear = replace(linear, upper=upper)
    limits = WithoutFlows(linear, np.zeros(linear.shape[1])).linear.upper[linear.shape[1] :]
    assert np.isfinite(limits).all()
    assert (limits > 0).all()
