"""Files into a checked city, and into a checked list of households."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pandas.api.types import is_object_dtype

from allocator.city import joins
from allocator.city.checks import ReadTable, check_city, report_duplicates
from allocator.city.city import City
from allocator.city.coercion import coerce_table, text_of
from allocator.city.crs import is_metric, name_of_crs, parse_crs, true_to_scale
from allocator.city.formats import RawTable, files_of, read_raw
from allocator.city.geometry import Located, city_crs, extent, locate, metric_geometry
from allocator.city.household_checks import check_households, check_households_in_city
from allocator.city.layout import Layout, TableSource, find_layout, table_source
from allocator.city.naming import GEOMETRY_COLUMNS, with_contract_names
from allocator.city.reporting import TableReporter, row_labels
from allocator.city.tables import TABLES, Table
from allocator.city.values import decimal_evidence
from allocator.errors import Finding, Findings, InputError
from allocator.wording import Text

__all__ = ["decimal_of_file", "read_city", "read_households", "read_table"]


def read_city(path: Path | str) -> City:
    """Read and check the city at `path`: a folder, a GeoPackage or a `city.yaml`.

    Guarantees what `City` describes, whatever the order of rows and the formats of the files. The notes are in
    `City.findings`. InputError holds all findings of all tables, errors and notes, if at least one is an error.
    """
    findings = Findings()
    layout = find_layout(Path(path), findings)
    if layout is None:
        raise InputError(findings)
    tables, crs = _read_tables(layout, findings)
    _join(tables, crs)
    check_city(tables)
    findings.raise_if_errors()
    return _city(layout, tables, crs, findings)


def read_households(path: Path | str, city: City | None = None) -> tuple[pd.DataFrame, list[Finding]]:
    """Read and check a list of households: (table sorted by household_id, all findings, errors among them).

    `path` is a file (CSV, Excel, Parquet, …), or a city whose folder, layers or `city.yaml` hold the table. `city`
    None leaves out what compares the list with the city. Never raises for bad input: where an error is among the
    findings the table is incomplete, and nothing must be planned with it.
    """
    path, findings = Path(path), Findings()
    source: TableSource | None = table_source(TABLES["households"], path)
    if path.is_dir() or path.suffix.lower() in (".yaml", ".yml", ".gpkg"):
        hidden = Findings()
        layout = find_layout(path, hidden)
        source = layout.tables.get("households") if layout else None
        if source is None:
            findings.error("there is no table of households", "add households.csv", file=path.name, table="households")
    named = _named(source, findings) if source else None
    if named is None or "household_id" not in named[0].columns:
        return coerce_table(pd.DataFrame(), TABLES["households"], TableReporter(Findings(), "", "")), list(findings)
    frame, raw, report = named
    complete = all(column.name in frame.columns for column in TABLES["households"].columns if column.required)
    table = _sorted(_coerced(frame, raw, source, report), "household_id", report, frozenset(frame.columns))
    if complete:
        _check_list(table, city)
    return _with_text(table.frame), list(findings)


def read_table(table: Table, path: Path, findings: Findings) -> ReadTable | None:
    """Read a table that is a file of its own and belongs to no city; its rows stay in their order.

    None with an error among the findings if the file cannot be read or lacks a required column.
    """
    source = table_source(table, path)
    named = _named(source, findings)
    if named is None:
        return None
    frame, raw, report = named
    if not all(column.name in frame.columns for column in table.columns if column.required):
        return None
    declared = frozenset(str(column) for column in frame.columns)
    return ReadTable(_coerced(frame, raw, source, report), report, declared)


def _check_list(table: ReadTable, city: City | None) -> None:
    check_households(table.frame, table.report)
    if city is not None:
        check_households_in_city(table.frame, city, table.report)


def _named(source: TableSource, findings: Findings) -> tuple[pd.DataFrame, RawTable, TableReporter] | None:
    """A table under the names of the contract, with the reporter that names its rows."""
    raw = read_raw(source, findings)
    if raw is None:
        return None
    report = TableReporter(findings, source.shown, source.table.name)
    frame = with_contract_names(raw.frame, source, report)
    whole = all(column.name in frame for column in source.table.columns if column.required)
    if not len(frame) and source.table.name == "households":
        report.whole(Text("the list has no rows: there is nobody to place, and today's state alone is counted",
                          "die Liste hat keine Zeilen: niemand ist unterzubringen, gezählt wird nur, was heute ist"),
                     Text("export it again if it should have some", "neu exportieren, wenn sie welche haben sollte"),
                     severity="note")  # fmt: skip
    elif not len(frame) and source.table.name == "units" and whole:
        # A city made from streets and buildings alone is whole; its flats are a list that is still to come.
        report.whole(Text("there are no units yet: nobody can be placed", "noch keine Einheiten: niemand findet Platz"),
                     Text("attach the list of flats", "die Liste der Wohnungen anhängen"), severity="note")  # fmt: skip
    elif not len(frame) and source.table.required:
        report.whole("the table has no rows", "export it again, with its rows")
        return None
    key = source.table.key
    ids = text_of(frame[key]) if key and key in frame.columns else None
    return frame, raw, report.with_labels(row_labels(ids, len(frame), raw.first_row))


def _coerced(frame: pd.DataFrame, raw: RawTable, source: TableSource, report: TableReporter) -> pd.DataFrame:
    return coerce_table(frame, source.table, report, source.decimal or decimal_of_file(frame, raw, source))


def decimal_of_file(frame: pd.DataFrame, raw: RawTable, source: TableSource) -> str:
    """The decimal sign of a text file: what its numbers show, else a comma where a semicolon separates the values."""
    if not raw.separator:
        return ""
    numbers = [column.name for column in source.table.columns if column.type in ("count", "number")]
    numeric = [name for name in (*numbers, *GEOMETRY_COLUMNS[1:]) if name in frame.columns]
    texts = (str(text) for name in numeric for text in frame[name].unique()[:2000])
    return decimal_evidence(texts) or ("," if raw.separator == ";" else ".")


def _read_tables(layout: Layout, findings: Findings) -> tuple[dict[str, ReadTable], Any]:
    """The tables of a city, coerced, in one CRS, sorted; and that CRS. Tables with missing columns are left out."""
    crs = _said_crs(layout, findings)
    tables: dict[str, ReadTable] = {}
    for name in TABLES:
        source = layout.tables.get(name) if name != "households" else None
        named = _named(source, findings) if source else None
        if source is None or named is None:
            continue
        frame, raw, report = named
        declared = frozenset(str(column) for column in frame.columns)
        frame, located = locate(frame, raw, source, report)
        declared |= {"geometry"} if located is not None else set()
        if located is not None and crs is None and name == "social_spaces":
            crs = city_crs(located, report)
        coerced = _coerced(frame, raw, source, report)
        complete = all(column.name in frame.columns for column in source.table.columns if column.required)
        if source.table.geometry:
            complete &= _add_geometry(coerced, located, source, crs, report)
        if complete:
            tables[name] = _sorted(coerced, source.table.key, report, declared)
    if crs is not None and layout.crs:
        _check_scale(layout, tables, crs, findings)
    return tables, crs


def _said_crs(layout: Layout, findings: Findings) -> Any:
    """The CRS that a city.yaml names; an error if its units are not metres."""
    if not layout.crs:
        return None
    where = {"file": layout.description.name if layout.description else "", "line": layout.crs_line, "column": "crs"}
    crs = parse_crs(layout.crs, findings, **where)
    if crs is not None and not is_metric(crs):
        findings.error(f"{name_of_crs(crs)} does not count in metres", "name a projected one such as EPSG:25832",
                       **where)  # fmt: skip
        return None
    return crs


def _check_scale(layout: Layout, tables: dict[str, ReadTable], crs: Any, findings: Findings) -> None:
    from pyproj import Transformer

    if "social_spaces" not in tables:
        return
    bounds = extent(tables["social_spaces"].frame["geometry"].to_numpy(dtype=object))
    middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*middle)
    if np.isfinite(longitude) and np.isfinite(latitude) and not true_to_scale(crs, longitude, latitude):
        findings.error(f"metres of {name_of_crs(crs)} are not metres on the ground here",
                       "name the UTM zone of the city, such as EPSG:25832", line=layout.crs_line, column="crs",
                       file=layout.description.name if layout.description else "")  # fmt: skip


def _add_geometry(
    frame: pd.DataFrame, located: Located | None, source: TableSource, crs: Any, report: TableReporter
) -> bool:
    """Put the column `geometry` into the frame; whether it can be used (errors are reported)."""
    frame["geometry"] = np.full(len(frame), None, dtype=object)
    if located is None:
        if source.table.geometry_required:
            report.whole("the table has no geometry", "give a spatial file, or columns x and y, lon and lat, or "
                         "geometry as WKT", column="geometry")  # fmt: skip
        return not source.table.geometry_required
    if crs is None:
        return False
    before = len(report.findings.errors)
    frame["geometry"] = metric_geometry(located, source.table, crs, report)
    return len(report.findings.errors) == before or source.table.name != "social_spaces"


def _sorted(frame: pd.DataFrame, key: str, report: TableReporter, declared: frozenset[str]) -> ReadTable:
    """The table sorted by its id, one row for each; duplicates are reported. Streets are sorted by their geometry."""
    if not key:
        return ReadTable(frame.reset_index(drop=True), report, declared)
    again = report_duplicates(frame, key, report) | (frame[key] == "").to_numpy()
    labels, frame = report.labels[~again], frame[~again]
    order = np.argsort(frame[key].to_numpy(dtype=object), kind="stable")
    return ReadTable(frame.iloc[order].reset_index(drop=True), report.with_labels(labels[order]), declared)


def _join(tables: dict[str, ReadTable], crs: Any) -> None:
    """Fill what follows from several tables: coordinates, social spaces of buildings, capacities."""
    if "units" in tables:
        tables["units"].frame["capacity"] = joins.fill_capacity(tables["units"].frame, tables["units"].report)
    if "streets" in tables:
        tables["streets"] = replace(tables["streets"], frame=_single_lines(tables["streets"].frame))
    points = {}
    for name in ("buildings", "sites", "facilities"):
        if name in tables:
            points[name] = joins.inner_points(tables[name].frame["geometry"].to_numpy(dtype=object))
    if "social_spaces" in tables:
        _place_in_spaces(tables, points, crs)
    if "buildings" in tables:
        frame = tables["buildings"].frame
        frame["x"], frame["y"] = shapely.get_x(points["buildings"]), shapely.get_y(points["buildings"])


def _place_in_spaces(tables: dict[str, ReadTable], points: dict[str, np.ndarray], crs: Any) -> None:
    spaces = tables["social_spaces"]
    if "area" in spaces.frame.columns:
        spaces.report.whole(Text("the column is replaced by the area of the polygons in km²",
                                 "statt der Spalte gilt die Fläche der Polygone in km²"), column="area",
                            severity="note")  # fmt: skip
    geometry = spaces.frame["geometry"].to_numpy(dtype=object)
    spaces.frame["area"] = shapely.area(geometry) / 1e6
    bounds = extent(geometry)
    for name, place in points.items() if len(geometry) else ():
        far = joins.report_far_away(place, bounds, crs, tables[name].report)
        if name == "buildings":
            near = np.where(far, None, place)
            given = tables[name].frame["space_id"]
            found = joins.building_spaces(near, given, spaces.frame, tables[name].report)
            tables[name].frame["space_id"] = pd.Series(found, index=given.index, dtype=object)


def _single_lines(streets: pd.DataFrame) -> pd.DataFrame:
    """One row for each single line, sorted by geometry: streets have no id, and their order must not matter."""
    parts, row = shapely.get_parts(streets["geometry"].to_numpy(dtype=object), return_index=True)
    lines = streets.iloc[row].reset_index(drop=True)
    lines["geometry"] = pd.Series(parts, dtype=object)
    order = np.argsort(shapely.to_wkb(parts), kind="stable")
    return lines.iloc[order].reset_index(drop=True)


def _city(layout: Layout, tables: dict[str, ReadTable], crs: Any, findings: Findings) -> City:
    import geopandas as gpd

    frames = {name: table.frame for name, table in tables.items()}
    if "sites" not in frames:
        ids = pd.DataFrame({"site_id": joins.sites_of_buildings(frames["buildings"])})
        frames["sites"] = coerce_table(ids, TABLES["sites"], TableReporter(Findings(), "", "sites"))
        frames["sites"]["geometry"] = np.full(len(ids), None, dtype=object)
    if "facilities" not in frames:
        frames["facilities"] = coerce_table(pd.DataFrame(), TABLES["facilities"], TableReporter(Findings(), "", ""))
        frames["facilities"]["geometry"] = np.array([], dtype=object)
    frames["sites"]["geometry"] = joins.site_geometry(frames["sites"], frames["buildings"])
    frames = {name: _with_text(frame) for name, frame in frames.items()}
    spatial = {
        name: gpd.GeoDataFrame(frames[name], geometry="geometry", crs=crs)
        for name in ("social_spaces", "buildings", "sites", "facilities", "streets")
        if name in frames
    }
    return City(
        name=layout.name,
        crs=name_of_crs(crs),
        social_spaces=spatial["social_spaces"],
        buildings=spatial["buildings"],
        units=frames["units"],
        sites=spatial["sites"],
        facilities=spatial["facilities"],
        streets=spatial.get("streets"),
        declared={name: tables[name].declared if name in tables else frozenset() for name in TABLES
                  if name != "households"},
        sources=layout.sources,
        files=_files(layout, tables),
        findings=tuple(findings),
        street_crossings="streets" in tables and layout.tables["streets"].crossings,
    )  # fmt: skip


def _with_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the text columns of the contract, and further ones, as the text type of pandas."""
    text = [name for name, kind in frame.dtypes.items() if is_object_dtype(kind) and name != "geometry"]
    return frame.assign(**{name: frame[name].astype(str) for name in text})


def _files(layout: Layout, read: Iterable[str]) -> tuple[Path, ...]:
    """Every file that was read, the city.yaml first, each once."""
    files = [layout.description] if layout.description else []
    for name in read:
        files.extend(files_of(layout.tables[name]))
    return tuple(dict.fromkeys(file.resolve() for file in files))
