"""Sites and buildings as a map shows them: where they are, who lives there, how full they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.maps.occupancy import cap_tallies, tightest_caps

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["building_table", "resident_table", "site_table"]

_ADDRESS_COLUMNS = ("address", "adresse", "name", "strasse", "street")


def resident_table(plan: Plan) -> pd.DataFrame:
    """The households of the list that live somewhere afterwards, ascending by building and household_id.

    Columns: household_id, persons, unit_id, building_id, site, space (ids), shared, `status`: `moved_in` (placed in a
    unit where it does not live today), `stays` (placed in its present home), `remains` (found no place and remains in
    a home that does not meet its needs), and `new_building`, `new_site` (true if it does not live there today).
    """
    ledger = plan.ledger
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


def building_table(plan: Plan) -> pd.DataFrame:
    """One row per building of the city in ascending order of building_id.

    Columns: building_id, site_id ("" for none), space_id, address (a further column of that name, else ""), x, y
    (metres in the city's CRS), `units` (flats and shared units of the list), `flats`, `flats_let` (afterwards, to
    households of the list), `refugee_flats` (let besides), `persons_today`, `persons_after`, `persons_new`,
    `households_placed`, `free` (places free afterwards), and rule, count, within, today, after, limit, state of the
    tightest cap (see `tightest_caps`).
    """
    buildings = plan.scenario.city.buildings
    places = pd.Index(buildings["building_id"])
    table = pd.DataFrame(buildings[["building_id", "site_id", "space_id", "x", "y", "refugee_flats"]])
    table["address"] = _address(buildings)
    counted = _counted(plan, "building_id", places)
    table = pd.concat([table.reset_index(drop=True), counted], axis=1)
    return _with_caps(table, cap_tallies(plan, "building"), places)


def site_table(plan: Plan) -> pd.DataFrame:
    """One row per site that has an id of its own, in ascending order of site_id.

    Columns: site_id, name (else the id), kind, x, y (its own geometry, else the middle of its buildings; NaN where
    neither is known), and the counts and the tightest cap as in `building_table`. Persons include the `refugees` of
    the site.
    """
    city = plan.scenario.city
    grouped = city.buildings[city.buildings["site_id"] != ""]
    places = pd.Index(sorted({*grouped["site_id"], *city.sites["site_id"]}), dtype=object)
    rows = city.sites.set_index("site_id").reindex(places)
    table = pd.DataFrame({"site_id": places, "name": _text(rows, "name"), "kind": _text(rows, "kind")})
    table["name"] = table["name"].where(table["name"] != "", table["site_id"])
    middle = grouped.groupby("site_id")[["x", "y"]].mean().reindex(places)
    table["x"], table["y"] = middle["x"].to_numpy(dtype=float), middle["y"].to_numpy(dtype=float)
    if "geometry" in rows:
        own = rows["geometry"].to_numpy()
        known = np.array([shape is not None and not pd.isna(shape) and not shape.is_empty for shape in own], dtype=bool)
        points = [shape.representative_point() for shape in own[known]]
        table.loc[known, "x"], table.loc[known, "y"] = [p.x for p in points], [p.y for p in points]
    first_space = grouped.drop_duplicates("site_id").set_index("site_id")["space_id"].reindex(places)
    table["space_id"] = first_space.fillna("").to_numpy(dtype=object)
    flats_besides = grouped.groupby("site_id")["refugee_flats"].sum().reindex(places, fill_value=0)
    table["refugee_flats"] = flats_besides.to_numpy(dtype=float)
    table = pd.concat([table, _counted(plan, "site", places)], axis=1)
    return _with_caps(table, cap_tallies(plan, "site"), places)


def _counted(plan: Plan, key: str, places: pd.Index) -> pd.DataFrame:
    """Units, persons, households and free places at each place, as the ledger counts them."""
    from allocator.indicators.areas import unit_places

    ledger, level = plan.ledger, {"building_id": "building"}.get(key, key)
    residents, units = resident_table(plan), unit_places(ledger)
    units[key] = [unit[key] for unit in ledger.units.values()]

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


def _with_caps(table: pd.DataFrame, tallies: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
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
