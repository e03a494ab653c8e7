"""Files into raw tables: what stands in the file, before anything is named or coerced.

Every file is looked at before it is opened: whether it is there, readable, whole, and what its ending says. Whatever a
library then still refuses becomes a finding too.
"""

from __future__ import annotations

import logging
import re
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from allocator.city.layout import TableSource
from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean

__all__ = ["RawTable", "files_of", "layers_of", "read_raw"]

_TEXT = (".csv", ".tsv", ".txt")
_EXCEL = (".xlsx", ".xlsm")
_ARROW = (".parquet", ".geoparquet", ".feather", ".arrow")
_GEOJSON = (".geojson", ".json")
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
_SIGNATURES = (
    (b"SQLite format 3\x00", "a GeoPackage", (".gpkg", ".sqlite")),
    (b"PAR1", "Parquet", (".parquet", ".geoparquet")),
    (b"PK\x03\x04", "an Excel file or another ZIP archive", (*_EXCEL, ".ods", ".zip", ".kmz")),
    (b"\x00\x00\x27\x0a", "a Shapefile", (".shp", ".shx")),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", (".xls",)),
    (b"ARROW1", "Feather", (".feather", ".arrow")),
    (b"%PDF", "a PDF", ()),
    (b"\x1f\x8b", "a gzip archive", (".gz",)),
    (b"<!DOCTYPE", "a web page instead of the data", ()),
    (b"<html", "a web page instead of the data", ()),
    (b"version https://git-lfs", "a pointer of Git LFS instead of the data", ()),
)


@dataclass(frozen=True)
class RawTable:
    """A table as its file holds it.

    `frame` has the column names of the file and values of any type; `geometry` is an array of shapely geometries in
    the order of the rows, or None; `crs` is what the file says (`crs_assumed`: only because the format has a default).
    `separator` is that of a text file; `first_row` is the number that a reader sees at the first row of data.
    """

    frame: pd.DataFrame
    geometry: np.ndarray | None = None
    crs: Any = None
    crs_assumed: bool = False
    separator: str = ""
    first_row: int = 1


def files_of(source: TableSource) -> list[Path]:
    """The files from which a table is read: more than one for a Shapefile."""
    if source.file.suffix.lower() != ".shp":
        return [source.file]
    beside = (source.file.with_suffix(ending) for ending in _SIDECARS)
    return [source.file, *(file for file in beside if file.exists())]


def read_raw(source: TableSource, findings: Findings) -> RawTable | None:
    """Read a table as it stands; None with an error among the findings where that is not possible."""
    from allocator.city import text_tables

    where = {"file": source.shown, "table": source.table.name}
    if not _is_sound(source, findings):
        return None
    ending = source.file.suffix.lower()
    if source.header is not None and ending not in (*_TEXT, *_EXCEL):
        findings.error("header is for CSV and Excel", "remove the key: this format knows its columns",
                       **source.place("header"))  # fmt: skip
        return None
    try:
        if ending in _TEXT:
            return text_tables.read_text(source, findings)
        if ending in _EXCEL:
            return text_tables.read_excel(source, findings)
        if ending in _ARROW:
            return _read_arrow(source.file)
        return _read_vector(source, findings)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # Whatever a format library raises is a defect of the file.
        what = f"cannot be read as {ending or 'a table'}: {_first_line(error)}"
        findings.error(what, _remedy(ending), **where)
        return None


def layers_of(path: Path, file: str, findings: Findings, table: str = "") -> list[str] | None:
    """The layers of a vector file; None with an error among the findings if it is none."""
    import pyogrio

    try:
        with _quiet():
            return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except (pyogrio.errors.DataSourceError, OSError, ValueError, RuntimeError) as error:
        what = f"cannot be opened: {_first_line(error)}"
        findings.error(what, _remedy(path.suffix.lower()), file=file, table=table)
        return None


def _is_sound(source: TableSource, findings: Findings) -> bool:
    """Whether the file is there, readable, not empty, what its ending says, and whole."""
    where = {"file": source.shown, "table": source.table.name}
    path, ending = source.file, source.file.suffix.lower()
    try:
        if path.is_dir() and ending == ".gdb":
            return True
        if path.is_dir():
            findings.error("is a folder, not a file", "name the file in it", **where)
            return False
        if not path.exists():
            beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
            near = did_you_mean(path.name, beside) if beside else f"there is no folder '{path.parent}'"
            place = source.place("source") if source.described_in else where
            findings.error("there is no such file", near, **place)
            return False
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4096)
            stream.seek(max(0, size - 64))
            tail = stream.read()
    except OSError as error:
        findings.error(f"cannot be opened: {error.strerror or error}", "ask for the right to read it", **where)
        return False
    if not head.strip():
        findings.error("the file is empty", "export it again, with its header", **where)
        return False
    for signature, name, endings in _SIGNATURES:
        if head.startswith(signature) and ending not in endings:
            remedy = "download the data itself" if "instead" in name else "correct the ending, or export again"
            findings.error(f"is not what its ending says: {ending} is {name}", remedy, **where)
            return False
    defect = _defect(ending, head, tail, size)
    if defect:
        findings.error(defect, _remedy(ending), **where)
    return not defect


