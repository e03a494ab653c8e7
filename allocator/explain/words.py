"""The sentences in which reasons are told."""

from __future__ import annotations

__all__ = ["WORDS"]

WORDS = {
    "en": {
        "remains": "remains in its present home, which does not meet its needs: ",
        "size": "no home has room for {persons}",
        "access": "no accessible home has room for {persons}",
        "rent": "no home for {persons} costs at most {limit:.0f} EUR a month; the lowest rent is {lowest:.0f} EUR",
        "days": "homes that fit: {n}, but none can be let on the day it would move in",
        "excluded": "homes that fit: {n}, but all are ruled out by: {rules}",
        "taken": "homes that fit and are allowed: {n}, but all went to other households",
        "limits": "free homes that fit: {n}, but each is closed by at least one of these rules: {rules}",
        "besides": "; further free homes: {n}, not allowed for this household by: {rules}",
        "seats": "(no free seat for its children within reach)",
        "goals": "free homes would fit, but more important goals, or the time limit, left them empty",
    },
    "de": {
        "remains": "bleibt in der jetzigen Wohnung, die dem Bedarf nicht entspricht: ",
        "size": "keine Wohnung hat Platz für {persons}",
        "access": "keine barrierefreie Wohnung hat Platz für {persons}",
        "rent": "keine Wohnung für {persons} kostet höchstens {limit:.0f} EUR im Monat; die niedrigste Miete ist {lowest:.0f} EUR",
        "days": "passende Wohnungen: {n}, aber keine kann am Tag des Einzugs vermietet werden",
        "excluded": "passende Wohnungen: {n}, aber alle sind ausgeschlossen durch: {rules}",
        "taken": "passende und erlaubte Wohnungen: {n}, aber alle gingen an andere Haushalte",
        "limits": "freie passende Wohnungen oder Unterkünfte: {n}, aber jede ist durch mindestens eine dieser Regeln gesperrt: {rules}",
        "besides": "; weitere freie Wohnungen: {n}, für diesen Haushalt nicht erlaubt durch: {rules}",
        "seats": "(kein freier Platz für die Kinder in Reichweite)",
        "goals": "freie Wohnungen würden passen, aber wichtigere Ziele oder die Zeitgrenze ließen sie leer",
    },
}
"""By language and by what is told. A home is a flat or a place in shared accommodation."""
