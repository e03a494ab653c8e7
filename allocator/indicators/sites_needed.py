"""How many sites it takes under each limit per site, and what an even spread would be: from the counts alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from allocator.rules.base import Rule
from allocator.rules.cap import Cap

__all__ = ["site_limits", "sites_needed"]


def site_limits(rules: Mapping[str, Rule]) -> dict[str, float]:
    """The limit of every cap on persons at each site, by the rule's name; caps on some sites only are left out."""
    return {
        name: rule.at_most
        for name, rule in rules.items()
        if isinstance(rule, Cap) and rule.count == "persons" and rule.per == "site" and rule.where is None
        and rule.at_most >= 1
    }  # fmt: skip


def sites_needed(areas: pd.DataFrame, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """By place: persons, the even share, and the sites that each limit would need for either; without limits nothing.

    `areas` is an `area_table`. Places are districts, or social spaces in a city without any. Persons are all refugees
    there after the plan, wherever they live; the even share is by residents (None in a city without any). Sites are
    ⌈persons / limit⌉: what it would take if all of them lived at sites of that size.
    """
    limits = site_limits(rules)
    if not limits:
        return {}
    level = "district" if (areas["level"] == "district").any() else "social_space"
    places = {}
    for row in areas[areas["level"] == level].itertuples(index=False):
        even = row.refugees_after - row.deviation_after
        places[row.place_id] = {
            "name": row.name,
            "persons": row.refugees_after,
            "even_share": None if math.isnan(even) else round(even, 6),
            "sites": {name: _sites(row.refugees_after, limit) for name, limit in limits.items()},
            "sites_even": {name: _sites(even, limit) for name, limit in limits.items()},
        }
    return {"level": level, "limits": limits, "places": places}


def _sites(persons: float, limit: float) -> int | None:
    """⌈persons / limit⌉; a share that floating point puts a hair above a whole number needs no further site."""
    return None if math.isnan(persons) else max(0, math.ceil(persons / limit - 1e-9))
