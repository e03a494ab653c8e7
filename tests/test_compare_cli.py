"""`allocator compare` on the command line: what is written, printed and refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tiny_runs import PLAN, call, change_result, project
from undrawn import nothing_drawn

from allocator.cli import cli

STRICT = PLAN.replace("title: Ten at a site", "title: 'Strict: one flat'").replace(", soft: 10", "")
IMPOSSIBLE = PLAN.replace("- place: persons", "- place: all").replace("at_most: 10", "at_most: 0")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of three runs of the tiny city: `soft`, `strict` and `none`, which has no plan."""
    folder = tmp_path_factory.mktemp("project")
    project(folder)
    for name, text in {"soft": PLAN, "strict": STRICT, "none": IMPOSSIBLE}.items():
        path = folder / f"{name}.yaml"
        path.write_text("\n".join(line[4:] for line in text.splitlines()), encoding="utf-8")
        with nothing_drawn():
            CliRunner().invoke(cli, ["run", str(path), "--out", str(folder / name), "--quiet"])
        assert (folder / name / "result.json").is_file()
    return folder


def test_two_runs_give_a_page_and_a_sentence(runs: Path, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    """The page stands beside the runs of the working folder under a name of both; stdout tells the difference."""
    monkeypatch.chdir(tmp_path)
    answer = call(capsys, "compare", runs / "soft", runs / "strict")
    assert (answer.status, answer.err) == (0, "")
    sentence, path = answer.out.splitlines()
    assert sentence.startswith("Strict houses ")
    assert Path(path) == Path("maps/compare-soft-strict.html")
    assert '<html lang="en">' in (tmp_path / path).read_text(encoding="utf-8")


def test_a_page_is_kept_unless_asked(runs: Path, tmp_path: Path, capsys: Any) -> None:
    """A file that is there is not replaced without --overwrite; the language can be another than that of the runs."""
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    words = ["compare", runs / "soft", runs / "strict", "--out", page, "--language", "de"]
    answer = call(capsys, *words)
    assert (answer.status, page.read_text(encoding="utf-8")) == (2, "mine")
    assert "is there already" in answer.err
    assert call(capsys, *words, "--overwrite").status == 0
    assert '<html lang="de">' in page.read_text(encoding="utf-8")


def test_the_tables_are_printed_as_json(runs: Path, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    """--json prints what the page tells, and writes nothing where no file is named."""
    monkeypatch.chdir(tmp_path)
    answer = call(capsys, "compare", runs / "soft", runs / "strict", "--json")
    told = json.loads(answer.out)
    assert [run["name"] for run in told["runs"]] == ["Ten at a site", "Strict"]
    assert {"indicators", "household_sizes", "districts", "social_spaces", "rules", "sentences"} <= told.keys()
    assert list(tmp_path.iterdir()) == []


def test_runs_that_cannot_be_compared_are_refused(runs: Path, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    """No plan, no run: every finding at once, with the folder and the reason; nothing is written, no folder made."""
    monkeypatch.chdir(tmp_path)
    answer = call(capsys, "compare", runs / "soft", runs / "none", tmp_path)
    assert (answer.status, answer.out) == (1, "")
    assert "holds no plan (infeasible)" in answer.err
    assert f"{tmp_path}: is not a run" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("undrawn")
def test_another_city_is_refused(runs: Path, tmp_path: Path, capsys: Any) -> None:
    """A run of a city with other social spaces is a finding that says so."""
    path = project(tmp_path / "other", social_spaces={"03": {"space_id": "04"}}, buildings={
        "B4": {"space_id": "04"}, "B5": {"space_id": "04"}})  # fmt: skip
    assert call(capsys, "run", path, "--out", tmp_path / "run", "--quiet").status == 0
    answer = call(capsys, "compare", runs / "soft", tmp_path / "run", "--out", tmp_path / "page.html")
    assert answer.status == 1
    assert f"error: {tmp_path / 'run'}: is a plan of another city than {runs / 'soft'}" in answer.err
    assert "2 social spaces are in only one of them (03, 04)" in answer.err


def test_a_changed_result_without_a_plan_is_refused(runs: Path, tmp_path: Path, capsys: Any) -> None:
    """A result that was emptied is no plan, whatever its status says."""
    shutil.copytree(runs / "strict", runs / "emptied")
    change_result(runs / "emptied", lambda result: result.update(goals=[]))
    answer = call(capsys, "compare", runs / "soft", runs / "emptied", "--out", tmp_path / "page.html")
    assert (answer.status, "holds no plan" in answer.err) == (1, True)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["soft"], "name two or more"), (["soft", "soft"], "named twice"), ([str(i) for i in range(13)], "at most 12")],
)
def test_wrong_numbers_of_runs_are_wrong_usage(runs: Path, names: list[str], said: str, capsys: Any) -> None:
    """One run, the same run twice, and more than can be read are status 2."""
    answer = call(capsys, "compare", *(runs / name for name in names))
    assert (answer.status, said in answer.err) == (2, True)
