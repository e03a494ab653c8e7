"""What follows from several columns or tables: the social space of a building, the capacity of a unit, sites."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from allocator.city.reporting import TableReporter, shown
from allocator.wording import Text

__all__ = [
    "FARTHEST",
    "M2_PER_PERSON",
    "building_spaces",
    "fill_capacity",
    "inner_points",
    "report_far_away",
    "site_geometry",
    "sites_of_buildings",
]

FARTHEST = 50_000.0
"""Metres beyond the extent of the social spaces from which on a place is not believed to lie in the city."""

M2_PER_PERSON = 10.0
"""Least floor area of a person (m²), by which a capacity is derived: the lower bound of the standard `nrw`."""


def inner_points(geometry: np.ndarray) -> np.ndarray:
    """A point in each geometry [n]: points themselves, for polygons a point inside; None stays None."""
    points = np.array(geometry, dtype=object)
    areas = ~shapely.is_missing(points) & (shapely.get_type_id(points) != 0)
    points[areas] = shapely.point_on_surface(points[areas])
    return points


def building_spaces(
    points: np.ndarray, given: pd.Series, spaces: pd.DataFrame, report: TableReporter
) -> np.ndarray:
    """The space_id of each building [n_buildings]: the given one, else that of the polygon in which its point lies.

    On a shared border the smallest space_id wins. Buildings outside every polygon get `""`, with a note; so does a
    given space_id that contradicts the polygon, which is kept. `spaces` is sorted by space_id.
    """
    areas = spaces["geometry"].to_numpy(dtype=object)
    ids = spaces["space_id"].to_numpy(dtype=object)
    # Points stand in the tree and polygons are asked, because GEOS prepares the geometry that asks.
    area, point = shapely.STRtree(points).query(areas, predicate="intersects")
    first = np.full(len(points), len(ids))
    np.minimum.at(first, point, area)
    found = np.append(ids, "").astype(object)[first]
    own = given.to_numpy(dtype=object)
    named = own != ""
    position = pd.Index(ids).get_indexer(pd.Index(own))
    confirmed = np.zeros(len(points), dtype=bool)
    confirmed[point[position[point] == area]] = True
    contradicted = named & (position >= 0) & ~confirmed & ~shapely.is_missing(points)
    report.rows(
        contradicted,
        lambda row: Text(
            f"space_id is {shown(own[row])}, but the building lies "
            + (f"in {shown(found[row])}" if found[row] else "outside every social space"),
            f"space_id ist {shown(own[row])}, das Gebäude liegt aber "
            + (f"in {shown(found[row])}" if found[row] else "außerhalb aller Sozialräume"),
        ),
        Text("correct one of them; the given space_id is used", "eins davon berichtigen; die angegebene space_id gilt"),
        column="space_id",
        severity="note",
        kind=Text("buildings whose space_id contradicts their place", "Gebäude, deren space_id ihrem Ort widerspricht"),
    )
    outside = ~named & (found == "") & ~shapely.is_missing(points)
    report.rows(outside, Text("lies outside every social space", "liegt außerhalb aller Sozialräume"),
                Text("it counts for no social space and no district", "es zählt für keinen Sozialraum und keinen Bezirk"),
                column="geometry", severity="note")  # fmt: skip
    return np.where(named, own, found)


def report_far_away(points: np.ndarray, bounds: np.ndarray, crs: Any, report: TableReporter) -> np.ndarray:
    """The mask of places more than 50 km beyond the extent of the social spaces; each is an error.

    `bounds` are minx, miny, maxx, maxy (metres in `crs`). The remedy says where coordinates were swapped.
    """
    x, y = shapely.get_x(points), shapely.get_y(points)
    far = ~shapely.is_missing(points) & ~_within(x, y, bounds)
    if not far.any():
        return far
    swapped = _swapped_metres(x, y, bounds) | _swapped_degrees(x, y, bounds, crs)
    remedy = "check its coordinates and the CRS of the file (and of the social spaces)"
    if far.all() and len(far) > 1:
        report.whole(
            f"all {len(far)} rows lie more than {FARTHEST / 1000:.0f} km from all social spaces",
            "x and y are swapped" if swapped.all() else remedy,
            column="geometry",
        )
        return far
    report.rows(far, f"lies more than {FARTHEST / 1000:.0f} km from all social spaces",
                lambda row: "its x and y are swapped" if swapped[row] else remedy, column="geometry")  # fmt: skip
    return far


def _within(x: np.ndarray, y: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    low_x, low_y, high_x, high_y = bounds
    return (x > low_x - FARTHEST) & (x < high_x + FARTHEST) & (y > low_y - FARTHEST) & (y < high_y + FARTHEST)


def _swapped_metres(x: np.ndarray, y: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    return _within(y, x, bounds)


def _swapped_degrees(x: np.ndarray, y: np.ndarray, bounds: np.ndarray, crs: Any) -> np.ndarray:
    from pyproj import Transformer

    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    back = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return _within(*back.transform(latitude, longitude), bounds)


def fill_capacity(units: pd.DataFrame, report: TableReporter) -> np.ndarray:
    """Persons that each unit may hold [n_units], float64: given, else floor area // 10 m², else one for each room.

    A note says how many were derived; a unit that has none of the three is an error and gets 0.
    """
    given = units["capacity"].to_numpy(dtype=float)
    by_area = np.floor(units["floor_area"].to_numpy(dtype=float) / M2_PER_PERSON)
    by_rooms = np.floor(units["rooms"].to_numpy(dtype=float))
    capacity = np.where(np.isnan(given), np.where(np.isnan(by_area), by_rooms, by_area), given)
    missing = np.isnan(capacity)
    report.rows(missing, "the capacity is missing and cannot be derived", "give capacity, floor_area or rooms",
                column="capacity")  # fmt: skip
    derived = np.isnan(given) & ~missing
    if derived.any():
        every, from_area = int(derived.sum()), int((derived & ~np.isnan(by_area)).sum())
        report.whole(Text(f"capacity of {every} units was derived: {from_area} from floor area "
                          f"({M2_PER_PERSON:.0f} m² a person), {every - from_area} from rooms (one a person)",
                          f"die Plätze von {every} Einheiten sind abgeleitet: {from_area} aus der Wohnfläche "
                          f"({M2_PER_PERSON:.0f} m² je Person), {every - from_area} aus den Zimmern (eins je Person)"),
                     column="capacity", severity="note")  # fmt: skip
    report.rows(capacity == 0, Text("the unit holds nobody: its capacity is 0", "die Einheit hat keinen Platz"),
                Text("check its size", "ihre Größe prüfen"), column="capacity", severity="note")  # fmt: skip
    return np.where(missing, 0.0, capacity)


def sites_of_buildings(buildings: pd.DataFrame) -> pd.Series:
    """The distinct site_id of buildings in ascending order: the sites of a city that has no table of them."""
    named = buildings.loc[buildings["site_id"] != "", "site_id"]
    return named.drop_duplicates().sort_values().reset_index(drop=True)


def site_geometry(sites: pd.DataFrame, buildings: pd.DataFrame) -> np.ndarray:
    """The geometry of each site [n_sites]; where it has none, the mean point of its buildings, else None."""
    geometry = sites["geometry"].to_numpy(dtype=object).copy()
    means = buildings[buildings["site_id"] != ""].groupby("site_id")[["x", "y"]].mean()
    means = means.reindex(sites["site_id"])
    fill = shapely.is_missing(geometry) & means["x"].notna().to_numpy()
    geometry[fill] = shapely.points(means["x"].to_numpy()[fill], means["y"].to_numpy()[fill])
    return geometry
