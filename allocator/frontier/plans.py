"""Every point as a plan: verified, recounted, with what a map of it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from allocator.errors import Findings, VerificationError
from allocator.explain.first_come import first_come_first_served
from allocator.explain.unplaced import unplaced_reasons
from allocator.frontier.solving import Solved
from allocator.goals import Stage
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table
from allocator.proof import KEPT, relative_gap
from allocator.report.numbers import Language
from allocator.report.rule_rows import rule_unit
from allocator.scenario import Scenario
from allocator.verify import count_goals, count_rules, verify_allocation

__all__ = ["Valued", "first_come", "today", "valued"]


@dataclass(frozen=True)
class Valued:
    """A plan with the recounted value of each goal, in the order of the stages it was asked for."""

    plan: Plan
    values: tuple[float, ...]

    @property
    def placed(self) -> int:
        """Persons who have a place."""
        return int(self.plan.result["placed"]["persons"])


def valued(
    scenario: Scenario, stages: Sequence[Stage], unit_of: np.ndarray, language: Language, title: str,
    solved: Solved | None = None, *, verify: bool = True,
) -> Valued:  # fmt: skip
    """The plan in which each household has the unit `unit_of` [n_households], -1 for none, counted from plain tables.

    Raises VerificationError if it breaks a hard rule (unless told not to `verify`), or if the recount of a goal is not
    what the solver proved.
    """
    asked = replace(scenario, stages=tuple(stages))
    ids = scenario.city.units["unit_id"].to_numpy(dtype=object)
    chosen = {name: str(ids[unit]) if unit >= 0 else "" for name, unit in
              zip(scenario.households["household_id"], unit_of, strict=True)}  # fmt: skip
    ledger = Ledger(scenario.city, scenario.households, chosen, scenario.day)
    reasons = unplaced_reasons(scenario.situation, scenario.rules, unit_of, language)
    plan = Plan(asked, allocation_table(ledger, reasons))
    values = tuple(count_goals(stages, plan.ledger, scenario.rules, plan.tallies))
    findings = Findings()
    if verify:
        findings.extend(verify_allocation(scenario.city, scenario.households, scenario.rules, stages, plan.allocation,
                                          file=title, day=scenario.day))  # fmt: skip
    if solved is not None:
        _compare(stages, values, solved, title, findings)
    if findings.errors:
        raise VerificationError(findings)
    plan.result.update(_result(plan, stages, values, language, title, solved))
    return Valued(plan, values)


def _compare(stages: Sequence[Stage], values: Sequence[float], solved: Solved, title: str, findings: Findings) -> None:
    """A recounted value is what the solver reached, or lies between that and its bound."""
    for stage, value in zip(stages, values, strict=True):
        told = solved.proven.get(stage)
        if told is None or told.value is None:
            continue
        ends = [told.value, told.value if told.bound is None else told.bound]
        slack = max(2 * told.slack, 2 * KEPT * abs(value), 1e-8)
        if not min(ends) - slack <= value <= max(ends) + slack:
            findings.error(f"says {told.value:g}, the recount gives {value:g}", "the plan and its values do not belong "
                           "together", file=title, column=f"goals.{stage.name}")  # fmt: skip


def _result(
    plan: Plan, stages: Sequence[Stage], values: Sequence[float], language: Language, title: str, solved: Solved | None
) -> dict[str, Any]:
    """The part of a run's result that maps and tables read."""
    scenario, households = plan.scenario, plan.ledger.households
    placed = [stay.household for stay in plan.ledger.placed]
    persons = int(sum(household["persons"] for household in placed))
    everybody = int(sum(household["persons"] for household in households))
    told = count_rules(scenario.rules, plan.tallies)
    result: dict[str, Any] = {
        "title": title,
        "language": language,
        "placed": {"households": len(placed), "persons": persons},
        "unplaced": {"households": len(households) - len(placed), "persons": everybody - persons},
        "rules": [{**rule, "unit": rule_unit(scenario.rules[rule["name"]], language)} for rule in told],
        "goals": [_goal(stage, value, solved) for stage, value in zip(stages, values, strict=True)],
        "missing": [],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return result | ({"status": solved.status} if solved is not None else {})


def _goal(stage: Stage, value: float, solved: Solved | None) -> dict[str, Any]:
    """A goal with its value, and the bound that was proven for this point."""
    value = round(value, 9)
    proven = solved.proven.get(stage) if solved is not None else None
    bound = proven.bound if proven is not None else None
    if proven is not None and proven.status == "optimal" and bound is not None:
        bound = value if abs(value - bound) <= max(2 * proven.slack, KEPT * abs(value)) else bound
    status = proven.status if proven is not None else None
    return {"goal": stage.name, "sense": stage.sense, "value": value, "bound": bound,
            "gap": relative_gap(value, bound), "status": status}  # fmt: skip


def today(scenario: Scenario, stages: Sequence[Stage], language: Language, title: str) -> Valued:
    """Who lives where today; nobody else has a place, and rules are broken where today breaks them."""
    situation = scenario.situation
    stays = (situation.unsuitable_home < 0) & (situation.home >= 0)
    return valued(scenario, stages, np.where(stays, situation.home, -1), language, title, verify=False)


def first_come(scenario: Scenario, stages: Sequence[Stage], language: Language, title: str) -> Valued:
    """First come, first served: what an office does without a plan; soft rules and goals are not looked at."""
    unit_of = first_come_first_served(scenario.situation, scenario.rules)
    return valued(scenario, stages, unit_of, language, title, verify=False)
