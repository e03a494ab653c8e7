"""Flats that do not exist: one of every size in every social space, closed until one of them is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from allocator.explain.smallest import Against
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

__all__ = ["Flat", "with_flats"]

MOST = 1500
"""Flats that are tried at most; beyond, one social space stands for its district."""
STUDIO = 1


@dataclass(frozen=True)
class Flat:
    """A flat that could be added: its id in the enlarged city, for how many persons, and where.

    `against` is how many limits a household of that size without a place would exceed there as the plan stands.
    """

    unit_id: str
    size: int
    building_id: str
    space_id: str
    district_id: str
    against: int = 0


def with_flats(
    situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray
) -> tuple[Situation, list[Flat], np.ndarray]:
    """The situation with all flats that could be added, these, and where everybody lives there [n_households].

    A size is that of a household without a place, or one person. Of each social space the building is taken in which a
    further household exceeds the fewest limits. Such a flat is accessible, fits whom it has room for, and is as cheap
    as the poorest household without a place may pay.
    """
    unplaced = np.flatnonzero(unit_of < 0)
    if any(rule.rule == "share" and getattr(rule, "count", None) == "flats" for rule in rules.values()):
        return situation, [], unit_of  # flats that are not there would count among those of which a share may be let
    models = _models(situation, rules, unit_of, unplaced)
    sizes = sorted({STUDIO, *(int(n) for n in situation.persons[unplaced])}) if unplaced.size else []
    if len(models) * len(sizes) > MOST:
        districts = situation.level("district").of_unit[models]
        models = models[np.unique(districts, return_index=True)[1]]
    units = situation.city.units
    known = set(units["unit_id"])
    spaces = situation.city.social_spaces.set_index("space_id")["district_id"]
    level = situation.level("social_space")
    rent = float(np.nanmin([*situation.households["max_rent"].to_numpy(dtype=float)[unplaced], np.inf]))
    limits = _limits_against(situation, rules, unit_of, unplaced, models, sizes)
    flats, rows = [], []
    for position, unit in enumerate(models.tolist()):
        row = units.iloc[unit].to_dict()
        for number, size in enumerate(sizes):
            name = f"{row['unit_id']}~{size}"
            while name in known:
                name += "~"
            space = level.ids[level.of_unit[unit]]
            flats.append(Flat(name, size, str(row["building_id"]), space, str(spaces[space]),
                              int(limits[number, position])))  # fmt: skip
            rows.append(row | {"unit_id": name, "capacity": float(size), "occupied": 0, "shared": False,
                               "accessible": True, "rooms": np.nan, "floor_area": np.nan, "available_from": pd.NaT,
                               "available_until": pd.NaT, "rent": _lower(row["rent"], rent)})  # fmt: skip
    if not rows:
        return situation, [], unit_of
    added = pd.DataFrame(rows)
    kinds = {name: kind for name, kind in units.dtypes.items() if name not in ("rooms", "floor_area")}
    grown = pd.concat([units, added.astype(kinds)], ignore_index=True)
    grown = grown.sort_values("unit_id", ignore_index=True)
    city = replace(situation.city, units=grown)
    city.memo.update(situation.city.memo)  # distances go by buildings, and these are the same
    position = pd.Index(grown["unit_id"]).get_indexer(pd.Index(units["unit_id"]))
    return replace(situation, city=city), flats, np.where(unit_of >= 0, position[unit_of], -1)


def _lower(own: float, limit: float) -> float:
    return own if own != own or own <= limit else limit


def _limits_against(
    situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, unplaced: np.ndarray, models: np.ndarray,
    sizes: list[int],
) -> np.ndarray:  # fmt: skip
    """How many limits the largest household without a place that fits would exceed [n_sizes, n_models]."""
    found = np.zeros((len(sizes), models.size))
    against = Against(situation, rules, unit_of)
    for number, size in enumerate(sizes):
        fitting = unplaced[situation.persons[unplaced] <= size]
        if fitting.size:
            asked = int(fitting[np.argmax(situation.persons[fitting])])
            for _, _, unit, _ in against.limiting(asked, models):
                found[number, unit] += 1
    return found


def _models(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, unplaced: np.ndarray) -> np.ndarray:
    """For each social space with flats the one beside which a further household exceeds the fewest limits."""
    level = situation.level("social_space")
    ordinary = np.flatnonzero(~situation.shared & (level.of_unit >= 0))
    if not unplaced.size or not ordinary.size:
        return ordinary[:0]
    order = np.argsort(situation.persons[unplaced], kind="stable")
    asked = int(unplaced[order[unplaced.size // 2]])
    against = Against(situation, rules, unit_of)
    over = np.zeros(ordinary.size)
    for _, _, unit, _ in against.limiting(asked, ordinary):
        over[unit] += 1
    for bad in against.excluding(asked).values():
        over += bad[ordinary]
    best = np.lexsort((ordinary, over, level.of_unit[ordinary]))
    first = np.unique(level.of_unit[ordinary][best], return_index=True)[1]
    return ordinary[best[first]]
