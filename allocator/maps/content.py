"""What the map page shows, as plain data: columns of whole numbers and texts, one entry per place.

Columns instead of one object per place keep a city of thousands of buildings small; the page puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.maps.indicators import INDICATORS, classed
from allocator.maps.outlines import (
    PRECISION,
    degrees,
    district_outlines,
    encode_points,
    encode_polygons,
    simplify,
)
from allocator.maps.places import Places
from allocator.maps.ways import ways_content
from allocator.maps.why_here import why_changes, why_here

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.report.numbers import Language

__all__ = ["map_content"]

_SPACE_NUMBERS = ("residents", "refugees_before", "refugees_after", "capacity", "households_placed", "persons_placed")
_RESIDENT_STATUS = {"moved_in": 0, "stays": 1, "remains": 2}


def map_content(plan: Plan, language: Language, words: dict[str, Any]) -> dict[str, Any]:
    """Everything that the page draws and says, fit for JSON; coordinates are EPSG:4326 in whole 1/PRECISION degrees."""
    city = plan.scenario.city
    places = Places.of(plan)
    buildings = places.buildings
    shown = buildings[(buildings["units"] > 0) | (buildings["refugee_flats"] > 0)].reset_index(drop=True)
    simple = simplify(city.social_spaces)
    bounds = city.social_spaces.total_bounds
    latitude, longitude = degrees(bounds[[0, 2]], bounds[[1, 3]], city.crs)
    return {
        "language": language,
        "words": words,
        "precision": PRECISION,
        "bounds": [[round(lat, 5), round(lon, 5)] for lat, lon in zip(latitude, longitude, strict=True)],
        "spaces": _spaces(plan, simple),
        "districts": _districts(plan, simple),
        "indicators": classed(INDICATORS, _of_spaces(plan), words["decimal"]),
        "rules": dict(_cap_rules(places)),
        "sites": _sites(plan, places),
        "buildings": _buildings(plan, places, shown),
        "units": _units(places, shown),
        "residents": _residents(places, shown),
        "unplaced": _unplaced(plan, language),
        "facilities": _facilities(plan),
        "ways": ways_content(plan, language, shown["building_id"]),
        "why": why_here(plan, language, words["why"], {
            "sites": places.sites["site_id"], "buildings": shown["building_id"], "spaces": city.social_spaces["space_id"],
            "facilities": city.facilities["facility_id"]}),
    }  # fmt: skip


def _of_spaces(plan: Plan) -> pd.DataFrame:
    """The area rows of social spaces in the order of the city's table."""
    areas = plan.areas[plan.areas["level"] == "social_space"].set_index("place_id")
    return areas.reindex(plan.scenario.city.social_spaces["space_id"])


def _numbers(values: pd.Series | np.ndarray, digits: int = 0) -> list[float | int | None]:
    """Rounded numbers, whole ones as integers, None for NaN."""
    array = np.round(np.asarray(values, dtype=float), digits)
    return [None if np.isnan(value) else int(value) if digits == 0 else value for value in array.tolist()]


def _spaces(plan: Plan, simple: np.ndarray) -> dict[str, Any]:
    city, rows = plan.scenario.city, _of_spaces(plan)
    return {
        "shapes": encode_polygons(simple, city.crs),
        "id": list(rows.index),
        "name": list(rows["name"]),
        "district": list(rows["district_id"]),
        "numbers": {name: _numbers(rows[name]) for name in _SPACE_NUMBERS},
        "values": {item.column: _numbers(rows[item.column], 4 if item.kind == "percent" else 0) for item in INDICATORS},
    }


def _districts(plan: Plan, simple: np.ndarray) -> dict[str, Any]:
    city = plan.scenario.city
    ids, outlines = district_outlines(simple, city.social_spaces["district_id"].to_numpy(dtype=object))
    names = plan.areas[plan.areas["level"] == "district"].set_index("place_id")["name"]
    return {"shapes": encode_polygons(outlines, city.crs), "id": ids, "name": [names.get(one, one) for one in ids]}


def _cap_rules(places: Places) -> list[tuple[str, dict[str, Any]]]:
    """The caps that hold at sites and buildings: what they count, and within how many metres."""
    columns = ["rule", "count", "within"]
    both = pd.concat([places.caps_of_sites[columns], places.caps_of_buildings[columns]])
    rows = both.drop_duplicates("rule").itertuples(index=False)
    return [(row.rule, {"count": row.count, "within": _tidy(row.within)}) for row in sorted(rows)]


