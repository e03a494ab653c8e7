"""Social spaces and districts before and after a plan: one row each, as in `indicators.csv`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from allocator.indicators.area_columns import AREA_COLUMNS
from allocator.indicators.area_indices import LEVELS
from allocator.indicators.households import household_table
from allocator.ledger import Ledger

__all__ = ["area_table", "unit_places"]


def area_table(ledger: Ledger, without_seat: Mapping[str, float] | None = None) -> pd.DataFrame:
    """One row per social space in ascending order of its id, then one per district; columns `AREA_COLUMNS`.

    Persons, flats and households are whole numbers; shares and location quotients are NaN where nobody lives (the
    latter also where no refugee lives anywhere), deviations NaN where the city has no residents. "Before" is today:
    persons who are not in the list and households of the list in their present homes; "after" includes households that
    found no place and remain in their present home. Whoever lives in a unit outside every social space is in no row,
    and who lives in a social space without a district in no district. `without_seat` gives children without a seat by
    social space.
    """
    households, units = household_table(ledger), unit_places(ledger)
    rows = [_rows_of_level(ledger, level, households, units) for level in LEVELS]
    table = pd.concat(rows, ignore_index=True)
    table["children_without_seat"] = _without_seat(table, without_seat or {})
    return table[[column.name for column in AREA_COLUMNS]]


def unit_places(ledger: Ledger) -> pd.DataFrame:
    """One row per unit with its room, in persons.

    Columns: unit_id, space, district, shared, capacity, occupied; `places`, what it can hold besides those who are not
    in the list; `let`, true for a flat in which somebody lives afterwards; `free`, what is left of the places, in a
    flat all or nothing.
    """
    names = ("unit_id", "space", "district", "shared", "capacity", "occupied")
    table = pd.DataFrame({name: [unit[name] for unit in ledger.units.values()] for name in names})
    # Types are stated because a city without units would otherwise have none.
    table = table.astype({"unit_id": object, "space": object, "district": object, "shared": bool,
                          "capacity": float, "occupied": float})  # fmt: skip
    persons = ledger.add_up(ledger.stays_after, "unit", lambda stay: stay.household["persons"])
    living = table["unit_id"].map(pd.Series(persons, dtype=float)).fillna(0.0).to_numpy(dtype=float)
    capacity, occupied = table["capacity"].to_numpy(dtype=float), table["occupied"].to_numpy(dtype=float)
    table["places"] = np.maximum(0.0, capacity - occupied)
    table["let"] = ~table["shared"] & (living > 0)
    shared_free = np.maximum(0.0, capacity - occupied - living)
    table["free"] = np.where(table["shared"], shared_free, np.where(table["let"], 0.0, table["places"]))
    return table


def _rows_of_level(ledger: Ledger, level: str, households: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    places = pd.Index(ledger.places(level), dtype=object)
    key = "space" if level == "social_space" else "district"
    of_list = {when: _sum(households, column, "persons", places)
               for when, column in (("before", f"home_{key}"), ("after", key))}  # fmt: skip
    residents = _at(ledger.of_spaces("residents", level), places)
    besides = _at(ledger.persons_besides(level), places)
    table = pd.DataFrame({"level": level, "place_id": places, **_names(ledger, level, places)})
    table["residents"] = residents + of_list["before"]
    table["residents_after"] = residents + of_list["after"]
    table["refugees_before"], table["refugees_after"] = besides + of_list["before"], besides + of_list["after"]
    table["change"] = table["refugees_after"] - table["refugees_before"]
    table["share_before"] = _ratio(table["refugees_before"], table["residents"])
    table["share_after"] = _ratio(table["refugees_after"], table["residents_after"])
    table["capacity"], table["free"] = _sum(units, key, "places", places), _sum(units, key, "free", places)
    flats = units[~units["shared"]]
    table["flats"], table["flats_free"] = _count(flats, key, places), _count(flats[~flats["let"]], key, places)
    for when in ("before", "after"):
        share, refugees = table[f"share_{when}"], table[f"refugees_{when}"]
        everybody = table["residents" if when == "before" else "residents_after"].sum()
        in_all = np.full(len(places), refugees.sum() / everybody if everybody > 0 else np.nan)
        table[f"location_quotient_{when}"] = _ratio(share, in_all)
    fair = _ratio(residents, np.full(len(places), residents.sum()))
    for when in ("before", "after"):
        table[f"deviation_{when}"] = table[f"refugees_{when}"] - fair * table[f"refugees_{when}"].sum()
    placed = households[households["placed"]]
    table["households_placed"] = _count(placed, key, places)
    table["persons_placed"] = _sum(placed, key, "persons", places)
    for column in ("children_kita", "children_school"):
        table[column] = _sum(placed, key, column, places)
    counts = [name for name in table.columns[4:] if not name.startswith(("share", "deviation", "location"))]
    return table.astype(dict.fromkeys(counts, "int64"))


def _without_seat(table: pd.DataFrame, by_space: Mapping[str, float]) -> np.ndarray:
    spaces = table["level"] == "social_space"
    number = table["place_id"].where(spaces).map(by_space).fillna(0.0)
    of_district = number[spaces].groupby(table.loc[spaces, "district_id"]).sum()
    return number.where(spaces, table["place_id"].map(of_district)).fillna(0.0).to_numpy().astype("int64")


def _names(ledger: Ledger, level: str, places: pd.Index) -> dict[str, list[str]]:
    """Name and district of each place; a district is called by the further column `district_name` if there is one."""
    if level == "social_space":
        rows = [ledger.spaces[place] for place in places]
        return {"name": [row["name"] or row["space_id"] for row in rows],
                "district_id": [row["district_id"] for row in rows]}  # fmt: skip
    called = {row["district_id"]: row.get("district_name") for row in reversed(ledger.spaces.values())}
    names = [called[place] if isinstance(called[place], str) and called[place] else place for place in places]
    return {"name": names, "district_id": list(places)}


def _at(values: Mapping[str, float], places: pd.Index) -> np.ndarray:
    return np.array([values.get(place, 0) for place in places], dtype=float)


def _sum(table: pd.DataFrame, key: str, column: str, places: pd.Index) -> np.ndarray:
    return table.groupby(key)[column].sum().reindex(places, fill_value=0).to_numpy(dtype=float)


def _count(table: pd.DataFrame, key: str, places: pd.Index) -> np.ndarray:
    return table.groupby(key).size().reindex(places, fill_value=0).to_numpy(dtype=float)


def _ratio(part: pd.Series | np.ndarray, whole: pd.Series | np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
