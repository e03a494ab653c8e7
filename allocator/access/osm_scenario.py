"""A scenario that is ready for a city made of OpenStreetMap: seats within walking distance."""

from __future__ import annotations

from typing import Any

from allocator.city.model_city.town import ModelCity

__all__ = ["seats_scenario"]

WITHIN = 1500
"""Metres on foot to school and Kita."""
KINDS = {"school": "school-seats", "kita": "kita-seats"}


def seats_scenario(city: ModelCity, invented: bool) -> dict[str, Any]:
    """What `scenario.yaml` holds: a school and a Kita seat for every child within 1,500 m, then the shortest ways.

    A kind of which the city has no facility gets no rule: no household with children could be placed.
    """
    held = set(city.facilities["kind"])
    rules = {name: {"rule": "seats", "kind": kind, "within": WITHIN} for kind, name in KINDS.items() if kind in held}
    goals: list[Any] = [{"place": "persons"}, "stay"]
    goals += [{"walk": {"to": "school"}}] if "school" in held else []
    lists = "Vacant flats, households and free seats are invented. " if invented else ""
    measured = "on foot" if city.streets is not None and len(city.streets) else "in a straight line"
    return {
        "title": f"{city.name}: school and Kita seats within 1,500 m",
        "description": f"Every child has a free seat of its own within 1,500 m {measured}. {lists}"
        "Buildings, streets and facilities: © OpenStreetMap contributors, ODbL.",
        "city": ".",
        "households": "households.csv",
        "rules": rules,
        "goals": [*goals, "rent"],
    }
