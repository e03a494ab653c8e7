"""Writes the report of a plan: one self-contained HTML page that prints to A4."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.report.numbers import check_language

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["report_html", "write_report"]


def report_html(plan: Plan, language: str = "de") -> str:
    """The report as one HTML page without any reference to another file or host.

    Every text from data is escaped; numbers stand in the form of the language. Raises UsageError for a language other
    than `de` and `en`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from allocator.report.content import report_content
    from allocator.report.words import WORDS

    known = check_language(language)
    environment = Environment(
        loader=PackageLoader("allocator.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template("report.html")
    return page.render(language=known, w=WORDS[known], **report_content(plan, known))


def write_report(plan: Plan, path: Path, language: str = "de") -> None:
    """Write `report_html` to a file: UTF-8, one line end on every system; the same plan gives the same bytes.

    An existing file is replaced when the new one is complete.
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(report_html(plan, language), encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
