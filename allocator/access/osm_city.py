"""A city by the contract from elements of OpenStreetMap."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.access.osm_areas import Areas, make_social_spaces
from allocator.access.osm_buildings import DwellingFormula, make_buildings
from allocator.access.osm_elements import KEYS, WGS84, OsmElements, matches, rows_where
from allocator.access.osm_streets import make_streets
from allocator.access.services import Services, make_facilities, service_keys
from allocator.city.city import Source
from allocator.city.complete import marked
from allocator.city.crs import fitting_crs, name_of_crs
from allocator.city.model_city.buildings import PERSONS_PER_DWELLING
from allocator.city.model_city.town import UNIT_COLUMNS, ModelCity
from allocator.errors import Findings, InputError
from allocator.wording import Text

__all__ = ["OsmOptions", "keys_to_read", "make_osm_city"]

REFUGEE_HOME = (
    {
        "social_facility": ["shelter", "group_home", "assisted_living"],
        "social_facility:for": ["refugee", "refugees", "migrant", "migrants"],
    },
    {"amenity": "refugee_site"},
)
"""Tags of accommodations of refugees: they become sites."""


@dataclass(frozen=True)
class OsmOptions:
    """How a city is made of OpenStreetMap.

    `boundary` is a polygon in degrees that takes the place of the one of the data; `margin` metres around it streets
    and facilities are kept, since ways do not end at a border.
    """

    areas: Areas = "auto"
    grid: float = 1000.0
    margin: float = 1500.0
    boundary: Any = None
    name: str = ""
    persons_per_dwelling: float = PERSONS_PER_DWELLING
    formula: DwellingFormula = field(default_factory=DwellingFormula)


def keys_to_read(services: Services) -> set[str]:
    """The keys of OpenStreetMap of which a city is made."""
    return set(KEYS) | service_keys(services)


def make_osm_city(elements: OsmElements, services: Services, options: OsmOptions) -> tuple[ModelCity, Findings]:
    """A city by the contract from elements of OpenStreetMap, and notes on what was found.

    Real: homes with addresses, walkable streets, facilities, areas. Estimated, and marked so: dwellings (see
    `DwellingFormula`) and residents (dwellings × `persons_per_dwelling`). Units are an empty table and households
    none: they are the city's own lists. Geometries are in the UTM zone of the place. Raises InputError if there are no
    homes inside the boundary.
    """
    findings = Findings()
    boundary = options.boundary if options.boundary is not None else elements.boundary
    middle = shapely.centroid(boundary)
    crs = fitting_crs(middle.x, middle.y)
    area = gpd.GeoSeries([boundary], crs=WGS84).to_crs(crs).make_valid().iloc[0]
    buildings, counts = make_buildings(elements, area, crs, options.formula)
    if buildings.empty:
        findings.error(
            f"{counts['buildings']} buildings lie inside the boundary, but none is known to be a home",
            "take another boundary, or --homes all to count buildings without a kind", file=Path(elements.source).name,
        )  # fmt: skip
        raise InputError(findings)
    spaces, way = make_social_spaces(elements, area, crs, options.areas, options.grid)
    buildings = buildings.assign(space_id=space_of(buildings, spaces))
    sites = _sites(elements, area, crs)
    buildings = buildings.assign(site_id=_site_of(buildings, sites))
    spaces = with_estimated_residents(spaces, buildings, options.persons_per_dwelling)
    facilities, doubled = make_facilities(elements, area, crs, services, options.margin)
    streets = make_streets(elements, area, crs, options.margin)
    _note(findings, elements, counts, doubled, way, len(streets))
    city = ModelCity(
        name=options.name or elements.name,
        crs=name_of_crs(crs),
        social_spaces=spaces,
        buildings=buildings,
        units=pd.DataFrame({name: pd.Series(dtype=object) for name in UNIT_COLUMNS}),
        sites=sites,
        facilities=facilities,
        streets=streets,
        households=None,
        sources=_sources(elements, way),
    )
    return city, findings


def space_of(buildings: gpd.GeoDataFrame, spaces: gpd.GeoDataFrame) -> np.ndarray:
    """`space_id` of each building by a point inside it; on a border the first, outside of all the nearest."""
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    tree = shapely.STRtree(spaces.geometry.to_numpy())
    point, area = tree.query(points, "intersects")
    row = np.full(len(points), len(spaces))
    np.minimum.at(row, point, area)
    lost = row == len(spaces)
    row[lost] = tree.nearest(points[lost])
    return spaces["space_id"].to_numpy(dtype=object)[row]


def with_estimated_residents(
    spaces: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, persons_per_dwelling: float
) -> gpd.GeoDataFrame:
    """Spaces with `residents`: dwellings of their buildings × persons in a dwelling, rounded, marked as estimated."""
    held = buildings["dwellings"].groupby(buildings["space_id"]).sum()
    residents = spaces["space_id"].map(held).fillna(0).to_numpy() * persons_per_dwelling
    made = spaces.drop(columns=["geometry", "residents", "synthetic", "synthetic_columns"], errors="ignore")
    made = made.assign(residents=np.round(residents).astype(np.int64))
    return gpd.GeoDataFrame(marked(made, {"residents": True}), geometry=spaces.geometry.to_numpy(), crs=spaces.crs)


def _sites(elements: OsmElements, boundary: Any, crs: Any) -> gpd.GeoDataFrame:
    """Accommodations of refugees inside the boundary, as sites; nothing is known of who lives there."""
    found = rows_where(elements.frame, lambda tags: any(matches(tags, home) for home in REFUGEE_HOME)).to_crs(crs)
    found = found[shapely.intersects(boundary, shapely.point_on_surface(found.geometry.to_numpy()))]
    return gpd.GeoDataFrame(
        {
            "site_id": [f"site-{name[0]}{number}" for name, number in zip(found["element"], found["id"], strict=True)],
            "name": [tags.get("name", "") for tags in found["tags"]],
            "kind": [tags.get("social_facility", "shelter") for tags in found["tags"]],
        },
        geometry=found.geometry.to_numpy(),
        crs=crs,
    )


def _site_of(buildings: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> np.ndarray:
    """`site_id` of the buildings that lie in the grounds of a site, or in which its point lies; else empty."""
    result = np.full(len(buildings), "", dtype=object)
    points = shapely.point_on_surface(sites.geometry.to_numpy())
    inner = shapely.point_on_surface(buildings.geometry.to_numpy())
    for row, (site, point) in enumerate(zip(sites.geometry, points, strict=True)):
        inside = shapely.intersects(site, inner) | shapely.intersects(buildings.geometry.to_numpy(), point)
        result[inside] = sites["site_id"].iloc[row]
    return result


def _note(
    findings: Findings, elements: OsmElements, counts: dict[str, int], doubled: int, way: str, streets: int
) -> None:
    file = Path(elements.source).name
    findings.note(f"{counts['homes']} of {counts['buildings']} buildings are homes; storeys of "
                  f"{counts['with storeys']} of them are known", "dwellings are estimated", file=file)  # fmt: skip
    told = {"admin": "the administrative areas", "boundary": "the boundary as a whole", "grid": "squares of a grid"}
    findings.note(f"social spaces are {told[way]}; residents are dwellings times persons in a dwelling",
                  "give the city's own with --social-spaces", file=file)  # fmt: skip
    if doubled:
        findings.note(f"{doubled} places lie in a larger one of the same kind and name, and count once", file=file)
    if elements.broken:
        findings.note(f"{elements.broken} elements are not complete, as at the edge of an extract; left out", file=file)
    if not streets:
        findings.note("there are no walkable streets: distances are straight lines", "take a larger extract",
                      file=file)  # fmt: skip


def _sources(elements: OsmElements, way: str) -> tuple[Source, ...]:
    real = {"licence": "ODbL 1.0", "attribution": "© OpenStreetMap contributors", "retrieved": elements.retrieved,
            "url": elements.url}  # fmt: skip
    made = {
        "buildings": Text(
            "Dwellings are estimated from footprint and storeys, except where building:flats is known.",
            "Wohnungen sind aus Grundfläche und Geschossen geschätzt, wo building:flats nicht bekannt ist.",
        ),
        "social_spaces": Text(
            "Residents are estimated: dwellings times persons in a dwelling."
            + (" The areas are squares of a grid." if way == "grid" else ""),
            "Einwohner sind geschätzt: Wohnungen mal Personen je Wohnung."
            + (" Die Gebiete sind Quadrate eines Gitters." if way == "grid" else ""),
        ),
    }
    title = Text("OpenStreetMap, completed", "OpenStreetMap, ergänzt")
    completed = (Source(table, title, synthetic=told, **real) for table, told in made.items())
    what = Text(
        "OpenStreetMap: streets, buildings, facilities, areas",
        "OpenStreetMap: Straßen, Gebäude, Einrichtungen, Gebiete",
    )
    return (Source(elements.source, what, **real), *completed)
