"""What homes are missing and what the stock has too much of, once a plan is made.

Households without a place are matched with what stays vacant by needs alone (size, access, rent, day), the largest
first and each with the smallest home that it can have: who is left over lacks a home whatever the rules say, and what
is left over nobody of the list needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.explain.smallest import Against
from allocator.goals.prefer import wishes_of
from allocator.rules.base import Rule
from allocator.rules.situation import Level, Situation

__all__ = ["Supply", "supply"]


@dataclass(frozen=True)
class Supply:
    """`missing`: households by persons for whom no vacant home is left; `vacant`: flats by places that are left over.

    `shared`: places left over in shared units. `held_back`: households without a place who would find a vacant home by
    their needs: rules, or the order of the goals, stand against it. `access` and `rent`: households without a place for
    whom there would be a vacant home if access, or the rent, did not count. `spaces`: by social space the households
    that wish for it and do not live there, and the homes vacant in it.
    """

    missing: Mapping[int, int]
    vacant: Mapping[int, int]
    shared: int
    held_back: int
    access: int
    rent: int
    spaces: Mapping[str, tuple[int, int]]


def supply(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> Supply:
    """Count what is missing and what is left; `unit_of` [n_households], -1 for none."""
    against = Against(situation, rules, unit_of)
    free = np.maximum(situation.capacity - situation.occupied, 0.0)
    room = np.where(situation.shared, np.maximum(free - against.persons, 0.0), np.where(against.persons > 0, 0.0, free))
    unplaced = np.flatnonzero(unit_of < 0)
    order = unplaced[np.lexsort((unplaced, -situation.persons[unplaced]))]
    left, missing, held_back, access, rent = room.copy(), Counter[int](), 0, 0, 0
    for household in order.tolist():
        n, needs = situation.persons[household], against.needs(household)
        large = left >= n
        suits = np.flatnonzero(large & ~needs["access"] & ~needs["rent"] & ~needs["day"])
        if suits.size:
            held_back += 1
            # A flat before a shared unit, and the smallest of them.
            unit = suits[np.lexsort((suits, left[suits], situation.shared[suits]))[0]]
            left[unit] = left[unit] - n if situation.shared[unit] else 0.0
            continue
        missing[int(n)] += 1
        access += bool((large & ~needs["rent"] & ~needs["day"]).any())
        rent += bool((large & ~needs["access"] & ~needs["day"]).any())
    flats = left[~situation.shared & (left > 0)]
    level = situation.level("social_space")
    spaces: dict[str, tuple[int, int]] = {}
    vacant = np.bincount(level.of_unit[(level.of_unit >= 0) & (room > 0)], minlength=len(level))
    wished = Counter(
        space
        for household, text in enumerate(situation.households["prefers"])
        for space in wishes_of(text)
        if not (unit_of[household] >= 0 and _lies_in(level, int(unit_of[household]), space))
    )
    for place, space in enumerate(level.ids):
        if wished[space]:
            spaces[space] = (wished[space], int(vacant[place]))
    counted = Counter(int(size) for size in flats)
    return Supply(dict(sorted(missing.items())), dict(sorted(counted.items())), int(left[situation.shared].sum()),
                  held_back, access, rent, spaces)  # fmt: skip


def _lies_in(level: Level, unit: int, space: str) -> bool:
    place = level.of_unit[unit]
    return bool(place >= 0 and level.ids[place] == space)
