"""Goal `near`: linked households live close to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from allocator.access.distances import between
from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Distance
from allocator.rules.situation import Situation
from allocator.wording import Text

__all__ = ["Near"]


class Near(Goal):
    """Σ metres between the buildings of two linked households, over the links of which both are placed.

    A household is linked to the one that it names in `near`; two that name each other are one link, and whoever is
    named by several has as many links. In the same building the distance is 0. A link with a household that finds no
    place counts nothing, so `near` belongs after `place`: before it, leaving one of the two out is what it asks for.
    Even after it, among plans that place as many, it may be the linked ones who are left out; where that is unwanted,
    give them a higher priority.
    """

    sentence: ClassVar = {
        "en": "Linked households live as close to each other as possible.",
        "de": "Verbundene Haushalte wohnen so nah beieinander wie möglich.",
    }
    formula: ClassVar = "min Σ metres(u,v)·x(h,u)·x(k,v) over linked h and k"
    source: ClassVar = "Quartpoint: ties to one's own group are as vital as bridges"
    unit: ClassVar = {"en": "metres", "de": "Meter"}
    sense: ClassVar = "min"

    goal: Literal["near"] = "near"

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Somebody must be linked."""
        if not len(_links(situation)):
            findings.note(Text("no household names another in `near`, so the goal prefers nothing",
                               "kein Haushalt nennt in `near` einen anderen, das Ziel bewirkt also nichts"),
                          column=key)  # fmt: skip

    def value(self, situation: Situation) -> Sequence[Distance]:
        """One distance."""
        links, city = _links(situation), situation.city
        if not len(links):
            return []
        return [
            Distance(links, len(situation.persons), situation.building_of_unit,
                     lambda first, second: between(city, first, second), tuple(city.buildings["building_id"]))
        ]  # fmt: skip

    def recount(self, ledger: Ledger) -> float:
        """Metres between linked households, link by link."""
        lives = {stay.household["household_id"]: stay for stay in ledger.placed}
        named = {name: stay.household["near"] for name, stay in lives.items()}
        links = {frozenset((name, other)) for name, other in named.items() if other in lives}
        homes = [tuple(lives[name].unit["building_id"] for name in (min(link), max(link))) for link in links]
        return float(sum(ledger.metres_between(homes)))


def _links(situation: Situation) -> np.ndarray:
    """Positions of two linked households, each link once, in ascending order [n_links, 2]."""
    ids = pd.Index(situation.households["household_id"])
    other = ids.get_indexer(pd.Index(situation.households["near"]))
    first = np.flatnonzero((other >= 0) & (other != np.arange(len(ids))))
    return np.unique(np.sort(np.column_stack([first, other[first]]), axis=1), axis=0)
