"""The comparison as one HTML file that asks no host for anything: maps that move together, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.compare.content import comparison_content
from allocator.compare.tables import comparison_tables
from allocator.compare.words import PAGE_WORDS, SECTIONS
from allocator.maps.document import Document, Verbatim, asset, json_in_html, with_policy, without_links
from allocator.report.numbers import Language, check_language
from allocator.report.rendering import rendered
from allocator.whole_files import replaced_text

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["render_comparison", "write_comparison"]

_OF_MAPS = ("leaflet/leaflet.js", "decode.js", "symbols.js", "layers.js")
_OWN = ("together.js", "drawing.js", "legend.js", "compare.js")


def write_comparison(plans: Sequence[Plan], path: Path, language: Language = "de", notes: Sequence[str] = ()) -> None:
    """Write the internal comparison of two or more plans of one city; an existing file is replaced when it is complete.

    The first plan is the one that the others are compared with; `notes` are shown (see `check_same_city`). Raises
    UsageError for an unknown language.
    """
    replaced_text(Path(path), render_comparison(plans, check_language(language), notes))


def render_comparison(plans: Sequence[Plan], language: Language, notes: Sequence[str] = ()) -> str:
    """The page as text; the same plans give the same text. Outlines stand in it once, whatever the number of maps."""
    words, tables = PAGE_WORDS[language], comparison_tables(plans, language)
    names = " – ".join(one["name"] for one in tables["runs"])
    document = Document(f"{words['title']}: {names} – {words['internal']}", language)
    styles = [asset("leaflet/leaflet.css"), asset("compare.css", "compare")]
    scripts = [*(asset(name) for name in _OF_MAPS), *(asset(name, "compare") for name in _OWN)]
    for number, style in enumerate(styles):
        document.header.add_child(Verbatim(f"<style>{without_links(style)}</style>"), name=f"style{number}")
    for number, script in enumerate(scripts):
        document.header.add_child(Verbatim(f"<script>{without_links(script)}</script>"), name=f"script{number}")
    document.html.add_child(Verbatim(_body(plans, tables, language, notes)), name="body")
    data = json_in_html(comparison_content(plans, language))
    document.html.add_child(Verbatim(f'<script type="application/json" id="content">{data}</script>'), name="content")
    document.script.add_child(Verbatim("allocatorMap.compare();"), name="start")
    return with_policy(document.render())


def _body(plans: Sequence[Plan], tables: dict[str, Any], language: Language, notes: Sequence[str]) -> str:
    sections = [
        {"key": key, "title": title, "rows": [row for row in tables["indicators"] if row["section"] == key]}
        for key, title in SECTIONS[language].items()
    ]
    cities = [plan.scenario.city for plan in plans]
    content = {
        "w": PAGE_WORDS[language],
        "sections": [section for section in sections if section["rows"]],
        "notes": list(notes),
        "sources": list(dict.fromkeys(_source(source) for city in cities for source in city.told_sources(language))),
        "synthetic": list(dict.fromkeys(text for city in cities for text in city.told_synthetic(language))),
        **tables,
    }
    return rendered("allocator.compare", "compare.html", content, "assets")


def _source(source: Any) -> str:
    parts = (source.title or source.file, source.licence, source.attribution, source.retrieved)
    return ", ".join(str(part) for part in parts if part)
