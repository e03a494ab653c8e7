"""Invented lists for a real place: vacant flats, households and free seats, drawn as for the model city, all marked."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.city.city import Source
from allocator.city.complete import centrality, invented, marked
from allocator.city.model_city.chance import random_stream
from allocator.city.model_city.facilities import free_seats
from allocator.city.model_city.flats import choose_vacant_buildings, make_flats
from allocator.city.model_city.households import make_households, with_surroundings
from allocator.city.model_city.town import ModelCity, let_to_refugees, number_units
from allocator.errors import UsageError
from allocator.wording import Text

__all__ = ["with_synthetic_lists"]

VACANT = 0.02
"""Vacant flats that are on offer, as a share of all dwellings."""
LOOKING = 0.9
"""Households that look for a home, for each vacant flat."""
RENT_LEVEL = 8.3
REFERENCE_RENT = 8.7
"""EUR a month and m² of a middling flat, and what is paid for households: assumptions, as in the model city."""
MIDDLING = 3


def with_synthetic_lists(
    city: ModelCity, seed: int, *, flats: int | None = None, households: int | None = None
) -> ModelCity:
    """The city with vacant flats, households that look for a home and free seats of schools and Kitas, all invented.

    Drawn from the seed by the code that draws the model city; the same seed and counts give the same lists. The more
    dwellings a building has, the likelier one is vacant. Statuses of social spaces are not known here: all count as
    middling, and no groups are invented. Raises UsageError for counts that do not go together.
    """
    dwellings = int(city.buildings["dwellings"].sum())
    flats = max(1, round(VACANT * dwellings)) if flats is None else flats
    households = max(1, round(LOOKING * flats)) if households is None else households
    if flats < 1 or households < 1 or flats > dwellings:
        raise UsageError(f"at least 1 household, and 1 to {dwellings} vacant flats: so many dwellings were found")
    stock = _described(city)
    rng = random_stream(seed, "osm flats")
    likely = stock[stock["dwellings"] > 0].reset_index(drop=True)
    count = min(len(likely), max(1, round(0.8 * flats)))
    chosen = likely.iloc[choose_vacant_buildings(rng, likely, count)].reset_index(drop=True)
    vacant = make_flats(rng, chosen, flats, RENT_LEVEL)
    units = invented(number_units(vacant))
    offered = stock["building_id"].map(vacant["building_id"].value_counts()).fillna(0).to_numpy()
    # A building has at least the dwellings that are vacant in it.
    stock["dwellings"] = np.maximum(stock["dwellings"], offered).astype(np.int64)
    stock["refugee_flats"] = let_to_refugees(rng, stock, vacant)
    spaces = city.social_spaces.assign(status_index=MIDDLING, pull=city.social_spaces["residents"] + 1.0)
    if "refugees" not in spaces:
        spaces["refugees"] = 0
    people = make_households(
        random_stream(seed, "osm households"), households, spaces=spaces,
        units=with_surroundings(units, stock, spaces), reference_rent=REFERENCE_RENT, groups={},
    )  # fmt: skip
    buildings = city.buildings.assign(dwellings=stock["dwellings"], refugee_flats=stock["refugee_flats"])
    return replace(
        city,
        buildings=_remarked(buildings, "refugee_flats", np.ones(len(buildings), dtype=bool)),
        units=units,
        households=invented(people),
        facilities=_with_free_seats(city.facilities, seed, households),
        sources=(*city.sources, *_told(seed)),
    )


def _described(city: ModelCity) -> pd.DataFrame:
    """The buildings with what the draws ask for: social space, site, status, centrality."""
    middle = shapely.centroid(shapely.union_all(city.social_spaces.geometry.to_numpy()))
    points = shapely.get_coordinates(shapely.point_on_surface(city.buildings.geometry.to_numpy()))
    area = float(city.social_spaces.area.sum())
    stock = pd.DataFrame(city.buildings.drop(columns="geometry"))
    site = stock.get("site_id", "")
    return stock.assign(
        site_id=site, status_index=MIDDLING,
        centrality=centrality(points, np.array([middle.x, middle.y]), area),
        dwellings=np.where(site == "", stock["dwellings"], 0),
    )  # fmt: skip


def _with_free_seats(facilities: gpd.GeoDataFrame, seed: int, households: int) -> gpd.GeoDataFrame:
    """Free seats of the schools and Kitas that have no seats yet."""
    drawn = free_seats(random_stream(seed, "osm seats"), facilities["kind"], households)
    missing = facilities["seats"].isna() & drawn.notna()
    seats = facilities["seats"].where(~missing, drawn)
    return marked(facilities.assign(seats=seats), {"seats": missing.to_numpy()})


def _remarked(frame: gpd.GeoDataFrame, column: str, rows: np.ndarray) -> gpd.GeoDataFrame:
    """The table with one more column among the marks of what is made up."""
    before = frame["synthetic_columns"].to_numpy(dtype=object)
    listed = np.where(rows, before + np.where(before == "", "", ";") + column, before)
    return frame.assign(synthetic=frame["synthetic"] | rows, synthetic_columns=listed)


def _told(seed: int) -> tuple[Source, ...]:
    made_up = {
        "units": Text("All vacant flats and rents are invented.", "Alle freien Wohnungen und Mieten sind erfunden."),
        "households": Text("All households are invented.", "Alle Haushalte sind erfunden."),
        "facilities": Text(
            "Free seats of schools and Kitas are invented.", "Freie Plätze in Schulen und Kitas sind erfunden."
        ),
    }
    title = Text(f"Lists drawn with seed {seed}", f"Gezogene Listen, Startwert {seed}")
    return tuple(Source(table, title, synthetic=told) for table, told in made_up.items())
