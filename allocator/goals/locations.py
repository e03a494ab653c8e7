"""Goal `locations`: use as few new places as possible (concentration)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Opening
from allocator.rules.situation import Situation

__all__ = ["Locations"]


class Locations(Goal):
    """Buildings (or sites) that hold somebody afterwards and are not in use today.

    In use today: persons in its units, refugees or refugee flats there, or a household of the list.
    """

    sentence: ClassVar = {"en": "Use as few new {per}s as possible.", "de": "So wenige neue {per} wie möglich nutzen."}
    formula: ClassVar = "min Σ_p o(p), with o(p) = 1 where Σ_{u at p} x(h,u) ≥ 1 and p is not in use today"
    source: ClassVar = {
        "en": "Hamminkeln: central accommodation as the opposite pole",
        "de": "Hamminkeln: zentrale Unterbringung als Gegenpol",
    }
    unit: ClassVar = {"en": "places", "de": "Orte"}
    sense: ClassVar = "min"

    goal: Literal["locations"] = "locations"
    per: Literal["building", "site"] = Field("building", description="What is counted.")

    def value(self, situation: Situation) -> Sequence[Opening]:
        """One opening with a cost of one for each place that is not in use."""
        level = situation.level(self.per)
        used = situation.in_use(self.per)
        place = np.where(used[level.of_unit], -1, level.of_unit)
        return [Opening(place, np.ones(len(level)), level.ids)]

    def recount(self, ledger: Ledger) -> float:
        """Places used afterwards and not today."""
        used = {ledger.place(stay.unit, self.per) for stay in ledger.stays_today}
        used |= {place for place, flats in ledger.flats_besides(self.per).items() if flats > 0}
        used |= {place for place, persons in ledger.persons_besides(self.per).items() if persons > 0}
        used |= {ledger.place(unit, self.per) for unit in ledger.units.values() if unit["occupied"] > 0}
        return len({ledger.place(stay.unit, self.per) for stay in ledger.stays_after} - used)
