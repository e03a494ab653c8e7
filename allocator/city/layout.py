"""Where the tables of a city stand: a folder of files, a GeoPackage with layers, or a `city.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from allocator.city.city import Source
from allocator.city.tables import TABLES, Table
from allocator.errors import Findings, did_you_mean
from allocator.wording import Text

__all__ = ["DESCRIPTION", "TABLE_ENDINGS", "Layout", "TableSource", "find_layout", "table_source"]

DESCRIPTION = "city.yaml"
"""Name of the file that describes a city; in a folder it wins over file names."""

TABLE_ENDINGS = (
    ".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".geoparquet", ".parquet", ".feather", ".arrow",
    ".csv", ".tsv", ".txt", ".xlsx", ".xlsm",
)  # fmt: skip
"""Endings under which a folder may hold a table."""


@dataclass(frozen=True)
class TableSource:
    """Where one table comes from and what its columns are called there.

    `columns` maps names of the contract (and of further columns, and `geometry`, `x`, `y`, `lon`, `lat`) to names in
    the file. `crs` is used where the file states none. `separator`, `decimal` and `encoding` are for text files; empty
    means: found out. `header` is the row of the header in text and Excel files, counted from 1; None: the first.
    `crossings`, of streets alone, says that lines meet wherever they cross. `shown` is what findings call the file;
    `lines` are line numbers of keys in `described_in`.
    """

    table: Table
    file: Path
    shown: str
    layer: str = ""
    sheet: str = ""
    crs: str = ""
    separator: str = ""
    decimal: str = ""
    encoding: str = ""
    header: int | None = None
    crossings: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    described_in: str = ""

    def place(self, key: str) -> dict[str, Any]:
        """Where a finding about a key of this source belongs: the key in the city.yaml, or the file of the table."""
        if not self.described_in:
            return {"file": self.shown, "table": self.table.name, "column": key}
        column = f"tables.{self.table.name}.{key}"
        return {"file": self.described_in, "line": self.lines.get(key), "column": column}


@dataclass(frozen=True)
class Layout:
    """The tables of a city before any of them is read; `crs` is empty where nobody has said it.

    `description` is the city.yaml, if there is one, and `crs_line` the line in which it names the CRS.
    """

    name: str
    crs: str
    tables: Mapping[str, TableSource]
    sources: tuple[Source, ...] = ()
    description: Path | None = None
    crs_line: int | None = None


def find_layout(path: Path, findings: Findings) -> Layout | None:
    """Where the tables of the city at `path` stand; None with an error among the findings if nothing can be read."""
    from allocator.city.description import read_description

    remedy = "give a folder, a GeoPackage (.gpkg) or a city.yaml"
    try:
        if path.is_dir():
            if (path / DESCRIPTION).is_file():
                return _described(read_description(path / DESCRIPTION, findings), path, findings)
            return Layout(path.resolve().name, "", _tables_of_folder(path, findings))
        exists = path.is_file()
    except OSError as error:
        findings.error(f"cannot be opened: {error.strerror or error}", "ask for the right to read it", file=path.name)
        return None
    if not exists:
        findings.error("there is no such file or folder", f"check the path; {remedy}", file=str(path))
        return None
    if path.suffix.lower() in (".yaml", ".yml"):
        return _described(read_description(path, findings), path.parent, findings)
    if path.suffix.lower() == ".gpkg":
        return Layout(path.stem, "", _tables_of_geopackage(path, findings))
    findings.error(f"'{path.suffix}' is not a city", remedy, file=path.name)
    return None


def table_source(table: Table, file: Path) -> TableSource:
    """The source of a table that is a file of its own."""
    return TableSource(table, file, file.name)


def _described(layout: Layout | None, folder: Path, findings: Findings) -> Layout | None:
    """A described city; one that names no tables takes those of its folder, one without households those beside it."""
    if layout is None:
        return None
    if not layout.tables:
        return replace(layout, tables=_tables_of_folder(folder, findings))
    if "households" in layout.tables:
        return layout
    beside = {name: source for name, source in _tables_of_folder(folder, Findings()).items() if name == "households"}
    return replace(layout, tables={**layout.tables, **beside})


def _tables_of_folder(folder: Path, findings: Findings) -> dict[str, TableSource]:
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith((".", "~$")))
    except OSError as error:
        findings.error(f"cannot be opened: {error.strerror or error}", "ask for the right to read it", file=folder.name)
        return {}
    data = [file for file in files if file.suffix.lower() in TABLE_ENDINGS]
    tables: dict[str, TableSource] = {}
    for name, table in TABLES.items():
        same = [file for file in data if file.stem.casefold() == name]
        if len(same) > 1:
            findings.error(
                f"two files for one table: {', '.join(file.name for file in same)}",
                "keep one of them, or name the right one in a city.yaml",
                file=folder.name,
                table=name,
            )
        elif same:
            tables[name] = table_source(table, same[0])
    _misspelt_files(folder, files, tables, findings)
    return tables


def _misspelt_files(folder: Path, files: list[Path], tables: Mapping[str, TableSource], findings: Findings) -> None:
    """Report required tables without a file, and files that look like a table which is not there."""
    stems = {file.stem.casefold(): file for file in reversed(files)}
    absent = [name for name in TABLES if name not in tables and name not in stems]
    for name, table in TABLES.items():
        if name in tables or not table.required or name == "households":
            continue
        if any(finding.table == name for finding in findings.errors):
            continue
        if name in stems:
            what, remedy = f"'{stems[name].name}' is no format that can be read", "save it as GeoPackage, CSV or Excel"
        else:
            what = "the table is missing"
            near = did_you_mean(name, stems)
            hint = f"; rename the file: {near}" if near.startswith("did") else ""
            hint += _lonely_geopackage(files)
            remedy = f"add a file {name}.gpkg, .geojson, .parquet or .csv{hint}"
        findings.error(what, remedy, file=folder.name, table=name)
    for stem, file in stems.items():
        if file.suffix.lower() in TABLE_ENDINGS and stem not in TABLES and absent:
            near = did_you_mean(stem, absent)
            if near.startswith("did"):
                findings.note(Text("is not a table of a city and was not read", "ist keine Tabelle einer Stadt und wurde nicht "
                                   "gelesen"), near, file=file.name)  # fmt: skip


def _lonely_geopackage(files: list[Path]) -> str:
    packages = [file.name for file in files if file.suffix.lower() == ".gpkg" and file.stem.casefold() not in TABLES]
    return f"; or give '{packages[0]}' itself if it holds the tables" if len(packages) == 1 else ""


def _tables_of_geopackage(path: Path, findings: Findings) -> dict[str, TableSource]:
    from allocator.city.formats import layers_of

    layers = layers_of(path, path.name, findings)
    if layers is None:
        return {}
    folded = {layer.casefold(): layer for layer in layers}
    for name, table in TABLES.items():
        if table.required and name != "households" and name not in folded:
            near = did_you_mean(name, layers) or "add it"
            findings.error(f"there is no layer '{name}'", f"{near}; or say in a city.yaml which layer it is",
                           file=path.name, table=name)  # fmt: skip
    return {
        name: TableSource(table, path, path.name, layer=folded[name])
        for name, table in TABLES.items()
        if name in folded
    }
