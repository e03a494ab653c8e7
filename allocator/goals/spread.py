"""Goal `spread`: spread refugees as evenly as possible by a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.columns import check_level
from allocator.rules.key import Key, check_key, deviations, shares, spread_places
from allocator.rules.primitives import Deviate
from allocator.rules.situation import Situation

__all__ = ["SpreadGoal"]


class SpreadGoal(Goal):
    """Σ d(i), or the largest d(i), in persons, with d(i) = | p(i) - w(i) · P | as in the rule `spread`."""

    sentence: ClassVar = {
        "en": "Spread refugees over the {over} as evenly as possible by {key}.",
        "de": "Geflüchtete möglichst gleichmäßig über {over} nach {key} verteilen.",
    }
    example: ClassVar = {"over": "districts", "key": "residents"}
    formula: ClassVar = "min Σ_i |p(i) − w(i)·P|, or min max_i |p(i) − w(i)·P|"
    source: ClassVar = {
        "en": "Even spread in all eight cities of the ILS report; Duncan and Duncan 1955",
        "de": "Gleichmäßige Verteilung in allen acht Städten des ILS-Berichts; Duncan und Duncan 1955",
    }
    unit: ClassVar = {"en": "persons", "de": "Personen"}
    measure: ClassVar = {"en": "persons off the even spread", "de": "Personen neben der gleichmäßigen Verteilung"}
    sense: ClassVar = "min"

    goal: Literal["spread"] = "spread"
    over: Literal["districts", "social_spaces"] = Field(description="The places among which persons are spread.")
    key: Key = Field("residents", description="What a fair share goes by: a column, or columns with weights.")
    minimise: Literal["sum", "largest"] = Field("sum", description="The sum of deviations, or the largest.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The key must exist and add up to more than zero."""
        check_key(self.key, situation, f"{key}.key", findings)
        if not len(situation.level(spread_places(self.over))):
            findings.error("the city has no districts", "give district_id in social_spaces, or spread over social_spaces",
                           column=f"{key}.over")  # fmt: skip
        else:
            check_level(spread_places(self.over), situation, f"{key}.over", findings)

    def value(self, situation: Situation) -> Sequence[Deviate]:
        """One deviation."""
        level = situation.level(spread_places(self.over))
        base = situation.today("persons", level.name)
        share = shares(self.key, situation, level)
        return [Deviate(situation.persons, level.of_unit, base, share, level.ids, minimise=self.minimise)]

    def recount(self, ledger: Ledger) -> float:
        """Sum or largest of the deviations, in persons."""
        distances = deviations(self.key, self.over, ledger, ledger.stays_after)[0].values()
        return sum(distances) if self.minimise == "sum" else max(distances, default=0.0)
