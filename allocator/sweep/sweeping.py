"""A whole sweep, from the design file to its tables."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.errors import InputError, OutputExistsError
from allocator.runs.manifest import versions
from allocator.runs.tables import write_csv
from allocator.sweep.chains import Chain, chains_of
from allocator.sweep.design import Design, read_design
from allocator.sweep.driving import drive, task_of, whole_time
from allocator.sweep.manifest import write_manifest
from allocator.sweep.points import points_of
from allocator.sweep.pools import cores, on_cluster, processes
from allocator.sweep.resolving import Run, resolve
from allocator.sweep.store import SOLVED, Store
from allocator.sweep.table import AREAS, RUNS, SECONDS, areas_table, runs_table, seconds_table, write_table
from allocator.sweep.work import Task, scenario_of, solve_task
from allocator.whole_files import replaced_file

__all__ = ["STATUSES", "Outlook", "Sweep", "folder_of", "outlook", "prepare", "run_part", "run_sweep", "sweep_table"]

Tell = Callable[[str], None]
STATUSES = ("optimal", "within_gap", "stopped", "infeasible", "failed")
"""What a row may say of its run, from the best to the worst."""


@dataclass(frozen=True)
class Sweep:
    """A design with its runs and the chains in which they are solved."""

    design: Design
    runs: list[Run]
    chains: list[Chain]
    versions: dict[str, str]

    @property
    def distinct(self) -> int:
        """Scenarios that differ, each solved once."""
        return sum(len(chain.runs) for chain in self.chains)


def prepare(path: Path | str, lists: Path) -> Sweep:
    """Read and check a design; draws of households are written to the folder `lists`. InputError with all findings."""
    design = read_design(path)
    runs = resolve(design, points_of(design), lists)
    told = versions()
    return Sweep(design, runs, chains_of(runs, told), told)


@dataclass(frozen=True)
class Outlook:
    """How much a design asks for: `seconds` of one run as measured, `whole` for all of them with `workers`."""

    runs: int
    distinct: int
    chains: int
    seconds: float
    whole: float
    workers: int
    measured: str
    failed: str = ""
    """Why the run that was measured failed, if it did."""

    def __str__(self) -> str:
        return (
            f"{self.runs} runs, {self.distinct} different scenarios in {self.chains} chains; run {self.measured} took "
            f"{self.seconds:.1f} s, so all of them about {whole_time(self.whole)} with {self.workers} processes"
        ) + (f"; but it failed: {self.failed}" if self.failed else "")


def outlook(path: Path | str, workers: int | None = None) -> Outlook:
    """How many runs a design has and about how long they take, measured from one run of it.

    Writes nothing that stays.
    """
    count = workers or cores()
    with tempfile.TemporaryDirectory() as name:
        sweep = prepare(path, Path(name) / "households")
        chain = sweep.chains[len(sweep.chains) // 2]
        position = len(chain.runs) // 2
        task = task_of(chain, position, Store(Path(name) / "store"))
        solve_task(task)  # reads the city, which the other runs of a process do not do again
        began = time.perf_counter()
        record = solve_task(task)
        seconds = time.perf_counter() - began
    busy = min(count, len(sweep.chains))
    return Outlook(
        len(sweep.runs),
        sweep.distinct,
        len(sweep.chains),
        seconds,
        math.ceil(sweep.distinct / busy) * seconds,
        busy,
        chain.runs[position].name,
        record["reason"] if record["status"] == "failed" else "",
    )


def run_sweep(
    path: Path | str,
    out: Path | str | None = None,
    *,
    workers: int | None = None,
    dask: str | None = None,
    allocations: bool = False,
    progress: Tell | None = None,
) -> Path:
    """Solve every run of a design and write its tables; the folder, `maps/<design>/` unless `out` says another.

    What is solved already is not solved again, so an interrupted sweep goes on where it was. Raises InputError with all
    findings of the design before anything is solved, UsageError while another process writes to the folder.
    """
    folder = folder_of(path, out)
    fresh = not folder.exists()
    store = Store(folder)
    try:
        _solve_all(path, store, workers or cores(), dask, allocations, progress or (lambda _: None))
    except InputError:
        if fresh and not any((folder / SOLVED).iterdir()):
            shutil.rmtree(folder, ignore_errors=True)  # findings leave nothing behind
        raise
    return folder


def _solve_all(path: Path | str, store: Store, workers: int, dask: str | None, allocations: bool, tell: Tell) -> None:
    """Everything that is done while the folder is held."""
    with ExitStack() as held:
        held.enter_context(store.writing())
        store.sweep_drafts()
        sweep = prepare(path, store.lists)
        tell(f"{len(sweep.runs)} runs, {sweep.distinct} different scenarios in {len(sweep.chains)} chains")
        pool: Any = processes
        if dask is not None:
            pool, workers = held.enter_context(on_cluster(dask))
        drive(sweep.chains, store, pool, workers, tell)
        tell("writing the tables")
        _write(sweep, store, allocations)


def run_part(path: Path | str, out: Path | str | None, part: int, parts: int, progress: Tell | None = None) -> Path:
    """Solve part `part` (from 1) of `parts`, every so-many-th chain, in this process; the tables are not written."""
    store = Store(folder_of(path, out))
    with store.writing(f"{part}-of-{parts}") as share:
        sweep = prepare(path, store.lists)
        share()
        mine = sweep.chains[part - 1 :: parts]
        drive(mine, store, processes, 1, progress or (lambda _: None))
    return store.folder


def folder_of(path: Path | str, out: Path | str | None) -> Path:
    """The folder of a sweep. Raises OutputExistsError where the design stands in it."""
    folder = Path(out) if out is not None else Path("maps") / Path(path).stem
    if Path(path).resolve().is_relative_to(folder.resolve()):
        raise OutputExistsError(f"{folder} holds the design itself; choose another --out")
    return folder


def _write(sweep: Sweep, store: Store, allocations: bool) -> None:
    """Tables, manifest and, if asked for, each allocation."""
    records = records_of(sweep.chains, store)
    names = sweep.design.names
    write_table(runs_table(sweep.runs, names, records, sweep.versions), store.folder / RUNS)
    write_table(areas_table(sweep.runs, names, records), store.folder / AREAS)
    write_table(seconds_table(sweep.runs, records), store.folder / SECONDS)
    tasks = (
        {}
        if not allocations
        else {
            run.sha256: task_of(chain, number, store) for chain in sweep.chains for number, run in enumerate(chain.runs)
        }
    )
    for run in sweep.runs if allocations else ():
        _write_allocation(tasks[run.sha256], records[run.sha256], store.folder / "runs" / run.name / "allocation.csv")
    write_manifest(sweep.design, sweep.runs, sweep.chains, sweep.versions, store.folder)


def records_of(chains: Sequence[Chain], store: Store) -> dict[str, dict[str, Any]]:
    """The record of each distinct run by its hash."""
    return {
        run.sha256: store.read(key) or {"status": "failed", "reason": "its result is gone", "key": key}
        for chain in chains
        for run, key in zip(chain.runs, chain.keys, strict=True)
    }


def _write_allocation(task: Task, record: dict[str, Any], path: Path) -> None:
    """`allocation.csv` of one run, from the units of its record; none where there is no plan."""
    from allocator.ledger import Ledger
    from allocator.plan import allocation_table

    if not record.get("units"):
        return
    scenario = scenario_of(task)
    chosen = dict(zip(scenario.households["household_id"], record["units"], strict=True))
    table = allocation_table(Ledger(scenario.city, scenario.households, chosen, scenario.day), {})
    replaced_file(path, lambda draft: write_csv(table, draft))


def sweep_table(folder: Path | str) -> pd.DataFrame:
    """The table of a finished sweep, a row for each run, with the seconds of each."""
    folder = Path(folder)
    table = pd.read_parquet(folder / RUNS)
    return table.merge(pd.read_parquet(folder / SECONDS), on="run", how="left", validate="one_to_one")
