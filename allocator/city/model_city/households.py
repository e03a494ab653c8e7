"""Households that look for a home: sizes, children, wishes and present homes as in real lists, for any city."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.city.model_city.chance import draw_by_shares
from allocator.city.model_city.rents import appropriate_floor_area, highest_rents

__all__ = ["make_households", "with_surroundings"]

SIZE_SHARES = (0.47, 0.14, 0.12, 0.11, 0.07, 0.05, 0.023, 0.011, 0.006)
"""Shares of households of 1 to 9 persons, 2.5 on average: many single men, and families larger than the market's."""
KITA_AGES = 5 / 18
SCHOOL_AGES = 12 / 18
"""Of 18 years of childhood, 5 before school with a claim to a Kita seat (from the first birthday), and 12 at school."""
ACCESSIBLE = 0.03
WITH_WISHES = 0.35
NEAR = 0.05
WITH_HOME = 0.17
HOMES_IN_FLATS = 0.45
PINNED = 0.7
"""Share of the households in suitable flats of their own that must stay."""
CALM = 0.035
"""Less than this share of residents are refugees where pinned households live."""
UPHELD = 0.06
"""Share with priority 2."""
ARRIVAL_DAYS = ("2026-02-02", "2026-02-16", "2026-03-02", "2026-03-16", "2026-04-01")


def make_households(
    rng: np.random.Generator,
    count: int,
    *,
    spaces: pd.DataFrame,
    units: pd.DataFrame,
    reference_rent: float,
    groups: dict[str, float],
) -> pd.DataFrame:
    """`count` households with the contract's columns, ids `H0001` and on in random order.

    `spaces` has `space_id`, `pull` (how much it is wished for) and `group_<label>` columns; `units` the columns of
    units, `refugee_flats` and `stayable` (a pinned household may live there). Those who have a home (`unit_id`) live
    in flats of a size that is appropriate for them and that they can pay, at most one in a building, or in free
    places of shared units. `groups` gives the share of each label.
    """
    persons = draw_by_shares(rng, count, SIZE_SHARES) + 1
    kita, school = _children(rng, persons)
    label = np.array([*groups, ""], dtype=object)[
        draw_by_shares(rng, count, [*groups.values(), max(0.0, 1 - sum(groups.values()))])
    ]
    digits = max(4, len(str(count)))
    frame = pd.DataFrame(
        {
            "household_id": [f"H{number:0{digits}d}" for number in range(1, count + 1)],
            "persons": persons,
            "children_kita": kita,
            "children_school": school,
            "accessible": draw_by_shares(rng, count, (1 - ACCESSIBLE, ACCESSIBLE)).astype(bool),
            "group": label,
            "max_rent": highest_rents(persons, reference_rent),
        }
    )
    frame["prefers"] = _wishes(rng, frame["group"], spaces)
    frame["near"] = _near(rng, frame["household_id"].to_numpy())
    frame["unit_id"] = _present_homes(rng, frame, units)
    frame["pinned"] = _pinned(rng, frame["unit_id"], units)
    frame["priority"] = np.where(draw_by_shares(rng, count, (1 - UPHELD, UPHELD)) == 1, 2, 1)
    arrives = np.array(ARRIVAL_DAYS, dtype=object)[rng.integers(0, len(ARRIVAL_DAYS), count)]
    frame["arrives"] = np.where(frame["unit_id"] == "", arrives, "")
    return frame


def with_surroundings(units: pd.DataFrame, buildings: pd.DataFrame, spaces: pd.DataFrame) -> pd.DataFrame:
    """Units with what decides who lives there today: `refugee_flats` of the building, and `stayable`.

    `stayable` is true where no usual rule will object to a household that must stay: outside sites, in social spaces
    of status 1 to 3 with few refugees today. `buildings` has `space_id`, `site_id`, `refugee_flats`; `spaces` has
    `status_index`, `refugees`, `residents`.
    """
    place = buildings.set_index("building_id").loc[units["building_id"]]
    calm = (spaces["status_index"] <= 3) & (spaces["refugees"] < CALM * spaces["residents"])
    stayable = place["space_id"].isin(set(spaces.loc[calm, "space_id"])) & (place["site_id"] == "")
    return units.assign(refugee_flats=place["refugee_flats"].to_numpy(), stayable=stayable.to_numpy())


