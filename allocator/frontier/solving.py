"""Points of a curve from the solver: goals before are solved once, then every point starts from its neighbour."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.errors import InfeasibleError, SolverError
from allocator.explain.first_come import first_come_first_served
from allocator.explain.missing import missing_sentences
from allocator.frontier.curve import Point, Traced, trace
from allocator.frontier.named import Question
from allocator.goals import Stage
from allocator.model.build import Model, build_model
from allocator.proof import KEPT, Status, worst
from allocator.scenario import Scenario
from allocator.solve.stages import Solution, StageResult, solve

__all__ = ["AT_ONCE", "Curve", "Solved", "solve_curves"]

AT_ONCE = 4
"""Points that are asked for at once, whatever the number of processors: the same scenario gives the same points."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Solved:
    """The plan of one point: `unit_of` [n_households], -1 for no place, and what was proven, by stage.

    The bound of the second named goal holds for the bound on the first, that of the first for the value of the second.
    """

    unit_of: np.ndarray
    proven: dict[Stage, StageResult]

    @property
    def status(self) -> Status:
        """That of its worst goal."""
        return worst([result.status for result in self.proven.values()])


@dataclass(frozen=True)
class Curve:
    """The points between two goals, with the third goal kept at `level` or better; None where it is free."""

    traced: Traced
    level: float | None


class _Solver:
    """Solves with the goals before kept at their best, and builds each model once."""

    def __init__(self, scenario: Scenario, asked: Question) -> None:
        self.scenario, self.asked = scenario, asked
        self.models: dict[tuple[int, ...], Model] = {}
        self.lock = threading.Lock()
        self.kept: list[StageResult] = []

    def build(self, situation: Any, rules: Any, stages: Sequence[Stage], **form: Any) -> Model:
        """A model that was built before, where it was: between points only the limits of goals change."""
        key = tuple(id(stage) for stage in stages)
        with self.lock:
            if key not in self.models:
                self.models[key] = build_model(situation, rules, stages, **form)
            return self.models[key]

    def __call__(
        self, held: Sequence[tuple[Stage, StageResult]], goals: Sequence[Stage], start: np.ndarray
    ) -> Solution:
        """The goals in their order, with the goals before and those of `held` kept."""
        stages = [*self.asked.before, *(stage for stage, _ in held), *goals]
        scenario = self.scenario
        return solve(scenario.situation, scenario.rules, stages, scenario.solve, start=start, build=self.build,
                     kept=[*self.kept, *(result for _, result in held)])  # fmt: skip

    def first(self, tell: Tell) -> np.ndarray:
        """Solve the goals before and keep their values; InfeasibleError if no plan keeps the hard rules."""
        scenario = self.scenario
        start = first_come_first_served(scenario.situation, scenario.rules)
        stages = self.asked.before or self.asked.named[:1]
        found = solve(scenario.situation, scenario.rules, stages, scenario.solve, tell, start=start, build=self.build)
        if found.unit_of is None:
            if found.status == "infeasible":
                raise InfeasibleError(missing_sentences(found.missing, scenario.rules, "en"))
            raise SolverError("no plan was found before the time limit; allow more: --set solve.seconds=…")
        self.kept = list(found.stages) if self.asked.before else []
        return found.unit_of


def solve_curves(
    scenario: Scenario, asked: Question, points: int, levels: int = 3, tell: Tell = lambda _: None
) -> tuple[list[StageResult], list[Curve]]:
    """What the goals before reach, and a curve of at most `points` points; for a third goal one for each level.

    `scenario.solve.seconds` holds for each run of the solver. Raises InfeasibleError, SolverError.
    """
    solver = _Solver(scenario, asked)
    start = solver.first(tell)
    first, second, *others = asked.named
    third = others[0] if others else None
    free = _curve(solver, (first, second, third), None, start, points, tell)
    if third is None:
        return solver.kept, [free]
    curves = [free]
    for level in _levels(solver, third, free, start, levels):
        told = _sign(third) * level
        tell(f"{third.name} kept at {told:,.6g}")
        held = StageResult(third.name, third.sense, told, None, "optimal", 0.0, KEPT * max(1.0, abs(level)))
        begin = min(free.traced.points, key=lambda point: _value(point.plan, third)).plan.unit_of
        curves.append(_curve(solver, (first, second, third), held, begin, points, tell))
    return solver.kept, curves


