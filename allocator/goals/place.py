"""Goal `place`: house as many persons, or households, as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation

__all__ = ["Place"]


class Place(Goal):
    """Σ priority(h) · n(h) over placed households (`persons`, `all`), or Σ priority(h) (`households`).

    `all` demands that everybody is placed; a scenario in which this is impossible is infeasible.
    """

    sentence: ClassVar = {
        "en": "House as many {what} as possible.",
        "de": "So viele {what} wie möglich unterbringen.",
    }
    formula: ClassVar = "max Σ priority(h)·n(h)·x(h,u)"
    source: ClassVar = {
        "en": "Counting households instead of persons houses singles and leaves families out",
        "de": "Haushalte statt Personen zu zählen bringt Einzelne unter und lässt Familien zurück",
    }
    unit: ClassVar = {"en": "persons", "de": "Personen"}
    sense: ClassVar = "max"
    shorthand: ClassVar = "what"

    goal: Literal["place"] = "place"
    what: Literal["persons", "households", "all"] = Field("persons", description="What is counted, or everybody.")

    @property
    def demands_everybody(self) -> bool:
        """True for `place: all`."""
        return self.what == "all"

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        weight = situation.households["priority"].to_numpy(dtype=float)
        if self.what != "households":
            weight = weight * situation.persons
        nothing = np.zeros(len(situation.shared))
        return [Price((weight,), (nothing,), lambda household, unit: weight[household] + nothing[unit])]

    def recount(self, ledger: Ledger) -> float:
        """Weighted persons or households placed."""
        households = self.what == "households"
        return sum(
            stay.household["priority"] * (1 if households else stay.household["persons"]) for stay in ledger.placed
        )
