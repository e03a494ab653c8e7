"""Rule `together`: linked households live near each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from allocator.access.distances import between_pairs, near_each_other
from allocator.errors import Findings
from allocator.ledger import Ledger, Stay
from allocator.rules.base import Rule, Tally
from allocator.rules.primitives import Link, Primitive
from allocator.rules.situation import Situation
from allocator.wording import Text

__all__ = ["Together"]


class Together(Rule):
    """A household with `near` lives at most `within` metres from the other, if both are placed.

    Formula: x(h, u) + x(k, v) ≤ 1 for every u and v that are farther apart on foot. A pair that lives too far apart
    today may stay so.
    """

    sentence: ClassVar = {
        "en": "Linked households live at most {within} m from each other.",
        "de": "Verbundene Haushalte wohnen höchstens {within} m voneinander entfernt.",
    }
    example: ClassVar = {"within": 500}
    formula: ClassVar = "x(h,u) + x(k,v) ≤ 1 for u and v farther apart than within, k the household that h names in near"
    source: ClassVar = {
        "en": "Quartpoint: ties to one's own group are as vital as bridges",
        "de": "Quartpoint: Bindungen an die eigene Gruppe sind so wichtig wie Brücken",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["together"] = "together"
    within: float = Field(ge=0, allow_inf_nan=False, description="Metres on foot between the two buildings.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Somebody must be linked."""
        if not len(_pairs(situation)):
            findings.note(Text("no household names another in `near`, so the rule limits nothing",
                               "kein Haushalt nennt in `near` einen anderen, die Regel begrenzt also nichts"),
                          column=key)  # fmt: skip

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One link, without the pairs that live too far apart today."""
        pairs = _pairs(situation)
        near = near_each_other(situation.city, self.within + 1e-6)
        place = situation.building_of_unit
        homes = situation.home[pairs]
        lives = (homes >= 0).all(axis=1)
        today = np.zeros(len(pairs), dtype=bool)
        today[lives] = between_pairs(situation.city, place[homes[lives]]) <= self.within + 1e-6
        keep = ~lives | today
        return [Link(pairs[keep], situation.persons, place, near, self.is_soft)] if keep.any() else []

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons of households placed too far from the one they name, household by household."""
        today, after = (self._apart(ledger, stays) for stays in (ledger.stays_today, ledger.placed))
        for household, persons in sorted({**today, **after}.items()):
            yield Tally(household, today.get(household, 0), after.get(household, 0), 0.0,
                        persons if household in today else 0.0, fills_up=False)  # fmt: skip

    def _apart(self, ledger: Ledger, stays: list[Stay]) -> dict[str, float]:
        lives = {stay.household["household_id"]: stay for stay in stays}
        linked = {name: stay for name, stay in lives.items() if stay.household["near"] in lives}
        others = (lives[stay.household["near"]] for stay in linked.values())
        homes = [(stay.unit["building_id"], other.unit["building_id"])
                 for stay, other in zip(linked.values(), others, strict=True)]  # fmt: skip
        metres = ledger.metres_between(homes)
        far = dict(zip(linked, metres, strict=True))
        return {name: linked[name].household["persons"] for name in linked if far[name] > self.within + 1e-6}


def _pairs(situation: Situation) -> np.ndarray:
    """Positions of each household with `near` and of the one it names [n_pairs, 2]."""
    ids = pd.Index(situation.households["household_id"])
    other = ids.get_indexer(pd.Index(situation.households["near"]))
    first = np.flatnonzero(other >= 0)
    return np.column_stack([first, other[first]])
