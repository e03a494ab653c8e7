"""How full schools and Kitas become, and which social spaces lack seats: tables of the report with their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.indicators.seating import Seating, seats_by_rule, without_seat_by_space
from allocator.report.numbers import Language, check_language, percent, quantity

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["SHOWN", "seat_tables"]

SHOWN = 40
"""Most facilities of one rule that the report lists; all of them stand in city.gpkg and result.json."""

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Seats",
        "told": "Rule {rule}: {seated} of {children} children have a seat, half of them within {median} m; full "
        "facilities: {full}.",
        "told_none": "Rule {rule}: {seated} of {children} children have a seat.",
        "facility": "Facility",
        "seats": "Free seats",
        "children": "Children of the plan",
        "load": "Used",
        "any": "any number",
        "more": "{n} further facilities that children of the plan attend stand in city.gpkg.",
        "space": "Social space",
        "without": "Children without a seat",
    },
    "de": {
        "title": "Schul- und Kita-Plätze",
        "told": "Regel {rule}: {seated} von {children} Kindern haben einen Platz, die Hälfte in höchstens {median} m; "
        "volle Einrichtungen: {full}.",
        "told_none": "Regel {rule}: {seated} von {children} Kindern haben einen Platz.",
        "facility": "Einrichtung",
        "seats": "Freie Plätze",
        "children": "Kinder des Plans",
        "load": "Belegt",
        "any": "beliebig viele",
        "more": "{n} weitere Einrichtungen, in die Kinder des Plans gehen, stehen in city.gpkg.",
        "space": "Sozialraum",
        "without": "Kinder ohne Platz",
    },
}


def seat_tables(plan: Plan, language: Language) -> dict[str, Any]:
    """Per rule `seats` a sentence and its facilities, the fullest first; social spaces that lack seats; the words."""
    words = _WORDS[check_language(language)]
    found = plan.seatings
    if not found:
        return {"w": words, "rules": [], "lacking": []}
    facilities = plan.scenario.city.facilities
    names = dict(zip(facilities["facility_id"], facilities["name"], strict=True))
    told, rules = seats_by_rule(found), []
    for name, seating in found.items():
        numbers = {key: quantity(told[name][key], language) for key in ("seated", "children")}
        full = quantity(told[name]["full_facilities"], language)
        if told[name]["median_metres"] is None:
            sentence = words["told_none"].format(rule=name, **numbers)
        else:
            median = quantity(told[name]["median_metres"], language)
            sentence = words["told"].format(rule=name, median=median, full=full, **numbers)
        rows = _facilities(seating, names, words, language)
        more = words["more"].format(n=quantity(len(rows) - SHOWN, language)) if len(rows) > SHOWN else ""
        rules.append({"sentence": sentence, "rows": rows[:SHOWN], "more": more})
    missing = without_seat_by_space(plan.ledger, found)
    spaces = plan.ledger.spaces
    lacking = [(spaces[one]["name"] or one, quantity(missing[one], language))
               for one in sorted(missing, key=lambda one: (-missing[one], one))]  # fmt: skip
    return {"w": words, "rules": rules, "lacking": lacking}


def _facilities(
    seating: Seating, names: dict[str, str], words: dict[str, str], language: Language
) -> list[tuple[str, str, str, str]]:
    """Name, free seats, children and share of the seats of every facility that children attend."""
    taken = seating.taken

    def share(facility: str) -> float:
        seats = seating.seats[facility]
        return taken[facility] / seats if seats > 0 else 0.0

    rows = []
    for facility in sorted(taken, key=lambda one: (-share(one), -taken[one], one)):
        limited = seating.seats[facility] == seating.seats[facility]
        rows.append(
            (
                names[facility] or facility,
                quantity(seating.seats[facility], language) if limited else words["any"],
                quantity(taken[facility], language),
                percent(share(facility), language, 0) if limited else "",
            )
        )
    return rows
