"""The section of the report that says why, where `allocator explain` has answered before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.report.numbers import Language

__all__ = ["why_told"]

LEADERS = 8
"""Possibilities that the report names; why.csv has all."""
WORDS = {
    "en": {"title": "Why: what binds, and what would help", "binds": "What binds", "brings": "What would help",
           "supply": "Homes that are missing, and homes left over",
           "note": "Each figure was found by planning again with that one thing changed, unless it says otherwise."},
    "de": {"title": "Warum: was bindet, und was helfen würde", "binds": "Was bindet", "brings": "Was helfen würde",
           "supply": "Was an Wohnungen fehlt und was übrig bleibt",
           "note": "Jede Zahl ist mit dieser einen Änderung neu gerechnet, wo nichts anderes steht."},
}  # fmt: skip
"""The same keys in both languages."""


def why_told(why: Mapping[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """Title, note and the parts with their sentences; None without answers, or with answers in the other language."""
    if not why or why.get("language") != language:
        return None
    words = WORDS[language]
    parts = [
        (words[key], [str(line) for line in why.get(key) or ()][:LEADERS]) for key in ("binds", "brings", "supply")
    ]
    return {
        "title": words["title"],
        "note": words["note"],
        "parts": [(title, lines) for title, lines in parts if lines],
    }
