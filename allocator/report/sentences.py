"""The result of a plan in one sentence, the same on the command line, on the map and in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.report.numbers import Language, check_language, gap_percent, number, quantity

__all__ = ["excess_words", "result_sentence", "unit_word"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "placed": "{placed} of {all} persons placed",
        "nobody": "Nobody to place",
        "today": "over the limit today: {rules}",
        "no_rules": "no rules set",
        "kept": "all rules kept",
        "breached": "rule {name} exceeded by {excess}",
        "several_breached": "rules exceeded: {rules}",
        "by": "{name} by {excess}",
        "more": "{n} more",
        "others_kept": "all other rules kept",
        "optimal": "proven optimal",
        "within_gap": "within {gap} of the optimum",
        "stopped": "stopped before the end; best plan so far",
        "stopped_gap": "stopped before the end; best plan so far, at most {gap} from the optimum",
        "no_plan": "No plan was found before the time limit, so whether one keeps all hard rules is not known; allow "
        "more time (solve.seconds), or make a hard rule soft",
        "infeasible": "No plan keeps all hard rules",
        "nearest": "{infeasible}; in the nearest plan: {missing}",
        "and": " and ",
    },
    "de": {
        "placed": "{placed} von {all} Personen untergebracht",
        "nobody": "Niemand unterzubringen",
        "today": "schon heute über der Grenze: {rules}",
        "no_rules": "keine Regeln gesetzt",
        "kept": "alle Regeln eingehalten",
        "breached": "Regel {name} um {excess} überschritten",
        "several_breached": "Regeln überschritten: {rules}",
        "by": "{name} um {excess}",
        "more": "{n} weitere",
        "others_kept": "alle übrigen Regeln eingehalten",
        "optimal": "bewiesen optimal",
        "within_gap": "höchstens {gap} vom Optimum entfernt",
        "stopped": "vor dem Ende angehalten; bester Plan bis dahin",
        "stopped_gap": "vor dem Ende angehalten; bester Plan bis dahin, höchstens {gap} vom Optimum entfernt",
        "no_plan": "Bis zur Zeitgrenze wurde kein Plan gefunden; ob einer alle festen Regeln einhält, ist nicht "
        "bekannt; es hilft mehr Zeit (solve.seconds) oder eine weiche statt einer festen Regel",
        "infeasible": "Kein Plan hält alle festen Regeln ein",
        "nearest": "{infeasible}; im nächstliegenden Plan: {missing}",
        "and": " und ",
    },
}

_UNITS: dict[Language, dict[str, tuple[str, str]]] = {
    "en": {
        "persons": ("person", "persons"),
        "households": ("household", "households"),
        "flats": ("flat", "flats"),
        "children": ("child", "children"),
    },
    "de": {
        "persons": ("Person", "Personen"),
        "households": ("Haushalt", "Haushalte"),
        "flats": ("Wohnung", "Wohnungen"),
        "children": ("Kind", "Kinder"),
    },
}
"""One and several of what an excess counts."""

SHOWN = 3
"""Exceeded rules that the sentence names; the report lists all."""


def result_sentence(result: Mapping[str, Any], language: str = "en") -> str:
    """One plain sentence from `result.json`: who is placed, which rules are kept, how good the plan is.

    Reads `status`, `placed`, `unplaced`, `rules` and `goals` (`missing`, where no plan keeps the hard rules; no goals
    at all, where the time limit came before any plan). The unit of an excess is the entry's `unit` (persons,
    households, flats, children), else the one that its kind of rule always counts in; without either the number stands
    alone. The text is plain: escape it where it is shown.
    """
    language = check_language(language)
    words = _WORDS[language]
    if result.get("status") == "infeasible":
        missing = [str(text) for text in result.get("missing", ())]
        if not missing:
            return words["infeasible"]
        listed = _listed(missing, "; ", "; ", words, language)
        return words["nearest"].format(infeasible=words["infeasible"], missing=listed)
    if result.get("status") == "stopped" and "goals" in result and not result["goals"]:
        return words["no_plan"]
    placed, unplaced = _persons(result, "placed"), _persons(result, "unplaced")
    head = words["placed"].format(placed=number(placed, language), all=number(placed + unplaced, language))
    if not placed + unplaced:
        return ", ".join([words["nobody"], *_today(result.get("rules") or (), words, language)])
    return ", ".join([head, *_rules(result.get("rules") or (), language), _quality(result, language)])


def excess_words(excess: float, unit: str, language: Language) -> str:
    """An excess with its unit in singular or plural: `3 flats`, `1 Wohnung`; the number alone for an unknown unit."""
    text = quantity(excess, language)
    if unit in _UNITS[language]:
        one, several = _UNITS[language][unit]
        return f"{text} {one if text == '1' else several}"
    return f"{text} {unit}" if unit else text


def unit_word(unit: str, language: Language) -> str:
    """The word for several of a unit in which excess is counted; any other text as it is."""
    return _UNITS[language][unit][1] if unit in _UNITS[language] else unit


def _persons(result: Mapping[str, Any], which: str) -> int:
    return int((result.get(which) or {}).get("persons", 0))


def _rules(rules: Sequence[Mapping[str, Any]], language: Language) -> list[str]:
    words = _WORDS[language]
    if not rules:
        return [words["no_rules"]]
    breached = [rule for rule in rules if rule.get("breaches") or (rule.get("excess") or 0) > 0]
    if not breached:
        return [words["kept"]]
    frame = words["breached" if len(breached) == 1 else "by"]
    told = [
        frame.format(name=rule["name"], excess=excess_words(rule.get("excess") or 0, _unit(rule, language), language))
        for rule in breached
    ]
    listed = _listed(told, ", ", words["and"], words, language)
    said = [listed if len(breached) == 1 else words["several_breached"].format(rules=listed)]
    return said if len(breached) == len(rules) else [*said, words["others_kept"]]


def _today(rules: Sequence[Mapping[str, Any]], words: Mapping[str, str], language: Language) -> list[str]:
    """Where nobody is to be placed: which limits today's state is over already."""
    over = [rule for rule in rules if (rule.get("excess_today") or 0) > 0]
    if not over:
        return _rules(rules, language)
    told = [
        words["by"].format(name=rule["name"], excess=excess_words(excess, _unit(rule, language), language))
        for rule, excess in ((rule, rule["excess_today"]) for rule in over)
    ]
    return [words["today"].format(rules=_listed(told, ", ", words["and"], words, language))]


