"""The smallest single change that gives a household a place, everybody else living where the plan says.

For every unit all that stands against it is listed: needs, rules on pairs, room, and each limit at each place. A unit
against which one thing alone stands gives a change that is enough by itself. Of these the smallest is told: first a
limit that allows a little more at one place, then an exception from a rule on pairs, then what the unit or the rent
would have to be, then one more unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from allocator.explain.changes import Change
from allocator.explain.moving_in import Breaks, Everybody, moving_in
from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally
from allocator.rules.primitives import Flow, Forbid, Link
from allocator.rules.situation import Situation

__all__ = ["Against", "Smallest", "smallest_changes"]

ORDER = ("limit", "exception", "rent", "day", "access", "room", "twin")
"""Kinds of changes, what is tried first where several would be enough."""


def smallest_changes(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> dict[int, Change | None]:
    """For every household without a place (by position) the smallest change; None where no single one is enough."""
    asked = Smallest(situation, rules, unit_of)
    return {int(household): asked.change(int(household)) for household in np.flatnonzero(unit_of < 0)}


class Against:
    """All that stands against a household in a unit; soft rules stand against nobody."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> None:
        self.situation, self.unit_of = situation, unit_of
        self.lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
        everybody = Everybody(situation, unit_of, self.lives_in)
        self.forbids: dict[str, list[Forbid]] = {}
        self.limits: list[tuple[str, Breaks]] = []
        self.flows: dict[str, Flow] = {}
        self.links: set[str] = set()
        for name, rule in rules.items():
            for primitive in () if rule.is_soft else rule.limits(situation):
                breaks = moving_in(everybody, primitive)
                if isinstance(primitive, Forbid):
                    self.forbids.setdefault(name, []).append(primitive)
                elif breaks is not None:
                    self.limits.append((name, breaks))
                if isinstance(primitive, Flow):
                    self.flows[name] = primitive
                if isinstance(primitive, Link):
                    self.links.add(name)
        lives = np.flatnonzero(self.lives_in >= 0)
        units = len(situation.shared)
        self.persons = np.bincount(self.lives_in[lives], weights=situation.persons[lives], minlength=units)

    def needs(self, household: int) -> dict[str, np.ndarray]:
        """Where a unit lacks something for the household [n_units], by what: `size`, `access`, `rent`, `day`."""
        situation, one = self.situation, np.array(household)
        units = np.arange(len(situation.shared))
        row = situation.households.iloc[household]
        free = situation.capacity - situation.occupied
        keeps = situation.shared & (situation.home[household] == units)
        rent = situation.household_rent(one, units)
        accessible = situation.city.units["accessible"].to_numpy(dtype=bool)
        return {
            "size": (free < situation.persons[household]) & ~keeps,
            "access": ~accessible if row["accessible"] else np.zeros(units.size, dtype=bool),
            "rent": rent > float(row["max_rent"]) + 1e-9,
            "day": ~situation.available(one, units),
        }

    def excluding(self, household: int) -> dict[str, np.ndarray]:
        """Where a rule on pairs keeps the household out [n_units], by rule."""
        one, units = np.array(household), np.arange(len(self.situation.shared))
        return {
            name: ~np.logical_and.reduce([np.broadcast_to(f.allowed(one, units), units.shape) for f in forbids])
            for name, forbids in self.forbids.items()
        }

    def others(self, household: int) -> np.ndarray:
        """Persons of all other households in each unit [n_units]."""
        others, home = self.persons.copy(), self.lives_in[household]
        if home >= 0:
            others[home] -= self.situation.persons[household]
        return others

    def short(self, household: int) -> np.ndarray:
        """By how many places a unit is too full for the household [n_units]; infinite for a flat that is let."""
        situation, others = self.situation, self.others(household)
        free = np.maximum(situation.capacity - situation.occupied, situation.present)
        shared = np.maximum(situation.persons[household] + others - free, 0.0)
        return np.where(situation.shared, shared, np.where(others > 0, np.inf, 0.0))

    def limiting(self, household: int, units: np.ndarray) -> Iterator[tuple[str, str, int, float]]:
        """Rule, place, position among the units, and excess, of everything that moving in would exceed."""
        for name, breaks in self.limits:
            over = breaks.over(household, units)
            yield from zip([name] * over.unit.size, over.place.tolist(), over.unit.tolist(), over.amount.tolist(),
                           strict=True)  # fmt: skip


