"""Columns of units, buildings, sites and social spaces side by side, so that a condition may name any of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from allocator.city.city import City
from allocator.errors import Findings, did_you_mean
from allocator.rules.situation import Situation
from allocator.rules.where import Where, check_condition
from allocator.wording import Text

__all__ = [
    "UNIT_TABLES",
    "check_columns",
    "check_level",
    "check_place_columns",
    "check_unit_columns",
    "chosen_places",
    "place_columns",
    "table_of",
    "unit_columns",
]

UNIT_TABLES = ("units", "buildings", "sites", "social_spaces")
"""Where a condition on a unit looks for its column, nearest first."""

_KEYS = {"units": "unit_id", "buildings": "building_id", "sites": "site_id", "social_spaces": "space_id"}
_TABLE_OF_LEVEL = {"unit": "units", "building": "buildings", "site": "sites", "social_space": "social_spaces"}


def unit_columns(city: City, wanted: tuple[str, ...]) -> pd.DataFrame:
    """The wanted columns for every unit, in the order of `city.units`.

    A bare name is looked up in units, buildings, sites, social spaces, in this order; `sites.kind` names its table.
    Raises KeyError with the column's name if no table has it.
    """
    result = {}
    for name in wanted:
        table, column = table_of(city, name)
        own, key = _KEYS[table], _keys_of_units(city, table)
        result[name] = key if column == own else _by(city, table, column).reindex(key.to_numpy()).reset_index(drop=True)
    return pd.DataFrame(result, index=city.units.index)


def _keys_of_units(city: City, table: str) -> pd.Series:
    """The row of a table that holds for each unit, by its id."""
    if table == "units":
        return city.units["unit_id"]
    building = city.units["building_id"]
    return building if table == "buildings" else building.map(_by(city, "buildings", _KEYS[table]))


def _by(city: City, table: str, column: str) -> pd.Series:
    """A column of a table by the id of its rows."""
    frame = getattr(city, table)
    return pd.Series(frame[column].array, index=pd.Index(frame[_KEYS[table]]))


def table_of(city: City, name: str) -> tuple[str, str]:
    """The table that holds a column of a condition on units, and the column's name there; KeyError if none has it."""
    table, _, column = name.rpartition(".")
    for candidate in (table,) if table else UNIT_TABLES:
        if candidate in UNIT_TABLES and column in _comparable(getattr(city, candidate)):
            return candidate, column
    raise KeyError(name)


def place_columns(city: City, level: str, ids: tuple[str, ...]) -> pd.DataFrame:
    """The columns of a level's own table, one row per place in the order of ids; places without a row are empty.

    Levels: unit, building, site, social_space; a district has its id, the city nothing.
    """
    if level in _TABLE_OF_LEVEL:
        table = getattr(city, _TABLE_OF_LEVEL[level])
        key = {"unit": "unit_id", "building": "building_id", "site": "site_id", "social_space": "space_id"}[level]
        frame = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
        return frame.set_index(key, drop=False).reindex(list(ids)).reset_index(drop=True)
    return pd.DataFrame({f"{level}_id": list(ids)})


def chosen_places(where: Where | None, city: City, level: str, ids: tuple[str, ...]) -> np.ndarray:
    """True for the places of a level whose own table meets the conditions; all of them without conditions."""
    return np.ones(len(ids), dtype=bool) if where is None else where.met(place_columns(city, level, ids))


def check_level(level: str, situation: Situation, key: str, findings: Findings) -> None:
    """Note where a rule per district finds no district, or social spaces without one: there it limits nothing."""
    if level != "district":
        return
    spaces = situation.city.social_spaces["district_id"]
    without = int((spaces == "").sum())
    if not len(situation.level("district")):
        findings.note(Text("the city has no districts, so the rule limits nothing",
                           "die Stadt hat keine Bezirke, die Regel begrenzt also nichts"),
                      Text("give district_id in social_spaces, or count per social_space",
                           "district_id in social_spaces angeben, oder je Sozialraum zählen"), column=key)  # fmt: skip
    elif without:
        findings.note(Text(f"{without} of {len(spaces)} social spaces belong to no district: the rule does not count who "
                           "lives there", f"{without} von {len(spaces)} Sozialräumen gehören zu keinem Bezirk: wer dort "
                           "lebt, zählt für die Regel nicht"),
                      Text("give their district_id in social_spaces", "ihre district_id in social_spaces angeben"),
                      column=key)  # fmt: skip


def check_columns(where: Where, frame: pd.DataFrame, among: str, key: str, findings: Findings) -> None:
    """Add a finding for every condition on a column that a frame lacks, or that holds nothing of that kind.

    `among` says where the column was looked for: `in households`.
    """
    known = _comparable(frame)
    for column, condition in where.root.items():
        if column in known:
            check_condition(condition, frame[column], f"{key}.{column}", findings)
        else:
            _report_unknown(column, among, known, key, findings)


def check_place_columns(where: Where | None, city: City, level: str, key: str, findings: Findings) -> None:
    """Add findings for the columns of a condition on places, which stand in the level's own table."""
    if where is not None:
        table = _TABLE_OF_LEVEL.get(level)
        frame = place_columns(city, level, ()) if table is None else getattr(city, table)
        check_columns(where, frame, f"at the level {level}", f"{key}.where", findings)


def check_unit_columns(where: Where, city: City, key: str, findings: Findings) -> None:
    """Add findings for the columns of a condition on units, which stand in any table of units and their places."""
    for name, condition in where.root.items():
        try:
            table, column = table_of(city, name)
        except KeyError:
            known = [name for table in UNIT_TABLES for name in _comparable(getattr(city, table))]
            _report_unknown(name, f"in {', '.join(UNIT_TABLES)}", known, f"{key}.where", findings)
        else:
            check_condition(condition, getattr(city, table)[column], f"{key}.where.{name}", findings)


def _comparable(frame: pd.DataFrame) -> list[str]:
    """The columns of a table that a condition may name: a shape is nothing to compare."""
    return [str(column) for column in frame.columns if column != "geometry"]


def _report_unknown(column: str, among: str, known: list[str], key: str, findings: Findings) -> None:
    if column.rpartition(".")[2] == "geometry":
        findings.error("a geometry is nothing to compare", "name a column with numbers, days or text", column=key)
    else:
        findings.error(f"no column '{column}' {among}", did_you_mean(column, known), column=key)
