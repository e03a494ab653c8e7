"""A plan: a scenario, who lives where afterwards, and what was found out about it.

Everything after solving (verification, indicators, maps, report) reads a plan and could as well be fed by one made by
hand: the allocation is a plain table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.city.decided import home_today
from allocator.ledger import Ledger
from allocator.rules.base import Tally
from allocator.wording import in_language

if TYPE_CHECKING:
    from allocator.indicators.seating import Seating
    from allocator.scenario import Scenario

__all__ = ["ALLOCATION_COLUMNS", "Plan"]

ALLOCATION_COLUMNS = (
    "household_id",
    "persons",
    "unit_id",
    "building_id",
    "site_id",
    "space_id",
    "district_id",
    "reason",
    "from_unit_id",
)


@dataclass(frozen=True)
class Plan:
    """A scenario with an allocation.

    `allocation` has one row per household in ascending order of household_id and the columns `ALLOCATION_COLUMNS`
    (text; empty where a household found no place; `from_unit_id` is the unit in which it lives today, empty for none).
    `result` is what `result.json` holds (see the contract).
    """

    scenario: Scenario
    allocation: pd.DataFrame
    result: dict[str, Any] = field(default_factory=dict)
    why: dict[str, Any] | None = None
    """What `allocator explain` answered about this very plan (`why.json`); None before it was asked."""

    def with_result(self, result: dict[str, Any]) -> Plan:
        """The same plan with another result; what was counted of it already is not counted again."""
        other = Plan(self.scenario, self.allocation, result, self.why)
        counted = ("ledger", "tallies", "areas", "seatings")
        other.__dict__.update({name: vars(self)[name] for name in counted if name in vars(self)})
        return other

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What later rooms worked out of this plan, each under a name of its own."""
        return {}

    def title(self, language: str) -> str:
        """What the result is called; in that language where that is the scenario's title, which has both."""
        own, told = self.scenario.title or self.scenario.name, self.result.get("title")
        return in_language(own, language) if told in (None, "", str(own)) else str(told)

    @cached_property
    def ledger(self) -> Ledger:
        """Today and afterwards, counted from plain tables."""
        unit_of = dict(zip(self.allocation["household_id"], self.allocation["unit_id"], strict=True))
        return Ledger(self.scenario.city, self.scenario.households, unit_of, self.scenario.day)

    @cached_property
    def tallies(self) -> dict[str, list[Tally]]:
        """Every rule counted again at every place, by the rule's name in the scenario."""
        return {name: list(rule.recount(self.ledger)) for name, rule in self.scenario.rules.items()}

    @cached_property
    def areas(self) -> pd.DataFrame:
        """One row per social space and district; the columns of `indicators.csv`."""
        from allocator.indicators.areas import area_table
        from allocator.indicators.seating import without_seat_by_space

        return area_table(self.ledger, without_seat_by_space(self.ledger, self.seatings))

    @cached_property
    def seatings(self) -> dict[str, Seating]:
        """Which children attend which facility, for every rule `seats` by its name in the scenario."""
        from allocator.indicators.seating import seatings

        return seatings(self.ledger, self.scenario.rules)


def allocation_table(ledger: Ledger, reasons: dict[str, str]) -> pd.DataFrame:
    """The allocation of a ledger as the table of the contract; `reasons` by household_id for those without a place."""
    rows = []
    for household in ledger.households:
        unit = ledger.units.get(ledger.allocation.get(household["household_id"], ""))
        places = [unit["unit_id"], unit["building_id"], unit["site"], unit["space"], unit["district"]] if unit else [""] * 5
        reason = "" if unit else reasons.get(household["household_id"], "")
        home = home_today(household)
        rows.append([household["household_id"], int(household["persons"]), *places, reason, home])
    return pd.DataFrame(rows, columns=list(ALLOCATION_COLUMNS))
