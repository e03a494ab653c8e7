"""Homes among the buildings of OpenStreetMap, with dwellings estimated from footprint and storeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.access.osm_elements import OsmElements, leading_number, rows_where
from allocator.city.complete import marked

__all__ = ["UNKNOWN_KINDS", "DwellingFormula", "make_buildings"]

HOUSES = frozenset({"house", "detached", "semidetached_house", "terrace", "bungalow", "farm", "cabin", "villa"})
"""Values of `building` that are houses of one family or two."""
FLATS = frozenset({"apartments", "residential", "dormitory", "tower"})
"""Values of `building` that are houses of flats."""
UNKNOWN_KINDS = ("address", "all", "none")
"""Which buildings without a kind (`building=yes`) are homes."""
NO_HOMES = ("industrial", "commercial", "retail", "allotments", "railway", "farmyard", "military", "construction",
            "garages", "cemetery")  # fmt: skip
"""Land on which a building without a kind is none."""
USES = ("amenity", "shop", "office", "industrial", "craft", "healthcare", "tourism", "leisure", "man_made", "power",
        "railway", "public_transport", "aeroway", "military")  # fmt: skip
"""Keys that say that a building without a kind serves something else."""
GONE = ("disused", "abandoned", "ruins", "demolished", "construction")
SMALLEST, LARGEST = 35.0, 6_000.0
"""m² of footprint between which a building without a kind is believed to be a home."""
USUAL_LEVELS = {"apartments": 4.0, "residential": 3.0, "dormitory": 4.0, "tower": 8.0, "bungalow": 1.0}
"""Storeys of buildings of which neither own nor similar ones are known; 2 for all others."""
BORDER = 0.5
"""Metres from the boundary from which on a building lies inside."""
SIMILAR = 5
"""So many buildings of a kind with known storeys make a median that is taken for the others."""


@dataclass(frozen=True)
class DwellingFormula:
    """Dwellings of a building = footprint (m²) × storeys × `net_share` / m² of a dwelling, rounded, at least 1.

    A dwelling has `house_area` m² in houses and `flat_area` m² in houses of flats. Both, and the share of the gross
    floor area that is lived in, are assumptions: of the order of German averages, to be set for the city at hand. A
    building without a kind counts as a house where it has at most 2.5 storeys and 200 m² of footprint. Storeys are
    `building:levels`, else the median of the buildings of its kind, if at least 5 are known, else USUAL_LEVELS.
    `building:flats`, where given, is taken instead of the whole formula.
    """

    flat_area: float = 70.0
    house_area: float = 120.0
    net_share: float = 0.8
    unknown: Literal["address", "all", "none"] = "address"

    def dwellings(
        self, footprint: NDArray[np.float64], levels: NDArray[np.float64], house: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Dwellings of buildings [n] of so many m² and storeys; `house` says which are houses."""
        size = np.where(house, self.house_area, self.flat_area)
        return np.maximum(1, np.floor(footprint * levels * self.net_share / size + 0.5)).astype(np.int64)


