"""Plans put together part by part at prices: they keep all rows, come near the best, and place whoever must have a place."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from scipy import sparse
from test_solve_neighbourhoods import breaks, worth
from tiny import building, flats, household, model_of, space, started, world

from allocator.model.linear import LinearModel, Objective
from allocator.model.start import as_columns
from allocator.scenario.solving import SolveOptions
from allocator.solve import parts, prices
from allocator.solve.completing import completed
from allocator.solve.highs import solve_one
from allocator.solve.lagrange import Smoothed, smoothed_prices
from allocator.solve.parts import _City, _solved, put_together

OPTIONS = SolveOptions(gap=1e-4)
SEEDS = drawn(range(400, 430), 6)


def made(linear: LinearModel, objective: Objective, before: np.ndarray, told: list[str] | None = None) -> np.ndarray | None:
    """The plan that is put together from the prices that a plan gives."""
    priced = smoothed_prices(linear, objective, 20, before)
    return put_together(linear, objective, OPTIONS, 20, priced, None if told is None else told.append)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("households", [2_500, 3])
def test_plans_keep_all_rows(seed: int, households: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under all rules and goals, as one part or as many: what comes is a plan, none is better than the best."""
    monkeypatch.setattr(parts, "HOUSEHOLDS", households)
    monkeypatch.setattr(parts, "TOGETHER", 1)
    model, start = started(random_world(seed))
    linear = model.linear
    for objective in linear.objectives:
        before = completed(linear, objective, start)
        if before is None or not objective.cost.any():
            continue
        after = made(linear, objective, before)
        if after is None:
            continue
        best = solve_one(linear, objective, SolveOptions(gap=0), 30)
        assert breaks(linear, after) < 1e-6
        assert worth(objective, after) >= worth(objective, best.x) - 1e-5


def street(pairs: int) -> LinearModel:
    """So many social spaces, each with a cheap and a dear flat, and two households for each, all to be placed, then rent."""
    return model_of(world(
        [space(f"S{number}") for number in range(pairs)],
        [building(f"{kind}{number}", f"S{number}") for number in range(pairs) for kind in "CD"],
        [unit for number in range(pairs) for unit in
         (*flats(f"C{number}", 2, rent=300 + number), *flats(f"D{number}", 3, rent=500 + number))],
        [household(f"H{number}", 1 + number % 3) for number in range(2 * pairs)],
        goals=[{"place": "persons"}, {"rent": {}}],
    ))  # fmt: skip