class Smallest:
    """The question put for one household after the other; households that are alike get one answer."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> None:
        self.situation, self.rules, self.unit_of = situation, rules, unit_of
        self.against = Against(situation, rules, unit_of)
        self.known: dict[tuple[object, ...], Change | None] = {}
        self._tallies: dict[str, dict[str, Tally]] = {}

    def change(self, household: int) -> Change | None:
        """The smallest change, None where there is none."""
        row = self.situation.households.iloc[household]
        alone = bool(row["near"]) or row["household_id"] in set(self.situation.households["near"]) or row["unit_id"]
        key = (household,) if alone else tuple(str(row[name]) for name in row.index if name != "household_id")
        if key not in self.known:
            self.known[key] = self._smallest(household)
        found = self.known[key]
        return None if found is None else Change(**{**found.__dict__, "household": household})

    def _smallest(self, household: int) -> Change | None:
        changes = list(self._changes(household))
        if not changes:
            return None
        best = min(changes, key=lambda one: (ORDER.index(one.kind), one.by, one.rule, one.unit))
        return self._with_allowed(best, household)

    def _changes(self, household: int) -> Iterator[Change]:
        """For every unit against which one thing alone stands, the change that is enough."""
        situation, against = self.situation, self.against
        needs, excluding, short = against.needs(household), against.excluding(household), against.short(household)
        # Without another flat nothing helps where somebody lives; that is told apart from places that a unit lacks.
        lacks = sum((bad.astype(int) for bad in (*needs.values(), *excluding.values())), (short > 0).astype(int))
        both = needs["size"] & (short > 0) & situation.shared  # a shared unit that is too small is also too full
        lacks = lacks - both
        asked = np.flatnonzero(lacks <= 1)
        limited: dict[int, list[tuple[str, str, float]]] = {}
        for name, place, unit, amount in against.limiting(household, asked):
            limited.setdefault(int(asked[unit]), []).append((name, place, amount))
        free = situation.capacity - situation.occupied
        n, others = float(situation.persons[household]), against.others(household)
        for unit in asked.tolist():
            over = limited.get(unit, [])
            if lacks[unit] + len({(name, place) for name, place, _ in over}) != 1 or len(over) > 1:
                continue
            change = {"household": household, "unit": unit}
            for name, place, amount in over:
                yield self._loosening(name, place, amount, household, unit)
            for name, bad in excluding.items():
                if bad[unit]:
                    yield Change("exception", rule=name, **change)
            if needs["rent"][unit]:
                limit = float(situation.households["max_rent"].iloc[household])
                rent = float(situation.household_rent(np.array(household), np.array(unit)))
                yield Change("rent", by=rent - limit, allowed=rent, **change)
            elif needs["day"][unit]:
                if not self._concerns_others(situation.home, household, unit):
                    yield Change("day", **change)
            elif needs["access"][unit]:
                if not self._concerns_others(situation.unsuitable_home, household, unit):
                    yield Change("access", **change)
            elif np.isinf(short[unit]) and not needs["size"][unit]:
                yield Change("twin", **change)
            elif not self._concerns_others(situation.unsuitable_home, household, unit):
                by = float(n + (others[unit] if situation.shared[unit] else 0.0) - free[unit])
                yield Change("room", by=by, allowed=float(situation.capacity[unit] + by), **change)

    def _concerns_others(self, home: np.ndarray, household: int, unit: int) -> bool:
        """Whether the home of somebody else would become another one with the unit: the plan would be another too."""
        return bool(((home == unit) & (np.arange(home.size) != household)).any())

    def _loosening(self, rule: str, place: str, amount: float, household: int, unit: int) -> Change:
        """What the rule would have to allow; of seats, where a school is near, how many more it would need."""
        if rule in self.against.links:
            return Change("exception", rule=rule, household=household)
        flow = self.against.flows.get(rule)
        if flow is not None:
            near = flow.reach.tocsc()[:, [unit]].indices
            limited = [flow.labels[one] for one in near.tolist() if np.isfinite(flow.seats[one])]
            place = min(limited, default="")
        return Change("limit", rule, place, amount, household, unit)

    def _with_allowed(self, change: Change, household: int) -> Change:
        """The change with what the rule then allows there: the cap itself, or the share."""
        rule = self.rules.get(change.rule)
        if change.kind != "limit" or rule is None or rule.rule not in ("cap", "share"):
            return change
        tally = self._recounted(change.rule).get(change.place)
        if tally is None:
            return change
        before = float("nan")
        if rule.rule == "cap":
            now = tally.limit + tally.allowance
            allowed = now + change.by
        elif getattr(rule, "count", None) == "flats" or tally.limit <= 0 or rule.at_most <= 0:
            return change
        else:
            people = tally.limit / rule.at_most + float(self.situation.persons[household])
            allowed = (rule.at_most * people + tally.allowance + change.by) / people
            now = rule.at_most * (tally.limit + tally.allowance) / tally.limit
        if tally.allowance > 1e-6:
            before = now
        return replace(change, allowed=allowed, before=before)

    def _recounted(self, name: str) -> dict[str, Tally]:
        if name not in self._tallies:
            ids = [*self.situation.city.units["unit_id"], ""]
            chosen = {h: ids[u] for h, u in zip(self.situation.households["household_id"], self.unit_of, strict=True)}
            ledger = Ledger(self.situation.city, self.situation.households, chosen, self.situation.day)
            self._tallies[name] = {tally.place: tally for tally in self.rules[name].recount(ledger)}
        return self._tallies[name]
