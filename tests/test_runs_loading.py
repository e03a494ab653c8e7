"""A run read again: wherever it lies, with what was changed for it, and never when its files are not what they were."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st
from tiny_runs import PLAN, allocation_of, call, change_allocation, change_result, project, result_of, tiny_run

from allocator.errors import InputError
from allocator.plan import Plan
from allocator.runs import load_run, make_plan, write_run
from allocator.runs.result import Result
from allocator.runs.tables import guard, read_allocation, unguard, write_csv
from allocator.scenario import load_scenario

SQUEEZED = PLAN.replace("- place: persons", "- place: all").replace("at_most: 10}", "at_most: 9}")
"""PLAN, with a place for everybody and one place too few for that."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A solved plan of PLAN, not written yet."""
    return make_plan(load_scenario(project(tmp_path_factory.mktemp("project"))))


@pytest.fixture(scope="module")
def written(plan: Plan) -> Path:
    """The plan written beside its scenario."""
    folder = plan.scenario.path.parent / "written" / "run"
    write_run(plan, folder)
    return folder


@pytest.fixture
def run(written: Path) -> Iterator[Path]:
    """A copy of the written plan, which a test may spoil, alone in a folder."""
    folder = written.parent.parent / "maps" / "run"
    shutil.copytree(written, folder)
    yield folder
    shutil.rmtree(folder.parent)


def findings_of(run: Path) -> str:
    """What `load_run` complains about."""
    with pytest.raises(InputError) as error:
        load_run(run)
    return str(error.value)


def test_a_plan_read_again_is_the_plan_that_was_written(run: Path, plan: Plan) -> None:
    """Scenario, allocation and result come back from the files as they were."""
    again = load_run(run)
    assert again.allocation.astype(str).equals(plan.allocation.astype(str))
    assert again.result == result_of(run)
    assert again.scenario.rules == plan.scenario.rules
    assert again.tallies == plan.tallies


