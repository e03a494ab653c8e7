"""The city's own lists attached to a city: social spaces, flats, households, seats.

Lists name a building by its id, by an address, or by a coordinate. Whatever finds no place is a finding with its row
and the nearest candidate: an error, or a note (the row is left out) where the caller asks for that.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.attach_places import NEAR, buildings_of
from allocator.access.list_files import ListFile, read_list
from allocator.access.osm_city import space_of, with_estimated_residents
from allocator.city.city import City, Source
from allocator.city.coercion import coerce_table
from allocator.city.crs import parse_crs
from allocator.city.geometry import metric_geometry
from allocator.city.household_checks import check_households
from allocator.city.layout import find_layout
from allocator.city.model_city.town import ModelCity
from allocator.city.reading import read_households
from allocator.city.reporting import TableReporter, shown
from allocator.city.tables import TABLES
from allocator.errors import Findings, InputError
from allocator.wording import Text

__all__ = ["ListFile", "as_tables", "attach_households", "attach_social_spaces", "attach_units"]


def attach_social_spaces(city: ModelCity, file: ListFile, findings: Findings, persons_per_dwelling: float) -> ModelCity:
    """The city with the areas of a file as its social spaces; every building is joined anew by a point inside it.

    Areas that do not touch the present social spaces are left out, with a note. Without a column `residents` they are
    estimated from dwellings, and marked. Buildings outside every area get the nearest one within 30 m, else none, with
    a note. Errors are added to `findings`.
    """
    read = read_list(file, TABLES["social_spaces"], city.crs, findings, optional="residents")
    if read is None or read.located is None:
        if read is not None:
            read.report.whole("the table has no geometry", "give polygons, as a GeoPackage for example")
        return city
    errors = len(findings.errors)
    table = coerce_table(read.frame, TABLES["social_spaces"], read.report, read.decimal)
    shapes = metric_geometry(read.located, TABLES["social_spaces"], parse_crs(city.crs, findings), read.report)
    if len(findings.errors) > errors:
        return city
    before = shapely.union_all(city.social_spaces.geometry.to_numpy())
    elsewhere = shapely.disjoint(before, shapes)
    if elsewhere.all():
        read.report.whole("no area lies in the city", "check the CRS of the file", column="geometry")
        return city
    if elsewhere.any():
        read.report.whole(f"{int(elsewhere.sum())} of {len(shapes)} areas lie outside the city, and are left out",
                          severity="note")  # fmt: skip
    table, shapes = table[~elsewhere], shapes[~elsewhere]
    report = read.report.with_labels(read.report.labels[~elsewhere])
    again = table["space_id"].duplicated()
    report.rows(again, "the id stands in an earlier row too", "give each its own id", column="space_id")
    if again.any():
        return city
    spaces = gpd.GeoDataFrame(table, geometry=shapes, crs=city.crs).sort_values("space_id").reset_index(drop=True)
    found = space_of(city.buildings, spaces)
    own = spaces.set_index("space_id").geometry.loc[found].to_numpy()
    outside = shapely.distance(own, shapely.point_on_surface(city.buildings.geometry.to_numpy())) > NEAR
    if outside.any():
        read.report.whole(f"{int(outside.sum())} buildings lie outside every social space", "they count for none",
                          severity="note")  # fmt: skip
    buildings = city.buildings.assign(space_id=np.where(outside, "", found))
    if "residents" not in read.frame.columns:
        spaces = with_estimated_residents(spaces, buildings, persons_per_dwelling)
        read.report.whole("there are no residents: estimated from dwellings", "add a column residents",
                          column="residents", severity="note")  # fmt: skip
    estimated = "Residents are estimated: dwellings times persons in a dwelling."
    told = "" if "residents" in read.frame.columns else estimated
    return _credited(replace(city, social_spaces=spaces, buildings=buildings), "social_spaces", file.path, told)


def attach_units(city: ModelCity, file: ListFile, findings: Findings, *, skip_unmatched: bool = False) -> ModelCity:
    """The city with the units of a list in place of its own.

    Each row names its building by `building_id`, else by an address (ADDRESS_COLUMNS), else by a coordinate (`x`, `y`
    in the city's CRS, or `lon`, `lat`, or a geometry): the building around the point, or the nearest within 30 m.
    """
    read = read_list(file, TABLES["units"], city.crs, findings, optional="building_id")
    if read is None:
        return city
    building, stays = buildings_of(read, city, skip_unmatched, needed=True)
    ids = city.buildings["building_id"].to_numpy(dtype=object)
    frame = read.frame.assign(building_id=np.where(building >= 0, ids[np.maximum(building, 0)], ""))
    labels = read.report.labels[stays]
    frame = frame[stays].reset_index(drop=True)
    report = read.report.with_labels(labels)
    typed = coerce_table(frame, TABLES["units"], report, read.decimal)
    report.rows(typed["unit_id"].duplicated() & (typed["unit_id"] != ""), "the id stands in an earlier row too",
                "give each row its own id", column="unit_id")  # fmt: skip
    return _credited(replace(city, units=_tidy(typed)), "units", file.path)


def attach_households(
    city: ModelCity, file: ListFile, findings: Findings, *, skip_unmatched: bool = False
) -> ModelCity:
    """The city with a list of households in place of its own.

    An address or a coordinate of a household is where it lives today. It becomes `unit_id` where the building holds one
    unit of the list, or one that is shared; with several, or none, that is a note. A household without either simply
    has no home in the list.
    """
    read = read_list(file, TABLES["households"], city.crs, findings)
    if read is None:
        return city
    building, stays = buildings_of(read, city, skip_unmatched, needed=False)
    typed = coerce_table(read.frame, TABLES["households"], read.report, read.decimal)
    typed["unit_id"] = _homes(typed["unit_id"].to_numpy(dtype=object), building, city, read.report)
    check_households(typed, read.report)
    again = typed["household_id"].duplicated() & (typed["household_id"] != "")
    read.report.rows(again, "the id stands in an earlier row too", "give each row its own id", column="household_id")
    listed = _tidy(typed[stays].reset_index(drop=True))
    return _credited(replace(city, households=listed), "households", file.path)


def _credited(city: ModelCity, table: str, path: Path, synthetic: str = "") -> ModelCity:
    """The city with the file of a table among its sources, in place of what was said of that table before."""
    kept = (source for source in city.sources if source.file.partition(".")[0] != table)
    title = Text(f"List of the city: {path.name}", f"Liste der Stadt: {path.name}")
    return replace(city, sources=(*kept, Source(table, title, synthetic=synthetic)))


def _homes(given: np.ndarray, building: np.ndarray, city: ModelCity, report: TableReporter) -> np.ndarray:
    """`unit_id` of each household: the given one, else the only unit (or the only shared one) of its building."""
    ids = city.buildings["building_id"].to_numpy(dtype=object)
    units = city.units.groupby("building_id") if len(city.units) else None
    result, told = given.copy(), np.zeros(len(given), dtype=bool)
    held: dict[int, int] = {}
    for row in np.flatnonzero((given == "") & (building >= 0)):
        name = ids[building[row]]
        own = units.get_group(name) if units is not None and name in units.groups else city.units.iloc[:0]
        choice = own if len(own) == 1 else own[own["shared"].astype(bool)] if len(own) else own
        held[row] = len(own)
        if len(choice) == 1:
            result[row] = choice["unit_id"].iloc[0]
        else:
            told[row] = True
    report.rows(
        told, lambda row: f"lives in building {shown(ids[building[row]])}, which holds {held[row]} units of the list",
        "name its unit in unit_id if it stays part of the plan", column="unit_id", severity="note",
        kind="households whose unit is not certain",
    )  # fmt: skip
    return result


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers that are whole throughout as whole numbers, so that a written list reads as it was."""
    whole: dict[str, Any] = {}
    for name in frame.select_dtypes("float"):
        values = frame[name].dropna()
        if len(values) and (values == values.round()).all():
            whole[name] = frame[name].astype("Int64")
    return frame.assign(**whole)


def as_tables(city: City, path: Path) -> ModelCity:
    """The tables of a city that was read from `path`, to be changed and written again, with its list of households.

    Columns that follow from others are left out. Raises InputError if the list of households has errors.
    """
    layout, households = find_layout(path, Findings()), None
    if layout is not None and "households" in layout.tables:
        table, findings = read_households(path, city)
        if any(finding.severity == "error" for finding in findings):
            raise InputError(findings)
        households = _tidy(table)
    return ModelCity(
        name=city.name,
        crs=city.crs,
        social_spaces=city.social_spaces.drop(columns="area", errors="ignore"),
        buildings=city.buildings.drop(columns=["x", "y"], errors="ignore"),
        units=_tidy(city.units),
        sites=city.sites,
        facilities=city.facilities,
        streets=city.streets,
        households=households,
        sources=city.sources,
    )
