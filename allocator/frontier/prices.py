"""What a rule costs: a plan for each value of one of its parameters, each from the plan of the value before."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from allocator.city.reporting import shown
from allocator.errors import Findings, UsageError, did_you_mean
from allocator.explain.first_come import first_come_first_served
from allocator.frontier.plans import valued
from allocator.frontier.solving import Solved
from allocator.goals.cost import Cost
from allocator.indicators.households import household_table, rents
from allocator.indicators.segregation import dissimilarity
from allocator.indicators.ways import ways
from allocator.plan import Plan
from allocator.report.numbers import Language
from allocator.rules import Rule
from allocator.scenario import Scenario
from allocator.solve.stages import solve

__all__ = ["OUTCOMES", "Priced", "begins_to_bind", "price_rule", "read_values", "rules_with"]

OUTCOMES = ("persons_housed", "children_out", "large_out", "metres", "rent", "cost", "dissimilarity", "excess")
"""Columns of a price, in their order."""
MOST = 200
"""Values that one curve may have."""


@dataclass(frozen=True)
class Priced:
    """One value of the parameter: status, outcomes by name (None where unknown), and each goal with value and bound."""

    value: float
    status: str
    outcomes: dict[str, float | None]
    goals: tuple[dict[str, Any], ...]


def read_values(text: str) -> list[float]:
    """`20:400:20` (start, stop, step; the stop included where a step meets it) or `20,50,80`; UsageError else."""
    number = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    wrong = UsageError(f"--values {shown(text)} is no list of numbers; write 20:400:20 (start:stop:step) or 20,50,80")
    if re.fullmatch(rf"\s*{number}\s*(,\s*{number}\s*)*", text):
        values = [float(part) for part in text.split(",")]
    elif re.fullmatch(rf"\s*{number}\s*:\s*{number}\s*:\s*{number}\s*", text):
        start, stop, step = (float(part) for part in text.split(":"))
        count = (stop - start) / step if step else -1.0
        if not count >= 0 or not math.isfinite(count):
            raise UsageError(f"--values {shown(text)} leads nowhere; the step must lead from the start to the stop")
        if count > MOST:
            raise UsageError(f"--values {shown(text)} are {count + 1:.0f} values; take at most {MOST}")
        values = [round(start + step * position, 12) for position in range(math.floor(count + 1e-9) + 1)]
    else:
        raise wrong
    if len(values) > MOST or not all(math.isfinite(value) for value in values):
        raise wrong
    return sorted(set(values))


def rules_with(scenario: Scenario, name: str, parameter: str, values: Sequence[float]) -> list[Rule]:
    """The rule of that name with each value; UsageError where there is no such rule, parameter or value."""
    if name not in scenario.rules:
        raise UsageError(
            f"there is no rule {shown(name)} in {scenario.path.name}; {did_you_mean(name, scenario.rules)}"
        )
    rule = scenario.rules[name]
    numbers = [key for key, field in type(rule).model_fields.items() if key != "rule" and _number(field.annotation)]
    if parameter not in numbers:
        raise UsageError(
            f"the rule {name} ({rule.rule}) has no number {shown(parameter)}; {did_you_mean(parameter, numbers)}"
        )
    found = []
    for value in values:
        whole = int(value) if float(value).is_integer() else value
        data = {**json.loads(rule.model_dump_json(by_alias=True)), parameter: whole}
        try:
            changed = type(rule).model_validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            raise UsageError(f"{name}.{parameter} cannot be {value:g}: {error.errors()[0]['msg'].lower()}") from error
        findings = Findings()
        changed.check(scenario.situation, f"rules.{name}", findings)
        findings.raise_if_errors()
        found.append(changed)
    return found


def _number(annotation: Any) -> bool:
    """True for int and float, also among others (`float | None`)."""
    return annotation in (int, float) or any(_number(part) for part in getattr(annotation, "__args__", ()))


def price_rule(
    scenario: Scenario, name: str, values: Sequence[float], parameter: str = "at_most", language: Language = "en",
    tell: Callable[[str], None] = lambda _: None,
) -> list[Priced]:  # fmt: skip
    """A verified plan for each value, in their order. Raises UsageError, VerificationError, SolverError."""
    start: np.ndarray | None = None
    found = []
    for value, rule in zip(values, rules_with(scenario, name, parameter, values), strict=True):
        own = replace(scenario, rules={**scenario.rules, name: rule})
        own.__dict__["situation"] = scenario.situation  # city and households are the same
        begin = first_come_first_served(own.situation, own.rules)
        if start is not None and (start >= 0).sum() >= (begin >= 0).sum():
            begin = start
        solution = solve(own.situation, own.rules, own.stages, own.solve, start=begin)
        if solution.unit_of is None:
            found.append(Priced(value, solution.status, dict.fromkeys(OUTCOMES), ()))
        else:
            start = solution.unit_of
            found.append(_priced(own, name, value, solution.unit_of, solution.stages, language))
        persons = found[-1].outcomes["persons_housed"]
        tell(
            f"{name}.{parameter} = {value:g}: {solution.status}" + ("" if persons is None else f", {persons:g} persons")
        )
    return found


def _priced(
    scenario: Scenario, name: str, value: float, unit_of: np.ndarray, results: Sequence[Any], language: Language
) -> Priced:
    """The outcomes of one plan, counted from plain tables; the rules of its own value are verified."""
    proven = {stage: result for stage, result in zip(scenario.stages, results, strict=True) if result.value is not None}
    solved = Solved(unit_of, proven)
    told = valued(scenario, scenario.stages, unit_of, language, f"{name} = {value:g}", solved)
    missing = len(proven) < len(results)
    return Priced(value, "stopped" if missing else solved.status, _outcomes(told.plan, name),
                  tuple(told.plan.result["goals"]))  # fmt: skip


def _outcomes(plan: Plan, name: str) -> dict[str, float | None]:
    """The columns `OUTCOMES` of a plan."""
    households = household_table(plan.ledger)
    left_out = households[~households["placed"]]
    walked = ways(plan.ledger)["school"]
    sites = pd.to_numeric(pd.Series([site.get("cost", np.nan) for site in plan.ledger.sites.values()]), errors="coerce")
    spaces = plan.areas[plan.areas["level"] == "social_space"]
    refugees = spaces["refugees_after"].to_numpy(dtype=float)
    after = dissimilarity(refugees, np.maximum(spaces["residents_after"], refugees))
    return {
        "persons_housed": float(households.loc[households["placed"], "persons"].sum()),
        "children_out": float(((left_out["children_school"] > 0) | (left_out["children_kita"] > 0)).sum()),
        "large_out": float((left_out["persons"] >= 5).sum()),
        "metres": walked["median_metres"],
        "rent": float(rents(households)["eur_per_month"]),
        "cost": Cost().recount(plan.ledger) if sites.notna().any() else None,
        "dissimilarity": None if math.isnan(after) else round(float(after), 6),
        "excess": round(sum(tally.excess for tally in plan.tallies[name]), 6),
    }


def begins_to_bind(priced: Sequence[Priced], gap: float) -> tuple[str, float | None, float | None]:
    """Where the rule begins to bind: (`binds`, a value at which it does not, its neighbour at which it does).

    A rule binds at a value where its goals, in their order, are met worse than at the best of the values, by more than
    the gap to which they were solved. `never_binds` where it does at none. Values without a plan bind.
    """
    known = [one for one in priced if one.goals]
    if not known:
        return "never_binds", None, None
    keys = {one.value: [goal["value"] * (-1 if goal["sense"] == "max" else 1) for goal in one.goals] for one in known}

    def worse(one: Sequence[float], other: Sequence[float]) -> bool:
        for mine, its in zip(one, other, strict=True):
            if abs(mine - its) > max(gap, 1e-6) * max(1.0, abs(mine), abs(its)):
                return mine > its
        return False

    best = known[0]
    for one in known:
        if worse(keys[best.value], keys[one.value]):
            best = one
    binding = [not one.goals or worse(keys[one.value], keys[best.value]) for one in priced]
    if not any(binding):
        return "never_binds", None, None
    for position in range(len(priced) - 1, 0, -1):
        if not binding[position] and binding[position - 1]:
            return "binds", priced[position].value, priced[position - 1].value
    for position in range(len(priced) - 1):
        if not binding[position] and binding[position + 1]:
            return "binds", priced[position].value, priced[position + 1].value
    return "never_binds", None, None
