"""Is what a household is told about why it found no place true? Judged with the oracle, from the contract's words."""

from __future__ import annotations

import re
from typing import Any

from oracle import Oracle

__all__ = ["untrue"]

SEATS = " (no free seat for its children within reach)"
LEAD = "remains in its present home, which does not meet its needs: "


def untrue(world: dict[str, Any], homes: dict[str, str], reasons: dict[str, str]) -> list[str]:
    """Every reason that is not true, and why; `homes` is the unit of each household, "" for none."""
    oracle = Oracle(world)
    remains = {h["household_id"]: h["unit_id"] for h in oracle.households if _has_home(oracle, h)}
    plan = [
        (h, oracle.units[homes[h["household_id"]] or remains[h["household_id"]]], bool(homes[h["household_id"]]))
        for h in oracle.households
        if homes[h["household_id"]] or h["household_id"] in remains
    ]
    judged = {name: _Case(oracle, plan, name).judge(text) for name, text in reasons.items()}
    without = {name for name, unit in homes.items() if not unit}
    wrong = [f"{name}: {reasons[name]} ({verdict})" for name, verdict in judged.items() if verdict]
    return wrong + ([] if without == set(reasons) else [f"reasons for {set(reasons)}, unplaced are {without}"])


def _has_home(oracle: Oracle, household: dict) -> bool:
    """True for who has a home that does not end before the plan begins."""
    return bool(household["unit_id"]) and (
        household["pinned"] or oracle.on_time(household, oracle.units[household["unit_id"]])
    )


class _Case:
    """One household without a place, and the plan around it."""

    def __init__(self, oracle: Oracle, plan: list[tuple[dict, dict, bool]], name: str) -> None:
        self.oracle = oracle
        self.household = next(h for h in oracle.households if h["household_id"] == name)
        self.others = [step for step in plan if step[0] is not self.household]
        units = oracle.units.values()
        self.suiting = [unit for unit in units if oracle.fits(self.household, unit)]
        self.fitting = [unit for unit in self.suiting if oracle.on_time(self.household, unit)]
        self.allowed = [unit for unit in self.fitting if not self._excluding(unit)]
        self.free = [unit for unit in self.allowed if self._is_free(unit)]

    def judge(self, text: str) -> str:
        """What is wrong with the reason, "" if it is true."""
        if _has_home(self.oracle, self.household):
            if not text.startswith(LEAD):
                return "it has a home"
            text = text.removeprefix(LEAD)
        n = self.household["persons"]
        large = [u for u in self.oracle.units.values() if u["capacity"] - u["occupied"] >= n]
        persons = "1 person" if n == 1 else f"{n} persons"
        if text == f"no home has room for {persons}":
            return "there is one" if large else ""
        if text == f"no accessible home has room for {persons}":
            return "there is one" if not large or any(u["accessible"] for u in large) else ""
        if text.startswith("no home for"):
            return "there is one" if not large or self.suiting else ""
        if text == f"homes that fit: {len(self.suiting)}, but none can be let on the day it would move in":
            return "there is one" if self.fitting or not self.suiting else ""
        text, _, besides = text.partition("; further free homes: ")
        counted = re.search(r"\d+", text)
        number = int(counted[0]) if counted else 0
        names = {name.removesuffix(SEATS) for name in text.rpartition(": ")[2].split(", ")}
        if "ruled out by" in text:
            return self._judge_excluded(number, names)
        if text.startswith("homes that fit and are allowed"):
            return "" if number == len(self.allowed) and self.allowed and not self.free else "not taken"
        if "closed by at least one" in text:
            return self._judge_limits(number, names) or self._judge_besides(besides)
        breaking = [self._broken(unit) for unit in self.free]
        if "left them empty" in text:
            return "" if self.free and not all(breaking) else f"every unit is closed: {breaking}"
        return "unknown reason"

    def _judge_excluded(self, number: int, names: set[str]) -> str:
        excluding = [self._excluding(unit) for unit in self.fitting]
        good = self.fitting and number == len(self.fitting) and all(excluding) and names == set().union(*excluding)
        return "" if good else f"fitting {len(self.fitting)}, excluded by {excluding}"

    def _judge_limits(self, number: int, names: set[str]) -> str:
        breaking = [self._broken(unit) for unit in self.free]
        good = self.free and number == len(self.free) and all(breaking) and names <= set().union(*breaking)
        return (
            "" if good and all(names & some for some in breaking) else f"free {len(self.free)}, would break {breaking}"
        )

    def _judge_besides(self, text: str) -> str:
        """Free homes that rules on pairs keep the household out of, and all of these rules."""
        closed = [self._excluding(unit) for unit in self.fitting if self._is_free(unit) and self._excluding(unit)]
        number, _, names = text.partition(", not allowed for this household by: ")
        told = (int(number), set(names.split(", "))) if text else (0, set())
        good = told == (len(closed), set().union(*closed))
        return "" if good else f"besides, rules close {closed}"

    def _excluding(self, unit: dict) -> set[str]:
        """Hard rules on pairs that keep the household out of a unit."""
        rules = {
            n: r
            for n, r in self.oracle.world["rules"].items()
            if r["rule"] in ("only", "fit", "reach") and "soft" not in r
        }
        return {name for name, rule in rules.items() if self.oracle.excess(rule, [(self.household, unit, True)]) > 0}

    def _is_free(self, unit: dict) -> bool:
        inside = [h for h, u, _ in self.others if u is unit]
        persons = sum(h["persons"] for h in inside) + self.household["persons"]
        return not inside if not unit["shared"] else persons <= unit["capacity"] - unit["occupied"]

    def _broken(self, unit: dict) -> set[str]:
        """Hard rules that moving into a unit would break, everybody else staying where the plan has them."""
        hard = {name: rule for name, rule in self.oracle.world["rules"].items() if "soft" not in rule}
        plan = [*self.others, (self.household, unit, True)]
        return {name for name, rule in hard.items() if self.oracle.excess(rule, plan) > 1e-6}
