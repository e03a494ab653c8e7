"""`python -m tests.benchmarks.cp_sat TOWN RULES GAP SECONDS`: OR-tools CP-SAT on the rows of the naive model; prints JSON.

A process of its own, and OR-tools before all else: it brings its own HiGHS, which does not bear that of highspy before it.
"""

from __future__ import annotations

try:
    from ortools.sat.python import cp_model
except ImportError:
    cp_model = None

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["solve_cp_sat"]

ROOT = Path(__file__).resolve().parents[2]
"""Where `tests` is found, wherever the benchmark was started."""
SCALE = 10_000
"""CP-SAT knows whole numbers only: coefficients of shares are counted in parts of this."""


def solve_cp_sat(town: Path, rules: dict[str, Any], gap: float, seconds: float) -> dict[str, Any] | None:
    """The same rows and goals in a process of its own, one worker, `seconds` for each goal; None where it is not installed."""
    command = [sys.executable, "-m", "tests.benchmarks.cp_sat", str(town.resolve()), json.dumps(rules), str(gap), str(seconds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT)
    told: dict[str, Any] | None = json.loads(done.stdout)
    return told


def _solve(town: Path, rules: dict[str, Any], gap: float, seconds: float) -> dict[str, Any]:
    from allocator.city import read_city, read_households
    from allocator.rules import rule_named
    from allocator.rules.situation import Situation
    from tests.benchmarks.naive import goals_of, pairs_of, rows_of

    city = read_city(town)
    situation = Situation(city, read_households(town / "households.csv", city)[0])
    stated = {name: rule_named(rule["rule"]).model_validate(rule) for name, rule in rules.items()}
    began = time.perf_counter()
    pairs = pairs_of(situation)
    model = cp_model.CpModel()
    x = {pair: model.new_bool_var(f"x_{pair[0]}_{pair[1]}") for pair in pairs}
    for _, terms, low, high in rows_of(situation, stated, pairs):
        whole = [round(value * SCALE) for _, value in terms]
        total = cp_model.LinearExpr.weighted_sum([x[pair] for pair, _ in terms], whole)
        model.add(total <= int(np.floor(high * SCALE + 1e-6)))
        if np.isfinite(low):
            model.add(total >= round(low * SCALE))
    placed, rent = (
        cp_model.LinearExpr.weighted_sum(list(x.values()), [round(100 * value) for value in goal])
        for goal in goals_of(situation, pairs)
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.relative_gap_limit = gap
    values: list[float] = []
    for sense, goal in (("max", placed), ("min", rent)):
        model.clear_objective()
        (model.maximize if sense == "max" else model.minimize)(goal)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        values.append(solver.objective_value / 100)
        if sense == "max":
            model.add(goal >= round(solver.objective_value))
    value, bound = solver.objective_value, solver.best_objective_bound
    return {"seconds": time.perf_counter() - began, "values": values, "status": solver.status_name(status),
            "gap": abs(value - bound) / max(abs(value), 1e-9)}  # fmt: skip


if __name__ == "__main__":
    folder, said, most, limit = sys.argv[1:]
    print(json.dumps(None if cp_model is None else _solve(Path(folder), json.loads(said), float(most), float(limit))))
