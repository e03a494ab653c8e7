"""What always holds: places enough, an accessible unit for who needs one, an affordable rent, and pins.

Nobody loses a home: a household of the list that lives in a unit today stays or moves, and is never left without.
Where the present home does not meet its needs (too small, not accessible, too dear) it may remain there only for want
of something better; it is then not *placed*, and still lives there and is counted there. The model calls such a pair
*interim*.
"""

from __future__ import annotations

import numpy as np

from allocator.rules.primitives import Count, Forbid
from allocator.rules.situation import Situation

__all__ = ["interim", "needs", "places_in_shared_units"]


def needs(situation: Situation) -> Forbid:
    """Who may live where as far as places, access, rent and pins go; an unsuitable present home is allowed."""
    households = situation.households
    position = np.arange(len(situation.shared))
    home, unsuitable = situation.home, situation.unsuitable_home
    free = situation.capacity - situation.occupied
    lives = home >= 0
    overfull = np.zeros(len(home), dtype=bool)
    overfull[lives] = situation.shared[home[lives]] & (situation.persons[lives] > free[home[lives]])
    # Only these homes must be told apart from units of the same kind.
    special = np.where(situation.pinned | (unsuitable >= 0) | overfull, home, -1)
    max_rent = households["max_rent"].to_numpy(dtype=float)
    accessible = households["accessible"].to_numpy(dtype=bool)

    def allowed(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        suits = situation.suits(household, unit) & situation.available(household, unit)
        suits |= unsuitable[household] == unit
        return np.where(situation.pinned[household], home[household] == unit, suits)

    units = situation.city.units
    chosen, (code, out) = situation.decided, situation.exclusions
    of_households = (chosen, code) if (chosen >= 0).any() or out.any() else ()
    of_units = (np.where(np.isin(position, chosen), position, -1), *out[out.any(axis=1)]) if of_households else ()
    days = (units["available_from"].to_numpy(), units["available_until"].to_numpy()) if situation.day else ()
    return Forbid(
        (situation.persons, accessible, max_rent, special, situation.pinned, situation.moves_in,
         *of_households),
        (free, situation.shared, units["accessible"].to_numpy(dtype=bool), situation.rent,
         np.where(np.isin(position, special), position, -1), *days, *of_units),
        allowed,
    )  # fmt: skip


def interim(situation: Situation, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """True where a household would remain in a present home that does not meet its needs (positions, broadcast)."""
    return (situation.unsuitable_home[household] == unit) & (unit >= 0)


def places_in_shared_units(situation: Situation) -> Count:
    """Persons in a shared unit ≤ capacity - occupied; a unit that is overfull today may stay so, not worse."""
    chosen = np.flatnonzero(situation.shared)
    membership = situation.level("unit").membership()[chosen]
    limit = np.maximum(situation.capacity - situation.occupied, situation.present)[chosen]
    labels = tuple(situation.city.units["unit_id"].to_numpy(dtype=object)[chosen])
    return Count(situation.persons, membership, limit, labels)
