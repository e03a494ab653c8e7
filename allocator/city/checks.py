"""What the tables of a city say against each other, and against themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from allocator.city.reporting import TableReporter, amount, shown
from allocator.errors import did_you_mean
from allocator.wording import Text

__all__ = ["ReadTable", "check_city", "report_duplicates", "unknown_reference"]

_SLIVER = 1.0
_OVERLAP = 0.01
_KINDS = {
    "schule": "school", "schulen": "school", "schools": "school", "grundschule": "school",
    "kindergarten": "kita", "kitas": "kita", "kindertagesstätte": "kita", "kindertageseinrichtung": "kita",
    "haltestelle": "stop", "bus_stop": "stop", "stops": "stop", "arzt": "doctor", "ärztin": "doctor",
    "doctors": "doctor", "supermarkt": "shop", "supermarket": "shop", "laden": "shop",
}  # fmt: skip


@dataclass(frozen=True)
class ReadTable:
    """One coerced table, sorted by its id, with the reporter that names its rows and the columns that the file had."""

    frame: pd.DataFrame
    report: TableReporter
    declared: frozenset[str] = field(default_factory=frozenset)


def check_city(tables: Mapping[str, ReadTable]) -> None:
    """Report everything in which the tables contradict each other; tables that could not be read are left out."""
    if "social_spaces" in tables:
        _check_spaces(tables["social_spaces"])
    if "units" in tables:
        _check_units(tables["units"])
    if "facilities" in tables:
        _check_facilities(tables["facilities"])
    _check_references(tables)
    if "buildings" in tables:
        _check_buildings(tables["buildings"])
        _check_sites(tables)
    if {"buildings", "units"} <= tables.keys():
        _check_levels(tables)


def report_duplicates(frame: pd.DataFrame, key: str, report: TableReporter) -> np.ndarray:
    """The mask of rows whose id stands in an earlier row too; each id that stands twice is reported once."""
    ids = frame[key]
    again = (ids.duplicated() & (ids != "")).to_numpy()
    if not again.any():
        return again
    counts = ids.value_counts()
    first = (ids.duplicated(keep=False) & (ids != "")).to_numpy() & ~again
    report.rows(first, lambda row: f"the id stands in {counts[ids.iloc[row]]} rows",
                "give each row its own id, or join the rows", column=key,
                kind="ids that stand in several rows")  # fmt: skip
    return again


def unknown_reference(
    values: pd.Series, known: pd.Series, report: TableReporter, column: str, target: str
) -> np.ndarray:
    """Report values (not empty) that are no id of the table `target`, with the nearest id; the mask of those."""
    unknown = (values != "").to_numpy() & ~values.isin(known).to_numpy()
    if not unknown.any():
        return unknown
    by_number = {str(name).lstrip("0"): str(name) for name in known}

    def remedy(row: int) -> str:
        value = str(values.iloc[row])
        if value.lstrip("0") in by_number:
            return f"did you mean '{by_number[value.lstrip('0')]}'? Zeros in front were lost: store ids as text"
        return did_you_mean(value, known) or f"the table {target} is empty"

    report.rows(unknown, lambda row: f"{shown(values.iloc[row])} is not in the table {target}", remedy, column=column,
                kind=f"values that are not in the table {target}")  # fmt: skip
    return unknown


def _check_spaces(spaces: ReadTable) -> None:
    frame, report = spaces.frame, spaces.report
    residents = frame["residents"].to_numpy(dtype=float)
    parts = ["refugees", *(name for name in frame.columns if str(name).startswith("group_"))]
    for name in parts:
        values = frame[name].to_numpy(dtype=float)
        report.rows(values > residents, lambda row, values=values: f"{amount(values[row])} persons, more than the "
                    f"{amount(residents[row])} residents", "residents include them: correct one of the two",
                    column=name, kind="more persons than residents")  # fmt: skip
    _check_overlaps(spaces)


def _check_overlaps(spaces: ReadTable) -> None:
    """Areas that lie in two social spaces; slivers along borders up to 1 % of the smaller area are a note."""
    areas = spaces.frame["geometry"].to_numpy(dtype=object)
    ids = spaces.frame["space_id"].to_numpy(dtype=object)
    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(areas[one], areas[other]))
    smaller = np.minimum(shapely.area(areas[one]), shapely.area(areas[other]))
    order = np.lexsort((other, one))
    one, other, shared, smaller = one[order], other[order], shared[order], smaller[order]
    overlapping = (shared > _SLIVER) & (shared > _OVERLAP * smaller)
    pairs = spaces.report.with_labels(ids[one])
    pairs.rows(overlapping, lambda pair: f"overlaps {shown(ids[other[pair]])} on {shared[pair]:.0f} m²",
               "draw the border between them once, for both", column="geometry",
               kind="overlapping social spaces")  # fmt: skip
    slivers = (shared > _SLIVER) & ~overlapping
    if slivers.any():
        count, most = int(slivers.sum()), shared[slivers].max()
        spaces.report.whole(Text(f"{count} borders overlap by slivers, {most:.0f} m² at most",
                                 f"{count} Grenzen überlappen sich in Splittern, höchstens {most:.0f} m²"),
                            Text("a building in one belongs to the smaller space_id",
                                 "ein Gebäude darin gehört zur kleineren space_id"), column="geometry",
                            severity="note")  # fmt: skip


def _check_units(units: ReadTable) -> None:
    frame, report = units.frame, units.report
    occupied, capacity = frame["occupied"].to_numpy(dtype=float), frame["capacity"].to_numpy(dtype=float)
    shared = frame["shared"].to_numpy(dtype=bool)
    report.rows((occupied > 0) & ~shared, "an ordinary unit that is occupied is already let",
                "remove the row (count it in refugee_flats), or set shared to true", column="occupied")  # fmt: skip
    report.rows((occupied > capacity) & shared, lambda row: Text(
        f"{amount(occupied[row])} persons live where {amount(capacity[row])} may: today's excess",
        f"{amount(occupied[row])} Personen leben, wo {amount(capacity[row])} dürfen: heute schon zu viele"),
                Text("nobody is added until it has gone", "bis dahin kommt niemand hinzu"), column="occupied",
                severity="note", kind=Text("units with more persons than places",
                                           "Einheiten mit mehr Personen als Plätzen"))  # fmt: skip
    rent = frame["rent"].to_numpy(dtype=float)
    without = np.isnan(rent)
    if without.any() and not without.all():
        count = int(without.sum())
        report.whole(Text(f"{count} of {len(rent)} units have no rent",
                          f"{count} von {len(rent)} Einheiten haben keine Miete"),
                     Text("they pass every limit on rent, and a goal on rent counts them as 0",
                          "sie halten jede Mietgrenze ein, und ein Ziel zur Miete zählt sie mit 0"),
                     column="rent", severity="note")  # fmt: skip
    reversed_days = (frame["available_until"] < frame["available_from"]).to_numpy()
    report.rows(reversed_days, "available_until is before available_from", "correct one of them",
                column="available_until")  # fmt: skip


def _check_facilities(facilities: ReadTable) -> None:
    """Kinds that no rule will look for, since they are written in another way."""
    kinds = facilities.frame["kind"]
    for kind in sorted(kinds.unique()):
        meant = _KINDS.get(str(kind).casefold(), str(kind).casefold())
        if meant != kind and meant in {*_KINDS.values(), "welcome_point"}:
            count = int((kinds == kind).sum())
            facilities.report.whole(Text(f"{count} facilities are of kind {shown(kind)}",
                                         f"{count} Einrichtungen haben die Art {shown(kind)}"),
                                    Text(f"rules look for '{meant}': write it so",
                                         f"Regeln suchen nach '{meant}': so schreiben"), column="kind",
                                    severity="note")  # fmt: skip


def _check_references(tables: Mapping[str, ReadTable]) -> None:
    for table, column, target in (("buildings", "space_id", "social_spaces"), ("units", "building_id", "buildings")):
        if table in tables and target in tables:
            values, known = tables[table].frame[column], tables[target].frame[column]
            unknown_reference(values, known, tables[table].report, column, target)


def _check_buildings(buildings: ReadTable) -> None:
    frame = buildings.frame
    let, dwellings = frame["refugee_flats"].to_numpy(dtype=float), frame["dwellings"].to_numpy(dtype=float)
    buildings.report.rows(let > dwellings, lambda row: f"{amount(let[row])} flats let to refugee households in a "
                          f"building of {amount(dwellings[row])} dwellings", "correct one of the two",
                          column="refugee_flats", kind="more refugee_flats than dwellings")  # fmt: skip


def _check_sites(tables: Mapping[str, ReadTable]) -> None:
    """The ids of sites and of buildings that are sites of their own share one list of places."""
    buildings = tables["buildings"].frame
    sites = tables.get("sites")
    if sites is not None:
        known = sites.frame["site_id"]
        unknown_reference(buildings["site_id"], known, tables["buildings"].report, "site_id", "sites")
        empty = ~known.isin(buildings["site_id"]).to_numpy() & ~known.isin(buildings["building_id"]).to_numpy()
        sites.report.rows(empty, Text("no building belongs to the site", "kein Gebäude gehört zum Standort"),
                          Text("give its buildings this site_id", "seinen Gebäuden diese site_id geben"),
                          column="site_id", severity="note")  # fmt: skip
    named = set(buildings["site_id"].unique()) | (set(sites.frame["site_id"]) if sites is not None else set())
    named.discard("")
    alone = (buildings["site_id"] == "").to_numpy() & buildings["building_id"].isin(named).to_numpy()
    tables["buildings"].report.rows(
        alone, "a site has the id of this building, which is a site of its own",
        "give the building this site_id if it belongs to the site, else rename one of them", column="site_id",
    )  # fmt: skip


def _check_levels(tables: Mapping[str, ReadTable]) -> None:
    """Each column of today states the whole of its level: what is counted below must not be more."""
    buildings = tables["buildings"].frame.drop_duplicates("building_id").set_index("building_id")
    units = tables["units"].frame
    place = buildings.reindex(units["building_id"])
    site = place["site_id"].where(place["site_id"] != "", place.index.to_series()).to_numpy(dtype=object)
    in_site = pd.Series(units["occupied"].to_numpy(dtype=float)).groupby(site).sum()
    rest = pd.Series(dtype=float)
    if "sites" in tables and "refugees" in tables["sites"].declared:
        sites = tables["sites"].frame
        below = in_site.reindex(sites["site_id"], fill_value=0.0).to_numpy()
        stated = sites["refugees"].to_numpy(dtype=float)
        tables["sites"].report.rows(
            stated < below, lambda row: f"{amount(stated[row])} refugees at the site contradict the "
            f"{amount(below[row])} in its units", "refugees of a site include those in its units (occupied)",
            column="refugees", kind="fewer refugees at a site than in its units",
        )  # fmt: skip
        rest = pd.Series(np.maximum(stated - below, 0.0), index=sites["site_id"].to_numpy(dtype=object))
    if "social_spaces" in tables and "refugees" in tables["social_spaces"].declared:
        _check_spaces_below(tables["social_spaces"], buildings, units, place, rest)


def _check_spaces_below(
    spaces: ReadTable, buildings: pd.DataFrame, units: pd.DataFrame, place: pd.DataFrame, rest: pd.Series
) -> None:
    """Refugees of a social space against those at its sites: in units, and (`rest`) elsewhere at the site.

    The rest of a site that stands in several social spaces is counted where its first building (by id) stands.
    """
    own = buildings["site_id"].where(buildings["site_id"] != "", buildings.index.to_series())
    first = pd.Series(buildings["space_id"].to_numpy(dtype=object), index=own.to_numpy(dtype=object))
    first = first[~first.index.duplicated()]
    occupied = pd.Series(units["occupied"].to_numpy(dtype=float))
    in_units = occupied.groupby(place["space_id"].to_numpy(dtype=object)).sum()
    elsewhere = rest.groupby(first.reindex(rest.index).to_numpy(dtype=object)).sum() if len(rest) else rest
    ids = spaces.frame["space_id"]
    below = in_units.reindex(ids, fill_value=0.0).to_numpy() + elsewhere.reindex(ids, fill_value=0.0).to_numpy()
    stated = spaces.frame["refugees"].to_numpy(dtype=float)
    spaces.report.rows(
        stated < below, lambda row: Text(
            f"{amount(stated[row])} refugees, but {amount(below[row])} in its units and sites: every rule on areas "
            f"counts the {amount(stated[row])}",
            f"{amount(stated[row])} Geflüchtete, aber {amount(below[row])} in seinen Einheiten und Standorten: jede "
            f"Regel über Gebiete zählt die {amount(stated[row])}"),
        lambda row: Text(
            "refugees of a social space include those at its sites (occupied, refugees): state "
            f"{amount(below[row])} or more, or leave the column out and they are added up",
            "zu den Geflüchteten eines Sozialraums gehören die an seinen Standorten (occupied, refugees): "
            f"{amount(below[row])} oder mehr angeben, oder die Spalte weglassen, dann wird addiert"),
        column="refugees", severity="note",
        kind=Text("fewer refugees in a social space than in its units and sites",
                  "weniger Geflüchtete in einem Sozialraum als in seinen Einheiten und Standorten"),
    )  # fmt: skip
