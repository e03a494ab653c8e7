"""Rows that cannot bind are not written, and what only they would look at tells nobody apart.

A 40 % limit for each group says nothing where 5 % of the residents bound all newcomers; then groups need no classes
of their own.
"""

from __future__ import annotations

import numpy as np

from allocator.rules.primitives import Count
from allocator.rules.situation import Situation

__all__ = ["binding"]

EPS = 1e-9


def binding(situation: Situation, count: Count) -> Count | None:
    """The count with only those rows that some plan could break; None if there is none.

    Bound: each ordinary unit holds the heaviest household that it has room for (or that lives there), each shared
    unit is filled with those who weigh most per person.
    """
    largest = np.maximum(count.weight, 0.0)
    n_units = len(situation.shared)
    free = np.maximum(situation.capacity - situation.occupied, 0.0)
    order = np.argsort(situation.persons, kind="stable")
    persons, heaviest = situation.persons[order], np.maximum.accumulate(largest[order])
    fitting = np.searchsorted(persons, free + EPS, side="right")
    best = np.where(fitting > 0, heaviest[np.maximum(fitting - 1, 0)] if persons.size else 0.0, 0.0)
    lives = np.flatnonzero(situation.home >= 0)
    np.maximum.at(best, situation.home[lives], largest[lives])
    per_person = float(np.max(largest / situation.persons, initial=0.0))
    room = np.maximum(free, situation.present)
    most = np.where(situation.shared, per_person * room, best)
    reach = np.asarray(count.membership.maximum(0) @ most).reshape(-1)[: len(count.labels)] if n_units else np.zeros(0)
    keep = np.flatnonzero(reach > count.limit + EPS)
    if not keep.size:
        return None
    labels = tuple(count.labels[place] for place in keep)
    return Count(count.weight, count.membership[keep], count.limit[keep], labels, count.soft)
