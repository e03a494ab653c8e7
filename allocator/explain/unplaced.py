"""Why a household found no place, in one sentence for each.

The reason is found by asking, in this order: does any unit meet its needs; does any of those pass the rules on units;
is any of those still free; and which limit would be broken if it moved in.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from allocator.explain.moving_in import Breaks, Everybody, moving_in
from allocator.explain.words import WORDS
from allocator.report.numbers import Language
from allocator.report.rule_rows import rule_words
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule
from allocator.rules.primitives import Flow, Forbid
from allocator.rules.situation import Situation

__all__ = ["unplaced_reasons"]


def unplaced_reasons(
    situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, language: Language = "en"
) -> dict[str, str]:
    """The reason of every household without a place, by household_id; `unit_of` [n_households] is -1 for those."""
    unplaced = np.flatnonzero(unit_of < 0)
    if not unplaced.size:
        return {}
    asked = _Question(situation, rules, unit_of, language)
    ids = situation.households["household_id"].to_numpy(dtype=object)
    return {str(ids[household]): asked.reason(int(household)) for household in unplaced}


class _Question:
    """What is needed to answer for any household: hard limits with what is left of them, and free places."""

    def __init__(
        self, situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, language: Language
    ) -> None:
        self.situation, self.language, self.words = situation, language, WORDS[language]
        self.called = {name: rule_words(name, rule, language) for name, rule in rules.items()}
        self.forbids: dict[str, list[Forbid]] = {}
        self.limits: dict[str, list[Breaks]] = {}
        self.seats: set[str] = set()
        lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
        lives = np.flatnonzero(lives_in >= 0)
        everybody = Everybody(situation, unit_of, lives_in)
        for name, rule in rules.items():
            for primitive in () if rule.is_soft else rule.limits(situation):
                breaks = moving_in(everybody, primitive)
                if isinstance(primitive, Forbid):
                    self.forbids.setdefault(name, []).append(primitive)
                elif breaks is not None:
                    self.limits.setdefault(name, []).append(breaks)
                if isinstance(primitive, Flow):
                    self.seats.add(name)
        persons = np.bincount(lives_in[lives], weights=situation.persons[lives], minlength=len(situation.shared))
        room = np.where(situation.shared, situation.capacity - situation.occupied - persons, 0.0)
        self.room = np.where(~situation.shared & (persons == 0), np.inf, room)

    def reason(self, household: int) -> str:
        """One sentence."""
        situation, words = self.situation, self.words
        units = np.arange(len(situation.shared))
        suits = situation.suits(np.array(household), units)
        lead = words["remains"] if situation.unsuitable_home[household] >= 0 else ""
        if not suits.any():
            return lead + self._needs(household, units)
        on_time = situation.available(np.array(household), units)
        if not (suits & on_time).any():
            return lead + words["days"].format(n=int(suits.sum()))
        suits = suits & on_time
        room = self.room >= situation.persons[household]
        allowed, excluding, empty = suits.copy(), [], []
        for name, forbids in self.forbids.items():
            passes = np.ones(units.size, dtype=bool)
            for forbid in forbids:
                passes &= np.broadcast_to(forbid.allowed(np.array(household), units), units.shape)
            if (suits & ~passes).any():
                excluding.append(name)
            if (suits & ~passes & room).any():
                empty.append(name)
            allowed &= passes
        fitting = int(suits.sum())
        if not allowed.any():
            return lead + words["excluded"].format(n=fitting, rules=self._listed(excluding))
        free = allowed & room
        if not free.any():
            return lead + words["taken"].format(n=int(allowed.sum()))
        blocking = self._blocking(household, np.flatnonzero(free))
        if blocking is None:
            return lead + words["goals"]
        besides = int((suits & ~allowed & room).sum())
        more = words["besides"].format(n=besides, rules=self._listed(empty)) if besides else ""
        return lead + words["limits"].format(n=int(free.sum()), rules=self._listed(blocking)) + more

    def _needs(self, household: int, units: np.ndarray) -> str:
        """Which need no unit meets: size, then access, then rent."""
        situation, words = self.situation, self.words
        n = int(situation.persons[household])
        persons = excess_words(n, "persons", self.language)
        large = situation.capacity - situation.occupied >= n
        if not large.any():
            return words["size"].format(persons=persons)
        row = situation.households.iloc[household]
        step_free = situation.city.units["accessible"].to_numpy(dtype=bool)
        if bool(row["accessible"]) and not (large & step_free).any():
            return words["access"].format(persons=persons)
        rent = situation.household_rent(np.array(household), units)
        meets = large & step_free if bool(row["accessible"]) else large
        return words["rent"].format(persons=persons, limit=float(row["max_rent"]), lowest=float(np.nanmin(rent[meets])))

    def _blocking(self, household: int, free: np.ndarray) -> list[str] | None:
        """The rules that keep the household out of the free units; None if one of them is open."""
        blocked = np.zeros(free.size, dtype=bool)
        names = []
        for name, limits in self.limits.items():
            here = np.zeros(free.size, dtype=bool)
            for breaks in limits:
                here |= breaks(household, free)
            if here.any():
                names.append(name)
            blocked |= here
        return names if blocked.all() else None

    def _listed(self, names: list[str]) -> str:
        """Rules as sentences name them; of those on seats also why."""
        return ", ".join(
            f"{self.called[name]} {self.words['seats']}" if name in self.seats else self.called[name] for name in names
        )
