"""A plan written out as in a ledger: who lives where today, who lives where afterwards, counted by hand.

This is the ground of every recount. It reads the tables of a city, the list of households and an allocation as plain
dictionaries and lists, and shares neither code nor arrays with the model that made the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from allocator.access import distances
from allocator.city.city import City
from allocator.city.rows import plain_rows

__all__ = ["Ledger", "Stay"]


@dataclass(frozen=True)
class Stay:
    """One household in one unit; both are rows as dictionaries.

    `placed` is false for a household that found no place and therefore remains in a present home that does not meet
    its needs: it lives there and is counted there, and it is not placed.
    """

    household: dict[str, Any]
    unit: dict[str, Any]
    placed: bool = True


class Ledger:
    """Counts of today and of afterwards at every level.

    `allocation` maps household_id to unit_id (empty or missing: no place); `day` is the day from which the plan holds.
    A home that ends before is none to remain in. Unknown ids raise KeyError: check before.
    """

    def __init__(
        self, city: City, households: pd.DataFrame, allocation: Mapping[str, str], day: date | None = None
    ) -> None:
        self.city = city
        self.day = day
        self.households = plain_rows(households)
        self.allocation = {household: unit for household, unit in allocation.items() if unit}

    @cached_property
    def units(self) -> dict[str, dict[str, Any]]:
        """Units by id, each with the ids of its building, site, social space and district."""
        buildings = self.buildings
        units = {row["unit_id"]: row for row in self.city.rows("units")}
        for row in units.values():
            building = buildings[row["building_id"]]
            row.update({key: building[key] for key in ("site", "space", "district", "x", "y")})
        return units

    @cached_property
    def buildings(self) -> dict[str, dict[str, Any]]:
        """Buildings by id, with `site`, `space` and `district` ("" for none)."""
        district = {row["space_id"]: row["district_id"] for row in self.city.rows("social_spaces")}
        buildings = {row["building_id"]: row for row in self.city.rows("buildings")}
        for row in buildings.values():
            row["site"] = row["site_id"] or row["building_id"]
            row["space"] = row["space_id"]
            row["district"] = district.get(row["space_id"], "")
        return buildings

    @cached_property
    def sites(self) -> dict[str, dict[str, Any]]:
        """The sites table by id."""
        return {row["site_id"]: row for row in self.city.rows("sites")}

    @cached_property
    def spaces(self) -> dict[str, dict[str, Any]]:
        """Social spaces by id."""
        return {row["space_id"]: row for row in self.city.rows("social_spaces")}

    @staticmethod
    def place(unit: dict[str, Any], level: str) -> str:
        """The id of the place in which a unit lies at a level, "" for none."""
        key = {"unit": "unit_id", "building": "building_id", "social_space": "space"}.get(level, level)
        return "city" if level == "city" else unit[key]

    def places(self, level: str) -> list[str]:
        """Every place of a level in ascending order, with or without units."""
        spaces = self.spaces
        every: Iterable[str] = {
            "unit": lambda: self.units,
            "building": lambda: self.buildings,
            "site": lambda: {row["site"] for row in self.buildings.values()} | set(self.sites),
            "social_space": lambda: spaces,
            "district": lambda: {row["district_id"] for row in spaces.values() if row["district_id"]},
            "city": lambda: ["city"],
        }[level]()
        return sorted(every)

    @cached_property
    def stays_today(self) -> list[Stay]:
        """Households of the list in the units where they live now."""
        units = self.units
        return [Stay(row, units[row["unit_id"]]) for row in self.households if row["unit_id"]]

    @cached_property
    def stays_after(self) -> list[Stay]:
        """Where households live afterwards: those placed, and those who must remain in an unsuitable home."""
        units = self.units
        stays = []
        for row in self.households:
            unit = self.allocation.get(row["household_id"], "")
            if unit:
                stays.append(Stay(row, units[unit]))
            elif row["unit_id"] and self.available(row, units[row["unit_id"]]):
                stays.append(Stay(row, units[row["unit_id"]], placed=False))
        return stays

    def available(self, household: dict[str, Any], unit: dict[str, Any]) -> bool:
        """True if the unit can be let on the day on which the household moves; always true without a day."""
        if self.day is None:
            return True
        when = pd.Timestamp(self.day)
        if household["arrives"] is not None and household["arrives"] == household["arrives"]:
            when = max(when, pd.Timestamp(household["arrives"]))
        first, last = unit["available_from"], unit["available_until"]
        too_early = first is not None and first == first and when < pd.Timestamp(first)
        too_late = last is not None and last == last and when > pd.Timestamp(last)
        return not (too_early or too_late)

    @property
    def placed(self) -> list[Stay]:
        """The households that the plan gives a unit."""
        return [stay for stay in self.stays_after if stay.placed]

    def metres_to_nearest(self, kind: str) -> dict[str, float]:
        """Metres on foot from each building to the nearest facility of a kind: data, as coordinates are."""
        return dict(zip(self._building_ids, distances.nearest(self.city, kind).tolist(), strict=True))

    def facilities_within(self, kind: str, metres: float, buildings: Iterable[str]) -> dict[str, frozenset[str]]:
        """The facilities of a kind within so many metres on foot of each of some buildings."""
        ids = self.city.facilities["facility_id"].to_numpy(dtype=object)[distances.facilities_of_kind(self.city, kind)]
        reach = distances.within_reach(self.city, kind, metres).tocsc()
        ends = {one: reach.indptr[self._position[one] : self._position[one] + 2] for one in buildings}
        return {one: frozenset(ids[reach.indices[begin:end]]) for one, (begin, end) in ends.items()}

    def metres_between(self, pairs: Iterable[tuple[str, str]]) -> list[float]:
        """Metres on foot between the two buildings of each pair."""
        ends = [self.positions(pair) for pair in pairs]
        return distances.between_pairs(self.city, np.array(ends, dtype=np.int64)).tolist()

    def positions(self, buildings: Iterable[str]) -> list[int]:
        """Where buildings stand in the city's table."""
        return [self._position[one] for one in buildings]

    @cached_property
    def _building_ids(self) -> list[str]:
        return self.city.buildings["building_id"].tolist()

    @cached_property
    def _position(self) -> dict[str, int]:
        return {one: position for position, one in enumerate(self._building_ids)}

    def add_up(
        self, stays: Iterable[Stay], level: str, weight: Callable[[Stay], float]
    ) -> dict[str, float]:
        """Σ weight of stays at each place of a level; places without anybody are absent (and read as 0)."""
        sums: dict[str, float] = defaultdict(float)
        for stay in stays:
            where = self.place(stay.unit, level)
            if where:
                sums[where] += weight(stay)
        return sums

    def persons_besides(self, level: str) -> dict[str, float]:
        """Persons already at each place who are not in the list: each level states its own whole, else adds up."""
        sums: dict[str, float] = defaultdict(float)
        if level in ("unit", "building", "site"):
            for unit in self.units.values():
                sums[self.place(unit, level)] += unit["occupied"]
            if level == "site" and "refugees" in self.city.declared.get("sites", ()):
                sums.update({site: row["refugees"] for site, row in self.sites.items()})
            return sums
        if level == "social_space":
            if "refugees" in self.city.declared.get("social_spaces", ()):
                return {space: row["refugees"] for space, row in self.spaces.items()}
            return self._persons_of_spaces_from_sites()
        for space, persons in self.persons_besides("social_space").items():
            where = "city" if level == "city" else self.spaces[space]["district_id"]
            if where:
                sums[where] += persons
        if level == "city":
            sums["city"] += self.persons_outside
        return sums

    @cached_property
    def persons_outside(self) -> float:
        """Persons of the city who are not in the list and whom no social space counts.

        They live in buildings outside every social space. A site without buildings is nowhere: the city counts it
        where social spaces do not state their refugees, and may have it among those that they state.
        """
        somewhere = {building["site"] for building in self.buildings.values()}
        inside = [unit["occupied"] for unit in self.units.values() if not unit["space"]]
        sites = [rest for space, rest, site in self._beyond_units() if not space and site in somewhere]
        if "refugees" not in self.city.declared.get("social_spaces", ()):
            sites += [rest for _, rest, site in self._beyond_units() if site not in somewhere]
        return sum(inside) + sum(sites)

    def residents(self, level: str) -> dict[str, float]:
        """Residents of social spaces, districts or the city, which has also those refugees whom no space counts.

        At buildings and sites what buildings state (a further column `residents`), at least who is housed there.
        """
        if level in ("social_space", "district", "city"):
            sums = self.of_spaces("residents", level)
            if level == "city":
                sums["city"] = sums.get("city", 0) + self.persons_outside
            return sums
        stated: dict[str, float] = defaultdict(float)
        for building in self.buildings.values() if level != "unit" else ():
            number = pd.to_numeric(building.get("residents"), errors="coerce")
            if number is not None and number > 0:
                stated[self.place(building, level)] += number
        housed = self.persons_besides(level)
        return {place: max(stated.get(place, 0), housed.get(place, 0)) for place in self.places(level)}

    def _persons_of_spaces_from_sites(self) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for unit in self.units.values():
            if unit["space"]:
                sums[unit["space"]] += unit["occupied"]
        for space, rest, _ in self._beyond_units():
            if space:
                sums[space] += rest
        return sums

    def _beyond_units(self) -> list[tuple[str, float, str]]:
        """Social space of its first building ("" for none), persons beyond those in its units, and id of each site."""
        in_units: dict[str, float] = defaultdict(float)
        for unit in self.units.values():
            in_units[unit["site"]] += unit["occupied"]
        first: dict[str, str] = {}
        for building in sorted(self.buildings):
            first.setdefault(self.buildings[building]["site"], self.buildings[building]["space"])
        every = self.persons_besides("site").items()
        return [(first.get(site, ""), persons - in_units[site], site) for site, persons in every]

    def flats_besides(self, level: str) -> dict[str, float]:
        """Flats already let to refugee households at each place (`refugee_flats`)."""
        sums: dict[str, float] = defaultdict(float)
        if level != "unit":
            for building in self.buildings.values():
                where = "city" if level == "city" else self.place({**building, "unit_id": ""}, level)
                if where:
                    sums[where] += building["refugee_flats"]
        return sums

    def of_spaces(self, column: str, level: str) -> dict[str, float]:
        """A column of social spaces added up at social_space, district or city level; missing numbers count 0."""
        sums: dict[str, float] = defaultdict(float)
        for space, row in self.spaces.items():
            where = {"social_space": space, "district": row["district_id"], "city": "city"}[level]
            if where and row[column] == row[column]:
                sums[where] += row[column]
        return sums