def _children(rng: np.random.Generator, persons: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Children of Kita and of school age; at least one adult to a household, two in most families."""
    draw = rng.random(len(persons))
    adults = np.select([draw < 0.18, draw < 0.88], [1, 2], 3)
    adults = np.where(persons == 2, np.where(draw < 0.3, 1, 2), adults)
    children = np.maximum(0, persons - np.minimum(adults, persons))
    school = rng.binomial(children, SCHOOL_AGES)
    return rng.binomial(children - school, KITA_AGES / (1 - SCHOOL_AGES)), school


def _wishes(rng: np.random.Generator, group: pd.Series, spaces: pd.DataFrame) -> NDArray[np.object_]:
    """One to three social spaces for WITH_WISHES of the households: where the pull is, or one's own are."""
    base = spaces["pull"].to_numpy(dtype=float)
    wishes = np.full(len(group), "", dtype=object)
    ids = spaces["space_id"].to_numpy(dtype=object)
    wishing = np.zeros(len(group), dtype=bool)
    wishing[rng.permutation(len(group))[: round(WITH_WISHES * len(group))]] = True
    for label in sorted(set(group)):
        rows = np.flatnonzero(wishing & (group.to_numpy() == label))
        own = spaces[f"group_{label}"].to_numpy(dtype=float) if label else np.ones(len(spaces))
        weight = base / base.sum() + own / max(own.sum(), 1.0)
        # Gumbel keys draw three different spaces for every household at once, in proportion to the weights.
        keys = np.log(np.maximum(weight, 1e-12)) + rng.gumbel(size=(len(rows), len(spaces)))
        first = ids[np.argsort(-keys, axis=1, kind="stable")[:, :3]]
        many = np.minimum(draw_by_shares(rng, len(rows), (0.5, 0.3, 0.2)) + 1, first.shape[1])
        for size in np.unique(many):
            wishes[rows[many == size]] = [";".join(sorted(chosen)) for chosen in first[many == size, :size]]
    return wishes


def _near(rng: np.random.Generator, ids: NDArray[np.object_]) -> NDArray[np.object_]:
    """A household to live close to, for NEAR of them; half of these wishes are mutual."""
    pairs = round(NEAR * len(ids) / 1.5)
    drawn = rng.permutation(len(ids))[: 2 * pairs].reshape(2, -1)
    near = np.full(len(ids), "", dtype=object)
    near[drawn[0]] = ids[drawn[1]]
    mutual = drawn[:, : pairs // 2]
    near[mutual[1]] = ids[mutual[0]]
    return near


def _present_homes(rng: np.random.Generator, households: pd.DataFrame, units: pd.DataFrame) -> NDArray[np.object_]:
    """`unit_id` of those who have a home, else empty; nobody who needs an accessible unit is among them."""
    homes = np.full(len(households), "", dtype=object)
    able = rng.permutation(np.flatnonzero(~households["accessible"].to_numpy()))
    wanted = round(WITH_HOME * len(households))
    persons, paid = households["persons"].to_numpy(), households["max_rent"].to_numpy(dtype=float)
    in_flats = able[: round(wanted * HOMES_IN_FLATS)]
    in_shared = able[len(in_flats) : wanted]

    flats = units[~units["shared"] & (units["refugee_flats"] == 0)].drop_duplicates("building_id")
    flats = flats.iloc[rng.permutation(len(flats))]
    ids, vacant = flats["unit_id"].to_numpy(dtype=object), np.ones(len(flats), dtype=bool)
    size, area, rent = (flats[column].to_numpy(dtype=float) for column in ("capacity", "floor_area", "rent"))
    for many in np.unique(persons[in_flats]):
        rows = in_flats[persons[in_flats] == many]
        fits = vacant & (size >= many) & (area >= 10 * many) & (area <= appropriate_floor_area(many))
        found = np.flatnonzero(fits & (rent <= paid[rows[0]]))[: len(rows)]
        homes[rows[: len(found)]] = ids[found]
        vacant[found] = False

    shared = units[units["shared"] & (units["capacity"] > units["occupied"])]
    shared = shared.iloc[rng.permutation(len(shared))]
    free = np.cumsum((shared["capacity"] - shared["occupied"]).to_numpy())
    # Households stand in line before the free places; who would sit astride two units goes without.
    end = np.cumsum(persons[in_shared])
    unit = np.searchsorted(free, end, side="left")
    seated = (unit < len(free)) & (np.searchsorted(free, end - persons[in_shared], side="right") == unit)
    rows, unit = in_shared[seated], unit[seated]
    payable = persons[rows] * shared["rent"].to_numpy(dtype=float)[unit] <= paid[rows]
    homes[rows[payable]] = shared["unit_id"].to_numpy(dtype=object)[unit[payable]]
    return homes


def _pinned(rng: np.random.Generator, homes: pd.Series, units: pd.DataFrame) -> NDArray[np.bool_]:
    """Who must stay: PINNED of those whose flat is `stayable`."""
    stayable = units.loc[~units["shared"] & units["stayable"], "unit_id"]
    rows = np.flatnonzero(homes.isin(set(stayable)).to_numpy())
    pinned = np.zeros(len(homes), dtype=bool)
    pinned[rng.permutation(rows)[: round(PINNED * len(rows))]] = True
    return pinned
