"""The model that a user would write: one yes/no variable for each household and each unit that suits it, in PuLP.

Rules: persons per site, one flat per building, share of refugees per social space, all hard; goals: persons placed, then
the lowest rent. The benchmark solves the same with the planner.
"""

from __future__ import annotations

import time
from typing import Any

import pulp

from allocator.rules.situation import Situation

__all__ = ["naive_size", "solve_naive"]


def pairs_of(situation: Situation) -> list[tuple[int, int]]:
    """Every household with every unit that meets its needs."""
    import numpy as np

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


def solve_naive(situation: Situation, rules: dict[str, Any], gap: float, seconds: float) -> dict[str, Any]:
    """Build with `lpSum` and solve with HiGHS through PuLP: seconds to build and to solve, values of the two goals."""
    began = time.perf_counter()
    pairs = pairs_of(situation)
    problem = pulp.LpProblem("naive", pulp.LpMaximize)
    x = {pair: problem.add_variable(f"x_{pair[0]}_{pair[1]}", 0, 1, cat="Integer") for pair in pairs}
    persons, home = situation.persons, situation.home
    by_household: dict[int, list[Any]] = {}
    by_unit: dict[int, list[tuple[int, Any]]] = {}
    for (household, unit), variable in x.items():
        by_household.setdefault(household, []).append(variable)
        by_unit.setdefault(unit, []).append((household, variable))
    for household, variables in by_household.items():
        total = pulp.lpSum(variables)
        problem.addConstraint(total == 1 if home[household] >= 0 else total <= 1, f"one_{household}")
    for unit, inside in by_unit.items():
        if situation.shared[unit]:
            free = max(situation.capacity[unit] - situation.occupied[unit], situation.present[unit])
            problem.addConstraint(pulp.lpSum(float(persons[h]) * v for h, v in inside) <= float(free), f"places_{unit}")
        else:
            problem.addConstraint(pulp.lpSum(v for _, v in inside) <= 1, f"flat_{unit}")
    for name, rule in rules.items():
        for count in rule.limits(situation):
            matrix = count.membership.tocsr()
            for place in range(matrix.shape[0]):
                window = slice(matrix.indptr[place], matrix.indptr[place + 1])
                terms = [
                    float(count.weight[h] * value) * v
                    for unit, value in zip(matrix.indices[window], matrix.data[window], strict=True)
                    for h, v in by_unit.get(int(unit), ())
                ]
                if terms:
                    problem.addConstraint(
                        pulp.lpSum(terms) <= float(count.limit[place]), f"{name}_{place}".replace("-", "_")
                    )
    priority = situation.households["priority"].to_numpy(dtype=float)
    placed = pulp.lpSum(float(priority[h] * persons[h]) * v for (h, _), v in x.items())
    rent = pulp.lpSum(float(situation.household_rent(h, u)) * v for (h, u), v in x.items() if situation.rent[u] > 0)
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
