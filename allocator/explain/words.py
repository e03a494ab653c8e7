"""The sentences in which reasons are told."""

from __future__ import annotations

__all__ = ["WORDS"]

WORDS = {
    "en": {
        "remains": "remains in its present home, which does not meet its needs: ",
        "size": "no unit has room for {n} persons",
        "access": "no accessible unit has room for {n} persons",
        "rent": "no unit for {n} persons costs at most {limit:.0f} EUR a month; the lowest rent is {lowest:.0f} EUR",
        "days": "no unit that fits ({n}) can be let on the day it would move in",
        "excluded": "every unit that fits ({n}) is excluded by: {rules}",
        "taken": "every unit that fits and is allowed ({n}) went to other households",
        "limits": "free units that fit: {n}, but moving in would break: {rules}",
        "seats": "(no free seat for its children within reach)",
        "goals": "fits free units that the order of the goals, or the time limit, left empty",
    },
    "de": {
        "remains": "bleibt in der jetzigen Wohnung, die dem Bedarf nicht entspricht: ",
        "size": "keine Einheit hat Platz für {n} Personen",
        "access": "keine barrierefreie Einheit hat Platz für {n} Personen",
        "rent": "keine Einheit für {n} Personen kostet höchstens {limit:.0f} EUR im Monat; die niedrigste Miete ist {lowest:.0f} EUR",
        "days": "keine passende Einheit ({n}) kann am Tag des Einzugs vermietet werden",
        "excluded": "jede passende Einheit ({n}) ist ausgeschlossen durch: {rules}",
        "taken": "jede passende und erlaubte Einheit ({n}) ging an andere Haushalte",
        "limits": "passende freie Einheiten: {n}; der Einzug würde aber verletzen: {rules}",
        "seats": "(kein freier Platz für die Kinder in Reichweite)",
        "goals": "passt in freie Einheiten, die die Rangfolge der Ziele oder die Zeitgrenze leer ließ",
    },
}
"""By language and by what is told."""
