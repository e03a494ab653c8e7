"""The map as one HTML file that asks no host for anything.

A page that Folium saves loads about ten files from four hosts. This one is drawn by Folium too, but Leaflet and the
styles stand inside it, nothing else is needed, and a Content-Security-Policy forbids the rest: only the scripts whose
hashes it names may run, and no address may be opened, except for the background tiles where they are asked for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
from jinja2 import Template

from allocator.maps.content import map_content
from allocator.maps.document import (
    TILE_HOST,
    Document,
    Verbatim,
    asset,
    json_in_html,
    with_policy,
    without_links,
)
from allocator.maps.public_content import public_content, public_heading, public_words
from allocator.report.numbers import Language, check_language
from allocator.report.rendering import rendered
from allocator.whole_files import replaced_text

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["json_in_html", "map_words", "render_map", "write_map"]

TILES = f"{TILE_HOST}/{{z}}/{{x}}/{{y}}.png"
_TILE_CREDIT = '&copy; <a href="https://www.openstreetmap.org/copyright" rel="noopener">OpenStreetMap</a>'
_SCRIPTS = ("leaflet/leaflet.js", "decode.js", "symbols.js", "popups.js", "panels.js", "layers.js", "ways.js",
            "why.js", "start.js")  # fmt: skip
_STYLES = ("leaflet/leaflet.css", "map.css", "ways.css")


def write_map(
    plan: Plan, path: Path, language: Language = "de", tiles: bool = False, published: Publication | None = None
) -> None:
    """Write the internal map of a plan as one HTML file; an existing file is replaced when the new one is complete.

    `tiles` adds OpenStreetMap as background, for readers with internet access; its host learns which part of the city
    is looked at, and may refuse pages that are opened from a disk. With `published` it is the public map: areas alone,
    and of them nothing but what is published. Raises UsageError for an unknown language.
    """
    replaced_text(Path(path), render_map(plan, check_language(language), tiles, published))


def render_map(plan: Plan, language: Language, tiles: bool = False, published: Publication | None = None) -> str:
    """The page as text; the same plan gives the same text."""
    words = map_words(language)
    heading = _heading(plan, language)
    if published is None:
        content = map_content(plan, language, words)
    else:
        words = public_words(words)
        heading |= public_heading(plan, published, language)
        content = public_content(plan, published, language, words)
    document = Document(f"{heading['title']} – {words['internal']}", language)
    for style in _STYLES:
        document.header.add_child(Verbatim(f"<style>{without_links(asset(style))}</style>"), name=style)
    for script in _SCRIPTS:
        document.header.add_child(Verbatim(f"<script>{without_links(asset(script))}</script>"), name=script)
    frame = rendered(
        "allocator.maps", "page.html", {"words": words, "public": published is not None, **heading}, "assets"
    )
    document.html.add_child(Verbatim(frame), name="skeleton")
    data = json_in_html({**content, "tiles": tiles})
    document.html.add_child(Verbatim(f'<script type="application/json" id="content">{data}</script>'), name="content")
    page = CityMap()
    document.add_child(page)
    if tiles:
        page.add_child(_background())
    return with_policy(document.render(), tiles)


def map_words(language: Language) -> dict[str, Any]:
    """Every text of the map in a language, as data."""
    return json.loads(asset(f"words/{language}.json"))


class CityMap(folium.Map):
    """Folium's map with Leaflet inside the document instead of links, under a name that is always the same."""

    default_js = ()
    default_css = ()
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div id="{{ this.get_name() }}" class="folium-map"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map("{{ this.get_name() }}", allocatorMap.options);
        allocatorMap.start({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__(tiles=None)
        self._id = "city"


def _background() -> folium.TileLayer:
    layer = folium.TileLayer(TILES, attr=_TILE_CREDIT, max_zoom=19, control=False)
    layer._id = "background"
    return layer


def _heading(plan: Plan, language: Language) -> dict[str, Any]:
    """What stands above the map: title, result in a sentence, sources, notes on generated data."""
    from allocator.report.sentences import result_sentence

    result, city = plan.result, plan.scenario.city
    sources = [
        {"title": source.title or source.file, "licence": source.licence, "attribution": source.attribution,
         "retrieved": source.retrieved}
        for source in city.told_sources(language)
    ]  # fmt: skip
    return {
        "title": plan.title(language) if result.get("title") else city.name,
        "city": city.name,
        "sentence": result_sentence(result, language) if result.get("status") else "",
        "synthetic": city.told_synthetic(language),
        "sources": sources,
        "made": _day(str(result.get("created", "")), language),
    }


def _day(moment: str, language: Language) -> str:
    """The day of an ISO moment in the form of a language, "" if there is none."""
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})", moment)
    if not found:
        return ""
    year, month, day = found.groups()
    return f"{day}.{month}.{year}" if language == "de" else f"{year}-{month}-{day}"
