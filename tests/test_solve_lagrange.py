"""Prices by a smoothed dual: bounds that hold, how near they come, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from scipy import sparse
from tightest import tightest_prices
from tiny import building, flats, household, model_of, space, started, world

from allocator.model.linear import Block, LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve import lagrange, prices, relaxed
from allocator.solve.completing import completed
from allocator.solve.duals import relaxation
from allocator.solve.everybody import Everybody
from allocator.solve.highs import solve_one
from allocator.solve.lagrange import _definitions, _Dual, smoothed_prices
from allocator.solve.lowering import lowered
from allocator.solve.sifting import Memory, dual_bound
from allocator.solve.ways import Runs, Ways

EXACT = SolveOptions(gap=0)
SEEDS = drawn(range(400, 440), 8)


def goals_with_plans(seed: int) -> list[tuple[LinearModel, Objective, np.ndarray]]:
    """The goals of a random town that depend on somebody, each with a plan that keeps the rows."""
    model, start = started(random_world(seed))
    plans = [(objective, completed(model.linear, objective, start)) for objective in model.linear.objectives]
    return [(model.linear, goal, x) for goal, x in plans if x is not None and goal.cost.any()]


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_and_come_near_the_relaxation(seed: int) -> None:
    """Under all rules and goals: no plan is better than the bound, nor is the relaxation, and that is hardly better."""
    for linear, objective, x in goals_with_plans(seed):
        sign = -1.0 if objective.sense == "max" else 1.0
        found = smoothed_prices(linear, objective, 20, x)
        relaxed = dual_bound(linear, sign * objective.cost, relaxation(linear, objective, EXACT, 30, "simplex")[0])[0]
        best = solve_one(linear, objective, EXACT, 30)
        value = sign * (best.value - objective.constant)
        size = max(1.0, abs(relaxed))
        assert found.bound <= min(relaxed, value) + 1e-6 * size
        assert found.bound >= relaxed - 0.01 * size


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_prices_and_reduced_costs_are_what_the_bound_says(seed: int) -> None:
    """The bound and the reduced costs are those that the row prices give for the model itself, hubs and flows included."""
    for linear, objective, x in goals_with_plans(seed):
        sign = -1.0 if objective.sense == "max" else 1.0
        found = smoothed_prices(linear, objective, 1, x)
        bound, reduced = dual_bound(linear, sign * objective.cost, found.prices)
        assert bound == found.bound
        assert np.array_equal(reduced, found.reduced)
        assert found.reduced[linear.upper > 0].min() > -1e-6 * max(1.0, np.abs(objective.cost).max())


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_gradient_is_that_of_the_value(seed: int) -> None:
    """Along any direction the smoothed dual grows as its gradient says."""
    for linear, objective, x in goals_with_plans(seed):
        ways = Ways.found_in(linear, (-1.0 if objective.sense == "max" else 1.0) * objective.cost)
        dual, draw = _Dual(ways, x), np.random.default_rng(seed)
        y = dual.all_of(np.clip(dual.first() + draw.normal(size=dual.free.size), dual.floor[dual.free], dual.ceiling[dual.free]))
        y[y == 0] = np.where(np.isfinite(dual.high), -0.1, 0.1)[y == 0]  # ranges have an edge at nothing
        smooth = 0.5 * dual.size
        way = draw.normal(size=y.size) * (np.abs(y) > 1e-3)
        step = 1e-6 * dual.size
        ahead, behind = dual.value(y + step * way, smooth)[0], dual.value(y - step * way, smooth)[0]
        assert (ahead - behind) / (2 * step) == pytest.approx(dual.value(y, smooth)[1] @ way, rel=1e-3, abs=1e-2)


def test_the_soft_minimum_by_hand() -> None:
    """Of 1 and 1 the least, smoothed by 1, is 1 - ln 2, shared alike; beside nothing at all a cost of 0 halves."""
    runs = Runs.of(np.array([4, 4, 7]))
    least, shares = runs.softly(np.array([1.0, 1.0, 5.0]), 1.0)
    assert least == pytest.approx([1 - np.log(2), 5.0])
    assert shares == pytest.approx([0.5, 0.5, 1.0])
    assert runs.owner.tolist() == [4, 7]
    least, shares = runs.softly(np.array([0.0, 9e9, -2.0]), 1.0, True)
    assert least == pytest.approx([-np.log(2), -2 - np.log(1 + np.exp(-2))])
    assert shares == pytest.approx([0.5, 0.0, 1 / (1 + np.exp(-2))])
    nobody = Runs.of(np.zeros(0, dtype=int))
    assert [part.size for part in nobody.softly(np.zeros(0), 1.0)] == [0, 0]


def test_prices_that_nobody_pays_are_lowered() -> None:
    """Of a price of 5 for one place of two whose choices cost 2 and 3 too much, 2 are let go; a row in use keeps its price."""
    rows = sparse.csr_matrix(np.array([[1.0, 1, 0], [0, 0, 1]]))
    linear = LinearModel(np.zeros(3), np.ones(3), np.ones(3, dtype=bool), (), rows, np.full(2, -np.inf), np.ones(2),
                         ("a", "b"), blocks=(Block("places", slice(0, 2), elastic=False),), choices=3)  # fmt: skip
    cost = np.array([-3.0, -2.0, -4.0])
    before = np.array([-5.0, -4.0])
    assert dual_bound(linear, cost, before)[0] == -9
    after = lowered(linear, before, dual_bound(linear, cost, before)[1])
    assert after.tolist() == [-3, -4]
    assert dual_bound(linear, cost, after)[0] == -7


def test_what_a_choice_could_let_go_in_two_rows_is_let_go_once() -> None:
    """A choice that costs 4 too much stands in two limits priced at 3: together 4 are let go, not 6, and what earns stays."""
    rows = sparse.csr_matrix(np.array([[1.0, 0], [1, 0], [0, 1]]))
    linear = LinearModel(np.zeros(2), np.ones(2), np.ones(2, dtype=bool), (), rows, np.full(3, -np.inf), np.ones(3),
                         ("a", "b", "c"), blocks=(Block("limits", slice(0, 3), elastic=False),), choices=2)  # fmt: skip
    cost, before = np.array([-2.0, -7.0]), np.array([-3.0, -3.0, -1.0])
    after = lowered(linear, before, dual_bound(linear, cost, before)[1])
    assert after[:2].sum() == pytest.approx(-2.0)
    assert after[2] == -1
    assert dual_bound(linear, cost, after)[0] == pytest.approx(dual_bound(linear, cost, before)[0] + 4)


def test_a_column_of_a_rows_other_side_keeps_its_price() -> None:
    """A limit in which an excess makes room is not lowered: who pays for it is the excess."""
    rows = sparse.csr_matrix(np.array([[1.0, -1.0]]))
    linear = LinearModel(np.zeros(2), np.array([1.0, 9.0]), np.array([True, False]), (), rows, np.array([-np.inf]),
                         np.ones(1), ("a",), blocks=(Block("limits", slice(0, 1), elastic=False),), choices=1)  # fmt: skip
    before = np.array([-3.0])
    assert lowered(linear, before, np.array([2.0, 1.0])).tolist() == [-3.0]


def everybody_counted(low: float, *, twice: float = 2.0) -> LinearModel:
    """Two members of a class, one of whom, by a choice of his own, counts more where `low` is asked for."""
    rows = sparse.csr_matrix(np.array([[1.0, 1, 1], [0, 0, 1], [1, 1, twice]]))
    return LinearModel(np.zeros(3), np.ones(3), np.ones(3, dtype=bool), (), rows, np.array([-np.inf, -np.inf, low]),
                       np.array([2.0, 1, np.inf]), ("class", "own", "asked"), choices=3)  # fmt: skip


def test_rows_are_full_where_all_is_asked_for() -> None:
    """Members who count 1 and 2: where 3 is asked for both rows are full, where 2 is none; a plan of 2.7 needs both too."""
    cost = np.array([4.0, 5, 6])
    for low, asked in ((3.0, 2), (2.7, 2), (2.4, -1), (2.0, -1)):
        linear = everybody_counted(low)
        found = Everybody.found_in(Ways.found_in(linear, cost))
        assert found.asked == asked
        full = found.full(linear)
        assert full.low.tolist() == ([2, 1, -np.inf] if asked >= 0 else linear.low.tolist())
    linear = everybody_counted(3.0)
    found = Everybody.found_in(Ways.found_in(linear, cost))
    assert dict(zip(found.rows.tolist(), found.worth.tolist(), strict=True)) == {0: 1.0, 1: 1.0}
    # Where he counts no more than others, his own row need not be full.
    alike = Everybody.found_in(Ways.found_in(everybody_counted(2.0, twice=1.0), cost))
    assert alike.rows.tolist() == [0]


def test_a_limit_that_counts_half_a_member_is_no_limit_of_members() -> None:
    """Where the row of one member counts half of him, what it is worth is not told by how much it lets in: nothing is full."""
    linear = everybody_counted(3.0)
    rows = linear.matrix.tolil()
    rows[1, 2] = 0.5
    counted = replace(linear, matrix=rows.tocsr(), high=np.array([2.0, 0.5, np.inf]))
    assert Everybody.found_in(Ways.found_in(linear, np.ones(3))).asked == 2
    assert Everybody.found_in(Ways.found_in(counted, np.ones(3))).asked == -1


def test_a_member_who_counts_more_without_a_row_of_his_own_says_nothing() -> None:
    """Where one choice counts more and no limit tells who takes it, not even 4 of 4 makes rows full."""
    rows = sparse.csr_matrix(np.array([[1.0, 1], [1, 2]]))
    linear = LinearModel(np.zeros(2), np.full(2, 2.0), np.ones(2, dtype=bool), (), rows, np.array([-np.inf, 4.0]),
                         np.array([2.0, np.inf]), ("class", "asked"), choices=2)  # fmt: skip
    assert Everybody.found_in(Ways.found_in(linear, np.ones(2))).asked == -1


def test_prices_of_full_rows_are_told_as_prices_of_what_is_asked_for() -> None:
    """Prices of 5 and -1 for full rows become 5 for each of the 3 asked for, 0 and -6: limits have no price above 0."""
    linear, cost = everybody_counted(3.0), np.array([4.0, 5, 6])
    found = Everybody.found_in(Ways.found_in(linear, cost))
    prices = np.array([5.0, -1.0, 0.0])
    told = found.told(prices)
    assert told.tolist() == [0, -6, 5]
    assert dual_bound(linear, cost, told)[0] == dual_bound(found.full(linear), cost, prices)[0]
    below = found.told(np.array([-1.0, -2.0, 0.0]))
    assert below.tolist() == [-1, -2, 0]


def with_all_placed(linear: LinearModel, place: Objective, value: float) -> LinearModel:
    """The model with a row that asks for as many persons as the best plan places."""
    rows = sparse.csr_matrix(place.cost[None, :])
    return linear.with_rows(rows, np.array([value - place.constant]), np.array([np.inf]), ["all"])


@pytest.mark.parametrize("seed", SEEDS)
def test_with_everybody_to_place_bounds_come_as_near(seed: int) -> None:
    """Where a row asks for all whom the best plan places, no plan is better than the bound, the relaxation by a tenth at most."""
    goals = goals_with_plans(seed)
    for given, objective, _ in goals[1:]:
        first = solve_one(given, goals[0][1], EXACT, 30)
        linear = with_all_placed(given, goals[0][1], first.value)
        sign = -1.0 if objective.sense == "max" else 1.0
        found = smoothed_prices(linear, objective, 20, first.x)
        best = solve_one(linear, objective, EXACT, 30, first.x)
        relaxed = dual_bound(linear, sign * objective.cost, relaxation(linear, objective, EXACT, 30, "simplex")[0])[0]
        size = max(1.0, abs(relaxed))
        assert found.bound <= min(relaxed, sign * (best.value - objective.constant)) + 1e-6 * size
        assert found.bound >= relaxed - 0.1 * size


def a_class_with_hubs() -> tuple[LinearModel, Objective]:
    """Two alike households, one of whom wishes to live in the second of two social spaces, by hubs of their class."""
    model = model_of(world(
        [space("S1"), space("S2")], [building("B1", "S1"), building("B2", "S2")], [*flats("B1", 2, 2), *flats("B2", 2, 2)],
        [household("H1", 2, prefers="S2"), household("H2", 2)], goals=[{"place": "persons"}, {"prefer": {}}],
    ))  # fmt: skip
    return model.linear, model.linear.objectives[0]


@pytest.mark.parametrize("model", [lambda: goals_with_plans(416)[-1][:2], a_class_with_hubs])
def test_ways_among_some_columns(model: Callable[[], tuple[LinearModel, Objective]]) -> None:
    """Every owner keeps a column, the first if nothing else; all columns together are what there was before."""
    linear, objective = model()
    ways = Ways.found_in(linear, objective.cost)
    assert (ways.into >= 0).any() == (model is a_class_with_hubs)
    everything = ways.among(np.ones(ways.columns.size, dtype=bool))
    assert np.array_equal(everything.columns, ways.columns)
    assert np.array_equal(everything.into, ways.into)
    least = ways.among(np.zeros(ways.columns.size, dtype=bool))
    for before, after in ((ways.out, least.out), (ways.straight, least.straight), (ways.flows, least.flows)):
        assert np.array_equal(before.owner, after.owner)
        assert after.run.size == before.begin.size
    _, a, b, c, _ = ways.ends
    expected = np.r_[ways.out.begin, a + ways.straight.begin, b + ways.flows.begin, np.arange(c, ways.columns.size)]
    assert np.array_equal(least.columns, ways.columns[expected])
    assert np.array_equal(least.by_column.toarray(), ways.by_column[expected].toarray())
    assert np.array_equal(least.children.toarray(), ways.children[expected[expected < b]].toarray())
    last = np.arange(ways.columns.size) == b - 1
    assert ways.among(last).into[-1] == ways.into[-1]


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_passes_over_few_columns_lose_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With next to no columns from the beginning on bounds hold still, and come near, since more join where they fall."""
    monkeypatch.setattr(lagrange, "FEWER", 1.0)
    monkeypatch.setattr(lagrange, "WIDE", 1e-6)
    monkeypatch.setattr(lagrange, "WIDER", 0.5)
    for linear, objective, x in goals_with_plans(seed):
        sign = -1.0 if objective.sense == "max" else 1.0
        found = smoothed_prices(linear, objective, 20, x)
        relaxed = dual_bound(linear, sign * objective.cost, relaxation(linear, objective, EXACT, 30, "simplex")[0])[0]
        size = max(1.0, abs(relaxed))
        assert relaxed - 0.05 * size <= found.bound <= relaxed + 1e-6 * size


