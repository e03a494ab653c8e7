"""Rule `moves`: at most so many households change their unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally
from allocator.rules.primitives import Price, Primitive
from allocator.rules.situation import Situation

__all__ = ["Moves", "moving"]


class Moves(Rule):
    """Households of the list that live in a unit today and get another are at most `at_most`.

    Formula: Σ x(h, u) over h with a home and u other than that home ≤ at_most. Today nobody has moved, so there is no
    excess of today.
    """

    sentence: ClassVar = {
        "en": "At most {at_most} households change their unit.",
        "de": "Höchstens {at_most} Haushalte ziehen um.",
    }
    example: ClassVar = {"at_most": 20}
    formula: ClassVar = "Σ x(h,u) over h with a home and u ≠ home(h) ≤ at_most"
    source: ClassVar = {
        "en": "Re-planning with few changes (Quartpoint: arrivals and departures are uncertain)",
        "de": "Neuplanung mit wenigen Umzügen (Quartpoint: Zu- und Abgänge sind ungewiss)",
    }
    excess_unit: ClassVar = {"en": "households", "de": "Haushalte"}

    rule: Literal["moves"] = "moves"
    at_most: float = Field(ge=0, allow_inf_nan=False, description="Highest number of households that move.")

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One bounded price."""
        price = moving(situation)
        return [Price(price.households, price.units, price.cost, self.at_most, self.is_soft)]

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Households that moved."""
        moved = sum(
            bool(stay.household["unit_id"]) and stay.household["unit_id"] != stay.unit["unit_id"]
            for stay in ledger.placed
        )
        return [Tally("city", 0, moved, self.at_most)]


def moving(situation: Situation) -> Price:
    """One for each household that lives in a unit today and gets another."""
    home = situation.home
    position = np.arange(len(situation.shared))
    is_home = np.where(np.isin(position, home), position, -1)

    def cost(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        return ((home[household] >= 0) & (home[household] != unit)).astype(float)

    return Price((home,), (is_home,), cost)
