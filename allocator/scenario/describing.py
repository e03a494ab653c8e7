"""Rules and goals in sentences, German and English: what messages, maps and reports say of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from allocator.goals import Goal, Stage
from allocator.rules import Rule
from allocator.rules.where import Condition, Where
from allocator.wording import in_language

__all__ = ["goal_sentence", "goal_title", "rule_sentence", "rule_title", "scenario_text"]

Language = Literal["de", "en"]

GERMAN = {
    "persons": "Personen", "households": "Haushalte", "flats": "Wohnungen", "unit": "Einheit", "building": "Gebäude",
    "site": "Standort", "social_space": "Sozialraum", "district": "Bezirk", "city": "Stadt", "districts": "Bezirke",
    "social_spaces": "Sozialräume", "residents": "Einwohnern", "area": "Fläche", "dwellings": "Wohnungen",
    "refugees": "Geflüchtete", "each_group": "Angehörige einer einzelnen Gruppe", "all": "alle Personen",
    "sum": "Summe", "largest": "größte Abweichung", "true": "ja", "false": "nein",
    "school": "Schule", "kita": "Kita", "stop": "Haltestelle", "doctor": "Arztpraxis", "shop": "Laden",
}  # fmt: skip
ENGLISH = {
    "social_space": "social space", "social_spaces": "social spaces", "each_group": "of any one group",
    "refugees": "refugees", "all": "persons", "largest": "largest deviation", "true": "yes", "false": "no",
}  # fmt: skip
ONE = {
    "en": {"persons": "person", "households": "household", "flats": "flat"},
    "de": {"persons": "Person", "households": "Haushalt", "flats": "Wohnung"},
}
WORDS = {
    "en": {"within": "circle of {0} m around a building", "group": "of the group {0}", "units": "in units where {0}",
           "flats": "flats where {0}",
           "at_most": "{0} at most {1}", "at_least": "{0} at least {1}", "equals": "{0} is {1}", "in": "{0} is {1}",
           "not_in": "{0} is not {1}", "or": " or ", "and": " and ", "places": "Only places where {0}.",
           "soft": "As far as possible; excess, counted in {1}, weighs {0}.",
           "key": "Fair shares by: {0}.", "weighted": "weighed together: {0}",
           "units_where": "As many persons as possible in units where {0}.",
           "rules": "Rules", "goals": "Goals, each before the next"},
    "de": {"within": "Kreis von {0} m um ein Gebäude", "group": "der Gruppe {0}", "units": "in Einheiten mit {0}",
           "flats": "Wohnungen, für die gilt: {0},",
           "at_most": "{0} höchstens {1}", "at_least": "{0} mindestens {1}", "equals": "{0} ist {1}",
           "in": "{0} ist {1}",
           "not_in": "{0} ist nicht {1}", "or": " oder ", "and": " und ", "places": "Nur Orte, für die gilt: {0}.",
           "soft": "So weit wie möglich; Überschreitung, in {1}, wiegt {0}.",
           "key": "Gerechte Anteile nach: {0}.", "weighted": "gemeinsam abgewogen: {0}",
           "units_where": "So viele Personen wie möglich in Einheiten, für die gilt: {0}.",
           "rules": "Regeln", "goals": "Ziele, jedes vor dem nächsten"},
}  # fmt: skip


class _Number(float):
    """A number that a sentence may format: `80`, `0.5 %`, with the language's decimal sign."""

    language: Language = "en"

    def __format__(self, specification: str) -> str:
        percent = specification.endswith("%")
        text = f"{float(self) * (100 if percent else 1):.10g}" + (" %" if percent else "")
        return text.replace(".", ",") if self.language == "de" else text

    def __str__(self) -> str:
        return format(self, "")


def _number(value: float, language: Language) -> _Number:
    number = _Number(value)
    number.language = language
    return number


def rule_sentence(rule: Rule, language: Language = "en") -> str:
    """What a rule says, with its parameters, where it holds, and whether it is soft; plain text, not escaped."""
    words = WORDS[language]
    sentences = [_filled(rule.told[language], rule, language)]
    where = getattr(rule, "where", None)
    if where is not None and "{where}" not in rule.told[language]:
        sentences.append(words["places"].format(_worded(where, language)))
    key = getattr(rule, "key", None)
    if key is not None and "{key}" not in rule.sentence[language]:
        sentences.append(words["key"].format(_worded(key, language)))
    if rule.soft is not None:
        count = getattr(rule, "count", None)
        unit = rule.excess_unit[language] if count is None else _worded(count, language)
        sentences.append(words["soft"].format(_number(rule.soft, language), unit))
    return " ".join(sentences)


