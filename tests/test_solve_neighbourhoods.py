"""Plans improved a few social spaces at a time: never worse, always plans, and where they stand in for a relaxation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from scipy import sparse
from tiny import building, flats, household, model_of, plan, space, started, world

from allocator.model.linear import LinearModel, Objective
from allocator.model.start import as_columns
from allocator.scenario.solving import SolveOptions
from allocator.solve import neighbourhoods, prices, selection
from allocator.solve.completing import completed
from allocator.solve.highs import solve_one
from allocator.solve.neighbourhoods import improved
from allocator.solve.selection import solve_selected

OPTIONS = SolveOptions(gap=1e-4)
SEEDS = drawn(range(400, 430), 6)


def worth(objective: Objective, x: np.ndarray) -> float:
    """The value of a plan in the sense of minimisation."""
    return (-1.0 if objective.sense == "max" else 1.0) * objective.value(x)


def breaks(linear: LinearModel, x: np.ndarray) -> float:
    """By how much a plan breaks its worst row, limit or whole number."""
    activity = linear.matrix @ x
    whole = np.abs(x - np.rint(x))[linear.integer]
    sides = (linear.low - activity, activity - linear.high, linear.lower - x, x - linear.upper, whole)
    return max(float(side.max(initial=0.0)) for side in sides)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_becomes_no_worse_and_stays_a_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From first come, first served, under all rules and goals: no row is broken, no value worse, none beyond the optimum."""
    monkeypatch.setattr(neighbourhoods, "TAKEN", 1)
    model, start = started(random_world(seed))
    linear = model.linear
    for objective in linear.objectives:
        before = completed(linear, objective, start)
        if before is None:
            continue
        after = improved(linear, objective, OPTIONS, 10, before)
        best = solve_one(linear, objective, SolveOptions(gap=0), 30)
        assert breaks(linear, after) < 1e-6
        assert worth(objective, best.x) - 1e-5 <= worth(objective, after) <= worth(objective, before)


def test_worlds_of_one_social_space_are_solved() -> None:
    """Where all live in one social space, the small programme is the whole: its plan is the best one."""
    homes = [*flats("B1", 4, 3, rent=500), *flats("B2", 4, 2, rent=300)]
    people = [household(f"H{number}", persons) for number, persons in enumerate((4, 2, 3), start=1)]
    model = model_of(world([space("S1")], [building("B1"), building("B2")], homes, people,
                           goals=[{"place": "persons"}, {"rent": {}}]))  # fmt: skip
    nobody = completed(model.linear, model.linear.objectives[0], as_columns(model, np.full(3, -1)))
    found = improved(model.linear, model.linear.objectives[0], OPTIONS, 10, nobody)
    assert model.linear.objectives[0].value(found) == 9


def too_dear() -> tuple[LinearModel, Objective, np.ndarray]:
    """One household in the dearer of two flats: the model, its rent, and that plan."""
    model = model_of(world([space("S1")], [building("B1"), building("B2")],
                           [*flats("B1", 2, rent=1100), *flats("B2", 2, rent=1050)], [household("H1", 2)],
                           goals=[{"place": "persons"}, {"rent": {}}]))  # fmt: skip
    rent = model.linear.objectives[1]
    linear = model.linear.with_rows(sparse.csr_matrix(model.linear.objectives[0].cost[None, :]), np.array([2.0]),
                                    np.array([np.inf]), ["placed"])  # fmt: skip
    return linear, rent, completed(linear, rent, as_columns(model, np.array([0])))


