"""The tables of a comparison: indicators, household sizes, districts, social spaces and rules, as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from allocator.compare.changes import better_of, change_words, value_words
from allocator.compare.labels import ELSEWHERE, label_of, leaves
from allocator.compare.names import run_names
from allocator.compare.rules import rule_table
from allocator.compare.sentences import difference_sentences
from allocator.compare.words import PAGE_WORDS
from allocator.indicators.indicator import Sense
from allocator.indicators.senses import sense_of
from allocator.report.numbers import Language, check_language, percent

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["comparison_tables", "indicators_of"]

_AREA_NUMBERS = ("residents_after", "refugees_after", "share_after", "persons_placed", "deviation_after", "free",
                 "children_without_seat")  # fmt: skip


def comparison_tables(plans: Sequence[Plan], language: Language = "de") -> dict[str, Any]:
    """Everything that a comparison says in numbers and words, fit for JSON; changes are those against the first plan.

    Keys: city, runs (letter, name, title, sentence), sentences, indicators, household_sizes, districts, social_spaces,
    rules. Each row of a table has `key`, `label`, `kind` (what is counted), `sense`, `values` (one for each plan, None
    where undefined), `texts` (the same as they are shown), `changes` (in words, "" for the first) and `better`
    (positions of the better ones). Raises UsageError for an unknown language.
    """
    language = check_language(language)
    told = [indicators_of(plan) for plan in plans]
    names = run_names(plans, language)
    return {
        "city": plans[0].scenario.city.name,
        "runs": _runs(plans, names, language),
        "sentences": difference_sentences(told, [name for _, name in names], language),
        "indicators": _indicators(told, language),
        "household_sizes": _sizes(told, language),
        "districts": _areas(plans, "district", language),
        "social_spaces": _areas(plans, "social_space", language),
        "rules": rule_table(plans, language),
    }


def indicators_of(plan: Plan) -> dict[str, Any]:
    """`indicators` of the result; of a plan made by hand they are counted."""
    from allocator.explain.indicators import plan_indicators

    return plan.result.get("indicators") or plan_indicators(plan)


def _runs(plans: Sequence[Plan], names: Sequence[tuple[str, str]], language: Language) -> list[dict[str, Any]]:
    from allocator.report.sentences import result_sentence

    return [
        {
            "letter": letter,
            "name": name,
            "title": plan.title(language) if plan.result.get("title") else "",
            "status": plan.result.get("status", ""),
            "sentence": result_sentence(plan.result, language) if plan.result.get("status") else "",
        }
        for plan, (letter, name) in zip(plans, names, strict=True)
    ]


def row(
    key: str, label: str, kind: str, sense: Sense, values: Sequence[float | None], language: Language,
    texts: Sequence[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One row of a table; `texts` are shown in place of the values."""
    return {
        "key": key,
        "label": label,
        "kind": kind,
        "sense": sense,
        "values": list(values),
        "texts": list(texts) if texts else [value_words(value, kind, language) for value in values],
        "changes": ["", *(change_words(values[0], value, kind, language) for value in values[1:])],
        "better": better_of(values, sense, kind),
    }


def _indicators(told: Sequence[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    """A row for every number of the indicators but those of the other tables; `section` says where it stands."""
    found = [dict(leaves(one)) for one in told]
    paths = list(dict.fromkeys(path for one in found for path in one))
    rows = []
    for path in paths:
        if any(fnmatchcase(path, pattern) for pattern in ELSEWHERE):
            continue
        place, label, text = label_of(path, language)
        made = row(path, text, label.kind, sense_of(path), [one.get(path) for one in found], language)
        rows.append((place, made | {"section": label.section}))
    return [made for _, made in sorted(rows, key=lambda entry: entry[0])]


def _sizes(told: Sequence[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    """Persons placed by household size; the sum is told by the indicators."""
    words, rows = PAGE_WORDS[language], []
    sizes = dict.fromkeys(size for one in told for size in one.get("by_household_size", {}))
    for size in sizes:
        cells = [one.get("by_household_size", {}).get(size) for one in told]
        values = [cell["persons_placed"] if cell else None for cell in cells]
        texts = [_of(cell, str(words["of"]), language) for cell in cells]
        path = f"by_household_size.{size}.persons_placed"
        rows.append(row(path, size, "persons", sense_of(path), values, language, texts))
    return rows


def _of(cell: dict[str, Any] | None, text: str, language: Language) -> str:
    if not cell or not cell["persons"]:
        return value_words(None, "persons", language)
    placed, every = (value_words(cell[key], "persons", language) for key in ("persons_placed", "persons"))
    return text.format(placed=placed, all=every, share=percent(cell["share_placed"], language, 1))


def _areas(plans: Sequence[Plan], level: str, language: Language) -> list[dict[str, Any]]:
    """Refugees after each plan by place, with their share of residents; `numbers` holds more of each plan."""
    tables = [plan.areas[plan.areas["level"] == level].set_index("place_id") for plan in plans]
    rows = []
    for place, name in tables[0]["name"].items():
        numbers = [{key: _plain(table.at[place, key]) for key in _AREA_NUMBERS} for table in tables]
        values = [one["refugees_after"] for one in numbers]
        shares = [percent(one["share_after"], language, 1) for one in numbers]
        counts = [value_words(value, "persons", language) for value in values]
        texts = [f"{count} ({share})" for count, share in zip(counts, shares, strict=True)]
        made = row(f"{level}.{place}.refugees_after", str(name), "persons", "neutral", values, language, texts)
        rows.append(made | {"place_id": place, "numbers": numbers})
    return rows


def _plain(value: float) -> float | int | None:
    value = float(value)
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else round(value, 6)
