"""One row once more: solved exactly as the sweep did, compared with what it wrote, and as a whole run if asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allocator.errors import Finding, Findings, InputError, did_you_mean
from allocator.sweep.chains import Chain
from allocator.sweep.driving import task_of
from allocator.sweep.manifest import read_manifest
from allocator.sweep.store import Store
from allocator.sweep.sweeping import Sweep, prepare
from allocator.sweep.work import plan_of_task, solve_task

__all__ = ["solve_again"]


def solve_again(
    folder: Path, name: str, out: Path | None = None, tell: Callable[[str], None] | None = None
) -> list[str]:
    """Solve run `name` of a finished sweep again; what differs from its record, nothing if it is the same.

    A run that began with a neighbour's plan is solved after that neighbour, as it was. With `out` the whole run is
    written there, as `allocator run` writes it. InputError where the design, a scenario, the data or the versions are
    not those of the sweep any more.
    """
    say = tell or (lambda _: None)
    manifest = read_manifest(folder)
    known = {str(run["run"]): run for run in manifest["runs"]}
    findings = Findings()
    if name not in known:
        findings.error(f"there is no run '{name}'", did_you_mean(name, known), file=str(folder / "manifest.json"))
        findings.raise_if_errors()
    with tempfile.TemporaryDirectory() as place:
        store = Store(Path(place) / "again")
        written = Store(folder)
        sweep = prepare(folder / manifest["design"]["file"], written.lists)
        chain, position = _place(sweep, name)
        old = written.read(chain.keys[position])
        if old is None:
            raise InputError([_changed(sweep, manifest, folder)])
        for earlier in _line(chain, position):
            say(f"solving run {chain.runs[earlier].name}")
            store.write(solve_task(task_of(chain, earlier, store)))
        new = store.read(chain.keys[position]) or {}
        if out is not None and new["status"] != "failed":
            _write(chain, position, store, out, say)
    return [f"{key}: {old.get(key)!r} in the sweep, {new.get(key)!r} now"
            for key in sorted({*old, *new} - {"phases"}) if old.get(key) != new.get(key)]  # fmt: skip


def _place(sweep: Sweep, name: str) -> tuple[Chain, int]:
    """The chain in which a run's scenario is solved, and where."""
    run = next((run for run in sweep.runs if run.name == name), None)
    for chain in sweep.chains:
        for position, one in enumerate(chain.runs):
            if run is not None and one.sha256 == run.sha256:
                return chain, position
    raise InputError([Finding("the design has fewer runs than the sweep had", "call the sweep again",
                              file=str(sweep.design.path))])  # fmt: skip


def _line(chain: Chain, position: int) -> list[int]:
    """The positions whose plans lead to a run, the run last."""
    found = [position]
    while (parent := chain.parents[found[0]]) is not None:
        found.insert(0, parent)
    return found


def _changed(sweep: Sweep, manifest: dict[str, Any], folder: Path) -> Finding:
    """Why a run that the design asks for is not in the folder."""
    told = manifest["versions"]
    others = [f"{name} {told.get(name)} then, {version} now" for name, version in sweep.versions.items()
              if told.get(name) != version]  # fmt: skip
    reason = f"other versions ({'; '.join(others)})" if others else "another design, scenario or other data"
    return Finding(f"the sweep was solved with {reason}", "call the sweep again", file=str(folder))


def _write(chain: Chain, position: int, store: Store, out: Path, say: Callable[[str], None]) -> None:
    from allocator.plan import Plan
    from allocator.runs import write_run

    run = chain.runs[position]
    plan = plan_of_task(task_of(chain, position, store), reasons=True)
    result = {key: value for key, value in plan.result.items() if key not in ("stages", "plan_of")}
    write_run(Plan(plan.scenario, plan.allocation, result), out, overrides=run.overrides, progress=say)
