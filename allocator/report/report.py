"""Writes the report of a plan: one self-contained HTML page that prints to A4."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.report.numbers import check_language
from allocator.report.rendering import rendered
from allocator.whole_files import replaced_text

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["public_report_html", "report_html", "write_public_report", "write_report"]


def report_html(plan: Plan, language: str = "de", pictures: Sequence[Any] = ()) -> str:
    """The report as one HTML page without any reference to another file or host.

    Every text from data is escaped; numbers stand in the form of the language. `pictures` are those of
    `allocator.maps.picture`. Raises UsageError for a language other than `de` and `en`.
    """
    from allocator.report.content import report_content
    from allocator.report.words import WORDS

    known = check_language(language)
    content = report_content(plan, known)
    return _rendered(
        "report.html", language=known, w=WORDS[known], pictures=pictures, maps_title=WORDS[known]["maps"], **content
    )


def public_report_html(plan: Plan, published: Publication, language: str = "de", pictures: Sequence[Any] = ()) -> str:
    """The public report as one HTML page: published numbers alone, in the same form as `report_html`."""
    from allocator.report.public_content import public_report_content
    from allocator.report.words import WORDS

    known = check_language(language)
    content = public_report_content(plan, published, known)
    sites = () if published.sites_from is None else ("--sites-from", str(published.sites_from))
    command = shlex.join(["allocator", "publish", "RUN", "--language", known, *sites])
    return _rendered(
        "public.html", language=known, w=WORDS[known], pictures=pictures, maps_title=WORDS[known]["maps"],
        command=command, **content,
    )  # fmt: skip


def _rendered(template: str, **content: Any) -> str:
    return rendered("allocator.report", template, content, last_line_end=True)


def write_report(plan: Plan, path: Path, language: str = "de", pictures: Sequence[Any] = ()) -> None:
    """Write `report_html` to a file: UTF-8, one line end on every system; the same plan gives the same bytes.

    An existing file is replaced when the new one is complete.
    """
    replaced_text(Path(path), report_html(plan, language, pictures))


def write_public_report(
    plan: Plan, published: Publication, path: Path, language: str = "de", pictures: Sequence[Any] = ()
) -> None:
    """Write `public_report_html` to a file, in the same manner as `write_report`."""
    replaced_text(Path(path), public_report_html(plan, published, language, pictures))
