"""What a worker does: one run, from its overrides to a record of plain data.

Every plan is recounted before it counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.errors import AllocatorError, InputError, VerificationError
from allocator.explain.first_come import first_come_first_served
from allocator.ledger import Ledger
from allocator.model.family import Family, fitted
from allocator.plan import Plan
from allocator.rules import Rule
from allocator.runs.planning import make_plan
from allocator.scenario.loading import Scenario, load_data, load_scenario
from allocator.scenario.schema import load_schema
from allocator.sweep.resolving import data_sha256
from allocator.verify import count_goals

if TYPE_CHECKING:
    from allocator.solve.stages import Solution

__all__ = ["Start", "Task", "plan_of_task", "record_of", "scenario_of", "solve_task"]

KEPT = 3
"""Cities, and families of models, that a process keeps in memory."""


@dataclass(frozen=True)
class Start:
    """The plan of a neighbour: a unit for each household in the order of their ids, `""` for none, and what was proven.

    `loose` says that every plan of the run is one of the neighbour too (`allocator.sweep.chains.looser`).
    """

    run: str
    units: tuple[str, ...]
    stages: tuple[Mapping[str, Any], ...]
    loose: bool


@dataclass(frozen=True)
class Task:
    """Everything that a process needs to solve one run; plain data that can be sent.

    `family` names the chain and `members` are the rules of all its runs: they share one model.
    """

    key: str
    run: str
    scenario: str
    overrides: tuple[str, ...]
    data_sha256: str
    distances: str
    family: str
    members: tuple[Mapping[str, Rule], ...]
    start: Start | None = None


def solve_task(task: Task) -> dict[str, Any]:
    """The record of a run. It never raises: a run that fails is a record with its reason."""
    began, worked = time.perf_counter(), time.process_time()
    try:
        record = record_of(plan_of_task(task))
    except InputError as error:
        reason = "; ".join(str(finding) for finding in error.findings if finding.severity == "error")
        record = {"status": "failed", "reason": reason}
    except AllocatorError as error:
        record = {"status": "failed", "reason": str(error)}
    except Exception as error:  # a defect in one run must not end the others; its row says what happened
        record = {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
    record["key"] = task.key
    phases = record.setdefault("phases", {})
    phases["total"], phases["cpu"] = round(time.perf_counter() - began, 3), round(time.process_time() - worked, 3)
    return record


def plan_of_task(task: Task, reasons: bool = False) -> Plan:
    """The verified plan of a run, with `reasons` for who has no place if asked for; what `make_plan` raises."""
    scenario = scenario_of(task)
    solver = _Solver(task, scenario)
    try:
        plan = make_plan(scenario, solver=solver, reasons=reasons)
    except VerificationError:
        if not solver.kept:
            raise
        # Never expected: the neighbour's plan was counted before. Solving decides.
        solver = _Solver(task, scenario, keep=False)
        plan = make_plan(scenario, solver=solver, reasons=reasons)
    plan.result["stages"] = solver.stages
    plan.result["plan_of"] = task.start.run if task.start is not None and solver.kept else ""
    return plan


def record_of(plan: Plan) -> dict[str, Any]:
    """What is kept of a plan: plain data, no paths, no times but `phases`."""
    result = plan.result
    found = bool(result["goals"])
    return {
        "status": result["status"],
        "reason": "; ".join(result["missing"]),
        "plan_of": result["plan_of"],
        "placed": result["placed"],
        "unplaced": result["unplaced"],
        "goals": [{key: value for key, value in goal.items() if key != "seconds"} for goal in result["goals"]],
        "rules": result["rules"],
        "indicators": result["indicators"],
        "stages": result["stages"],
        "units": plan.allocation["unit_id"].tolist() if found else [],
        "areas": _columns(plan) if found else {},
        "model": result["model"],
        "phases": dict(result["phases"]),
    }


def _columns(plan: Plan) -> dict[str, list[Any]]:
    """The table of places as lists by column; None where a number is undefined."""
    table = plan.areas.astype(object)
    return {str(name): [None if value is None or value != value else value for value in table[name].tolist()]
            for name in table.columns}  # fmt: skip


class _Solver:
    """Solves a scenario from the plan of its neighbour; keeps that plan where it is proven best here as well."""

    def __init__(self, task: Task, scenario: Scenario, keep: bool = True) -> None:
        self._task, self._scenario, self._keep = task, scenario, keep
        self.stages: list[dict[str, Any]] = []
        self.kept = False

    def __call__(
        self, situation: Any, rules: Mapping[str, Rule], stages: Sequence[Any], options: Any, progress: Any
    ) -> Solution:
        from allocator.solve.stages import solve

        start = self._task.start
        before = None if start is None else _positions(self._scenario, start.units)
        solution = self._of_neighbour(start, before) if start is not None and self._keep else None
        self.kept = solution is not None
        if solution is None:
            family = _shelf().family(self._task, situation)
            # Without a neighbour a run begins where a run of its own does.
            begin = first_come_first_served(situation, rules) if before is None else fitted(situation, rules, before)
            solution = solve(situation, rules, stages, options, progress, start=begin, build=family.build)
        self.stages = [{"name": stage.name, "sense": stage.sense, "value": stage.value, "bound": stage.bound,
                        "status": stage.status, "slack": stage.slack} for stage in solution.stages]  # fmt: skip
        return solution

    def _of_neighbour(self, start: Start, unit_of: np.ndarray) -> Solution | None:
        """The neighbour's plan as the solution of this scenario, if it is one; counted, not believed."""
        from allocator.solve.stages import Solution, StageResult

        told = [dict(stage) for stage in start.stages]
        if not start.loose or not told or any(stage["status"] not in ("optimal", "within_gap") for stage in told):
            return None
        scenario = self._scenario
        chosen = dict(zip(scenario.households["household_id"], start.units, strict=True))
        ledger = Ledger(scenario.city, scenario.households, chosen, scenario.day)
        tallies = {name: list(rule.recount(ledger)) for name, rule in scenario.rules.items()}
        broken = any(
            tally.excess > 0 for name, some in tallies.items() if not scenario.rules[name].is_soft for tally in some
        )
        if broken:
            return None
        values = count_goals(scenario.stages, ledger, scenario.rules, tallies)
        if any(abs(value - stage["counted"]) > 1e-9 * max(1.0, abs(value))
               for value, stage in zip(values, told, strict=True)):  # fmt: skip
            return None
        results = tuple(StageResult(stage["name"], stage["sense"], stage["value"], stage["bound"], stage["status"], 0.0,
                                    stage["slack"]) for stage in told)  # fmt: skip
        return Solution("within_gap", unit_of, results)


