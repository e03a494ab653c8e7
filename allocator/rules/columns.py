"""Columns of units, buildings, sites and social spaces side by side, so that a condition may name any of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from allocator.city.city import City
from allocator.errors import Findings, did_you_mean
from allocator.rules.where import Where

__all__ = [
    "UNIT_TABLES",
    "check_place_columns",
    "check_unit_columns",
    "chosen_places",
    "place_columns",
    "table_of",
    "unit_columns",
]

UNIT_TABLES = ("units", "buildings", "sites", "social_spaces")
"""Where a condition on a unit looks for its column, nearest first."""


def unit_columns(city: City, wanted: tuple[str, ...]) -> pd.DataFrame:
    """The wanted columns for every unit, in the order of `city.units`.

    A bare name is looked up in units, buildings, sites, social spaces, in this order; `sites.kind` names its table.
    Raises KeyError with the column's name if no table has it.
    """
    units = city.units
    buildings = city.buildings.set_index("building_id")
    site = units["building_id"].map(buildings["site_id"])
    space = units["building_id"].map(buildings["space_id"])
    keys = {
        "units": (city.units.set_index("unit_id"), units["unit_id"]),
        "buildings": (buildings, units["building_id"]),
        "sites": (city.sites.set_index("site_id"), site),
        "social_spaces": (city.social_spaces.set_index("space_id"), space),
    }
    result = {}
    for name in wanted:
        table, column = table_of(city, name)
        frame, key = keys[table]
        result[name] = key if frame.index.name == column else frame[column].reindex(key.to_numpy()).reset_index(drop=True)
    return pd.DataFrame(result, index=units.index)


def table_of(city: City, name: str) -> tuple[str, str]:
    """The table that holds a column of a condition on units, and the column's name there; KeyError if none has it."""
    table, _, column = name.rpartition(".")
    for candidate in (table,) if table else UNIT_TABLES:
        if candidate in UNIT_TABLES and column in getattr(city, candidate).columns:
            return candidate, column
    raise KeyError(name)


def place_columns(city: City, level: str, ids: tuple[str, ...]) -> pd.DataFrame:
    """The columns of a level's own table, one row per place in the order of ids; places without a row are empty.

    Levels: unit, building, site, social_space; a district has its id, the city nothing.
    """
    tables = {"unit": "units", "building": "buildings", "site": "sites", "social_space": "social_spaces"}
    if level in tables:
        table = getattr(city, tables[level])
        key = {"unit": "unit_id", "building": "building_id", "site": "site_id", "social_space": "space_id"}[level]
        frame = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
        return frame.set_index(key, drop=False).reindex(list(ids)).reset_index(drop=True)
    return pd.DataFrame({f"{level}_id": list(ids)})


def chosen_places(where: Where | None, city: City, level: str, ids: tuple[str, ...]) -> np.ndarray:
    """True for the places of a level whose own table meets the conditions; all of them without conditions."""
    return np.ones(len(ids), dtype=bool) if where is None else where.met(place_columns(city, level, ids))


def check_place_columns(where: Where | None, city: City, level: str, key: str, findings: Findings) -> None:
    """Add a finding for every column of a condition on places that the level's own table lacks."""
    known = place_columns(city, level, ()).columns
    for column in where.columns if where is not None else ():
        if column not in known:
            findings.error(f"no column '{column}' at the level {level}", did_you_mean(column, known),
                           column=f"{key}.where")  # fmt: skip


def check_unit_columns(where: Where, city: City, key: str, findings: Findings) -> None:
    """Add a finding for every column of a condition on units that no table of units and their places has."""
    for column in where.columns:
        try:
            table_of(city, column)
        except KeyError:
            known = {name for table in UNIT_TABLES for name in getattr(city, table).columns}
            findings.error(f"no column '{column}' in {', '.join(UNIT_TABLES)}", did_you_mean(column, known),
                           column=f"{key}.where")  # fmt: skip
