"""Geometry of tables: found in whatever form it comes, brought to one metric CRS, checked and mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from allocator.city.coercion import coordinates_of, text_of
from allocator.city.crs import fitting_crs, is_metric, name_of_crs, parse_crs, true_to_scale
from allocator.city.formats import RawTable
from allocator.city.layout import TableSource
from allocator.city.reporting import TableReporter
from allocator.city.tables import Table
from allocator.wording import Text

__all__ = ["Located", "city_crs", "extent", "locate", "metric_geometry"]

_REMEDY_CRS = "say it in a city.yaml: crs: EPSG:25832 (or the one it has)"
_KINDS = {"polygon": (3, 6), "point": (0,), "line": (1, 5), "point or polygon": (0, 3, 6)}
_WORDS = {"polygon": "a polygon", "point": "a point", "line": "a line", "point or polygon": "a point or a polygon"}


@dataclass(frozen=True)
class Located:
    """Geometries [n_rows] as an object array and their CRS (None: not known).

    `told` marks rows [n_rows] whose geometry was already reported as unreadable. `default_crs` is true where the CRS
    is only the default of a format, so that coordinates may contradict it.
    """

    geometry: np.ndarray
    crs: Any
    told: np.ndarray
    default_crs: bool = False


def locate(
    frame: pd.DataFrame, raw: RawTable, source: TableSource, report: TableReporter
) -> tuple[pd.DataFrame, Located | None]:
    """The geometry of a table and the frame without the columns that held it; None where the table has none.

    It is that of the file, or a column `geometry` with WKT or WKB, or columns `x` and `y`, or `lon` and `lat`. Its CRS
    is what the file says, else `crs` of the source; degrees in `lon` and `lat` are WGS 84.
    """
    said = parse_crs(source.crs, report.findings, **source.place("crs")) if source.crs else None
    if raw.geometry is not None:
        crs = said if said is not None and (raw.crs is None or raw.crs_assumed) else raw.crs
        told = np.zeros(len(frame), dtype=bool)
        default = raw.crs_assumed and said is None
        return frame.drop(columns="geometry", errors="ignore"), Located(raw.geometry, crs, told, default)
    if not source.table.geometry:
        return frame, None
    if "geometry" in frame.columns:
        return frame.drop(columns="geometry"), _from_column(frame["geometry"], said, report)
    for x, y, crs in (("x", "y", said), ("lon", "lat", "EPSG:4326")):
        if x in frame.columns and y in frame.columns:
            crs = parse_crs(crs, report.findings) if isinstance(crs, str) else crs
            return frame.drop(columns=[x, y]), _from_coordinates(frame, x, y, crs, report)
    return frame, None


def _from_column(values: pd.Series, crs: Any, report: TableReporter) -> Located:
    """Geometries from text (WKT) or bytes (WKB); what is neither is reported and None."""
    cells = values.to_numpy(dtype=object)
    binary = np.array([isinstance(cell, bytes) for cell in cells], dtype=bool)
    geometry = np.full(len(cells), None, dtype=object)
    geometry[binary] = shapely.from_wkb(cells[binary], on_invalid="ignore")
    text = text_of(values.where(~binary, "")).to_numpy(dtype=object)
    written = text != ""
    geometry[written] = shapely.from_wkt(text[written], on_invalid="ignore")
    broken = (written | binary) & shapely.is_missing(geometry)
    report.rows(broken, "the geometry cannot be read", "write it as WKT such as POINT (356000 5645000)",
                column="geometry")  # fmt: skip
    return Located(geometry, crs, broken)


def _from_coordinates(frame: pd.DataFrame, x: str, y: str, crs: Any, report: TableReporter) -> Located:
    """Points from two columns; None where a coordinate is missing."""
    pairs = []
    bad = np.zeros(len(frame), dtype=bool)
    for name in (x, y):
        numbers, wrong = coordinates_of(frame[name])
        listed = frame[name].to_numpy(dtype=object)
        report.rows(wrong, lambda row, listed=listed: f"'{listed[row]}' is not a coordinate",
                    "write metres such as 356000.5, or degrees in lon and lat", column=name,
                    kind="values that are not coordinates")  # fmt: skip
        pairs.append(numbers)
        bad |= wrong
    known = ~np.isnan(pairs[0]) & ~np.isnan(pairs[1])
    geometry = np.full(len(frame), None, dtype=object)
    geometry[known] = shapely.points(pairs[0][known], pairs[1][known])
    return Located(geometry, crs, bad)


def extent(geometry: np.ndarray) -> np.ndarray:
    """minx, miny, maxx, maxy of all geometries; NaN where there is none."""
    shapes = geometry[~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)]
    return shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)


def city_crs(spaces: Located, report: TableReporter) -> Any:
    """The CRS of a city that names none: that of its social spaces if its metres are metres there, else the UTM zone.

    None (with an error) where the social spaces have no CRS or no coordinates.
    """
    from pyproj import Transformer

    if spaces.crs is None:
        report.whole("the geometry has no coordinate reference system", _REMEDY_CRS, column="geometry")
        return None
    bounds = extent(spaces.geometry)
    if not np.isfinite(bounds).all():
        return None
    middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    longitude, latitude = Transformer.from_crs(spaces.crs, "EPSG:4326", always_xy=True).transform(*middle)
    if not (np.isfinite(longitude) and abs(latitude) <= 90):
        return None if not spaces.default_crs else spaces.crs
    if is_metric(spaces.crs) and true_to_scale(spaces.crs, longitude, latitude):
        return spaces.crs
    return fitting_crs(longitude, latitude)


def metric_geometry(located: Located, table: Table, crs: Any, report: TableReporter) -> np.ndarray:
    """Geometries [n_rows] in the city's metric CRS: flat, of the kind the table asks for, valid; None where unusable.

    Findings: no CRS, coordinates that contradict it, missing, empty, and invalid geometries (polygons are mended, with
    a note), geometries of another kind (of facilities a point inside is taken, with a note).
    """
    geometry = np.array(located.geometry, dtype=object)
    geometry = shapely.force_2d(geometry) if shapely.has_z(geometry).any() else geometry
    absent = shapely.is_missing(geometry)
    lost = ~absent & (shapely.is_empty(geometry) | ~np.isfinite(shapely.bounds(geometry)).all(axis=1))
    # Bounds pass over a vertex that is no number; it would be lost on the way, and a line would lead elsewhere.
    at, row = shapely.get_coordinates(geometry, return_index=True)
    holed = np.isin(np.arange(len(geometry)), row[~np.isfinite(at).all(axis=1)]) & ~lost
    report.rows(holed, "a coordinate of the geometry is no number", "draw it again, or remove the row",
                column="geometry")  # fmt: skip
    if table.geometry_required:
        report.rows((absent | lost) & ~located.told, "the geometry is missing or empty", "draw it, or remove the row",
                    column="geometry")  # fmt: skip
    geometry[absent | lost | holed] = None
    source_crs = located.crs
    if source_crs is None:
        source_crs = crs
    if not _coordinates_fit(geometry, source_crs, located, report):
        return np.full(len(geometry), None, dtype=object)
    geometry = _of_kind(geometry, table, report)
    geometry = _valid(geometry, report)
    return _transformed(geometry, source_crs, crs, report)


def _coordinates_fit(geometry: np.ndarray, crs: Any, located: Located, report: TableReporter) -> bool:
    """Whether coordinates can be what the CRS says they are; degrees and metres are easily taken for each other."""
    bounds = extent(geometry)
    if not np.isfinite(bounds).all():
        return True
    degrees = bool(np.abs(bounds[[0, 2]]).max() <= 180 and np.abs(bounds[[1, 3]]).max() <= 90)
    if crs.is_geographic and not degrees:
        guess = "a GeoJSON that names no CRS is taken for degrees; " if located.default_crs else ""
        report.whole(f"coordinates such as {bounds[0]:.0f}, {bounds[1]:.0f} are no degrees, as {name_of_crs(crs)} says",
                     guess + "say the right one for this table in a city.yaml: crs: EPSG:25832",
                     column="geometry")  # fmt: skip
        return False
    if crs.is_projected and degrees and np.ptp(bounds[[0, 2]]) < 10:
        report.whole(f"coordinates such as {bounds[0]:.4f}, {bounds[1]:.4f} look like degrees, not metres of "
                     f"{name_of_crs(crs)}", "name the columns lon and lat, or say crs: EPSG:4326 for this table in "
                     "a city.yaml", column="geometry")  # fmt: skip
        return False
    return True


def _of_kind(geometry: np.ndarray, table: Table, report: TableReporter) -> np.ndarray:
    kinds = shapely.get_type_id(geometry)
    wrong = (kinds >= 0) & ~np.isin(kinds, _KINDS[table.geometry])
    if "point" in table.geometry:
        # A multipoint of one, or for a school the polygon of its grounds, is a place all the same.
        placed = wrong & np.isin(kinds, (4,) if table.geometry != "point" else (3, 4, 6))
        if (kinds[placed] != 4).any():
            report.whole(Text(f"{int(placed.sum())} areas instead of points; a point in each is taken",
                              f"{int(placed.sum())} Flächen statt Punkten; in jeder wird ein Punkt genommen"),
                         severity="note", column="geometry")  # fmt: skip
        geometry[placed] = shapely.point_on_surface(geometry[placed])
        wrong &= ~placed
    names = shapely.GeometryType
    report.rows(wrong, lambda row: f"the geometry is a {names(int(kinds[row])).name.title()}, "
                f"not {_WORDS[table.geometry]}", f"the table {table.name} needs {_WORDS[table.geometry]} in each row",
                column="geometry", kind=f"geometries that are not {_WORDS[table.geometry]}")  # fmt: skip
    geometry[wrong] = None
    return geometry


def _valid(geometry: np.ndarray, report: TableReporter) -> np.ndarray:
    broken = ~shapely.is_missing(geometry) & ~shapely.is_valid(geometry)
    polygons = broken & np.isin(shapely.get_type_id(geometry), (3, 6))
    if not polygons.any():
        return geometry
    reasons = shapely.is_valid_reason(geometry)
    mended = [_areas_only(shape) for shape in shapely.make_valid(geometry[polygons])]
    geometry[polygons] = np.array([*mended, None], dtype=object)[:-1]
    hopeless = polygons & shapely.is_missing(geometry)
    report.rows(hopeless, lambda row: f"the polygon has no area: {reasons[row]}", "draw it again", column="geometry",
                kind="polygons without area")  # fmt: skip
    report.rows(polygons & ~hopeless, lambda row: Text(f"the polygon was invalid and has been mended: {reasons[row]}",
                f"das Polygon war ungültig und wurde ausgebessert: {reasons[row]}"),
                Text("look at it on a map", "auf einer Karte ansehen"), column="geometry", severity="note",
                kind=Text("polygons that were invalid and have been mended",
                          "Polygone, die ungültig waren und ausgebessert wurden"))  # fmt: skip
    return geometry


def _areas_only(shape: Any) -> Any:
    """The areas among the parts of a mended polygon; None if there are none."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas = parts[shapely.get_type_id(parts) == 3]
    return shapely.union_all(areas) if len(areas) else None


def _transformed(geometry: np.ndarray, source_crs: Any, crs: Any, report: TableReporter) -> np.ndarray:
    import geopandas as gpd

    if source_crs == crs:
        return geometry
    moved = np.asarray(gpd.GeoSeries(geometry, crs=source_crs).to_crs(crs).to_numpy(), dtype=object)
    lost = ~shapely.is_missing(moved) & ~np.isfinite(shapely.bounds(moved)).all(axis=1)
    report.rows(lost, f"the coordinates lie outside the area of {name_of_crs(crs)}",
                "check the order of the coordinates (longitude, latitude) and the CRS", column="geometry")  # fmt: skip
    moved[lost] = None
    return moved
