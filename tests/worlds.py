"""Tiny worlds, small enough to be worked out by hand."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

__all__ = ["CRS", "EAST", "NORTH", "tiny_city", "tiny_tables"]

CRS = "EPSG:25832"
EAST, NORTH = 356_000, 5_645_000
"""South-western corner of the tiny city, metres in EPSG:25832."""

Change = None | pd.DataFrame | Callable[[pd.DataFrame], pd.DataFrame] | Mapping[str, Mapping[str, Any]]


def tiny_tables() -> dict[str, pd.DataFrame]:
    """The tables of the tiny city as they stand in its files; three squares of 1 km², from west to east.

    Social spaces 01 and 02 form district D1, 03 is district D2. B1 and B2 stand in 01, B3 in 02; B4 and B5 are the site
    H1 in 03. U5 in B4 is a shared unit with 20 places, 6 of them occupied; the others are flats. The school has 2 free
    seats, the kita 3. Five households with 11 persons; 003 must stay in the shared unit U5.
    """
    spaces = pd.DataFrame(
        {
            "space_id": ["01", "02", "03"],
            "name": ["Altstadt", "Südstadt", "Hafen"],
            "district_id": ["D1", "D1", "D2"],
            "residents": [1000, 2000, 500],
            "refugees": [20, 10, 30],
            "group_a": [10, 8, 12],
            "group_b": [5, 0, 9],
            "status_index": [1, 2, 4],
        }
    )
    squares = [shapely.box(EAST + west, NORTH, EAST + west + 1000, NORTH + 1000) for west in (0, 1000, 2000)]
    buildings = pd.DataFrame(
        {
            "building_id": ["B1", "B2", "B3", "B4", "B5"],
            "site_id": ["", "", "", "H1", "H1"],
            "dwellings": [6, 8, 10, None, 2],
            "refugee_flats": [1, 0, 0, 0, 0],
            "x": [EAST + east for east in (250, 750, 1500, 2400, 2600)],
            "y": [NORTH + 500] * 5,
        }
    ).astype({"dwellings": "Int64"})
    units = pd.DataFrame(
        {
            "unit_id": ["U1", "U2", "U3", "U4", "U5", "U6"],
            "building_id": ["B1", "B1", "B2", "B3", "B4", "B5"],
            "capacity": [2, 4, 3, 5, 20, 4],
            "shared": ["false", "false", "false", "false", "true", "false"],
            "occupied": [0, 0, 0, 0, 6, 0],
            "rooms": [2, 4, 3, 4, 10, 3],
            "floor_area": [50, 85, 70, 95, 300, 80],
            "accessible": ["false", "true", "false", "false", "false", "false"],
            "rent": [420, 760, 610, 830, 190, 700],
        }
    )
    sites = pd.DataFrame(
        {"site_id": ["H1"], "name": ["Hafenstraße"], "kind": ["containers"], "refugees": [8], "cost": [310.5]}
    )
    facilities = pd.DataFrame(
        {
            "facility_id": ["F1", "F2"],
            "kind": ["school", "kita"],
            "name": ["Grundschule Altstadt", "Kita Südstadt"],
            "seats": [2, 3],
            "x": [EAST + 500, EAST + 1600],
            "y": [NORTH + 600, NORTH + 400],
        }
    )
    households = pd.DataFrame(
        {
            "household_id": ["001", "002", "003", "004", "005"],
            "persons": [2, 4, 1, 3, 1],
            "children_kita": [0, 1, 0, 0, 0],
            "children_school": [0, 1, 0, 1, 0],
            "accessible": ["false", "true", "false", "false", "false"],
            "group": ["a", "b", "", "a", ""],
            "max_rent": [500, 800, 400, 650, 400],
            "prefers": ["", "02", "", "01;02", ""],
            "near": ["", "", "", "001", ""],
            "unit_id": ["", "", "U5", "", ""],
            "pinned": ["false", "false", "true", "false", "false"],
        }
    )
    return {
        "social_spaces": gpd.GeoDataFrame(spaces, geometry=squares, crs=CRS),
        "buildings": buildings,
        "units": units,
        "sites": sites,
        "facilities": facilities,
        "households": households,
    }


def tiny_city(tmp_path: Path, folder: str = "tiny", **changes: Change) -> Path:
    """Write the tiny city as a folder of files and return it: social_spaces.geojson, the other tables as CSV.

    Each change is named after a table: a frame in its place, a function from the frame to another, rows to change as
    `{id: {column: value}}`, or None for no such table.
    """
    target = tmp_path / folder
    target.mkdir(parents=True)
    unknown = changes.keys() - _plain_files().keys()
    if unknown:
        raise KeyError(f"no such table: {', '.join(unknown)}")
    tables = tiny_tables() if changes else {}
    for name, (ending, content) in _plain_files().items():
        if name not in changes:
            (target / f"{name}{ending}").write_bytes(content)
            continue
        frame = _changed(tables[name], changes[name])
        if frame is not None:
            _write(frame, target / name)
    return target


def _write(frame: pd.DataFrame, stem: Path) -> Path:
    """Write a table as GeoJSON if it has geometry, else as CSV; the file."""
    if isinstance(frame, gpd.GeoDataFrame):
        file = stem.with_suffix(".geojson")
        frame.to_file(file, driver="GeoJSON")
    else:
        file = stem.with_suffix(".csv")
        frame.to_csv(file, index=False, encoding="utf-8")
    return file


@functools.cache
def _plain_files() -> dict[str, tuple[str, bytes]]:
    """Ending and content of every file of the unchanged tiny city: it is written often, and always the same."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: _write(frame, Path(folder) / name) for name, frame in tiny_tables().items()}
        return {name: (file.suffix, file.read_bytes()) for name, file in files.items()}


def _changed(frame: pd.DataFrame, change: Change) -> pd.DataFrame | None:
    if change is None or isinstance(change, pd.DataFrame):
        return change
    if callable(change):
        return change(frame)
    key = frame.columns[0]
    for row, values in change.items():
        for column, value in values.items():
            if column not in frame.columns:
                frame[column] = None
            if not isinstance(value, type(frame[column].iloc[0])):
                frame[column] = frame[column].astype(object)
            frame.loc[frame[key] == row, column] = value
    return frame
