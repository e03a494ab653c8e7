"""The sentences in which reasons are told."""

from __future__ import annotations

__all__ = ["WORDS"]

WORDS = {
    "en": {
        "remains": "remains in its present home, which does not meet its needs: ",
        "size": "no unit has room for {n} persons",
        "access": "no accessible unit has room for {n} persons",
        "rent": "no unit for {n} persons costs at most {limit:.0f} EUR a month; the lowest rent is {lowest:.0f} EUR",
        "days": "fits {n} units, none of which can be let on the day it would move in",
        "excluded": "fits {n} units, all excluded by: {rules}",
        "taken": "all {n} units that fit and are allowed went to other households",
        "limits": "fits {n} free units, but moving in would break: {rules}",
        "others": "fits free units, but a place would change what is limited by: {rules}",
        "seats": "(no free seat for its children within reach)",
        "goals": "fits free units that the order of the goals, or the time limit, left empty",
    },
    "de": {
        "remains": "bleibt in der jetzigen Wohnung, die dem Bedarf nicht entspricht: ",
        "size": "keine Einheit hat Platz für {n} Personen",
        "access": "keine barrierefreie Einheit hat Platz für {n} Personen",
        "rent": "keine Einheit für {n} Personen kostet höchstens {limit:.0f} EUR im Monat; die niedrigste Miete ist {lowest:.0f} EUR",
        "days": "passt in {n} Einheiten, von denen am Tag des Einzugs keine vermietet werden kann",
        "excluded": "passt in {n} Einheiten, alle ausgeschlossen durch: {rules}",
        "taken": "alle {n} passenden und erlaubten Einheiten gingen an andere Haushalte",
        "limits": "passt in {n} freie Einheiten, der Einzug verletzte aber: {rules}",
        "others": "passt in freie Einheiten, ein Platz veränderte aber, was begrenzt ist durch: {rules}",
        "seats": "(kein freier Platz für die Kinder in Reichweite)",
        "goals": "passt in freie Einheiten, die die Rangfolge der Ziele oder die Zeitgrenze leer ließ",
    },
}
"""By language and by what is told."""