def _unit(rule: Mapping[str, Any], language: Language) -> str:
    """What the excess of a rule counts; empty where its kind of rule counts different things."""
    if rule.get("unit"):
        return str(rule["unit"])
    from allocator.rules import rules_by_name

    kind = rules_by_name().get(str(rule.get("rule")))
    unit = kind.excess_unit["en"] if kind else ""
    return unit if unit in _UNITS[language] else ""


def _quality(result: Mapping[str, Any], language: Language) -> str:
    words, status = _WORDS[language], result.get("status")
    if status == "optimal":
        return words["optimal"]
    gaps = [goal.get("gap") for goal in result.get("goals") or ()]
    known = gaps and all(gap is not None for gap in gaps)
    if status == "within_gap":
        # The solver reached the gap that was asked for, also where no goal tells its own.
        worst = max(gaps) if known else result.get("gap") or 0.0
        return words["within_gap"].format(gap=gap_percent(worst, language))
    return words["stopped_gap"].format(gap=gap_percent(max(gaps), language)) if known else words["stopped"]


def _listed(parts: list[str], between: str, last: str, words: Mapping[str, str], language: Language) -> str:
    """`a`, `a and b`, `a, b and c`; after three parts only how many more there are."""
    if len(parts) > SHOWN:
        parts = [*parts[:SHOWN], words["more"].format(n=number(len(parts) - SHOWN, language))]
    return between.join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else parts[0]
