"""The building that each row of a list names: by its id, by an address, or by a coordinate."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.addresses import Address, AddressBook, Match, split_address
from allocator.access.list_files import ReadList
from allocator.city.coercion import text_of
from allocator.city.model_city.town import ModelCity
from allocator.city.reporting import TableReporter, shown
from allocator.errors import did_you_mean

__all__ = ["NEAR", "buildings_of"]

NEAR = 30.0
"""Metres from a coordinate within which the nearest building is taken where the point lies in none."""
ADDRESS_COLUMNS = {
    "address": ("address", "adresse", "anschrift"),
    "street": ("street", "strasse", "straße", "strassenname", "straßenname", "addr:street"),
    "number": ("house_number", "housenumber", "hausnummer", "hausnr", "hnr", "nr", "addr:housenumber"),
    "postcode": ("postcode", "plz", "postleitzahl", "addr:postcode"),
}
"""Names, without case, under which a list may hold its addresses."""


def buildings_of(
    read: ReadList, city: ModelCity, skip_unmatched: bool, *, needed: bool
) -> tuple[np.ndarray, np.ndarray]:
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


def _points(read: ReadList, city: ModelCity) -> np.ndarray:
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
