"""The trade-off between goals: against brute force, by hand, and as files."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import drawn
from oracle import Oracle
from random_worlds import as_rules, as_stages, random_world
from tiny import situation_of
from tiny_runs import call, project

from allocator.errors import InfeasibleError, InputError
from allocator.frontier.curve import Point, non_dominated, trace
from allocator.frontier.knees import knees
from allocator.frontier.named import Question, question
from allocator.frontier.solving import Curve, solve_curves
from allocator.ledger import Ledger
from allocator.plan import allocation_table
from allocator.scenario import load_scenario
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import StageResult, solve
from allocator.verify import count_goals, verify_allocation

SPREAD = {"spread": {"over": "social_spaces", "key": "residents", "minimise": "sum"}}
WALK = {"walk": {"to": "school", "who": "persons"}}
PAIRS = [(SPREAD, {"rent": None}), (WALK, SPREAD), ({"rent": None}, {"prefer": None}), ({"locations": None}, WALK)]
RENTS = """
    title: Rent and ways
    city: tiny
    households: tiny/households.csv
    rules:
      ten-per-site:  {rule: cap, count: persons, per: site, at_most: 10}
    goals:
      - place: persons
      - rent
      - stay
    solve: {gap: 0, seconds: 60}
"""


def traced(world: dict[str, Any], points: int = 99, levels: int = 3) -> tuple[Any, Question, list[Curve]]:
    """The curves of a world whose last two goals (or three, with two before at most) are the named ones."""
    situation, rules, stages = situation_of(world), as_rules(world), as_stages(world)
    asked = Question(tuple(stages[:1]), tuple(stages[1:]), ())
    scenario: Any = SimpleNamespace(situation=situation, rules=rules, solve=SolveOptions(gap=0, seconds=60))
    return scenario, asked, solve_curves(scenario, asked, points, levels)[1]


def worth(point: Point) -> tuple[float, float]:
    """The values of a point."""
    return point.a, point.b


def sense(goal: dict[str, Any]) -> int:
    """1 for a goal that is to be small."""
    return -1 if set(goal) & {"prefer", "place", "score"} else 1


def front(world: dict[str, Any]) -> list[tuple[float, float]] | None:
    """The Pareto front of the last two goals among the plans that are best for the first, by trying every plan."""
    oracle = Oracle(world)
    plans = [plan for plan in oracle.plans() if oracle.keeps_hard_rules(plan)]
    if not plans:
        return None
    first, *named = world["goals"]
    placed = [oracle.goal(first, plan) for plan in plans]
    best = [plan for plan, value in zip(plans, placed, strict=True) if value >= max(placed) - 1e-6]
    values = {tuple(round(sense(goal) * oracle.goal(goal, plan), 6) for goal in named) for plan in best}
    return sorted(
        one
        for one in values
        if not any(other != one and all(o <= v for o, v in zip(other, one, strict=True)) for other in values)
    )


def check_front(seed: int) -> None:
    """The points of a world are its Pareto front, each a plan that the recount confirms."""
    world = random_world(seed) | {"goals": [{"place": "persons"}, *PAIRS[seed % len(PAIRS)]]}
    world["rules"] = {name: rule for name, rule in world["rules"].items() if "soft" not in rule}
    expected = front(world)
    if expected is None:
        with pytest.raises(InfeasibleError):
            traced(world)
        return
    scenario, asked, (curve,) = traced(world)
    found = [worth(point) for point in curve.traced.points]
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-5), (seed, found, expected)
    assert curve.traced.complete, seed
    stages, situation = [*asked.before, *asked.named], scenario.situation
    ids = [*situation.city.units["unit_id"], ""]
    for point in curve.traced.points:
        homes = dict(zip(situation.households["household_id"], (ids[unit] for unit in point.plan.unit_of), strict=True))
        ledger = Ledger(situation.city, situation.households, homes, situation.day)
        table = allocation_table(ledger, {})
        city, households = situation.city, situation.households
        assert not list(verify_allocation(city, households, scenario.rules, stages, table, day=situation.day))
        tallies = {name: list(rule.recount(ledger)) for name, rule in scenario.rules.items()}
        counted = count_goals(stages, ledger, scenario.rules, tallies)[1:]
        signed = [-value if stage.sense == "max" else value for stage, value in zip(asked.named, counted, strict=True)]
        assert np.allclose(signed, worth(point), rtol=1e-5, atol=1e-5), seed


@pytest.mark.parametrize("seed", drawn(range(16), 3))
def test_the_points_are_the_whole_pareto_front(seed: int) -> None:
    """Against every allocation of tiny worlds: the same points, none missing, none too many, each confirmed."""
    check_front(seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(16, 116, 20))
def test_the_points_are_the_whole_pareto_front_of_many(start: int) -> None:
    """The same for many more."""
    for seed in range(start, start + 20):
        check_front(seed)


@pytest.mark.parametrize("seed", drawn(range(1, 7), 2))
def test_a_third_goal_gives_curves_of_plans_none_of_which_is_worse_in_everything(seed: int) -> None:
    """Points of all levels lie on the front of three goals, and the tightest curve holds the third at its best."""
    goals = [{"place": "persons"}, SPREAD, WALK, {"rent": None}]
    world = random_world(seed) | {"goals": goals, "rules": {}}
    expected = front(world)
    assert expected is not None
    _, asked, curves = traced(world)
    third = asked.named[2]
    for curve in curves:
        for point in curve.traced.points:
            value = (*worth(point), point.plan.proven[third].value)
            assert any(np.allclose(value, one, rtol=1e-5, atol=1e-5) for one in expected), (seed, value, expected)
    if len(curves) > 1:
        least = min(one[2] for one in expected)
        assert curves[-1].level == pytest.approx(least)
        assert all(point.plan.proven[third].value <= least + 1e-4 for point in curves[-1].traced.points)


def least(front: list[tuple[float, float]]) -> Any:
    """An answer to bounds from a front that is known, and the bounds that were asked for."""
    asked: list[float] = []

    def answer(bounds: Any) -> list[Point]:
        asked.extend(bound for bound, _ in bounds)
        return [Point(*min((b, a) for a, b in front if a <= bound)[::-1]) for bound, _ in bounds]

    return answer, asked


def test_few_points_lie_apart_and_many_are_complete() -> None:
    """Of a hundred points five are spread over the curve; asked for all, all are found and said to be all."""
    all_of_them = [(float(a), float((100 - a) ** 2)) for a in range(100)]
    answer, _ = least(all_of_them)
    few = trace(Point(*all_of_them[0]), Point(*all_of_them[-1]), answer, 5)
    assert not few.complete
    assert len(few.points) == 5
    pairs = zip(few.points[:-1], few.points[1:], strict=True)
    gaps = [np.hypot((q.a - p.a) / 99, (p.b - q.b) / 9999) for p, q in pairs]
    assert max(gaps) < 0.6
    many = trace(Point(*all_of_them[0]), Point(*all_of_them[-1]), answer, 200, at_once=2)
    assert [worth(point) for point in many.points] == all_of_them
    assert many.complete


def test_an_empty_segment_is_closed_by_two_questions() -> None:
    """Between two points with nothing between them: half-way, then as near to the end as can be told apart."""
    answer, asked = least([(0.0, 10.0), (100.0, 0.0)])
    found = trace(Point(0, 10), Point(100, 0), answer, 99)
    assert found.complete
    assert [worth(point) for point in found.points] == [(0, 10), (100, 0)]
    assert asked == [pytest.approx(50, abs=1e-3), pytest.approx(100, abs=1e-3)]


def test_a_question_without_an_answer_leaves_the_curve_incomplete() -> None:
    """Where the time is over the segment stays as it is, and the curve does not say that it is whole."""
    found = trace(Point(0, 10), Point(100, 0), lambda asked: [None] * len(asked), 99)
    assert not found.complete
    assert len(found.points) == 2


def test_goals_that_agree_have_one_point() -> None:
    """Where one plan is best for both goals there is nothing to trade off."""
    assert [worth(point) for point in trace(Point(3, 7), Point(3, 7), least([])[0], 9).points] == [(3, 7)]


def test_dominated_points_go() -> None:
    """What is no better in anything goes; of two with the same first value the better one stays."""
    points = [Point(1, 9), Point(2, 9), Point(3, 4), Point(2.5, 5), Point(3, 4), Point(4, 4.5), Point(5, 1)]
    assert [worth(point) for point in non_dominated(points)] == [(1, 9), (2.5, 5), (3, 4), (5, 1)]


def test_the_knee_is_farthest_from_the_chord() -> None:
    """(1, 2) of (0, 10), (1, 2), (5, 1), (10, 0): D = 1 - 0.1 - 0.2 = 0.7; on a straight line there is none."""
    assert knees([(0, 10), (1, 2), (5, 1), (10, 0)]) == [1]
    assert knees([(0, 4), (1, 3), (2, 2), (4, 0)]) == []
    assert knees([(0, 4), (3, 3), (4, 0)]) == []
    assert knees([(0, 1), (1, 0)]) == []


def test_a_curve_with_two_bends_has_two_knees() -> None:
    """D is 0, .5, .21, .4, 0: behind both maxima it falls by more than the mean step 0.25."""
    assert knees([(0, 100), (10, 40), (35, 44), (55, 5), (100, 0)]) == [1, 3]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny city with ways and rents; nobody changes it."""
    return project(tmp_path_factory.mktemp("frontier"), RENTS)


