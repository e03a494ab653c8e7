"""A run told again in the other language says everything in it, reasons too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from indicator_worlds import hand_made_plan
from tiny_runs import PLAN, allocation_of, call, project
from undrawn import nothing_drawn

from allocator.explain.retelling import in_language
from allocator.runs import load_run

TIGHT = PLAN.replace("at_most: 10}", "at_most: 9}")
"""PLAN, in which site H1 has a place too few: 003 or 005 finds none, because of the limit of the site."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same scenario run in English and in German."""
    from allocator.runs import make_plan, write_run
    from allocator.scenario import load_scenario

    folder = tmp_path_factory.mktemp("told")
    scenario = project(folder, TIGHT, households={"002": {"persons": 30}})
    for language in ("en", "de"):
        with nothing_drawn():
            write_run(make_plan(load_scenario(scenario), language=language), folder / language)
    return {language: folder / language for language in ("en", "de")}


@pytest.mark.parametrize(("written", "wanted"), [("en", "de"), ("de", "en")])
def test_reasons_told_again_are_those_of_a_run_in_that_language(
    runs: dict[str, Path], written: str, wanted: str
) -> None:
    """Each reason is the sentence that a run in the other language would have written; the plan is the same."""
    told = in_language(load_run(runs[written]), wanted).allocation.set_index("household_id")
    known = allocation_of(runs[wanted])
    assert told["reason"].to_dict() == known["reason"].to_dict()
    assert told["unit_id"].to_dict() == known["unit_id"].to_dict()
    assert sum(map(bool, told["reason"])) == 2
    assert not set(told["reason"]) - {""} & set(allocation_of(runs[written])["reason"])


def test_the_same_language_changes_nothing(runs: dict[str, Path]) -> None:
    """A plan in its own language, and one whose language nobody states, come back as they are."""
    plan = load_run(runs["en"])
    assert in_language(plan, "en") is plan
    made = hand_made_plan()
    assert in_language(made, "de") is made


def test_report_and_map_in_the_other_language_hold_no_reason_of_the_first(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--language de` of an English run tells the reasons in German, on the report and on the map."""
    for command in ("report", "map"):
        page = tmp_path / f"{command}.html"
        assert call(capsys, command, runs["en"], "--language", "de", "--out", page).status == 0
        text = re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))
        assert "keine Wohnung hat Platz für 30 Personen" in text
        assert "no home has room" not in text
