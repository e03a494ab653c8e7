"""Rule `reach`: who is placed lives within reach of a facility of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.access.distances import facilities_of_kind, nearest
from allocator.errors import Findings, did_you_mean
from allocator.ledger import Ledger, Stay
from allocator.rules.base import Rule, Tally
from allocator.rules.pairs import pair_limit, pair_tally
from allocator.rules.primitives import Primitive
from allocator.rules.situation import Situation

__all__ = ["Reach", "check_kind"]


class Reach(Rule):
    """Placed households (all, or those with more than 0 in a column) live at most `within` metres from a facility.

    Formula: x(h, u) = 0 where the nearest facility of the kind is farther than `within` metres on foot. Soft: the
    persons placed there are the excess.
    """

    sentence: ClassVar = {
        "en": "Who is placed lives at most {within} m from a {kind}.",
        "de": "Wer untergebracht wird, wohnt höchstens {within} m von: {kind}.",
    }
    example: ClassVar = {"kind": "stop", "within": 500}
    formula: ClassVar = "x(h,u) = 0 where the nearest facility of the kind is farther than within"
    source: ClassVar = {
        "en": "Difu: housing alone is not enough without transport, shops and doctors; Düsseldorf's Welcome Points",
        "de": "Difu: Wohnung allein genügt nicht ohne Verkehr, Läden und Ärzte; Welcome Points in Düsseldorf",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["reach"] = "reach"
    kind: str = Field(description="Kind of facility, as in the column `kind` of facilities.")
    within: float = Field(gt=0, allow_inf_nan=False, description="Metres on foot.")
    who: str = Field("all", description="`all`, or a column of households: those with more than 0 in it.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The kind and the column must exist."""
        check_kind(self.kind, situation, f"{key}.kind", findings)
        check_column(self.who, situation, f"{key}.who", findings)

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One forbid, or its price."""
        near = nearest(situation.city, self.kind)[situation.building_of_unit] <= self.within + 1e-6
        concerned = np.ones(len(situation.persons), dtype=bool)
        if self.who != "all":
            concerned = situation.households[self.who].fillna(0).to_numpy(dtype=float) > 0

        def allowed(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
            return ~concerned[household] | near[unit]

        return [pair_limit(situation, (concerned,), (near,), allowed, self.is_soft)]

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons placed out of reach, beyond those who live there today."""
        metres = ledger.metres_to_nearest(self.kind)

        def reached(stay: Stay) -> bool:
            if self.who != "all" and not (stay.household[self.who] or 0) > 0:
                return True
            return metres[stay.unit["building_id"]] <= self.within + 1e-6

        return pair_tally(ledger, reached)


def check_kind(kind: str, situation: Situation, key: str, findings: Findings) -> None:
    """Add a finding if the city has no facility of the kind."""
    if not facilities_of_kind(situation.city, kind).size:
        known = set(situation.city.facilities["kind"])
        findings.error(f"the city has no facility of kind '{kind}'", did_you_mean(kind, known) or "add facilities", column=key)


def check_column(column: str, situation: Situation, key: str, findings: Findings) -> None:
    """Add a finding if `all` or a numeric column of households was meant and is not there."""
    numeric = situation.households.select_dtypes(["number", "bool"]).columns
    if column != "all" and column not in numeric:
        findings.error(f"no numeric column '{column}' in households", did_you_mean(column, ["all", *numeric]), column=key)
