"""What the public map shows: the outlines of areas and what is published of them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.maps.indicators import INDICATORS, classed
from allocator.maps.outlines import PRECISION, degrees, district_outlines, encode_polygons, simplify
from allocator.maps.why_here import NOTHING
from allocator.report.public_words import public_sentence, public_text

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication
    from allocator.report.numbers import Language

__all__ = ["PUBLIC_INDICATORS", "public_content", "public_heading", "public_words"]

PUBLIC_INDICATORS = tuple(one for one in INDICATORS if one.column in ("share_after", "share_before", "change"))
"""Free places, and deviations from a fair share, would tell sums that are withheld."""

_NUMBERS = ("residents", "refugees_before", "refugees_after")


def public_words(words: dict[str, Any]) -> dict[str, Any]:
    """The words of the map with what a public one says instead of INTERNAL, and of what is withheld."""
    return {**words, "internal": words["public"], "internal_hint": words["public_hint"], "no_data": words["withheld"]}


def public_heading(plan: Plan, published: Publication, language: Language) -> dict[str, Any]:
    """Title and sentence of the public map."""
    title = plan.title(language) if plan.result.get("title") else plan.scenario.city.name
    return {"title": public_text(plan, title, language), "sentence": public_sentence(plan, published, language)}


def public_content(plan: Plan, published: Publication, language: str, words: dict[str, Any]) -> dict[str, Any]:
    """The keys that the map page reads, empty for everything that is no area; coordinates are corners of areas."""
    city = plan.scenario.city
    simple = simplify(city.social_spaces)
    rows = published.of_level("social_space").set_index("place_id").reindex(city.social_spaces["space_id"])
    numbers = {name: rows[name].to_numpy(dtype=float, na_value=np.nan) for name in
               (*_NUMBERS, *(one.column for one in PUBLIC_INDICATORS))}  # fmt: skip
    ids, outlines = district_outlines(simple, city.social_spaces["district_id"].to_numpy(dtype=object))
    names = published.of_level("district").set_index("place_id")["name"]
    latitude, longitude = degrees(*np.reshape(city.social_spaces.total_bounds, (2, 2)).T, city.crs)
    nothing: dict[str, list[Any]] = {}
    places = {**nothing, "point": [[], []], "id": [], "caps": [], "state": [], "site": [], "name": []}
    return {
        "language": language,
        "words": words,
        "precision": PRECISION,
        "bounds": [[round(lat, 5), round(lon, 5)] for lat, lon in zip(latitude, longitude, strict=True)],
        "spaces": {
            "shapes": encode_polygons(simple, city.crs),
            "id": list(rows.index),
            "name": list(rows["name"]),
            "district": list(rows["district_id"]),
            "numbers": {name: _whole(numbers[name]) for name in _NUMBERS},
            "values": {
                one.column: _whole(numbers[one.column], 4 if one.kind == "percent" else 0) for one in PUBLIC_INDICATORS
            },
        },
        "districts": {
            "shapes": encode_polygons(outlines, city.crs), "id": ids, "name": [names.get(one, one) for one in ids],
        },
        "indicators": classed(PUBLIC_INDICATORS, pd.DataFrame(numbers), words["decimal"]),
        "rules": {},
        "sites": places,
        "buildings": {**places, "address": []},
        "units": {"building": [], "id": [], "places": [], "free": []},
        "residents": {"building": [], "id": [], "persons": [], "status": [], "unit": [], "home": []},
        "unplaced": {"id": [], "persons": [], "reason": [], "reasons": [], "change": []},
        "facilities": {"point": [[], []], "kinds": [], "kind": [], "name": [], "seats": []},
        "ways": {"told": [], "kinds": [], "limits": [], "children": {}, "lines": [], "bands": {}, "taken": [],
                 "ways": {"building": [], "facility": [], "children": [], "metres": [], "line": []}},
        "why": NOTHING,
    }  # fmt: skip


def _whole(values: np.ndarray, digits: int = 0) -> list[float | int | None]:
    rounded = np.round(values, digits).tolist()
    return [None if value != value else int(value) if digits == 0 else value for value in rounded]
