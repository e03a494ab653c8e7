"""Sweeps that lose their process, a worker or a whole machine end with the table of one that lost nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import pytest
from sweeps import design, solved

from allocator.sweep import driving, pools, sweeping
from allocator.sweep.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
TABLES = ("runs.parquet", "areas.parquet")
DESIGN = """
    base: plan.yaml
    vary:
      rules.ten-per-site.at_most: {from: 8, to: 15, step: 1}
      rules.one-flat.soft: [null, 1, 10]
    draws: {count: 2}
"""
"""Forty-eight runs in six chains."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The design solved without any loss, in a project of its own."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        solved(design(folder, DESIGN), folder / "sweep", patch)
    return folder / "sweep"


def started(*arguments: object) -> subprocess.Popen[bytes]:
    """A sweep in a process of its own, in a group of its own."""
    command = [sys.executable, "-m", "allocator", "sweep", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip


def wait_for(condition: object, seconds: float = 120) -> bool:
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def same_tables(one: Path, other: Path) -> bool:
    """Whether two sweeps wrote the same bytes."""
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in TABLES)


def test_killed_ten_times_at_random_and_resumed(whole: Path, tmp_path: Path) -> None:
    """`kill -9` at ten moments.

    Each time at most the runs in flight are lost, no process stays, the tables are the same.
    """
    path, out = design(tmp_path, DESIGN), tmp_path / "out"
    chance = random.Random(20261121)
    count = lambda: len(list((out / "solved").glob("*.json")))  # noqa: E731
    for _ in range(10):
        before = count()
        process = started(path, "--out", out, "--workers", 2)
        wanted = before + chance.randint(1, 4)
        assert wait_for(lambda target=wanted, one=process: count() >= target or one.poll() is not None)
        time.sleep(chance.random())
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        assert count() >= before
        assert not psutil.wait_procs(children, timeout=30)[1], "a worker outlived the sweep"
    assert 10 <= count() <= 48
    assert started(path, "--out", out, "--workers", 2).wait(600) == 0
    assert same_tables(whole, out)


def test_a_worker_that_is_killed_takes_only_its_own_run_with_it(whole: Path, tmp_path: Path) -> None:
    """One process of the pool is killed under way: its run is solved again, and the tables are the same."""
    path, out = design(tmp_path, DESIGN), tmp_path / "out"
    process = started(path, "--out", out, "--workers", 2)
    assert wait_for(lambda: len(list((out / "solved").glob("*.json"))) >= 3)
    for child in psutil.Process(process.pid).children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
            break
    assert process.wait(600) == 0
    assert same_tables(whole, out)


def dies_at_nine(task: object) -> dict[str, object]:
    """Solve a run; the process ends at once where the cap is 9."""
    from allocator.sweep.work import solve_task

    if "rules.ten-per-site.at_most=9" in task.overrides:
        os._exit(1)
    return solve_task(task)


def test_a_run_that_ends_its_process_twice_is_a_failed_row(tmp_path: Path) -> None:
    """What kills every worker (memory, a defect of the solver) is one row with its reason; all others are solved."""
    path = design(tmp_path, "base: plan.yaml\nvary: {rules.ten-per-site.at_most: [8, 9, 10, 11]}\n")
    store = Store(tmp_path / "out")
    sweep = sweeping.prepare(path, store.lists)
    driving.drive(sweep.chains, store, pools.processes, 2, lambda _: None, dies_at_nine)
    records = sweeping.records_of(sweep.chains, store)
    told = [records[run.sha256] for run in sweep.runs]
    assert [record["status"] for record in told] == ["optimal", "failed", "optimal", "optimal"]
    assert "ended, twice" in told[1]["reason"]


def test_interrupted_by_the_user(tmp_path: Path) -> None:
    """Ctrl-C ends a sweep soon, with the status of an interruption, and no process stays."""
    path, out = design(tmp_path, DESIGN), tmp_path / "out"
    process = started(path, "--out", out, "--workers", 2)
    assert wait_for(lambda: len(list((out / "solved").glob("*.json"))) >= 2)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_an_array_job_has_the_same_tables(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script of `--emit slurm`, its tasks run two at a time by a shell, then the last call: the same bytes."""
    from tiny_runs import call

    path, out = design(tmp_path, DESIGN), tmp_path / "out"
    script = tmp_path / "job.sh"
    script.write_text(call(capsys, "sweep", path, "--out", out, "--emit", "slurm", "--parts", 2).out, encoding="utf-8")
    tasks = [subprocess.Popen(["sh", str(script)], cwd=ROOT, stderr=subprocess.DEVNULL,
                              env={**os.environ, "PYTHONPATH": str(ROOT), "SLURM_ARRAY_TASK_ID": str(number)})
             for number in (1, 2)]  # fmt: skip
    assert [task.wait(600) for task in tasks] == [0, 0]
    assert not (out / "runs.parquet").exists()
    with ProcessPoolExecutor(1):  # the last call solves nothing any more
        solved(path, out, monkeypatch)
    assert same_tables(whole, out)


def test_a_cluster_that_loses_a_worker_has_the_same_tables(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers of dask, one killed under way: its run goes to the other, and the tables are the same to the byte."""
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    path, out = design(tmp_path, DESIGN), tmp_path / "out"
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
    ) as cluster:
        process = started(path, "--out", out, "--dask", cluster.scheduler_address)
        assert wait_for(lambda: len(list((out / "solved").glob("*.json"))) >= 5)
        victim = next(iter(cluster.workers.values()))
        os.kill(victim.process.pid, signal.SIGKILL)
        assert process.wait(600) == 0
    assert same_tables(whole, out)


def test_no_cluster_at_an_address(tmp_path: Path) -> None:
    """Nobody there is an answer of one line, with the status of wrong usage."""
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    path = design(tmp_path)
    assert started(path, "--out", tmp_path / "out", "--dask", "tcp://127.0.0.1:9").wait(120) == 2