def _levels(solver: _Solver, third: Stage, free: Curve, start: np.ndarray, levels: int) -> list[float]:
    """Values of the third goal (to be small), evenly from its worst on the free curve, without that, to its best."""
    best = solver([], [third], start).stages[-1].value
    if best is None:
        return []
    best = _sign(third) * best
    worst_value = max(_value(point.plan, third) for point in free.traced.points)
    if worst_value - best <= KEPT * max(1.0, abs(worst_value)):
        return []
    return [best + (worst_value - best) * number / (levels - 1) for number in range(levels - 2, -1, -1)]


def _sign(stage: Stage) -> float:
    return -1.0 if stage.sense == "max" else 1.0


def _value(solved: Solved, stage: Stage) -> float:
    """The value of a goal in a plan, as something to be small."""
    return _sign(stage) * float(solved.proven[stage].value or 0.0)


def _curve(
    solver: _Solver, goals: tuple[Stage, Stage, Stage | None], level: StageResult | None, start: np.ndarray,
    points: int, tell: Tell,
) -> Curve:  # fmt: skip
    """One curve, its ends first. The solver works in threads, as many as there are processors for it."""
    first, second, _ = goals
    between = _Between(solver, goals, level)

    def answer(asked: Sequence[tuple[float, Point]]) -> Sequence[Point | None]:
        found = []
        for one in pool.map(lambda one: between.best(*one), asked):
            tell("no plan in time" if one is None else f"point {_told(one, goals)}")
            found.append(one)
        return found

    with ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1)) as pool:
        ends = [pool.submit(between.end, one, other, start) for one, other in ((first, second), (second, first))]
        begin, finish = (end.result() for end in ends)
        if begin is None or finish is None:
            raise SolverError("no end of the curve was found before the time limit; allow more: --set solve.seconds=…")
        for goal, point in ((first, begin), (second, finish)):
            tell(f"best for {goal.name}: {_told(point, goals)}")
        return Curve(trace(begin, finish, answer, points, AT_ONCE), None if level is None else level.value)


class _Between:
    """Points between two goals. A third one is free and met last, or kept at a level and met as well as can be last."""

    def __init__(self, solver: _Solver, goals: tuple[Stage, Stage, Stage | None], level: StageResult | None) -> None:
        self.solver = solver
        self.first, self.second, third = goals
        self.third = [third] if third is not None else []
        self.held = [(third, level)] if third is not None and level is not None else []
        self.last = [] if self.held else self.third

    def end(self, one: Stage, other: Stage, start: np.ndarray) -> Point | None:
        """The best plan for one goal, and for the other among those; None where the time was over."""
        order = [one, other, *self.last]
        found = self.solver(self.held, order, start)
        return self._point(found.unit_of, dict(zip(order, found.stages[-len(order) :], strict=False)))

    def best(self, bound: float, neighbour: Point) -> Point | None:
        """Least b with a ≤ bound, then least a; the neighbour, which keeps the bound, where b is no better."""
        first, second = self.first, self.second
        most = StageResult(first.name, first.sense, _sign(first) * bound, None, "optimal", 0.0)
        one = self.solver([*self.held, (first, most)], [second], neighbour.plan.unit_of)
        reached = one.stages[-1]
        if one.unit_of is None or reached.value is None:
            return None
        if _sign(second) * reached.value >= neighbour.b - KEPT * max(1.0, abs(neighbour.b)):
            return neighbour
        order = [first, *self.last]
        found = self.solver([*self.held, (second, reached)], order, one.unit_of)
        proven = dict(zip(order, found.stages[-len(order) :], strict=False))
        return self._point(found.unit_of, {second: reached, **proven})

    def _point(self, unit_of: np.ndarray | None, proven: dict[Stage, StageResult]) -> Point | None:
        """The point of a plan, unless a goal had no turn."""
        if unit_of is None or any(result.value is None for result in proven.values()):
            return None
        if self.held:
            kept = [(stage, proven[stage]) for stage in (self.first, self.second)]
            found = self.solver(kept, self.third, unit_of)
            if found.unit_of is None or found.stages[-1].value is None:
                return None
            unit_of, proven = found.unit_of, {**proven, self.third[0]: found.stages[-1]}
        solved = Solved(unit_of, proven)
        return Point(_value(solved, self.first), _value(solved, self.second), solved)


def _told(point: Point, goals: tuple[Stage, Stage, Stage | None]) -> str:
    return ", ".join(
        f"{goal.name} {abs(value):,.6g}" for goal, value in zip(goals[:2], (point.a, point.b), strict=True)
    )
