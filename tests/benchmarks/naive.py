"""The model that a user would write: one yes/no variable for each household and each unit that suits it.

Rules: persons per site, one flat per building, share of refugees per social space, all hard; goals: persons placed, then
the lowest rent. The benchmark solves the same with the planner. The rows are stated once; PuLP with HiGHS and OR-tools
CP-SAT (where it is installed) solve them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pulp

from allocator.rules.situation import Situation

__all__ = ["goals_of", "naive_size", "pairs_of", "rows_of", "solve_naive"]

Pair = tuple[int, int]
Row = tuple[str, list[tuple[Pair, float]], float, float]


def pairs_of(situation: Situation) -> list[Pair]:
    """Every household with every unit that meets its needs."""
    units = np.arange(len(situation.shared))
    found = []
    for household in range(len(situation.persons)):
        suits = situation.suits(np.array(household), units)
        if situation.pinned[household]:
            suits = units == situation.home[household]
        found.extend((household, int(unit)) for unit in np.flatnonzero(suits))
    return found


def naive_size(situation: Situation) -> dict[str, int]:
    """Variables and rows of the naive model, counted without building it."""
    levels = [situation.level(name) for name in ("building", "site", "social_space")]
    return {
        "variables": len(pairs_of(situation)),
        "rows": len(situation.persons) + len(situation.shared) + sum(len(level) for level in levels),
    }


def rows_of(situation: Situation, rules: dict[str, Any], pairs: list[Pair]) -> Iterator[Row]:
    """Name, terms, least and most of every row."""
    by_household: dict[int, list[Pair]] = {}
    by_unit: dict[int, list[Pair]] = {}
    for pair in pairs:
        by_household.setdefault(pair[0], []).append(pair)
        by_unit.setdefault(pair[1], []).append(pair)
    for household, mine in by_household.items():
        yield f"one_{household}", [(pair, 1.0) for pair in mine], float(situation.home[household] >= 0), 1.0
    for unit, inside in by_unit.items():
        if situation.shared[unit]:
            free = max(situation.capacity[unit] - situation.occupied[unit], situation.present[unit])
            yield f"places_{unit}", [(pair, float(situation.persons[pair[0]])) for pair in inside], -np.inf, float(free)
        else:
            yield f"flat_{unit}", [(pair, 1.0) for pair in inside], -np.inf, 1.0
    for name, rule in rules.items():
        for count in rule.limits(situation):
            matrix = count.membership.tocsr()
            for place in range(matrix.shape[0]):
                window = slice(matrix.indptr[place], matrix.indptr[place + 1])
                terms = [
                    (pair, float(count.weight[pair[0]] * value))
                    for unit, value in zip(matrix.indices[window], matrix.data[window], strict=True)
                    for pair in by_unit.get(int(unit), ())
                ]
                if terms:
                    yield f"{name}_{place}".replace("-", "_"), terms, -np.inf, float(count.limit[place])


def goals_of(situation: Situation, pairs: list[Pair]) -> tuple[list[float], list[float]]:
    """What each pair adds to the persons placed, and to the rent."""
    priority = situation.households["priority"].to_numpy(dtype=float)
    placed = [float(priority[h] * situation.persons[h]) for h, _ in pairs]
    return placed, [float(situation.household_rent(h, u)) if situation.rent[u] > 0 else 0.0 for h, u in pairs]


def solve_naive(situation: Situation, rules: dict[str, Any], gap: float, seconds: float) -> dict[str, Any]:
    """Build with `lpSum` and solve with HiGHS through PuLP: seconds to build and to solve, values of the two goals."""
    began = time.perf_counter()
    pairs = pairs_of(situation)
    problem = pulp.LpProblem("naive", pulp.LpMaximize)
    x = {pair: problem.add_variable(f"x_{pair[0]}_{pair[1]}", 0, 1, cat="Integer") for pair in pairs}
    for name, terms, low, high in rows_of(situation, rules, pairs):
        total = pulp.lpSum(value * x[pair] for pair, value in terms)
        problem.addConstraint(total == high if low == high else total <= high, name)
    placed, rent = (
        pulp.lpSum(v * x[pair] for v, pair in zip(goal, pairs, strict=True)) for goal in goals_of(situation, pairs)
    )
    built = time.perf_counter() - began
    solver = pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds, threads=1)
    problem.setObjective(placed)
    problem.solve(solver)
    first = float(pulp.value(problem.objective))
    problem.addConstraint(placed >= first - 1e-6 * max(1.0, first), "keep_placed")
    problem.sense = pulp.LpMinimize
    problem.setObjective(rent)
    problem.solve(solver)
    info = problem.solverModel.getInfo()
    return {
        "build": built,
        "solve": time.perf_counter() - began - built,
        "values": [first, float(info.objective_function_value)],
        "gap": float(info.mip_gap),
        "variables": len(x),
    }