def make_buildings(
    elements: OsmElements, boundary: Any, crs: Any, formula: DwellingFormula
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """The homes inside `boundary` (polygon in `crs`, metres), and counts of what was found.

    Homes are the kinds HOUSES and FLATS, any building with `building:flats`, and buildings without a kind by
    `formula.unknown`: those with an address (of their own, or of a node inside them) that serve nothing else (USES),
    stand on no land of NO_HOMES and have a believable footprint; or all of these, or none. Columns: `building_id`
    (`w` or `r` and the number in OpenStreetMap), `address`, `street`, `house_number`, `postcode`, `addresses` (all of
    several, `;` between), `kind`, `levels` (known storeys), `dwellings`, marks of what is estimated, polygons.
    """
    found = elements.areas("building").to_crs(crs)
    points = shapely.point_on_surface(found.geometry.to_numpy())
    # Not on the border itself, from which a rounded coordinate may fall outside.
    within = shapely.buffer(boundary, -BORDER)
    shapely.prepare(within)
    inside = shapely.intersects(within, points)
    found, points = found[inside].reset_index(drop=True), points[inside]
    tags = list(found["tags"])
    kind = np.array([one["building"] for one in tags], dtype=object)
    flats = np.array([leading_number(one.get("building:flats", "")) for one in tags], dtype=float)
    footprint = shapely.area(found.geometry.to_numpy())
    addresses = _addresses(elements, found, crs)
    home = np.isin(kind, sorted(HOUSES | FLATS)) | (flats > 0)
    untold = (kind == "yes") & ~home & _believable(elements, tags, points, footprint, crs)
    if formula.unknown != "none":
        home |= untold & ((formula.unknown == "all") | (addresses["house_number"] != "").to_numpy())
    home &= ~np.array([any(one.get(key, "no") != "no" for key in GONE) for one in tags], dtype=bool)
    home &= ~((flats == 0) & np.isin(kind, ["yes"]))
    levels = np.array([leading_number(one.get("building:levels", "")) for one in tags], dtype=float)
    counts = {"buildings": len(found), "homes": int(home.sum()), "with storeys": int((levels[home] > 0).sum())}
    table = pd.DataFrame(
        {
            "building_id": [name[0] + str(number) for name, number in zip(found["element"], found["id"], strict=True)],
            **addresses.to_dict("series"),
            "kind": kind,
            "levels": levels,
        }
    )
    filled = _storeys(kind, levels)
    house = np.isin(kind, sorted(HOUSES)) | ((kind == "yes") & (filled <= 2.5) & (footprint <= 200))
    estimated = formula.dwellings(footprint, filled, house)
    table["dwellings"] = np.where(flats > 0, flats, estimated).astype(np.int64)
    table = marked(table, {"dwellings": ~(flats > 0)})
    result = gpd.GeoDataFrame(table, geometry=found.geometry.to_numpy(), crs=crs)[home]
    return result.sort_values("building_id").reset_index(drop=True), counts


def _storeys(kind: NDArray[np.object_], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Storeys without gaps: own ones, else the median of the kind, else the usual ones."""
    known = pd.Series(np.where(levels > 0, levels, np.nan))
    kinds = known.groupby(kind)
    median = pd.Series(kind).map(kinds.median().where(kinds.count() >= SIMILAR)).to_numpy(dtype=float)
    usual = pd.Series(kind).map(USUAL_LEVELS).fillna(2.0).to_numpy()
    return np.where(known.notna(), known, np.where(np.isnan(median), usual, median))


def _believable(
    elements: OsmElements, tags: list[dict[str, str]], points: Any, footprint: NDArray[np.float64], crs: Any
) -> NDArray[np.bool_]:
    """Buildings without a kind that may be homes: by what they serve, by their size, and by the land around them."""
    free = np.array([not any(key in one for key in USES) for one in tags], dtype=bool)
    free &= (footprint >= SMALLEST) & (footprint <= LARGEST)
    land = rows_where(elements.areas("landuse"), lambda one: one["landuse"] in NO_HOMES).to_crs(crs)
    # Points stand in the tree and areas are asked, because GEOS prepares the geometry that asks.
    _, on_such_land = shapely.STRtree(points).query(land.geometry.to_numpy(), "intersects")
    free[on_such_land] = False
    return free


def _addresses(elements: OsmElements, found: gpd.GeoDataFrame, crs: Any) -> pd.DataFrame:
    """Address columns of the buildings: their own tags, else those of the address nodes inside, the first as its own.

    Several numbers of one tag (`12;14`) and several nodes are all listed in `addresses`.
    """
    nodes = elements.having("addr:housenumber").to_crs(crs)
    nodes = nodes[(nodes["element"] == "node").to_numpy()]
    building, node = shapely.STRtree(nodes.geometry.to_numpy()).query(found.geometry.to_numpy(), "intersects")
    inside: dict[int, list[dict[str, str]]] = {}
    for row, place in zip(building.tolist(), node.tolist(), strict=True):
        inside.setdefault(row, []).append(nodes["tags"].iloc[place])
    rows = []
    for row, own in enumerate(found["tags"]):
        parts = [part for one in (own, *inside.get(row, ())) for part in _parts(one)]
        parts = sorted(set(parts), key=lambda part: (part[0], leading_number(part[1]), part[1]))
        texts = [f"{street} {number}".strip() for street, number, _ in parts]
        street, number, postcode = parts[0] if parts else ("", "", "")
        rows.append((texts[0] if texts else "", street, number, postcode, "; ".join(dict.fromkeys(texts))))
    return pd.DataFrame(rows, columns=["address", "street", "house_number", "postcode", "addresses"], dtype=object)


def _parts(tags: dict[str, str]) -> list[tuple[str, str, str]]:
    """(street, house number, postcode) for each number of an address."""
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    numbers = tags.get("addr:housenumber", "").replace(",", ";").split(";")
    return [(street, number.strip(), tags.get("addr:postcode", "")) for number in numbers if street and number.strip()]
