"""What the report says of decisions that persons have taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.report.numbers import Language, quantity

__all__ = ["decided"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "What persons decided",
        "text": "These decisions hold in this plan as its rules do. What was decided although a rule or a need stands "
        "against it counts like what is there today.",
        "decision": "Decision",
        "by": "By",
        "reason": "Reason",
        "cost": "Without it",
        "pin": "{household} lives in {place}",
        "move": "{household} moves to {place}",
        "forbid": "{household} does not live in {place}",
        "although": "although",
        "nothing": "no goal differs",
        "unasked": "not asked",
        "persons": "{n} persons placed",
    },
    "de": {
        "title": "Was Menschen entschieden haben",
        "text": "Diese Entscheidungen gelten in diesem Plan wie seine Regeln. Was entschieden wurde, obwohl eine Regel "
        "oder ein Bedarf dagegen steht, zählt wie der heutige Stand.",
        "decision": "Entscheidung",
        "by": "Durch",
        "reason": "Grund",
        "cost": "Ohne sie",
        "pin": "{household} wohnt in {place}",
        "move": "{household} zieht nach {place}",
        "forbid": "{household} wohnt nicht in {place}",
        "although": "obwohl",
        "nothing": "kein Ziel ändert sich",
        "unasked": "nicht gefragt",
        "persons": "{n} Personen untergebracht",
    },
}


def decided(result: Mapping[str, Any], language: Language) -> dict[str, Any] | None:
    """Title, text, head and rows of the table; None where nobody has decided anything."""
    rows = result.get("decisions") or []
    if not rows:
        return None
    words = _WORDS[language]
    return {
        "title": words["title"],
        "text": words["text"],
        "head": [words[name] for name in ("decision", "by", "reason", "cost")],
        "rows": [
            {
                "number": row["number"],
                "told": words[row["kind"]].format(household=row["household_id"], place=row["place"]),
                "breaks": [f"{words['although']} {text}" for text in row["breaks"]],
                "by": f"{row['by']}, {row['time'][:10]}",
                "reason": row["reason"],
                "cost": _cost(row, result, words, language),
            }
            for row in rows
        ],
    }


def _cost(row: Mapping[str, Any], result: Mapping[str, Any], words: dict[str, str], language: Language) -> str:
    """What a plan without the decision reaches, where it differs."""
    if row.get("goals_without") is None:
        return words["unasked"]
    told = []
    if row["persons_without"] != result["placed"]["persons"]:
        told.append(words["persons"].format(n=quantity(row["persons_without"], language)))
    told += [
        f"{goal['goal']}: {quantity(goal['without'], language)} ({quantity(goal['with_it'], language)})"
        for goal in row["goals_without"]
        if abs(goal["without"] - goal["with_it"]) > 1e-6 * max(1.0, abs(goal["with_it"]))
    ]
    return "; ".join(told) or words["nothing"]
