"""The indicators of a plan for `result.json`: plain data, no NaN, always the same keys in the same order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.goals.locations import Locations
from allocator.indicators.area_indices import LEVELS, area_segregation, segregation_intervals
from allocator.indicators.areas import area_table, unit_places
from allocator.indicators.contiguity import neighbours_by_level
from allocator.indicators.groups import group_segregation
from allocator.indicators.households import SIZES, by_size, costs, household_table, moves, rents, wishes
from allocator.indicators.loads import key_loads, spreads_of
from allocator.indicators.seating import seats_by_rule
from allocator.indicators.sites_needed import sites_needed
from allocator.indicators.ways import ways
from allocator.ledger import Ledger
from allocator.rules.base import Rule, Tally

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["SITE_THRESHOLDS", "persons_by_site", "summary"]

SITE_THRESHOLDS = (50, 80, 200)
"""Persons at a site that published standards name (Münster, Köln, Düsseldorf); counted, never judged."""


def summary(
    plan: Plan | Ledger,
    tallies: Mapping[str, Sequence[Tally]] | None = None,
    rules: Mapping[str, Rule] | None = None,
    seed: int = 1,
) -> dict[str, Any]:
    """The indicators of `allocator.indicators.definitions.INDICATORS`, in their order, as data for JSON.

    All but `wishes_taken`, which looks at single households and rules (`allocator.explain.wishes`). Of a ledger,
    `tallies` (each rule's recount, by the rule's name) give `existing_excess`, `rules` give `sites_needed`, `key_loads`
    and `groups`, and intervals are drawn from `seed`; a plan brings its own. Values that are undefined are None.
    """
    if isinstance(plan, Ledger):
        ledger, areas, tallies, rules, found, stages = plan, area_table(plan), tallies or {}, rules or {}, {}, ()
    else:
        ledger, areas, found = plan.ledger, plan.areas, plan.seatings
        tallies = plan.tallies if tallies is None else tallies
        rules = plan.scenario.rules if rules is None else rules
        stages, seed = plan.scenario.stages, plan.scenario.solve.seed
    households, units = household_table(ledger), unit_places(ledger)
    placed = households[households["placed"]]
    own = placed[~placed["shared"]]
    neighbours = neighbours_by_level(ledger.city, {level: ledger.places(level) for level in LEVELS})
    result = {
        "listed": _both(households),
        "placed": _both(placed),
        "unplaced": _both(households[~households["placed"]]),
        "by_household_size": by_size(households),
        "moves": moves(households),
        "housing": {
            "persons_in_own_flats": own["persons"].sum(),
            "persons_in_shared_units": placed["persons"].sum() - own["persons"].sum(),
        },
        "wishes": wishes(households),
        "rent": rents(households),
        "cost": costs(ledger),
        "ways": ways(ledger),
        "seats": seats_by_rule(found),
        "new_places": {
            f"{per}s": int(Locations(per=per).recount(ledger)) for per in ("building", "site")
        },
        "sites": _sites(ledger),
        "free": _free(units),
        "outside": _outside(ledger, households),
        "existing_excess": _existing_excess(tallies),
        "sites_needed": sites_needed(areas, rules),
        "key_loads": key_loads(ledger, spreads_of(rules, stages)),
        "segregation": area_segregation(areas, neighbours),
        "segregation_intervals": segregation_intervals(areas, neighbours, seed),
        "groups": group_segregation(areas, ledger, rules),
    }  # fmt: skip
    return _plain(result)


def persons_by_site(ledger: Ledger) -> pd.DataFrame:
    """Refugees at each site before and after, in persons; index site_id in ascending order.

    Sites without anybody before and after are left out.
    """
    besides = pd.Series(ledger.persons_besides("site"), dtype=float)
    of_list = {
        when: pd.Series(ledger.add_up(stays, "site", lambda stay: stay.household["persons"]), dtype=float)
        for when, stays in (("before", ledger.stays_today), ("after", ledger.stays_after))
    }
    table = pd.DataFrame({when: besides.add(some, fill_value=0.0) for when, some in of_list.items()})
    table = table.fillna(0.0).sort_index()
    return table[(table > 0).any(axis=1)]


def _sites(ledger: Ledger) -> dict[str, Any]:
    table = persons_by_site(ledger)
    result: dict[str, Any] = {}
    for when in ("before", "after"):
        persons = table[when]
        # idxmax takes the first of several equal ones, and the index is sorted.
        largest = persons.idxmax() if len(persons) and persons.max() > 0 else ""
        result[when] = {
            "largest": {
                "site_id": largest,
                "name": ledger.sites.get(largest, {}).get("name", ""),
                "persons": persons.max() if largest else 0.0,
            },
            "in_use": int((persons > 0).sum()),
            "median_persons": persons[persons > 0].median(),
            **{f"above_{threshold}": int((persons > threshold).sum()) for threshold in SITE_THRESHOLDS},
        }
    return result


def _free(units: pd.DataFrame) -> dict[str, Any]:
    """Unlet flats by persons that they hold, and free places in shared units."""
    flats = units[~units["shared"] & ~units["let"]]
    size = np.minimum(flats["capacity"].to_numpy(dtype=float), len(SIZES))
    by_capacity = {name: int((size == number).sum()) for number, name in enumerate(SIZES, start=1)}
    return {
        "flats": len(flats),
        "flats_by_capacity": by_capacity,
        "places_in_flats": flats["free"].sum(),
        "places_in_shared_units": units.loc[units["shared"], "free"].sum(),
    }


def _outside(ledger: Ledger, households: pd.DataFrame) -> dict[str, Any]:
    before = households[(households["home"] != "") & (households["home_space"] == "")]
    after = households[(households["unit"] != "") & (households["space"] == "")]
    besides = ledger.persons_outside
    return {
        "refugees_before": before["persons"].sum() + besides,
        "refugees_after": after["persons"].sum() + besides,
        "households_placed": int(after["placed"].sum()),
        "persons_placed": after.loc[after["placed"], "persons"].sum(),
    }


def _existing_excess(tallies: Mapping[str, Sequence[Tally]]) -> dict[str, Any]:
    return {
        name: {
            "places": sum(tally.allowance > 1e-6 for tally in some),
            "today": sum(tally.allowance for tally in some),
            "after": sum(max(0.0, min(tally.after - tally.limit, tally.allowance)) for tally in some),
        }
        for name, some in tallies.items()
    }


def _both(households: pd.DataFrame) -> dict[str, int]:
    return {"households": len(households), "persons": int(households["persons"].sum())}


def _plain(value: Any) -> Any:
    """The same as plain Python data: whole floats as whole numbers, undefined ones as None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value.is_integer() else round(value, 9)
    return value
