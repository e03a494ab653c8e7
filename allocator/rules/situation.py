"""Households, units and places as arrays: what rules and goals look at when they state their limits.

Rows follow the ids in ascending order, so nothing depends on the order of rows in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from allocator.city.city import City
from allocator.city.decided import AGAINST, DECIDED

__all__ = ["LEVELS", "Level", "LevelName", "Situation"]

LevelName = Literal["unit", "building", "site", "social_space", "district", "city"]
LEVELS: tuple[LevelName, ...] = ("unit", "building", "site", "social_space", "district", "city")


@dataclass(frozen=True)
class Level:
    """The places of one level: `ids` [n_places] in ascending order; `of_unit` [n_units], -1 for none."""

    name: str
    ids: tuple[str, ...]
    of_unit: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def add_up(self, values: np.ndarray) -> np.ndarray:
        """Σ of values [n_units] at each place [n_places]."""
        inside = self.of_unit >= 0
        return np.bincount(self.of_unit[inside], weights=values[inside], minlength=len(self.ids)).astype(float)

    def membership(self, chosen: np.ndarray | None = None) -> sparse.csr_matrix:
        """1 where a unit lies at a place [n_places, n_units]; only units that are `chosen`, if given."""
        inside = self.of_unit >= 0 if chosen is None else (self.of_unit >= 0) & chosen
        units = np.flatnonzero(inside)
        shape = (len(self.ids), len(self.of_unit))
        return sparse.csr_matrix((np.ones(units.size), (self.of_unit[units], units)), shape=shape)


def codes_of(values: pd.Series, ids: pd.Index) -> np.ndarray:
    """Position of each value in ids, -1 where it is not there."""
    return ids.get_indexer(pd.Index(values))


@dataclass(frozen=True)
class Situation:
    """A city and its households on one day, as arrays.

    Households: `persons`, `home` (position of the unit where it lives, else -1), `pinned` [n_households].
    Units: `capacity`, `occupied`, `rent` (NaN where unknown), `shared`, `accessible` [n_units].
    Everything "today" counts persons; see `today`.
    """

    city: City
    households: pd.DataFrame
    day: date | None = None
    """The day from which the plan holds; without one no date of the tables is looked at."""

    @cached_property
    def persons(self) -> np.ndarray:
        """Persons of each household [n_households]."""
        return self.households["persons"].to_numpy(dtype=float)

    @cached_property
    def home(self) -> np.ndarray:
        """Position of the unit in which a household lives now, -1 for none [n_households]."""
        return codes_of(self.households["unit_id"], pd.Index(self.city.units["unit_id"]))

    @cached_property
    def pinned(self) -> np.ndarray:
        """True for a household that must stay [n_households]."""
        return self.households["pinned"].to_numpy(dtype=bool) & (self.home >= 0)

    @cached_property
    def shared(self) -> np.ndarray:
        """True for a shared unit [n_units]."""
        return self.city.units["shared"].to_numpy(dtype=bool)

    @cached_property
    def capacity(self) -> np.ndarray:
        """Persons a unit may hold [n_units]."""
        return self.city.units["capacity"].to_numpy(dtype=float)

    @cached_property
    def occupied(self) -> np.ndarray:
        """Persons already there who are not in the list [n_units]."""
        return self.city.units["occupied"].to_numpy(dtype=float)

    @cached_property
    def present(self) -> np.ndarray:
        """Persons of the list who live in a unit now [n_units]."""
        lives = self.home >= 0
        return np.bincount(self.home[lives], weights=self.persons[lives], minlength=len(self.shared)).astype(float)

    @cached_property
    def rent(self) -> np.ndarray:
        """EUR a month, of a flat or of one place in a shared unit; NaN where unknown [n_units]."""
        return self.city.units["rent"].to_numpy(dtype=float)

    def household_rent(self, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """EUR a month that household would pay in unit (positions, broadcast); NaN where unknown."""
        return np.where(self.shared[unit], self.persons[household], 1.0) * self.rent[unit]

    @cached_property
    def unsuitable_home(self) -> np.ndarray:
        """Position of the present home of who may not be placed there, -1 for everybody else [n_households].

        It is too small, not accessible or too dear. A pinned household stays whatever its home is like.
        """
        lives = np.flatnonzero((self.home >= 0) & ~self.pinned & (self.decided < 0))
        suits = self.suits(lives, self.home[lives])
        suits |= ~self.available(lives, self.home[lives])  # a home that ends is no home to remain in
        result = np.full(len(self.persons), -1)
        result[lives[~suits]] = self.home[lives[~suits]]
        return result

    @cached_property
    def keeps_home(self) -> np.ndarray:
        """True for a household that must not be left without a home.

        That is who has one, but for those whose unit ends, and who is to live in a unit because a person decided so.
        """
        lives = np.flatnonzero((self.home >= 0) & ~self.pinned)
        result = self.home >= 0
        result[lives] = self.available(lives, self.home[lives])
        return result | (self.decided >= 0)

    @cached_property
    def decided(self) -> np.ndarray:
        """Position of the unit that a person has decided on, -1 for none [n_households]."""
        if DECIDED not in self.households.columns:
            return np.full(len(self.persons), -1)
        return codes_of(self.households[DECIDED], pd.Index(self.city.units["unit_id"]))

    @cached_property
    def exclusions(self) -> tuple[np.ndarray, np.ndarray]:
        """What a person has excluded: a code of each household [n_households], and which units it rules out.

        The second is [n_codes, n_units]; the first code excludes nothing.
        """
        nobody = np.zeros(len(self.persons), dtype=int), np.zeros((1, len(self.shared)), dtype=bool)
        if AGAINST not in self.households.columns:
            return nobody
        code, sets = pd.factorize(self.households[AGAINST])
        out = np.zeros((len(sets) + 1, len(self.shared)), dtype=bool)
        for row, places in enumerate(sets, start=1):
            for name, place in places:
                level = self.level(name)
                out[row] |= level.of_unit == (level.ids.index(place) if place in level.ids else -2)
        return code + 1, out

    def barred(self, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Where a person has decided against unit for household (positions, broadcast)."""
        code, out = self.exclusions
        return out[code[household], unit]

    @cached_property
    def moves_in(self) -> np.ndarray:
        """The day on which a household would move: the plan's day, or its own arrival if that is later."""
        arrives = self.households["arrives"].to_numpy(dtype="datetime64[s]")
        if self.day is None:
            return np.full(len(arrives), np.datetime64("NaT", "s"))
        day = np.datetime64(self.day, "s")
        return np.where(np.isnat(arrives) | (arrives < day), day, arrives)

    def available(self, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Where unit can be let on the day on which household moves (positions, broadcast); always without a day."""
        starts = self.city.units["available_from"].to_numpy(dtype="datetime64[s]")[unit]
        ends = self.city.units["available_until"].to_numpy(dtype="datetime64[s]")[unit]
        when = self.moves_in[household]
        return ~((when < starts) | (when > ends))  # a comparison with a missing day is false

    def suits(self, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Where unit meets the needs of household and what a person has decided for it (positions, broadcast)."""
        decided = (self.decided[household] < 0) | (self.decided[household] == unit)
        return self.needs_met(household, unit) & decided & ~self.barred(household, unit)

    def needs_met(self, household: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Where unit meets the needs of household: places enough, accessible, not too dear (positions, broadcast).

        A home that is overfull today may be kept: today's excess may not grow, but it need not vanish.
        """
        needs = self.households["accessible"].to_numpy(dtype=bool)[household]
        limit = self.households["max_rent"].to_numpy(dtype=float)[household]
        accessible = self.city.units["accessible"].to_numpy(dtype=bool)[unit]
        dear = self.household_rent(household, unit) > limit + 1e-9  # False where either is unknown
        fits = self.persons[household] <= self.capacity[unit] - self.occupied[unit]
        overfull_home = self.shared[unit] & (self.home[household] == unit)
        return (fits | overfull_home) & (~needs | accessible) & ~dear

    @cached_property
    def building_of_unit(self) -> np.ndarray:
        """Position of the building of each unit in `city.buildings` [n_units]."""
        return codes_of(self.city.units["building_id"], pd.Index(self.city.buildings["building_id"]))

    @cached_property
    def site_of_building(self) -> pd.Series:
        """Site of each building; a building without a site is a site of its own, under its own id."""
        buildings = self.city.buildings
        return buildings["site_id"].where(buildings["site_id"] != "", buildings["building_id"])

    @cached_property
    def district_of_building(self) -> np.ndarray:
        """District of each building, `""` for none."""
        place = pd.Index(self.city.social_spaces["space_id"]).get_indexer(self.city.buildings["space_id"])
        district = [*self.city.social_spaces["district_id"], ""]  # the last one, -1, is that of no social space
        return np.array(district, dtype=object)[place]

    def level(self, name: LevelName) -> Level:
        """The places of a level; social spaces and districts without any unit are places too."""
        return self._levels[name]

    @cached_property
    def _levels(self) -> dict[str, Level]:
        buildings, spaces = self.city.buildings, self.city.social_spaces
        names: dict[str, tuple[pd.Series | np.ndarray, pd.Series | np.ndarray]] = {
            "building": (buildings["building_id"], buildings["building_id"]),
            "site": (self.site_of_building, np.union1d(self.site_of_building, self.city.sites["site_id"])),
            "social_space": (buildings["space_id"], spaces["space_id"]),
            "district": (self.district_of_building, np.setdiff1d(spaces["district_id"], [""])),
        }
        levels = {"unit": Level("unit", tuple(self.city.units["unit_id"]), np.arange(len(self.city.units)))}
        for name, (of_building, ids) in names.items():
            index = pd.Index(sorted(set(ids)))
            levels[name] = Level(name, tuple(index), codes_of(of_building, index)[self.building_of_unit])
        levels["city"] = Level("city", ("city",), np.zeros(len(self.city.units), dtype=int))
        return levels

    @cached_property
    def _persons_today(self) -> dict[str, np.ndarray]:
        """Persons already there who are not in the list, at each place of each level, and `outside` all social spaces.

        The city has the social spaces and what lies in buildings outside all of them.
        """
        sites = self.city.sites
        persons = {name: self.level(name).add_up(self.occupied) for name in ("unit", "building", "site")}
        site_level, space_level = self.level("site"), self.level("social_space")
        in_units = persons["site"].copy()
        if "refugees" in self.city.declared.get("sites", ()):
            position = codes_of(sites["site_id"], pd.Index(site_level.ids))
            persons["site"][position] = sites["refugees"].to_numpy(dtype=float)
        # What a site states beyond its units is counted where its first building stands.
        beyond = persons["site"] - in_units
        space_of = pd.Series(self.city.buildings["space_id"].array, index=pd.Index(self.site_of_building))
        stands_in = space_of[~space_of.index.duplicated()].reindex(site_level.ids)
        outside = self.occupied[space_level.of_unit < 0].sum() + beyond[(stands_in == "").to_numpy()].sum()
        if "refugees" in self.city.declared.get("social_spaces", ()):
            persons["social_space"] = self._of_spaces("refugees").reindex(space_level.ids).to_numpy(dtype=float)
        else:
            persons["social_space"] = space_level.add_up(self.occupied)
            space = codes_of(stands_in.fillna(""), pd.Index(space_level.ids))
            np.add.at(persons["social_space"], space[space >= 0], beyond[space >= 0])
            # Nobody knows where a site without buildings stands; what spaces state themselves may hold it already.
            outside += beyond[stands_in.isna().to_numpy()].sum()
        persons["district"] = self.to_districts(persons["social_space"])
        persons["outside"] = np.array([outside])
        persons["city"] = persons["social_space"].sum() + persons["outside"]
        return persons

    def to_districts(self, of_space: np.ndarray) -> np.ndarray:
        """Σ over the social spaces of each district."""
        code = self._district_of_space
        inside = code >= 0
        return np.bincount(code[inside], weights=of_space[inside], minlength=len(self.level("district"))).astype(float)

    @cached_property
    def _district_of_space(self) -> np.ndarray:
        """Position of the district of each social space, -1 for none [n_social_spaces]."""
        district = self._of_spaces("district_id").reindex(self.level("social_space").ids)
        return codes_of(district, pd.Index(self.level("district").ids))

    def _of_spaces(self, column: str) -> pd.Series:
        """A column of social spaces by their ids."""
        spaces = self.city.social_spaces
        return pd.Series(spaces[column].array, index=pd.Index(spaces["space_id"]))

    def in_use(self, name: LevelName) -> np.ndarray:
        """Places in use today: persons or refugee flats there, or a household of the list [n_places]."""
        level = self.level(name)
        lives = np.zeros(len(level), dtype=bool)
        homes = level.of_unit[self.home[self.home >= 0]]
        lives[homes[homes >= 0]] = True
        inside = level.add_up(self.occupied) > 0
        return lives | inside | (self.today("persons", name) > 0) | (self.today("flats", name) > 0)

    def of_level(self, column: str, name: LevelName) -> np.ndarray:
        """A numeric column of social spaces at each place of a level (`social_space`, `district`, `city`)."""
        values = self._of_spaces(column).reindex(self.level("social_space").ids)
        of_space = values.fillna(0).to_numpy(dtype=float)
        if name == "district":
            return self.to_districts(of_space)
        return of_space if name == "social_space" else np.array([of_space.sum()])

    def residents(self, name: LevelName) -> np.ndarray:
        """Residents without the households of the list [n_places].

        Those of social spaces, in the city also the refugees who live outside every space. At buildings and sites those
        that the further column `residents` of buildings states, and everywhere at least the persons housed there.
        """
        if name in ("social_space", "district"):
            return self.of_level("residents", name)
        housed = self.today("persons", name)
        if name == "city":
            return self.of_level("residents", name) + self._persons_today["outside"]
        stated = self.residents_of_buildings
        if stated is None or name == "unit":
            return housed
        return np.maximum(housed, self.buildings_at(self.level(name), stated))

    @cached_property
    def residents_of_buildings(self) -> np.ndarray | None:
        """Residents of each building, 0 where unknown [n_buildings]; None if no building states any."""
        if "residents" not in self.city.buildings.columns:
            return None
        known = pd.to_numeric(self.city.buildings["residents"], errors="coerce").to_numpy(dtype=float)
        return np.where(known > 0, known, 0.0) if (known > 0).any() else None

    def today(self, count: Literal["persons", "households", "flats"], name: LevelName) -> np.ndarray:
        """What is already at each place besides the households of the list [n_places].

        Persons: each level states its own whole (`refugees`), a level without that column adds up the one below.
        Flats: `refugee_flats`. Households: none but those of the list are known as households.
        """
        if count == "persons":
            return self._persons_today[name]
        level = self.level(name)
        if count == "households" or name == "unit":
            return np.zeros(len(level))
        return self.buildings_at(level, self.city.buildings["refugee_flats"].to_numpy(dtype=float))

    def buildings_at(self, level: Level, values: np.ndarray) -> np.ndarray:
        """Σ of values of buildings at each place of a level, buildings without units included."""
        of_building = {
            "building": self.city.buildings["building_id"],
            "site": self.site_of_building,
            "social_space": self.city.buildings["space_id"],
            "district": pd.Series(self.district_of_building),
            "city": pd.Series(["city"] * len(self.city.buildings)),
        }[level.name]
        code = codes_of(of_building, pd.Index(level.ids))
        inside = code >= 0
        return np.bincount(code[inside], weights=values[inside], minlength=len(level)).astype(float)

    @cached_property
    def building_xy(self) -> np.ndarray:
        """Metric coordinates of every building [n_buildings, 2]."""
        return np.column_stack([self.city.buildings[name].to_numpy(dtype=float) for name in ("x", "y")])
