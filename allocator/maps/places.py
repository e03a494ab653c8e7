"""Sites and buildings as a map shows them: where they are, who lives there, how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from allocator.maps.occupancy import cap_tallies, tightest_caps

if TYPE_CHECKING:
    from allocator.city.city import City
    from allocator.ledger import Ledger
    from allocator.plan import Plan

__all__ = ["Places"]

_ADDRESS_COLUMNS = ("address", "adresse", "name", "strasse", "street")


@dataclass(frozen=True)
class Places:
    """The tables of a plan that both the map and the GeoPackage show, each counted once."""

    plan: Plan

    @staticmethod
    def of(plan: Plan) -> Places:
        """The tables of this plan, counted once for everything that is drawn of it."""
        if "places" not in plan.memo:
            plan.memo["places"] = Places(plan)
        return plan.memo["places"]

    @cached_property
    def residents(self) -> pd.DataFrame:
        """The households of the list that live somewhere afterwards, ascending by building and household_id.

        Columns: household_id, persons, unit_id, building_id, site, space (ids), shared, placed, `status`: `moved_in`
        (placed in a unit where it does not live today), `stays` (placed in its present home), `remains` (found no place
        and remains in a home that does not meet its needs), and `new_building`, `new_site` (true if it does not live
        there today).
        """
        return _residents(self.plan.ledger)

    @cached_property
    def units(self) -> pd.DataFrame:
        """`unit_places` of every unit, with its `building_id` and `site`."""
        from allocator.indicators.areas import unit_places

        ledger = self.plan.ledger
        ids = {key: [unit[key] for unit in ledger.units.values()] for key in ("building_id", "site")}
        return unit_places(ledger).assign(**ids)

    @cached_property
    def caps_of_buildings(self) -> pd.DataFrame:
        """`cap_tallies` of buildings."""
        return cap_tallies(self.plan, "building")

    @cached_property
    def caps_of_sites(self) -> pd.DataFrame:
        """`cap_tallies` of sites."""
        return cap_tallies(self.plan, "site")

    @cached_property
    def buildings(self) -> pd.DataFrame:
        """One row per building of the city in ascending order of building_id.

        Columns: building_id, site_id ("" for none), space_id, address (a further column of that name, else ""), x, y
        (metres in the city's CRS), `units` (flats and shared units of the list), `flats`, `flats_let` (afterwards, to
        households of the list), `refugee_flats` (let besides), `persons_today`, `persons_after`, `persons_new`,
        `households_placed`, `free` (places free afterwards), and rule, count, within, today, after, limit, state of the
        tightest cap (see `tightest_caps`).
        """
        own = self.plan.scenario.city.buildings
        table = pd.DataFrame(own[["building_id", "site_id", "space_id", "x", "y", "refugee_flats"]])
        table = table.reset_index(drop=True).assign(address=_address(own))
        places = pd.Index(own["building_id"])
        return _with_caps(table, self._counted("building_id", places), self.caps_of_buildings, places)

    @cached_property
    def sites(self) -> pd.DataFrame:
        """One row per site that has an id of its own, in ascending order of site_id.

        Columns: site_id, name (else the id), kind, space_id (of its first building), x, y (its own geometry, else the
        middle of its buildings; NaN where neither is known), and the counts and the tightest cap as in `buildings`.
        Persons include the `refugees` of the site.
        """
        city = self.plan.scenario.city
        ids = {*city.buildings["site_id"], *city.sites["site_id"]} - {""}
        places = pd.Index(sorted(ids), dtype=object)
        table = _site_rows(city, places)
        return _with_caps(table, self._counted("site", places), self.caps_of_sites, places)

    def _counted(self, key: str, places: pd.Index) -> pd.DataFrame:
        """Units, persons, households and free places at each place, as the ledger counts them."""
        ledger, level = self.plan.ledger, {"building_id": "building"}.get(key, key)
        residents, units = self.residents, self.units

        def added(frame: pd.DataFrame, column: str | None = None) -> np.ndarray:
            groups = frame.groupby(key)
            sums = groups.size() if column is None else groups[column].sum()
            return sums.reindex(places, fill_value=0).to_numpy(dtype=float)

        besides = pd.Series(ledger.persons_besides(level), dtype=float).reindex(places, fill_value=0.0).to_numpy()
        present = ledger.add_up(ledger.stays_today, level, lambda stay: stay.household["persons"])
        today = besides + pd.Series(present, dtype=float).reindex(places, fill_value=0.0).to_numpy()
        flats = units[~units["shared"]]
        new = residents[residents["new_site" if key == "site" else "new_building"]]
        counts: dict[str, Any] = {
            "units": added(units),
            "flats": added(flats),
            "flats_let": added(flats[flats["let"]]),
            "persons_today": today,
            "persons_after": besides + added(residents, "persons"),
            "persons_new": added(new, "persons"),
            "households_placed": added(residents[residents["placed"].astype(bool)]),
            "free": added(units, "free"),
        }
        return pd.DataFrame(counts).astype("int64")


def _residents(ledger: Ledger) -> pd.DataFrame:
    rows = [
        (stay.household["household_id"], stay.household["persons"], stay.household["unit_id"], stay.unit["unit_id"],
         stay.unit["building_id"], stay.unit["site"], stay.unit["space"], bool(stay.unit["shared"]), stay.placed)
        for stay in ledger.stays_after
    ]  # fmt: skip
    names = ["household_id", "persons", "home", "unit_id", "building_id", "site", "space", "shared", "placed"]
    table = pd.DataFrame(rows, columns=names)
    stays = table["home"] == table["unit_id"]
    table["status"] = np.select([~table["placed"].astype(bool), stays], ["remains", "stays"], "moved_in")
    for level, name in (("building_id", "new_building"), ("site", "new_site")):
        home = table["home"].map({unit_id: unit[level] for unit_id, unit in ledger.units.items()})
        table[name] = home.fillna("").astype(object) != table[level]
    return table.sort_values(["building_id", "household_id"], kind="stable").reset_index(drop=True)


def _site_rows(city: City, places: pd.Index) -> pd.DataFrame:
    """Name, kind, place and flats of sites, without counts."""
    grouped = city.buildings[city.buildings["site_id"] != ""]
    rows = city.sites.set_index("site_id").reindex(places)
    table = pd.DataFrame({"site_id": places, "name": _text(rows, "name"), "kind": _text(rows, "kind")})
    table["name"] = table["name"].where(table["name"] != "", table["site_id"])
    middle = grouped.groupby("site_id")[["x", "y"]].mean().reindex(places)
    table["x"], table["y"] = middle["x"].to_numpy(dtype=float), middle["y"].to_numpy(dtype=float)
    if "geometry" in rows:
        own = rows["geometry"].to_numpy(dtype=object)
        known = shapely.is_geometry(own)
        known[known] = ~shapely.is_empty(own[known])
        points = shapely.point_on_surface(own[known])
        table.loc[known, "x"], table.loc[known, "y"] = shapely.get_x(points), shapely.get_y(points)
    first_space = grouped.drop_duplicates("site_id").set_index("site_id")["space_id"].reindex(places)
    table["space_id"] = first_space.fillna("").to_numpy(dtype=object)
    flats_besides = grouped.groupby("site_id")["refugee_flats"].sum().reindex(places, fill_value=0)
    table["refugee_flats"] = flats_besides.to_numpy(dtype=float)
    return table


def _with_caps(table: pd.DataFrame, counts: pd.DataFrame, tallies: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    table = pd.concat([table, counts], axis=1)
    in_use = (table["persons_after"] > 0) | (table["flats_let"] > 0) | (table["refugee_flats"] > 0)
    caps = tightest_caps(tallies, places, in_use.to_numpy())
    names = ["rule", "count", "within", "today", "after", "limit", "state"]
    return pd.concat([table, caps[names].reset_index(drop=True)], axis=1)


def _text(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = frame[column] if column in frame else pd.Series("", index=frame.index)
    return values.fillna("").astype(str).to_numpy(dtype=object)


def _address(buildings: pd.DataFrame) -> np.ndarray:
    for column in buildings.columns:
        if str(column).casefold() in _ADDRESS_COLUMNS:
            return _text(buildings, column)
    return np.full(len(buildings), "", dtype=object)
