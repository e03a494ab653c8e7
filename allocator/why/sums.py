"""What counting alone says of a list, a stock and the rules, before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.explain.smallest import Against
from allocator.model.classes import classify
from allocator.model.needs import needs
from allocator.model.room import room_by_rule
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

__all__ = ["Sums", "sums"]


@dataclass(frozen=True)
class Sums:
    """What counting alone says of a list and a stock.

    `places` are free for the list, `persons` ask for one. `by_size`: for each size n of households from the largest
    down, how many have at least n persons, and for how many of these a flat or a shared unit has room. `by_rule`: for
    how many persons at most a hard limit leaves room in the whole city, where that is fewer than ask. `nowhere`:
    households (positions) that no unit suits, and those whom rules on pairs keep out of every unit that does, with
    these rules.
    """

    places: float
    persons: float
    by_size: tuple[tuple[int, int, int], ...]
    nowhere: tuple[tuple[int, tuple[str, ...]], ...]
    by_rule: tuple[tuple[str, float], ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether the sums alone prove that not everybody finds a place."""
        return (
            self.persons > self.places
            or bool(self.nowhere)
            or bool(self.by_rule)
            or any(wanted > room for _, wanted, room in self.by_size)
        )


def sums(situation: Situation, rules: Mapping[str, Rule]) -> Sums:
    """Count places and households, without solving anything."""
    free = np.maximum(situation.capacity - situation.occupied, 0.0)
    persons = situation.persons
    by_size = []
    # Who lives in a shared unit that is overfull, or is pinned, has a place that no free one stands for.
    at_home = (situation.home >= 0) & (situation.shared[situation.home] | situation.pinned)
    for n in sorted({int(size) for size in persons}, reverse=True):
        wanted = int((persons >= n).sum())
        room = int((~situation.shared & (free >= n)).sum() + np.floor(free[situation.shared] / n).sum())
        room += int(at_home[persons >= n].sum())
        by_size.append((n, wanted, room))
    kept = float(persons[at_home].sum())
    return Sums(float(free.sum()) + kept, float(persons.sum()), tuple(by_size), _nowhere(situation, rules),
                tuple(room_by_rule(situation, rules)))  # fmt: skip


def _nowhere(situation: Situation, rules: Mapping[str, Rule]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Households without any unit, asked once for all that needs and rules on pairs cannot tell apart."""
    against = Against(situation, rules, np.full(situation.persons.size, -1))
    seen = [needs(situation), *(forbid for forbids in against.forbids.values() for forbid in forbids)]
    classes = classify(
        [array for forbid in seen for array in forbid.households] + [situation.home], len(situation.persons)
    )
    closed = [None if situation.pinned[one] else _closed(against, int(one)) for one in classes.first]
    return tuple((household, rules_of) for household, one in enumerate(classes.of.tolist())
                 if (rules_of := closed[one]) is not None)  # fmt: skip


def _closed(against: Against, household: int) -> tuple[str, ...] | None:
    """The rules on pairs that close every unit that suits; empty where none suits; None where one is open."""
    suits = ~np.logical_or.reduce(list(against.needs(household).values()))
    if not suits.any():
        return ()
    excluding = against.excluding(household)
    if not excluding or (suits & ~np.logical_or.reduce(list(excluding.values()))).any():
        return None
    return tuple(name for name, bad in excluding.items() if (bad & suits).any())
