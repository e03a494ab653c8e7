"""A plan made again with what was decided since: everything else stays as it was where the goals before allow it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from allocator.errors import OutputExistsError
from allocator.ledger import Ledger
from allocator.plan import Plan
from allocator.runs.deciding import target_of
from allocator.runs.loading import load_run
from allocator.runs.planning import make_plan
from allocator.runs.tables import write_csv
from allocator.scenario import Scenario, load_scenario
from allocator.verify import count_goals

__all__ = ["BEFORE", "Replanned", "earlier_table", "replan"]

BEFORE = ".before.csv"
"""Ending of the table that holds the earlier plan, beside the folder of the new one."""
FIRST = ("place", "keep")
"""Goals that come before staying with the earlier plan."""


@dataclass(frozen=True)
class Replanned:
    """The new plan with the overrides that make it again; `kept` of `placed_before` households keep their unit."""

    plan: Plan
    overrides: tuple[str, ...]
    kept: int
    placed_before: int


def earlier_table(folder: Path) -> Path:
    """Where the earlier plan is kept for a run into `folder`."""
    return folder.parent / f"{folder.name}{BEFORE}"


def replan(
    run: Path, table: Path, *, language: Literal["de", "en"] = "en", costs: bool = True, overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Replanned:  # fmt: skip
    """Plan the scenario of a run again with all decisions that stand; the plan is not written.

    After the goals `place` and `keep` that come first, as many households as possible keep the unit that the run gave
    them; all other goals follow. The earlier plan is written to `table`, which the new plan reads. With `costs` the
    scenario is solved once more without each decision.
    """
    earlier = load_run(run)
    given = earlier.allocation[earlier.allocation["unit_id"] != ""]
    before = table.read_bytes() if table.is_file() else None
    _write(given, table, overwrite)
    try:
        return _replanned(run, earlier, table, language, costs, progress)
    except BaseException:
        if before is None:
            table.unlink(missing_ok=True)
        else:
            table.write_bytes(before)  # an earlier run reads it
        raise


def _replanned(
    run: Path, earlier: Plan, table: Path, language: Literal["de", "en"], costs: bool,
    progress: Callable[[str], None] | None,
) -> Replanned:  # fmt: skip
    """The plan with the earlier one kept in `table`."""
    given = earlier.allocation[earlier.allocation["unit_id"] != ""]
    target = target_of(run)
    others = [text for text in target.overrides if text.partition("=")[0].strip().split(".")[0] != "goals"]
    overrides = (*others, "goals=" + json.dumps(_goals(earlier.scenario, table), ensure_ascii=False))
    scenario = load_scenario(target.scenario, overrides)
    plan = make_plan(scenario, language=language, progress=progress, start=_start(scenario, given))
    unit_of = dict(zip(plan.allocation["household_id"], plan.allocation["unit_id"], strict=True))
    kept = sum(unit_of.get(name) == unit for name, unit in zip(given["household_id"], given["unit_id"], strict=True))
    if costs and plan.result["goals"]:
        rows = [_with_cost(row, plan, progress or (lambda _: None)) for row in plan.result["decisions"]]
        plan = replace(plan, result={**plan.result, "decisions": rows})
    return Replanned(plan, overrides, kept, len(given))


def _start(scenario: Scenario, given: pd.DataFrame) -> np.ndarray:
    """The earlier plan with what was decided: who stands in the way of it, or may not stay, has no place."""
    situation = scenario.situation
    ids = {name: at for at, name in enumerate(scenario.city.units["unit_id"])}
    earlier = dict(zip(given["household_id"], given["unit_id"], strict=True))
    start = np.array([ids.get(earlier.get(name, ""), -1) for name in scenario.households["household_id"]], dtype=int)
    bound = np.where(situation.pinned, situation.home, situation.decided)
    ousted = (bound < 0) & np.isin(start, bound[bound >= 0]) & ~situation.shared[start]
    barred = (start >= 0) & situation.barred(np.arange(start.size), start)
    return np.where(bound >= 0, bound, np.where(ousted | barred, -1, start))


def _write(given: pd.DataFrame, table: Path, overwrite: bool) -> None:
    """The earlier plan as points: one for each household in its unit."""
    if table.exists() and not overwrite:
        raise OutputExistsError(f"{table} exists and is kept; add --overwrite, or choose another folder with --out")
    table.parent.mkdir(parents=True, exist_ok=True)
    write_csv(given[["household_id", "unit_id"]].assign(score=1), table)


def _goals(scenario: Scenario, table: Path) -> list[dict[str, Any]]:
    """The goals as a scenario says them, with the one that stays with the earlier plan in its place."""
    told = []
    for stage in scenario.stages:
        members = [(goal, weight) for goal, weight in stage.goals if not _stays_with_a_plan(goal)]
        said = [{goal.goal: _parameters(goal, scenario)} for goal, _ in members]
        if len(stage.goals) > 1 and said:
            weights = [weight for _, weight in members]
            said = [{"weighted": [{**one, "weight": weight} for one, weight in zip(said, weights, strict=True)]}]
        told += said
    first = next((at for at, one in enumerate(told) if not set(one) <= set(FIRST)), len(told))
    return [*told[:first], {"score": {"table": table.resolve().as_posix()}}, *told[first:]]


def _stays_with_a_plan(goal: Any) -> bool:
    return goal.goal == "score" and goal.table.endswith(BEFORE)


def _parameters(goal: Any, scenario: Scenario) -> dict[str, Any]:
    said = goal.model_dump(mode="json", by_alias=True, exclude={"goal"}, exclude_none=True)
    if goal.file_parameter:
        name = Path(said[goal.file_parameter])
        found = [file for file in scenario.files if Path(file).name == name.name]
        near = [file for file in found if Path(file).resolve() == (scenario.path.parent / name).resolve()]
        said[goal.file_parameter] = (near or found or [scenario.path.parent / name])[0].resolve().as_posix()
    return said


def _with_cost(row: dict[str, Any], plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """A decision with what a plan without it reaches: persons placed and every goal."""
    from allocator.solve.stages import solve

    scenario = plan.scenario
    tell(f"solving without decision {row['number']}")
    other = scenario.deciding(tuple(one for one in scenario.decisions if one.number != row["number"]))
    ids = {name: at for at, name in enumerate(scenario.city.units["unit_id"])}
    start = np.array([ids.get(unit, -1) for unit in plan.allocation["unit_id"]])
    found = solve(other.situation, other.rules, other.stages, other.solve, start=start)
    if found.unit_of is None:
        return row
    names = scenario.city.units["unit_id"].tolist()
    chosen = {
        household: names[unit] if unit >= 0 else ""
        for household, unit in zip(other.households["household_id"], found.unit_of.tolist(), strict=True)
    }
    ledger = Ledger(other.city, other.households, chosen, other.day)
    tallies = {name: list(rule.recount(ledger)) for name, rule in other.rules.items()}
    values = count_goals(other.stages, ledger, other.rules, tallies)
    persons = int(sum(stay.household["persons"] for stay in ledger.placed))
    goals = [
        {"goal": told["goal"], "with_it": told["value"], "without": round(value, 9)}
        for told, value in zip(plan.result["goals"], values, strict=True)
    ]
    return {**row, "persons_without": persons, "goals_without": goals}
