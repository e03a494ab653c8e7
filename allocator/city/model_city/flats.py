"""Vacant flats: how many rooms, how large, whose, for how much; on the buildings of any city."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.city.model_city.chance import draw_by_shares
from allocator.city.model_city.rents import monthly_rents

__all__ = ["choose_vacant_buildings", "flat_sizes", "make_flats"]

ROOM_SHARES = (0.17, 0.33, 0.29, 0.14, 0.05, 0.02)
"""Shares of flats with 1 to 6 rooms among what is offered: few large ones."""
LEAST_AREA = np.array([35, 46, 58, 76, 97, 118])
MOST_AREA = np.array([47, 64, 86, 106, 126, 140])
ACCESSIBLE = 0.08
AVAILABLE_FROM = ("", "2026-02-01", "2026-03-01", "2026-04-01")
AVAILABLE_SHARES = (0.7, 0.15, 0.1, 0.05)


def choose_vacant_buildings(rng: np.random.Generator, buildings: pd.DataFrame, count: int) -> NDArray[np.int64]:
    """Row numbers, ascending, of `count` buildings that have vacant flats.

    The chance of a building grows with its `dwellings` and, by a fifth a class, with a lower `status_index`.
    """
    weight = buildings["dwellings"].to_numpy(dtype=float) * 1.2 ** (buildings["status_index"].to_numpy() - 3.0)
    return np.sort(rng.choice(len(buildings), count, replace=False, p=weight / weight.sum()))


def flat_sizes(rng: np.random.Generator, count: int, shares: tuple[float, ...] = ROOM_SHARES) -> pd.DataFrame:
    """`rooms`, `floor_area` (m²) and `capacity` (persons) of `count` flats; `shares` are those of 1 to 6 rooms.

    Capacity: a person a room and one more, a further one from 90 m² and from 125 m², and 14 m² for each at least
    (two persons in the smallest flats).
    """
    rooms = draw_by_shares(rng, count, shares) + 1
    span = MOST_AREA[rooms - 1] - LEAST_AREA[rooms - 1]
    area = np.round(LEAST_AREA[rooms - 1] + span * rng.beta(2.0, 2.4, count)).astype(np.int64)
    capacity = np.minimum(area // 14, rooms + 1 + (area >= 90) + (area >= 125))
    return pd.DataFrame({"rooms": rooms, "floor_area": area, "capacity": np.maximum(2, capacity)})


def make_flats(rng: np.random.Generator, buildings: pd.DataFrame, count: int, level: float) -> pd.DataFrame:
    """`count` vacant flats, at least one in each of `buildings`.

    `buildings` has `building_id`, `status_index`, `centrality` and `dwellings`. Columns of the flats:
    `building_id`, `capacity`, `shared` (false), `occupied` (0), `rooms`, `floor_area`, `accessible`, `rent` (level and
    formula of `monthly_rents`), `available_from` (ISO date or empty), `kind`, `owner` (`municipal`, `cooperative`,
    `private`) and `funding` (`subsidised`, `free`). Further flats go where more dwellings are.
    """
    dwellings = buildings["dwellings"].to_numpy(dtype=float)
    further = rng.choice(len(buildings), count - len(buildings), p=dwellings / dwellings.sum())
    row = np.sort(np.concatenate([np.arange(len(buildings)), further]))
    flats = pd.concat([buildings.iloc[row].reset_index(drop=True), flat_sizes(rng, count)], axis=1)
    status = flats["status_index"].to_numpy()
    draw = rng.random(count)
    municipal = 0.16 + 0.07 * status
    flats["owner"] = np.select([draw < municipal, draw < municipal + 0.2], ["municipal", "cooperative"], "private")
    chance = flats["owner"].map({"municipal": 0.55, "cooperative": 0.2, "private": 0.07}).to_numpy(dtype=float)
    flats["funding"] = np.where(rng.random(count) < chance, "subsidised", "free")
    flats["accessible"] = draw_by_shares(rng, count, (1 - ACCESSIBLE, ACCESSIBLE)).astype(bool)
    flats["rent"] = monthly_rents(rng, flats, level)
    flats["available_from"] = np.array(AVAILABLE_FROM, dtype=object)[draw_by_shares(rng, count, AVAILABLE_SHARES)]
    flats = flats.assign(shared=False, occupied=0, kind="flat")
    columns = ["building_id", "capacity", "shared", "occupied", "rooms", "floor_area", "accessible", "rent",
               "available_from", "kind", "owner", "funding"]  # fmt: skip
    return flats[columns]
