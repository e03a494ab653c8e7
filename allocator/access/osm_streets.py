"""Streets and paths on which people walk, from OpenStreetMap."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from allocator.access.osm_elements import OsmElements, is_line, rows_where

__all__ = ["is_walkable", "make_streets"]

NOT_ON_FOOT = frozenset({
    "motorway", "motorway_link", "trunk_link", "abandoned", "bus_guideway", "busway", "construction", "no", "planned",
    "platform", "proposed", "raceway", "razed", "rest_area", "services", "elevator", "via_ferrata", "traffic_island",
})  # fmt: skip
"""Values of `highway` on which nobody walks; cycleways and trunk roads are on foot only where `foot` says so."""
ONLY_IF_ALLOWED = frozenset({"cycleway", "trunk", "bridleway"})
ALLOWED = frozenset({"yes", "designated", "permissive", "destination", "customers"})
CLOSED = frozenset({"no", "private", "use_sidepath"})


def is_walkable(tags: dict[str, str]) -> bool:
    """True for a way on which the public may walk: the walking network of OSMnx, with two differences.

    Cycleways and trunk roads count where `foot` allows them. Streets whose pavement is mapped as a way of its own
    (`sidewalk=separate`) stay in: without them, crossings that nobody has mapped would cut the network.
    """
    kind, foot = tags.get("highway", "no"), tags.get("foot", "")
    if kind in NOT_ON_FOOT or tags.get("area") == "yes" or foot in CLOSED:
        return False
    if kind in ONLY_IF_ALLOWED:
        return foot in ALLOWED
    if foot in ALLOWED:
        return True
    return (
        tags.get("access") not in ("no", "private")
        and tags.get("service") != "private"
        and (tags.get("motorroad") != "yes")
    )


def make_streets(elements: OsmElements, boundary: Any, crs: Any, margin: float) -> gpd.GeoDataFrame:
    """Walkable lines that reach into `boundary` or up to `margin` metres beyond it; columns `street_id`, name, kind.

    Lines keep all their vertices, rounded to decimetres, and so meet in common ones exactly where the ways of
    OpenStreetMap share a node. Ways that lead beyond the margin are kept whole.
    """
    found = rows_where(elements.having("highway"), is_walkable).to_crs(crs)
    found = found[is_line(found.geometry.to_numpy())]
    around = shapely.buffer(boundary, margin)
    shapely.prepare(around)
    found = found[shapely.intersects(around, found.geometry.to_numpy())]
    lines = shapely.transform(found.geometry.to_numpy(), lambda corners: np.round(corners, 1))
    streets = gpd.GeoDataFrame(
        {
            "street_id": [f"w{number}" for number in found["id"]],
            "name": [tags.get("name", "") for tags in found["tags"]],
            "kind": [tags["highway"] for tags in found["tags"]],
        },
        geometry=lines,
        crs=crs,
    )
    streets = streets[shapely.length(lines) > 0]
    return streets.sort_values("street_id").reset_index(drop=True)
