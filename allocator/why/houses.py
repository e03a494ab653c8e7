"""Flats in houses that are not on the list: how many, how large and where, so that everybody has a place by the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from allocator.goals.base import Goal, Stage
from allocator.model.room import room_by_rule
from allocator.rules.base import Rule
from allocator.rules.primitives import Price
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.why.giving import Giving

__all__ = ["NewFlat", "fewest_new_flats", "with_new_flats"]

MOST = 600
"""Flats that are offered to the search at most; where more homes are missing, none are looked for."""


@dataclass(frozen=True)
class NewFlat:
    """A flat for `size` persons in a house of its own in a social space."""

    size: int
    space_id: str


class _NewFlats(Goal):
    """Few of the flats that are not on the list."""

    sentence: ClassVar = {"en": "As few new flats as possible.", "de": "So wenige neue Wohnungen wie möglich."}
    formula: ClassVar = "min Σ x(h,u) over new flats u"
    source: ClassVar = ""
    unit: ClassVar = {"en": "flats", "de": "Wohnungen"}
    sense: ClassVar = "min"

    goal: Literal["new_flats"] = "new_flats"
    new: tuple[bool, ...]

    def value(self, situation: Situation) -> Sequence[Price]:  # noqa: ARG002
        """One price; flats of the list cost nothing."""
        cost = np.asarray(self.new, dtype=float)
        return [Price((), (cost,), lambda household, unit: cost[unit] + 0.0 * household)]


def fewest_new_flats(
    situation: Situation, rules: Mapping[str, Rule], options: SolveOptions, unit_of: np.ndarray, seconds: float
) -> tuple[NewFlat, ...] | None:
    """The fewest flats with which everybody has a place and all hard rules are kept.

    They are offered in every social space that has flats, for as many persons as a household without a place has
    (`unit_of` [n_households] -1). None where even these are not enough, nothing was found in time, or a rule counts
    flats that are not there.
    """
    if any(rule.rule == "share" and getattr(rule, "count", None) == "flats" for rule in rules.values()):
        return None
    sized = any(rule.rule == "fit" for rule in rules.values())
    offered = _offered(situation, np.flatnonzero(unit_of < 0), sized)
    if not offered:
        return None
    grown, flats = with_new_flats(situation, offered, unit_of)
    if room_by_rule(grown, rules):
        return None
    ids = grown.city.units["unit_id"].to_numpy(dtype=object)
    new = tuple(name in flats for name in ids)
    there = np.append(pd.Index(ids).get_indexer(pd.Index(situation.city.units["unit_id"])), -1)
    ask = Giving(grown, rules, options, [Stage(((_NewFlats(new=new), 1.0),))])
    found = ask.fewest_of_goal(seconds, there[unit_of])
    if found is None:
        return None
    # A flat need be no larger than the household that lives in it.
    used = [NewFlat(int(persons), flats[name].space_id)
            for name, persons in zip(ids[found.unit_of], situation.persons, strict=True) if name in flats]  # fmt: skip
    return tuple(sorted(used, key=lambda flat: (-flat.size, flat.space_id)))


def _offered(situation: Situation, unplaced: np.ndarray, sized: bool) -> list[NewFlat]:
    """Flats of the sizes that are missing in every social space with homes, as many as may be needed there.

    `sized` says that a flat may be too large for a household.
    """
    spaces = sorted(_models(situation))
    sizes, number = np.unique(situation.persons[unplaced].astype(int), return_counts=True)
    if not spaces or len(unplaced) > MOST:
        return []
    if len(spaces) * len(unplaced) > MOST and not sized:  # too many of all sizes: the largest suit everybody
        sizes, number = sizes[-1:], np.array([len(unplaced)])
    most = max(1, MOST // max(1, len(spaces) * sizes.size))
    return [NewFlat(size, space) for space in spaces
            for size, wanted in zip(sizes.tolist(), number.tolist(), strict=True) for _ in range(min(wanted, most))]  # fmt: skip


def _models(situation: Situation) -> dict[str, int]:
    """For each social space the first unit in it (its position), a flat if there is one, which others may be like."""
    level = situation.level("social_space")
    inside = np.flatnonzero(level.of_unit >= 0)
    order = inside[np.argsort(situation.shared[inside], kind="stable")]
    found, first = np.unique(level.of_unit[order], return_index=True)
    return {level.ids[place]: int(order[one]) for place, one in zip(found.tolist(), first.tolist(), strict=True)}


def with_new_flats(
    situation: Situation, flats: Sequence[NewFlat], unit_of: np.ndarray
) -> tuple[Situation, dict[str, NewFlat]]:
    """The situation with further flats, and these by their ids.

    Each stands in a new house without a site, where the first unit of its social space is, and is otherwise like that
    one: but accessible, free at once, and at a rent that every household without a place (`unit_of` -1) may pay.
    """
    models, units, buildings = _models(situation), situation.city.units, situation.city.buildings
    without = situation.households["max_rent"].to_numpy(dtype=float)[unit_of < 0]
    rent = float(np.nanmin([*without, np.inf]))
    house_of = dict(zip(buildings["building_id"], range(len(buildings)), strict=True))
    named: dict[str, NewFlat] = {}
    unit_rows, house_rows = [], []
    for number, flat in enumerate(flats):
        row = units.iloc[models[flat.space_id]].to_dict()
        name = f"{row['unit_id']}~{number}"
        named[name] = flat
        house = buildings.iloc[house_of[row["building_id"]]].to_dict()
        house_rows.append(house | {"building_id": name, "site_id": "", "refugee_flats": 0})
        unit_rows.append(row | {
            "unit_id": name, "building_id": name, "capacity": float(flat.size), "occupied": 0, "shared": False,
            "accessible": True, "rooms": np.nan, "floor_area": np.nan, "available_from": pd.NaT,
            "available_until": pd.NaT, "rent": rent if row["rent"] > rent else row["rent"]})  # fmt: skip
    kinds = {name: kind for name, kind in units.dtypes.items() if name not in ("rooms", "floor_area")}
    more = pd.concat([units, pd.DataFrame(unit_rows).astype(kinds)], ignore_index=True)
    added = gpd.GeoDataFrame(house_rows, geometry="geometry", crs=buildings.crs)
    added = added.astype({name: kind for name, kind in buildings.dtypes.items() if name != "geometry"})
    houses = pd.concat([buildings, added[list(buildings.columns)]], ignore_index=True)
    city = replace(situation.city, units=more.sort_values("unit_id", ignore_index=True),
                   buildings=houses.sort_values("building_id", ignore_index=True))  # fmt: skip
    return replace(situation, city=city), named
