"""Social spaces from OpenStreetMap, where nothing better is given: parts of the city, its boundary, or a grid."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.osm_elements import ADMIN_LEVELS, OsmElements, is_area, is_line, rows_where

__all__ = ["AREAS", "make_social_spaces"]

AREAS = ("auto", "admin", "boundary", "grid")
Areas = Literal["auto", "admin", "boundary", "grid"]
SMALLEST = 10_000.0
"""m² below which a piece of an area is joined to its neighbour: slivers between a boundary and the edge of the data."""
OVERSHOOT = 1.0
"""Metres beyond the boundary to which borders are looked at."""
SUBURB = "addr:suburb"


def make_social_spaces(
    elements: OsmElements, boundary: Any, crs: Any, areas: Areas = "auto", grid: float = 1000.0
) -> tuple[gpd.GeoDataFrame, str]:
    """Social spaces that cover `boundary` (polygon in `crs`, metres) without overlap, and which way was taken.

    `admin`: the boundary cut along the administrative borders of level 10, else 9, also those that the edge of an
    extract cuts off. A piece is named after the area in which it lies; where that area is not complete in the data,
    after the most frequent `addr:suburb` of the addresses in it. `boundary`: the whole as one. `grid`: squares of
    `grid` metres along the axes of `crs`. `auto`: `admin` where there are borders, else the boundary if it was stated,
    else the grid. Columns: `space_id`, `name`, `district_id`, `geometry`. Pieces under 1 ha join a neighbour.
    """
    way, spaces = areas, None
    if areas in ("auto", "admin"):
        spaces, way = _administrative(elements, boundary, crs), "admin"
    if spaces is None:
        way = areas if areas in ("boundary", "grid") else ("boundary" if elements.stated else "grid")
        spaces = _squares(boundary, grid) if way == "grid" else _frame([boundary], [elements.name], [""])
    return spaces.set_crs(crs), way


def _frame(shapes: list[Any], names: list[str], districts: list[str]) -> gpd.GeoDataFrame:
    """Spaces in a stable order (north to south, west to east), numbered."""
    points = shapely.get_coordinates(shapely.centroid(np.array(shapes, dtype=object)))
    order = np.lexsort([points[:, 0], -points[:, 1]])
    digits = max(2, len(str(len(order))))
    return gpd.GeoDataFrame(
        {
            "space_id": [f"{number:0{digits}d}" for number in range(1, len(order) + 1)],
            "name": [names[row] for row in order],
            "district_id": [districts[row] for row in order],
        },
        geometry=[shapes[row] for row in order],
    )


def _squares(boundary: Any, size: float) -> gpd.GeoDataFrame:
    low_x, low_y, high_x, high_y = shapely.bounds(boundary)
    columns = np.arange(np.floor(low_x / size) * size, high_x, size)
    lines = np.arange(np.floor(low_y / size) * size, high_y, size)
    x, y = (values.ravel() for values in np.meshgrid(columns, lines))
    cells = shapely.intersection(shapely.box(x, y, x + size, y + size), boundary)
    cells = cells[is_area(cells) & (shapely.area(cells) > 0)]
    spaces = _frame(list(_joined(cells)), [""] * len(_joined(cells)), [""] * len(_joined(cells)))
    return spaces.assign(name="Feld " + spaces["space_id"])


def _administrative(elements: OsmElements, boundary: Any, crs: Any) -> gpd.GeoDataFrame | None:
    """The boundary cut along administrative borders; None where there are none inside."""
    admin = elements.having("admin_level").to_crs(crs)
    admin = rows_where(admin, lambda tags: tags.get("boundary") == "administrative")
    level = np.array([tags["admin_level"] for tags in admin["tags"]], dtype=object)
    for finest in reversed(ADMIN_LEVELS):
        wanted = [name for name in ADMIN_LEVELS if int(name) <= int(finest)]
        borders = admin.geometry[np.isin(level, wanted)].to_numpy()
        borders = np.where(is_area(borders), shapely.boundary(borders), borders)
        pieces = _cut(boundary, borders)
        complete = admin[(level == finest) & is_area(admin.geometry.to_numpy())]
        if finest in level and (len(pieces) > 1 or len(complete)):
            districts = admin[(level == ADMIN_LEVELS[0]) & is_area(admin.geometry.to_numpy())]
            return _named(elements, pieces, complete, districts if finest != ADMIN_LEVELS[0] else None, crs)
    return None


def _cut(boundary: Any, borders: Any) -> Any:
    """The pieces into which lines cut a polygon, without slivers."""
    # A little beyond the boundary, and on a grid of centimetres: borders that end on it must cross it, to cut it.
    near = shapely.intersection(borders, shapely.buffer(boundary, OVERSHOOT))
    lines = shapely.union_all(np.append(near, shapely.boundary(boundary)), grid_size=0.01)
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.intersects(boundary, shapely.point_on_surface(pieces))
    return _joined(pieces[inside]) if inside.any() else np.array([boundary], dtype=object)


def _joined(pieces: Any) -> Any:
    """Pieces of which those under 1 ha are joined to the neighbour with the longest common border."""
    pieces = np.asarray(pieces, dtype=object)
    order = np.argsort(shapely.area(pieces), kind="stable")
    pieces = pieces[order]
    while len(pieces) > 1 and shapely.area(pieces[0]) < SMALLEST:
        small, pieces = pieces[0], pieces[1:].copy()
        shared = shapely.length(shapely.intersection(pieces, small))
        if shared.max() > 0:
            pieces[int(shared.argmax())] = shapely.union(pieces[int(shared.argmax())], small)
            pieces = pieces[np.argsort(shapely.area(pieces), kind="stable")]
    return pieces


def _named(
    elements: OsmElements, pieces: Any, complete: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None, crs: Any
) -> gpd.GeoDataFrame:
    """Pieces of one area (exclaves, or what the edge of an extract leaves) are one space, with name and district."""
    points = shapely.point_on_surface(pieces)
    owner = _around(points, complete, "id")
    names = _around(points, complete, "name")
    suburbs = _suburbs(elements, pieces, crs)
    alone = [f"called {name}" if name else f"piece {row}" for row, name in enumerate(suburbs)]
    whole = pd.Series(owner).where(pd.Series(owner) != "", pd.Series(alone, dtype=object))
    shapes, titles, inside = [], [], []
    district = _around(points, districts, "name") if districts is not None else np.full(len(pieces), "", dtype=object)
    for number, (_, rows) in enumerate(whole.groupby(whole, sort=False)):
        first = rows.index[0]
        shapes.append(shapely.union_all(pieces[rows.index.to_numpy()]))
        titles.append(names[first] or suburbs[first] or f"Teil {number + 1}")
        inside.append(district[first])
    return _frame(shapes, titles, inside)


def _around(points: Any, areas: gpd.GeoDataFrame, value: str) -> Any:
    """`id` or `name` of the smallest area around each point; empty where there is none."""
    found = np.full(len(points), "", dtype=object)
    for row in np.argsort(-areas.geometry.area.to_numpy(), kind="stable"):
        tags = areas["tags"].iloc[row]
        text = str(areas["id"].iloc[row]) if value == "id" else tags.get("name", "")
        found[shapely.intersects(areas.geometry.iloc[row], points)] = text
    return found


def _suburbs(elements: OsmElements, pieces: Any, crs: Any) -> list[str]:
    """The most frequent `addr:suburb` of the elements in each piece."""
    told = elements.having(SUBURB).to_crs(crs)
    told = told[~is_line(told.geometry.to_numpy())]
    points = shapely.point_on_surface(told.geometry.to_numpy())
    names = np.array([tags[SUBURB] for tags in told["tags"]], dtype=object)
    result = []
    for piece in pieces:
        inside = pd.Series(names[shapely.contains(piece, points)] if len(points) else [], dtype=object)
        result.append(inside.value_counts().sort_index().idxmax() if len(inside) else "")
    return result
