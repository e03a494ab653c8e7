"""What whole numbers make of limits: rounded limits, facets of knapsacks, and how far kept soft rules give way."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn import drawn
from scipy import sparse
from scipy.optimize import linprog
from tightest import tightest
from tiny import TinyPlan, building, facility, flats, household, plan, space, world

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve import carried, highs, relaxed, selection, stages
from allocator.solve.highs import solve_one
from allocator.solve.knapsacks import Knapsacks, facet, most_of, rounded
from allocator.solve.sifting import dual_bound, sifted

EXACT = SolveOptions(gap=0)
SEEDS = drawn(range(500, 540), 8)
NOTHING = -np.inf


def model(
    rows: list[list[float]], high: list[float], low: list[float] | None = None, whole: list[bool] | None = None,
    upper: float | list[float] = 9.0,
) -> LinearModel:  # fmt: skip
    """A model of a few rows as they are written; columns are whole and from 0 to 9 unless said otherwise."""
    matrix = sparse.csr_matrix(np.array(rows, dtype=float))
    n, m = matrix.shape[1], matrix.shape[0]
    return LinearModel(
        np.zeros(n), np.broadcast_to(np.asarray(upper, dtype=float), (n,)).copy(),
        np.array([True] * n if whole is None else whole), [f"x{i}" for i in range(n)], matrix,
        np.array([NOTHING] * m if low is None else low, dtype=float), np.array(high, dtype=float),
        [f"r{i}" for i in range(m)], choices=n,
    )  # fmt: skip


def whole_points(linear: LinearModel) -> np.ndarray:
    """All plans in whole numbers [n_plans, n_columns] of a model with a few columns."""
    points = np.array(list(itertools.product(*[range(int(top) + 1) for top in linear.upper])))
    values = points @ linear.matrix.toarray().T
    return points[((values >= linear.low - 1e-9) & (values <= linear.high + 1e-9)).all(axis=1)]


def fillings(weights: np.ndarray, capacity: int) -> np.ndarray:
    """All whole n with weights · n ≤ capacity [n_fillings, n_weights]."""
    points = np.array(list(itertools.product(*[range(capacity // weight + 1) for weight in weights])))
    return points[points @ weights <= capacity]


def sack(seed: int) -> tuple[np.ndarray, int, np.ndarray]:
    """Weights, a capacity and fractional counts that keep it."""
    draw = np.random.default_rng(seed)
    weights = np.unique(draw.integers(1, 8, draw.integers(2, 5)))
    capacity = int(draw.integers(weights.max(), 16))
    counts = draw.random(weights.size) * 3
    return weights, capacity, counts * min(1.0, capacity / (weights @ counts))


def test_a_limit_ends_at_a_number_of_persons() -> None:
    """0.95 a person and a limit of 139.15 let 146 persons in, which make 138.70."""
    linear = model([[0.95, 1.9, 2.85]], [139.15], upper=100.0)
    assert rounded(linear).high[0] == pytest.approx(138.70)


def test_a_lower_limit_ends_above() -> None:
    """At least 7.5 persons in households of three and six are nine."""
    linear = model([[3.0, 6.0]], [np.inf], low=[7.5])
    assert rounded(linear).low[0] == pytest.approx(9.0)


def test_a_limit_that_is_reached_stays() -> None:
    """Limits at a multiple stay, also where floating point is a hair below or above it."""
    limits = [0.95 * 146 - 1e-10, 0.95 * 146, 0.95 * 146 + 1e-10]
    linear = model([[0.95, 1.9]] * 3, limits, upper=200.0)
    assert rounded(linear).high == pytest.approx([138.7] * 3, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "whole"),
    [([[0.95, 1.9]], [True, False]), ([[1.0, 2**0.5]], [True, True])],
    ids=["a column need not be whole", "no common measure"],
)
def test_other_limits_are_left_alone(rows: list[list[float]], whole: list[bool]) -> None:
    """A row with a column that need not be whole, or without a common measure, keeps its limit."""
    assert rounded(model(rows, [139.15], whole=whole)).high[0] == 139.15


def test_a_closed_column_does_not_count() -> None:
    """A column that is 0 for good does not keep a limit from being rounded."""
    linear = model([[2.0, 0.3]], [7.9], whole=[True, False], upper=[9.0, 0.0])
    assert rounded(linear).high[0] == pytest.approx(6.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_rounding_loses_no_plan(seed: int) -> None:
    """A random model has the same plans in whole numbers before and after."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(-3, 4, (3, 4)) * draw.choice([1.0, 0.5, 0.95], (3, 1))
    low = np.where(draw.random(3) < 0.4, draw.normal(-2, 2, 3), NOTHING)
    linear = model(rows.tolist(), (draw.random(3) * 9).tolist(), low=low.tolist(), upper=3.0)
    assert whole_points(rounded(linear)).tolist() == whole_points(linear).tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_filling_is_the_best_of_all(seed: int) -> None:
    """The largest worth of a knapsack is that of the best of all its fillings, and the filling keeps the capacity."""
    weights, capacity, _ = sack(seed)
    worth = np.random.default_rng(seed + 1).random(weights.size)
    best, point = most_of(weights, worth, capacity)
    assert best == pytest.approx((fillings(weights, capacity) @ worth).max())
    assert weights @ point <= capacity
    assert worth @ point == pytest.approx(best)


