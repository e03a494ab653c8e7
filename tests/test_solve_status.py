"""What is said of a solution is true: optimal, within a gap, stopped, infeasible with what is missing."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from random_worlds import random_world
from tiny import building, flats, household, model_of, plan, shared, space, world

from allocator.model.linear import LinearModel, Objective
from allocator.proof import relative_gap
from allocator.scenario.solving import SolveOptions
from allocator.solve import elastic, highs, relaxed, selection, stages
from allocator.solve.elastic import Missing
from allocator.solve.highs import Outcome, solve_one
from allocator.solve.relaxed import Prices


def partition(goal: str = "largest", people: int = 24) -> dict[str, Any]:
    """Groups of 1,000 to 9,999 persons to be spread over five places: easy to place, hopeless to spread for certain."""
    draw = random.Random(1)
    spaces = [space(f"S{i}", 100 + 7 * i) for i in range(5)]
    spread = {"spread": {"over": "social_spaces", "key": "residents", "minimise": goal}}
    return world(spaces, [building(f"B{i}", f"S{i}") for i in range(5)], [shared(f"B{i}", 100_000) for i in range(5)],
                 [household(f"H{i:02}", draw.randint(1000, 9999)) for i in range(people)],
                 goals=[{"place": "persons"}, spread])  # fmt: skip


def couples(number: int) -> list[dict[str, Any]]:
    """So many households of two."""
    return [household(f"H{i}", 2) for i in range(number)]


def test_optimal_means_that_bound_and_value_agree() -> None:
    """In random worlds solved to a gap of 0 every goal is optimal, its bound is its value and its gap is 0."""
    for seed in range(60, 64):
        found = plan(random_world(seed))
        if found.status == "infeasible":
            continue
        assert found.status == "optimal"
        assert all(stage.bound == stage.value and stage.gap == 0 for stage in found.solution.stages)


@pytest.mark.parametrize("goal", ["sum", "largest"])
def test_a_run_that_is_stopped_has_a_plan_and_says_so(goal: str) -> None:
    """Half a second is too short to prove the best spread: the plan is whole, its value true, the bound below it."""
    found = plan(partition(goal), seconds=0.5)
    placed, spread = found.solution.stages
    assert (found.status, placed.status, spread.status) == ("stopped", "optimal", "stopped")
    assert spread.bound < spread.value
    assert 0 < spread.gap <= 1
    assert found.defects() == []
    assert all(found.homes.values())


def test_a_run_without_time_still_tells_the_value_of_its_plan() -> None:
    """With next to no time the plan of the stage before is kept, and its spread is told as it is, not as a bound."""
    found = plan(partition(), seconds=0.01)
    assert found.status == "stopped"
    assert found.defects() == []


def test_within_a_gap_is_said_to_be_within_a_gap() -> None:
    """With a generous gap the run ends as soon as the bound allows, and value and bound are that close."""
    found = plan(partition("sum", 9), gap=0.95, seconds=20)
    spread = found.solution.stages[1]
    assert spread.status in ("optimal", "within_gap")
    assert relative_gap(spread.value, spread.bound) <= 0.95
    assert found.status == spread.status
    assert found.defects() == []


def knapsack() -> tuple[LinearModel, Objective]:
    """Forty things of random weight and worth in one bag, as a model without any city."""
    from scipy import sparse

    draw = np.random.default_rng(3)
    weight, worth = draw.integers(100, 999, 40).astype(float), draw.integers(100, 999, 40).astype(float)
    names = [f"x{i}" for i in range(40)]
    linear = LinearModel(np.zeros(40), np.ones(40), np.ones(40, dtype=bool), names, sparse.csr_matrix(weight[None, :]),
                         np.array([-np.inf]), np.array([weight.sum() / 2]), ["bag"])  # fmt: skip
    return linear, Objective("worth", "max", worth)


def test_gap_zero_is_exact_and_a_gap_bounds_the_truth() -> None:
    """Solved with a gap of 20 % and with none: the truth lies between the first value and the first bound."""
    linear, objective = knapsack()
    rough = solve_one(linear, objective, SolveOptions(gap=0.2), 30)
    exact = solve_one(linear, objective, SolveOptions(gap=0), 30)
    assert (exact.status, exact.gap, exact.bound) == ("optimal", 0, exact.value)
    assert rough.status in ("optimal", "within_gap")
    assert rough.gap <= 0.2
    assert rough.value <= exact.value <= rough.bound + 1e-9


def test_an_outcome_that_claims_a_gap_it_has_not_is_not_optimal() -> None:
    """Relative gaps are taken of the larger of value and bound, are unknown without a bound, and never divide by 0."""
    assert relative_gap(90.0, 100.0) == pytest.approx(0.1)
    assert relative_gap(0.0, 0.0) == 0
    assert relative_gap(0.0, 2.0) == 1
    assert relative_gap(5.0, None) is None
    assert relative_gap(5.0, float("inf")) is None
    assert Outcome("stopped", None, None, 3.0, 0.0).gap is None


def test_infeasible_says_what_is_missing_and_how_much() -> None:
    """Three couples to be placed, three persons per house at most, two houses: one person too many in one of them."""
    rules = {"three-per-house": {"rule": "cap", "count": "persons", "per": "building", "at_most": 3}}
    found = plan(world([space("S1")], [building("B1"), building("B2")], [*flats("B1", 2, 2), *flats("B2", 2, 2)],
                       couples(3), rules, [{"place": "all"}]))  # fmt: skip
    assert (found.status, found.solution.unit_of, found.solution.stages) == ("infeasible", None, ())
    (shortage,) = found.solution.missing
    assert (shortage.rule, shortage.amount) == ("three-per-house", pytest.approx(1))
    assert shortage.place in ("B1", "B2")
    assert found.missing == [f"rule three-per-house is exceeded by 1 person (at {shortage.place})"]


def test_infeasible_for_want_of_flats_counts_households_and_persons() -> None:
    """Three couples and one flat: two households with four persons find no place."""
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2), couples(3), goals=[{"place": "all"}]))
    assert found.missing == ["2 households with 4 persons find no place (such as H0)"]


def test_the_limits_are_named_where_a_place_would_break_several() -> None:
    """A family of four, a flat for it, caps of one for house, site and city: the caps lack three each, not a flat."""
    rules = {per: {"rule": "cap", "count": "persons", "per": per, "at_most": 1} for per in ("building", "site", "city")}
    found = plan(world([space("S1")], [building("B1")], flats("B1", 4), [household("A", 4)], rules, [{"place": "all"}]))
    assert {(missing.rule, missing.amount) for missing in found.solution.missing} == {(per, 3.0) for per in rules}


def test_a_household_that_fits_nowhere_is_counted_with_its_persons() -> None:
    """A family of seven fits into no unit at all: one household with seven persons is missing."""
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 7)], goals=[{"place": "all"}]))
    assert found.missing == ["1 household with 7 persons finds no place (such as A)"]


def test_nobody_fits_anywhere_though_there_is_room() -> None:
    """A flat for one and two free places beside others hold no household of five: what is missing is its place."""
    units = [*flats("B1", 1), shared("B1", 4, 2)]
    found = plan(world([space("S1")], [building("B1")], units, [household("A", 5)], goals=[{"place": "all"}]))
    assert found.status == "infeasible"
    assert found.missing == ["1 household with 5 persons finds no place (such as A)"]


def test_shortages_name_the_rule_as_the_scenario_does() -> None:
    """Names that an LP file cannot tell apart, and the name of a row of bookkeeping, are still the rule's own."""
    cap = {"rule": "cap", "count": "persons", "per": "city"}
    base = ([space("S1")], [building("B1")], flats("B1", 2, 2), [household("A", 2), household("B", 1)])
    goals = [{"place": "all"}]
    twins = plan(world(*base, {"a_b": {**cap, "at_most": 2}, "a-b": {**cap, "at_most": 9}}, goals))
    assert twins.missing == ["rule a_b is exceeded by 1 person"]
    supply = plan(world(*base, {"one_unit": {**cap, "at_most": 2}}, goals))
    assert supply.missing == ["rule one_unit is exceeded by 1 person"]


