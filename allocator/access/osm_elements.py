"""What an extract of OpenStreetMap or its servers hand over: tagged geometries, the same from either."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["ADMIN_LEVELS", "KEYS", "LANDUSE", "WGS84", "OsmElements", "is_area", "is_line", "leading_number", "matches",
           "normalised_name", "rows_where"]  # fmt: skip

WGS84 = "EPSG:4326"
KEYS = frozenset({"building", "highway", "addr:housenumber", "admin_level", "landuse", "amenity", "social_facility"})
"""Elements with one of these keys are read; a table of services adds its own."""
ADMIN_LEVELS = ("9", "10")
"""`admin_level` of parts of a German city: Stadtbezirke and Stadtteile."""
LANDUSE = ("residential", "industrial", "commercial", "retail", "allotments", "railway", "farmyard", "military",
           "construction", "garages", "cemetery")  # fmt: skip
"""The uses of land that say whether a building without a kind is a home."""


@dataclass(frozen=True)
class OsmElements:
    """Elements of OpenStreetMap, in degrees (EPSG:4326).

    `frame` has a row for each geometry: `element` (node, way or relation), `id`, `tags` (dict of text), `geometry`
    (points, lines of ways, polygons of closed ways and multipolygons). `boundary` is the polygon that was asked for, or
    the box of the file; `stated` is false where it is only the extent of what was found. `retrieved` is the day of the
    data (ISO, empty if not known). `broken` counts elements whose geometry is not complete, as at the edge of an
    extract.
    """

    frame: gpd.GeoDataFrame
    boundary: Any
    stated: bool
    name: str
    source: str
    retrieved: str = ""
    broken: int = 0
    url: str = ""

    def having(self, key: str) -> gpd.GeoDataFrame:
        """The rows with a key, whatever its value."""
        return rows_where(self.frame, lambda tags: key in tags)

    def areas(self, key: str) -> gpd.GeoDataFrame:
        """The polygons with a key."""
        found = self.having(key)
        return found[is_area(found.geometry.to_numpy())]


def rows_where(frame: gpd.GeoDataFrame, holds: Callable[[dict[str, str]], bool]) -> gpd.GeoDataFrame:
    """The rows of elements for whose tags something holds; none of none."""
    return frame[np.array([holds(tags) for tags in frame["tags"]], dtype=bool)]


def is_area(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which geometries are polygons or multipolygons."""
    return np.isin(shapely.get_type_id(geometry), (3, 6))


def is_line(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which geometries are lines."""
    return np.isin(shapely.get_type_id(geometry), (1, 5))


def matches(tags: dict[str, str], condition: dict[str, Any]) -> bool:
    """True if all keys of a condition hold: the value, one of several values, or (true) any value but `no`.

    OpenStreetMap writes several values of one key with `;` between them; each of them counts.
    """
    for key, wanted in condition.items():
        values = {value.strip() for value in tags.get(key, "").split(";")} - {""}
        if wanted is True:
            if not values - {"no"}:
                return False
        elif not values & ({wanted} if isinstance(wanted, str) else set(wanted)):
            return False
    return True


def leading_number(text: str) -> float:
    """The number with which a tag begins (`3`, `2.5`, `4;5`, `3 + D`); NaN if there is none."""
    found = re.match(r"\s*(\d+(?:[.,]\d+)?)", text)
    return float(found[1].replace(",", ".")) if found else math.nan


def normalised_name(text: str) -> str:
    """A name by which two spellings of one facility agree: no case, umlauts written out, no signs, single blanks."""
    plain = text.casefold()
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("é", "e"), ("è", "e"), ("&", " und ")):
        plain = plain.replace(letter, written)
    return " ".join(re.sub(r"[^\w]+", " ", plain).replace("_", " ").split())
