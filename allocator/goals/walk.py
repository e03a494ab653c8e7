"""Goal `walk`: the shortest ways to facilities of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from allocator.access.distances import nearest
from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Price
from allocator.rules.reach import check_column, check_kind
from allocator.rules.situation import Situation

__all__ = ["WALKERS", "Walk"]

WALKERS = {"school": "children_school", "kita": "children_kita"}
"""Who walks to a kind of facility; to any other kind all persons do."""


class Walk(Goal):
    """Σ over placed households of (children or persons) · metres from the building to the nearest facility of the kind."""

    sentence: ClassVar = {"en": "The shortest ways to the nearest {to}.", "de": "Die kürzesten Wege zu: {to}."}
    example: ClassVar = {"to": "school"}
    formula: ClassVar = "min Σ c(h)·metres(u)·x(h,u)"
    source: ClassVar = {
        "en": "Children go to school near home in all eight cities of the ILS report",
        "de": "Kinder gehen in allen acht Städten des ILS-Berichts wohnortnah zur Schule",
    }
    unit: ClassVar = {"en": "person metres", "de": "Personenmeter"}
    sense: ClassVar = "min"
    shorthand: ClassVar = "to"

    goal: Literal["walk"] = "walk"
    to: str = Field(description="Kind of facility, as in the column `kind` of facilities.")
    who: str | None = Field(
        None, description="Column of households that walks; default: school and Kita children, else persons."
    )

    @property
    def walkers(self) -> str:
        """The column of households that counts who walks."""
        return self.who or WALKERS.get(self.to, "persons")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The kind and the column must exist."""
        check_kind(self.to, situation, f"{key}.to", findings)
        check_column(self.walkers, situation, f"{key}.who", findings)

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        walkers = situation.households[self.walkers].fillna(0).to_numpy(dtype=float)
        metres = nearest(situation.city, self.to)[situation.building_of_unit]
        return [Price((walkers,), (metres,), lambda household, unit: walkers[household] * metres[unit])]

    def recount(self, ledger: Ledger) -> float:
        """Person metres of all placed households."""
        metres = ledger.metres_to_nearest(self.to)
        walkers = ((stay.household[self.walkers] or 0, stay.unit["building_id"]) for stay in ledger.placed)
        return sum((number * metres[building] for number, building in walkers if number), 0.0)
