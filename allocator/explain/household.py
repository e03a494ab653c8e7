"""Why a household is where it is: other units that are open to it, what each would cost the plan, and its wishes.

Everybody else stays where the plan has them. That is an exact statement about this plan with one household moved; what
a plan could reach that is made anew around that household, only solving again can say (`allocator.why.household`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.explain.smallest import Against
from allocator.explain.values import Values
from allocator.goals.base import Stage
from allocator.goals.prefer import wishes_of
from allocator.rules.base import Rule
from allocator.rules.primitives import Distance, Forbid, Link
from allocator.rules.situation import Situation

__all__ = ["Alternative", "Wish", "alternatives", "decided_by", "wishes"]

NOISE = 1e-6


@dataclass(frozen=True)
class Alternative:
    """A free unit in which the household could live: `worse` [n_stages] is what each step of the goals would lose.

    Negative where it would gain.
    """

    unit: int
    alike: int
    """How many free units are the same to all rules and goals, this one included."""
    worse: tuple[float, ...]


@dataclass(frozen=True)
class Wish:
    """A social space that a household wishes for: units that meet its needs, those of them free, what closes these."""

    space: str
    fitting: int
    free: int
    open: int
    rules: tuple[str, ...]
    met: bool


def alternatives(
    situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage], unit_of: np.ndarray, household: int
) -> list[Alternative]:
    """The other units that are open to a household, the best for the goals in their order first."""
    if situation.pinned[household]:
        return []
    against = Against(situation, rules, unit_of)
    closed = np.logical_or.reduce([*against.needs(household).values(), *against.excluding(household).values(),
                                   against.short(household) > 0])  # fmt: skip
    free = np.flatnonzero(~closed & (np.arange(closed.size) != unit_of[household]))
    limited = {unit for _, _, unit, _ in against.limiting(household, free)}
    free = np.delete(free, sorted(limited))
    values = Values(situation, rules, stages)
    now = values.of(unit_of)
    sense = np.array([-1.0 if stage.sense == "max" else 1.0 for stage in stages])
    found = []
    for group in _alike(values, free):
        moved = unit_of.copy()
        moved[household] = group[0]
        worse = sense * (values.of(moved) - now)
        found.append(Alternative(int(group[0]), len(group), tuple(np.where(abs(worse) < NOISE, 0.0, worse).tolist())))
    return sorted(found, key=lambda one: (tuple(round(loss, 6) for loss in one.worse), one.unit))


def _alike(values: Values, units: np.ndarray) -> list[np.ndarray]:
    """The units in groups that no goal and no soft rule can tell apart; where pairs are measured, buildings."""
    groups: dict[tuple[object, ...], list[int]] = {}
    seen = [np.asarray(array)[units] for primitive in values.primitives if not isinstance(primitive, Forbid)
            for array in primitive.units]  # fmt: skip
    if any(isinstance(primitive, Distance | Link) for primitive in values.primitives):
        seen.append(values.situation.building_of_unit[units])
    columns = [array.tolist() for array in seen]
    for position, unit in enumerate(units.tolist()):
        key = tuple("" if array[position] != array[position] else array[position] for array in columns)
        groups.setdefault(key, []).append(unit)
    return [np.array(group) for group in groups.values()]


def decided_by(best: Alternative | None) -> int | None:
    """The step of the goals that tells the present unit from the next best one; None where none does."""
    if best is None:
        return None
    return next((number for number, loss in enumerate(best.worse) if abs(loss) > NOISE), None)


def wishes(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, household: int) -> list[Wish]:
    """What stands against each social space that a household wishes for."""
    against = Against(situation, rules, unit_of)
    level = situation.level("social_space")
    needs = np.logical_or.reduce(list(against.needs(household).values()))
    short = (against.short(household) > 0) & ~needs
    excluding = against.excluding(household)
    told = []
    for space in sorted(wishes_of(situation.households["prefers"].iloc[household])):
        there = np.array([level.ids[place] == space if place >= 0 else False for place in level.of_unit], dtype=bool)
        fitting = np.flatnonzero(there & ~needs)
        free = np.flatnonzero(there & ~needs & ~short)
        closing: dict[int, set[str]] = {unit: set() for unit in free.tolist()}
        for name, bad in excluding.items():
            for unit in free[bad[free]].tolist():
                closing[unit].add(name)
        for name, _, unit, _ in against.limiting(household, free):
            closing[int(free[unit])].add(name)
        met = unit_of[household] >= 0 and bool(there[unit_of[household]])
        names = tuple(sorted(set().union(*closing.values()))) if closing else ()
        told.append(Wish(space, fitting.size, free.size, sum(not some for some in closing.values()), names, met))
    return told
