"""Where a run begins and how it may end: from an earlier plan, and with the best plan so far."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_worlds import random_world
from tiny import as_rules, as_stages, building, flats, household, situation_of, space, world
from tiny_runs import allocation_of, call, project, result_of

from allocator.explain.first_come import first_come_first_served
from allocator.scenario.solving import SolveOptions
from allocator.solve import heard
from allocator.solve.heard import best_so_far, stopping, time_left
from allocator.solve.highs import solve_one
from allocator.solve.stages import solve

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals are sent between processes")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    """A scenario and a run of it."""
    scenario = project(tmp_path / "project")
    assert call(capsys, "run", scenario, "--out", tmp_path / "first").status == 0
    return scenario, tmp_path / "first"


@pytest.mark.slow
def test_a_run_starts_from_an_earlier_one(run: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Begun with its own plan, the same scenario has the same values and status."""
    scenario, first = run
    second = first.with_name("second")
    assert call(capsys, "run", scenario, "--out", second, "--start-from", first).status == 0
    values = [[(goal["value"], goal["status"]) for goal in result_of(folder)["goals"]] for folder in (first, second)]
    assert values[0] == values[1]


def test_the_earlier_plan_is_where_the_solver_begins(
    run: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solver gets the unit of every household as the earlier run has it."""
    scenario, first = run
    seen: list[np.ndarray] = []
    monkeypatch.setattr("allocator.runs.planning.first_come_first_served", lambda *_: pytest.fail("another start"))
    monkeypatch.setattr(
        "allocator.solve.stages.solve", lambda *a, start, **k: (seen.append(start), solve(*a, start=start, **k))[1]
    )
    assert call(capsys, "run", scenario, "--out", first.with_name("second"), "--start-from", first).status == 0
    placed = (allocation_of(first)["unit_id"] != "").sum()
    assert (seen[0] >= 0).sum() == placed > 0


def test_a_run_that_cannot_be_read_is_a_finding(run: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a plan is named with what to do, and nothing is written."""
    scenario, first = run
    answer = call(capsys, "run", scenario, "--out", first.with_name("second"), "--start-from", first.parent / "none")
    assert answer.status == 1
    assert "allocation.csv" in answer.err
    assert "name the folder of a run that has a plan" in answer.err
    assert not first.with_name("second").exists()


def test_under_other_rules_whoever_can_keeps_the_unit() -> None:
    """Two couples in one house, then one person for each house: one keeps the unit, the other is served again."""
    tiny = world([space("S1")], [building("B1"), building("B2")], [*flats("B1", 2, 2), *flats("B2", 2)],
                 [household("A", 2), household("B", 2)],
                 {"two": {"rule": "cap", "count": "persons", "per": "building", "at_most": 2}})  # fmt: skip
    situation, rules = situation_of(tiny), as_rules(tiny)
    assert first_come_first_served(situation, rules, np.array([1, 0])).tolist() == [1, 2]
    assert first_come_first_served(situation, rules, np.array([-1, 2])).tolist() == [0, 2]
    assert first_come_first_served(situation, rules).tolist() == [0, 2]


def test_nobody_hears_ctrl_c_outside() -> None:
    """Only within `best_so_far` a first interruption is an order to stop; afterwards all is as before."""
    outside = signal.getsignal(signal.SIGINT)
    before = signal.default_int_handler
    signal.signal(signal.SIGINT, before)  # tests that run in the background ignore it
    with best_so_far():
        assert not stopping()
        signal.raise_signal(signal.SIGINT)
        assert stopping()
        assert time_left(0.0, 1e12) < 0
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert not stopping()
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, outside)


def test_in_another_thread_there_is_no_ear() -> None:
    """Signals reach the main thread alone: elsewhere nothing is changed and nothing fails."""
    ended: list[bool] = []

    def work() -> None:
        with best_so_far():
            ended.append(stopping())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [False]


def test_once_asked_to_stop_the_start_is_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before anything was solved, every goal has the status stopped and the plan is that of an office."""
    tiny = random_world(344)
    situation, rules, stages = situation_of(tiny), as_rules(tiny), as_stages(tiny)
    start = first_come_first_served(situation, rules)
    monkeypatch.setattr(heard._stop, "is_set", lambda: True)
    told: list[str] = []
    found = solve(situation, rules, stages, SolveOptions(), told.append, start=start)
    assert found.status == "stopped"
    assert (found.unit_of >= 0).sum() == (start >= 0).sum()
    assert {stage.status for stage in found.stages} == {"stopped"}
    if len(stages) > 1:
        assert "asked to stop: the best plan so far stands" in told


@pytest.mark.slow
def test_the_solver_itself_is_interrupted() -> None:
    """HiGHS at work on a hard programme ends soon after the first Ctrl-C, with the plan that it has."""
    linear, objective = hard_programme()
    timer = threading.Timer(1.0, lambda: signal.raise_signal(signal.SIGINT))
    with best_so_far():
        timer.start()
        outcome = solve_one(linear, objective, SolveOptions(gap=0), 60)
    assert outcome.seconds < 20
    assert outcome.status in ("stopped", "optimal")
    assert outcome.x is not None


def hard_programme() -> tuple[Any, Any]:
    """A market split in miniature: many equal sums, which branch and bound takes long to tell apart."""
    from scipy import sparse

    from allocator.model.linear import LinearModel, Objective

    draw, rows, columns = np.random.default_rng(1), 5, 40
    weights = draw.integers(1, 100, (rows, columns)).astype(float)
    matrix = sparse.csr_matrix(np.hstack([weights, np.eye(rows), -np.eye(rows)]))
    half = np.floor(weights.sum(axis=1) / 2)
    n = columns + 2 * rows
    linear = LinearModel(np.zeros(n), np.r_[np.ones(columns), np.full(2 * rows, 1e4)], np.arange(n) < columns,
                         [f"x{i}" for i in range(n)], matrix, half, half, [f"r{i}" for i in range(rows)])  # fmt: skip
    return linear, Objective("split", "min", np.r_[np.zeros(columns), np.ones(2 * rows)])


@POSIX
@pytest.mark.slow
def test_ctrl_c_in_a_run_gives_the_best_plan_so_far(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The model city, interrupted at its third goal: a whole run with status stopped, which verify finds right."""
    command = [
        sys.executable,
        "-m",
        "allocator",
        "run",
        str(ROOT / "scenarios" / "model-city.yaml"),
        "--out",
        str(tmp_path / "run"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT) as process:
        for line in process.stderr:
            if line.startswith("goal 3 of"):
                process.send_signal(signal.SIGINT)
                break
        process.stderr.read()
        assert process.wait(120) == 4
    result = result_of(tmp_path / "run")
    assert result["status"] == "stopped"
    assert result["placed"]["persons"] > 800
    assert call(capsys, "verify", tmp_path / "run").status == 0
