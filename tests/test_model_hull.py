"""The rows that follow once the number of persons is known: no plan is lost, and the relaxation comes closer."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from array_road import solve_arrays
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import building, flats, household, model_of, space, world

from allocator.model.build import Model
from allocator.model.hull import hull_rows


def three_spaces(people: int, refugees: tuple[int, int, int] = (0, 0, 0), minimise: str = "sum") -> Model:
    """500, 300 and 200 residents; one house each with four flats for one person."""
    spaces = [space(f"S{i}", n, refugees=r) for i, n, r in zip((1, 2, 3), (500, 300, 200), refugees, strict=True)]
    units = [flat for i in (1, 2, 3) for flat in flats(f"B{i}", 1, 1, 1, 1)]
    goal = {"spread": {"over": "social_spaces", "key": "residents", "minimise": minimise}}
    return model_of(world(spaces, [building(f"B{i}", f"S{i}") for i in (1, 2, 3)], units,
                          [household(f"H{i}") for i in range(people)], goals=[goal]))  # fmt: skip


def relaxed(model: Model, persons: int, hull: bool) -> float:
    """The bound of the relaxation with the total fixed, without or with the rows of the hull."""
    linear = hull_rows(model.linear, model.deviations[0], persons)
    if not hull:
        chords = [number for number, name in enumerate(linear.row_names) if name.startswith("whole_")]
        low = linear.low.copy()
        low[chords] = -np.inf
        linear = type(linear)(**{**linear.__dict__, "low": low})
    return solve_arrays(linear, model.linear.objectives[0], relaxation=True)[1]


def test_the_hull_is_tighter() -> None:
    """Six persons with fair shares 3, 1.8 and 1.2: the relaxation believes in no deviation, the hull knows 0.4."""
    model = three_spaces(6)
    assert relaxed(model, 6, hull=False) == pytest.approx(0, abs=1e-9)
    assert relaxed(model, 6, hull=True) == pytest.approx(0.4)


def test_the_chord_is_worked_out_by_hand() -> None:
    """S2 is fair at 1.8: one person is 0.8 away, two 0.2, so that distance ≥ 0.8 - 0.6 · (persons - 1)."""
    model = three_spaces(6)
    deviation = model.deviations[0]
    linear = hull_rows(model.linear, deviation, 6)
    row = list(linear.row_names).index(f"whole_{deviation.name}#1")
    entries = dict(zip(linear.matrix[row].indices.tolist(), linear.matrix[row].data.tolist(), strict=True))
    assert entries == pytest.approx({deviation.distance[1]: 1.0, deviation.persons[1]: 0.6})
    assert linear.low[row] == pytest.approx(0.8 + 0.6)
    assert f"whole_{deviation.name}#0" not in linear.row_names  # S1 is fair at 3, a whole number


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    people=st.integers(1, 12),
    refugees=st.tuples(*[st.integers(0, 9)] * 3),
    split=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)
def test_no_whole_numbered_plan_is_lost(people: int, refugees: tuple[int, int, int], split: tuple[int, int]) -> None:
    """However many persons are placed where, with any state of today, the true distances satisfy every row."""
    model = three_spaces(people, refugees)
    deviation = model.deviations[0]
    linear = hull_rows(model.linear, deviation, people)
    first, second = min(split[0], people), min(split[1], max(0, people - split[0]))
    persons = np.array([first, second, people - first - second])
    x = np.zeros(linear.shape[1])
    x[deviation.persons], x[deviation.total] = persons, people
    total = deviation.base.sum() + people
    x[deviation.distance] = np.abs(deviation.base + persons - deviation.share * total)
    new = slice(model.linear.shape[0], None)
    activity = linear.matrix[new] @ x
    assert (activity >= linear.low[new] - 1e-7).all()
    assert (activity <= linear.high[new] + 1e-7).all()


@pytest.mark.parametrize("minimise", ["sum", "largest"])
@pytest.mark.parametrize("refugees", [(0, 0, 0), (5, 0, 1), (0, 9, 0)])
def test_the_hull_changes_no_optimum(minimise: str, refugees: tuple[int, int, int]) -> None:
    """With seven persons placed for sure the best spread is the same with and without the rows of the hull."""
    model = three_spaces(7, refugees, minimise)
    deviation, objective = model.deviations[0], model.linear.objectives[0]
    fixed = np.zeros((1, model.linear.shape[1]))
    fixed[0, deviation.total] = 1
    plain = model.linear.with_rows(fixed, np.array([7.0]), np.array([7.0]), ["all"])
    status, value, _ = solve_arrays(hull_rows(model.linear, deviation, 7), objective)
    assert status == highspy.HighsModelStatus.kOptimal
    assert value == pytest.approx(solve_arrays(plain, objective)[1])
