"""What the rules take from wishes: who would live where they wish to, if one rule were not.

For every household that wishes for social spaces and is not placed in one of them, each unit there is looked at that
meets its needs and is free while everybody else lives where the plan says. Such a unit is *open* if no rule would be
broken by moving in; a rule *takes* it if moving in would break that rule and no other. Soft rules are looked at like
hard ones: what they take is paid for elsewhere, and the planner should see it. What leaving changes at the old place is
looked at only in sums over the whole city.

Source: Siebel (voluntary segregation is no problem; forced desegregation is no better than forced segregation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from allocator.explain.moving_in import Breaks, Everybody, moving_in
from allocator.goals.prefer import wishes_of
from allocator.rules.base import Rule
from allocator.rules.primitives import Forbid
from allocator.rules.situation import Situation

__all__ = ["wishes_taken"]


def wishes_taken(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> dict[str, Any]:
    """Households and persons whose wish is not met, by what stands against it; `unit_of` [n_households], -1 for none.

    `unmet` is the sum of `open` (a unit is free of all rules: other goals came first), `one_rule` (some unit is free of
    every rule but one), `several_rules` (every free unit is closed by more than one) and `no_unit` (none that suits is
    free, or the household is pinned). `by_rule` has for each rule the part of `one_rule` that it takes; a household may
    stand under several rules, since each may close another unit.
    """
    question = _Question(situation, rules, unit_of)
    counts = {name: [0, 0.0] for name in ("unmet", "open", "one_rule", "several_rules", "no_unit")}
    by_rule = {name: [0, 0.0] for name in rules}
    for household, units in _unmet(situation, unit_of):
        what, takers = question.answer(household, units)
        for entry in (counts["unmet"], counts[what], *(by_rule[name] for name in takers)):
            entry[0] += 1
            entry[1] += situation.persons[household]
    told = {name: _told(entry) for name, entry in counts.items()}
    return {**told, "by_rule": {name: _told(entry) for name, entry in by_rule.items()}}


def _told(entry: list[Any]) -> dict[str, int]:
    return {"households": int(entry[0]), "persons": int(entry[1])}


def _unmet(situation: Situation, unit_of: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Households whose wish is not met, each with the units in the social spaces that it wishes for."""
    level = situation.level("social_space")
    position = {space: place for place, space in enumerate(level.ids)}
    found = []
    for household, text in enumerate(situation.households["prefers"]):
        wished = [position[space] for space in wishes_of(text) if space in position]
        unit = unit_of[household]
        if wishes_of(text) and not (unit >= 0 and level.of_unit[unit] in wished):
            found.append((household, np.flatnonzero(np.isin(level.of_unit, wished))))
    return found


class _Question:
    """Every rule as a hard limit, with who lives where."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> None:
        self.situation = situation
        self.lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
        lives = np.flatnonzero(self.lives_in >= 0)
        everybody = Everybody(situation, unit_of, self.lives_in)
        self.forbids: dict[str, list[Forbid]] = {name: [] for name in rules}
        self.limits: dict[str, list[Breaks]] = {name: [] for name in rules}
        for name, rule in rules.items():
            for primitive in rule.model_copy(update={"soft": None}).limits(situation):
                breaks = moving_in(everybody, primitive)
                if isinstance(primitive, Forbid):
                    self.forbids[name].append(primitive)
                elif breaks is not None:
                    self.limits[name].append(breaks)
        units = len(situation.shared)
        self.persons = np.bincount(self.lives_in[lives], weights=situation.persons[lives], minlength=units)

    def answer(self, household: int, units: np.ndarray) -> tuple[str, list[str]]:
        """What stands against a wish, and the rules that alone do."""
        free = self._free(household, units)
        if not free.size:
            return "no_unit", []
        closed = np.array([self._closes(name, household, free) for name in self.forbids]).reshape(-1, free.size)
        rules_against = closed.sum(axis=0)
        if (rules_against == 0).any():
            return "open", []
        alone = closed[:, rules_against == 1].any(axis=1)
        takers = [name for name, takes in zip(self.forbids, alone, strict=True) if takes]
        return ("one_rule" if takers else "several_rules"), takers

    def _free(self, household: int, units: np.ndarray) -> np.ndarray:
        """The units that meet its needs and have room for it, its present place given up."""
        situation = self.situation
        if situation.pinned[household]:
            return units[:0]
        one = np.array(household)
        suits = situation.suits(one, units) & situation.available(one, units)
        others = self.persons[units] - np.where(units == self.lives_in[household], situation.persons[household], 0.0)
        room = situation.capacity[units] - situation.occupied[units] - others >= situation.persons[household]
        return units[suits & np.where(situation.shared[units], room, others == 0)]

    def _closes(self, name: str, household: int, units: np.ndarray) -> np.ndarray:
        """Where moving in would break one rule [n]."""
        closed = np.zeros(units.size, dtype=bool)
        for forbid in self.forbids[name]:
            closed |= ~np.broadcast_to(forbid.allowed(np.array(household), units), units.shape)
        for breaks in self.limits[name]:
            closed |= breaks(household, units)
        return closed
