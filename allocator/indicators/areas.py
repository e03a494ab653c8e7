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
    # Types are stated because a city without units would otherwise have none.
    kinds = {
        "unit_id": object,
        "space": object,
        "district": object,
        "shared": bool,
        "capacity": float,
        "occupied": float,
    }
    columns = {
        name: np.array([unit[name] for unit in ledger.units.values()], dtype=kind) for name, kind in kinds.items()
    }
    persons = ledger.add_up(ledger.stays_after, "unit", lambda stay: stay.household["persons"])
    living = np.array([persons.get(unit, 0.0) for unit in ledger.units], dtype=float)
    left = columns["capacity"] - columns["occupied"]
    columns["places"] = np.maximum(0.0, left)
    columns["let"] = ~columns["shared"] & (living > 0)
    of_flats = np.where(columns["let"], 0.0, columns["places"])
    columns["free"] = np.where(columns["shared"], np.maximum(0.0, left - living), of_flats)
    return pd.DataFrame({name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()})


def _rows_of_level(ledger: Ledger, level: str, households: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """The rows of one level, column by column as arrays: frames would be slow for as many small sums."""
    places = pd.Index(ledger.places(level), dtype=object)
    key = "space" if level == "social_space" else "district"
    lives, lived, unit = (_Sums(table[column], places)
                          for table, column in ((households, key), (households, f"home_{key}"), (units, key)))  # fmt: skip
    persons, placed = households["persons"].to_numpy(dtype=float), households["placed"].to_numpy(dtype=bool)
    flats, let = ~units["shared"].to_numpy(dtype=bool), units["let"].to_numpy(dtype=bool)
    residents = _at(ledger.of_spaces("residents", level), places)
    besides = _at(ledger.persons_besides(level), places)
    before, after = lived.of(persons), lives.of(persons)
    everybody = {"before": residents + before, "after": residents + after}
    refugees = {"before": besides + before, "after": besides + after}
    fair = _ratio(residents, np.full(len(places), residents.sum()))
    share = {when: _ratio(refugees[when], everybody[when]) for when in everybody}
    counts = {
        "residents": everybody["before"],
        "residents_after": everybody["after"],
        "refugees_before": refugees["before"],
        "refugees_after": refugees["after"],
        "change": refugees["after"] - refugees["before"],
        "capacity": unit.of(units["places"].to_numpy(dtype=float)),
        "free": unit.of(units["free"].to_numpy(dtype=float)),
        "flats": unit.of(flats),
        "flats_free": unit.of(flats & ~let),
        "households_placed": lives.of(placed),
        "persons_placed": lives.of(persons * placed),
        **{name: lives.of(households[name].to_numpy(dtype=float) * placed)
           for name in ("children_kita", "children_school")},
    }  # fmt: skip
    shares = {f"share_{when}": share[when] for when in share}
    shares |= {
        f"location_quotient_{when}": _ratio(share[when], _in_all(refugees[when], everybody[when])) for when in share
    }
    shares |= {f"deviation_{when}": refugees[when] - fair * refugees[when].sum() for when in share}
    whole = {name: values.astype("int64") for name, values in counts.items()}
    return pd.DataFrame({"level": level, "place_id": places, **_names(ledger, level, places), **whole, **shares})


def _in_all(refugees: np.ndarray, everybody: np.ndarray) -> np.ndarray:
    """The share of refugees in the whole city, at every place; NaN where nobody lives."""
    share = refugees.sum() / everybody.sum() if everybody.sum() > 0 else np.nan
    return np.full(len(refugees), share)


class _Sums:
    """Sums of what the rows of a table have, at the place of each; rows at no place are left out."""

    def __init__(self, place: pd.Series, places: pd.Index) -> None:
        self._at = places.get_indexer(place.to_numpy(dtype=object))
        self._places = len(places)

    def of(self, values: np.ndarray) -> np.ndarray:
        """Σ values [n_rows] at each place [n_places]."""
        inside = self._at >= 0
        return np.bincount(self._at[inside], weights=values[inside], minlength=self._places)


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


def _ratio(part: pd.Series | np.ndarray, whole: pd.Series | np.ndarray) -> np.ndarray:
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
