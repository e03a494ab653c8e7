"""The model that a user would write, one variable for each household and unit, and the planner's have the same optimum."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.scenario import load_scenario
from allocator.solve.stages import solve
from tests.benchmarks.in_full import Naive
from tests.benchmarks.sizes import scenario_of


@pytest.mark.parametrize("residents", [5_000, pytest.param(9_000, marks=pytest.mark.slow)])
def test_six_goals_in_order_have_the_values_of_the_naive_model(residents: int, tmp_path: Path) -> None:
    """Caps, shares, soft seats and six goals on a small model city: both are optimal, goal by goal with the same value."""
    scenario = load_scenario(scenario_of(tmp_path, residents, 60, gap=0))
    ours = solve(scenario.situation, scenario.rules, scenario.stages, scenario.solve)
    naive = Naive(scenario.situation, scenario.rules)
    columns, _ = naive.size
    theirs = naive.solve(scenario.stages, 0.0, 60)
    assert ours.status == "optimal"
    assert [stage.value for stage in ours.stages] == pytest.approx([goal.value for goal in theirs], rel=2e-6, abs=1e-4)
    assert all(goal.gap == pytest.approx(0.0, abs=1e-6) for goal in theirs)
    assert columns > ours.size["columns"]
