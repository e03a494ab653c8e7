"""Goal `prefer`: persons where they wish to live, or in units of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.columns import check_unit_columns, unit_columns
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation
from allocator.rules.where import Where

__all__ = ["Prefer", "wishes_of"]


class Prefer(Goal):
    """Persons placed in a social space that their household prefers; with `where`, in units that meet the conditions."""

    sentence: ClassVar = {
        "en": "As many persons as possible live where they wish to.",
        "de": "So viele Personen wie möglich leben, wo sie es wünschen.",
    }
    formula: ClassVar = "max Σ n(h)·x(h,u) over units in social spaces that h prefers"
    source: ClassVar = {
        "en": "Münster: ask people where they want to live",
        "de": "Münster: die Menschen fragen, wo sie wohnen wollen",
    }
    unit: ClassVar = {"en": "persons", "de": "Personen"}
    sense: ClassVar = "max"

    goal: Literal["prefer"] = "prefer"
    where: Where | None = Field(None, description="Units that are preferred, instead of the households' wishes.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The columns must exist."""
        if self.where is not None:
            check_unit_columns(self.where, situation.city, key, findings)

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price."""
        persons = situation.persons
        if self.where is not None:
            good = self.where.met(unit_columns(situation.city, self.where.columns)).astype(float)
            return [Price((persons,), (good,), lambda household, unit: persons[household] * good[unit])]
        level = situation.level("social_space")
        code, lists = pd.factorize(situation.households["prefers"].map(lambda text: ";".join(sorted(wishes_of(text)))))
        wished = np.zeros((len(lists), len(level) + 1), dtype=bool)  # the last column is "outside", never wished for
        position = {space: column for column, space in enumerate(level.ids)}
        for row, text in enumerate(lists):
            wished[row, [position[space] for space in wishes_of(text) if space in position]] = True
        space = level.of_unit
        return [
            Price((np.where(code >= 0, code, -1), np.where(wished[code].any(axis=1), persons, 0.0)), (space,),
                  lambda household, unit: persons[household] * wished[code[household], space[unit]])
        ]  # fmt: skip

    def recount(self, ledger: Ledger) -> float:
        """Persons placed where they wish to be, or in preferred units."""
        if self.where is not None:
            met = self.where.met(unit_columns(ledger.city, self.where.columns))
            good = set(ledger.city.units["unit_id"][met])
            return sum(stay.household["persons"] for stay in ledger.placed if stay.unit["unit_id"] in good)
        return sum(
            stay.household["persons"]
            for stay in ledger.placed
            if stay.unit["space"] and stay.unit["space"] in wishes_of(stay.household["prefers"])
        )


def wishes_of(text: str) -> set[str]:
    """The social spaces in a wish: ids with `;` between them."""
    return {part.strip() for part in text.split(";") if part.strip()}
