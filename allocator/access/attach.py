"""The city's own lists attached to a city: social spaces, flats, households, seats.

Lists name a building by its id, by an address, or by a coordinate. Whatever finds no place is a finding with its row
and the nearest candidate: an error, or a note (the row is left out) where the caller asks for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.addresses import Address, AddressBook, Match, split_address
from allocator.access.osm_city import space_of, with_estimated_residents
from allocator.city.city import City, Source
from allocator.city.coercion import coerce_table, text_of
from allocator.city.crs import parse_crs
from allocator.city.formats import RawTable, read_raw
from allocator.city.geometry import Located, locate, metric_geometry
from allocator.city.household_checks import check_households
from allocator.city.layout import find_layout, table_source
from allocator.city.model_city.town import ModelCity
from allocator.city.naming import with_contract_names
from allocator.city.reading import read_households
from allocator.city.reporting import TableReporter, row_labels, shown
from allocator.city.tables import TABLES, Table
from allocator.city.values import decimal_evidence
from allocator.errors import Findings, InputError, did_you_mean

__all__ = ["ListFile", "as_tables", "attach_households", "attach_social_spaces", "attach_units"]

NEAR = 30.0
"""Metres from a coordinate within which the nearest building is taken where the point lies in none."""
ADDRESS_COLUMNS = {
    "address": ("address", "adresse", "anschrift"),
    "street": ("street", "strasse", "straße", "strassenname", "straßenname", "addr:street"),
    "number": ("house_number", "housenumber", "hausnummer", "hausnr", "hnr", "nr", "addr:housenumber"),
    "postcode": ("postcode", "plz", "postleitzahl", "addr:postcode"),
}
"""Names, without case, under which a list may hold its addresses."""


@dataclass(frozen=True)
class ListFile:
    """A file of the city, and what its columns are called: names of the contract to those of the file."""

    path: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str = ""
    layer: str = ""


@dataclass(frozen=True)
class _Read:
    frame: pd.DataFrame
    located: Located | None
    report: TableReporter
    decimal: str


def _read_list(file: ListFile, table: Table, city: ModelCity, findings: Findings, optional: str = "") -> _Read | None:
    """A list under the names of the contract, with its geometry; the column `optional` may be missing."""
    columns = tuple(replace(one, required=one.required and one.name != optional) for one in table.columns)
    table = replace(table, columns=columns, geometry=table.geometry or "point", required=False)
    source = replace(table_source(table, Path(file.path)), columns=dict(file.columns), crs=file.crs, layer=file.layer)
    raw = read_raw(source, findings)
    if raw is None:
        return None
    report = TableReporter(findings, source.shown, table.name)
    frame = with_contract_names(raw.frame, source, report)
    if any(column.required and column.name not in frame for column in columns) or not len(frame):
        if not len(frame):
            report.whole("the table has no rows", "export it again, with its rows")
        return None
    ids = text_of(frame[table.key]) if table.key in frame else None
    report = report.with_labels(row_labels(ids, len(frame), raw.first_row))
    frame, located = locate(frame, raw, source, report)
    if located is not None and located.crs is None:
        located = replace(located, crs=parse_crs(city.crs, findings))
    return _Read(frame.reset_index(drop=True), located, report, _decimal(frame, raw, table))


def _decimal(frame: pd.DataFrame, raw: RawTable, table: Table) -> str:
    """The decimal sign of a text file: what its numbers show, else a comma where a semicolon separates the values."""
    if not raw.separator:
        return ""
    numbers = [column.name for column in table.columns if column.type in ("count", "number") and column.name in frame]
    texts = (str(text) for name in numbers for text in frame[name].unique()[:2000])
    return decimal_evidence(texts) or ("," if raw.separator == ";" else ".")


def attach_social_spaces(city: ModelCity, file: ListFile, findings: Findings, persons_per_dwelling: float) -> ModelCity:
    """The city with the areas of a file as its social spaces; every building is joined anew by a point inside it.

    Areas that do not touch the present social spaces are left out, with a note. Without a column `residents` they are
    estimated from dwellings, and marked. Buildings outside every area get the nearest one within 30 m, else none, with
    a note. Errors are added to `findings`.
    """
    read = _read_list(file, TABLES["social_spaces"], city, findings, optional="residents")
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
    read = _read_list(file, TABLES["units"], city, findings, optional="building_id")
    if read is None:
        return city
    building, stays = _buildings_of(read, city, skip_unmatched, needed=True)
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
    read = _read_list(file, TABLES["households"], city, findings)
    if read is None:
        return city
    building, stays = _buildings_of(read, city, skip_unmatched, needed=False)
    typed = coerce_table(read.frame, TABLES["households"], read.report, read.decimal)
    typed["unit_id"] = _homes(typed["unit_id"].to_numpy(dtype=object), building, city, read.report)
    check_households(typed, read.report)
    listed = _tidy(typed[stays].reset_index(drop=True))
    return _credited(replace(city, households=listed), "households", file.path)


def _credited(city: ModelCity, table: str, path: Path, synthetic: str = "") -> ModelCity:
    """The city with the file of a table among its sources, in place of what was said of that table before."""
    kept = (source for source in city.sources if source.file.partition(".")[0] != table)
    return replace(city, sources=(*kept, Source(table, f"List of the city: {path.name}", synthetic=synthetic)))


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


def _buildings_of(read: _Read, city: ModelCity, skip_unmatched: bool, *, needed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Row of the building of each row of a list [n] (-1: none), and which rows stay [n]; findings for the others."""
    frame, report = read.frame, read.report
    severity = "note" if skip_unmatched else "error"
    given = text_of(frame["building_id"]).to_numpy(dtype=object) if "building_id" in frame else np.full(len(frame), "")
    known = pd.Index(city.buildings["building_id"])
    row = known.get_indexer(pd.Index(given, dtype=object)) if len(frame) else np.array([], dtype=int)
    named = given != ""
    wrong = named & (row < 0)
    report.rows(wrong, lambda at: f"there is no building {shown(given[at])}", lambda at: did_you_mean(given[at], known),
                column="building_id", severity=severity, kind="buildings that are not there")  # fmt: skip
    addresses = _addresses(frame)
    placed = np.array([bool(address.street) for address in addresses], dtype=bool)
    points = _points(read, city)
    located = ~shapely.is_missing(points)
    book = AddressBook.of(city.buildings)
    found = {at: book.find(addresses[at]) for at in np.flatnonzero(~named & placed)}
    for at, match in found.items():
        row[at] = match.building
    _note_several(found, addresses, city, report)
    open_rows = np.flatnonzero(~named & (row < 0) & located)
    row[open_rows] = _by_point(points[open_rows], city)
    failed = ~named & (row < 0) & (placed | located)
    report.rows(failed, lambda at: _unmatched(addresses[at], placed[at], located[at]),
                lambda at: _advice(found.get(at)), column="address", severity=severity,
                kind="places that match no building")  # fmt: skip
    nowhere = ~named & ~placed & ~located
    if needed:
        report.rows(nowhere, "names no building", "give a building_id, an address, or a coordinate",
                    column="building_id", severity=severity)  # fmt: skip
    lost = wrong | failed | (nowhere & needed)
    if skip_unmatched and lost.any():
        report.whole(f"{int(lost.sum())} of {len(frame)} rows found no building"
                     + (" and were left out" if needed else "; they count as households without a home"),
                     "mend them and attach the list again", severity="note")  # fmt: skip
    return row, ~lost if needed else np.ones(len(frame), dtype=bool)


