"""Plans near a relaxation: what is beyond the gap is cut off from the search, and when it is looked for what."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from test_solve_programmes import as_if_large, one_of
from tiny import model_of

from allocator.scenario.solving import SolveOptions
from allocator.solve import highs, selection
from allocator.solve.highs import solve_one
from allocator.solve.relaxed import Prices
from allocator.solve.selection import solve_selected
from allocator.solve.sifting import Memory

EXACT = SolveOptions(gap=0)


@pytest.mark.parametrize("past_pulp", [0, 10**6], ids=["arrays", "PuLP"])
@pytest.mark.parametrize("seeds", drawn([range(700, 708), range(708, 760)], 1))
def test_a_limit_takes_nothing_away_from_what_is_better(seeds: range, past_pulp: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In random worlds, goal by goal: a limit above the best value leaves that value, one at it or below leaves no plan."""
    monkeypatch.setattr(highs, "PAST_PULP", past_pulp)
    goals = [(linear, goal) for linear in (model_of(random_world(seed)).linear for seed in seeds) for goal in linear.objectives]
    solved = [(linear, goal, value) for linear, goal in goals if (value := solve_one(linear, goal, EXACT, 30).value) is not None]
    assert len(solved) >= 2 * len(seeds)
    for linear, goal, best in solved:
        least, size = goal.sign * best, max(1.0, abs(best))
        for above in (1e-3, 0.5, 100.0):
            found = solve_one(linear, goal, EXACT, 30, limit=least + above * size)
            assert found.value == pytest.approx(best, abs=1e-6 * size)
            assert found.bound is None
        for below in (0.0, 1e-3, 0.5):
            found = solve_one(linear, goal, EXACT, 30, limit=least - below * size)
            assert (found.x, found.value, found.bound, found.status) == (None, None, None, "infeasible")


def test_a_limited_search_that_was_stopped_does_not_say_that_there_is_no_plan() -> None:
    """Without time for anything better than the limit the search is `stopped`; if it ended, and gave something worse, it is not."""
    outcome, states = highs.Outcome("stopped", np.ones(1), 5.0, 1.0, 0.1), highspy.HighsModelStatus
    assert highs._better(outcome, 1.0, 5.0, states.kTimeLimit).status == "stopped"
    assert highs._better(outcome, 1.0, 5.0, states.kOptimal).status == "infeasible"
    assert highs._better(outcome, 1.0, 5.0, states.kTimeLimit).x is None
    assert highs._better(outcome, 1.0, 5.1, states.kTimeLimit).value == 5.0
    assert highs._better(outcome, -1.0, -5.1, states.kOptimal).x is None
    assert highs._better(outcome, -1.0, -4.9, states.kOptimal).value == 5.0


def looked(patch: pytest.MonkeyPatch, found: list[int | None]) -> list[tuple[int, float]]:
    """What plans near the relaxation are asked for, as (columns kept, limit); `found` are the plans, by number, that it gives."""
    asked: list[tuple[int, float]] = []
    given = iter(found)

    def near(*told: Any) -> tuple[np.ndarray | None, bool]:
        asked.append((int(told[6].sum()), told[9]))
        number = next(given, None)
        return (None if number is None else np.eye(told[5].size)[number]), True

    patch.setattr(selection, "_near", near)
    return asked


@pytest.mark.parametrize(("large", "limits"), [
    (0, [10.001] * 3 + [10.05] * 2), (10**6, [10.001] * 3),
], ids=["large", "small"])  # fmt: skip
def test_plans_within_the_gap_are_looked_for_first(large: int, limits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the gap for each share, then, in a large model, for one near the bound until there is one; never for a worse one."""
    as_if_large(monkeypatch, LARGE=large, RELAXED=(1.0, 0.5, 0.4), NEAR=())
    linear, objective, plans = one_of(np.array([10.0, 10.04, 13.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    asked = looked(monkeypatch, [None, None, None, None, 1])
    outcome = solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[2])
    assert [limit for _, limit in asked] == pytest.approx(limits)
    assert outcome.value == 10.0


def test_each_plan_must_be_better_than_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan within the gap, where one nearer is wanted: the next is looked for below its value."""
    as_if_large(monkeypatch, RELAXED=(1.0, 0.5, 0.4), NEAR=())
    linear, objective, plans = one_of(np.array([10.0, 10.0005, 13.0]))
    given = Prices(objective.cost - 10.0, 10.0, plans[0], plans[0] > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([given]))
    asked = looked(monkeypatch, [1, None, 0])
    solve_selected(linear, objective, SolveOptions(gap=1e-4), 60, plans[2], None, Memory(more=True))
    assert [limit for _, limit in asked] == pytest.approx([10.001, 10.0005, 10.0005], abs=1e-6)


@pytest.mark.parametrize(("costs", "bound", "tries"), [
    ([10.0, 11.0, 13.0], 9.4, 2 + 4 + 4), ([10.0, 10.5, 13.25], 9.9, 2 + 4 + 4), ([10.0, 10.01, 13.0], 9.4, 4 + 4),
    ([10.0, np.pi, 13.0], 3.0, 4 + 4),
], ids=["whole numbers", "halves", "steps below the gap", "no steps"])  # fmt: skip
def test_before_cuts_plans_are_looked_for_where_values_have_steps(
    costs: list[float], bound: float, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the gap is less than a step, and the bound rounded up to one, cuts may be spared: two shares are tried for that."""
    as_if_large(monkeypatch, RELAXED=(1.0, 0.5, 0.4, 0.1), ROUGHLY=2, NEAR=())
    linear, objective, plans = one_of(np.array(costs))
    best = plans[int(np.argmin(costs))]
    rough = Prices(objective.cost - bound, bound, best, best > 0, linear, rough=True)
    cut = Prices(objective.cost - min(costs), bound, best, best > 0, linear)
    monkeypatch.setattr(selection, "prices", lambda *_: iter([rough, cut]))
    asked = looked(monkeypatch, [])
    outcome = solve_selected(linear, objective, SolveOptions(gap=2e-3), 60, plans[2])
    assert len(asked) == tries
    assert outcome.value == min(costs)


def test_no_cuts_are_asked_for_where_a_plan_reaches_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound of 9.4 is one of 10 where values are whole; a plan of 10 near the relaxation ends the goal before it has cuts."""
    as_if_large(monkeypatch, RELAXED=(1.0,), NEAR=())
    linear, objective, plans = one_of(np.array([10.0, 11.0, 13.0]))
    rough = Prices(objective.cost - 9.4, 9.4, plans[0], plans[0] > 0, linear, rough=True)
    asked = looked(monkeypatch, [0])
    going: list[str] = []

    def bounds(*_: Any) -> Any:
        yield rough
        going.append("cuts")
        yield rough

    monkeypatch.setattr(selection, "prices", bounds)
    outcome = solve_selected(linear, objective, SolveOptions(gap=1e-3), 60, plans[2])
    assert (outcome.status, outcome.value, len(asked), going) == ("optimal", 10.0, 1, [])