def test_a_goal_kept_at_a_chosen_value_is_kept(scenario: Path) -> None:
    """With the rent at most 2,300 no plan pays more; with a rent that no plan reaches there is no plan."""
    loaded = load_scenario(scenario)
    place, rent, stay = loaded.stages
    first = solve(loaded.situation, loaded.rules, [place, rent], loaded.solve)
    best = first.stages[1].value
    assert best is not None
    kept = [first.stages[0], StageResult("rent", "min", best + 50, None, "optimal", 0.0)]
    held = solve(loaded.situation, loaded.rules, [place, rent, stay], loaded.solve, kept=kept, start=first.unit_of)
    assert held.unit_of is not None
    assert [stage.value for stage in held.stages[:2]] == [kept[0].value, best + 50]
    below = [first.stages[0], StageResult("rent", "min", best - 1, None, "optimal", 0.0)]
    none = solve(loaded.situation, loaded.rules, [place, rent, stay], loaded.solve, kept=below, start=first.unit_of)
    assert none.unit_of is None
    assert none.status == "infeasible"


def test_goals_are_found_or_said_anew(scenario: Path) -> None:
    """`rent` is the scenario's, `walk:school` a new one; place comes before, stay behind is left out."""
    loaded = load_scenario(scenario)
    asked = question(loaded.stages, ["walk:school", "rent"], loaded.situation)
    assert [stage.name for stage in asked.named] == ["walk: school", "rent"]
    assert [stage.name for stage in asked.before] == ["place: persons"]
    assert [stage.name for stage in asked.left_out] == ["stay"]
    new = question(loaded.stages, ["walk:school", "walk:kita"], loaded.situation)
    assert [stage.name for stage in new.before] == ["place: persons", "rent", "stay"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["rant", "stay"], "did you mean 'rent'?"),
        (["walk:shool", "rent"], "did you mean 'school'?"),
        (["rent", "rent"], "named twice"),
        (["spread", "rent"], "over"),
        (["score:points.csv", "rent"], "reads a file"),
    ],
)
def test_a_name_without_a_goal_is_a_finding(scenario: Path, names: list[str], told: str) -> None:
    """Every wrong name says what is wrong and what to do."""
    loaded = load_scenario(scenario)
    with pytest.raises(InputError, match="command line") as error:
        question(loaded.stages, names, loaded.situation)
    assert told in str(error.value)


