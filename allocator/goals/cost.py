"""Goal `cost`: the lowest cost of sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import pandas as pd

from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.columns import unit_columns
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation

__all__ = ["Cost"]


class Cost(Goal):
    """Σ n(h) · cost of the site, EUR a month; a unit outside every site of the table, or without a cost, counts 0."""

    sentence: ClassVar = {"en": "The lowest cost of sites.", "de": "Die niedrigsten Kosten der Standorte."}
    formula: ClassVar = "min Σ n(h)·cost(site(u))·x(h,u)"
    source: ClassVar = {
        "en": "Counted as a site is paid for: for each person and month",
        "de": "Gezählt, wie ein Standort bezahlt wird: je Person und Monat",
    }
    unit: ClassVar = {"en": "EUR a month", "de": "EUR im Monat"}
    sense: ClassVar = "min"

    goal: Literal["cost"] = "cost"

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Some site must have a cost."""
        if not situation.city.sites["cost"].notna().any():
            findings.error("no site has a cost", "give the column `cost` in the table sites", column=key)

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        column = unit_columns(situation.city, ("sites.cost",))["sites.cost"]
        cost = pd.to_numeric(column).fillna(0.0).to_numpy(dtype=float)
        persons = situation.persons
        return [Price((persons,), (cost,), lambda household, unit: persons[household] * cost[unit])]

    def recount(self, ledger: Ledger) -> float:
        """EUR a month of all placed households."""
        total = 0.0
        for stay in ledger.placed:
            cost = ledger.sites.get(stay.unit["site"], {}).get("cost", 0.0)
            total += stay.household["persons"] * cost if cost == cost else 0.0
        return total