def rule_title(rule: Rule, language: Language = "en") -> str:
    """What a rule says as the name that a sentence calls it by: short, without what happens where it is not kept."""
    told = _filled(rule.told[language], rule, language).rstrip(".")
    where = getattr(rule, "where", None)
    return told if where is None or "{where}" in rule.told[language] else f"{told} ({_worded(where, language)})"


def goal_title(stage: Stage, language: Language = "en") -> str:
    """What one step of the goals prefers, as the name that a sentence calls it by."""
    return " + ".join(goal_sentence(goal, language).rstrip(".") for goal, _ in stage.goals)


def goal_sentence(goal: Goal, language: Language = "en") -> str:
    """What a goal prefers, with its parameters; plain text, not escaped."""
    where = getattr(goal, "where", None)
    if where is not None:
        return WORDS[language]["units_where"].format(_worded(where, language))
    sentence = _filled(goal.sentence[language], goal, language)
    if getattr(goal, "minimise", None) == "largest":
        sentence = f"{sentence.rstrip('.')} ({_worded('largest', language)})."
    return sentence


def scenario_text(
    title: str, description: str, rules: Mapping[str, Rule], stages: tuple[Stage, ...], language: Language
) -> str:
    """A whole scenario in plain words, one line for each rule and each step of the goals."""
    words = WORDS[language]
    told = [in_language(text, language) for text in (title, description) if text]
    lines = [*told, "", f"{words['rules']}:"]
    lines += [f"  {name}: {rule_sentence(rule, language)}" for name, rule in rules.items()] or ["  –"]
    lines += ["", f"{words['goals']}:"]
    for number, stage in enumerate(stages, start=1):
        told = [goal_sentence(goal, language) for goal, _ in stage.goals]
        if len(told) > 1:
            weights = [format(_number(weight, language), "") for _, weight in stage.goals]
            told = [words["weighted"].format("; ".join(f"{w} × {t}" for w, t in zip(weights, told, strict=True)))]
        lines.append(f"  {number}. {told[0]}")
    return "\n".join(lines)


def _filled(sentence: str, model: BaseModel, language: Language) -> str:
    values = {name: _worded(getattr(model, name), language) for name in type(model).model_fields}
    if getattr(model, "at_most", None) == 1 and "count" in values:
        values["count"] = ONE[language].get(model.count, values["count"])
    return sentence.format_map(values)


def _worded(value: Any, language: Language) -> Any:
    """A parameter as a word, number or part of a sentence."""
    words = WORDS[language]
    if isinstance(value, bool):
        return _worded("true" if value else "false", language)
    if isinstance(value, (int, float)):
        return _number(value, language)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}" if language == "de" else str(value)
    if isinstance(value, str):
        return (GERMAN if language == "de" else ENGLISH).get(value, value)
    if isinstance(value, Where):
        return words["and"].join(_condition(name, part, language) for name, part in value.root.items())
    if isinstance(value, Mapping):
        return " + ".join(f"{_number(part, language)} {_worded(name, language)}" for name, part in value.items())
    if isinstance(value, BaseModel):
        told = {name: _worded(getattr(value, name), language) for name in type(value).model_fields}
        form = {"within": "within", "group": "group", "where": "units", "lettings": "flats"}.get(next(iter(told)))
        if form is not None:
            return words[form].format(*told.values())
        return ", ".join(f"{name} {part}" for name, part in told.items())
    return "" if value is None else str(value)


def _condition(column: str, condition: Condition, language: Language) -> str:
    words, parts = WORDS[language], []
    for operator in ("at_most", "at_least", "equals", "in", "not_in"):
        value = getattr(condition, "in_" if operator == "in" else operator)
        if value is not None:
            several = value if isinstance(value, tuple) else (value,)
            listed = words["or"].join(str(_worded(one, language)) for one in several)
            parts.append(words[operator].format(column, listed))
    return words["and"].join(parts)
