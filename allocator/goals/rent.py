"""Goal `rent`: the lowest rent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation

__all__ = ["Rent"]


class Rent(Goal):
    """Σ rent(u) over let flats + Σ n(h) · rent(u) over households in shared units, EUR a month; unknown counts 0."""

    sentence: ClassVar = {"en": "The lowest rent.", "de": "Die niedrigste Miete."}
    formula: ClassVar = "min Σ rent(u)·x(h,u), in shared units Σ n(h)·rent(u)·x(h,u)"
    source: ClassVar = {
        "en": "Counted as rent is paid: once for a flat, for each person in a shared unit",
        "de": "Gezählt, wie Miete bezahlt wird: einmal je Wohnung, in Gemeinschaftsunterkünften je Person",
    }
    unit: ClassVar = {"en": "EUR a month", "de": "EUR im Monat"}
    sense: ClassVar = "min"

    goal: Literal["rent"] = "rent"

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        rent = np.nan_to_num(situation.rent)
        shared = situation.shared
        households = (situation.persons,) if bool((shared & (rent > 0)).any()) else ()
        return [
            Price(households, (rent, shared),
                  lambda household, unit: np.where(shared[unit], situation.persons[household], 1.0) * rent[unit])
        ]  # fmt: skip

    def recount(self, ledger: Ledger) -> float:
        """EUR a month of all placed households."""
        total = 0.0
        for stay in ledger.placed:
            rent = stay.unit["rent"]
            if rent == rent:
                total += rent * (stay.household["persons"] if stay.unit["shared"] else 1)
        return total