@pytest.mark.parametrize(("gap", "passes"), [(1e-4, 2), (1.0, 1)])
def test_it_ends_where_a_turn_of_all_brings_little_beside_the_gap(
    gap: float, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 of 1100 are saved in the first turn: beside a gap as large as the value that is little, else there is a second."""
    linear, rent, plan_before = too_dear()
    turns: list[int] = []

    def groups(*given: Any, of: Any = neighbourhoods._groups) -> Any:
        turns.append(1)
        return of(*given)

    monkeypatch.setattr(neighbourhoods, "_groups", groups)
    found = improved(linear, rent, SolveOptions(gap=gap), 10, plan_before)
    assert (rent.value(plan_before), rent.value(found), len(turns)) == (1100, 1050, passes)


def test_less_than_the_target_is_not_looked_for() -> None:
    """A rent of 1100 stays where 1100 is enough, and becomes 1050 where it is not."""
    linear, rent, plan_before = too_dear()
    assert rent.value(improved(linear, rent, OPTIONS, 10, plan_before, target=1100.0)) == 1100
    assert rent.value(improved(linear, rent, OPTIONS, 10, plan_before, target=1075.0)) == 1050


def test_a_plan_within_the_gap_of_its_bound_is_not_improved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where prices stand in for a relaxation, no more is looked for than what is within the gap of the bound that is known."""
    linear, rent, plan_before = too_dear()
    asked: list[float] = []

    def only_asked(*given: Any) -> np.ndarray:
        asked.append(given[-1])
        return given[4]

    monkeypatch.setattr(prices, "improved", only_asked)
    floor = prices.without_relaxation(linear, rent, SolveOptions(gap=0.1), 5, 0.0, plan_before, -np.inf, None)[1]
    assert 1000 < floor <= 1050
    assert asked == [pytest.approx(1.1 * floor)]


@pytest.mark.parametrize(("guests", "wishes"), [(100, 3), (0, 0)])
def test_who_would_like_to_comes_from_elsewhere(guests: int, wishes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One social space at a time, two households who each wish the other's: they change places as guests, else nobody moves."""
    monkeypatch.setattr(neighbourhoods, "TAKEN", 1)
    monkeypatch.setattr(neighbourhoods, "GUESTS", guests)
    model = model_of(world(
        [space("S1"), space("S2")], [building("B1", "S1"), building("B2", "S2")], [*flats("B1", 2, 2), *flats("B2", 2)],
        [household("H1", 2, prefers="S2"), household("H2", 1, prefers="S1")],
        goals=[{"place": "persons"}, {"prefer": {}}],
    ))  # fmt: skip
    prefer = model.linear.objectives[1]
    before = completed(model.linear, prefer, as_columns(model, np.array([0, 2])))
    found = improved(model.linear, prefer, OPTIONS, 10, before)
    assert (prefer.value(before), prefer.value(found)) == (0, wishes)


def test_guests_of_a_class_bring_their_place_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a class shares its places with others of its kind, whoever leaves one as a guest leaves it for good."""
    monkeypatch.setattr(neighbourhoods, "TAKEN", 1)
    model = model_of(world(
        [space("S1"), space("S2")], [building("B1", "S1"), building("B2", "S2")], [*flats("B1", 2, 2), *flats("B2", 2)],
        [household("H1", 2, prefers="S2"), household("H2", 2)],
        goals=[{"place": "persons"}, {"prefer": {}}],
    ))  # fmt: skip
    prefer = model.linear.objectives[1]
    assert model.columns.flows.cell.size
    before = completed(model.linear, prefer, as_columns(model, np.array([0, 1])))
    assert (prefer.value(before), prefer.value(improved(model.linear, prefer, OPTIONS, 10, before))) == (0, 2)


def test_the_same_seed_gives_the_same_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programmes are drawn from the seed alone, and the model that they are cut from is left as it was."""
    monkeypatch.setattr(neighbourhoods, "TAKEN", 1)
    model, start = started(random_world(416))
    objective = model.linear.objectives[4]
    before = completed(model.linear, objective, start)
    entries = model.linear.matrix.toarray()
    first, second = (improved(model.linear, objective, OPTIONS, 10, before) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(model.linear.matrix.toarray(), entries)


def test_no_time_leaves_the_plan_as_it_is() -> None:
    """With no second left the plan is the one that was given."""
    model, start = started(random_world(416))
    before = completed(model.linear, model.linear.objectives[4], start)
    assert np.array_equal(improved(model.linear, model.linear.objectives[4], OPTIONS, 0, before), before)


def test_it_stands_in_for_a_relaxation_that_would_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the relaxation would outlast the time it is not asked: the plan is improved, and smoothed prices bound it."""
    for name, value in {"SMALL": 2, "SECONDS": 1e9, "prices": _never}.items():
        monkeypatch.setattr(selection, name, value)
    monkeypatch.setattr(neighbourhoods, "EVERY", 0.0)
    model, start = started(random_world(418))
    objective = model.linear.objectives[3]
    told: list[str] = []
    before = completed(model.linear, objective, start)
    found = solve_selected(model.linear, objective, OPTIONS, 20, start, told.append)
    best = solve_one(model.linear, objective, SolveOptions(gap=0), 30)
    sign = -1.0 if objective.sense == "max" else 1.0
    assert -np.inf < sign * found.bound <= worth(objective, best.x) + 1e-6
    assert worth(objective, best.x) <= worth(objective, found.x) < worth(objective, before)
    assert any("by prices" in text for text in told)
    assert any("a few social spaces at a time" in text for text in told)
    monkeypatch.setattr(prices, "smoothed_prices", lambda *_: None)
    unpriced = solve_selected(model.linear, objective, OPTIONS, 20, start)
    assert (unpriced.status, unpriced.bound) == ("stopped", None)
    assert solve_selected(model.linear, objective, OPTIONS, 20, start, least=0.0).bound == 0.0


def _never(*_: Any) -> None:
    raise AssertionError("the relaxation was asked")


@pytest.mark.parametrize("seed", SEEDS)
def test_goal_after_goal_the_recount_agrees(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole towns planned this way alone: every need and hard rule is kept, and all values are what the recount says."""
    for name, value in {"SMALL": 2, "SECONDS": 1e9}.items():
        monkeypatch.setattr(selection, name, value)
    found = plan(random_world(seed), gap=1e-4)
    if found.status == "infeasible":
        return
    assert found.defects() == []
