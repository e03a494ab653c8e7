"""From a scenario to a verified plan. The order in which this reads is the way a plan travels."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from allocator.access.distances import how_measured
from allocator.errors import VerificationError
from allocator.explain.decided import decided_reasons, decision_rows
from allocator.explain.first_come import first_come_first_served
from allocator.explain.missing import missing_sentences
from allocator.explain.unplaced import unplaced_reasons
from allocator.indicators.chains import move_rows, moves_in_order
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table
from allocator.proof import relative_gap, status_of, worst
from allocator.verify import count_goals, count_rules, verify_allocation, verify_result

if TYPE_CHECKING:
    from allocator.scenario import Scenario
    from allocator.solve.stages import Solution, StageResult

__all__ = ["make_plan"]

Progress = Callable[[str], None]


def make_plan(
    scenario: Scenario,
    *,
    language: Literal["de", "en"] = "en",
    progress: Progress | None = None,
    write_model: Path | None = None,
    solver: Callable[..., Solution] | None = None,
    reasons: bool = True,
    start: np.ndarray | None = None,
) -> Plan:
    """Build the model, solve it goal by goal, hand out the units, recount everything.

    The plan's `result` lacks only what depends on the folder it is written to. Where no plan keeps the hard rules the
    allocation leaves everybody without a place, the status is `infeasible` and `missing` says what is missing.
    `start` (the unit of each household, -1 for none) is where the solver begins, else what an office would do. `solver`
    takes the place of `allocator.solve.stages.solve`; whatever it returns is recounted all the same. Without `reasons`
    nobody is told why there is no place. Raises VerificationError if the recount differs from what the model says,
    SolverError without a solver.
    """
    from allocator.solve.stages import solve

    tell = progress or (lambda _: None)
    clock = _Clock()
    situation = scenario.situation
    if write_model is not None:
        tell(f"writing the model to {write_model}")
        _export(scenario, write_model)
        clock.lap("write_model")
    tell(f"{len(scenario.households)} households, {len(scenario.city.units)} units")
    if solver is None:
        start = first_come_first_served(situation, scenario.rules) if start is None else start
        clock.lap("start")
        solution = solve(situation, scenario.rules, scenario.stages, scenario.solve, progress, start=start)
    else:
        solution = solver(situation, scenario.rules, scenario.stages, scenario.solve, progress)
    clock.lap("solve")
    clock.split("build", "solve", solution.build_seconds)
    clock.split("price", "solve", solution.price_seconds)
    found = solution.unit_of is not None
    unit_of = solution.unit_of if found else np.full(len(scenario.households), -1)
    told = unplaced_reasons(situation, scenario.rules, unit_of, language) if found and reasons else {}
    if found and reasons:
        told |= decided_reasons(situation, scenario.rules, unit_of, scenario.decisions, language)
    clock.lap("reasons")
    tell("recounting every rule from the input")
    plan = Plan(scenario, _allocation(scenario, unit_of, told))
    result = _result(plan, solution, language)
    if solution.unit_of is not None:
        _verify(plan, result)
    clock.lap("verify")
    result["phases"] = clock.laps
    result["seconds"] = round(sum(clock.laps.values()), 3)
    plan.result.update(result)  # the same plan, so that what was counted is not counted again
    return plan


class _Clock:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now

    def split(self, name: str, whole: str, seconds: float) -> None:
        """Take `seconds` out of a phase and name them, before it."""
        rest = round(self.laps.pop(whole) - seconds, 3)
        self.laps |= {name: round(seconds, 3), whole: rest}


def _export(scenario: Scenario, path: Path) -> None:
    """Write the model of all rules and goals, with the first goal as objective, as an LP file."""
    from allocator.model.build import build_model
    from allocator.solve.through_pulp import write_lp

    model = build_model(scenario.situation, scenario.rules, scenario.stages)
    write_lp(model.linear, model.linear.objectives[0], path)


def _allocation(scenario: Scenario, unit_of: np.ndarray, reasons: dict[str, str]) -> Any:
    ids = scenario.city.units["unit_id"].to_numpy(dtype=object)
    units = [str(ids[unit]) if unit >= 0 else "" for unit in unit_of]
    chosen = dict(zip(scenario.households["household_id"], units, strict=True))
    return allocation_table(Ledger(scenario.city, scenario.households, chosen, scenario.day), reasons)


def _result(plan: Plan, solution: Solution, language: Literal["de", "en"]) -> dict[str, Any]:
    """Everything of `result.json` that does not depend on where it is written."""
    from allocator.report.sentences import result_sentence

    scenario, ledger = plan.scenario, plan.ledger
    placed = [stay.household for stay in ledger.placed] if solution.unit_of is not None else []
    persons = int(sum(household["persons"] for household in placed))
    everybody = int(sum(household["persons"] for household in ledger.households))
    goals = _goals(plan, solution)
    result: dict[str, Any] = {
        "format": 1,
        "title": scenario.title or scenario.name,
        "city": scenario.city.name,
        "language": language,
        "status": worst([goal["status"] for goal in goals]) if goals else solution.status,
        "placed": {"households": len(placed), "persons": persons},
        "unplaced": {"households": len(ledger.households) - len(placed), "persons": everybody - persons},
        "goals": goals,
        "rules": _rules(plan, language) if solution.unit_of is not None else [],
        "moves": move_rows(moves_in_order(ledger)) if solution.unit_of is not None else [],
        "decisions": decision_rows(scenario.decisions, scenario.situation, scenario.rules),
        "indicators": {},
        "distances": how_measured(scenario.city),
        "missing": missing_sentences(solution.missing, scenario.rules, language, scenario.situation),
        "notes": [str(finding) for finding in scenario.findings],
        "sources": [_source(source) for source in scenario.city.sources],
        "synthetic": list(scenario.city.synthetic),
        "seed": scenario.solve.seed,
        "gap": scenario.solve.gap,
        "model": solution.size,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if solution.unit_of is not None:
        from allocator.explain.indicators import plan_indicators

        result["indicators"] = plan_indicators(plan)
    result["sentence"] = result_sentence(result, language)
    return result


def _rules(plan: Plan, language: Literal["de", "en"]) -> list[dict[str, Any]]:
    """Each rule as the recount found it, with the unit of its excess."""
    from allocator.report.rule_rows import rule_unit

    rules = plan.scenario.rules
    return [{**told, "unit": rule_unit(rules[told["name"]], language)} for told in count_rules(rules, plan.tallies)]


def _goals(plan: Plan, solution: Solution) -> list[dict[str, Any]]:
    """Each goal with the value of the final plan, recounted, the bound of its stage, and what both allow to be said."""
    if solution.unit_of is None:
        return []
    values = count_goals(plan.scenario.stages, plan.ledger, plan.scenario.rules, plan.tallies)
    return [_goal(stage, value, plan.scenario.solve.gap) for stage, value in zip(solution.stages, values, strict=True)]


def _goal(stage: StageResult, value: float, asked: float) -> dict[str, Any]:
    """One goal of `result.json`."""
    told, bound = round(value, 9), stage.bound
    if stage.value is not None and not _stands(stage, value):
        told = stage.value  # the verification will find and name the difference
    if stage.status == "optimal" and bound is not None and abs(told - bound) <= stage.slack:
        bound = told
    return {"goal": stage.name, "sense": stage.sense, "value": told, "bound": bound, "gap": relative_gap(told, bound),
            "status": status_of(told, bound, asked), "seconds": stage.seconds}  # fmt: skip


def _stands(stage: StageResult, value: float) -> bool:
    """True if a recounted value agrees with what its stage reached, or lies between that and the bound.

    A later goal never worsens an earlier one; one that was not solved to the end it may still improve.
    """
    told = float(stage.value or 0.0)
    slack = max(2 * stage.slack, 1e-6 * abs(value), 1e-9)
    ends = [told, told if stage.bound is None else stage.bound]
    return min(ends) - slack <= value <= max(ends) + slack


def _source(source: Any) -> dict[str, str]:
    from dataclasses import asdict

    return {key: str(value) for key, value in asdict(source).items() if value}


def _verify(plan: Plan, result: dict[str, Any]) -> None:
    """Raise VerificationError unless the recount agrees with everything."""
    scenario = plan.scenario
    findings = verify_allocation(scenario.city, scenario.households, scenario.rules, scenario.stages, plan.allocation,
                                 day=scenario.day)  # fmt: skip
    findings.extend(verify_result(result, scenario.stages, plan.ledger, scenario.rules, plan.tallies))
    if findings.errors:
        raise VerificationError(findings)
