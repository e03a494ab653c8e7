"""A household tonight: the free units that it may move into at once, in the order of the scenario's goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from allocator.explain.gains import gains
from allocator.explain.moving_in import Everybody
from allocator.explain.openings import openings
from allocator.goals.base import Stage
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

__all__ = ["placing"]


def placing(
    situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage], unit_of: np.ndarray, household: int
) -> dict[str, Any]:
    """Open units, the best first, and for how many others each reason counts.

    Each unit comes with what every goal would gain (`goals`, in their order: the value with the household there less
    the value without). Goals are compared in their order; what they leave equal is ordered by unit_id. `closed` counts
    units by the first reason that keeps them out, `closed_by_rule` those that only hard rules close.
    """
    found = openings(situation, rules, unit_of, household)
    lives_in = np.where(unit_of >= 0, unit_of, situation.unsuitable_home)
    placed_in = unit_of.copy()
    placed_in[household] = lives_in[household] = -1
    deltas = gains(Everybody(situation, placed_in, lives_in), rules, stages, household, found.open)
    deltas = [np.round(delta, 9) + 0.0 for delta in deltas]
    ids = situation.city.units["unit_id"].to_numpy(dtype=object)[found.open].astype(str)
    keys = [delta if stage.sense == "min" else -delta for stage, delta in zip(stages, deltas, strict=True)]
    order = np.lexsort([ids, *reversed(keys)])
    site, space = situation.site_of_building, situation.city.buildings["space_id"]
    rows = []
    for at in order.tolist():
        unit = int(found.open[at])
        flat, building = situation.city.units.iloc[unit], int(situation.building_of_unit[unit])
        rent = float(situation.household_rent(np.array(household), np.array(unit)))
        rows.append({
            "unit_id": ids[at],
            "building_id": str(flat["building_id"]),
            "site_id": str(site.iloc[building]),
            "space_id": str(space.iloc[building]),
            "places": int(situation.capacity[unit] - situation.occupied[unit]),
            "shared": bool(situation.shared[unit]),
            "rent": None if np.isnan(rent) else round(rent, 2),
            "goals": [
                {"goal": stage.name, "gain": float(delta[at])} for stage, delta in zip(stages, deltas, strict=True)
            ],
        })  # fmt: skip
    return {"units": rows, "closed": found.closed, "closed_by_rule": found.rules}
