"""What the report says of choice: which rule keeps how many people from where they wish to live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.report.numbers import Language, quantity

__all__ = ["choice"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "What the rules take from wishes",
        "text": "{unmet} persons with a wish do not live in a social space for which they wished. For {one_rule} of "
        "them a suitable free unit there is closed by a single rule, for {several_rules} by several together only. "
        "For {open} one is open to them, and other goals came first; for {no_unit} none that suits is free.",
        "note": "For each rule: those whom it alone keeps out of a suitable free unit where they wish to live, "
        "everybody else living as planned. A soft rule is counted like a hard one. Who may choose between units "
        "that different rules close stands under each of them.",
        "rule": "Rule",
        "households": "Households",
        "persons": "Persons",
    },
    "de": {
        "title": "Was die Regeln den Wünschen nehmen",
        "text": "{unmet} Personen mit einem Wunsch leben in keinem gewünschten Sozialraum. Für {one_rule} von ihnen "
        "verschließt eine einzelne Regel eine passende freie Einheit dort, für {several_rules} erst mehrere Regeln "
        "zusammen. Für {open} steht eine offen, und andere Ziele gingen vor; für {no_unit} ist keine passende frei.",
        "note": "Je Regel: wen sie allein von einer passenden freien Einheit am gewünschten Ort abhält, wenn alle "
        "übrigen wie geplant wohnen. Eine weiche Regel zählt wie eine feste. Wer zwischen Einheiten wählen könnte, "
        "die verschiedene Regeln verschließen, steht unter jeder von ihnen.",
        "rule": "Regel",
        "households": "Haushalte",
        "persons": "Personen",
    },
}


def choice(indicators: Mapping[str, Any], language: Language) -> dict[str, Any] | None:
    """Title, sentence, note, head and rows of the table; None where no wish is unmet or nothing was asked."""
    told = indicators.get("wishes_taken")
    if not told or not told["unmet"]["households"]:
        return None
    words = _WORDS[language]
    names = ("unmet", "open", "one_rule", "several_rules", "no_unit")
    persons = {name: quantity(told[name]["persons"], language) for name in names}
    order = sorted(told["by_rule"].items(), key=lambda entry: (-entry[1]["persons"], entry[0]))
    rows = [
        [name, quantity(entry["households"], language), quantity(entry["persons"], language)] for name, entry in order
    ]
    return {
        "title": words["title"],
        "text": words["text"].format(**persons),
        "note": words["note"],
        "head": [words["rule"], words["households"], words["persons"]],
        "rows": rows,
    }