def _defect(ending: str, head: bytes, tail: bytes, size: int) -> str:
    """What first and last bytes say against the ending or the wholeness of a file; empty if nothing."""
    expected = {end: (signature, name) for signature, name, ends in _SIGNATURES for end in ends}
    if ending in expected and not head.startswith(expected[ending][0]):
        return f"is not what its ending says: {ending} would be {expected[ending][1]}"
    if ending in _GEOJSON:
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return f"is not what its ending says: {ending} would begin with a brace"
        if not tail.rstrip().endswith(b"}"):
            return "is cut off: the closing brace is missing"
    if ending == ".gpkg" and len(head) >= 100:
        page, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
        if size < (65536 if page == 1 else page) * pages:
            return f"is cut off: {size} bytes, its header says more"
    if ending == ".shp" and (len(head) < 100 or size < 2 * struct.unpack(">i", head[24:28])[0]):
        return f"is cut off: {size} bytes, its header says more"
    if ending in (".parquet", ".geoparquet") and not tail.endswith(b"PAR1"):
        return "is cut off: the end of a Parquet file is missing"
    return ""


def _remedy(ending: str) -> str:
    if ending == ".shp":
        return "export it again; the files .shp, .shx, .dbf and .prj belong together"
    if ending in (".xls", ".ods"):
        return "save it as .xlsx or .csv"
    return "export or download it again"


def _first_line(error: BaseException) -> str:
    """The first line of a library's message, without the folder it names."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return re.sub(r"'?(?:[A-Za-z]:)?[\\/][^\s':]*[\\/]([^\s\\/':]+)'?", r"\1", text)


class _quiet(warnings.catch_warnings):  # noqa: N801 - reads as a statement
    """Keeps warnings and log lines of format libraries off the terminal; findings say what matters."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        self._logger = logging.getLogger("pyogrio")
        self._was_disabled = self._logger.disabled
        self._logger.disabled = True
        return entered

    def __exit__(self, *details: object) -> None:
        self._logger.disabled = self._was_disabled
        super().__exit__(*details)


def _read_vector(source: TableSource, findings: Findings) -> RawTable | None:
    """Read one layer of anything that GDAL opens."""
    import pyogrio

    options: dict[str, Any] = {"encoding": source.encoding} if source.encoding else {}
    if source.layer or source.file.suffix.lower() not in _GEOJSON:
        layers = layers_of(source.file, source.shown, findings, source.table.name)
        options["layer"] = _choose_layer(source, layers, findings) if layers is not None else None
        if options["layer"] is None:
            return None
    with _quiet():
        frame = pyogrio.read_dataframe(source.file, **options)
    geometry, crs = None, None
    if hasattr(frame, "geometry") and "geometry" in frame.columns:
        geometry, crs = np.asarray(frame.geometry.to_numpy(), dtype=object), frame.crs
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    assumed = source.file.suffix.lower() in _GEOJSON and not _has_crs_member(source.file)
    return RawTable(pd.DataFrame(frame), geometry, crs, crs_assumed=assumed)


def _choose_layer(source: TableSource, layers: list[str], findings: Findings) -> str | None:
    where = {"file": source.shown, "table": source.table.name}
    if source.layer:
        if source.layer in layers:
            return source.layer
        findings.error(f"there is no layer {shown(source.layer)}", did_you_mean(source.layer, layers),
                       **source.place("layer"))  # fmt: skip
        return None
    if len(layers) == 1:
        return layers[0]
    if source.table.name in layers:
        return source.table.name
    what = f"holds {len(layers)} layers" if layers else "holds no layer"
    findings.error(what, f"name one with 'layer:' in a city.yaml; it has: {', '.join(layers[:12])}", **where)
    return None


def _has_crs_member(path: Path) -> bool:
    """Whether a GeoJSON says its CRS itself (a member that older programs write; without it the default is WGS 84)."""
    with path.open("rb") as stream:
        head = stream.read(8192)
        stream.seek(max(0, path.stat().st_size - 1024))
        return b'"crs"' in head or b'"crs"' in stream.read()


def _read_arrow(path: Path) -> RawTable:
    """Read Parquet, GeoParquet or Feather; geometry only where the file is GeoParquet."""
    import geopandas as gpd
    import pyarrow.feather
    import pyarrow.parquet

    if path.suffix.lower() in (".feather", ".arrow"):
        return RawTable(pyarrow.feather.read_feather(path))
    with path.open("rb") as stream:
        schema = pyarrow.parquet.read_schema(stream)
    twice = [name for name in dict.fromkeys(schema.names) if schema.names.count(name) > 1]
    if twice:
        raise ValueError(f"several columns have the name {twice[0]}")
    if b"geo" not in (schema.metadata or {}):
        with path.open("rb") as stream:
            return RawTable(pyarrow.parquet.read_table(stream).to_pandas())
    frame = gpd.read_parquet(path)
    geometry, crs = np.asarray(frame.geometry.to_numpy(), dtype=object), frame.crs
    others = [name for name, kind in frame.dtypes.items() if str(kind) == "geometry"]
    return RawTable(pd.DataFrame(frame.drop(columns=others)), geometry, crs)
