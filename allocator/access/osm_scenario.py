"""A scenario that is ready for a city made of OpenStreetMap: seats within walking distance."""

from __future__ import annotations

from typing import Any

from allocator.city.model_city.town import ModelCity

__all__ = ["seats_scenario"]

WITHIN = 1500
"""Metres on foot to school and Kita."""
KINDS = {"school": "school-seats", "kita": "kita-seats"}


TEXTS = {
    "en": (
        "{city}: school and Kita seats within 1,500 m",
        "Every child has a free seat of its own within 1,500 m {measured}. {invented}"
        "Buildings, streets and facilities: © OpenStreetMap contributors, ODbL.",
        ("on foot", "in a straight line"),
        "Vacant flats, households and free seats are invented. ",
    ),
    "de": (
        "{city}: Schul- und Kitaplätze im Umkreis von 1.500 m",
        "Jedes Kind hat einen eigenen freien Platz in höchstens 1.500 m {measured}. {invented}"
        "Gebäude, Straßen und Einrichtungen: © OpenStreetMap-Mitwirkende, ODbL.",
        ("zu Fuß", "Luftlinie"),
        "Freie Wohnungen, Haushalte und freie Plätze sind erfunden. ",
    ),
}
"""Title, description, how distances are measured, and what is invented; in each language."""


def seats_scenario(city: ModelCity, invented: bool, language: str = "en") -> dict[str, Any]:
    """What `scenario.yaml` holds: a school and a Kita seat for every child within 1,500 m, then the shortest ways.

    A kind of which the city has no facility gets no rule: no household with children could be placed.
    """
    held = set(city.facilities["kind"])
    rules = {name: {"rule": "seats", "kind": kind, "within": WITHIN} for kind, name in KINDS.items() if kind in held}
    goals: list[Any] = [{"place": "persons"}, "stay"]
    goals += [{"walk": {"to": "school"}}] if "school" in held else []
    title, description, measured, made_up = TEXTS[language]
    on_streets = city.streets is not None and len(city.streets) > 0
    return {
        "title": title.format(city=city.name),
        "description": description.format(measured=measured[not on_streets], invented=made_up if invented else ""),
        "city": ".",
        "households": "households.csv",
        "rules": rules,
        "goals": [*goals, "rent"],
    }