@pytest.mark.parametrize("seed", drawn(range(600, 800), 40))
def test_a_facet_is_found_exactly_where_there_is_one(seed: int) -> None:
    """Counts outside the hull of all fillings break the facet, every filling keeps it; counts inside have none."""
    weights, capacity, counts = sack(seed)
    points = fillings(weights, capacity)
    best = linprog(-counts, A_ub=points, b_ub=np.ones(len(points)), bounds=(0, None))
    found = facet(weights, counts, capacity)
    assert (found is not None) == (-best.fun > 1 + 1e-4)
    if found is not None:
        worth, limit = found
        assert (points @ worth).max() <= limit + 1e-9
        assert worth @ counts > limit


def test_two_families_of_three_do_not_share_four_places() -> None:
    """Four places: of two households of three persons one finds room, whatever the fractions say."""
    linear = model([[3.0, 3.0, 1.0]], [4.0], upper=1.0)
    rows, high = Knapsacks(linear).broken_by(np.array([0.8, 0.5, 0.1])) or (None, None)
    assert rows is not None
    assert rows.toarray()[0, 0] == rows.toarray()[0, 1]
    assert (whole_points(linear) @ rows.toarray().T <= high + 1e-9).all()


def test_a_facet_holds_for_columns_that_nobody_chose() -> None:
    """The row counts every column of the model, also those that the fractional plan does not use."""
    linear = model([[3.0, 3.0, 3.0, 2.0]], [4.0], upper=1.0)
    rows, _ = Knapsacks(linear).broken_by(np.array([0.8, 0.5, 0.0, 0.0])) or (None, None)
    assert rows is not None
    assert rows.toarray()[0, 0] == rows.toarray()[0, 2]


@pytest.mark.parametrize(
    "linear",
    [
        model([[3.0, 2.0]], [4.0], whole=[True, False]),
        model([[3.0, -2.0]], [4.0]),
        model([[3.0, 2.0]], [4.0], low=[1.0]),
        model([[3.0, 3.0]], [4.0]),
        model([[3.0, 2.0]], [4000.0]),
    ],
    ids=["not whole", "negative", "two-sided", "one weight", "too large"],
)
def test_other_rows_are_no_knapsacks(linear: LinearModel) -> None:
    """Rows that are no knapsack of whole columns of several weights, or too large, are not looked at."""
    assert Knapsacks(linear).found == []


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_join_leave_every_whole_plan(seed: int) -> None:
    """Whatever the fractional plan, the rows keep all plans in whole numbers of a random model."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(0, 6, (3, 5)) * draw.choice([1.0, 0.95], (3, 1))
    linear = model(rows.tolist(), draw.integers(3, 9, 3).tolist(), upper=2.0)
    for _ in range(20):
        joined = Knapsacks(linear).broken_by(draw.random(5) * 2)
        if joined is not None:
            assert (whole_points(linear) @ joined[0].toarray().T <= joined[1] + 1e-9).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_with_joined_rows_lies_between(seed: int) -> None:
    """The bound is no worse than the relaxation's and never beyond the best plan in whole numbers."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(1, 6, (3, 8)).astype(float)
    linear = rounded(model(rows.tolist(), draw.integers(4, 12, 3).tolist(), upper=2.0))
    objective = Objective("worth", "max", draw.integers(1, 9, 8).astype(float))
    first = np.ones(8, dtype=bool)
    found = tightest(linear, objective, EXACT, 10, first)
    plain = sifted(linear, objective, EXACT, 10, first)
    assert found is not None
    assert plain is not None
    best = float((whole_points(linear) @ objective.cost).max())
    with_rows, without = found.bound, dual_bound(linear, -objective.cost, plain[0])[0]
    assert -best >= with_rows - 1e-6
    assert with_rows >= without - 1e-6


def test_joined_rows_close_a_gap() -> None:
    """Three rooms of four places and families of three: the relaxation places four families, the joined rows three."""
    rows = np.kron(np.eye(3), np.array([[3.0, 3.0, 2.0]]))
    linear = model(rows.tolist(), [4.0] * 3, upper=1.0)
    objective = Objective("families", "max", np.tile([1.0, 1.0, 0.1], 3))
    found = tightest(linear, objective, EXACT, 10, np.ones(9, dtype=bool))
    assert found is not None
    assert found.linear.shape[0] > linear.shape[0]
    assert found.bound == pytest.approx(-3.0)
    assert objective.value(found.plan) == pytest.approx(3.0)


