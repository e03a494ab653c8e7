"""Rule `spread`: refugees are spread over districts or social spaces by a key, up to a bounded deviation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.errors import Findings
from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally
from allocator.rules.columns import check_level
from allocator.rules.key import Key, check_key, deviations, shares, spread_places
from allocator.rules.primitives import Deviate, Primitive
from allocator.rules.situation import Situation

__all__ = ["Spread"]


class Spread(Rule):
    """½ Σ d(i) ≤ at_most · P, with d(i) = | p(i) - w(i) · P |.

    w(i) is the share of place i in the key, p(i) the persons there (already there and newly placed), P all of them.
    For the key `residents`, ½ Σ d / P is the index of dissimilarity of those persons (Duncan and Duncan 1955,
    doi:10.2307/2088328). Today's excess, in persons, may not grow.
    """

    sentence: ClassVar = {
        "en": "At most {at_most:.0%} of the persons would have to live elsewhere for an even spread over {over}.",
        "de": "Höchstens {at_most:.0%} der Personen müssten für eine gleichmäßige Verteilung über {over} umziehen.",
    }
    example: ClassVar = {"over": "districts", "at_most": 0.1}
    formula: ClassVar = "½·Σ_i |p(i) − w(i)·P| ≤ at_most·P"
    source: ClassVar = {
        "en": "Even spread in all eight cities of the ILS report; Duncan and Duncan 1955",
        "de": "Gleichmäßige Verteilung in allen acht Städten des ILS-Berichts; Duncan und Duncan 1955",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["spread"] = "spread"
    over: Literal["districts", "social_spaces"] = Field(description="The places among which persons are spread.")
    key: Key = Field("residents", description="What a fair share goes by: a column, or columns with weights.")
    at_most: float = Field(ge=0, le=1, allow_inf_nan=False, description="Largest share of persons out of place.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The key must exist and add up to more than zero."""
        check_key(self.key, situation, f"{key}.key", findings)
        if not len(situation.level(spread_places(self.over))):
            findings.error("the city has no districts", "give district_id in social_spaces, or spread over social_spaces",
                           column=f"{key}.over")  # fmt: skip
        else:
            check_level(spread_places(self.over), situation, f"{key}.over", findings)

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One deviation with a bound."""
        level = situation.level(spread_places(self.over))
        share = shares(self.key, situation, level)
        base = situation.today("persons", level.name)
        today = base + level.add_up(situation.present)
        excess = 0.5 * np.abs(today - share * today.sum()).sum() - self.at_most * today.sum()
        return [
            Deviate(situation.persons, level.of_unit, base, share, level.ids, self.at_most, max(0.0, excess),
                    soft=self.is_soft)
        ]  # fmt: skip

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons out of place, today and afterwards."""
        counted = [deviations(self.key, self.over, ledger, stays) for stays in (ledger.stays_today, ledger.stays_after)]
        (today, persons_today), (after, persons_after) = ((sum(d.values()) / 2, p) for d, p in counted)
        allowance = max(0.0, today - self.at_most * persons_today)
        return [Tally("city", today, after, self.at_most * persons_after, allowance)]
