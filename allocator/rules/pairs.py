"""What rules on pairs of household and unit (`only`, `fit`, `reach`) have in common.

Such a rule says whether a household may live in a unit. Who lives today where the rule would not allow it may stay:
today's excess may not grow, and is no breach of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from allocator.ledger import Ledger, Stay
from allocator.rules.base import Tally
from allocator.rules.primitives import Forbid, PairFunction, Price
from allocator.rules.situation import Situation

__all__ = ["pair_limit", "pair_tally"]


def pair_limit(
    situation: Situation,
    households: tuple[np.ndarray, ...],
    units: tuple[np.ndarray, ...],
    allowed: PairFunction,
    soft: bool,
) -> Forbid | Price:
    """The pairs that are not allowed, forbidden or (soft) priced by persons; a present home always passes.

    `households` and `units` are the arrays that `allowed` looks at. Only households whose present home is not allowed
    need to be told apart by that home, so it is added for them alone.
    """
    lives = np.flatnonzero(situation.home >= 0)
    good = np.broadcast_to(allowed(lives, situation.home[lives]), lives.shape)
    kept_home = np.full(len(situation.persons), -1)
    kept_home[lives[~good]] = situation.home[lives[~good]]
    position = np.arange(len(situation.shared))
    unit_keys = (*units, np.where(np.isin(position, kept_home), position, -1))

    def passes(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        return allowed(household, unit) | (kept_home[household] == unit)

    if not soft:
        return Forbid((*households, kept_home), unit_keys, passes)
    return Price(
        (*households, kept_home, situation.persons),
        unit_keys,
        lambda household, unit: np.where(passes(household, unit), 0.0, situation.persons[household]),
    )


def pair_tally(ledger: Ledger, allowed: Callable[[Stay], bool]) -> Iterable[Tally]:
    """One tally for the city: persons placed against the rule who do not live there today already.

    Its breaches are the households of these persons.
    """
    today = sum(stay.household["persons"] for stay in ledger.stays_today if not allowed(stay))
    against = [stay for stay in ledger.stays_after if not allowed(stay)]
    at_home = [stay for stay in against if stay.household["unit_id"] == stay.unit["unit_id"]]
    stays, after = (sum(stay.household["persons"] for stay in some) for some in (at_home, against))
    return [Tally("city", today, after, 0.0, stays, fills_up=False, cases=len(against) - len(at_home))]