def test_the_command_writes_a_page_with_a_map_for_each_point(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both spellings give the same points; today and first come, first served stand beside them; all is whole."""
    one, two = tmp_path / "one", tmp_path / "two"
    first = call(capsys, "frontier", scenario, "--between", "rent", "walk:school", "--out", one, "--quiet")
    assert first.status == 0, first.err
    words = ("--between", "rent", scenario, "--and", "walk:school", "--out", two, "--language", "de")
    second = call(capsys, "frontier", *words)
    assert second.status == 0, second.err
    table = pd.read_csv(one / "frontier.csv", dtype={"point": str})
    assert (one / "frontier.csv").read_bytes() == (two / "frontier.csv").read_bytes()
    assert table["point"].tolist()[-2:] == ["today", "first-come"]
    points = table[:-2]
    assert points["rent"].is_monotonic_increasing
    assert points["walk: school"].is_monotonic_decreasing
    assert set(points["placed_persons"]) == {points["placed_persons"].iloc[0]}
    for name in table["point"]:
        assert (one / "points" / name / "map.html").exists()
        assert (one / "points" / name / "allocation.csv").exists()
    told = json.loads((one / "frontier.json").read_text(encoding="utf-8"))
    assert told["between"] == ["rent", "walk: school"]
    assert told["left_out"] == ["stay"]
    html = (two / "frontier.html").read_text(encoding="utf-8")
    assert "INTERN" in html
    assert "http" not in html.replace("http-equiv", "")
    assert html.count('target="map"') == 2 * len(table)


@pytest.mark.usefixtures("undrawn")
def test_today_is_valued_as_it_is(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Today only 003 has a home: the shared unit U5, for one person 190 EUR; everybody else has no place."""
    folder = tmp_path / "out"
    words = ("--between", "rent", "walk:school", "--points", 2, "--out", folder)
    assert call(capsys, "frontier", scenario, *words, "--quiet").status == 0
    table = pd.read_csv(folder / "frontier.csv", dtype={"point": str}).set_index("point")
    assert table.loc["today", "placed_persons"] == 1
    assert table.loc["today", "rent"] == 190
    assert table.loc["first-come", "placed_persons"] <= table["placed_persons"].iloc[0]
    homes = pd.read_csv(folder / "points" / "today" / "allocation.csv", dtype=str, keep_default_na=False)
    assert homes.loc[homes["unit_id"] != "", "household_id"].tolist() == ["003"]


@pytest.mark.usefixtures("undrawn")
def test_a_folder_of_another_kind_is_kept(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--overwrite replaces an earlier curve, but neither a run nor a curve to which somebody has added files."""
    folder = tmp_path / "out"
    words = ("frontier", scenario, "--between", "rent", "walk:school", "--out", folder, "--quiet", "--points", 2)
    assert call(capsys, *words).status == 0
    assert call(capsys, *words).status == 2
    assert call(capsys, *words, "--overwrite").status == 0
    (folder / "points" / "01" / "notes.txt").write_text("mine", encoding="utf-8")
    refused = call(capsys, *words, "--overwrite")
    assert refused.status == 2
    assert "points/01/notes.txt" in refused.err
    assert call(capsys, "run", scenario, "--out", folder, "--overwrite", "--quiet").status == 2
    assert call(capsys, "frontier", scenario, "--between", "rent", "--out", tmp_path / "x").status == 2


@pytest.mark.usefixtures("undrawn")
def test_names_from_data_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A title with signs of HTML is text on the page."""
    path = project(tmp_path, RENTS.replace("Rent and ways", "<img src=x onerror=alert(1)>"))
    words = ("--between", "rent", "walk:school", "--points", 2, "--out", tmp_path / "o")
    assert call(capsys, "frontier", path, *words, "--quiet").status == 0
    html = (tmp_path / "o" / "frontier.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "&lt;img" in html
