"""`allocator explain`: every question answered in words, JSON and files; nothing is a traceback."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest
from tiny_runs import PLAN, call, project, result_of
from undrawn import nothing_drawn


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run with everybody placed, one with a family of nine without a place, and an infeasible one."""
    from allocator.runs import make_plan, write_run
    from allocator.scenario import load_scenario

    found = {}
    demand = PLAN.replace("place: persons", "place: all")
    nine = {"004": {"persons": 9, "max_rent": 5000}}
    for name, text, changes in (("placed", PLAN, {}), ("unplaced", PLAN, {"households": nine}),
                                ("infeasible", demand, {"households": nine})):  # fmt: skip
        folder = tmp_path_factory.mktemp(name)
        scenario = load_scenario(project(folder, text, **changes))
        with nothing_drawn() if name != "unplaced" else nullcontext():
            write_run(make_plan(scenario), folder / "run")
        found[name] = folder / "run"
    return found


def test_a_plan_is_explained_in_words_and_files(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """What binds, what would house more and who lacks what; why.json, why.csv and why.geojson say the same."""
    answer = call(capsys, "explain", runs["unplaced"])
    assert answer.status == 0
    for part in (
        "Where the rules leave no more room",
        "What would help",
        "Homes that are missing",
        "Households without a place",
    ):
        assert part in answer.out
    assert (
        "would fit if rule 'At most 10 persons per site' (ten-per-site) allowed 19 persons at Hafenstraße [H1]"
        in answer.out
    )
    assert "With one more flat for 9 persons in" in answer.out
    why = json.loads((runs["unplaced"] / "why.json").read_text(encoding="utf-8"))
    assert why["unplaced"][0]["household_id"] == "004"
    table = pd.read_csv(runs["unplaced"] / "why.csv")
    assert table.loc[table["size"] == 9, "gain"].max() == 9
    shapes = json.loads((runs["unplaced"] / "why.geojson").read_text(encoding="utf-8"))
    assert {shape["properties"]["best_size"] for shape in shapes["features"]} == {9.0, None}


@pytest.mark.slow
def test_the_report_takes_the_answers_up_and_the_run_stays_whole(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """After `explain` the report has a section more, `verify` finds nothing, and the run may be overwritten."""
    assert "What would help" not in (runs["unplaced"] / "report.html").read_text(encoding="utf-8")
    call(capsys, "explain", runs["unplaced"], "--quiet")
    assert call(capsys, "report", runs["unplaced"], "--out", runs["unplaced"].parent / "new.html").status == 0
    assert "What would help" in (runs["unplaced"].parent / "new.html").read_text(encoding="utf-8")
    assert call(capsys, "verify", runs["unplaced"]).status == 0
    (runs["unplaced"] / "why.json").write_text('{"format": 1, "created": "earlier"}', encoding="utf-8")
    assert call(capsys, "report", runs["unplaced"], "--out", runs["unplaced"].parent / "other.html").status == 0
    assert "What would help" not in (runs["unplaced"].parent / "other.html").read_text(encoding="utf-8")
    out = runs["unplaced"]
    with nothing_drawn():
        assert call(capsys, "run", out.parent / "plan.yaml", "--out", out, "--overwrite", "--quiet").status == 0


def test_a_household_is_explained(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Placed, pinned, without a place: each is told where it lives and why, in both languages."""
    placed = call(capsys, "explain", runs["placed"], "--household", "004", "--exact", "--quiet").out
    assert placed.startswith("004 (3 persons) gets U3 in Altstadt [01].")
    assert "Wish" in placed
    pinned = call(capsys, "explain", runs["placed"], "--household", "003", "--language", "de").out
    assert "Der Haushalt ist an seine Wohnung gebunden." in pinned
    nowhere = json.loads(call(capsys, "explain", runs["unplaced"], "--household", "004", "--json").out)
    assert nowhere["unit_id"] == ""
    assert nowhere["sentences"][0].startswith("004 (9 persons) has no place: ")


def test_an_attribute_is_taken_out(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Groups are named by no rule; the highest rent is what keeps households apart."""
    assert (
        "The column 'group' changes nothing in this plan"
        in call(capsys, "explain", runs["placed"], "--ablate", "group").out
    )
    answer = json.loads(call(capsys, "explain", runs["placed"], "--ablate", "max_rent", "--json").out)
    assert not answer["same_model"]


def test_an_infeasible_run_is_told_ways_out(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """No flat for nine: the site takes them with nine more than ten, or a home is found; nothing is written."""
    assert result_of(runs["infeasible"])["status"] == "infeasible"
    answer = call(capsys, "explain", runs["infeasible"], "--language", "de", "--quiet")
    assert answer.status == 0
    assert (
        "Regel „Höchstens 10 Personen je Standort“ (ten-per-site) lässt höchstens Platz für 14 der 17 Personen."
        in answer.out
    )
    assert "Weg 1: nach Regel „Höchstens 10 Personen je Standort“ (ten-per-site) 9 mehr bei Haf" in answer.out
    assert "Hafenstraße [H1] (19 statt 10) zulassen." in answer.out
    assert "Weg 2: alle Regeln einhalten und 1 Wohnung für 9 Personen in Häusern finden" in answer.out
    assert not (runs["infeasible"] / "why.json").exists()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--household", "0004"), "did you mean '004'?"),
        (("--ablate", "grup"), "did you mean 'group'?"),
        (("--ablate", "persons"), "there is no plan without 'persons'"),
        (("--household", "004", "--ablate", "group"), "call the command twice"),
        (("--exact",), "--exact needs --household"),
    ],
)
def test_wrong_questions_are_refused(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], what: str
) -> None:
    """Each with status 2 and what to do."""
    answer = call(capsys, "explain", runs["placed"], *words)
    assert answer.status == 2
    assert what in answer.err


def test_what_is_no_run_and_what_holds_no_plan_is_said(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A folder that is no run is a finding; of an infeasible run no household can be asked for."""
    assert "is not a run" in call(capsys, "explain", tmp_path).err
    answer = call(capsys, "explain", runs["infeasible"], "--household", "004")
    assert (answer.status, "holds no plan" in answer.err) == (2, True)
