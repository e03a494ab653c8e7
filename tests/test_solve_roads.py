"""Different roads to the same optimum: through PuLP and as arrays, with all columns and with a few."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
from array_road import solve_arrays
from drawn import drawn
from random_worlds import random_world
from scipy import sparse
from tightest import tightest_prices
from tiny import model_of, plan

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve import selection
from allocator.solve.highs import solve_one
from allocator.solve.selection import solve_selected
from allocator.solve.through_pulp import to_pulp, write_lp

EXACT = SolveOptions(gap=0)
SEEDS = drawn(range(300, 310), 3)


def objectives(seed: int) -> list[tuple[LinearModel, Objective]]:
    """The model of a random world with each of its goals."""
    linear = model_of(random_world(seed)).linear
    return [(linear, objective) for objective in linear.objectives]


def random_model(seed: int) -> tuple[LinearModel, Objective]:
    """A random integer programme with equations, one-sided and two-sided rows, negative bounds and a constant."""
    draw = np.random.default_rng(seed)
    rows, columns = 6, 8
    matrix = sparse.csr_matrix(draw.integers(-3, 4, (rows, columns)) * (draw.random((rows, columns)) < 0.7))
    inside = draw.integers(-1, 4, columns)
    activity = matrix @ inside
    low = np.array([activity[0], -np.inf, activity[2] - 2, activity[3] - 1, -np.inf, -np.inf], dtype=float)
    high = np.array([activity[0], activity[1] + 1, np.inf, activity[3] + 2, activity[4] + 3, activity[5]], dtype=float)
    whole = draw.random(columns) < 0.7
    names = [f"x{i}" for i in range(columns)]
    linear = LinearModel(np.full(columns, -2.0), np.full(columns, 5.0), whole, names, matrix, low, high,
                         [f"r{i}" for i in range(rows)])  # fmt: skip
    sense = ("min", "max")[seed % 2]
    return linear, Objective("any", sense, draw.integers(-5, 6, columns).astype(float), float(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_arrays_and_pulp_give_the_same_optimum(seed: int) -> None:
    """Each goal of a random world has the same status and optimum through PuLP and as arrays."""
    for linear, objective in objectives(seed):
        ours = solve_one(linear, objective, EXACT, 30)
        status, value, _ = solve_arrays(linear, objective)
        assert (ours.status == "infeasible") == (status != highspy.HighsModelStatus.kOptimal)
        if ours.value is not None:
            assert ours.value == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", drawn(range(12), 4))
def test_any_linear_model_passes_through_pulp_unchanged(seed: int) -> None:
    """Equations, ranges, negative bounds and constants survive PuLP: the optimum is that of the arrays."""
    linear, objective = random_model(seed)
    ours = solve_one(linear, objective, EXACT, 30)
    assert ours.status == "optimal"
    assert ours.value == pytest.approx(solve_arrays(linear, objective)[1], abs=1e-6)


def test_rows_and_columns_keep_their_order_and_names() -> None:
    """Rows without terms are left out, a two-sided row becomes two, and each knows the row behind it."""
    matrix = sparse.csr_matrix(np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]]))
    linear = LinearModel(np.zeros(2), np.full(2, 9.0), np.ones(2, dtype=bool), ["a", "b"], matrix,
                         np.array([1.0, -np.inf, -np.inf]), np.array([4.0, 5.0, 6.0]),
                         ["range", "empty", "upper"])  # fmt: skip
    problem = to_pulp(linear, Objective("sum", "max", np.ones(2)))
    rows = problem.problem.constraints()
    names = list(rows) if isinstance(rows, dict) else [row.name for row in rows]
    assert names == ["range", "range_low", "upper"]
    assert problem.row_of == [0, 0, 2]
    assert [variable.name for variable in problem.variables] == ["a", "b"]


def test_an_empty_row_that_cannot_hold_makes_the_model_infeasible() -> None:
    """A row without columns that asks for one is not lost on the way."""
    linear = LinearModel(np.zeros(1), np.ones(1), np.ones(1, dtype=bool), ["a"], sparse.csr_matrix((1, 1)),
                         np.array([1.0]), np.array([np.inf]), ["impossible"])  # fmt: skip
    assert solve_one(linear, Objective("a", "max", np.ones(1)), EXACT, 5).status == "infeasible"


def test_a_model_without_columns_has_one_plan_or_none() -> None:
    """Nothing to decide is optimal where the rows hold, and infeasible where they do not."""
    nothing = LinearModel(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), [], sparse.csr_matrix((1, 0)),
                          np.array([0.0]), np.array([0.0]), ["r"])  # fmt: skip
    objective = Objective("none", "min", np.zeros(0), 7.0)
    assert (solve_one(nothing, objective, EXACT, 5).status, solve_one(nothing, objective, EXACT, 5).value) == (
        "optimal",
        7.0,
    )
    impossible = replace(nothing, low=np.array([1.0]), high=np.array([2.0]))
    assert solve_one(impossible, objective, EXACT, 5).status == "infeasible"


def test_the_written_file_says_the_same(tmp_path: object) -> None:
    """The LP file of a random model, read by HiGHS, has the optimum of the arrays."""
    for seed in range(4):
        linear, objective = random_model(seed)
        write_lp(linear, Objective(objective.name, objective.sense, objective.cost), tmp_path / "model.lp")
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(str(tmp_path / "model.lp"))
        highs.run()
        value = highs.getInfo().objective_function_value + objective.constant
        assert value == pytest.approx(solve_arrays(linear, objective)[1], abs=1e-6)


def signed(objective: Objective, value: float) -> float:
    """A value in the sense of minimisation."""
    return -value if objective.sense == "max" else value


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_of_the_relaxation_holds_for_every_plan(seed: int) -> None:
    """The bound from row prices is no better than the optimum, and every column costs at least what is said."""
    for linear, objective in objectives(seed):
        status, best, _ = solve_arrays(linear, objective)
        found = tightest_prices(linear, objective, EXACT, 10)
        if status != highspy.HighsModelStatus.kOptimal or found is None:
            continue
        slack = 1e-6 * max(1.0, abs(best))
        assert found.bound <= signed(objective, best) + slack
        dearest = int(np.argmax(found.reduced[: linear.choices])) if linear.choices else 0
        if linear.choices and linear.upper[dearest] >= 1:
            lower = linear.lower.copy()
            lower[dearest] = 1.0
            forced = LinearModel(**{**linear.__dict__, "lower": lower})
            status, value, _ = solve_arrays(forced, objective)
            if status == highspy.HighsModelStatus.kOptimal:
                assert found.bound + max(found.reduced[dearest], 0) <= signed(objective, value) + slack


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("gap", [0.0, 0.1])
def test_a_few_columns_prove_the_whole(seed: int, gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solved over three choices and as many more as the proof asks for: the bound holds for the whole model."""
    monkeypatch.setattr(selection, "SMALL", 3)
    for linear, objective in objectives(seed):
        status, best, _ = solve_arrays(linear, objective)
        outcome = solve_selected(linear, objective, SolveOptions(gap=gap), 30)
        if status != highspy.HighsModelStatus.kOptimal:
            assert outcome.x is None
            continue
        slack = 1e-6 * max(1.0, abs(best))
        assert signed(objective, outcome.bound) <= signed(objective, best) + slack
        assert signed(objective, outcome.value) >= signed(objective, best) - slack
        assert outcome.status in (("optimal",) if gap == 0 else ("optimal", "within_gap"))
        activity = linear.matrix @ outcome.x
        assert (activity <= linear.high + 1e-6).all()
        assert (activity >= linear.low - 1e-6).all()


@pytest.mark.parametrize("seed", drawn(range(320, 326), 3))
def test_hubs_and_fewer_rows_change_no_value(seed: int) -> None:
    """With and without hubs, with and without rows that cannot bind: four models, one optimum."""
    tiny = random_world(seed)
    found = [plan(tiny, hubs=hubs, reduce=reduce) for hubs in (True, False) for reduce in (True, False)]
    assert len({one.status for one in found}) == 1
    for one in found[1:]:
        assert one.values == pytest.approx(found[0].values, abs=1e-5)
