"""The goal `score`: points of a table in worlds worked out by hand, and the file from the scenario to the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn import drawn
from tiny import TinyPlan, building, flats, household, model_of, plan, space, world
from tiny_runs import call, project, result_of

from allocator.errors import Finding, InputError
from allocator.goals import goal_named
from allocator.goals.base import goal_name
from allocator.runs import load_run
from allocator.scenario import Scenario, load_scenario
from allocator.scenario.describing import goal_sentence

PLACE = {"place": "persons"}


def town(
    households: list[dict[str, Any]], of: str, *rows: tuple[str, str, float], goals: tuple[Any, ...] = (PLACE,)
) -> TinyPlan:
    """B1 (site T1) and B2 in S1, B3 in no social space; a flat for two in each."""
    houses = [building("B1", site_id="T1"), building("B2"), building("B3", "")]
    units = [one for house in houses for one in flats(house["building_id"], 2)]
    goals = (*goals, {"score": {"of": of, "rows": list(rows)}})
    found = plan(world([space("S1")], houses, units, households, goals=goals, sites=[{"site_id": "T1"}]))
    assert found.status == "optimal"
    assert found.defects() == []
    return found


TWO = [household("A", 2), household("B", 2)]


@pytest.mark.parametrize(
    ("of", "first", "second"),
    [("unit_id", "B1-1", "B3-1"), ("building_id", "B1", "B3"), ("site_id", "T1", "B3")],
)
def test_households_live_where_they_have_most_points(of: str, first: str, second: str) -> None:
    """A has 5 in the first house and 4 in the third, B 3 in the first alone: 4 + 3 are more than 5."""
    found = town(TWO, of, ("A", first, 5.0), ("A", second, 4.0), ("B", first, 3.0))
    assert found.values == [4, 7]
    assert (found.homes["A"], found.homes["B"]) == ("B3-1", "B1-1")


def test_points_of_a_social_space_count_in_all_its_buildings() -> None:
    """2.5 points for A anywhere in S1, and none outside every social space, whatever B would rather have."""
    found = town([household("A", 2)], "space_id", ("A", "S1", 2.5))
    assert found.values == [2, 2.5]
    assert found.homes["A"] in ("B1-1", "B2-1")


def test_missing_pairs_count_nothing_and_points_may_be_below_zero() -> None:
    """A loses 2 points in the first and 1 in the second house, and has none in the third, which is not in the table."""
    found = town([household("A", 2)], "building_id", ("A", "B1", -2.0), ("A", "B2", -1.0))
    assert (found.values, found.homes) == ([2, 0], {"A": "B3-1"})


def test_points_below_zero_leave_a_household_out_only_where_they_come_first() -> None:
    """Three houses of -1: after `place` A is housed at the price of a point; alone, the goal leaves A out."""
    rows = [("A", house, -1.0) for house in ("B1", "B2", "B3")]
    assert town([household("A", 2)], "building_id", *rows).values == [2, -1]
    assert town([household("A", 2)], "building_id", *rows, goals=()).homes == {"A": ""}


def test_who_is_not_placed_has_no_points() -> None:
    """A, three persons in a flat for two, remains at home and is not placed: its 9 points there are not counted."""
    assert town([household("A", 3, home="B1-1")], "unit_id", ("A", "B1-1", 9.0)).values == [0, 0]


def test_points_are_weighed_against_other_goals() -> None:
    """A point is worth 40 EUR, or 60: 5 points more for 250 EUR are worth it at 60 alone."""
    for weight, home in ((40, "B2-1"), (60, "B1-1")):
        score = {"score": {"of": "unit_id", "rows": [("A", "B1-1", 5.0)]}, "weight": weight}
        units = [*flats("B1", 2, rent=550.0), *flats("B2", 2, rent=300.0)]
        found = plan(world([space("S1")], [building("B1"), building("B2")], units, [household("A", 2)],
                           goals=[PLACE, {"weighted": [score, {"rent": None, "weight": 1}]}]))  # fmt: skip
        assert found.homes["A"] == home
        assert found.defects() == []


def test_households_with_the_same_points_stay_one_class() -> None:
    """A and B have the same points, C others, D none as E has: three classes; flats with the same points are one."""
    people = [household(name) for name in "ABCDE"]
    rows = [("A", "B1", 1.0), ("B", "B1", 1.0), ("C", "B1", 2.0), ("E", "B1", 0.0)]
    houses = [building(f"B{i}") for i in (1, 2, 3)]
    units = [one for house in houses for one in flats(house["building_id"], 2)]
    size = model_of(world([space("S1")], houses, units, people,
                          goals=[{"score": {"of": "building_id", "rows": rows}}])).size  # fmt: skip
    assert (size["household_classes"], size["unit_classes"]) == (3, 2)


def test_a_score_says_which_table_it_adds_up() -> None:
    """The name holds the file's name, the sentence the path of the scenario; a table not read yet is an error."""
    goal = goal_named("score")(table="tables/points.csv")
    assert goal_name(goal) == "score: points.csv"
    assert goal_sentence(goal, "de") == "Die höchste Summe der Punkte in tables/points.csv."
    with pytest.raises(ValueError, match="has not been read"):
        _ = goal.scores