def test_where_the_bound_falls_more_columns_take_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns of the plan always take part; others up to twice as dear each time that the bound falls, and the best stays."""
    linear, objective, x = goals_with_plans(416)[-1]
    taken: list[np.ndarray] = []
    bounds: list[float] = []

    def among(ways: Ways, some: np.ndarray, of: Callable[[Ways, np.ndarray], Ways] = Ways.among) -> Ways:
        assert some[x[ways.columns] > 1e-9].all()
        taken.append(some)
        return of(ways, some)

    def falling(*given: np.ndarray) -> tuple[float, np.ndarray]:
        bound, reduced = dual_bound(*given)
        bounds.append(bound - 1e6 * len(bounds))
        return bounds[-1], reduced

    monkeypatch.setattr(Ways, "among", among)
    monkeypatch.setattr(lagrange, "dual_bound", falling)
    for name, value in (("FEWER", 1.0), ("WIDE", 0.0), ("WIDER", 0.02), ("STAGES", (0.06,) * 12)):
        monkeypatch.setattr(lagrange, name, value)
    assert smoothed_prices(linear, objective, 20, x).bound == bounds[0]
    assert len(taken) == 11
    assert all((after | ~before).all() for before, after in pairwise(taken))
    assert np.count_nonzero(taken[-1]) > np.count_nonzero(taken[0])


def test_definitions_follow_one_another() -> None:
    """A row says what its one unknown column is; then a row that adds that up with another does; a third says nothing new."""
    rows = np.array([[-1.0, 0.0, 0.0], [1.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    told, known = _definitions(sparse.csr_matrix(rows.T), np.array([True, True, True, False]))
    assert (told.tolist(), known.tolist()) in (([0, 1], [0, 1]), ([2, 1], [1, 0]))
    assert [part.tolist() for part in _definitions(sparse.csr_matrix(rows.T), np.zeros(4, dtype=bool))] == [[], []]


def test_a_choice_in_two_hubs_is_not_understood() -> None:
    """Ways over more than one hub are left to others: there are no prices rather than wrong ones."""
    rows = sparse.csr_matrix(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [1.0, 0.0, 0.0]]))
    linear = LinearModel(np.zeros(3), np.ones(3), np.ones(3, dtype=bool), ("a", "b", "c"), rows, np.array([0.0, 0, 0]),
                         np.array([0.0, 0, 1]), ("first", "second", "one"), choices=3)  # fmt: skip
    assert smoothed_prices(linear, Objective("goal", "max", np.ones(3)), 1, np.zeros(3)) is None


def test_no_time_still_gives_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no second for it one pass is made, whose prices bound every plan too, and progress tells that bound."""
    linear, objective, x = goals_with_plans(416)[-1]
    told: list[str] = []
    found = smoothed_prices(linear, objective, 0.0, x, told.append)
    best = solve_one(linear, objective, EXACT, 30)
    sign = -1.0 if objective.sense == "max" else 1.0
    assert found.bound <= sign * (best.value - objective.constant) + 1e-6
    assert len(told) == 1
    assert "by prices" in told[0]
    monkeypatch.setattr(lagrange, "STAGES", (0.06, 0.02))
    further = smoothed_prices(linear, objective, 20, x, told.append)
    assert further.bound >= found.bound
    assert len(told) == 3


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_relaxation_that_begins_with_rough_prices_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bound is that of the relaxation begun without."""
    monkeypatch.setattr(relaxed, "MANY", 2)
    for linear, objective, x in goals_with_plans(seed):
        bounds = []
        for many in (0, 10**9):
            monkeypatch.setattr(prices, "GUESS", many)
            monkeypatch.setattr(prices, "VARIED", 0)
            memory = Memory()
            bounds.append(tightest_prices(linear, objective, SolveOptions(gap=1e-6), 30, x, memory).bound)
        assert bounds[0] == pytest.approx(bounds[1], rel=0.02, abs=0.5)


def test_prices_move_to_where_an_excess_of_two_rows_earns_nothing() -> None:
    """An excess that costs 1 counts in two rows priced at 2 each: the nearest prices have a sum of 1, and so 3 less together."""
    rows = sparse.csr_matrix(np.array([[1.0, -1], [1, -1], [1, 0]]))
    linear = LinearModel(np.zeros(2), np.array([1.0, 50]), np.array([True, False]), (), rows, np.full(3, -np.inf), np.ones(3),
                         ("a", "b", "class"), choices=1)  # fmt: skip
    dual = _Dual(Ways.found_in(linear, np.array([-3.0, 1.0])), np.zeros(2))
    before = np.full(dual.low.size, -2.0)
    after = dual.kept_by_all(before)
    assert dual.of_rest @ after == pytest.approx(1.0)
    assert np.abs(after - before).sum() == pytest.approx(3.0)
