"""How distances were measured, in sentences for the report and the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.report.numbers import Language, check_language, number, quantity

__all__ = ["distance_sentences"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "straight": "Distances are straight lines.",
        "streets": "Distances are walking distances along {km} km of streets, with the way from a building or facility "
        "to its street.",
        "cut_off": "Not connected to them, and therefore left out: {km} km of streets in {pieces} pieces.",
        "apart": "Lines that cross without a common point (bridges, tunnels) are no junctions: {n} pairs.",
        "far_buildings": "Farther than {limit} m from a street: {n} buildings with units (at most {most} m).",
        "far_facilities": "Farther than {limit} m from a street: {n} facilities (at most {most} m).",
    },
    "de": {
        "straight": "Entfernungen sind Luftlinien.",
        "streets": "Entfernungen sind Fußwege entlang {km} km Straßen, mit dem Weg vom Gebäude und von der Einrichtung "
        "zur Straße.",
        "cut_off": "Nicht damit verbunden und deshalb weggelassen: {km} km Straßen in {pieces} Stücken.",
        "apart": "Linien, die sich ohne gemeinsamen Punkt kreuzen (Brücken, Tunnel), sind keine Kreuzungen: {n} Paare.",
        "far_buildings": "Weiter als {limit} m von einer Straße: {n} Gebäude mit Wohnungen (höchstens {most} m).",
        "far_facilities": "Weiter als {limit} m von einer Straße: {n} Einrichtungen (höchstens {most} m).",
    },
}


def distance_sentences(how: Mapping[str, Any] | None, language: Language) -> list[str]:
    """The key `distances` of a result in sentences; none for a result that does not say it."""
    words = _WORDS[check_language(language)]
    if not how:
        return []
    if how["on"] != "streets":
        return [words["straight"]]
    sentences = [words["streets"].format(km=number(how["network_metres"] / 1000, language, 1))]
    if how["cut_off_pieces"]:
        km, pieces = number(how["cut_off_metres"] / 1000, language, 1), quantity(how["cut_off_pieces"], language)
        sentences.append(words["cut_off"].format(km=km, pieces=pieces))
    if how["crossings_apart"]:
        sentences.append(words["apart"].format(n=quantity(how["crossings_apart"], language)))
    for name in ("buildings", "facilities"):
        if how[f"far_{name}"]:
            sentences.append(
                words[f"far_{name}"].format(
                    limit=quantity(how["far_metres"], language),
                    n=quantity(how[f"far_{name}"], language),
                    most=quantity(how[f"farthest_{name}"], language),
                )
            )
    return sentences
