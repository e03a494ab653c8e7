"""An HTML document that carries its scripts and styles in itself and opens no address.

A Content-Security-Policy lets exactly the scripts run that stand in the document, by their hashes; images are data, and
an address is opened only for the background tiles of a map that asks for them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import Any

from branca.element import Element, Figure
from jinja2 import Template

from allocator.report.numbers import Language

__all__ = ["TILE_HOST", "Document", "Verbatim", "asset", "json_in_html", "with_policy", "without_links"]

TILE_HOST = "https://tile.openstreetmap.org"
_POLICY_PLACE = "policy-of-this-page"


class Verbatim(Element):
    """Text that goes into the document as it is: a Folium element would run data as a template of its own."""

    _template = Template("{{ this.text }}\n")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Document(Figure):
    """An HTML document that has a language and a policy, and no frame for notebooks."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">\n'
        '<meta name="referrer" content="strict-origin-when-cross-origin">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, nofollow">\n'
        "<title>{{ this.title | e }}</title>\n{{ this.header.render(**kwargs) }}</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}"
        "<script>{{ this.script.render(**kwargs) }}</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, language: Language) -> None:
        super().__init__(title=title)
        self.header._children.clear()  # the document states its character set itself
        self.language, self.policy = language, _POLICY_PLACE


def json_in_html(content: Any) -> str:
    """JSON that may stand in a script element: no text in it can end the element or open a comment."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def asset(name: str, room: str = "maps") -> str:
    """The text of a file below `assets` of a room of the package."""
    return files(f"allocator.{room}").joinpath("assets", *name.split("/")).read_text(encoding="utf-8")


def without_links(text: str) -> str:
    """A script or style without references to files that stand beside it elsewhere."""
    text = re.sub(r"\n//# sourceMappingURL=.*", "", text)
    return re.sub(r"(?:background-image|behavior): url\([^)]*\);", "", text)


def with_policy(html: str, tiles: bool = False) -> str:
    """The page with a policy that lets exactly its own scripts run and opens no address but that of the tiles."""
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in scripts]
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{value}'" for value in hashes),
        "style-src": "'unsafe-inline'",
        "img-src": f"data: {TILE_HOST}" if tiles else "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return html.replace(_POLICY_PLACE, "; ".join(f"{name} {value}" for name, value in policy.items()), 1)
