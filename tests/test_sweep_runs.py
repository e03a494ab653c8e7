"""Whole sweeps: their tables equal separate runs, failures are rows, and what is solved is not solved again."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from sweeps import FEW, design, solved
from tiny_runs import allocation_of, call, result_of

import allocator
from allocator.errors import InputError, OutputExistsError, UsageError
from allocator.sweep import driving, sweeping, work
from allocator.sweep.store import Store

TABLES = ("runs.parquet", "areas.parquet", "manifest.json")


def contents(folder: Path) -> dict[str, bytes]:
    """The files that are the same whenever a design is solved."""
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The design of fifteen runs, solved with its allocations into the folder `sweep` beside it; nobody changes it."""
    folder = tmp_path_factory.mktemp("once")
    with pytest.MonkeyPatch.context() as patch:
        solved(design(folder), folder / "sweep", patch, allocations=True)
    return folder


@pytest.fixture
def whole(once: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(once, tmp_path / "project")
    return tmp_path / "project"


def rows_of(folder: Path) -> pd.DataFrame:
    """The table of a solved sweep."""
    return pd.read_parquet(folder / "runs.parquet").set_index("run", drop=False)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_every_row_is_what_a_separate_run_finds(
    once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Values, bounds and status of each goal equal those of `allocator run` with the overrides of the manifest."""
    out = once / "sweep"
    table = rows_of(out)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert len(table) == 15
    assert (table["status"] == "optimal").all()
    kept = table["plan_of"] != ""
    assert 0 < kept.sum() < len(table) - 3
    for run in manifest["runs"]:
        folder = tmp_path / "alone" / run["run"]
        sets = [part for override in run["overrides"] for part in ("--set", override)]
        assert call(capsys, "run", out / run["scenario"], "--out", folder, "--quiet", *sets).status == 0
        result, row = result_of(folder), table.loc[run["run"]]
        for goal in result["goals"]:
            for key in ("value", "bound", "gap", "status"):
                assert row[f"goal.{goal['goal']}.{key}"] == goal[key], (run["run"], goal["goal"], key)
        assert row["placed.persons"] == result["placed"]["persons"]
        assert row["indicator.placed.persons"] == result["indicators"]["placed"]["persons"]


def test_the_table_by_hand(once: Path) -> None:
    """H1 has 8 persons and the pinned 003: with nine 005 (who can pay nothing else) finds nothing, with ten it does.

    With one flat for each building hard, B1 (which has one already) takes nobody: 001 and 002 find nothing.
    """
    table = rows_of(once / "sweep")
    table = table.set_index(["rules.ten-per-site.at_most", "rules.one-flat.soft"])["goal.place: persons.value"]
    assert table[(9, 10)] == 10
    assert table[(10, 10)] == 11
    assert table[10].loc[float("nan")] < 11


def test_areas_and_allocations(once: Path) -> None:
    """The long table has a row for each place of each run, and sums to the same persons as the allocation."""
    out = once / "sweep"
    table = rows_of(out)
    areas = pd.read_parquet(out / "areas.parquet")
    assert len(areas) == 15 * 5
    for run, row in table.iterrows():
        spaces = areas[(areas["run"] == run) & (areas["level"] == "social_space")]
        assert spaces["persons_placed"].sum() == row["placed.persons"]
        allocation = allocation_of(out / "runs" / str(run))
        placed = allocation[allocation["unit_id"] != ""]
        assert placed["persons"].astype(int).sum() == row["placed.persons"]


def test_infeasible_and_failing_runs_are_rows_with_their_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`place: all` under a cap that is too low, and a share of a group nobody has.

    The other runs are solved all the same.
    """
    text = """
        base: plan.yaml
        set: {goals: [{place: all}]}
        vary:
          rules.ten-per-site.at_most: [9, 10]
          rules.dominance:
            - {rule: share, of: each_group, per: social_space, at_most: 0.9}
            - {rule: share, of: {group: nobody}, per: social_space, at_most: 0.9}
    """
    table = solved(design(tmp_path, text), tmp_path / "sweep", monkeypatch)
    assert table["status"].tolist() == ["infeasible", "failed", "optimal", "failed"]
    assert "ten-per-site" in table["reason"].iloc[0]
    assert "nobody" in table["reason"].iloc[1]
    assert table["reason"].iloc[2] == ""
    assert len(pd.read_parquet(tmp_path / "sweep" / "areas.parquet")["run"].unique()) == 1


def test_a_defect_in_one_run_does_not_end_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised while one run is solved is the reason of its row."""
    real = work.make_plan

    def sometimes(scenario: object, **options: object) -> object:
        if scenario.rules["one-flat"].soft == 1:
            raise ZeroDivisionError("a defect")
        return real(scenario, **options)

    monkeypatch.setattr(work, "make_plan", sometimes)
    table = solved(design(tmp_path, FEW), tmp_path / "sweep", monkeypatch)
    assert (table["status"] == "failed").sum() == 2
    assert set(table.loc[table["status"] == "failed", "reason"]) == {"ZeroDivisionError: a defect"}


@pytest.mark.slow
def test_each_distinct_scenario_is_solved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Softness means nothing to a rule that is off: three runs, one solution, said in the table.

    Gone on, nothing is solved.
    """
    text = """
        base: plan.yaml
        zip: [{rules.one-flat.at_most: [null, null, null, 1], rules.one-flat.soft: [null, 1, 2, 1]}]
    """
    path = design(tmp_path, text)
    with mock.patch.object(driving, "task_of", wraps=driving.task_of) as asked:
        table = solved(path, tmp_path / "sweep", monkeypatch)
        assert asked.call_count == 2
        assert table["same_as"].tolist() == ["", "0001", "0001", ""]
        before = contents(tmp_path / "sweep")
        solved(path, tmp_path / "sweep", monkeypatch)
        assert asked.call_count == 2
    assert contents(tmp_path / "sweep") == before


@pytest.mark.slow
def test_lost_and_damaged_results_are_solved_again_to_the_same_bytes(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result cut off in the middle is none.

    Tables are the same as if nothing had happened, drafts are cleared away.
    """
    path, out = design(whole), whole / "sweep"
    before = contents(out)
    files = sorted((out / "solved").iterdir())
    files[0].unlink()
    files[5].write_bytes(files[5].read_bytes()[:200])
    (out / "solved" / f".{files[3].name}.abcdef12").write_text("half", encoding="utf-8")
    (out / "runs.parquet").unlink()
    solved(path, out, monkeypatch, allocations=True)
    assert contents(out) == before
    assert not list((out / "solved").glob(".*"))


@pytest.mark.slow
def test_two_folders_of_one_design_are_the_same_to_the_byte(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Solved twice from nothing, in chains of other order: the same tables."""
    backwards = lambda *told: list(reversed(sweeping_chains(*told)))  # noqa: E731
    sweeping_chains = sweeping.chains_of
    monkeypatch.setattr(sweeping, "chains_of", backwards)
    solved(design(whole), whole / "two", monkeypatch, allocations=True)
    for name in ("runs.parquet", "areas.parquet"):
        assert (whole / "sweep" / name).read_bytes() == (whole / "two" / name).read_bytes()


def test_findings_leave_nothing_behind(tmp_path: Path) -> None:
    """A design with a fault makes no folder; one that was begun keeps what it has."""
    path, out = design(tmp_path, "base: plan.yaml\nvary: {rules.nobody.soft: [1, 2]}\n"), tmp_path / "sweep"
    with pytest.raises(InputError):
        sweeping.run_sweep(path, out)
    assert not out.exists()
    Store(out)
    with pytest.raises(InputError):
        sweeping.run_sweep(path, out)
    assert (out / "solved").is_dir()


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    """A second sweep, and a sweep beside a part of an array job, are refused; parts work side by side."""
    out = tmp_path / "sweep"
    first, second = Store(out), Store(out)
    with first.writing(), pytest.raises(UsageError, match="another process"), second.writing():
        pass
    with first.writing("1-of-2") as share:
        share()
        with second.writing("2-of-2") as also:
            also()
        with pytest.raises(UsageError, match="part-1-of-2"), second.writing():
            pass
        with pytest.raises(UsageError), second.writing("1-of-2"):
            pass
    with second.writing():
        pass


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written into a folder that is no sweep, nor into the one of the design."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear", encoding="utf-8")
    path = design(tmp_path)
    for out in (tmp_path / "other", tmp_path):
        with pytest.raises(OutputExistsError):
            sweeping.run_sweep(path, out)
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["letter.txt"]


@pytest.mark.slow
def test_data_that_changes_under_way_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that reads other households than those that were hashed does not solve them.

    Called again, all is solved.
    """
    path, out = design(tmp_path, FEW), tmp_path / "sweep"
    work._shelf.cache_clear()  # this process may have read the very same city for another test
    real = sweeping.chains_of

    def change(*told: object) -> object:
        file = tmp_path / "tiny" / "households.csv"
        file.write_text(file.read_text(encoding="utf-8").replace("005,1", "005,2"), encoding="utf-8")
        return real(*told)

    monkeypatch.setattr(sweeping, "chains_of", change)
    table = solved(path, out, monkeypatch)
    assert table["reason"].str.contains("changed since the sweep began").all()
    monkeypatch.setattr(sweeping, "chains_of", real)
    assert (solved(path, out, monkeypatch)["status"] == "optimal").all()


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_draws_vary_the_households_and_each_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each draw is a list of its own beside the tables; its runs name it, and hash it."""
    text = "base: plan.yaml\nvary: {rules.ten-per-site.at_most: [9, 10]}\ndraws: {count: 2, seed: 4}\n"
    table = solved(design(tmp_path, text), tmp_path / "sweep", monkeypatch)
    assert table["draw"].tolist() == [1, 2, 1, 2]
    run = json.loads((tmp_path / "sweep" / "manifest.json").read_text(encoding="utf-8"))["runs"][3]
    monkeypatch.chdir(tmp_path / "sweep")
    assert call(capsys, *shlex.split(run["run_command"])[1:]).status == 0
    (goal, *_) = result_of(tmp_path / "sweep" / "runs" / run["run"])["goals"]
    assert goal["value"] == table.loc[run["run"], f"goal.{goal['goal']}.value"]
    assert table.groupby("draw")["data_sha256"].nunique().eq(1).all()
    assert len(list((tmp_path / "sweep" / "households").glob("*.parquet"))) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_one_row_again(
    once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`sweep again` finds the same plan as the sweep, and writes it as a run that verifies.

    Where versions differ it says so.
    """
    out = once / "sweep"
    table = rows_of(out)
    name = table.index[table["plan_of"] != ""][-1]
    answer = call(capsys, "sweep", "again", out, name, "--out", tmp_path / "again")
    assert (answer.status, answer.out) == (0, "")
    columns = ["unit_id", "persons"]
    assert allocation_of(tmp_path / "again")[columns].equals(allocation_of(out / "runs" / name)[columns])
    assert call(capsys, "verify", tmp_path / "again").status == 0
    assert call(capsys, "sweep", "again", out, "0099").status == 1
    monkeypatch.setattr(sweeping, "versions", lambda: {"highspy": "0.0"})
    answer = call(capsys, "sweep", "again", out, name)
    assert answer.status == 1
    assert "other versions (highspy" in answer.err


def test_the_table_opens_in_duckdb(once: Path) -> None:
    """Without pandas' help: names, numbers, nulls and a join with the long table."""
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    out = once / "sweep"
    found = duckdb.sql(
        f"""select max("goal.place: persons.value"), count(*) filter (where r."rules.ten-per-site.at_most" is null)
        from '{(out / "runs.parquet").as_posix()}' r join '{(out / "areas.parquet").as_posix()}' a using (run)"""
    ).fetchall()
    assert found == [(11, 15)]


@pytest.mark.slow
def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Dry run, run, and what is wrong in between; data to stdout, progress to stderr."""
    from sweeps import here

    monkeypatch.setattr(sweeping, "processes", here)
    path, out = design(tmp_path, FEW), tmp_path / "sweep"
    answer = call(capsys, "sweep", path, "--out", out, "--dry-run")
    assert answer.status == 0
    assert answer.out.startswith("4 runs, 4 different scenarios in 2 chains; run ")
    assert not out.exists()
    answer = call(capsys, "sweep", path, "--out", out)
    assert answer.out == f"4 optimal\n{out / 'runs.parquet'}\n"
    assert "4 of 4 solved, " in answer.err
    assert call(capsys, "sweep", tmp_path / "no.yaml").status == 1
    assert call(capsys, "sweep", path, "--out", out, "--part", "3/2").status == 2
    assert call(capsys, "sweep", "report", tmp_path).status == 1
    answer = call(capsys, "sweep", path, "--emit", "slurm", "--parts", "7", "--out", out)
    assert "#SBATCH --array=1-7" in answer.out
    assert '--part "${SLURM_ARRAY_TASK_ID}/7"' in answer.out


@pytest.mark.slow
def test_the_interface_of_python(tmp_path: Path) -> None:
    """`allocator.sweep(design)` solves in new processes and returns the table with its seconds."""
    path = design(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(
        "import allocator\n"
        "if __name__ == '__main__':\n"
        f"    table = allocator.sweep({str(path)!r}, {str(tmp_path / 'sweep')!r}, workers=2)\n"
        "    print(len(table), table['seconds'].notna().all())\n",
        encoding="utf-8",
    )
    root = Path(allocator.__file__).parents[1]
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=root,
                            env={**os.environ, "PYTHONPATH": str(root)})  # fmt: skip
    assert answer.stdout.split() == ["15", "True"]


def test_everything_that_decides_a_plan_is_in_the_hash(tmp_path: Path) -> None:
    """Distances, days, seeds, goals and rules make another scenario; titles and the way a rule was said do not."""
    text = """
        base: plan.yaml
        zip:
          - title: [one, two, three, three, three]
            solve.seed: [1, 1, 2, 1, 1]
            date: ["2026-12-31", "2026-12-31", "2026-12-31", "2027-12-31", "2026-12-31"]
            rules.one-flat.soft: [10, 10.0, 10, 10, 9]
    """
    runs = sweeping.prepare(design(tmp_path, text), tmp_path / "lists").runs
    assert [run.sha256 == runs[0].sha256 for run in runs] == [True, True, False, False, False]
    other = "base: plan.yaml\nset: {distances: straight}\nvary: {solve.seed: [1, 2]}\n"
    plain = "base: plan.yaml\nvary: {solve.seed: [1, 2]}\n"
    one, two = (sweeping.prepare(design(tmp_path, told, name), tmp_path / "lists").runs[0]
                for told, name in ((other, "a.yaml"), (plain, "b.yaml")))  # fmt: skip
    assert one.sha256 != two.sha256
