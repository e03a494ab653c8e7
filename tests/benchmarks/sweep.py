"""`python -m tests.benchmarks.sweep`: 504 scenarios of the model city in one sweep, against separate `allocator run`.

The separate runs are a sample drawn by a seed, one after the other as a user would call them; their goal values must be
those of the sweep.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from allocator.sweep.resolving import Run
from allocator.sweep.store import Store
from allocator.sweep.sweeping import prepare, sweep_table

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 12
BASE = """
title: Caps, flats and shares
city: {city}
households: {city}/households.csv
rules:
  per-site:  {{rule: cap, count: persons, per: site, at_most: 50}}
  one-flat:  {{rule: cap, count: flats, per: building, at_most: 1, soft: 10}}
  hotspots:  {{rule: share, of: refugees, per: social_space, at_most: 0.05}}
goals:
  - place: persons
  - keep: rules
solve: {{gap: 0, seconds: 120}}
"""
DESIGN = """
title: Caps, one flat for each building, shares, draws of households
base: base.yaml
vary:
  rules.per-site.at_most: [20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, null]
  rules.hotspots.at_most: [0.03, 0.04, 0.05, null]
zip:
  - {rules.one-flat.at_most: [1, 1, null], rules.one-flat.soft: [null, 10, null]}
draws: {count: 3, seed: 1}
"""


def separate(folder: Path, runs: Sequence[Run]) -> tuple[float, float, list[dict[str, float]]]:
    """Wall and processor seconds of some runs of `allocator run`, one after the other, and their goals' values."""
    began, before, values = time.perf_counter(), cpu(), []
    for run in runs:
        out = folder / f"separate-{run.name}"
        command = [sys.executable, "-m", "allocator", "run", str(run.scenario), "--out", str(out), "--quiet"]
        for override in run.overrides:
            command += ["--set", override]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        result = json.loads((out / "result.json").read_text(encoding="utf-8"))
        values.append({goal["goal"]: goal["value"] for goal in result["goals"]})
    return time.perf_counter() - began, cpu() - before, values


def cpu() -> float:
    """Processor seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load() -> str:
    """How many processes want the processor, the mean of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def main() -> None:
    """Everything, to stdout as Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.yaml").write_text(
            BASE.format(city=(ROOT / "data" / "modellstadt").as_posix()), encoding="utf-8"
        )
        design, out = folder / "design.yaml", folder / "sweep"
        design.write_text(DESIGN, encoding="utf-8")
        runs = random.Random(1).sample(prepare(design, Store(out).lists).runs, SAMPLE)
        loads = [load()]
        first = separate(folder, runs[: SAMPLE // 2])
        loads.append(load())
        began, before = time.perf_counter(), cpu()
        command = ["sweep", str(design), "--out", str(out), "--workers", "2"]
        subprocess.run([sys.executable, "-m", "allocator", *command], check=True, stdout=sys.stderr)
        together, together_cpu = time.perf_counter() - began, cpu() - before
        loads.append(load())
        second = separate(folder, runs[SAMPLE // 2 :])
        loads.append(load())
        table = sweep_table(out).set_index("run")
    alone, alone_cpu = (first[0] + second[0]) / SAMPLE, (first[1] + second[1]) / SAMPLE
    different = sum(
        any(abs(table.loc[run.name, f"goal.{goal}.value"] - value) > 1e-9 for goal, value in values.items())
        for run, values in zip(runs, [*first[2], *second[2]], strict=True)
    )
    n, kept = len(table), int((table["plan_of"] != "").sum())
    counts = ", ".join(f"{count} {status}" for status, count in table["status"].value_counts().items())
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, 2 processes, one solver thread, gap 0, seed 1; "
        f"load before, "
        f"between and after: {', '.join(loads)}.\n"
    )
    print("| | runs | wall seconds | runs a second | processor seconds a run |")
    print("|---|---|---|---|---|")
    print(
        f"| sweep ({counts}; {kept} with the plan of a looser neighbour) | {n} | {together:.0f} | {n / together:.2f} "
        f"| {together_cpu / n:.2f} |"
    )
    print(
        f"| separate `allocator run`, half before and half after | {SAMPLE} | {alone * SAMPLE:.0f} | {1 / alone:.2f} "
        f"| {alone_cpu:.2f} |"
    )
    print(
        f"\n{alone * n / together:.1f} times as many runs a second (processor seconds a run: "
        f"{alone_cpu * n / together_cpu:.1f} "
        f"times fewer); rows whose goal values differ from those of their separate run: {different} of {SAMPLE}."
    )


if __name__ == "__main__":
    main()
