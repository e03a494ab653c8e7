"""Goal `keep`: break the soft rules as little as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation

__all__ = ["Keep"]


class Keep(Goal):
    """Σ weight · excess over all soft rules; each rule says in what its excess is counted."""

    sentence: ClassVar = {
        "en": "Break the soft rules as little as possible.",
        "de": "Die weichen Regeln so wenig wie möglich verletzen.",
    }
    formula: ClassVar = "min Σ weight(r)·excess(r)"
    source: ClassVar = {
        "en": "“As far as possible” (Altena) is a limit with a price",
        "de": "„Möglichst“ (Altena) ist eine Grenze mit einem Preis",
    }
    unit: ClassVar = {"en": "weighted excess", "de": "gewichtete Überschreitung"}
    sense: ClassVar = "min"
    shorthand: ClassVar = "what"
    keeps_rules: ClassVar = True

    goal: Literal["keep"] = "keep"
    what: Literal["rules"] = Field("rules", description="The soft rules of the scenario.")

    def value(self, situation: Situation) -> Sequence[Price]:  # noqa: ARG002
        """Nothing of its own: the excess stands in the rules."""
        return []

    def recount(self, ledger: Ledger) -> float:  # noqa: ARG002
        """Nothing of its own: the excess is recounted by the rules."""
        return 0.0
