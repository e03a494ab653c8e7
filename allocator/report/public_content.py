"""What the public report says: the question, the result, the rules, areas and household sizes, and how it was made."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.indicators.segregation import INDICES, segregation_indices
from allocator.publication.bounds import rule_states
from allocator.publication.publication import KINDS
from allocator.report.numbers import Language, gap_percent, number, percent, quantity, signed
from allocator.report.public_words import PUBLIC_WORDS, names_single_places, public_sentence, public_text
from allocator.report.rule_sources import rule_source
from allocator.report.words import WORDS
from allocator.wording import in_language

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["public_report_content", "public_rules"]


def public_report_content(plan: Plan, published: Publication, language: Language) -> dict[str, Any]:
    """Everything the template of the public report shows, not escaped; made of `published` and the texts of authors."""
    words, scenario = PUBLIC_WORDS[language], plan.scenario
    rules = public_rules(plan, language)
    return {
        "p": words,
        "title": public_text(plan, plan.title(language), language),
        "description": public_text(plan, in_language(scenario.description, language), language),
        "synthetic": [public_text(plan, text, language) for text in scenario.city.told_synthetic(language)],
        "sentence": public_sentence(plan, published, language),
        "quality": WORDS[language].get(f"quality_{plan.result.get('status')}", ""),
        "question": _question(plan, published, language),
        "rules": rules,
        "goals": _goals(plan, language),
        "sizes": _sizes(published, language),
        "areas": _area_rows(published.of_level("district"), language),
        "city": _area_rows(published.of_level("city"), language),
        "spaces": _spaces(published, language),
        "segregation": _segregation(published, language),
        "sites": published.sites,
        "sites_title": words["sites"].format(n=published.sites_from or 0),
        "not_met": _not_met(published, rules, language),
        "method": words["method"].format(n=quantity(published.withheld, language)),
        "sources": scenario.city.told_sources(language),
        "settings": _settings(plan, language),
    }


def public_rules(plan: Plan, language: Language) -> list[dict[str, Any]]:
    """Name, sentence, source, hard or soft and state of each rule; no counts, and no text that names a single place."""
    from allocator.scenario import rule_sentence

    states = rule_states(plan)
    return [
        {
            "name": public_text(plan, name, language),
            "sentence": public_text(plan, rule_sentence(rule, language), language),
            "source": rule_source(plan.scenario, name, rule, language),
            "soft": rule.is_soft,
            "state": states[name],
            "findings": [PUBLIC_WORDS[language][f"state_{states[name]}"]],
        }
        for name, rule in plan.scenario.rules.items()
    ]


def _count(value: Any, language: Language) -> str:
    return PUBLIC_WORDS[language]["withheld"] if value is None or pd.isna(value) else quantity(int(value), language)


def _question(plan: Plan, published: Publication, language: Language) -> list[tuple[str, str]]:
    words, told = WORDS[language], PUBLIC_WORDS[language]
    listed = (
        f"{_count(published.sizes.loc['total', 'listed'], language)} {words['households']}, "
        f"{_count(published.persons['listed'], language)} {words['persons']}"
    )
    spaces, districts = published.of_level("social_space"), published.of_level("district")
    (residents,) = published.of_level("city")["residents"]
    area = words["spaces_text"].format(
        spaces=quantity(len(spaces), language),
        districts=quantity(len(districts), language),
        residents=told["withheld"] if pd.isna(residents) else quantity(int(residents), language),
    )
    return [(words["city"], plan.scenario.city.name), (words["list"], listed), (words["spaces"], area)]


def _goals(plan: Plan, language: Language) -> list[str]:
    """The goals in their order, in sentences: a value may be a small number, and a gap tells its value."""
    from allocator.scenario import goal_sentence

    return [
        public_text(plan, " + ".join(goal_sentence(goal, language) for goal, _ in stage.goals), language)
        for stage in plan.scenario.stages
    ]


def _sizes(published: Publication, language: Language) -> list[list[str]]:
    rows = [[str(size), *(_count(row[kind], language) for kind in KINDS)] for size, row in published.sizes.iterrows()]
    rows[-1][0] = WORDS[language]["total"]
    persons = [_count(published.persons[kind], language) for kind in KINDS]
    return [*rows, [WORDS[language]["persons"], *persons]]


def _area_rows(table: pd.DataFrame, language: Language) -> list[dict[str, Any]]:
    withheld = PUBLIC_WORDS[language]["withheld"]

    def share(value: float, *parts: Any) -> str:
        return withheld if any(pd.isna(part) for part in parts) else percent(value, language, 2)

    return [
        {
            "name": row.name,
            "id": row.place_id if row.place_id != row.name and row.level != "city" else "",
            "residents": _count(row.residents, language),
            "before": _count(row.refugees_before, language),
            "after": _count(row.refugees_after, language),
            "change": withheld if pd.isna(row.change) else signed(int(row.change), language),
            "share_before": share(row.share_before, row.refugees_before, row.residents),
            "share_after": share(row.share_after, row.refugees_after, row.residents),
        }
        for row in table.itertuples(index=False)
    ]


def _spaces(published: Publication, language: Language) -> list[dict[str, Any]]:
    """Social spaces by district, those without one last; under no heading in a city without districts."""
    spaces, districts = published.of_level("social_space"), published.of_level("district")
    groups = [
        (name, spaces[spaces["district_id"] == one])
        for one, name in zip(districts["place_id"], districts["name"], strict=True)
    ]
    rest = spaces[~spaces["district_id"].isin(districts["place_id"])]
    groups.append((WORDS[language]["no_district"] if len(districts) else "", rest))
    return [{"name": name, "rows": _area_rows(rows, language)} for name, rows in groups if len(rows)]


def _segregation(published: Publication, language: Language) -> list[dict[str, Any]]:
    """Indices by social space and by district from published numbers; withheld at a level where any is withheld."""
    columns = []
    for level in ("social_space", "district"):
        rows = published.of_level(level)
        for when in ("before", "after"):
            needed = rows[["residents", f"refugees_{when}"]]
            if len(rows) == 0 or needed.isna().any(axis=None):
                columns.append(dict.fromkeys(INDICES, math.nan))
                continue
            refugees = needed[f"refugees_{when}"].to_numpy(dtype=float)
            columns.append(
                segregation_indices(refugees, np.maximum(needed["residents"].to_numpy(dtype=float), refugees))
            )
    return [
        {"title": WORDS[language][name],
         "cells": [{"value": _index(column.get(name), language), "interval": ""} for column in columns]}
        for name in INDICES
    ]  # fmt: skip


def _index(value: float | None, language: Language) -> str:
    known = value is not None and math.isfinite(value)
    return number(value, language, 3) if known else PUBLIC_WORDS[language]["withheld"]


def _not_met(published: Publication, rules: list[dict[str, Any]], language: Language) -> list[str]:
    words = PUBLIC_WORDS[language]
    households, persons = published.sizes.loc["total", "unplaced"], published.persons["unplaced"]
    if pd.isna(households) or persons is None:
        told = [words["unplaced_withheld"]]
    elif households == 0:
        told = [words["unplaced_none"]]
    else:
        told = [
            words["unplaced"].format(
                persons=quantity(persons, language), households=quantity(int(households), language)
            )
        ]
    breached = [rule["name"] for rule in rules if rule["state"] == "breached"]
    return [*told, words["not_kept"].format(rules=", ".join(breached))] if breached else told


def _settings(plan: Plan, language: Language) -> list[tuple[str, str]]:
    """Settings and versions; no file of the city and no hash, from which a short list could be guessed."""
    words, result = WORDS[language], plan.result
    gap = result.get("gap")
    overrides = (result.get("scenario") or {}).get("overrides") or ()
    told = [
        one for one in overrides if not one.startswith(("city", "households")) and not names_single_places(plan, one)
    ]
    settings = [
        ("--set", ", ".join(told)),
        (words["seed"], str(result.get("seed", ""))),
        (words["asked_gap"], "" if gap is None else gap_percent(gap, language) if gap > 0 else "0 %"),
        (words["solver"], str(result.get("solver", ""))),
        (words["created"], str(result.get("created", ""))),
        (words["versions"], ", ".join(f"{name} {version}" for name, version in (result.get("versions") or {}).items())),
    ]
    return [(name, value) for name, value in settings if value]
