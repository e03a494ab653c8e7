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
from pathlib import Path

from allocator.sweep.sweeping import sweep_table

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


def separate(folder: Path, run: dict, number: int) -> tuple[float, dict[str, float]]:
    """Wall seconds of one `allocator run`, and its goals' values."""
    out = folder / f"separate-{number}"
    command = [sys.executable, "-m", "allocator", "run", str(folder / "sweep" / run["scenario"]), "--out", str(out), "--quiet"]
    for override in run["overrides"]:
        command += ["--set", override]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder / "sweep")
    seconds = time.perf_counter() - began
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return seconds, {goal["goal"]: goal["value"] for goal in result["goals"]}


def cpu() -> float:
    """Processor seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Everything, to stdout as Markdown."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.yaml").write_text(BASE.format(city=(ROOT / "data" / "modellstadt").as_posix()), encoding="utf-8")
        design = folder / "design.yaml"
        design.write_text(DESIGN, encoding="utf-8")
        began, before = time.perf_counter(), cpu()
        command = ["sweep", str(design), "--out", str(folder / "sweep"), "--workers", "2"]
        subprocess.run([sys.executable, "-m", "allocator", *command], check=True, stdout=sys.stderr)
        together, together_cpu = time.perf_counter() - began, cpu() - before
        table = sweep_table(folder / "sweep").set_index("run")
        manifest = json.loads((folder / "sweep" / "manifest.json").read_text(encoding="utf-8"))
        runs = random.Random(1).sample(manifest["runs"], SAMPLE)
        before, seconds, different = cpu(), 0.0, 0
        for number, run in enumerate(runs):
            took, values = separate(folder, run, number)
            seconds += took
            row = table.loc[run["run"]]
            different += any(abs(row[f"goal.{goal}.value"] - value) > 1e-9 for goal, value in values.items())
            print(run["run"], f"{took:.1f} s", values, file=sys.stderr)
        alone, alone_cpu = seconds / SAMPLE, (cpu() - before) / SAMPLE
    n = len(table)
    kept = int((table["plan_of"] != "").sum())
    counts = ", ".join(f"{count} {status}" for status, count in table["status"].value_counts().items())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, 2 processes, one solver thread, gap 0, load "
          f"{os.getloadavg()[0]:.1f} at the end.\n")  # fmt: skip
    print("| | runs | wall seconds | runs a second | processor seconds a run |")
    print("|---|---|---|---|---|")
    print(f"| sweep ({counts}; {kept} with the plan of a looser neighbour) | {n} | {together:.0f} | {n / together:.2f} "
          f"| {together_cpu / n:.2f} |")  # fmt: skip
    print(f"| separate `allocator run`, a sample | {SAMPLE} | {seconds:.0f} | {1 / alone:.2f} | {alone_cpu:.2f} |")
    print(f"\n{alone * n / together:.1f} times as many runs a second (processor seconds a run: {alone_cpu * n / together_cpu:.1f} "
          f"times fewer); rows whose goal values differ from those of their separate run: {different} of {SAMPLE}.")  # fmt: skip


if __name__ == "__main__":
    main()
