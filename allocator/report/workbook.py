"""Writes tables as an Excel workbook: one sheet each, a mark on every sheet, numbers as numbers, no text a formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from allocator.report.numbers import Language, check_language
from allocator.whole_files import replaced_file

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["Column", "Kind", "Sheet", "day", "workbook_bytes", "write_public_workbook", "write_workbook"]

Kind = Literal["text", "count", "number", "signed", "share", "index", "date"]
"""How a column is shown: text, whole number, up to two decimals, with its sign, percent, three decimals, day."""
_FORMATS: dict[str, str] = {
    "count": "#,##0",
    "number": "#,##0.##",
    "signed": "+#,##0;-#,##0;0",
    "share": "0.00%",
    "index": "0.000",
}
_DAYS = {"de": "dd.mm.yyyy", "en": "yyyy-mm-dd"}
_LONGEST = 32_767
"""Characters that a cell of Excel holds."""
_WIDEST, _NARROWEST = 70, 9
_HEAD_ROW = 2
_FIXED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the time of writing, so that the same plan gives the same bytes."""


@dataclass(frozen=True)
class Column:
    """One column: its head and how its values are shown."""

    head: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """One sheet: name (at most 31 characters), columns and rows; a text in a column of numbers stays text."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]


def write_workbook(plan: Plan, path: Path, language: str = "de") -> None:
    """Write the internal workbook of a plan; every sheet says INTERNAL, on the screen and on paper.

    An existing file is replaced when the new one is complete; the same plan gives the same bytes.
    """
    from allocator.report.words import WORDS
    from allocator.report.workbook_sheets import workbook_sheets

    known = check_language(language)
    words = WORDS[known]
    sheets = workbook_sheets(plan, known)
    content = workbook_bytes(sheets, known, f"{words['mark']} – {words['mark_why']}", words["mark"])
    replaced_file(Path(path), lambda draft: draft.write_bytes(content))


def write_public_workbook(plan: Plan, published: Publication, path: Path, language: str = "de") -> None:
    """Write the public workbook: what is published and nothing else."""
    from allocator.report.public_words import PUBLIC_WORDS
    from allocator.report.public_workbook import public_sheets

    known = check_language(language)
    words = PUBLIC_WORDS[known]
    sheets = public_sheets(plan, published, known)
    content = workbook_bytes(sheets, known, f"{words['mark']} – {words['mark_why']}", words["mark"])
    replaced_file(Path(path), lambda draft: draft.write_bytes(content))


def workbook_bytes(sheets: Sequence[Sheet], language: Language, told: str, mark: str) -> bytes:
    """A workbook with a sheet per table; `told` stands in the first row of each, `mark` in the head of each page.

    Texts are written as texts, whatever they look like: no cell holds a formula or a link.
    """
    import xlsxwriter

    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _DAYS[language],
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"title": mark, "created": _FIXED.replace(tzinfo=None)})
        plain = {"valign": "top"}
        formats = {kind: workbook.add_format({**plain, "num_format": code}) for kind, code in _FORMATS.items()}
        formats["date"] = workbook.add_format({**plain, "num_format": _DAYS[language], "align": "left"})
        formats["text"] = workbook.add_format({**plain, "text_wrap": True})
        head = {
            kind: workbook.add_format(
                {
                    "bold": True,
                    "bottom": 1,
                    "bg_color": "#F4F6F8",
                    "text_wrap": True,
                    "valign": "bottom",
                    "align": "left" if kind in ("text", "date") else "right",
                }
            )
            for kind in formats
        }
        marked = workbook.add_format({"bold": True, "font_color": "#9A3412"})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            page.write_string(0, 0, told, marked)
            page.set_header(f'&L&"Arial,Bold"{mark}&R&A')
            page.set_footer("&R&P / &N")
            page.set_paper(9)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(_HEAD_ROW)
            page.freeze_panes(_HEAD_ROW + 1, 1)
            for at, column in enumerate(sheet.columns):
                page.write_string(_HEAD_ROW, at, column.head, head[column.kind])
                page.set_column(at, at, _width(sheet, at))
            for row, values in enumerate(sheet.rows, start=_HEAD_ROW + 1):
                for at, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
                    _cell(page, row, at, value, formats, column.kind)
            if sheet.rows and len(sheet.columns) > 2:
                page.autofilter(_HEAD_ROW, 0, _HEAD_ROW + len(sheet.rows), len(sheet.columns) - 1)
    return buffer.getvalue()


def _cell(page: Any, row: int, at: int, value: Any, formats: dict[str, Any], kind: Kind) -> None:
    """One value in its form; nothing for None, NaN and infinity."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        page.write_blank(row, at, None, formats[kind])
    elif isinstance(value, (date, datetime)):
        page.write_datetime(row, at, value, formats["date"])
    elif isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        form = formats["number"] if kind in ("text", "date") else formats[kind]
        whole = kind in ("text", "number") and float(value).is_integer()
        page.write_number(row, at, float(value), formats["count"] if whole else form)
    else:
        page.write_string(row, at, str(value)[:_LONGEST], formats["text"])


def _width(sheet: Sheet, at: int) -> float:
    """Wide enough for what stands in a column, the head in two lines, within bounds."""
    texts = [str(row[at]) for row in sheet.rows if row[at] is not None]
    longest = max([len(sheet.columns[at].head) / 1.6, *(len(line) for text in texts for line in text.split("\n"))])
    return min(_WIDEST, max(_NARROWEST, longest + 2))


def day(text: str) -> date | str:
    """The day of an ISO text as a date, any other text as it is."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return text
