"""Which units are open to a household, everybody else living where the plan says, and what closes the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.explain.moving_in import Everybody, moving_in
from allocator.rules.base import Rule
from allocator.rules.primitives import Forbid
from allocator.rules.situation import Situation

__all__ = ["Openings", "openings"]

EPS = 1e-9


@dataclass(frozen=True)
class Openings:
    """`open` are positions of units [n]; `closed` says for how many units each reason is the first one met.

    Reasons come in the order in which they are asked: `room`, `access`, `rent`, `days`, `decided` (a person has decided
    against the unit), `taken`, and the names of hard rules under `rules`. `barred` are positions of the units
    that a decision alone closes.
    """

    open: np.ndarray
    closed: dict[str, int]
    rules: dict[str, int]
    barred: np.ndarray


def openings(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, household: int) -> Openings:
    """What is open to one household (its position); `unit_of` [n_households] is -1 for who has no place.

    Where it lives now counts as left. Every hard rule is looked at; seats and balances too.
    """
    units = np.arange(len(situation.shared))
    one = np.array(household)
    lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
    placed_in = unit_of.copy()
    placed_in[household] = lives_in[household] = -1
    row = situation.households.iloc[household]
    persons = situation.persons[household]
    free = situation.capacity - situation.occupied
    step_free = situation.city.units["accessible"].to_numpy(dtype=bool)
    chosen = situation.decided[household]
    decided = situation.barred(one, units) | ((chosen >= 0) & (chosen != units))
    tests = {
        "room": free >= persons - EPS,
        "access": step_free | (not bool(row["accessible"])),
        "rent": ~(situation.household_rent(one, units) > float(row["max_rent"]) + EPS),
        "days": situation.available(one, units),
        "taken": _room(situation, lives_in) >= persons - EPS,
    }
    closed: dict[str, int] = {}
    left = np.ones(units.size, dtype=bool)
    for name, good in tests.items():
        closed[name] = int((left & ~good).sum())
        left &= good
    counted: dict[str, int] = {}
    everybody = Everybody(situation, placed_in, lives_in)
    limits = [(name, limit) for name, rule in rules.items() if not rule.is_soft for limit in rule.limits(situation)]
    for name, limit in limits:
        asked = np.flatnonzero(left)
        if not asked.size:
            break
        if isinstance(limit, Forbid):
            broken = ~np.broadcast_to(limit.allowed(one, asked), asked.shape)
        else:
            breaks = moving_in(everybody, limit)
            broken = np.zeros(asked.size, dtype=bool) if breaks is None else breaks(household, asked)
        if broken.any():
            counted[name] = counted.get(name, 0) + int(broken.sum())
        left[asked[broken]] = False
    closed["decided"] = int((left & decided).sum())
    return Openings(np.flatnonzero(left & ~decided), {name: n for name, n in closed.items() if n}, counted,
                    np.flatnonzero(left & decided))  # fmt: skip


def _room(situation: Situation, lives_in: np.ndarray) -> np.ndarray:
    """Places that nobody has taken; without limit in an ordinary unit in which nobody of the list lives [n_units]."""
    lives = np.flatnonzero(lives_in >= 0)
    persons = np.bincount(lives_in[lives], weights=situation.persons[lives], minlength=len(situation.shared))
    room = np.where(situation.shared, situation.capacity - situation.occupied - persons, 0.0)
    return np.where(~situation.shared & (persons == 0), np.inf, room)
