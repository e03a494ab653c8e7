"""The city's own lists as files: read under the names of the contract, whatever they are called there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from allocator.city.coercion import text_of
from allocator.city.crs import parse_crs
from allocator.city.formats import read_raw
from allocator.city.geometry import Located, locate
from allocator.city.layout import table_source
from allocator.city.naming import with_contract_names
from allocator.city.reading import decimal_of_file
from allocator.city.reporting import TableReporter, row_labels
from allocator.city.tables import Table
from allocator.errors import Findings

__all__ = ["ListFile", "ReadList", "read_list"]


@dataclass(frozen=True)
class ListFile:
    """A file of the city, and what its columns are called: names of the contract to those of the file."""

    path: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str = ""
    layer: str = ""


@dataclass(frozen=True)
class ReadList:
    """A list under the names of the contract: its rows, their places if it has any, its reporter and decimal sign."""

    frame: pd.DataFrame
    located: Located | None
    report: TableReporter
    decimal: str


def read_list(file: ListFile, table: Table, crs: str, findings: Findings, optional: str = "") -> ReadList | None:
    """A list under the names of the contract; coordinates without a CRS are in `crs`; `optional` may be missing.

    None with errors in `findings` where it cannot be used.
    """
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
        located = replace(located, crs=parse_crs(crs, findings))
    return ReadList(
        frame.reset_index(drop=True), located, report, source.decimal or decimal_of_file(frame, raw, source)
    )
