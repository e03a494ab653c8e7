"""`python -m tests.benchmarks.sizes [RESIDENTS …]`: from town to metropolis with all rules and goals, by phases.

Each model city is made by the generator with seed 1 in proportion to its residents, each run is a process of its own.
First come, first served stands beside each plan. The slope is that of the logarithms of seconds and residents.

With `--weighted` everybody is placed, then all other goals have weights, in a city of 628,000 and in one of Berlin's size.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp

from allocator.explain.first_come import first_come_first_served
from allocator.runs.loading import read_result
from allocator.runs.planning import make_plan
from allocator.scenario import load_scenario
from allocator.solve.stages import Solution, StageResult

SIZES = (31_400, 62_800, 125_600, 314_000, 628_000)
SCENARIO = """
title: A city of {residents:,}
city: {city}
households: {city}/households.csv
rules:
  two-hundred-per-site: {{rule: cap, count: persons, per: site, at_most: 200}}
  one-flat:         {{rule: cap, count: flats, per: building, at_most: 1, soft: 10}}
  no-new-hotspots:  {{rule: share, of: refugees, per: social_space, at_most: 0.05}}
  no-dominance:     {{rule: share, of: each_group, per: social_space, at_most: 0.40}}
  school-seats:     {{rule: seats, kind: school, within: 2000, soft: 5}}
  kita-seats:       {{rule: seats, kind: kita, within: 1500, soft: 5}}
goals:
  - place: persons
{goals}solve: {{gap: {gap}, seconds: {seconds}, seed: 1}}
"""
IN_ORDER = """\
  - keep: rules
  - spread: {over: districts, key: residents, minimise: sum}
  - prefer
  - walk: {to: school}
  - rent
"""
WEIGHTED = """\
  - weighted:
      - {keep: rules, weight: 100}
      - {spread: {over: districts, key: residents, minimise: sum}, weight: 100}
      - {prefer: {}, weight: 100}
      - {walk: {to: school}, weight: 1}
      - {rent: {}, weight: 1}
"""
OF_628_000 = {"households": 3_500, "flats": 6_000, "buildings": 4_500, "sites": 60, "spaces": 166, "districts": 10,
              "schools": 90, "kitas": 250}  # fmt: skip
OF_BERLIN = {"households": 40_000, "flats": 60_000, "buildings": 45_000, "sites": 354, "spaces": 542, "districts": 12,
             "schools": 530, "kitas": 1_473}  # fmt: skip
PHASES = ("read", "start", "build", "price", "solve", "reasons", "verify", "write")
LEAST = {"districts": 4, "spaces": 8, "sites": 3, "schools": 5, "kitas": 10}


def scenario_of(
    folder: Path, residents: int, seconds: int, numbers: dict[str, int] | None = None, goals: str = IN_ORDER, gap: float = 1e-4
) -> Path:
    """A model city of this size, with these numbers or in proportion, and the scenario on it."""
    share = residents / 628_000
    numbers = numbers or {name: max(LEAST.get(name, 1), round(number * share)) for name, number in OF_628_000.items()}
    city = folder / f"city{residents}"
    words = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
    command = ["data", "model-city", "--residents", str(residents), *words, "--seed", "1", "--out", str(city)]
    subprocess.run([sys.executable, "-m", "allocator", *command], check=True, stdout=sys.stderr)
    path = folder / f"city{residents}.yaml"
    path.write_text(SCENARIO.format(residents=residents, city=city.name, seconds=seconds, goals=goals, gap=gap), encoding="utf-8")
    return path


def served(path: Path) -> dict[str, Any]:
    """The result of first come, first served, recounted like every plan."""
    scenario = load_scenario(path)
    unit_of = first_come_first_served(scenario.situation, scenario.rules)
    stages = tuple(StageResult(stage.name, stage.sense, None, None, "stopped", 0.0) for stage in scenario.stages)
    solution = Solution("stopped", unit_of, stages)
    return make_plan(scenario, solver=lambda *_: replace(solution), reasons=False).result


def measured(folder: Path, residents: int, seconds: int, **how: Any) -> float:
    """Run one size (`how` is for `scenario_of`), print its row; seconds from files to verified plan."""
    path, out = scenario_of(folder, residents, seconds, **how), folder / f"run{residents}"
    command = [sys.executable, "-m", "allocator", "run", str(path), "--out", str(out), "--quiet"]
    subprocess.run(command, check=False, stdout=sys.stderr)
    result, office = read_result(out), served(path)
    phases, model = result["phases"], result["model"]
    solving = phases["price"] + phases["solve"]
    whole = sum(phases[name] for name in PHASES[:-1])
    told = " | ".join(f"{phases[name]:.1f}" for name in PHASES)
    gaps = ", ".join("–" if goal["gap"] is None else f"{goal['gap']:.0e}" for goal in result["goals"])
    values = "; ".join(
        f"{goal['value']:,.6g} / {theirs['value']:,.6g}"
        for goal, theirs in zip(result["goals"], office["goals"], strict=True)
    )
    households = sum(result[key]["households"] for key in ("placed", "unplaced"))
    cells = [f"{residents:,}", f"{households:,}", f"{model['columns']:,} / {model['rows']:,}", told, f"{whole:.1f}",
             f"{solving / whole:.0%}", f"{result['peak_memory_mb']:.0f} MB", gaps, values]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)
    return whole


def main() -> None:
    """Every size, to stdout."""
    weighted = sys.argv[1:] == ["--weighted"]
    sizes = [] if weighted else [int(word.replace(",", "")) for word in sys.argv[1:]] or list(SIZES)
    print(f"Python {platform.python_version()}, PuLP {pulp.__version__}, HiGHS {highspy.Highs().version()}, "
          f"{os.cpu_count()} cores, one solver thread, seed 1; load {os.getloadavg()[0]:.1f}.\n")  # fmt: skip
    head = ["residents", "households", "columns / rows", *PHASES, "files to verified plan, s", "of it price and solve",
            "peak memory", "gaps of the goals", "values ours / first come, first served"]  # fmt: skip
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    with tempfile.TemporaryDirectory() as name:
        seconds = [measured(Path(name), residents, 600) for residents in sizes]
        if weighted:
            measured(Path(name), 628_000, 300, goals=WEIGHTED)
            measured(Path(name), 3_700_000, 300, numbers=OF_BERLIN, goals=WEIGHTED, gap=1e-3)
    if len(sizes) > 1:
        slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        print(f"\nSlope of the logarithms of seconds over residents: {slope:.2f}")


if __name__ == "__main__":
    main()
