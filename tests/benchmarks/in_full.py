"""`python -m tests.benchmarks.in_full [RESIDENTS …]`: the planner against the naive model, all rules and six goals in order.

The cities are those of `sizes.py`. The naive model has one yes/no variable for each household and each unit that suits it,
children of each household at each school and Kita, what is beyond soft limits, and distances from the even spread. What
rules and goals say is taken from the planner, how it becomes a model is not.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np
import pulp

from allocator.explain.first_come import first_come_first_served
from allocator.goals.base import Stage
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Deviate, Flow, Price
from allocator.rules.situation import Situation
from allocator.scenario import load_scenario
from allocator.solve.stages import solve
from tests.benchmarks.naive import Pair, pairs_of, rows_of
from tests.benchmarks.sizes import scenario_of

__all__ = ["Naive", "NaiveGoal"]

SIZES = (31_400, 62_800)
"""A twentieth and a tenth of the large city."""
SECONDS = 600
"""For each goal of the naive model, and for all goals of the planner together."""


@dataclass(frozen=True)
class NaiveGoal:
    """What came of one goal: value and gap are None where the time was over without a plan."""

    value: float | None
    gap: float | None
    seconds: float


class Naive:
    """The naive model with PuLP's operators; `solve` goes through the goals in their order."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule]) -> None:
        """Variables and rows of what always holds and of all rules."""
        self.situation, self.problem = situation, pulp.LpProblem("naive", pulp.LpMinimize)
        self.pairs = pairs_of(situation)
        self.x = {pair: self.problem.add_variable(f"x_{pair[0]}_{pair[1]}", 0, 1, cat="Integer") for pair in self.pairs}
        self.of_household: dict[int, list[Pair]] = {}
        self.of_unit: dict[int, list[Pair]] = {}
        for pair in self.pairs:
            self.of_household.setdefault(pair[0], []).append(pair)
            self.of_unit.setdefault(pair[1], []).append(pair)
        for _, terms, low, high in rows_of(situation, {}, self.pairs):
            total = pulp.lpSum(value * self.x[pair] for pair, value in terms)
            self.problem.addConstraint(total == high if low == high else total <= high)
        self.further = 0
        self.breaches: list[pulp.LpAffineExpression] = []
        for rule in rules.values():
            for primitive in rule.limits(situation):
                for excess in self._excess(primitive):
                    self.breaches.append(float(rule.soft or 0.0) * excess)

    @property
    def size(self) -> tuple[int, int]:
        """Variables and rows."""
        return len(self.problem.variables()), len(self.problem.constraints())

    def _variable(self, name: str) -> pulp.LpVariable:
        self.further += 1
        return self.problem.add_variable(f"{name}_{self.further}", 0)

    def _excess(self, primitive: object) -> Iterator[pulp.LpVariable]:
        """The rows of a rule; its excess where it is soft."""
        if isinstance(primitive, Count):
            matrix = primitive.membership.tocsr()
            for place, limit in enumerate(primitive.limit):
                window = slice(matrix.indptr[place], matrix.indptr[place + 1])
                units = zip(matrix.indices[window].tolist(), matrix.data[window].tolist(), strict=True)
                total = pulp.lpSum(float(primitive.weight[pair[0]] * share) * self.x[pair]
                                   for unit, share in units for pair in self.of_unit.get(unit, ()))  # fmt: skip
                excess = self._variable("excess") if primitive.soft else 0.0
                self.problem.addConstraint(total <= float(limit) + excess)
                if primitive.soft:
                    yield excess
        elif isinstance(primitive, Flow):
            yield from self._seats(primitive)
        else:
            raise TypeError(type(primitive).__name__)

    def _seats(self, flow: Flow) -> Iterator[pulp.LpVariable]:
        """Children of each household at each facility in reach of where it lives; the others have no seat."""
        without = []
        at = [[] for _ in flow.seats]
        matrix = flow.reach.tocsc()
        for household, mine in self.of_household.items():
            children = float(flow.children[household])
            if not children:
                continue
            near: dict[int, list[Pair]] = {}
            for pair in mine:
                for facility in matrix.indices[matrix.indptr[pair[1]] : matrix.indptr[pair[1] + 1]].tolist():
                    near.setdefault(facility, []).append(pair)
            lacking = self._variable("lacking")
            seated = []
            for facility, pairs in near.items():
                there = self._variable("seated")
                self.problem.addConstraint(there <= children * pulp.lpSum(self.x[pair] for pair in pairs))
                at[facility].append(there)
                seated.append(there)
            self.problem.addConstraint(pulp.lpSum(seated) + lacking >= children * pulp.lpSum(self.x[pair] for pair in mine))
            without.append(lacking)
        for there, seats in zip(at, flow.seats.tolist(), strict=True):
            if there and np.isfinite(seats):
                self.problem.addConstraint(pulp.lpSum(there) <= seats)
        excess = self._variable("excess") if flow.soft else 0.0
        self.problem.addConstraint(pulp.lpSum(without) <= flow.allowance + excess)
        if flow.soft:
            yield excess

    def _value(self, stage: Stage) -> pulp.LpAffineExpression:
        """What one goal is worth."""
        ((goal, _),) = stage.goals
        parts = [pulp.lpSum(self.breaches)] if goal.keeps_rules else []
        for primitive in goal.value(self.situation):
            if isinstance(primitive, Price):
                households, units = np.array(self.pairs).T
                cost = np.broadcast_to(primitive.cost(households, units), households.shape).tolist()
                parts.append(pulp.lpSum(value * self.x[pair] for value, pair in zip(cost, self.pairs, strict=True) if value))
            elif isinstance(primitive, Deviate) and primitive.minimise == "sum":
                parts.append(self._deviation(primitive))
            else:
                raise TypeError(type(primitive).__name__)
        return pulp.lpSum(parts)

    def _deviation(self, deviate: Deviate) -> pulp.LpAffineExpression:
        """The sum of the distances from the even spread."""
        there = [
            float(base) + pulp.lpSum(
                float(deviate.weight[pair[0]]) * self.x[pair]
                for unit in np.flatnonzero(deviate.place == place).tolist()
                for pair in self.of_unit.get(unit, ())
            )
            for place, base in enumerate(deviate.base)
        ]  # fmt: skip
        total, distances = pulp.lpSum(there), []
        for persons, share in zip(there, deviate.share.tolist(), strict=True):
            distance = self._variable("distance")
            self.problem.addConstraint(distance >= persons - share * total)
            self.problem.addConstraint(distance >= share * total - persons)
            distances.append(distance)
        return pulp.lpSum(distances)

    def solve(self, stages: Sequence[Stage], gap: float, seconds: float) -> list[NaiveGoal]:
        """Each goal with HiGHS through PuLP, its value a row of the next; it ends where one has no plan in its `seconds`."""
        results: list[NaiveGoal] = []
        for stage in stages:
            began = time.perf_counter()
            value = self._value(stage)
            self.problem.sense = pulp.LpMaximize if stage.sense == "max" else pulp.LpMinimize
            self.problem.setObjective(value)
            self.problem.solve(pulp.HiGHS(msg=False, gapRel=gap, timeLimit=seconds, threads=1))
            info = self.problem.solverModel.getInfo()
            took = time.perf_counter() - began
            if info.primal_solution_status != 2:
                results.append(NaiveGoal(None, None, took))
                break
            best = float(pulp.value(self.problem.objective))
            results.append(NaiveGoal(best, float(info.mip_gap), took))
            slack = 1e-6 * max(1.0, abs(best))
            self.problem.addConstraint(value >= best - slack if stage.sense == "max" else value <= best + slack)
        return results


