"""Outlines for a web map: simplified without gaps between neighbours, in degrees, written as short whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PRECISION", "TOLERANCE", "degrees", "district_outlines", "encode_points", "encode_polygons", "simplify"]

TOLERANCE = 10.0
"""Metres; corners whose triangle with their neighbours is smaller than TOLERANCE² are left out."""

PRECISION = 100_000
"""Coordinates are whole numbers of 1/PRECISION degree, about one metre."""

_SMALLEST_HOLE = 5_000.0


def simplify(spaces: gpd.GeoDataFrame) -> np.ndarray:
    """The polygons of social spaces with fewer corners; neighbours keep the same border [n_spaces].

    The metric CRS stays. Method: Visvalingam and Whyatt (1993), Line generalisation by repeated elimination of points,
    The Cartographic Journal 30(1), doi:10.1179/000870493786962263, applied to the edges of the coverage.
    """
    polygons = spaces.geometry.to_numpy()
    simple = shapely.coverage_simplify(polygons, TOLERANCE)
    return np.where(shapely.is_empty(simple), polygons, simple)


def district_outlines(polygons: np.ndarray, district_ids: np.ndarray) -> tuple[list[str], np.ndarray]:
    """District ids in ascending order and the union of the polygons of each; social spaces without one are left out.

    Small holes (< 5,000 m²) between polygons that do not quite meet are closed.
    """
    ids = sorted(set(district_ids) - {""})
    unions = [_without_small_holes(shapely.union_all(polygons[district_ids == district])) for district in ids]
    return ids, np.array(unions, dtype=object)


def _without_small_holes(geometry: shapely.Geometry) -> shapely.Geometry:
    def closed(polygon: shapely.Polygon) -> shapely.Polygon:
        holes = [ring for ring in polygon.interiors if shapely.area(shapely.polygons(ring)) >= _SMALLEST_HOLE]
        return shapely.Polygon(polygon.exterior, holes)

    parts = [closed(part) for part in shapely.get_parts(geometry) if isinstance(part, shapely.Polygon)]
    return shapely.multipolygons(parts)


def degrees(x: np.ndarray, y: np.ndarray, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (EPSG:4326) of metric coordinates in `crs`; NaN stays NaN."""
    from pyproj import Transformer

    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    known = np.isfinite(longitude) & np.isfinite(latitude)
    return np.where(known, latitude, np.nan), np.where(known, longitude, np.nan)


def encode_polygons(geometries: np.ndarray, crs: str) -> list[list[list[list[int]]]]:
    """Per geometry its polygons, per polygon its rings, per ring [lat, lon, Δlat, Δlon, …] in 1/PRECISION degree.

    The last corner of a ring, a repetition of the first, is left out.
    """
    coordinates = shapely.get_coordinates(geometries)
    latitude, longitude = degrees(coordinates[:, 0], coordinates[:, 1], crs)
    moved = shapely.set_coordinates(np.array(geometries, dtype=object), np.column_stack([longitude, latitude]))
    return [[_encode_rings(part) for part in shapely.get_parts(geometry)] for geometry in moved]


def _encode_rings(polygon: shapely.Polygon) -> list[list[int]]:
    encoded = []
    for ring in (polygon.exterior, *polygon.interiors):
        corners = np.rint(shapely.get_coordinates(ring)[:-1, ::-1] * PRECISION).astype(np.int64)
        moves = np.diff(corners, axis=0, prepend=[[0, 0]])
        stays = (moves == 0).all(axis=1)
        encoded.append(moves[~stays].ravel().tolist())
    return encoded


def encode_points(x: np.ndarray, y: np.ndarray, crs: str) -> list[list[int | None]]:
    """Latitudes and longitudes of points in 1/PRECISION degree, as two lists; None where a point is not known."""
    return [
        [None if np.isnan(value) else round(value * PRECISION) for value in values] for values in degrees(x, y, crs)
    ]