# -- files ------------------------------------------------------------------------------------------------------------

PLAN = """
    title: Points
    city: tiny
    households: tiny/households.csv
    goals:
      - place: persons
      - score: tables/points.csv
    solve: {gap: 0, seconds: 60}
"""
GOOD = "household_id,unit_id,score\n001,U1,2.5\n001,U3,-1\n004,U3,4\n"


def written(folder: Path, content: str | bytes = GOOD, name: str = "points.csv", text: str = PLAN) -> Path:
    """The tiny project with a table of points beside it; the scenario's path."""
    path = project(folder, text.replace("points.csv", name))
    (folder / "tables").mkdir()
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    (folder / "tables" / name).write_bytes(data)
    return path


def scores_of(scenario: Scenario) -> dict[tuple[str, str], float]:
    """The points that the last goal of a scenario has read."""
    scores = scenario.stages[-1].goals[0][0].scores
    return dict(zip(zip(scores.household, scores.place, strict=True), scores.score, strict=True))


def findings(path: Path, *overrides: str) -> list[Finding]:
    """The errors of a scenario."""
    with pytest.raises(InputError) as error:
        load_scenario(path, overrides)
    return [finding for finding in error.value.findings if finding.severity == "error"]


def test_tables_are_read_like_all_others(tmp_path: Path) -> None:
    """CSV, German CSV, Excel and Parquet give the same points; ids keep their zeros, the path is the scenario's."""
    wanted = {("001", "U1"): 2.5, ("001", "U3"): -1.0, ("004", "U3"): 4.0}
    german = "household_id;unit_id;score\n001;U1;2,5\n001;U3;-1\n004;U3;4\n".encode("cp1252")
    frame = pd.DataFrame({"household_id": ["001", "001", "004"], "unit_id": ["U1", "U3", "U3"], "score": [2.5, -1, 4]})
    assert scores_of(load_scenario(written(tmp_path / "a"))) == wanted
    assert scores_of(load_scenario(written(tmp_path / "b", german))) == wanted
    for number, name in enumerate(("points.xlsx", "points.parquet")):
        path = written(tmp_path / f"c{number}", b"", name)
        target = tmp_path / f"c{number}" / "tables" / name
        frame.to_excel(target, index=False) if name.endswith("xlsx") else frame.to_parquet(target)
        assert scores_of(load_scenario(path)) == wanted


def test_everything_wrong_in_a_table_is_told_at_once(tmp_path: Path) -> None:
    """Unknown ids, pairs that stand twice, missing places and scores are findings with file, row and column."""
    rows = "001,U1,1\n01,U1,1\n001,U9,1\n001,U1,2\n004,,1\n004,U3,\n005,U3,viel\n005,U1,inf\n"
    found = findings(written(tmp_path, "household_id,unit_id,score\n" + rows))
    assert {finding.file for finding in found} == {"points.csv"}
    assert {(finding.row, finding.column) for finding in found} == {
        ("number 3", "household_id"), ("number 4", "unit_id"), ("number 5", "unit_id"), ("number 6", "unit_id"),
        ("number 7", "score"), ("number 8", "score"), ("number 9", "score"),
    }  # fmt: skip
    assert any("did you mean" in finding.remedy for finding in found)
    assert all(finding.remedy for finding in found)


@pytest.mark.parametrize(
    ("content", "what"),
    [("household_id,score\n001,1\n", "no column names a place"),
     ("household_id,unit_id,space_id,score\n001,U1,01,1\n", "several columns name places: unit_id, space_id"),
     ("household_id,unit_id,points\n001,U1,1\n", "the column is missing"),
     ("unit_id,score\nU1,1\n", "the column is missing"),
     ("household_id,unit_id,score\n", "the table has no rows"), ("", "empty")],
)  # fmt: skip
def test_a_table_of_another_form_is_a_finding(content: str, what: str, tmp_path: Path) -> None:
    """Columns that are missing or one too many, and empty tables, are findings and no tracebacks."""
    found = findings(written(tmp_path, content))
    assert any(what in finding.what for finding in found), found
    assert all(finding.file == "points.csv" for finding in found)


def test_a_missing_file_is_told_with_its_line(tmp_path: Path) -> None:
    """A table that is not there is told with file and line, beside what else is wrong."""
    path = written(tmp_path)
    (tmp_path / "tables" / "points.csv").unlink()
    (told,) = findings(path)
    assert told.what == "there is no file 'tables/points.csv'"
    assert (told.file, told.line, told.column) == ("plan.yaml", 6, "goals.1.score.table")
    assert [finding.what for finding in findings(path, "goals.1.score.table=tables")] == ["there is no file 'tables'"]
    for wrong in ("goals.1.score.table=7", "goals.1.score.tabel=x.csv", "goals.1.score.table=''"):
        assert findings(path, wrong)


