"""Recount a plan from the input by code that shares nothing with the model that made it.

Imports nothing of `allocator.model` and `allocator.solve`. A difference is an error, never a warning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from allocator.city.city import City
from allocator.city.decided import AGAINST, DECIDED
from allocator.errors import Findings
from allocator.goals.base import Goal, Stage
from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally

__all__ = ["count_goals", "count_rules", "verify_allocation", "verify_result"]

RELATIVE = 1e-6
NOISE = 1e-8


def verify_allocation(
    city: City, households: pd.DataFrame, rules: Mapping[str, Rule], stages: Sequence[Stage], allocation: pd.DataFrame,
    file: str = "allocation.csv", day: date | None = None,
) -> Findings:  # fmt: skip
    """Every defect of an allocation: ids, needs, places, pins, lost homes, and every hard rule."""
    findings = Findings()
    _check_rows(city, households, allocation, findings, file)
    if findings.errors:
        return findings
    unit_of = dict(zip(allocation["household_id"], allocation["unit_id"], strict=True))
    ledger = Ledger(city, households, unit_of, day)
    _check_places_named(ledger, allocation, findings, file)
    _check_needs(ledger, findings, file)
    _check_units(ledger, findings, file)
    demands = any(goal.demands_everybody for stage in stages for goal, _ in stage.goals)
    if demands and len(ledger.placed) < len(ledger.households):
        missing = len(ledger.households) - len(ledger.placed)
        findings.error(f"{missing} household(s) have no place, but the goal `place: all` demands everybody", file=file)
    for name, rule in rules.items():
        for tally in () if rule.is_soft else rule.recount(ledger):
            if tally.excess > 0:
                findings.error(f"hard rule {name} is broken at {tally.place}: {tally.after:g} after, allowed {tally.limit:g}"
                               f" (today {tally.today:g})", file=file, column=f"rules.{name}")  # fmt: skip
    return findings


def _check_rows(
    city: City, households: pd.DataFrame, allocation: pd.DataFrame, findings: Findings, file: str
) -> None:
    """Each household of the list has exactly one row, and each unit exists."""
    missing = {"household_id", "unit_id"} - set(allocation.columns)
    if missing:
        findings.error(f"column(s) {', '.join(sorted(missing))} missing", "write the allocation again", file=file)
        return
    known, units = set(households["household_id"]), set(city.units["unit_id"])
    seen: set[str] = set()
    for household, unit in zip(allocation["household_id"], allocation["unit_id"], strict=True):
        if household in seen:
            findings.error("household stands twice", file=file, table="allocation", row=household)
        if household not in known:
            findings.error("household is not in the list", file=file, table="allocation", row=household)
        if unit and unit not in units:
            findings.error(f"unit '{unit}' does not exist", file=file, table="allocation", row=household, column="unit_id")
        seen.add(household)
    for household in sorted(known - seen):
        findings.error("household has no row", file=file, table="allocation", row=household)


def _check_places_named(ledger: Ledger, allocation: pd.DataFrame, findings: Findings, file: str) -> None:
    """Building, site, space and district in the table are those of the unit."""
    keys = {"building_id": "building_id", "site_id": "site", "space_id": "space", "district_id": "district"}
    named = [key for key in keys if key in allocation.columns]
    for row in allocation.to_dict("records"):
        unit = ledger.units.get(row["unit_id"], {}) if row["unit_id"] else {}
        for key in named:
            if row[key] != unit.get(keys[key], ""):
                findings.error(f"'{row[key]}' is not where unit '{row['unit_id']}' lies", file=file, table="allocation",
                               row=row["household_id"], column=key)  # fmt: skip


def _check_needs(ledger: Ledger, findings: Findings, file: str) -> None:
    """Access, rent, pins, what was decided, and that nobody lost a home."""
    def wrong(household: dict[str, Any], what: str) -> None:
        findings.error(what, file=file, table="allocation", row=household["household_id"])

    for household in ledger.households:
        decided, unit = household.get(DECIDED, ""), ledger.allocation.get(household["household_id"], "")
        if decided and decided != unit:
            wrong(household, f"was decided to live in unit '{decided}', and the plan says '{unit}'")
    for stay in ledger.stays_after:
        household, unit = stay.household, stay.unit
        if household["pinned"] and household["unit_id"] and unit["unit_id"] != household["unit_id"]:
            wrong(household, f"is pinned to unit '{household['unit_id']}' and was moved to '{unit['unit_id']}'")
        if household["pinned"]:
            if not stay.placed:
                wrong(household, "is pinned and has no place")
            continue
        unmet = _unmet_need(household, unit)
        if stay.placed and not ledger.available(household, unit):
            wrong(household, f"moves into '{unit['unit_id']}' on a day on which it cannot be let")
        if stay.placed and unmet:
            wrong(household, unmet)
        if not stay.placed and not unmet:
            wrong(household, f"lives in unit '{unit['unit_id']}', which suits it, and was left without a place")


def _unmet_need(household: dict[str, Any], unit: dict[str, Any]) -> str:
    """What a unit lacks for a household; empty if nothing."""
    if household["accessible"] and not unit["accessible"]:
        return f"needs an accessible unit, '{unit['unit_id']}' is not"
    rent = unit["rent"] * (household["persons"] if unit["shared"] else 1)
    if rent > household["max_rent"] + 1e-9:
        return f"may pay {household['max_rent']:g} EUR, '{unit['unit_id']}' costs {rent:g} EUR"
    excluded = {"unit": unit["unit_id"], "building": unit["building_id"], "social_space": unit["space"]}
    for level, place in household.get(AGAINST, ()):
        if excluded[level] == place:
            return f"lives in '{unit['unit_id']}', and a person has decided against {level.replace('_', ' ')} '{place}'"
    at_home_in_shared = unit["shared"] and household["unit_id"] == unit["unit_id"]
    if household["persons"] > unit["capacity"] - unit["occupied"] and not at_home_in_shared:
        return f"has {household['persons']:g} persons, '{unit['unit_id']}' has room for {unit['capacity'] - unit['occupied']:g}"
    return ""


def _check_units(ledger: Ledger, findings: Findings, file: str) -> None:
    """One household in an ordinary unit; persons in a shared one within its places, or not more than today."""
    after: dict[str, list[dict[str, Any]]] = defaultdict(list)
    today: dict[str, float] = defaultdict(float)
    for stay in ledger.stays_after:
        after[stay.unit["unit_id"]].append(stay.household)
    for stay in ledger.stays_today:
        today[stay.unit["unit_id"]] += stay.household["persons"]
    for unit_id, inside in after.items():
        unit = ledger.units[unit_id]
        if not unit["shared"]:
            if len(inside) > 1:
                names = ", ".join(household["household_id"] for household in inside)
                findings.error(f"holds several households: {names}", file=file, table="allocation", row=unit_id)
            continue
        persons = sum(household["persons"] for household in inside)
        if persons > max(unit["capacity"] - unit["occupied"], today[unit_id]) + 1e-9:
            findings.error(f"holds {persons:g} persons of the list beside {unit['occupied']:g}, capacity {unit['capacity']:g}",
                           file=file, table="allocation", row=unit_id)  # fmt: skip


def count_rules(rules: Mapping[str, Rule], tallies: Mapping[str, Sequence[Tally]]) -> list[dict[str, Any]]:
    """The rules of `result.json`: breaches, excess and tight places of each, from the recount.

    A breach is a place over its limit; of a rule on single households (only, fit, reach, together) each household
    placed against it, and of seats each child without one.
    """
    return [
        {
            "name": name,
            "rule": rule.rule,
            "hard": not rule.is_soft,
            "weight": rule.soft,
            "breaches": sum(tally.breaches for tally in tallies[name]),
            "excess": round(sum(tally.excess for tally in tallies[name]), 6),
            "tight": sum(tally.tight for tally in tallies[name]),
            "places": len(tallies[name]),
            "excess_today": round(sum(tally.allowance for tally in tallies[name]), 6),
        }
        for name, rule in rules.items()
    ]


def count_goals(
    stages: Sequence[Stage], ledger: Ledger, rules: Mapping[str, Rule], tallies: Mapping[str, Sequence[Tally]]
) -> list[float]:
    """The value of each stage, from the recount."""
    kept = sum(float(rule.soft or 0) * tally.excess for name, rule in rules.items() for tally in tallies[name])

    def value(goal: Goal) -> float:
        return kept if goal.keeps_rules else goal.recount(ledger)

    return [sum(sign * value(goal) for (goal, _), sign in zip(s.goals, s.signs(), strict=True)) for s in stages]


def verify_result(
    result: Mapping[str, Any], stages: Sequence[Stage], ledger: Ledger, rules: Mapping[str, Rule],
    tallies: Mapping[str, Sequence[Tally]], file: str = "result.json",
) -> Findings:  # fmt: skip
    """Every number of a result that differs from the recount: placed, goals, rules."""
    findings = Findings()

    def compare(key: str, told: Any, counted: float) -> None:
        if told is None or abs(float(told) - counted) > max(NOISE, RELATIVE * abs(counted)):
            findings.error(f"says {told}, the recount gives {counted:g}", "the plan and its result do not belong together",
                           file=file, column=key)  # fmt: skip

    placed = [stay.household for stay in ledger.placed]
    compare("placed.households", result["placed"]["households"], len(placed))
    compare("placed.persons", result["placed"]["persons"], sum(household["persons"] for household in placed))
    everybody = sum(household["persons"] for household in ledger.households)
    compare("unplaced.households", result["unplaced"]["households"], len(ledger.households) - len(placed))
    compare("unplaced.persons", result["unplaced"]["persons"], everybody - sum(h["persons"] for h in placed))
    for told, counted in zip(result["goals"], count_goals(stages, ledger, rules, tallies), strict=True):
        compare(f"goals.{told['goal']}.value", told["value"], counted)
    for told, counted in zip(result["rules"], count_rules(rules, tallies), strict=True):
        for key in ("breaches", "excess", "tight"):
            compare(f"rules.{told['name']}.{key}", told[key], counted[key])
    return findings
