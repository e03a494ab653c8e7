"""Extracts of OpenStreetMap (`.osm`, `.osm.bz2`, `.osm.gz`, `.osm.pbf`), read with pyosmium in one way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from allocator.access.osm_elements import ADMIN_LEVELS, WGS84, OsmElements, normalised_name
from allocator.city.reporting import shown
from allocator.errors import Findings, InputError, did_you_mean

__all__ = ["ENDINGS", "is_extract", "read_osm_file"]

ENDINGS = (".osm", ".osm.bz2", ".osm.gz", ".osm.pbf", ".pbf")
LINE_KEYS = ("highway", "admin_level")
"""Keys whose ways are lines, closed or not."""
MARGIN = 0.02
"""Degrees around the area that was asked for in which elements are kept: about 2 km north and 1.3 km east."""


def is_extract(path: Path) -> bool:
    """True if the name of a file is that of an extract."""
    return path.name.lower().endswith(ENDINGS)


def read_osm_file(path: Path, keys: Iterable[str], inside: str = "") -> OsmElements:
    """The elements of an extract that have one of `keys`; with `inside` those of the administrative area of that name.

    Multipolygons are put together; what misses nodes or members, as at the edge of an extract, is counted and left
    out. The day is that of the file's replication timestamp, else of its newest element. Raises InputError if the file
    is missing, is no extract, is damaged, holds nothing of use, or has no area of that name.
    """
    import osmium

    findings = Findings()
    where = {"file": path.name}
    if not path.is_file():
        findings.error("there is no such file", "check the path", file=str(path))
    elif not is_extract(path):
        findings.error("is no extract of OpenStreetMap", f"give a file that ends in {', '.join(ENDINGS)}", **where)
    elif not path.stat().st_size:
        findings.error("the file is empty", "fetch it again", **where)
    findings.raise_if_errors()
    try:
        header = osmium.FileProcessor(str(path)).header
        box = header.box()
        boundary = None
        if box.valid():
            boundary = shapely.box(box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        if inside:
            boundary = _named_area(path, inside)
        frame, newest, broken = _read(path, frozenset(keys), boundary if inside else None)
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        if isinstance(error, InputError):
            raise
        findings.error(f"cannot be read as an extract of OpenStreetMap: {error}", "fetch it again", **where)
        raise InputError(findings) from error
    if frame.empty:
        findings.error("holds no building, street or facility", "take an extract of the city itself", **where)
        raise InputError(findings)
    stated = boundary is not None
    stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp") or ""
    name = inside or path.name[: path.name.lower().index(next(e for e in ENDINGS if path.name.lower().endswith(e)))]
    return OsmElements(
        frame=frame,
        boundary=boundary if stated else shapely.box(*frame.total_bounds),
        stated=stated,
        name=name if inside else name.replace("_", " ").title(),
        source=path.name,
        retrieved=(stamp or newest)[:10],
        broken=broken,
        url="https://www.openstreetmap.org/copyright",
    )


def _read(path: Path, keys: frozenset[str], within: Any) -> tuple[gpd.GeoDataFrame, str, int]:
    """The rows of `OsmElements.frame`, the day of the newest element, and how many elements are not complete."""
    import osmium

    factory = osmium.geom.WKBFactory()
    bounds = (-np.inf, -np.inf, np.inf, np.inf) if within is None else shapely.bounds(within)
    low_x, low_y, high_x, high_y = bounds[0] - MARGIN, bounds[1] - MARGIN, bounds[2] + MARGIN, bounds[3] + MARGIN
    rows: list[tuple[str, int, dict[str, str]]] = []
    geometry: list[str] = []
    newest, broken, assembled, multipolygons = 0.0, 0, set(), set()
    for thing in osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.KeyFilter(*keys)):
        kind = thing.type_str()
        newest = max(newest, thing.timestamp.timestamp())
        if kind == "r":
            if thing.tags.get("type") in ("multipolygon", "boundary"):
                multipolygons.add(thing.id)
            continue
        if kind == "n":
            if not (low_x <= thing.location.lon <= high_x and low_y <= thing.location.lat <= high_y):
                continue
        elif kind == "w" and not any(key in thing.tags for key in LINE_KEYS):
            continue
        try:
            if kind == "n":
                shape, row = factory.create_point(thing), ("node", thing.id)
            elif kind == "w":
                shape, row = factory.create_linestring(thing), ("way", thing.id)
            else:
                shape = factory.create_multipolygon(thing)
                row = ("way" if thing.from_way() else "relation", thing.orig_id())
        except (osmium.InvalidLocationError, RuntimeError):
            broken += 1
            continue
        if row[0] == "relation":
            assembled.add(row[1])
        rows.append((*row, dict(thing.tags)))
        geometry.append(shape)
    for number, shape in _borders(path):
        rows.append(("way", number, {"boundary": "administrative", "admin_level": ADMIN_LEVELS[-1]}))
        geometry.append(shape)
    shapes = shapely.from_wkb(np.array(geometry, dtype=object)) if geometry else np.array([], dtype=object)
    frame = gpd.GeoDataFrame(
        {name: [row[at] for row in rows] for at, name in enumerate(("element", "id", "tags"))},
        geometry=_single(shapes),
        crs=WGS84,
    )
    if within is not None and len(frame):
        frame = frame.cx[low_x:high_x, low_y:high_y].reset_index(drop=True)
    return frame, _day(newest), broken + len(multipolygons - assembled)


def _borders(path: Path) -> list[tuple[int, str]]:
    """(id, WKB) of the ways that are borders of administrative areas which are not complete in the extract.

    Such an area has no polygon, but its border still divides the city. The ways often have no tags of their own.
    """
    import osmium

    relations, border = osmium.osm.RELATION, set()
    for relation in osmium.FileProcessor(str(path), relations).with_filter(osmium.filter.KeyFilter("admin_level")):
        if relation.tags.get("boundary") == "administrative" and relation.tags["admin_level"] in ADMIN_LEVELS:
            border |= {member.ref for member in relation.members if member.type == "w"}
    if not border:
        return []
    ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.IdFilter(border))
    factory, found = osmium.geom.WKBFactory(), []
    for way in ways:
        try:
            found.append((way.id, factory.create_linestring(way)))
        except (osmium.InvalidLocationError, RuntimeError):
            continue
    return found


def _single(shapes: Any) -> Any:
    """Multipolygons of one part as polygons."""
    shapes = np.asarray(shapes, dtype=object)
    one = (shapely.get_type_id(shapes) == 6) & (shapely.get_num_geometries(shapes) == 1)
    shapes[one] = shapely.get_geometry(shapes[one], 0)
    return shapes


def _day(seconds: float) -> str:
    """The day (UTC) of a timestamp; empty for files without timestamps."""
    import datetime

    if seconds <= 0:
        return ""
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC).date().isoformat()


def _named_area(path: Path, name: str) -> Any:
    """The administrative area of that name; the largest if there are several. InputError with the nearest name."""
    import osmium

    factory, found, names = osmium.geom.WKBFactory(), [], set()
    for area in osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.KeyFilter("admin_level")):
        if area.type_str() == "a" and area.tags.get("boundary") == "administrative" and "name" in area.tags:
            names.add(area.tags["name"])
            if normalised_name(area.tags["name"]) == normalised_name(name):
                found.append(shapely.from_wkb(factory.create_multipolygon(area)))
    if not found:
        findings = Findings()
        known = did_you_mean(name, names) or "it holds no complete administrative area; give --boundary FILE instead"
        findings.error(f"there is no complete administrative area {shown(name)}", known, file=path.name)
        raise InputError(findings)
    return max(found, key=shapely.area)
