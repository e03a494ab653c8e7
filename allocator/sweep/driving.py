"""Who solves what when: chains handed to workers run by run, each record written the moment it arrives."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from allocator.sweep.chains import Chain
from allocator.sweep.store import Store
from allocator.sweep.work import Start, Task, solve_task

__all__ = ["Counter", "drive", "task_of", "whole_time"]

Pool = Callable[[int], AbstractContextManager[Executor]]
"""Opens an executor with so many workers."""


@dataclass
class _Line:
    """A chain and how far it has come."""

    chain: Chain
    position: int = 0

    @property
    def done(self) -> bool:
        return self.position >= len(self.chain.runs)

    @property
    def key(self) -> str:
        return self.chain.keys[self.position]


def task_of(chain: Chain, position: int, store: Store) -> Task:
    """The task of a run, with the plan of its neighbour as it was written."""
    run, parent = chain.runs[position], chain.parents[position]
    start = None
    record = store.read(chain.keys[parent]) if parent is not None else None
    if record is not None and parent is not None and record["status"] != "failed" and record["units"]:
        stages = tuple(
            {**stage, "counted": goal["value"]} for stage, goal in zip(record["stages"], record["goals"], strict=True)
        )
        start = Start(chain.runs[parent].name, tuple(record["units"]), stages, chain.loose[position])
    members = tuple(one.rules for one in chain.runs)
    return Task(chain.keys[position], run.name, str(run.scenario.absolute()), run.overrides, run.data_sha256,
                run.distances, chain.keys[0], members, start)  # fmt: skip


class Counter:
    """Tells how many runs are done, how fast, and how long the rest may take; at most once a second."""

    def __init__(self, total: int, done: int, tell: Callable[[str], None]) -> None:
        self._total, self._tell = total, tell
        self._before, self._done = done, done
        self._began = self._last = time.perf_counter()

    def add(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.perf_counter()
        if now - self._last < 1 and self._done < self._total:
            return
        self._last = now
        rate = (self._done - self._before) / max(now - self._began, 1e-9)
        left = whole_time((self._total - self._done) / rate)
        self._tell(f"{self._done} of {self._total} solved, {rate:.2f} a second, {left} left")


def whole_time(seconds: float) -> str:
    """Seconds as a person says them: `4 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def drive(
    chains: Sequence[Chain], store: Store, pool: Pool, workers: int, tell: Callable[[str], None],
    solve: Callable[[Task], dict[str, Any]] = solve_task,
) -> None:  # fmt: skip
    """Solve every run of the chains that the store does not have yet, `workers` at a time.

    A worker that ends by itself (killed, or out of memory) takes only its own runs with it: they are tried once more,
    each alone, and a run with which a worker ends again is a failed run.
    """
    lines = [_Line(chain) for chain in chains]
    for line in lines:
        while not line.done and store.has(line.key):
            line.position += 1
    total = sum(len(line.chain.runs) for line in lines)
    done = sum(line.position for line in lines)
    counter = Counter(total, done, tell)
    if done:
        tell(f"{done} of {total} are solved already")
    open_lines = deque(line for line in lines if not line.done)
    while open_lines:
        suspects = _with_pool(open_lines, store, pool, workers, counter, solve)
        for line in suspects:
            _alone(line, store, pool, counter, solve)
            if not line.done:
                open_lines.append(line)


def _with_pool(
    open_lines: deque[_Line], store: Store, pool: Pool, workers: int, counter: Counter, solve: Callable[[Task], Any]
) -> list[_Line]:
    """Work with one executor until nothing is left, or it breaks; then the lines whose runs were in flight."""
    flying: dict[Future[dict[str, Any]], _Line] = {}
    suspects: list[_Line] = []
    with pool(min(workers, len(open_lines))) as executor:
        try:
            while open_lines or flying:
                while open_lines and len(flying) < workers and not suspects:
                    line = open_lines.popleft()
                    try:
                        flying[executor.submit(solve, task_of(line.chain, line.position, store))] = line
                    except BrokenExecutor:
                        open_lines.appendleft(line)
                        break
                if not flying:
                    return suspects
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    line = flying.pop(future)
                    try:
                        record = future.result()
                    except (BrokenProcessPool, BrokenExecutor, CancelledError):
                        suspects.append(line)
                        continue
                    _arrived(line, record, store, counter)
                    if not line.done:
                        # The same chain next, so that its model is still at hand.
                        open_lines.appendleft(line)
        finally:
            for future in flying:
                future.cancel()
    return suspects


def _alone(line: _Line, store: Store, pool: Pool, counter: Counter, solve: Callable[[Task], Any]) -> None:
    """One run in a worker of its own."""
    task = task_of(line.chain, line.position, store)
    with pool(1) as executor:
        try:
            record = executor.submit(solve, task).result()
        except (BrokenProcessPool, BrokenExecutor, CancelledError):
            record = {"key": task.key, "status": "failed", "phases": {},
                      "reason": "the process that solved it ended, twice: killed, or out of memory"}  # fmt: skip
    _arrived(line, record, store, counter)


def _arrived(line: _Line, record: dict[str, Any], store: Store, counter: Counter) -> None:
    store.write(record)
    line.position += 1
    while not line.done and store.has(line.key):
        line.position += 1
    counter.add()
