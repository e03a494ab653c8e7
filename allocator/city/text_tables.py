"""CSV and Excel into raw tables, every cell as it was written: ids keep their zeros."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import zipfile

import pandas as pd

from allocator.city.formats import RawTable
from allocator.city.headers import LOOKED_AT, header_elsewhere
from allocator.city.layout import TableSource
from allocator.city.reporting import LISTED, shown
from allocator.errors import Findings, did_you_mean

__all__ = ["read_excel", "read_text"]

_SEPARATORS = (";", "\t", "|", ",")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST = 10_000
_REMEDY_FIELDS = "put a text that contains the separator in quotation marks; a short row is cut off"


def read_text(source: TableSource, findings: Findings) -> RawTable | None:
    """Read a text file with separated values; separator and encoding are found out unless the source says them.

    Encodings: with a byte order mark that of the mark, else UTF-8, else Windows-1252. Separator: of `;`, tab, `|` and
    `,` the one that splits the header into most columns. Rows with too few or too many cells are errors.
    """
    text = _decode(source, findings)
    if text is None:
        return None
    where = {"file": source.shown, "table": source.table.name}
    whole, start = text, _start_of_row(text, source.header or 1)
    if start is None:
        findings.error(f"the file has fewer rows, so its header cannot stand in row {source.header}",
                       "correct the number", **source.place("header"))  # fmt: skip
        return None
    separator, text = _separator(text[start:].lstrip("\r\n"))
    separator = source.separator or separator
    above = len(_LINE_END.findall(whole[: len(whole) - len(text)]))
    rows = [_cells(line, source.separator) for line in _LINE_END.split(text, LOOKED_AT)[:LOOKED_AT]]
    if header_elsewhere(rows, source, findings, above):
        return None
    header = next(csv.reader(io.StringIO(text, newline=None), delimiter=separator), [])
    table, ragged = _parse(text, separator, len(header))
    for expected, cells, number in ragged[:LISTED]:
        findings.error(f"{cells} cells where the header has {expected}", _REMEDY_FIELDS, line=number + above, **where)
    if len(ragged) > LISTED:
        findings.error(f"rows with too few or too many cells: {len(ragged) - LISTED} further rows", **where)
    if text.count('"') % 2 and (not text.endswith(("\n", "\r")) or table.map(lambda cell: "\n" in cell).any(axis=None)):
        findings.error("a quotation mark is opened and never closed", "close it, or export the file again", **where)
        return None
    return RawTable(_with_header(table.iloc[1:], header), separator=separator, first_row=2 + above)


def _start_of_row(text: str, number: int) -> int | None:
    """Where a row begins, rows counted from 1 as an editor counts them; None if there are fewer."""
    ends = itertools.islice(_LINE_END.finditer(text), number - 1)
    starts = [0, *(end.end() for end in ends)]
    return starts[-1] if len(starts) == number and starts[-1] < len(text) else None


def _cells(line: str, separator: str) -> list[str]:
    """The cells of one line, or of its beginning if a polygon stands in it."""
    line = line[:_LONGEST]
    return next(csv.reader([line], delimiter=separator or _separator(line)[0]), []) if line else []


def _decode(source: TableSource, findings: Findings) -> str | None:
    data = source.file.read_bytes()
    where = {"file": source.shown, "table": source.table.name}
    marked = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    by_mark = [name for mark, name in marked if data.startswith(mark)]
    for encoding in [source.encoding] if source.encoding else by_mark or ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" in text:
            break
        return text
    findings.error(
        "is not a text file that can be read" + (f" as {source.encoding}" if source.encoding else ""),
        "export it as CSV in UTF-8 or Windows-1252, or say 'encoding:' in a city.yaml",
        **where,
    )
    return None


def _separator(text: str) -> tuple[str, str]:
    """The separator that splits the header into most columns (a comma where none does), and the text from the header.

    A first line `sep=;`, which Excel writes and understands, names the separator and is no header.
    """
    header = re.match(r"[^\r\n]*", text).group()
    if re.fullmatch("sep=.", header):
        return header[4], text[len(header) :].lstrip("\r\n")
    counted = {sign: len(next(csv.reader([header], delimiter=sign), [])) for sign in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda sign: counted[sign])
    return best if counted[best] > 1 else ",", text


def _parse(text: str, separator: str, width: int) -> tuple[pd.DataFrame, list[tuple[int, int, int]]]:
    """All rows, the header first, as text; and (expected cells, cells, number of row) of those that do not fit."""
    import pyarrow as pa
    import pyarrow.csv

    ragged: list[tuple[int, int, int]] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append((row.expected_columns, row.actual_columns, row.number))
        return "skip"

    data = text.encode("utf-8")
    table = pyarrow.csv.read_csv(
        io.BytesIO(data),
        # One block and one thread: a row may be as long as the polygon in it, and rows keep their numbers.
        read_options=pyarrow.csv.ReadOptions(
            autogenerate_column_names=True, use_threads=False, block_size=min(len(data) + 1024, 2**31 - 1)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=skip
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={f"f{number}": pa.string() for number in range(max(width, 1))}, strings_can_be_null=False
        ),
    )  # fmt: skip
    return pd.DataFrame({name: table[name].to_numpy() for name in table.column_names}, dtype=object), ragged


def _with_header(rows: pd.DataFrame, header: list[str]) -> pd.DataFrame:
    """Rows under their header, without rows in which nothing stands."""
    frame = rows.reset_index(drop=True)
    frame.columns = [str(name) for name in header]
    filled = (frame != "").to_numpy().any(axis=1)
    return frame if filled.all() else frame[filled].reset_index(drop=True)


def read_excel(source: TableSource, findings: Findings) -> RawTable | None:
    """Read one sheet of an Excel file: `sheet:` of the source, else the one named like the table, else the only one."""
    where = {"file": source.shown, "table": source.table.name}
    try:
        book = pd.ExcelFile(source.file, engine="openpyxl")
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        findings.error(f"is no whole Excel file: {error}", "save it again as .xlsx", **where)
        return None
    with book:
        names = [str(name) for name in book.sheet_names]
        sheet = source.sheet or (source.table.name if source.table.name in names else names[0])
        if sheet not in names:
            findings.error(f"there is no sheet {shown(sheet)}", did_you_mean(sheet, names), **source.place("sheet"))
            return None
        if not source.sheet and sheet != source.table.name and len(names) > 1:
            findings.error(f"holds {len(names)} sheets", f"name one of them '{source.table.name}', or say 'sheet:' "
                           f"in a city.yaml; it has: {', '.join(names[:12])}", **where)  # fmt: skip
            return None
        cells = pd.read_excel(book, sheet, header=None, dtype=object, keep_default_na=False, na_values=[])
    if cells.empty:
        findings.error("the sheet is empty", "fill it, with a header in its first row", **where)
        return None
    cells = cells.astype(object).where(cells.notna(), "")
    if source.header is not None and len(cells) < source.header:
        findings.error(f"the sheet has fewer rows, so its header cannot stand in row {source.header}",
                       "correct the number", **source.place("header"))  # fmt: skip
        return None
    if header_elsewhere(cells.iloc[:LOOKED_AT].to_numpy().tolist(), source, findings):
        return None
    top = (source.header or 1) - 1
    header = ["" if name == "" else str(name) for name in cells.iloc[top]]
    return RawTable(_with_header(cells.iloc[top + 1 :], header), first_row=top + 2)
