"""What the report says of sites: how many of each size the people of a place need, as they live and spread evenly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.report.numbers import Language, number, quantity

__all__ = ["site_needs"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Sites that it would take",
        "note": "If all refugees of a place lived at sites as large as the rule allows, wherever they live now: so "
        "many sites as the plan leaves them, and so many if they were spread evenly, by residents.",
        "district": "District",
        "social_space": "Social space",
        "persons": "Persons",
        "even": "Even share",
        "sites": "Sites of {limit}",
        "as_planned": "as planned",
        "as_even": "spread evenly",
        "total": "Together",
    },
    "de": {
        "title": "Standorte, die es bräuchte",
        "note": "Wenn alle Geflüchteten eines Gebiets an Standorten wohnten, so groß wie die Regel erlaubt, wo immer "
        "sie jetzt wohnen: so viele Standorte nach dem Plan, und so viele bei gleicher Verteilung nach Einwohnern.",
        "district": "Bezirk",
        "social_space": "Sozialraum",
        "persons": "Personen",
        "even": "Gleicher Anteil",
        "sites": "Standorte zu {limit}",
        "as_planned": "nach dem Plan",
        "as_even": "gleich verteilt",
        "total": "Zusammen",
    },
}


def site_needs(indicators: Mapping[str, Any], language: Language) -> dict[str, Any] | None:
    """Title, note, heads and rows of the table, the last row the total; None without a cap on persons per site."""
    told = indicators.get("sites_needed")
    if not told:
        return None
    words = _WORDS[language]
    limits = sorted(told["limits"].items(), key=lambda entry: (entry[1], entry[0]))
    rows = [
        [place["name"], *_cells(place["persons"], place["even_share"], [
            place[kind][name] for name, _ in limits for kind in ("sites", "sites_even")
        ], language)]
        for place in told["places"].values()
    ]  # fmt: skip
    everywhere = list(told["places"].values())
    sums = [_sum([place[kind][name] for place in everywhere]) for name, _ in limits for kind in ("sites", "sites_even")]
    persons, even = (_sum([place[name] for place in everywhere]) for name in ("persons", "even_share"))
    total = _cells(persons, even, sums, language)
    return {
        "title": words["title"],
        "note": words["note"],
        "head": [words[told["level"]], words["persons"], words["even"]],
        "limits": [(words["sites"].format(limit=quantity(limit, language)), name) for name, limit in limits],
        "kinds": [words["as_planned"], words["as_even"]],
        "rows": [*rows, [words["total"], *total]],
    }


def _cells(persons: float | None, even: float | None, sites: list[Any], language: Language) -> list[str]:
    told = quantity(None, language) if even is None else number(even, language, 1)
    return [quantity(persons, language), told, *(quantity(count, language) for count in sites)]


def _sum(values: list[Any]) -> Any:
    """The sum; None as soon as one of them is unknown."""
    return None if any(value is None for value in values) else sum(values)