def test_the_present_home_stands_beside_the_new_one(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last column says where each household lives today; another home than that of the list is a finding."""
    table = allocation_of(run)
    assert table.columns[-1] == "from_unit_id"
    assert table["from_unit_id"].to_dict() == {"001": "", "002": "", "003": "U5", "004": "", "005": ""}
    assert call(capsys, "verify", run).status == 0

    def move(frame: pd.DataFrame) -> None:
        frame.loc["003", "from_unit_id"] = "U4"

    change_allocation(run, move)
    answer = call(capsys, "verify", run)
    assert answer.status == 1
    assert "row 003, column from_unit_id: says 'U4', the list 'U5'" in answer.out


@pytest.mark.slow
def test_a_run_without_the_column_of_present_homes_is_read(run: Path, plan: Plan,
                                                           capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Runs that were written before there was that column are loaded, verified and drawn as any other."""
    change_allocation(run, lambda frame: frame.drop(columns="from_unit_id"))
    assert load_run(run).allocation.astype(str).equals(plan.allocation.astype(str))
    for command in ("verify", "map", "report"):
        assert call(capsys, command, run).status == 0


def test_a_changed_or_missing_input_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every input that has changed or gone since the run is a finding of its own, all at once."""
    run = tiny_run(tmp_path)
    with (tmp_path / "tiny" / "households.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    (tmp_path / "tiny" / "sites.csv").unlink()
    for command in ("verify", "map", "report"):
        answer = call(capsys, command, run)
        assert (answer.status, answer.out) == (1, "")
        first, second, last = answer.err.splitlines()
        assert "households.csv: has changed since this run → run the scenario again" in first
        assert "sites.csv: was read by this run and is gone → put it back, or run the scenario again" in second
        assert last.startswith("2 finding(s) to mend")


BROKEN_RESULTS = {
    "no result": (None, "is not a run: there is no result.json"),
    "an empty file": (b"", "result.json: cannot be read"),
    "no JSON": (b"{", "result.json: cannot be read"),
    "no UTF-8": (b"\xff\xfe", "result.json: cannot be read"),
    "a list": (b"[]", "result.json"),
    "a number": (b"1", "result.json"),
    "deep nesting": (b"[" * 100_000, "result.json: cannot be read"),
    "no keys": (b"{}", "key goals: Field required"),
}


@pytest.mark.parametrize("case", BROKEN_RESULTS)
def test_a_broken_result_is_a_finding(case: str, run: Path) -> None:
    """Whatever stands in place of result.json, the finding names the file and says to run again."""
    content, expected = BROKEN_RESULTS[case]
    (run / "result.json").unlink()
    if content is not None:
        (run / "result.json").write_bytes(content)
    assert expected in findings_of(run)


@pytest.mark.parametrize("content", [b"", b"\xff", b'a,b\n"', None])
def test_a_broken_allocation_is_a_finding(content: bytes | None, run: Path) -> None:
    """An allocation.csv that is missing, empty or no table is a finding that names it."""
    (run / "allocation.csv").unlink()
    if content is not None:
        (run / "allocation.csv").write_bytes(content)
    assert "allocation.csv: cannot be read" in findings_of(run)


def test_inputs_that_are_folders_are_findings(run: Path) -> None:
    """A result that names a folder as an input is a finding, not an error of the reading."""
    change_result(run, lambda result: result["inputs"].append({"file": "..", "sha256": "0", "bytes": 0}))
    assert "was read by this run and is gone" in findings_of(run)


@pytest.mark.usefixtures("undrawn")
def test_a_run_moves_with_its_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project that is moved as a whole, run and all, is verified at its new place; nothing names the old one."""
    old, new = tmp_path / "old", tmp_path / "somewhere" / "else"
    (old / "maps").mkdir(parents=True)
    write_run(make_plan(load_scenario(project(old))), old / "maps" / "plan")
    new.parent.mkdir()
    old.rename(new)
    run = new / "maps" / "plan"
    assert call(capsys, "verify", run).status == 0
    assert str(tmp_path) not in (run / "result.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_from_anywhere_and_with_any_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spaces, umlauts, # and colons in paths, a relative scenario, another current folder: run and verify work."""
    folder = tmp_path / ("Köln & Umland #1" if os.name == "nt" else "Köln: Umland & 'Bäume' #1")
    scenario = project(folder / "Pläne 2026")
    monkeypatch.chdir(folder)
    answer = call(capsys, "run", Path("Pläne 2026", scenario.name), "--quiet")
    assert (answer.status, answer.out.splitlines()[-1]) == (0, str(Path("maps", "plan", "map.html")))
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "verify", folder / "maps" / "plan").status == 0
    out = tmp_path / "Übersicht.html"
    assert call(capsys, "map", folder / "maps" / "plan", "--out", out).out == f"{out}\n"
    assert out.stat().st_size > 10_000


@pytest.mark.usefixtures("undrawn")
def test_overrides_are_kept_and_applied_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run with other values, another city and another list is verified with them, from another current folder."""
    project(tmp_path / "a", households={"001": {"persons": 2}})
    other = project(tmp_path / "b #2", households={"001": {"persons": 1}})
    monkeypatch.chdir(tmp_path)
    overrides = ["rules.ten-per-site.at_most=20", "city='b #2/tiny'", 'households = "b #2/tiny/households.csv"',
                 "title=Zwanzig"]  # fmt: skip
    arguments = [part for override in overrides for part in ("--set", override)]
    assert call(capsys, "run", "a/plan.yaml", "--out", "run", "--quiet", *arguments).status == 0
    result = result_of(tmp_path / "run")
    assert result["title"] == "Zwanzig"
    assert result["placed"]["persons"] == 10
    assert "city=../b #2/tiny" in result["scenario"]["overrides"]
    assert "households=../b #2/tiny/households.csv" in result["scenario"]["overrides"]
    monkeypatch.chdir(other.parent)
    assert call(capsys, "verify", tmp_path / "run").status == 0
    again = load_run(tmp_path / "run")
    assert again.scenario.rules["ten-per-site"].at_most == 20


def test_an_infeasible_run_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no plan keeps the hard rules, status 3 and result.json alone say what is missing, and how much."""
    scenario = project(tmp_path, SQUEEZED)
    run = tmp_path / "maps" / "plan"
    answer = call(capsys, "run", scenario, "--out", run)
    assert answer.status == 3
    assert answer.out.splitlines()[0].startswith("No plan keeps all hard rules; in the nearest plan: ")
    assert answer.out.splitlines()[1] == str(run / "result.json")
    assert [path.name for path in run.iterdir()] == ["result.json"]
    result = result_of(run)
    Result.model_validate(result)
    assert (result["status"], result["goals"], result["rules"]) == ("infeasible", [], [])
    assert result["placed"] == {"households": 0, "persons": 0}
    assert result["unplaced"] == {"households": 5, "persons": 11}
    assert result["missing"]
    assert any("1 " in text for text in result["missing"])
    assert all(f"missing: {text}" in answer.err for text in result["missing"])
    assert "holds no plan (infeasible)" in call(capsys, "verify", run).err


def test_a_run_that_is_stopped_before_any_plan_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 4 and result.json alone: nothing of a best plan, of rules or of moves, only what may be done."""
    import allocator.solve.stages as stages

    monkeypatch.setattr(stages, "solve", lambda *_, **__: stages.Solution("stopped", None, (), (), {}, 0.0))
    run = tmp_path / "run"
    answer = call(capsys, "run", project(tmp_path), "--out", run)
    assert answer.status == 4
    assert answer.out.splitlines()[0].startswith("No plan was found before the time limit")
    assert "best plan" not in answer.out
    assert [path.name for path in run.iterdir()] == ["result.json"]
    result = Result.model_validate(result_of(run))
    assert (result.goals, result.rules, result.moves) == ([], [], [])
    assert "holds no plan (stopped)" in call(capsys, "report", run).err


DRAWN = st.text((st.integers(1, 0xD7FF) | st.integers(0xE000, sys.maxunicode)).map(chr), max_size=8)
"""Any text that can be written in UTF-8, without NUL."""
RISKY = st.builds(
    lambda sign, rest: sign + rest, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "'", "''=", "＝"]), DRAWN
)


@given(DRAWN | RISKY)
def test_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    """No text that is written begins like a formula, and every text is read as it was."""
    assert guard(text)[:1] not in set("=+-@\t\r\n＝＋－＠")
    assert unguard(guard(text)) == text


def test_formulas_in_data_stay_text(tmp_path: Path) -> None:
    """Ids and reasons that a spreadsheet would run are written with an apostrophe and read without it."""
    texts = [
        '=HYPERLINK("http://x")',
        "+1",
        "-1",
        "@SUM(A1)",
        "'quoted",
        "'=1+1",
        "plain",
        "",
        'with "quotes", commas',
        "a\nb",
    ]
    frame = pd.DataFrame({"household_id": texts, "persons": range(len(texts))})
    write_csv(frame, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert not any(line.lstrip('"').startswith(("=", "+", "-", "@")) for line in lines.split("\n"))
    assert "\n'-1,2\n" in lines
    assert read_allocation(tmp_path / "a.csv")["household_id"].tolist() == texts


@pytest.mark.parametrize("sign", drawn(["=", "\t=", "+", "-", "@"], 2))
@pytest.mark.usefixtures("undrawn")
def test_ids_that_begin_like_a_formula_stay_text(sign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ids of households, units, buildings, sites, social spaces, districts: no cell of a written CSV is a formula."""

    def rename(*columns: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
        return lambda frame: frame.assign(**{
            name: frame[name].map(lambda text: f"{sign}{text}" if text else text) for name in columns if name in frame
        })  # fmt: skip

    ids = ("household_id", "unit_id", "building_id", "site_id", "space_id", "district_id", "name")
    tables = ("social_spaces", "buildings", "units", "sites", "households")
    changes = {table: rename(*ids) for table in tables} | {
        "households": lambda frame: rename(*ids)(frame).assign(prefers="", near="")
    }
    run = tmp_path / "maps" / "plan"
    answer = call(capsys, "run", project(tmp_path, **changes), "--out", run, "--quiet")
    assert answer.status == 0, answer.err
    for name in ("allocation.csv", "indicators.csv"):
        with (run / name).open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        numbers = [cell for cell in cells if re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t")) and cell not in numbers]
        assert any(cell.startswith("'") for cell in cells)
    assert call(capsys, "verify", run).status == 0


def test_dangerous_ids_go_through_a_whole_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A household whose id is a formula is placed, guarded in the table, escaped in pages, and verified."""
    evil = "=1+<script>alert(1)</script>"
    change = {"002": {"household_id": evil}}
    scenario = project(tmp_path, households=change)
    run = tmp_path / "maps" / "plan"
    assert call(capsys, "run", scenario, "--out", run, "--quiet").status == 0
    assert allocation_of(run).loc[f"'{evil}", "unit_id"] == "U2"
    assert call(capsys, "verify", run).status == 0
    for page in ("map.html", "report.html"):
        assert "<script>alert(1)" not in (run / page).read_text(encoding="utf-8")


def test_the_schema_describes_what_is_written(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`allocator schema` prints a JSON schema with every key of a written result, each of them required."""
    answer = call(capsys, "schema")
    schema = json.loads(answer.out)
    assert (answer.status, answer.err) == (0, "")
    assert set(schema["properties"]) == set(result_of(run))
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"]) - {"format"}
