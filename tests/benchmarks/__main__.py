"""`python -m tests.benchmarks`: Köln by phases, and the planner against the naive model; prints Markdown."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import highspy
import pulp

from allocator.city import read_city, read_households
from allocator.city.model_city import make_model_city, write_model_city
from allocator.goals import Stage, goal_named
from allocator.rules import rule_named
from allocator.rules.situation import Situation
from allocator.runs.loading import read_result
from allocator.scenario import load_scenario
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import solve
from tests.benchmarks.cp_sat import solve_cp_sat
from tests.benchmarks.naive import naive_size, solve_naive

ROOT = Path(__file__).resolve().parents[2]
OPEN_DATA = ROOT.parent / "shared" / "data" / "koeln"
RULES = {
    "fifty-per-site": {"rule": "cap", "count": "persons", "per": "site", "at_most": 50},
    "one-flat": {"rule": "cap", "count": "flats", "per": "building", "at_most": 1},
    "no-new-hotspots": {"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.05},
}


def koeln_city() -> None:
    """Make the city from its open data where that was not done before."""
    city = ROOT / "data" / "koeln" / "city"
    if not city.is_dir():
        command = ["data", "koeln", "--source", str(OPEN_DATA), "--out", str(city), "--seed", "1"]
        subprocess.run([sys.executable, "-m", "allocator", *command], check=True, stdout=sys.stderr)


def koeln(folder: Path) -> None:
    """Files to map, each scenario in a process of its own."""
    if not OPEN_DATA.is_dir():
        print("Köln is skipped: its open data does not stand beside the project (see data/koeln/README.md).\n")
        return
    koeln_city()
    print("| scenario | status | read | build | price | solve | verify | write | peak memory | columns / rows | naive model |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in ("koeln-dispersal", "koeln-concentration"):
        out = folder / name
        command = ["run", str(ROOT / "scenarios" / f"{name}.yaml"), "--out", str(out), "--quiet"]
        subprocess.run([sys.executable, "-m", "allocator", *command], check=False, stdout=sys.stderr)
        result = read_result(out)
        phases, model = result["phases"], result["model"]
        naive = naive_size(load_scenario(ROOT / "scenarios" / f"{name}.yaml").situation)
        gap = max(goal["gap"] or 0 for goal in result["goals"])
        seconds = " | ".join(f"{phases[key]:.1f} s" for key in ("read", "build", "price", "solve", "verify", "write"))
        print(f"| {name} | {result['status']}, gap {gap:.1e} | {seconds} | {result['peak_memory_mb']:.0f} MB "
              f"| {model['columns']:,} / {model['rows']:,} | {naive['variables']:,} / {naive['rows']:,} |")  # fmt: skip
    print()


def against_naive(folder: Path, residents: int) -> None:
    """One model city, both models, the same rules, goals and gap."""
    town = folder / f"town{residents}"
    write_model_city(make_model_city(seed=1, residents=residents), town)
    city = read_city(town)
    situation = Situation(city, read_households(town / "households.csv", city)[0])
    rules = {name: rule_named(rule["rule"]).model_validate(rule) for name, rule in RULES.items()}
    stages = [Stage(((goal_named(name).model_validate({"goal": name}), 1.0),)) for name in ("place", "rent")]
    began = time.perf_counter()
    ours = solve(situation, rules, stages, SolveOptions(gap=1e-4, seconds=300))
    seconds = time.perf_counter() - began
    naive = solve_naive(situation, rules, 1e-4, 300)
    values = ", ".join(
        f"{stage.value:,.0f} / {value:,.0f}" for stage, value in zip(ours.stages, naive["values"], strict=True)
    )
    total = naive["build"] + naive["solve"]
    theirs = solve_cp_sat(town, RULES, 1e-4, 120)
    cp_sat = "not installed" if theirs is None else (
        f"{theirs['seconds']:.1f} s ({theirs['status'].lower()}, gap {theirs['gap']:.1e}): "
        + ", ".join(f"{value:,.0f}" for value in theirs["values"]) + f"; {theirs['seconds'] / seconds:.0f} times ours"
    )  # fmt: skip
    cells = [f"{residents:,}", f"{len(situation.persons)}", f"{len(situation.shared)}", f"{ours.size['columns']:,}",
             f"{naive['variables']:,}", f"{seconds:.1f} s ({ours.status})", f"{total:.1f} s (gap {naive['gap']:.1e})",
             f"{total / seconds:.1f}", values, cp_sat]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Everything, to stdout."""
    print(f"Python {platform.python_version()}, PuLP {pulp.__version__}, HiGHS {highspy.Highs().version()}, "
          f"{os.cpu_count()} cores, one solver thread, seed 1, gap 1e-4.\n")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        koeln(Path(name))
        print(
            "| residents | households | units | our columns | naive variables | ours | naive | ratio "
            "| values ours / naive | CP-SAT on the naive model, 120 s a goal |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for residents in (6_000, 20_000, 31_400, 62_800):
            against_naive(Path(name), residents)


if __name__ == "__main__":
    main()
