"""Whether plans may be compared: they must be plans of the same city."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import shapely

from allocator.errors import Findings
from allocator.wording import Text

if TYPE_CHECKING:
    from allocator.city.city import City
    from allocator.plan import Plan

__all__ = ["check_same_city"]

TOLERANCE = 1.0
"""Metres by which corners of the same border may differ."""
_NAMED = 3


def check_same_city(plans: Mapping[str, Plan]) -> Findings:
    """Findings about plans (by the folder of their run) that cannot be compared with the first, or not in everything.

    A city is its social spaces: other ids, other borders or another CRS are errors. Other rules and goals are what a
    comparison is for. Another list of households, other units or another day are notes.
    """
    findings = Findings()
    (first_file, first), *others = plans.items()
    for file, plan in others:
        differing = _other_city(first.scenario.city, plan.scenario.city)
        if differing:
            findings.error(
                f"is a plan of another city than {first_file}: {differing}",
                "compare plans of one city; rules, goals and lists may differ",
                file=file,
            )
            continue
        for what in _other_lists(first, plan):
            findings.note(Text(f"has {what} than {first_file}", f"hat {what.german} als {first_file}"),
                          Text("read the differences as those of the lists too",
                               "die Unterschiede auch als solche der Listen lesen"), file=file)  # fmt: skip
    return findings


def _other_city(one: City, other: City) -> str:
    """What tells the second city from the first, "" if nothing does."""
    if one.crs != other.crs:
        return f"{other.name} is in {other.crs}, {one.name} in {one.crs}"
    tables = [city.social_spaces for city in (one, other)]
    shapes = [dict(zip(table["space_id"], table.geometry, strict=True)) for table in tables]
    apart = sorted(shapes[0].keys() ^ shapes[1].keys())
    if apart:
        return f"{len(apart)} social spaces are in only one of them ({_named(apart)})"
    ids = sorted(shapes[0])
    first, second = (shapely.normalize(np.array([side[name] for name in ids], dtype=object)) for side in shapes)
    moved = [name for name, same in zip(ids, _same_shape(first, second), strict=True) if not same]
    return f"{len(moved)} social spaces have other borders ({_named(moved)})" if moved else ""


def _same_shape(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return shapely.equals_exact(first, second, tolerance=TOLERANCE) | shapely.equals(first, second)


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")


def _other_lists(one: Plan, other: Plan) -> list[Text]:
    first, second = one.scenario, other.scenario
    found = []
    if _rows(first.households, "household_id", "persons") != _rows(second.households, "household_id", "persons"):
        found.append(Text("another list of households", "eine andere Liste der Haushalte"))
    if _rows(first.city.units, "unit_id", "capacity") != _rows(second.city.units, "unit_id", "capacity"):
        found.append(Text("other units", "andere Einheiten"))
    if first.day != second.day:
        found.append(Text("another day", "einen anderen Tag"))
    return found


def _rows(table: object, *columns: str) -> set[tuple[object, ...]]:
    return set(zip(*(table[column] for column in columns), strict=True))
