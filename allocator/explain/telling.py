"""Changes told as sentences, for whoever decides on them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from allocator.explain.changes import Change
from allocator.report.numbers import Language, percent, quantity
from allocator.report.rule_rows import rule_unit, rule_words
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

__all__ = ["place_words", "told_change", "unit_words"]

WORDS = {
    "en": {
        "would": "would fit if {what}",
        "none": "no single change of a rule, a rent or a flat would be enough",
        "allowed": "rule {rule} allowed {allowed} {unit}{today}{at}",
        "share": "rule {rule} allowed {allowed}{today}{at}",
        "today": " (there are {before} today, who may stay)",
        "more": "rule {rule} allowed {by} more{at}",
        "seats": "{place} had {by} (rule {rule})",
        "exception": "rule {rule} made an exception for this household in {unit}",
        "apart": "rule {rule} made an exception for this household",
        "rent": "it might pay {allowed} EUR a month instead of {limit} EUR ({unit})",
        "access": "{unit} were made accessible",
        "day": "{unit} could be let on the day it moves in",
        "room": "{unit} had {by} ({allowed} in all)",
        "seat": ("1 more free seat", "{n} more free seats"),
        "place": ("1 more place", "{n} more places"),
        "twin": "there were one more flat like {unit}",
        "district": "district {}",
        "at": " at {place}",
        "in": "{unit} in {space}",
    },
    "de": {
        "would": "hätte einen Platz, wenn {what}",
        "none": "keine einzelne Änderung einer Regel, einer Miete oder einer Wohnung würde genügen",
        "allowed": "Regel {rule} {at}{allowed} {unit}{today} zuließe",
        "share": "Regel {rule} {at}{allowed}{today} zuließe",
        "today": " (heute sind es dort {before}, und wer dort lebt, darf bleiben)",
        "more": "Regel {rule} {at}{by} mehr zuließe",
        "seats": "es bei {place} {by} gäbe (Regel {rule})",
        "exception": "Regel {rule} für diesen Haushalt bei {unit} eine Ausnahme machte",
        "apart": "Regel {rule} für diesen Haushalt eine Ausnahme machte",
        "rent": "er {allowed} EUR statt {limit} EUR im Monat zahlen dürfte ({unit})",
        "access": "{unit} barrierefrei wäre",
        "day": "{unit} am Tag des Einzugs vermietet werden könnte",
        "room": "{unit} {by} hätte (zusammen {allowed})",
        "seat": ("1 freien Platz mehr", "{n} freie Plätze mehr"),
        "place": ("1 Platz mehr", "{n} Plätze mehr"),
        "twin": "es eine Wohnung wie {unit} mehr gäbe",
        "district": "Bezirk {}",
        "at": "bei {place} ",
        "in": "{unit} in {space}",
    },
}
"""By language and kind of change; every text is a part of a sentence."""


def told_change(
    change: Change | None, situation: Situation, rules: Mapping[str, Rule], language: Language = "en"
) -> str:
    """`would fit if rule fifty-per-site allowed 54 persons at Lindenhof`, or that no single change is enough."""
    words = WORDS[language]
    if change is None:
        return words["none"]
    rule = rules.get(change.rule)
    kind = change.kind
    values = {
        "rule": rule_words(change.rule, rule, language),
        "by": quantity(change.by, language),
        "allowed": quantity(change.allowed, language),
        "unit": unit_words(situation, change.unit, language) if change.unit >= 0 else "",
        "place": place_words(situation, rule, change.place, language),
        "at": "",
        "today": "",
    }
    if change.place and change.place != "city":
        values["at"] = words["at"].format(place=values["place"])
    if kind == "exception" and change.unit < 0:
        kind = "apart"
    elif kind == "limit" and rule is not None:
        unit = rule_unit(rule, language)
        values["by"] = excess_words(change.by, unit, language)
        kind = "more"
        known = not math.isnan(change.before)
        if rule.rule == "cap" and not math.isnan(change.allowed):
            values["today"] = words["today"].format(before=quantity(change.before, language)) if known else ""
            kind, values["unit"] = "allowed", excess_words(change.allowed, unit, language).partition(" ")[2]
        elif not math.isnan(change.allowed):
            # Rounded up: what is told must be enough.
            values["today"] = words["today"].format(before=percent(change.before, language, 2)) if known else ""
            kind, values["allowed"] = "share", percent(math.ceil(change.allowed * 1e4 - 1e-6) / 1e4, language, 2)
        elif rule.rule == "seats" and change.place:
            kind, values["by"] = "seats", _counted(words["seat"], change.by, language)
    elif kind == "room":
        values["by"] = _counted(words["place"], change.by, language)
    elif kind == "rent":
        limit = float(situation.households["max_rent"].iloc[change.household])
        values |= {"limit": quantity(limit, language)}
    return words["would"].format(what=words[kind].format(**values))


def _counted(forms: tuple[str, str], n: float, language: Language) -> str:
    text = quantity(n, language)
    return forms[text != "1"].format(n=text)


def unit_words(situation: Situation, unit: int, language: Language = "en") -> str:
    """`U17 in Altstadt`; the id alone where a unit lies outside every social space."""
    name = str(situation.city.units["unit_id"].iloc[unit])
    space = situation.level("social_space").of_unit[unit]
    if space < 0:
        return name
    told = _named(situation.city.social_spaces, "space_id", situation.level("social_space").ids[space])
    return WORDS[language]["in"].format(unit=name, space=told)


def place_words(situation: Situation, rule: Rule | None, place: str, language: Language = "en") -> str:
    """The name of a place of a rule beside its id, where it has one; what follows a comma (a group) stays.

    A district is called by the further column `district_name` of the social spaces, else `district 2`.
    """
    level = str(getattr(rule, "per", ""))
    if level == "district":
        district, comma, rest = place.rpartition(",") if "," in place else (place, "", "")
        return f"{_district(situation, district, language)}{comma}{rest}"
    table, key = {"site": (situation.city.sites, "site_id"),
                  "social_space": (situation.city.social_spaces, "space_id")}.get(level, (None, ""))  # fmt: skip
    if rule is not None and rule.rule == "seats":
        table, key = situation.city.facilities, "facility_id"
    if table is None:
        return place
    if place in set(table[key]):
        return _named(table, key, place)
    place_id, comma, rest = place.rpartition(",")
    return f"{_named(table, key, place_id)}, {rest}" if comma else place


def _district(situation: Situation, district: str, language: Language) -> str:
    spaces = situation.city.social_spaces
    names = spaces.loc[spaces["district_id"] == district, "district_name"] if "district_name" in spaces else ()
    called = next((str(name) for name in names if isinstance(name, str) and name), "")
    return f"{called} [{district}]" if called else WORDS[language]["district"].format(district)


def _named(table: object, key: str, place: str) -> str:
    rows = table[table[key] == place]
    name = str(rows["name"].iloc[0]) if len(rows) and "name" in rows else ""
    return f"{name} [{place}]" if name and name != place else place
