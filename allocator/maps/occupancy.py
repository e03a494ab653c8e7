"""How full a place is against the caps that hold there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["AT_LIMIT", "OVER", "OVER_TODAY", "STATES", "UNUSED", "WITHIN", "cap_tallies", "tightest_caps"]

STATES = ("unused", "within", "at_limit", "over_today", "over")
"""Nobody lives there afterwards; used within every cap; no whole further one allowed; over a cap as today, and not
further; over a soft cap because of the plan."""
UNUSED, WITHIN, AT_LIMIT, OVER_TODAY, OVER = range(5)


def cap_tallies(plan: Plan, level: str) -> pd.DataFrame:
    """Every cap of the plan at every place of a level (`site` or `building`), the tightest of a place first.

    Columns: place, rule (its name in the scenario), count (`persons`, `households`, `flats`), within (metres around
    the building, 0 for the place alone), today, after, limit, allowance (today's excess), state (`WITHIN`, `AT_LIMIT`,
    `OVER_TODAY`, `OVER`), room (part of the limit that is left). Tighter is what the plan brings over, then what is
    over today already, then what is at its limit, then what leaves the smaller part of its limit. A building without a
    site stands for its site, whose caps hold there too.
    """
    buildings = plan.scenario.city.buildings
    own_sites = set(buildings["building_id"][buildings["site_id"] == ""])
    rows = [
        (tally.place, name, rule.count, radius, tally.today, tally.after, tally.limit, tally.allowance, tally.tight)
        for name, rule in plan.scenario.rules.items()
        if (radius := _radius_at(rule, level)) is not None
        for tally in plan.tallies[name]
        if level == "site" or rule.per != "site" or tally.place in own_sites
    ]
    names = ["place", "rule", "count", "within", "today", "after", "limit", "allowance", "tight"]
    table = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[3:8], float))
    over = table["after"] > table["limit"] + 1e-6
    grown = over & (table["after"] > table["limit"] + table["allowance"] + 1e-6)
    # Where today is over the limit a plan may stay above it; who is down to the limit has reached it all the same.
    full = table["tight"].astype(bool) | (table["after"] > table["limit"] - 1 + 1e-6)
    table["state"] = np.select([grown, over, full], [OVER, OVER_TODAY, AT_LIMIT], WITHIN)
    table["room"] = (table["limit"] + table["allowance"] - table["after"]) / table["limit"].clip(lower=1.0)
    order = ["place", "state", "room", "rule"]
    table = table.sort_values(order, ascending=[True, False, True, True], kind="stable")
    return table.drop(columns="tight").reset_index(drop=True)


def _radius_at(rule: object, level: str) -> float | None:
    """0 for a cap per place of the level, metres for a cap around buildings, None for every other rule."""
    from allocator.rules.cap import Cap, Within

    if not isinstance(rule, Cap):
        return None
    if isinstance(rule.per, Within):
        return rule.per.within if level == "building" else None
    return 0.0 if rule.per in (level, "site") else None


def tightest_caps(tallies: pd.DataFrame, places: pd.Index, in_use: np.ndarray) -> pd.DataFrame:
    """The tightest cap of each place, one row per place in the order of `places`.

    Columns: rule ("" where no cap holds), count, within, today, after, limit (NaN where no cap holds) and state, an
    index of `STATES`. `in_use` [n_places] says where anybody lives afterwards; a place where nobody does is unused
    whatever its caps say (a cap around a building counts its neighbours too).
    """
    first = tallies.drop_duplicates("place").set_index("place").reindex(places)
    first["rule"], first["count"] = first["rule"].fillna(""), first["count"].fillna("")
    state = first["state"].fillna(WITHIN).to_numpy(dtype=int)
    first["state"] = np.where(np.asarray(in_use, dtype=bool), state, UNUSED)
    return first