@pytest.mark.parametrize("seed", [1, 5, 13, 40])
def test_what_is_missing_is_enough(seed: int) -> None:
    """What is missing of caps in three houses with flats for all is as little as can be, and granting it is enough."""
    draw = random.Random(seed)
    caps = {f"cap-B{i}": draw.randint(2, 5) for i in (1, 2, 3)}
    units = [flat for i in (1, 2, 3) for flat in flats(f"B{i}", 4, 4, 4)]
    people = [household(f"H{i}", draw.randint(1, 4)) for i in range(8)]

    def with_caps(limits: dict[str, float]) -> dict[str, Any]:
        rules = {
            name: {"rule": "cap", "count": "persons", "per": "building", "at_most": limit,
                   "where": {"building_id": {"equals": name.removeprefix("cap-")}}}
            for name, limit in limits.items()
        }  # fmt: skip
        return world([space("S1")], [building(f"B{i}") for i in (1, 2, 3)], units, people, rules, [{"place": "all"}])

    found = plan(with_caps(caps))
    assert found.status == "infeasible"
    total = sum(shortage.amount for shortage in found.solution.missing if shortage.rule)
    assert total == pytest.approx(sum(h["persons"] for h in people) - sum(caps.values()))
    granted = dict(caps)
    for shortage in found.solution.missing:
        granted[shortage.rule] += shortage.amount
    assert plan(with_caps(granted)).status == "optimal"


