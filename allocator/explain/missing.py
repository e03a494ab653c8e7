"""What is missing where no plan keeps all hard rules, in rule words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from allocator.explain.smallest import Against
from allocator.explain.telling import place_words
from allocator.report.numbers import Language, quantity
from allocator.report.rule_rows import rule_unit, rule_words
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

if TYPE_CHECKING:
    from allocator.solve.elastic import Shortage

__all__ = ["missing_sentences"]

NAMED = 3
"""Places that are named for one rule."""

WORDS = {
    "en": {
        "household": "1 household with {persons} finds no place (such as {places})",
        "households": "{n} households with {persons} find no place (such as {places})",
        "rule": "rule {name} is exceeded by {excess}",
        "at": " (at {places})",
        "most": " (most at {places})",
        "closed": "every unit that suits {places} is excluded by: {rules}",
    },
    "de": {
        "household": "1 Haushalt mit {persons} findet keinen Platz (etwa {places})",
        "households": "{n} Haushalte mit {persons} finden keinen Platz (etwa {places})",
        "rule": "Regel {name} wird um {excess} überschritten",
        "at": " (bei {places})",
        "most": " (am meisten bei {places})",
        "closed": "jede Einheit, die für {places} genügt, ist ausgeschlossen durch: {rules}",
    },
}
"""What the nearest plan lacks; every text is a sentence of its own."""


def missing_sentences(
    shortages: Sequence[Shortage], rules: Mapping[str, Rule], language: Language, situation: Situation | None = None
) -> list[str]:
    """One sentence for each rule, and one for the households without a place.

    With the `situation` the rules on pairs (only, fit, reach) that close every unit to one of these are named too.
    """
    words, found = WORDS[language], []
    for name in sorted({shortage.rule for shortage in shortages}):
        mine = sorted((one for one in shortages if one.rule == name), key=lambda one: (-one.amount, one.place))
        total = sum(one.amount for one in mine)
        if not name:
            alike = ", ".join(one.place for one in mine[:NAMED])
            persons = excess_words(round(sum(one.persons for one in mine)), "persons", language)
            kind = "household" if round(total) == 1 else "households"
            found.append(words[kind].format(n=quantity(round(total), language), persons=persons, places=alike))
            found += _closed(mine, rules, situation, language) if situation is not None else []
            continue
        unit = rule_unit(rules[name], language) if name in rules else ""
        told = words["rule"].format(
            name=rule_words(name, rules.get(name), language), excess=excess_words(total, unit, language)
        )
        places = [one for one in mine if one.place not in ("", "city")]
        if places:
            called = [one.place if situation is None else place_words(situation, rules.get(name), one.place, language)
                      for one in places[:NAMED]]  # fmt: skip
            parts = [f"{place} ({quantity(one.amount, language)})" for place, one in zip(called, places, strict=False)]
            listed = called[0] if len(places) == 1 else ", ".join(parts)
            told += words["most" if len(places) > NAMED else "at"].format(places=listed)
        found.append(told)
    return found


def _closed(
    shortages: Sequence[Shortage], rules: Mapping[str, Rule], situation: Situation, language: Language
) -> list[str]:
    """The rules on pairs that leave no unit to some of the households that find no place."""
    against = Against(situation, rules, np.full(len(situation.persons), -1))
    ids = situation.households["household_id"].tolist()
    closed: dict[tuple[str, ...], list[str]] = {}
    for shortage in shortages:
        household = ids.index(shortage.place)
        suits = ~np.logical_or.reduce(list(against.needs(household).values()))
        excluding = against.excluding(household)
        if suits.any() and excluding and not (suits & ~np.logical_or.reduce(list(excluding.values()))).any():
            names = tuple(name for name, bad in excluding.items() if (bad & suits).any())
            closed.setdefault(names, []).append(shortage.place)
    return [WORDS[language]["closed"].format(
                places=", ".join(places[:NAMED]), rules=", ".join(rule_words(name, rules[name], language) for name in names))
            for names, places in sorted(closed.items())]  # fmt: skip
