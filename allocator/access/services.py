"""Facilities by a table from tags of OpenStreetMap to kinds, each place counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.osm_elements import OsmElements, is_area, is_line, matches, normalised_name, rows_where
from allocator.city.reporting import shown
from allocator.errors import Findings, InputError

__all__ = ["Services", "make_facilities", "read_services", "service_keys"]

Services = Mapping[str, tuple[Mapping[str, Any], ...]]
"""For each kind the conditions of which a facility fulfils one."""

TABLE = Path(__file__).with_name("services.yaml")
LABELS = {"school": "Schule", "kita": "Kita", "stop": "Haltestelle", "doctor": "Praxis", "pharmacy": "Apotheke",
          "shop": "Supermarkt", "playground": "Spielplatz", "welcome_point": "Anlaufstelle"}  # fmt: skip
"""What a facility without a name is called."""


def read_services(extension: Path | None = None) -> Services:
    """The table of the package; kinds of the file `extension`, of the same form, are added or replace its own.

    A kind whose list is empty in the extension is left out. Raises InputError with all findings, each with its line.
    """
    table = dict(_read(TABLE))
    if extension is not None:
        table |= _read(Path(extension))
    return {kind: conditions for kind, conditions in table.items() if conditions}


def _read(path: Path) -> dict[str, tuple[Mapping[str, Any], ...]]:
    from allocator.strict_yaml.reading import read_yaml

    data, lines = read_yaml(path)
    findings = Findings()
    if not isinstance(data, Mapping) or not data:
        findings.error("holds no table of services", "write for example: school: [{amenity: school}]", file=path.name)
        raise InputError(findings)
    for kind, conditions in data.items():
        if not isinstance(conditions, list):
            findings.error(f"{shown(conditions)} is no list of conditions", "write for example: [{amenity: school}]",
                           file=path.name, line=lines.get((kind,)), column=str(kind))  # fmt: skip
            continue
        for number, condition in enumerate(conditions):
            if not _is_condition(condition):
                findings.error(
                    f"{shown(condition)} is no condition on tags", "write keys of OpenStreetMap with a value, a list "
                    "of values, or true: {amenity: [school, college]}", file=path.name,
                    line=lines.get((kind, number)) or lines.get((kind,)), column=f"{kind}.{number}",
                )  # fmt: skip
    findings.raise_if_errors()
    return {str(kind): tuple(conditions) for kind, conditions in data.items()}


def _is_condition(condition: Any) -> bool:
    def fits(value: Any) -> bool:
        many = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        return value is True or (isinstance(value, str) and value != "") or many

    return isinstance(condition, Mapping) and len(condition) > 0 and all(fits(value) for value in condition.values())


def service_keys(services: Services) -> set[str]:
    """The first key of every condition: whatever is a service has one of them."""
    return {next(iter(condition)) for conditions in services.values() for condition in conditions}


def make_facilities(
    elements: OsmElements, boundary: Any, crs: Any, services: Services, margin: float
) -> tuple[gpd.GeoDataFrame, int]:
    """Facilities in `boundary` (polygon in `crs`) and up to `margin` metres beyond, and how many were counted twice.

    An area becomes a point inside it. What lies inside an area of the same kind is that facility once more, if its
    name is the same or one of them has none: a node in the grounds of a school, or its building. An element may be of
    several kinds. Columns: `facility_id` (letter and number in OpenStreetMap; with the kind behind it from the second
    kind on), `kind`, `name`, `seats` (missing), `capacity` (places of the tag, where given), point `geometry`.
    """
    around = shapely.buffer(boundary, margin)
    shapely.prepare(around)
    usable = elements.frame[~is_line(elements.frame.geometry.to_numpy())]
    tables, doubled, seen = [], 0, set()
    for kind, conditions in services.items():
        found = rows_where(usable, lambda tags, held=conditions: any(matches(tags, one) for one in held)).to_crs(crs)
        points = shapely.point_on_surface(found.geometry.to_numpy())
        near = shapely.intersects(around, points)
        found, points = found[near].reset_index(drop=True), points[near]
        names = np.array([tags.get("name", "") for tags in found["tags"]], dtype=object)
        again = _again(found, points, names)
        doubled += int(again.sum())
        found, points, names = found[~again], points[~again], names[~again]
        ids = [name[0] + str(number) for name, number in zip(found["element"], found["id"], strict=True)]
        ids = [f"{one}-{kind}" if one in seen else one for one in ids]
        seen |= set(ids)
        tables.append(_table(kind, ids, names, found["tags"], points, crs))
    facilities = pd.concat(tables, ignore_index=True)
    return facilities.sort_values(["kind", "facility_id"]).reset_index(drop=True), doubled


def _table(
    kind: str, ids: list[str], names: Iterable[str], tags: Iterable[dict[str, str]], points: Any, crs: Any
) -> gpd.GeoDataFrame:
    listed = list(tags)
    return gpd.GeoDataFrame(
        {
            "facility_id": ids,
            "kind": kind,
            "name": [name or LABELS.get(kind, kind) for name in names],
            "seats": pd.array([pd.NA] * len(ids), dtype="Int64"),
            "capacity": pd.array(
                [int(text) if (text := one.get("capacity", "")).isdecimal() else pd.NA for one in listed], dtype="Int64"
            ),
        },
        geometry=shapely.transform(points, lambda corners: np.round(corners, 1)),
        crs=crs,
    )


def _again(found: gpd.GeoDataFrame, points: Any, given: Any) -> Any:
    """Which elements lie in a larger area of the same kind that has the same name, or where one has no name.

    An area without a name takes that of an element inside it (in `given`, the names in the order of the rows).
    """
    again = np.zeros(len(found), dtype=bool)
    shapes = found.geometry.to_numpy()
    names = np.array([normalised_name(name) for name in given], dtype=object)
    size = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(points, "intersects")
    larger = (inner != outer) & is_area(shapes)[outer]
    larger &= (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (outer < inner))
    same = (names[inner] == names[outer]) | (names[inner] == "") | (names[outer] == "")
    again[inner[larger & same]] = True
    for one, around in zip(inner[larger & same], outer[larger & same], strict=True):
        given[around] = given[around] or given[one]
    return again