@pytest.mark.parametrize(("slow", "turns"), [(0.8, 1), (0.0, 4)])
def test_where_parts_take_too_long_none_is_made(slow: float, turns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four parts that take 0.8 s each do not fit into 2 s: after the first there is no plan, so that others have the time."""
    monkeypatch.setattr(parts, "HOUSEHOLDS", 6)
    model = street(12)
    rent = model.linear.objectives[1]
    nobody = completed(model.linear, rent, as_columns(model, np.full(24, -1)))
    priced = smoothed_prices(model.linear, rent, 5, nobody)
    seen: list[int] = []

    def place(_: _City, cells: np.ndarray, *__: object, **___: object) -> None:
        seen.append(cells.size)
        time.sleep(slow)

    monkeypatch.setattr(_City, "place", place)
    monkeypatch.setattr(parts, "LEFT_OUT", parts.LEFT_OUT[:1])
    monkeypatch.setattr(parts, "FURTHER", 0)
    monkeypatch.setattr(_City, "parts", lambda *_: np.arange(12) // 3)
    assert (put_together(model.linear, rent, OPTIONS, 2.0, priced) is None) == (slow > 0)
    assert len(seen) == turns


@pytest.mark.parametrize("households", [2_500, 6])
def test_a_town_is_put_together_as_it_is_best(households: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve streets with just enough flats: in one part or in four everybody has a place, at the least rent or nearly so."""
    monkeypatch.setattr(parts, "HOUSEHOLDS", households)
    monkeypatch.setattr(parts, "TOGETHER", 1)
    model = street(12)
    place, rent = model.linear.objectives
    placed = solve_one(model.linear, place, SolveOptions(gap=0), 30)
    kept = model.linear.with_rows(sparse.csr_matrix(place.cost[None, :]), np.array([placed.value - 0.4]), np.array([np.inf]), ["kept"])
    told: list[str] = []
    found = made(kept, rent, placed.x, told)
    best = solve_one(kept, rent, SolveOptions(gap=0), 30)
    assert breaks(kept, found) < 1e-6
    assert rent.value(found) <= 1.01 * best.value
    assert told
    assert "0 households without a place yet" in told[-1]


def test_no_time_and_no_social_spaces_make_no_plan() -> None:
    """With no second for it nobody is placed, and where nobody says in which social space a choice ends there is no plan."""
    model = street(3)
    rent = model.linear.objectives[1]
    nobody = completed(model.linear, rent, as_columns(model, np.full(6, -1)))
    priced = smoothed_prices(model.linear, rent, 5, nobody)
    assert rent.value(put_together(model.linear, rent, OPTIONS, 0.0, priced)) == 0
    assert put_together(replace(model.linear, cells=np.zeros(0, dtype=int)), rent, OPTIONS, 5, priced) is None


def test_parts_hold_all_social_spaces_once_and_are_drawn_anew() -> None:
    """Neighbouring numbers make a part at first; later blocks of them are drawn by a generator, again the same by the same."""
    model = street(24)
    rent = model.linear.objectives[1]
    nobody = completed(model.linear, rent, as_columns(model, np.full(48, -1)))
    city = _City(model.linear, rent, replace(smoothed_prices(model.linear, rent, 5, nobody), likely=np.ones(model.linear.shape[1])))
    first = city.parts(parts.HOUSEHOLDS)
    assert (np.diff(first) >= 0).all()
    assert first.size == 24
    drawn_once, again = (city.parts(parts.HOUSEHOLDS, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(drawn_once, again)
    assert [len(set(drawn_once[begin : begin + parts.TOGETHER])) for begin in range(0, 24, parts.TOGETHER)] == [1] * 4


def test_fractions_become_whole_and_what_is_whole_stays() -> None:
    """Three choices of which any two exclude each other: the relaxation takes a half of each, the plan one of them."""
    pairs = sparse.csr_matrix(np.array([[1.0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]))
    small = LinearModel(np.zeros(4), np.ones(4), np.ones(4, dtype=bool), (), pairs, np.full(4, -np.inf), np.ones(4), ())
    found = _solved(small, np.array([-3.0, -3.0, -3.5, -1.0]), OPTIONS, 5, 5.0, 1e-6)
    assert found.tolist() == [0, 0, 1, 1]
    none = replace(small, low=np.array([-np.inf, -np.inf, -np.inf, 2.0]))
    assert _solved(none, np.zeros(4), OPTIONS, 5, 5.0, 1e-6) is None


def test_members_who_count_more_must_be_placed() -> None:
    """Two of a class of three have limits of their own; who counts more in what is asked for must come, the other may."""
    rows = sparse.csr_matrix(np.array([[1.0, 1, 1], [1, 0, 0], [0, 1, 0], [2, 1, 1]]))
    linear = LinearModel(np.zeros(3), np.ones(3), np.ones(3, dtype=bool), (), rows, np.array([-np.inf, -np.inf, -np.inf, 4.0]),
                         np.array([3.0, 1, 1, np.inf]), ("class", "dear", "plain", "asked"), choices=3,
                         cells=np.zeros(3, dtype=int))  # fmt: skip
    priced = Smoothed(np.zeros(4), 0.0, np.array([0.0, 5.0, 90.0]), np.ones(3), np.array([0]), 100.0)
    city = _City(linear, Objective("rent", "min", np.ones(3)), priced)
    assert np.flatnonzero(city.counted).tolist() == [0, 1]
    assert np.flatnonzero(city.members).tolist() == [2]
    assert city.missing()[city.counted].tolist() == [3, 1]


def test_dearer_choices_are_for_those_who_are_left_out() -> None:
    """What costs more beyond its worth takes part once somebody of its class has no place, and not after that."""
    rows = sparse.csr_matrix(np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]))
    linear = LinearModel(np.zeros(4), np.ones(4), np.ones(4, dtype=bool), (), rows, np.full(2, -np.inf), np.ones(2),
                         ("first", "second"), choices=4, cells=np.zeros(4, dtype=int))  # fmt: skip
    priced = Smoothed(np.zeros(2), 0.0, np.array([0.0, 30.0, 0.0, 30.0]), np.ones(4), np.array([0, 1]), 100.0)
    city = _City(linear, Objective("rent", "min", np.ones(4)), priced)
    city.x[0] = city.activity[0] = 1.0
    city.widen(0.4, of_left=True)
    assert city.candidate.tolist() == [True, False, True, True]
    city.widen(0.4, of_left=False)
    assert city.candidate.tolist() == [True, False, True, False]


def test_a_worse_plan_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the plan that is put together is worse than the one there is, that one stands, as good or better."""
    model = street(3)
    rent = model.linear.objectives[1]
    place = model.linear.objectives[0]
    nobody = completed(model.linear, rent, as_columns(model, np.full(6, -1)))
    everybody = solve_one(model.linear, place, SolveOptions(gap=0), 30).x
    monkeypatch.setattr(prices, "put_together", lambda *_: everybody)
    monkeypatch.setattr(prices, "improved", lambda *given: given[4])
    began = time.perf_counter()
    plan, bound, took = prices.without_relaxation(model.linear, rent, OPTIONS, 5, 0.0, nobody, -np.inf, None)
    assert 0 < took < time.perf_counter() - began
    assert rent.value(everybody) > 0
    assert rent.value(plan) == rent.value(nobody) == 0
    assert bound <= 0