def _addresses(frame: pd.DataFrame) -> list[Address]:
    """The address of each row; with an empty street where it has none."""
    folded = {str(name).casefold().strip(): name for name in frame.columns}

    def column(part: str) -> list[str]:
        name = next((folded[one] for one in ADDRESS_COLUMNS[part] if one in folded), None)
        return text_of(frame[name]).tolist() if name is not None else [""] * len(frame)

    result = []
    for whole, street, number, postcode in zip(*(column(part) for part in ADDRESS_COLUMNS), strict=True):
        split = split_address(whole) if whole and not street else split_address(street) if not number else None
        one = split if split is not None else Address(street, number)
        result.append(Address(one.street, one.number, postcode or one.postcode))
    return result


def _points(read: _Read, city: ModelCity) -> np.ndarray:
    """The place of each row in the city's CRS [n]; None where it has none."""
    if read.located is None:
        return np.full(len(read.frame), None, dtype=object)
    shapes = gpd.GeoSeries(read.located.geometry, crs=read.located.crs).to_crs(city.crs).to_numpy()
    points = np.array(shapes, dtype=object)
    there = ~shapely.is_missing(points)
    points[there] = shapely.point_on_surface(points[there])
    return points


def _by_point(points: np.ndarray, city: ModelCity) -> np.ndarray:
    """The building around each point, else the nearest within NEAR metres, else -1."""
    row = np.full(len(points), -1)
    if len(points):
        tree = shapely.STRtree(city.buildings.geometry.to_numpy())
        at, building = tree.query_nearest(points, max_distance=NEAR, all_matches=False)
        row[at] = building
    return row


def _note_several(found: Mapping[int, Match], addresses: list[Address], city: ModelCity, report: TableReporter) -> None:
    ids = city.buildings["building_id"].to_numpy(dtype=object)
    several = np.zeros(len(addresses), dtype=bool)
    several[[at for at, match in found.items() if match.candidates > 1]] = True
    report.rows(several, lambda at: f"{found[at].candidates} buildings have the address {shown(addresses[at])}",
                lambda at: f"{shown(ids[found[at].building])} is taken, which has most dwellings; name another in "
                "building_id", column="address", severity="note", kind="addresses of several buildings")  # fmt: skip


def _unmatched(address: Address, placed: bool, located: bool) -> str:
    if placed:
        missing = "" if address.number else ": the house number is missing"
        return f"no building has the address {shown(address)}{missing}"
    return f"no building within {NEAR:.0f} m of the coordinate" if located else "has no place"


def _advice(match: Match | None) -> str:
    if match is None:
        return "check the coordinate, and the CRS of the list"
    return f"did you mean {shown(match.nearest)}?" if match.nearest else "correct it, or give a building_id"


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