def _positions(scenario: Scenario, units: Sequence[str]) -> np.ndarray:
    """Positions of units in the city's table, -1 for none [n_households]."""
    position = {unit: number for number, unit in enumerate(scenario.city.units["unit_id"])}
    return np.array([position.get(unit, -1) for unit in units], dtype=int)


def scenario_of(task: Task) -> Scenario:
    """The scenario of a task, with city and households that this process has read already."""
    path = Path(task.scenario)
    city, households, situation = _shelf().data(task, lambda: load_schema(path, task.overrides))
    # A sweep asks what rules do: decisions on single households stay out of it.
    scenario = load_scenario(path, task.overrides, households=households, city=city, deciding=())
    if situation.day == scenario.day:
        vars(scenario)["situation"] = situation
    return scenario


class _Shelf:
    """What one process has read and built already; the last few of each kind."""

    def __init__(self) -> None:
        self._data: dict[str, tuple[Any, Any, Any]] = {}
        self._families: dict[str, Family] = {}

    def data(self, task: Task, schema: Callable[[], Any]) -> tuple[Any, Any, Any]:
        """City, households and situation; InputError if a file is not what it was when the sweep began."""
        from allocator.errors import Finding
        from allocator.rules.situation import Situation

        key = f"{task.data_sha256} {task.distances}"
        if key not in self._data:
            told = schema()
            city, households, files = load_data(told)
            if data_sha256(files) != task.data_sha256:
                raise InputError([Finding("a file of city or households has changed since the sweep began",
                                          "call the sweep again", file=str(told.city))])  # fmt: skip
            self._add(self._data, key, (city, households, Situation(city, households, told.day)))
        return self._data[key]

    def family(self, task: Task, situation: Any) -> Family:
        """The models that the runs of a chain share."""
        if task.family not in self._families:
            self._add(self._families, task.family, Family(situation, task.members))
        return self._families[task.family]

    def _add(self, shelf: dict[str, Any], key: str, value: Any) -> None:
        shelf[key] = value
        while len(shelf) > KEPT:
            del shelf[next(iter(shelf))]


@lru_cache(maxsize=1)
def _shelf() -> _Shelf:
    """The shelf of this process."""
    return _Shelf()