def test_a_file_that_extends_another_reads_the_table_of_the_other(tmp_path: Path) -> None:
    """The path is relative to the file that names it, not to the one that extends this."""
    written(tmp_path)
    (tmp_path / "further").mkdir()
    other = tmp_path / "further" / "plan.yaml"
    other.write_text("extends: ../plan.yaml\n", encoding="utf-8")
    assert scores_of(load_scenario(other))["004", "U3"] == 4


@pytest.mark.usefixtures("undrawn")
def test_a_table_that_has_changed_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table stands among the inputs of a run with its hash; `verify` refuses one that has changed since."""
    path = written(tmp_path)
    assert call(capsys, "run", path, "--out", tmp_path / "run").status == 0
    result = result_of(tmp_path / "run")
    assert "../tables/points.csv" in [entry["file"] for entry in result["inputs"]]
    assert result["goals"][1]["goal"] == "score: points.csv"
    assert result["goals"][1]["value"] == 6.5
    assert call(capsys, "verify", tmp_path / "run").status == 0
    (tmp_path / "tables" / "points.csv").write_text(GOOD.replace("2.5", "3"), encoding="utf-8")
    answer = call(capsys, "verify", tmp_path / "run")
    assert answer.status == 1
    assert "points.csv: has changed since this run" in answer.err + answer.out


@pytest.mark.parametrize(
    "override", drawn(["goals.1.score.table=b #2/other.csv",
                       "goals=[{place: persons}, {weighted: [{score: 'b #2/other.csv', weight: 2}, rent]}]",
                       "goals.score='b #2/other.csv'", "goals.1.table='b #2/other.csv'"], 2)
)  # fmt: skip
@pytest.mark.usefixtures("undrawn")
def test_a_table_of_the_command_line_is_found_again(
    override: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path on the command line is relative to the current folder, and a run knows it from wherever it is read."""
    path = written(tmp_path)
    (tmp_path / "b #2").mkdir()
    (tmp_path / "b #2" / "other.csv").write_text(GOOD.replace("2.5", "7"), encoding="utf-8")
    if "'" not in override:
        override = override.replace("b #2/other.csv", '"b #2/other.csv"')
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "run", path, "--out", "run", "--set", override).status == 0
    monkeypatch.chdir(tmp_path.parent)
    goals = load_run(tmp_path / "run").scenario.stages[1].goals
    assert goals[0][0].scores.score == (7.0, -1.0, 4.0)
    assert call(capsys, "verify", tmp_path / "run").status == 0


# -- named pairs ------------------------------------------------------------------------------------------------------


def named(rows: list[tuple[str, str, float]], households: int = 6) -> Any:
    """The model of so many singles alike, two houses with flats alike, and points for some in named flats."""
    units = [*flats("B1", 1, 1, 1), *flats("B2", 1, 1, 1)]
    people = [household(f"H{number}") for number in range(households)]
    goals = [PLACE, {"score": {"of": "unit_id", "rows": rows}}]
    return world([space("S1")], [building("B1"), building("B2")], units, people, goals=goals)


def test_who_keeps_an_earlier_flat_stays_in_its_class() -> None:
    """Six singles and their flats of an earlier plan: still one class each and one column for each pair, and all stay."""
    rows = [(f"H{number}", f"B{1 + number // 3}-{1 + number % 3}", 1.0) for number in range(6)]
    town = named(rows)
    size = model_of(town).size
    assert (size["household_classes"], size["unit_classes"], size["columns"]) == (1, 1, 1 + 6)
    found = plan(town)
    assert (found.values, found.defects()) == ([6, 6], [])
    assert found.homes == {name: unit for name, unit, _ in rows}


def test_a_flat_is_kept_by_one_and_a_household_keeps_one_flat() -> None:
    """H0 and H1 both had B1-1, H2 had two flats: of six points four can be had, two of H1, one of H2, one of H3."""
    found = plan(named([("H0", "B1-1", 1.0), ("H1", "B1-1", 2.0), ("H2", "B1-2", 1.0), ("H2", "B2-1", 1.0),
                        ("H3", "B2-2", 1.0)]))  # fmt: skip
    assert (found.values, found.defects()) == ([6, 4], [])
    assert found.homes["H1"] == "B1-1"
    assert found.homes["H2"] in ("B1-2", "B2-1")
    assert found.homes["H3"] == "B2-2"


def test_points_below_zero_and_points_for_most_pairs_are_told_apart_as_before() -> None:
    """A point below zero must be avoided, which a class cannot; with many pairs households differ anyway."""
    assert model_of(named([("H0", "B1-1", -1.0)])).pairs.column.size == 0
    every = [(f"H{h}", f"B{b}-{u}", 1.0) for h in range(6) for b in (1, 2) for u in (1, 2)]
    assert model_of(named(every)).pairs.column.size == 0
    assert plan(named([("H0", f"B{b}-{u}", -1.0) for b in (1, 2) for u in (1, 2, 3)][:5])).homes["H0"] == "B2-3"