def _tidy(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(float(value), 2)


def _caps(table: pd.DataFrame, places: pd.Series) -> list[list[list[Any]]]:
    """Per place its caps, the tightest first, each as [rule, today, after, limit, state]."""
    table = table[table["place"].isin(places)]
    position = pd.Index(places).get_indexer(table["place"])
    caps: list[list[list[Any]]] = [[] for _ in range(len(places))]
    columns = (table["rule"], table["today"], table["after"], table["limit"], table["state"])
    for place, rule, today, after, limit, state in zip(position, *columns, strict=True):
        caps[place].append([rule, _tidy(today), _tidy(after), _tidy(limit), int(state)])
    return caps


def _counts(table: pd.DataFrame) -> dict[str, list[Any]]:
    names = ("persons_today", "persons_after", "persons_new", "units", "flats", "flats_let", "refugee_flats", "free",
             "households_placed", "state")  # fmt: skip
    return {name: _numbers(table[name]) for name in names}


def _sites(plan: Plan, places: Places) -> dict[str, Any]:
    crs, sites = plan.scenario.city.crs, places.sites
    return {
        "point": encode_points(sites["x"].to_numpy(), sites["y"].to_numpy(), crs),
        "id": list(sites["site_id"]),
        "name": list(sites["name"]),
        "kind": list(sites["kind"]),
        "space": _space_position(plan, sites["space_id"]),
        "caps": _caps(places.caps_of_sites, sites["site_id"]),
        **_counts(sites),
    }


def _buildings(plan: Plan, places: Places, buildings: pd.DataFrame) -> dict[str, Any]:
    crs = plan.scenario.city.crs
    return {
        "point": encode_points(buildings["x"].to_numpy(), buildings["y"].to_numpy(), crs),
        "id": list(buildings["building_id"]),
        "address": list(buildings["address"]),
        "site": pd.Index(places.sites["site_id"]).get_indexer(buildings["site_id"]).tolist(),
        "space": _space_position(plan, buildings["space_id"]),
        "caps": _caps(places.caps_of_buildings, buildings["building_id"]),
        **_counts(buildings),
    }


def _space_position(plan: Plan, space_ids: pd.Series) -> list[int]:
    return pd.Index(plan.scenario.city.social_spaces["space_id"]).get_indexer(space_ids).tolist()


def _units(places: Places, buildings: pd.DataFrame) -> dict[str, Any]:
    """Units with the position of their building, their places besides those already taken, and what stays free."""
    units = places.units
    return {
        "building": pd.Index(buildings["building_id"]).get_indexer(units["building_id"]).tolist(),
        "id": list(units["unit_id"]),
        "places": _numbers(units["places"]),
        "free": _numbers(units["free"]),
    }


def _residents(places: Places, buildings: pd.DataFrame) -> dict[str, Any]:
    """Households of the list that live in a building of the page: where, who they are, and where they live today."""
    residents, units = places.residents, pd.Index(places.units["unit_id"])
    return {
        "building": pd.Index(buildings["building_id"]).get_indexer(residents["building_id"]).tolist(),
        "id": list(residents["household_id"]),
        "persons": _numbers(residents["persons"]),
        "status": residents["status"].map(_RESIDENT_STATUS).astype(int).tolist(),
        "unit": units.get_indexer(residents["unit_id"]).tolist(),
        "home": units.get_indexer(residents["home"]).tolist(),
    }


def _unplaced(plan: Plan, language: Language) -> dict[str, Any]:
    """Households without a place, with the position of their reason; most persons first, each reason once.

    `change` is what would be enough for each, empty where nobody has asked.
    """
    rows = plan.allocation[plan.allocation["unit_id"] == ""]
    persons = pd.to_numeric(rows["persons"])
    totals = persons.groupby(rows["reason"]).sum()
    changes = why_changes(plan, language)
    reasons = sorted(totals.index, key=lambda reason: (-totals[reason], reason))
    return {
        "id": list(rows["household_id"]),
        "persons": _numbers(persons),
        "reason": pd.Index(reasons, dtype=object).get_indexer(rows["reason"]).tolist(),
        "reasons": reasons,
        "change": [changes.get(one, "") for one in rows["household_id"]],
    }


def _facilities(plan: Plan) -> dict[str, Any]:
    city = plan.scenario.city
    table, points = city.facilities, city.facilities.geometry
    kinds = sorted(set(table["kind"]))
    return {
        "point": encode_points(points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float), city.crs),
        "kinds": kinds,
        "kind": pd.Index(kinds).get_indexer(table["kind"]).tolist(),
        "name": list(table["name"]),
        "seats": _numbers(table["seats"]),
    }
