"""Indices of segregation in the report: values with their intervals, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.indicators.area_indices import ALL_INDICES, LEVELS, WHEN
from allocator.indicators.definitions import INDICATORS
from allocator.indicators.indicator import said
from allocator.indicators.multigroup import MULTIGROUP_INDICES
from allocator.report.numbers import Language, number, percent, quantity
from allocator.report.words import WORDS

__all__ = ["index_notes", "index_rows"]

NOTES = {
    "en": {
        "intervals": "Below a value: where it may lie by chance ({coverage} of {draws} draws of all persons, "
        "seed {seed}). Households move together, so the true interval is wider.",
        "groups": "Groups that rules name: {labels}; compared with each other and with everybody else.",
        "notation": "x, y, t: refugees, other residents and all residents of place i; X, Y, T in all places; p = x/t, "
        "P = X/T.",
        "formula": "Formula: {formula}. Source: {source}.",
    },
    "de": {
        "intervals": "Unter einem Wert: wo er durch Zufall liegen kann ({coverage} von {draws} Ziehungen aller "
        "Personen, Startwert {seed}). Haushalte ziehen gemeinsam um, die wahre Spanne ist weiter.",
        "groups": "Gruppen, die Regeln nennen: {labels}; verglichen untereinander und mit allen übrigen.",
        "notation": "x, y, t: Geflüchtete, übrige und alle Einwohner des Ortes i; X, Y, T an allen Orten; p = x/t, "
        "P = X/T.",
        "formula": "Formel: {formula}. Quelle: {source}.",
    },
}


def index_rows(indicators: Mapping[str, Any], language: Language) -> list[dict[str, Any]]:
    """One row per index: `title`, and `cells` before and after by social space and by district.

    A cell has a `value` with three decimals and its `interval`, empty where there is none. Results of older versions
    have fewer indices.
    """
    told, intervals = indicators["segregation"], indicators.get("segregation_intervals") or {}
    rows = [_row(name, told, intervals, language) for name in ALL_INDICES if _has(told, name)]
    groups = indicators.get("groups")
    return rows + [_row(name, groups, {}, language) for name in MULTIGROUP_INDICES if groups and _has(groups, name)]


def index_notes(indicators: Mapping[str, Any], language: Language) -> list[str]:
    """How to read the table, then meaning, formula and source of each index in it."""
    words, intervals = NOTES[language], indicators.get("segregation_intervals")
    notes = []
    if intervals:
        notes.append(
            words["intervals"].format(
                coverage=percent(intervals["coverage"], language),
                draws=quantity(intervals["draws"], language),
                seed=intervals["seed"],
            )
        )
    groups = indicators.get("groups")
    if groups:
        notes.append(words["groups"].format(labels=", ".join(groups["labels"])))
    notes.append(words["notation"])
    for one in INDICATORS:
        if _has(indicators["segregation"], one.name) or (groups and _has(groups, one.name)):
            text = said(one, language)
            notes.append(f"{text['title']}: {text['meaning']} {words['formula'].format(**text)}")
    return notes


def _has(told: Mapping[str, Any], name: str) -> bool:
    return name in told["social_space"]["before"]


def _row(name: str, told: Mapping[str, Any], intervals: Mapping[str, Any], language: Language) -> dict[str, Any]:
    title = next(said(one, language)["title"] for one in INDICATORS if one.name == name)
    cells = []
    for level in LEVELS:
        for when in WHEN:
            ends = intervals.get(level, {}).get(when, {}).get(name) or {}
            low, high = (number(ends.get(end), language, 3) for end in ("low", "high"))
            known = ends.get("low") is not None
            cells.append({
                "value": number(told[level][when].get(name), language, 3),
                "interval": f"{low} – {high}" if known else "",
            })  # fmt: skip
    return {"title": WORDS[language].get(name, title), "cells": cells}
