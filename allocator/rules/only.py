"""Rule `only`: only units, buildings, sites or social spaces of a kind take anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from allocator.errors import Findings
from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally
from allocator.rules.columns import check_unit_columns, unit_columns
from allocator.rules.pairs import pair_limit, pair_tally
from allocator.rules.primitives import Primitive
from allocator.rules.situation import Situation
from allocator.rules.where import Where

__all__ = ["Only"]


class Only(Rule):
    """Units that do not meet the conditions take nobody; who lives in one today may stay.

    Formula: x(h, u) = 0 where u does not meet `where` and u is not the present home of h. Soft: Σ n(h) x(h, u) over
    such pairs is the excess, in persons.
    """

    sentence: ClassVar = {
        "en": "Only places take people where {where}.",
        "de": "Nur Orte nehmen auf, für die gilt: {where}.",
    }
    example: ClassVar = {"where": {"rent": {"at_most": 600}}}
    formula: ClassVar = "x(h,u) = 0 for every unit u outside"
    source: ClassVar = {
        "en": "Münster (only where middle and upper strata live); Dortmund (no special building programme)",
        "de": "Münster (nur, wo mittlere und obere Schichten wohnen); Dortmund (kein Sonderbauprogramm)",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["only"] = "only"
    where: Where = Field(description="Conditions on columns of units, buildings, sites, social spaces.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The columns must exist."""
        check_unit_columns(self.where, situation.city, key, findings)

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One forbid, or its price."""
        good = self.where.met(unit_columns(situation.city, self.where.columns))

        def allowed(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
            return np.broadcast_to(good[unit], np.broadcast_shapes(household.shape, unit.shape))

        return [pair_limit(situation, (), (good,), allowed, self.is_soft)]

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons in units outside, beyond those who live there today."""
        met = self.where.met(unit_columns(ledger.city, self.where.columns))
        good = set(np.asarray(ledger.city.units["unit_id"], dtype=object)[met])
        return pair_tally(ledger, lambda stay: stay.unit["unit_id"] in good)