def test_what_the_solver_calls_infeasible_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that wrongly says infeasible is not believed: the elastic model finds the plan, which is then proven."""
    lie = Outcome("infeasible", None, None, None, 0.0)
    monkeypatch.setattr(stages, "solve_selected", lambda *_, **__: lie)
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2, 2), couples(3)))
    assert (found.status, found.values) == ("optimal", [4])
    assert found.defects() == []


def test_infeasible_is_not_said_without_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the elastic model finds no time for an answer either, the run is stopped, not infeasible."""
    lie = Outcome("infeasible", None, None, None, 0.0)
    monkeypatch.setattr(stages, "solve_selected", lambda *_, **__: lie)
    monkeypatch.setattr(stages, "what_is_missing", lambda *_: Missing(False, (), None))
    monkeypatch.setattr(stages, "solve_one", lambda *_, **__: lie)
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2), couples(1)))
    assert (found.status, found.solution.unit_of) == ("stopped", None)


@pytest.mark.parametrize(("bound", "confirmed"), [(None, False), (0.0, False), (0.5, True)])
def test_what_is_missing_is_confirmed_by_a_bound_alone(
    bound: float | None, confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An elastic plan that lacks something proves nothing; only a bound above zero says that every plan does."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2), couples(2), goals=[{"place": "all"}])
    honest = elastic.solve_one
    monkeypatch.setattr(elastic, "solve_one", lambda *a, **k: replace(honest(*a, **k), status="stopped", bound=bound))
    missing = elastic.what_is_missing(model_of(tiny), SolveOptions(), 10.0)
    assert missing.confirmed is confirmed
    assert bool(missing.shortages) is confirmed


def test_a_later_goal_without_time_keeps_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second goal comes to nothing, the plan of the first stands, and the second tells its true value."""
    units = [*flats("B1", 2, rent=300.0), *flats("B2", 2, rent=500.0)]
    tiny = world(
        [space("S1")], [building("B1"), building("B2")], units, couples(2), goals=[{"place": "persons"}, {"rent": None}]
    )
    real, calls = stages.solve_selected, []

    def once(*arguments: Any, **named: Any) -> Outcome:
        calls.append(1)
        return real(*arguments, **named) if len(calls) == 1 else Outcome("stopped", None, None, 2.5, 0.0)

    monkeypatch.setattr(stages, "solve_selected", once)
    monkeypatch.setattr(stages, "what_is_missing", lambda *_: Missing(False, (), None))
    honest = stages.solve_one
    monkeypatch.setattr(stages, "solve_one", lambda *a, **k: honest(*a, **k) if "presolve" not in k else once())
    found = plan(tiny)
    assert [stage.status for stage in found.solution.stages] == ["optimal", "stopped"]
    assert found.values == [4, 800]
    assert found.solution.stages[1].bound == pytest.approx(250.0)  # the solver counts in steps of 100 EUR
    assert found.status == "stopped"
    assert found.defects() == []


def test_the_plan_of_the_stage_before_is_a_start_that_the_solver_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start with deviations, openings and excess left open is completed: with no time at all it is the answer."""
    tiny = partition()
    tiny["rules"] = {"few": {"rule": "cap", "count": "persons", "per": "building", "at_most": 9000, "soft": 1}}
    tiny["goals"] = [{"place": "persons"}, {"keep": "rules"}, {"locations": None}, *tiny["goals"][1:]]
    seen: list[float] = []
    real = stages.solve_selected

    def hurried(linear: Any, objective: Any, options: Any, seconds: float, *others: Any) -> Outcome:
        outcome = real(linear, objective, options, seconds if not seen else 0.05, *others)
        seen.append(0.0 if outcome.x is None else 1.0)
        return outcome

    monkeypatch.setattr(stages, "solve_selected", hurried)
    found = plan(tiny)
    assert seen == [1.0] * 4
    assert found.defects() == []


def test_the_same_seed_gives_the_same_plan_and_another_the_same_values() -> None:
    """Twice the same seed: the same homes; another seed: the same values, whoever gets the places."""
    for world_seed in (2, 16, 31):
        tiny = random_world(world_seed)
        one, two, other = plan(tiny, seed=5), plan(tiny, seed=5), plan(tiny, seed=6)
        assert one.status == two.status == other.status
        if one.solution.unit_of is not None:
            assert one.homes == two.homes
            assert one.values == two.values == pytest.approx(other.values)


WEIGHTS = (1e-7, 1.0, 1e7)


@pytest.mark.parametrize("small", WEIGHTS)
@pytest.mark.parametrize("large", [1.0, 1e3, 1e9])
def test_a_light_rule_counts_beside_a_heavy_one(small: float, large: float) -> None:
    """A light rule that the next goal would love to break stays kept beside a heavy one that is broken for certain.

    Three couples, two cheap flats in B1, a dear one in B2, a cheap one in B3, where the light rule allows nobody.
    """
    units = [*flats("B1", 2, 2, rent=100.0), *flats("B2", 2, rent=900.0), *flats("B3", 2, rent=100.0)]
    rules = {
        "heavy": {"rule": "cap", "count": "flats", "per": "city", "at_most": 0, "soft": small * large},
        "light": {"rule": "only", "where": {"building_id": {"not_in": ["B3"]}}, "soft": small},
    }
    goals = [{"place": "persons"}, {"keep": "rules"}, {"rent": None}]
    found = plan(world([space("S1")], [building(f"B{i}") for i in (1, 2, 3)], units, couples(3), rules, goals))
    assert found.values == pytest.approx([6, 3 * small * large, 1100])
    assert found.status == "optimal"
    assert found.defects() == []


def test_a_run_keeps_to_its_time_limit() -> None:
    """With a tenth of a second for six goals the plan is whole, says stopped, and takes no seconds beyond it."""
    tiny = partition(people=40)
    tiny["rules"] = {"few": {"rule": "cap", "count": "persons", "per": "building", "at_most": 9000, "soft": 1}}
    tiny["goals"] = [*tiny["goals"], {"keep": "rules"}, {"locations": None}, {"rent": None}, {"prefer": None}]
    began = time.perf_counter()
    found = plan(tiny, seconds=0.1)
    assert time.perf_counter() - began < 5
    assert found.status == "stopped"
    assert len(found.solution.stages) == 6
    assert found.defects() == []


def test_an_infeasible_demand_is_confirmed_even_without_time() -> None:
    """The search for what is missing has a second of its own: infeasible is said of what is infeasible."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2), couples(3), goals=[{"place": "all"}])
    found = plan(tiny, seconds=0.01)
    assert found.status == "infeasible"
    assert found.missing == ["2 households with 4 persons find no place (such as H0)"]


def test_seconds_of_pricing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solution says how long its goals took for prices; what is looked for between two of their bounds is not among it."""
    for module, name, value in ((relaxed, "MANY", 0), (selection, "SMALL", 2), (stages, "SMALL", 2)):
        monkeypatch.setattr(module, name, value)
    made, asked = relaxed._made, []

    def slowly(*given: Any) -> Iterator[Prices]:
        for one in made(*given):
            asked.append(one)
            time.sleep(0.2)
            yield one

    monkeypatch.setattr(relaxed, "_made", slowly)
    learn = selection._Search.learn
    monkeypatch.setattr(selection._Search, "learn", lambda *given: (time.sleep(1.0), learn(*given))[1])
    began = time.perf_counter()
    found = plan(random_world(416)).solution
    took = time.perf_counter() - began
    assert len(asked) >= 2
    assert 0.2 * len(asked) <= found.price_seconds <= took - 1.0 * len(asked)


def test_seconds_of_prices_without_a_relaxation_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the relaxation would take too long, the seconds of the prices that stand in for it count."""
    for module, name, value in ((selection, "SMALL", 2), (stages, "SMALL", 2), (selection, "SECONDS", 1e9)):
        monkeypatch.setattr(module, name, value)
    asked: list[bool] = []

    def without(*given: Any) -> tuple[np.ndarray, float, float]:
        asked.append(True)
        return given[5], -np.inf, 7.0

    monkeypatch.setattr(selection, "without_relaxation", without)
    found = plan(random_world(416)).solution
    assert asked
    assert found.price_seconds == 7.0 * len(asked)


@pytest.mark.parametrize("past_pulp", [0, 10**6], ids=["arrays", "PuLP"])
def test_a_long_programme_tells_how_far_it_is(
    past_pulp: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Value, bound and gap of the spread are told while it is solved, and the solver itself prints nothing."""
    monkeypatch.setattr(highs, "PAST_PULP", past_pulp)
    monkeypatch.setattr(highs, "EVERY", 0.0)
    linear = model_of(partition()).linear
    told: list[str] = []
    solve_one(linear, linear.objectives[1], SolveOptions(gap=0), 1.0, progress=told.append)
    assert any(re.search(r"spread: .*: [\d.,e+]+, bound [-\d.,e+]+, gap [\d.]+%, \d+ s$", line) for line in told)
    assert capfd.readouterr() == ("", "")
