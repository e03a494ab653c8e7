"""The boundary of a city from a file with polygons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from allocator.access.osm_elements import WGS84, is_area
from allocator.city.formats import read_raw
from allocator.city.layout import table_source
from allocator.city.tables import TABLES
from allocator.errors import Findings, InputError

__all__ = ["read_boundary"]


def read_boundary(path: Path) -> Any:
    """The union of all polygons of a file, in degrees (EPSG:4326). InputError if it has none, or no CRS."""
    findings = Findings()
    raw = read_raw(table_source(TABLES["social_spaces"], Path(path)), findings)
    findings.raise_if_errors()
    shapes = raw.geometry if raw is not None else None
    if shapes is None or not is_area(shapes).any():
        findings.error("holds no polygon", "give the boundary as GeoPackage or GeoJSON", file=Path(path).name)
    elif raw.crs is None:
        findings.error("the geometry has no coordinate reference system", "save it with one", file=Path(path).name)
    if findings.errors:
        raise InputError(findings)
    return gpd.GeoSeries(shapely.make_valid(shapes[is_area(shapes)]), crs=raw.crs).to_crs(WGS84).union_all()
