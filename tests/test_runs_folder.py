"""The place of a run: refused early where it cannot be had, shared with nobody, cleared of what was killed."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny_runs import call, project, result_of

from allocator.errors import OutputExistsError, UsageError
from allocator.runs import make_plan, new_folder, write_run
from allocator.runs.folder import OWNER
from allocator.scenario import load_scenario

POSIX = pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows, and it has no signals")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario PLAN beside the tiny city; nobody changes it."""
    return project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def written(scenario: Path) -> Path:
    """A run of it, made once."""
    folder = scenario.parent / "written"
    write_run(make_plan(load_scenario(scenario)), folder)
    return folder


@pytest.fixture
def run(written: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may spoil, alone in a folder."""
    shutil.copytree(written, tmp_path / "maps" / "run")
    return tmp_path / "maps" / "run"


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def whole(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_files_of_others_are_kept(scenario: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run's folder with notes, drafts and a folder where a map should be is named, refused and left as it is."""
    (run / "notes.docx").write_bytes(b"mine")
    (run / "drafts").mkdir()
    (run / "drafts" / "one.txt").write_text("mine", encoding="utf-8")
    (run / "map.html").unlink()
    (run / "map.html").mkdir()
    before = whole(run.parent)
    answer = call(capsys, "run", scenario, "--out", run, "--overwrite")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == (
        f"error: {run} holds what no run has written (drafts/, map.html/, notes.docx) and is not overwritten; "
        "move that away, or choose another --out\n"
    )
    assert whole(run.parent) == before
    assert "refused if it holds other files" in " ".join(call(capsys, "run", "--help").out.split())


def test_many_files_of_others_are_counted(run: Path) -> None:
    """Of seven foreign files five are named."""
    for number in range(7):
        (run / f"note{number}.txt").touch()
    with pytest.raises(OutputExistsError, match=r"\(note0.txt, .*, note4.txt and 2 more\)"), new_folder(run, True):
        pass


def test_a_file_that_is_put_there_meanwhile_is_kept(run: Path) -> None:
    """A file that somebody puts into the old run while the new one is made is not lost."""
    with pytest.raises(OutputExistsError, match=r"notes\.docx"), new_folder(run, True):
        (run / "notes.docx").write_bytes(b"mine")
    assert "notes.docx" in names(run)
    assert names(run.parent) == ["run"]


def bad_places(folder: Path) -> dict[str, tuple[Path, str]]:
    """Places where no run can be written, with what is said of them."""
    return {
        "a file as parent": (folder / "table.csv" / "run", "table.csv is a file, so nothing can be written in it"),
        "a file as grandparent": (folder / "table.csv" / "a" / "run", "table.csv is a file"),
        "a NUL in the name": (folder / "a\0b", "a NUL stands in what was typed"),
        "a name that is too long": (folder / ("x" * 300), "cannot be written: "),
        "a parent that is too long": (folder / ("x" * 300) / "run", "cannot be written: "),
        "a link to nothing": (folder / "link", "is a link that leads nowhere; remove it, or choose another --out"),
        "a link to nothing as parent": (folder / "link" / "run", "is a link that leads nowhere"),
    }


@POSIX
@pytest.mark.parametrize("case", bad_places(Path()))
@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_bad_place_is_refused_before_reading(
    case: str, overwrite: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing can be written, status 2 says so at once: the scenario is not even looked for."""
    (tmp_path / "table.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    place, words = bad_places(tmp_path)[case]
    answer = call(capsys, "run", "no-such.yaml", "--out", place, *overwrite)
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.err
    assert names(tmp_path) == ["link", "table.csv"]


def test_a_place_that_is_not_writable_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A folder in which one may not write: said before reading, and folders made on the way are gone again."""
    made = Path.mkdir

    def refuse(path: Path, *arguments: int, **options: bool) -> None:
        if path.name.startswith(".") or path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        made(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    for place in (tmp_path / "run", tmp_path / "new" / "newer" / "run", tmp_path / "new" / "locked" / "run"):
        answer = call(capsys, "run", "no-such.yaml", "--out", place)
        assert answer.status == 2
        assert answer.err == f"error: {place} cannot be written: permission denied; choose another --out\n"
        assert names(tmp_path) == []


def test_nothing_is_left_where_the_input_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that ends with findings leaves no folder behind, not even those that it made on the way."""
    assert call(capsys, "run", tmp_path / "no-such.yaml", "--out", tmp_path / "maps" / "new" / "run").status == 1
    assert names(tmp_path) == []


def test_other_targets_are_refused_before_reading(scenario: Path, run: Path, tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """A model, map or report that cannot be written is refused before reading, one inside the run or the input too."""
    files = sorted(path.name for path in scenario.parent.iterdir())
    for bad in (tmp_path / "none" / "x", tmp_path, tmp_path / ("x" * 300)):
        answer = call(capsys, "run", "no-such.yaml", "--out", tmp_path / "new", "--write-model", bad)
        assert answer.status == 2
        assert "the model cannot be written to" in answer.err
        for command in ("map", "report"):
            answer = call(capsys, command, "no-such-run", "--out", bad)
            assert answer.status == 2
            assert "cannot be written" in answer.err or "is a directory" in answer.err
    answer = call(capsys, "run", scenario, "--out", run, "--overwrite", "--write-model", run / "model.lp")
    assert (answer.status, "as a whole" in answer.err) == (2, True)
    before = scenario.read_bytes()
    answer = call(capsys, "run", scenario, "--out", tmp_path / "new", "--write-model", scenario)
    assert (answer.status, "which this run reads" in answer.err) == (2, True)
    assert scenario.read_bytes() == before
    assert sorted(path.name for path in scenario.parent.iterdir()) == files
    assert names(tmp_path) == ["maps"]


KILLED = """
import sys, time
from allocator.cli import main
import {module}
def wait(*arguments, **options):
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(60)
{module}.{function} = wait
sys.argv = ["allocator", "run", sys.argv[1], "--out", sys.argv[2], "--quiet", "--overwrite"]
main()
"""


@contextmanager
def waiting(scenario: Path, run: Path, module: str, function: str) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a run, at a function that it does not leave."""
    command = [sys.executable, "-c", KILLED.format(module=module, function=function), str(scenario), str(run)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8",
                               cwd=Path(__file__).parent.parent)  # fmt: skip
    try:
        while "waiting" not in (line := process.stderr.readline()):
            assert line, "ended before it waited"
        yield process
    finally:
        process.kill()
        process.wait(30)
        process.stderr.close()


STEPS = [
    pytest.param(signal.SIGINT, 130, "allocator.scenario", "load_scenario", marks=pytest.mark.slow),
    (signal.SIGTERM, 143, "allocator.maps", "write_map"),
    pytest.param(signal.SIGINT, 130, "allocator.report", "write_report", marks=pytest.mark.slow),
    pytest.param(signal.SIGTERM, 143, "allocator.report", "write_report", marks=pytest.mark.slow),
]


@POSIX
@pytest.mark.parametrize(("how", "status", "module", "function"), STEPS)
def test_a_run_that_is_interrupted_leaves_nothing(
    how: signal.Signals, status: int, module: str, function: str, scenario: Path, run: Path
) -> None:
    """Ctrl-C, or a polite end, at any time, also when HiGHS is busy: one line, the old run untouched, nothing else."""
    before = whole(run)
    with waiting(scenario, run, module, function) as process:
        assert len(names(run.parent)) == 2
        process.send_signal(how)
        assert process.wait(10) == status
        assert process.stderr.read() == "interrupted\n"
    assert whole(run) == before
    assert names(run.parent) == ["run"]


@pytest.mark.slow
@POSIX
def test_a_second_ctrl_c_does_not_wait_for_the_solver(scenario: Path, run: Path) -> None:
    """The first one asks for the best plan so far; where the solver does not answer, the second ends the run at once."""
    before = whole(run)
    with waiting(scenario, run, "highspy", "Highs.run") as process:
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == "interrupted\n"
    assert whole(run) == before
    assert names(run.parent) == ["run"]


@pytest.mark.slow
@POSIX
def test_what_a_killed_run_leaves_is_cleared_by_the_next(
    scenario: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed process leaves the old run untouched and its draft, which the next run into that place removes."""
    before = whole(run)
    with waiting(scenario, run, "allocator.maps", "write_map") as process:
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    assert whole(run) == before
    draft = next(path for path in run.parent.iterdir() if path != run)
    answer = call(capsys, "run", scenario, "--out", run, "--overwrite")
    assert answer.status == 0
    assert f"note: removed {draft}, which a run that was ended had left behind\n" in answer.err
    assert names(run.parent) == ["run"]


@pytest.mark.slow
@POSIX
def test_two_runs_into_one_place(scenario: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While one run is at work, a second one into the same place is refused at once; another place is free."""
    with waiting(scenario, run, "allocator.solve.stages", "solve") as process:
        answer = call(capsys, "run", "no-such.yaml", "--out", run, "--overwrite")
        assert answer.status == 2
        assert f"another run (process {process.pid}, since " in answer.err
        assert f"is writing to {run}; wait until it has ended, or choose another --out" in answer.err
        with new_folder(run.parent / "other", False):
            pass
        assert len(names(run.parent)) == 3


def signed(**changes: object) -> Callable[[Path], None]:
    """Sign a draft as that of a process which has ended, with changes."""
    owner = {"place": "run", "host": platform.node(), "process": os.getpid(), "began": 1.0} | changes
    return lambda draft: (draft / OWNER).write_text(json.dumps(owner), encoding="utf-8") and None


OTHERS = {
    "without a signature": (".run.0a1b2c3d", lambda _: None, True),
    "of another computer": (".run.0a1b2c3d", signed(host="elsewhere"), True),
    "with a signature that is none": (".run.0a1b2c3d", signed(process="one"), True),
    "of another place": (".run.0a1b2c3d", signed(place="run2"), False),
    "with another name": (".run.backup", signed(), False),
    "with a longer name": (".run.0a1b2c3d4", signed(), False),
}


@pytest.mark.parametrize("case", OTHERS)
def test_only_what_is_certainly_stale_is_cleared(case: str, tmp_path: Path) -> None:
    """Hidden folders that may be somebody else's stay; those that look like a draft are named."""
    name, sign, told = OTHERS[case]
    (tmp_path / name).mkdir()
    sign(tmp_path / name)
    notes: list[str] = []
    with new_folder(tmp_path / "run", False, notes.append):
        pass
    assert names(tmp_path) == [name, "run"]
    assert notes == ([f"note: {tmp_path / name} seems to be left from a run that was ended; remove it if no run is "
                      "writing there"] if told else [])  # fmt: skip


def test_a_run_that_was_taken_away_is_put_back(run: Path) -> None:
    """Killed between the two changes of names, a run leaves the old one under a hidden name: it is put back."""
    before = result_of(run)
    (run.parent / ".run.0a1b2c3d").mkdir()
    signed()(run.parent / ".run.0a1b2c3d")
    run.rename(run.parent / ".run.0a1b2c3d.old")
    notes: list[str] = []
    with pytest.raises(OutputExistsError, match="exists and is kept"), new_folder(run, False, notes.append):
        pass
    assert result_of(run) == before
    assert notes == [f"note: put back {run}, which a run that was ended had taken away"]


def test_an_old_run_that_could_not_be_removed_is_cleared(run: Path) -> None:
    """What another program held open goes with the next run, but not if somebody has put files into it."""
    for name in ("0a1b2c3d", "aaaaaaaa"):
        shutil.copytree(run, run.parent / f".run.{name}.old")
    (run.parent / ".run.aaaaaaaa.old" / "notes.docx").touch()
    with new_folder(run, True):
        pass
    assert names(run.parent) == [".run.aaaaaaaa.old", "run"]


def test_a_long_name_is_no_trouble(tmp_path: Path) -> None:
    """A place whose name is as long as a disk allows has a draft, and takes nothing from its longer twin."""
    for name in ("ä" * 120, "ä" * 119 + "b"):
        with new_folder(tmp_path / name, False) as draft:
            (draft / "result.json").touch()
        assert names(tmp_path / name) == ["result.json"]
    assert len(names(tmp_path)) == 2


def test_the_place_one_level_up(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--out .` and `--out ..` are the folders that they are."""
    monkeypatch.chdir(run)
    with pytest.raises(OutputExistsError, match="exists and is kept"), new_folder(Path(), False):
        pass
    with pytest.raises(OutputExistsError, match="something other than a run"), new_folder(Path(".."), True):
        pass
    assert names(run.parent) == ["run"]


def test_a_name_that_no_disk_takes(tmp_path: Path) -> None:
    """A NUL in a name is wrong usage, not an error of the system."""
    with pytest.raises(UsageError, match="cannot be written: "), new_folder(tmp_path / "a\0b", False):
        pass
    assert names(tmp_path) == []
