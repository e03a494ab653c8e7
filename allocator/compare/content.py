"""What the maps of a comparison show, as plain data: outlines and places once, numbers for each plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.compare.names import run_names
from allocator.compare.shades import difference_shades, plan_shades
from allocator.compare.words import PAGE_WORDS
from allocator.maps.occupancy import UNUSED
from allocator.maps.outlines import PRECISION, degrees, district_outlines, encode_points, encode_polygons, simplify
from allocator.maps.places import Places
from allocator.report.numbers import Language

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["comparison_content"]

_SPACE_NUMBERS = ("residents_after", "refugees_after")


def comparison_content(plans: Sequence[Plan], language: Language) -> dict[str, Any]:
    """Everything that the maps draw and say, fit for JSON; coordinates are EPSG:4326 in whole 1/PRECISION degrees.

    The plans are of one city (`check_same_city`); outlines are those of the first.
    """
    city, words = plans[0].scenario.city, PAGE_WORDS[language]
    spaces = city.social_spaces
    areas = [_of_spaces(plan, spaces["space_id"]) for plan in plans]
    simple = simplify(spaces)
    districts, outlines = district_outlines(simple, spaces["district_id"].to_numpy(dtype=object))
    bounds = spaces.total_bounds
    latitude, longitude = degrees(bounds[[0, 2]], bounds[[1, 3]], city.crs)
    decimal = str(words["decimal"])
    return {
        "language": language,
        "words": words,
        "precision": PRECISION,
        "bounds": [[round(lat, 5), round(lon, 5)] for lat, lon in zip(latitude, longitude, strict=True)],
        "runs": [f"{letter} · {name}" for letter, name in run_names(plans, language)],
        "spaces": {
            "shapes": encode_polygons(simple, city.crs),
            "id": list(spaces["space_id"]),
            "name": list(areas[0]["name"]),
            "numbers": {name: [table[name].astype(int).tolist() for table in areas] for name in _SPACE_NUMBERS},
        },
        "districts": {"shapes": encode_polygons(outlines, city.crs), "id": districts},
        "shades": plan_shades(areas, decimal),
        "differences": difference_shades(areas, decimal),
        "places": _places(plans),
    }


def _of_spaces(plan: Plan, spaces: pd.Series) -> pd.DataFrame:
    areas = plan.areas[plan.areas["level"] == "social_space"].set_index("place_id")
    return areas.reindex(spaces)


def _places(plans: Sequence[Plan]) -> dict[str, Any]:
    """Sites and buildings of any plan: where they are, and for each plan who lives there and how full it is.

    Buildings of a site are told by their site. A place that one of the plans does not know is not used there.
    """
    tables = [_places_of(plan) for plan in plans]
    every = pd.concat(tables)
    known = every[~every.index.duplicated()].sort_index()
    known = known[known["x"].notna()]
    aligned = [table.reindex(known.index) for table in tables]
    return {
        "point": encode_points(known["x"].to_numpy(), known["y"].to_numpy(), plans[0].scenario.city.crs),
        "name": list(known["name"]),
        "site": known.index.get_level_values("site").astype(int).tolist(),
        "persons": [table["persons_after"].fillna(0).astype(int).tolist() for table in aligned],
        "state": [table["state"].fillna(UNUSED).astype(int).tolist() for table in aligned],
    }


def _places_of(plan: Plan) -> pd.DataFrame:
    """Sites, and buildings without one that have units or refugee flats; index site (true, false) and id."""
    places = Places.of(plan)
    sites, buildings = places.sites, places.buildings
    own = buildings[(buildings["site_id"] == "") & ((buildings["units"] > 0) | (buildings["refugee_flats"] > 0))]
    named = own["address"].where(own["address"] != "", own["building_id"])
    parts = [
        sites.assign(site=True, id=sites["site_id"]),
        own.assign(site=False, id=own["building_id"], name=named),
    ]
    columns = ["site", "id", "name", "x", "y", "persons_after", "state"]
    return pd.concat([part[columns] for part in parts]).set_index(["site", "id"])
