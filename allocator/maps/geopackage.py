"""The city with its results as a GeoPackage that QGIS opens in the colours of the map."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.maps.outlines import district_outlines
from allocator.maps.places import Places
from allocator.maps.qml import layer_styles
from allocator.maps.ways import taken_by_facility

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["FIXED_DAY", "add_styles", "gdal_options", "write_geopackage", "write_layer"]

FIXED_DAY = "2000-01-01T00:00:00.000Z"
"""Stands for the time of writing, so that the same plan gives the same bytes."""

_RESULTS = ("persons_today", "persons_after", "persons_new", "households_placed", "free", "flats", "flats_let", "rule",
            "count", "today", "after", "limit")  # fmt: skip


def write_geopackage(plan: Plan, path: Path, language: str = "de") -> None:
    """Write the layers of the city with the results of a plan; an existing file is replaced when the new one is whole.

    Layers, in the city's CRS: `social_spaces` and `districts` (polygons, with the columns of `indicators.csv`),
    `buildings`, `sites`, `facilities`; tables without geometry: `units` (with the persons who live there afterwards),
    `allocation` (as `allocation.csv`, with `status`), `sources`. Further columns of the city's own tables are kept.
    Buildings and sites have `state` (see `allocator.maps.occupancy.STATES`) and the tightest cap that holds there.
    `layer_styles` holds the styles under names and labels in `language`; the classes are those of the map.
    """
    path = Path(path)
    draft = path.with_name(f".{path.stem}.part.gpkg")
    try:
        draft.unlink(missing_ok=True)
        with gdal_options():
            for name, layer in _layers(plan, language).items():
                write_layer(layer, draft, name, plan.scenario.city.crs)
        add_styles(draft, layer_styles(plan, language))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def gdal_options() -> Iterator[None]:
    """GDAL writes `FIXED_DAY` as the time of every layer, and does not wait for the disk: the file is a draft."""
    import pyogrio

    options = {"OGR_CURRENT_DATE": FIXED_DAY, "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _layers(plan: Plan, language: str) -> dict[str, pd.DataFrame]:
    places = Places.of(plan)
    return {
        "social_spaces": _social_spaces(plan),
        "districts": _districts(plan),
        "buildings": _buildings(plan, places),
        "sites": _sites(plan, places),
        "facilities": _facilities(plan),
        "units": _units(plan, places),
        "allocation": _allocation(plan, places),
        "sources": _sources(plan, language),
    }


def _with_results(own: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """A table with result columns beside it, row by row; a result takes the place of an own column of its name."""
    taken = {str(name).casefold() for name in results.columns}
    kept = own.drop(columns=[name for name in own.columns if str(name).casefold() in taken]).reset_index(drop=True)
    return pd.concat([pd.DataFrame(kept), results.reset_index(drop=True)], axis=1)


def _social_spaces(plan: Plan) -> gpd.GeoDataFrame:
    own = plan.scenario.city.social_spaces
    rows = plan.areas[plan.areas["level"] == "social_space"].set_index("place_id").reindex(own["space_id"])
    return gpd.GeoDataFrame(_with_results(own, rows.drop(columns=["level", "district_id"])), geometry="geometry")


def _districts(plan: Plan) -> gpd.GeoDataFrame:
    spaces = plan.scenario.city.social_spaces
    ids, outlines = district_outlines(spaces.geometry.to_numpy(), spaces["district_id"].to_numpy(dtype=object))
    rows = plan.areas[plan.areas["level"] == "district"].set_index("place_id").reindex(ids)
    rows = rows.drop(columns=["level", "district_id"]).reset_index(drop=True)
    rows.insert(0, "district_id", pd.Series(ids, dtype=object))
    return gpd.GeoDataFrame(rows, geometry=outlines)


def _buildings(plan: Plan, places: Places) -> gpd.GeoDataFrame:
    """Footprints where every building has one, else points: QGIS styles a layer of one kind only."""
    own, results = plan.scenario.city.buildings, places.buildings
    polygons = shapely.get_dimensions(own.geometry.to_numpy()) == 2
    shapes = own.geometry.to_numpy() if len(own) and polygons.all() else shapely.points(own["x"], own["y"])
    table = _with_results(own.drop(columns="geometry"), _results(results))
    return gpd.GeoDataFrame(table, geometry=np.asarray(shapes, dtype=object))


def _sites(plan: Plan, places: Places) -> gpd.GeoDataFrame:
    results = places.sites
    own = plan.scenario.city.sites.drop(columns="geometry", errors="ignore").set_index("site_id")
    own = own.drop(columns=[name for name in ("name", "kind") if name in own]).reindex(results["site_id"]).reset_index()
    points = shapely.points(results["x"], results["y"])
    shapes = np.where(results["x"].notna(), points, None)
    named = pd.concat([results[["name", "kind"]], _results(results)], axis=1)
    return gpd.GeoDataFrame(_with_results(own, named), geometry=shapes)


def _facilities(plan: Plan) -> gpd.GeoDataFrame:
    """Facilities with the children of the plan who attend them; empty where no rule hands out the seats of a kind."""
    own = plan.scenario.city.facilities
    children = pd.array(taken_by_facility(plan), dtype="Int64")
    return gpd.GeoDataFrame(_with_results(own, pd.DataFrame({"children_of_plan": children})), geometry="geometry")


def _results(table: pd.DataFrame) -> pd.DataFrame:
    from allocator.maps.occupancy import STATES

    results = table[list(_RESULTS)].rename(columns={"count": "counted", "today": "counted_today",
                                                    "after": "counted_after", "limit": "at_most"})  # fmt: skip
    return results.assign(state=np.array(STATES, dtype=object)[table["state"].to_numpy(dtype=int)])


def _units(plan: Plan, places: Places) -> pd.DataFrame:
    units = plan.scenario.city.units
    living = places.residents.groupby("unit_id").agg(households=("household_id", "size"), persons=("persons", "sum"))
    results = living.reindex(units["unit_id"], fill_value=0).astype("int64").reset_index(drop=True)
    results.columns = ["households_after", "listed_persons_after"]
    free = places.units.set_index("unit_id")["free"].reindex(units["unit_id"])
    return _with_results(units, results.assign(free=free.to_numpy()))


def _allocation(plan: Plan, places: Places) -> pd.DataFrame:
    status = places.residents.set_index("household_id")["status"]
    table = plan.allocation.copy()
    return table.assign(status=table["household_id"].map(status).fillna("unplaced").to_numpy(dtype=object))


def _sources(plan: Plan, language: str) -> pd.DataFrame:
    columns = ["file", "title", "licence", "attribution", "retrieved", "url", "synthetic"]
    rows = [[getattr(source, name) for name in columns] for source in plan.scenario.city.told_sources(language)]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def write_layer(layer: pd.DataFrame, path: Path, name: str, crs: str) -> None:
    """Add a layer, or a table where it has no geometry, to a GeoPackage; the geometry's unit is that of `crs`."""
    import pyogrio

    # a GeoPackage calls its row number `fid` and its geometry `geom`, and knows no upper and lower case
    layer = layer.rename(
        columns={column: f"{column}_" for column in layer.columns if column.casefold() in ("fid", "geom")}
    )
    options: dict[str, Any] = {"layer": name, "driver": "GPKG", "append": path.exists()}
    if isinstance(layer, gpd.GeoDataFrame):
        kinds = set(layer.geometry.dropna().geom_type)
        polygon = kinds <= {"Polygon", "MultiPolygon"} and bool(kinds)
        kind = "MultiPolygon" if polygon else "Point" if kinds <= {"Point"} else "Unknown"
        layer = layer.set_crs(crs, allow_override=True)
        options |= {"geometry_type": kind, "promote_to_multi": polygon, "SPATIAL_INDEX": "YES"}
    pyogrio.write_dataframe(layer, path, **options)


def add_styles(path: Path, styles: list[tuple[str, str, str, str]]) -> None:
    """Add the table in which QGIS looks for styles; each is (layer, geometry column, name, QML)."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            connection.execute(
                "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
                "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
                "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
                "update_time DATETIME)"
            )
            connection.executemany(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, ?, ?, ?, '', ?, '', '', NULL, ?)",
                [(*style, _is_first(styles, i), FIXED_DAY) for i, style in enumerate(styles)],
            )
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
                "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
                (FIXED_DAY,),
            )
        connection.execute("VACUUM")
    finally:
        connection.close()


def _is_first(styles: list[tuple[str, str, str, str]], position: int) -> bool:
    """True for the first style of a layer: the one that QGIS takes without being asked."""
    return styles[position][0] not in [style[0] for style in styles[:position]]
