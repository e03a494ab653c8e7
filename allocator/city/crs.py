"""Coordinate reference systems: which one a city is counted in, and whether its metres are metres."""

from __future__ import annotations

from typing import Any

import numpy as np

from allocator.city.reporting import shown
from allocator.errors import Findings

__all__ = ["fitting_crs", "is_metric", "name_of_crs", "parse_crs", "true_to_scale"]

_LARGEST_AREA_ERROR = 0.04


def parse_crs(text: str, findings: Findings, **where: Any) -> Any:
    """The pyproj CRS that a text names, or None with an error among the findings."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(f"EPSG:{text}" if text.isdigit() else text)
    except CRSError:
        findings.error(f"{shown(text)} is no coordinate reference system", "write for example EPSG:25832", **where)
        return None


def name_of_crs(crs: Any) -> str:
    """The shortest text that names a CRS for good: `EPSG:25832` where it has a number, else its WKT."""
    authority = crs.to_authority(min_confidence=20)
    return ":".join(authority) if authority else crs.to_wkt()


def is_metric(crs: Any) -> bool:
    """True for a projected CRS with both axes in metres."""
    return crs.is_projected and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2])


def true_to_scale(crs: Any, longitude: float, latitude: float) -> bool:
    """True if an area near that point (degrees) is off by less than 4 % in the map plane: not so for web maps."""
    from pyproj import Proj

    with np.errstate(all="ignore"):
        scale = Proj(crs).get_factors(longitude, latitude).areal_scale
    return bool(abs(scale - 1) < _LARGEST_AREA_ERROR)


def fitting_crs(longitude: float, latitude: float) -> Any:
    """The UTM zone around a point in degrees: ETRS89 (EPSG:25828 to 25838) in Europe, WGS 84 elsewhere."""
    from pyproj import CRS

    zone = int((longitude + 180) // 6) % 60 + 1
    if 28 <= zone <= 38 and 34 <= latitude <= 84:
        return CRS.from_epsg(25800 + zone)
    return CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)