def measured(folder: Path, residents: int) -> None:
    """One city, both models; prints its row."""
    scenario = load_scenario(scenario_of(folder, residents, SECONDS))
    situation = scenario.situation
    began = time.perf_counter()
    start = first_come_first_served(situation, scenario.rules)
    ours = solve(situation, scenario.rules, scenario.stages, scenario.solve, start=start)
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    naive = Naive(situation, scenario.rules)
    variables, rows = naive.size
    theirs = naive.solve(scenario.stages, scenario.solve.gap, SECONDS)
    total = time.perf_counter() - began
    theirs += [NaiveGoal(None, None, 0.0)] * (len(ours.stages) - len(theirs))
    values = "; ".join(
        f"{mine.value:,.6g} / {'none' if goal.value is None else f'{goal.value:,.6g}'}"
        for mine, goal in zip(ours.stages, theirs, strict=True)
    )
    gaps = "; ".join(f"{mine.gap or 0.0:.0e} / {'–' if goal.gap is None else f'{goal.gap:.0e}'}"
                     for mine, goal in zip(ours.stages, theirs, strict=True))  # fmt: skip
    each = "; ".join(f"{mine.seconds:.1f} / {goal.seconds:.1f}" for mine, goal in zip(ours.stages, theirs, strict=True))
    cells = [f"{residents:,}", f"{len(situation.persons):,}", f"{ours.size['columns']:,} / {ours.size['rows']:,}",
             f"{variables:,} / {rows:,}", f"{seconds:.1f} s ({ours.status})", f"{total:.1f} s", f"{total / seconds:.0f}",
             values, gaps, each]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Every size, to stdout."""
    sizes = [int(word.replace(",", "")) for word in sys.argv[1:]] or list(SIZES)
    print(f"Python {platform.python_version()}, PuLP {pulp.__version__}, HiGHS {highspy.Highs().version()}, "
          f"{os.cpu_count()} cores, one solver thread, seed 1, gap 1e-4; load {os.getloadavg()[0]:.1f}.\n")  # fmt: skip
    head = ["residents", "households", "columns / rows, ours", "columns / rows, naive", "ours",
            f"naive, {SECONDS} s a goal", "ratio", "values ours / naive", "gaps ours / naive", "seconds ours / naive"]  # fmt: skip
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    with tempfile.TemporaryDirectory() as name:
        for residents in sizes:
            measured(Path(name), residents)


if __name__ == "__main__":
    main()
