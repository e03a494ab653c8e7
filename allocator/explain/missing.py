"""What is missing where no plan keeps all hard rules, in rule words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from allocator.report.numbers import quantity
from allocator.report.rule_rows import rule_unit
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule

if TYPE_CHECKING:
    from allocator.solve.elastic import Shortage

__all__ = ["missing_sentences"]

NAMED = 3
"""Places that are named for one rule."""

WORDS = {
    "en": {
        "households": "{n} household(s) with {persons} persons find no place (like {places})",
        "rule": "rule {name}: {excess} over the limit (most at {places})",
        "city": "rule {name}: {excess} over the limit",
    },
    "de": {
        "households": "{n} Haushalt(e) mit {persons} Personen finden keinen Platz (wie {places})",
        "rule": "Regel {name}: {excess} über der Grenze (am meisten bei {places})",
        "city": "Regel {name}: {excess} über der Grenze",
    },
}


def missing_sentences(shortages: Sequence[Shortage], rules: Mapping[str, Rule], language: str) -> list[str]:
    """One sentence for each rule, and one for the households without a place."""
    words, found = WORDS[language], []
    for name in sorted({shortage.rule for shortage in shortages}):
        mine = sorted((one for one in shortages if one.rule == name), key=lambda one: (-one.amount, one.place))
        places = ", ".join(f"{one.place} ({one.amount:g})" for one in mine[:NAMED] if one.place)
        total = sum(one.amount for one in mine)
        if not name:
            alike = ", ".join(one.place for one in mine[:NAMED])
            persons = quantity(round(sum(one.persons for one in mine)), language)
            found.append(words["households"].format(n=quantity(round(total), language), persons=persons, places=alike))
            continue
        unit = rule_unit(rules[name], language) if name in rules else ""
        kind = "rule" if places else "city"
        found.append(words[kind].format(name=name, excess=excess_words(total, unit, language), places=places))
    return found
