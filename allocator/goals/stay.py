"""Goal `stay`: as few households as possible change their unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.moves import moving
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation

__all__ = ["Stay"]


class Stay(Goal):
    """Households of the list that live in a unit today and get another."""

    sentence: ClassVar = {
        "en": "As few households as possible change their unit.",
        "de": "So wenige Haushalte wie möglich ziehen um.",
    }
    formula: ClassVar = "min Σ x(h,u) over h with a home and u ≠ home(h)"
    source: ClassVar = {
        "en": "A plan that stays stable from week to week",
        "de": "Ein Plan, der von Woche zu Woche Bestand hat",
    }
    unit: ClassVar = {"en": "households", "de": "Haushalte"}
    sense: ClassVar = "min"

    goal: Literal["stay"] = "stay"

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        return [moving(situation)]

    def recount(self, ledger: Ledger) -> float:
        """Households that moved."""
        homes = [(stay.household["unit_id"], stay.unit["unit_id"]) for stay in ledger.placed]
        return sum(home != "" and home != unit for home, unit in homes)
