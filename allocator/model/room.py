"""For how many persons the hard limits leave room, each looked at alone: counting, before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from allocator.rules.base import Rule
from allocator.rules.primitives import Count
from allocator.rules.situation import Situation

__all__ = ["full_whatever_flats", "least_excess_by_rule", "room_by_rule"]

AREAS = ("social_space", "district", "city")
"""Levels whose places are there before any house is."""


def room_by_rule(situation: Situation, rules: Mapping[str, Rule]) -> list[tuple[str, float]]:
    """Hard limits that leave room for fewer persons than there are, each looked at alone, and for how many at most."""
    wanted = situation.persons.sum()
    return [(name, float(np.floor(min(most) + 1e-6))) for name, counts in _rooms(situation, rules).items()
            if (most := [room for room, _ in counts]) and min(most) < wanted - 1e-6]  # fmt: skip


def least_excess_by_rule(situation: Situation, rules: Mapping[str, Rule]) -> dict[str, float]:
    """What each hard limit is exceeded by at least once everybody has a place, in its own unit and whatever else gives.

    Only rules of which counting alone says so.
    """
    wanted = situation.persons.sum()
    least = {name: max(((wanted - room) * each for room, each in counts), default=0.0)
             for name, counts in _rooms(situation, rules).items()}  # fmt: skip
    return {name: amount for name, amount in least.items() if amount > 1e-6}


def full_whatever_flats(situation: Situation, rules: Mapping[str, Rule]) -> list[tuple[str, float]]:
    """Hard limits that leave room for fewer persons than there are however many flats there were, and for how many.

    Only caps on areas, all of which have units: a new house is in one of them, and no place of its own.
    """
    found = []
    for name, rule in rules.items():
        areas = rule.rule == "cap" and getattr(rule, "per", None) in AREAS and getattr(rule, "count", "") != "flats"
        if rule.is_soft or not areas or getattr(rule, "where", None) is not None:
            continue
        count = rule.limits(situation)[0]
        if not isinstance(count, Count) or len(count.labels) < len(situation.level(rule.per)):
            continue
        known = _room_under(count, np.full(situation.shared.size, np.inf), situation.persons)
        if known is not None and known[0] < situation.persons.sum() - 1e-6:
            found.append((name, float(np.floor(known[0] + 1e-6))))
    return found


def _rooms(situation: Situation, rules: Mapping[str, Rule]) -> dict[str, list[tuple[float, float]]]:
    """For each limit of each hard rule: for how many persons there is room at most, and the excess of each further one."""
    persons = situation.persons
    if not persons.size:
        return {}
    free = np.maximum(situation.capacity - situation.occupied, 0.0)
    # A flat holds one household, at most the largest that fits, or who lives there whatever its size.
    fitting = np.searchsorted(np.sort(persons), free + 1e-9, side="right")
    room = np.where(situation.shared, np.maximum(free, situation.present),
                    np.where(fitting > 0, np.sort(persons)[np.maximum(fitting - 1, 0)], 0.0))  # fmt: skip
    lives = np.flatnonzero(situation.home >= 0)
    np.maximum.at(room, situation.home[lives], persons[lives])
    return {name: [found for count in rule.limits(situation) if isinstance(count, Count)
                   if (found := _room_under(count, room, persons)) is not None]
            for name, rule in rules.items() if not rule.is_soft}  # fmt: skip


def _room_under(count: Count, room: np.ndarray, persons: np.ndarray) -> tuple[float, float] | None:
    """For how many persons at most there is room under a limit, and the excess that each further one needs at least.

    None where its places overlap or weights vary.
    """
    membership = sparse.csr_matrix(count.membership)
    if (count.weight <= 0).any() or (membership.data <= 0).any() or (np.diff(membership.tocsc().indptr) > 1).any():
        return None
    heaviest = float((persons / count.weight).max())
    least = membership.copy()
    least.data = np.where(membership.data > 0, 1.0, 0.0)
    smallest = float(membership.data.min(initial=np.inf))
    inside = np.asarray(least @ room).reshape(-1)
    allowed = np.maximum(count.limit, 0.0) * heaviest / smallest if np.isfinite(smallest) else inside
    outside = float(room[np.diff(membership.tocsc().indptr) == 0].sum())
    each = smallest / heaviest if np.isfinite(smallest) else 0.0
    return float(np.minimum(inside, allowed).sum() + outside), each
