"""First come, first served: what a housing office does without a plan; the planner must never do worse.

Who has a home stays in it. Every other household, in the order of the list, gets the first unit that is free, fits and
breaks no hard rule. For worlds without a day. Written with the words of the oracle, without any code of the planner.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from oracle import Oracle

__all__ = ["first_come_first_served", "joined"]


TABLES = ("spaces", "buildings", "units", "sites", "households", "facilities")
IDS = ("space_id", "building_id", "unit_id", "site_id", "household_id", "near", "facility_id")


def first_come_first_served(world: dict[str, Any]) -> tuple[Oracle, list[tuple[dict, dict, bool]]]:
    """The oracle of a world, and the plan: (household, unit, placed) of all who live somewhere."""
    oracle = Oracle(world)
    plan = [(h, u, h["pinned"] or oracle.fits(h, u)) for h, u in oracle.today]
    load = Counter()
    for household, unit, _ in plan:
        load[unit["unit_id"]] += household["persons"]
    for household in oracle.households:
        if household["unit_id"]:
            continue
        for unit_id, unit in oracle.units.items():
            free = not load[unit_id] if not unit["shared"] else True
            enough = oracle.holds(unit_id, load[unit_id] + household["persons"], 1)
            step = (household, unit, True)
            if free and enough and oracle.fits(household, unit) and oracle.keeps_hard_rules([*plan, step]):
                plan.append(step)
                load[unit_id] += household["persons"]
                break
    return oracle, plan


def joined(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Several worlds side by side as one city, with the rules and goals of the first; ids get the world's number."""
    first = worlds[0]
    result = {**first, "day": None, **{table: [] for table in TABLES}}
    for number, world in enumerate(worlds):
        for table in TABLES:
            for row in world[table]:
                result[table].append({key: _renamed(key, value, number) for key, value in row.items()})
    return result | {"goals": [_of_first(goal) for goal in first["goals"]]}


def _of_first(goal: dict[str, Any]) -> dict[str, Any]:
    """A goal of the first world with the ids in its table renamed."""
    if "weighted" in goal:
        return {"weighted": [_of_first(part) for part in goal["weighted"]]}
    if "score" not in goal:
        return goal
    rows = [(f"{household}n0", f"{place}n0", points) for household, place, points in goal["score"]["rows"]]
    return {**goal, "score": {**goal["score"], "rows": rows}}


def _renamed(key: str, value: Any, number: int) -> Any:
    if key == "prefers":
        return ";".join(f"{part}n{number}" for part in value.split(";") if part)
    return f"{value}n{number}" if value and key in IDS else value
