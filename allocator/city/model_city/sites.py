"""Collective sites: their kinds, and the buildings and units of which they consist, of any city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.city.model_city.chance import apportion

__all__ = ["SITE_KINDS", "SiteKind", "make_site_units", "plan_sites"]

PLACES_PER_SHARED_UNIT = 15
PLACES_PER_FLAT = 5.4
PERSONS_PER_PLACE_IN_FLATS = 0.8
"""Persons in a let flat of a site, as a share of its places: families seldom fill a flat to the last place."""
FEES = (105, 150)
"""EUR a month for one place in a shared unit."""
FLAT_RENT = 8.2
"""EUR a month and m² for a flat at a site."""


@dataclass(frozen=True)
class SiteKind:
    """One kind of site: its name, whether its places are flats, and ranges of places, buildings, cost and use.

    `cost` is EUR per person and month, `in_use` the share of its places taken today, `label` begins the names of
    such sites, `until` is the day on which a contract ends.
    """

    kind: str
    label: str
    flats: bool
    places: tuple[int, int]
    places_per_building: int
    cost: tuple[int, int]
    in_use: tuple[float, float]
    owner: str = "municipal"
    until: str = ""


SITE_KINDS = (
    SiteKind("collective accommodation", "Übergangsheim", False, (125, 150), 80, (310, 380), (0.74, 0.82)),
    SiteKind("containers", "Wohncontainer", False, (88, 100), 50, (480, 580), (0.64, 0.72), until="2027-12-31"),
    SiteKind("row houses", "Reihenhäuser", True, (66, 96), 12, (230, 310), (0.45, 0.65)),
    SiteKind("hotel", "Hotel", False, (36, 60), 60, (880, 1250), (0.8, 0.95), "private", "2026-12-31"),
    SiteKind("collective accommodation", "Übergangsheim", False, (58, 90), 80, (310, 400), (0.7, 0.9)),
    SiteKind("apartment house", "Wohnhaus", True, (36, 60), 30, (260, 330), (0.4, 0.6)),
    SiteKind("containers", "Wohncontainer", False, (48, 80), 50, (480, 620), (0.6, 0.85), until="2027-06-30"),
    SiteKind("row houses", "Reihenhäuser", True, (44, 72), 12, (230, 310), (0.45, 0.65)),
    SiteKind("collective accommodation", "Übergangsheim", False, (36, 50), 50, (330, 420), (0.75, 0.9)),
    SiteKind("hotel", "Pension", False, (18, 34), 40, (820, 1150), (0.8, 1.0), "private", "2026-09-30"),
    SiteKind("former office building", "Verwaltungsgebäude", False, (70, 105), 110, (360, 460), (0.7, 0.9)),
    SiteKind("row houses", "Reihenhäuser", True, (40, 56), 12, (230, 300), (0.0, 0.0)),
    SiteKind("containers", "Wohncontainer", False, (30, 48), 50, (500, 620), (0.7, 0.9), until="2027-12-31"),
    SiteKind("collective accommodation", "Übergangsheim", False, (28, 44), 50, (330, 420), (0.75, 0.95)),
)
"""What a town has, in this order, and again from the start in a larger one; the first sites exceed usual caps today."""


def plan_sites(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """`count` sites without a place on the map.

    Columns: `site_id`, `kind`, `label`, `flats`, `capacity` (places), `buildings`, `in_use`, `cost`, `owner`, `until`.
    """
    kinds = [SITE_KINDS[number % len(SITE_KINDS)] for number in range(count)]
    capacity = np.array([rng.integers(low, high + 1) for low, high in (kind.places for kind in kinds)])
    per_building = np.array([kind.places_per_building for kind in kinds])
    return pd.DataFrame(
        {
            "site_id": [f"S{number:03d}" for number in range(1, count + 1)],
            "kind": [kind.kind for kind in kinds],
            "label": [kind.label for kind in kinds],
            "flats": [kind.flats for kind in kinds],
            "capacity": capacity,
            "buildings": np.maximum(1, np.round(capacity / per_building)).astype(int),
            "in_use": [rng.uniform(*kind.in_use) for kind in kinds],
            "cost": [int(rng.integers(low // 5, high // 5 + 1)) * 5 for low, high in (kind.cost for kind in kinds)],
            "owner": [kind.owner for kind in kinds],
            "until": [kind.until for kind in kinds],
        }
    )


def make_site_units(
    rng: np.random.Generator, sites: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.int64]]:
    """Buildings and units of planned sites, and the refugees who live at each site today.

    `sites` has `site_id`, `flats`, `capacity`, `buildings`, `in_use`, `owner`, `until`. Buildings come with `site_id`,
    `number` (from 0 within the site), `dwellings` and `refugee_flats`; units with `site_id`, `number` and the columns
    of units. Places of a shared site add up to its capacity, and `occupied` to its refugees. Flats that are let
    today are no units any more: they are in `refugee_flats`, and their persons in the refugees.
    """
    buildings, units, refugees = [], [], []
    for site in sites.itertuples():
        make = _flats_of_site if site.flats else _shared_units_of_site
        numbers, places, living = make(rng, site)
        places["site_id"] = site.site_id
        places["owner"], places["available_until"] = site.owner, site.until
        buildings.append(numbers.assign(site_id=site.site_id, number=np.arange(len(numbers))))
        units.append(places)
        refugees.append(living)
    together = pd.concat(units, ignore_index=True).assign(available_from="", funding="")
    together["accessible"] = rng.random(len(together)) < np.where(together["shared"], 0.18, 0.1)
    return pd.concat(buildings, ignore_index=True), together, np.array(refugees, dtype=np.int64)


def _shared_units_of_site(rng: np.random.Generator, site: object) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Floors and wings that several households share; 8 to 11 m² and half a room for each place."""
    count = min(site.capacity, max(site.buildings, round(site.capacity / PLACES_PER_SHARED_UNIT)))
    capacity = apportion(site.capacity, rng.uniform(0.7, 1.3, count), at_least=1)
    living = round(site.capacity * site.in_use)
    occupied = np.minimum(apportion(living, capacity * rng.uniform(0.7, 1.3, count)), capacity)
    occupied += apportion(living - int(occupied.sum()), capacity - occupied)
    units = pd.DataFrame(
        {
            "number": np.sort(np.arange(count) % site.buildings),
            "capacity": capacity,
            "shared": True,
            "occupied": occupied,
            "rooms": np.ceil(capacity / 2).astype(int),
            "floor_area": np.round(capacity * rng.uniform(8.0, 11.0)).astype(int),
            "rent": int(rng.integers(FEES[0] // 5, FEES[1] // 5 + 1)) * 5,
            "kind": "shared",
        }
    )
    return pd.DataFrame({"dwellings": np.zeros(site.buildings, int), "refugee_flats": 0}), units, int(occupied.sum())


def _flats_of_site(rng: np.random.Generator, site: object) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Flats of their own for families; some are let today, the vacant ones are units."""
    count = max(site.buildings, round(site.capacity / PLACES_PER_FLAT))
    capacity = apportion(max(site.capacity, 2 * count), rng.uniform(0.6, 1.4, count), at_least=2)
    number = np.sort(np.arange(count) % site.buildings)
    let = np.zeros(count, dtype=bool)
    let[rng.permutation(count)[: round(count * site.in_use)]] = True
    area = np.round(capacity * rng.uniform(12.5, 15.0, count) + 6).astype(int)
    flats = pd.DataFrame(
        {
            "number": number,
            "capacity": capacity,
            "shared": False,
            "occupied": 0,
            "rooms": np.maximum(1, capacity - 1),
            "floor_area": area,
            "rent": np.round(area * FLAT_RENT).astype(int),
            "kind": "flat",
        }
    )
    buildings = pd.DataFrame(
        {
            "dwellings": np.bincount(number, minlength=site.buildings),
            "refugee_flats": np.bincount(number, let, minlength=site.buildings).astype(int),
        }
    )
    living = round(PERSONS_PER_PLACE_IN_FLATS * float(capacity[let].sum()))
    return buildings, flats[~let].reset_index(drop=True), living