def soft_town(seed: int) -> dict[str, Any]:
    """A town whose three soft rules (flats and persons per building, school seats) can be traded against each other."""
    draw = random.Random(seed)
    houses = [
        building(f"B{i}", draw.choice(["S1", "S2"]), float(draw.randint(0, 300)), float(draw.randint(0, 300)))
        for i in range(4)
    ]
    units = [
        row | {"rent": float(draw.randint(20, 60) * 10)} for house in houses
        for row in flats(house["building_id"], *[draw.randint(2, 5) for _ in range(draw.randint(1, 3))])
    ]  # fmt: skip
    people = []
    for i in range(draw.randint(4, 7)):
        persons = draw.randint(1, 5)
        people.append(household(f"H{i}", persons, children_school=min(draw.randint(0, 2), persons - 1)))
    schools = [
        facility("F1", "school", draw.randint(1, 4), 100, 100),
        facility("F2", "school", draw.randint(0, 3), 200, 250),
    ]
    rules = {
        "flats": {
            "rule": "cap",
            "count": "flats",
            "per": "building",
            "at_most": 1,
            "soft": draw.choice([1.0, 2.0, 3.0]),
        },
        "seats": {"rule": "seats", "kind": "school", "within": 150.0, "soft": draw.choice([1.0, 2.0])},
        "persons": {"rule": "cap", "count": "persons", "per": "building", "at_most": draw.randint(3, 6), "soft": 1.0},
    }
    goals = [{"place": "persons"}, {"keep": "rules"}, {"rent": None}, {"walk": {"to": "school"}}]
    return world([space("S1"), space("S2", district="D2")], houses, units, people, rules, goals, facilities=schools)


@pytest.fixture
def as_if_large(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, float]]:
    """Tiny models are solved like large ones; what was found of soft rules is collected."""
    for module, name, value in ((selection, "SMALL", 2), (relaxed, "MANY", 0), (stages, "SMALL", 0),
                                (highs, "PAST_PULP", 0), (highs, "INSIDE", 0)):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    found: list[dict[str, float]] = []
    largest_excess = carried.largest_excess

    def collected(model: Any, linear: Any, kept: Any, options: Any, seconds: float, x: np.ndarray, memory: Any) -> Any:
        result = largest_excess(model, linear, kept, options, seconds, x, memory)
        for name, most in result.items():
            excess = Objective(name, "max", model.excess[name])
            assert excess.value(x) <= most + 1e-6
            worst = solve_one(replace(linear, late=np.zeros(0, dtype=int)), excess, EXACT, 10)
            assert worst.value is not None
            assert worst.value <= most + 1e-6
        found.append(result)
        return result

    monkeypatch.setattr(carried, "largest_excess", collected)
    return found


def agree(towns: list[dict[str, Any]]) -> tuple[list[TinyPlan], list[TinyPlan]]:
    """The plans of towns solved like large ones, and as they are; the values must be the same."""
    large = [plan(town) for town in towns]
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in ((selection, "SMALL", 800), (stages, "SMALL", 800), (highs, "PAST_PULP", 10**6)):
            patch.setattr(module, name, value)
        small = [plan(town) for town in towns]
    for one, other in zip(large, small, strict=True):
        assert one.status == other.status == "optimal"
        assert one.values == pytest.approx(other.values, abs=1e-5)
        assert one.defects() == []
    return large, small


@pytest.mark.slow
def test_no_plan_that_keeps_the_soft_rules_exceeds_one_more_than_was_found(
    as_if_large: list[dict[str, float]],
) -> None:
    """What is found of a soft rule's excess holds for the worst whole plan, and costs no later goal anything."""
    agree([soft_town(seed) for seed in (2, 24, 29, 73, 119, 147)])
    assert sum(map(bool, as_if_large)) >= 4


@pytest.mark.slow
def test_the_same_in_many_towns(as_if_large: list[dict[str, float]]) -> None:
    """A hundred and fifty towns, solved like large ones and as they are, have the same values in every goal."""
    agree([soft_town(seed) for seed in range(100, 250)])
    assert sum(map(bool, as_if_large)) >= 4


def test_half_a_flat_is_not_traded_for_a_seat(as_if_large: list[dict[str, float]]) -> None:
    """Where no whole plan that keeps the rules' value has a second flat in a building, the fractions are told so too."""
    agree([soft_town(93)])
    assert as_if_large == [{"flats": 0.0}]
