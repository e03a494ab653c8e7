"""The housing stock of a model city: addresses along its streets, and dwellings that suit the residents."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.city.model_city.areas import Ground
from allocator.city.model_city.chance import apportion

__all__ = ["PERSONS_PER_DWELLING", "make_addresses", "make_buildings", "pick_weighted", "share_dwellings"]

PERSONS_PER_DWELLING = 2.05
PLOT = 21.0
"""Width of a plot along a street, in metres."""
SETBACK = (13.0, 18.0)
"""Distance of a building's point from the middle of the street, in metres."""
RIVERBANK = 45.0
BORDER_DISTANCE = 1.5
"""So far from a border, in metres, no plot changes its social space when coordinates are rounded."""


def make_addresses(
    rng: np.random.Generator, ground: Ground, spaces: gpd.GeoDataFrame, streets: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Every plot on both sides of the town streets: `x`, `y`, `space` (row number of the social space), `address`.

    House numbers are even on one side and odd on the other and rise along the street. Plots at the river, on a
    border, or nearer to a plot of another street than half a plot are left out.
    """
    town = streets[streets["kind"] != "country"]
    corners = shapely.get_coordinates(town.geometry.to_numpy()).reshape(-1, 2, 2)
    length = np.hypot(*(corners[:, 1] - corners[:, 0]).T)
    plots = np.maximum(0, np.floor((length - PLOT) / PLOT)).astype(int)
    piece = np.repeat(np.arange(len(town)), 2 * plots)
    place = np.arange(len(piece)) - np.repeat(np.cumsum(2 * plots) - 2 * plots, 2 * plots)
    side = np.where(place % 2 == 0, 1.0, -1.0)
    along = (PLOT / 2 + PLOT * (place // 2 + 0.5) + rng.uniform(-3, 3, len(piece)))[:, None]
    direction = (corners[:, 1] - corners[:, 0]) / length[:, None]
    sideways = np.column_stack([-direction[:, 1], direction[:, 0]])
    setback = (side * rng.uniform(*SETBACK, len(piece)))[:, None]
    points = corners[piece, 0] + along * direction[piece] + setback * sideways[piece]
    inside = spaces.geometry.buffer(-BORDER_DISTANCE).to_numpy()
    at, space = shapely.STRtree(inside).query(shapely.points(points), predicate="within")
    found = pd.DataFrame(
        {
            "x": points[at, 0],
            "y": points[at, 1],
            "space": space,
            "side": side[at],
            "street": town["name"].to_numpy()[piece[at]],
            "kind": town["kind"].to_numpy()[piece[at]],
        }
    )
    bank = ground.river.buffer(RIVERBANK)
    found = found[~shapely.contains_xy(bank, found["x"].to_numpy(), found["y"].to_numpy())]
    squares = np.floor(found[["x", "y"]] / (PLOT / 2)).astype(int)
    return _numbered(found[~squares.duplicated()])


def make_buildings(
    rng: np.random.Generator, addresses: pd.DataFrame, spaces: gpd.GeoDataFrame, count: int
) -> pd.DataFrame:
    """`count` of the addresses (or nearly all, if there are fewer) as buildings with `dwellings`.

    In each social space the dwellings add up to its residents by PERSONS_PER_DWELLING; houses are larger in the core
    and largest in estates. Columns of `addresses` stay.
    """
    dwellings = np.maximum(1, np.round(spaces["residents"].to_numpy() / PERSONS_PER_DWELLING)).astype(int)
    usual = np.where(spaces["estate"], 4.0, 0.55 + 1.1 * spaces["centrality"])
    room = np.bincount(addresses["space"], minlength=len(spaces))
    wanted = apportion(count, dwellings / usual)
    wanted = np.minimum(np.minimum(wanted, (room * 9) // 10), dwellings)
    weight = np.where(addresses["kind"] == "main", 1.5, 1.0)
    chosen = pick_weighted(rng, addresses["space"].to_numpy(), weight, wanted)
    buildings = addresses.iloc[np.sort(chosen)].reset_index(drop=True)
    return buildings.assign(dwellings=share_dwellings(rng, buildings["space"].to_numpy(), dwellings))


def share_dwellings(
    rng: np.random.Generator, space: NDArray[np.int64], dwellings: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Dwellings of buildings that lie in social spaces number `space`: at least one each, `dwellings[s]` in space s.

    Sizes within a space are as unlike as gamma draws of shape 1.6. A space with fewer dwellings than buildings gets
    one to a building.
    """
    size = rng.gamma(1.6, 1.0, len(space)) + 0.15
    held = np.empty(len(space), dtype=np.int64)
    for number, rows in pd.Series(space).groupby(space).indices.items():
        held[rows] = apportion(max(int(dwellings[number]), len(rows)), size[rows], at_least=1)
    return held


def pick_weighted(
    rng: np.random.Generator, group: NDArray[np.int64], weight: NDArray[np.float64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Row numbers of `wanted[g]` rows of each group g, without repetition, in proportion to `weight`.

    The rows with the highest u^(1/weight), u uniform (Efraimidis & Spirakis 2006, doi:10.1016/j.ipl.2005.11.003).
    """
    key = np.log(rng.random(len(group))) / np.maximum(weight, 1e-12)
    order = np.lexsort([-key, group])
    rank = pd.Series(group[order]).groupby(group[order]).cumcount().to_numpy()
    return order[rank < wanted[group[order]]]


def _numbered(plots: pd.DataFrame) -> pd.DataFrame:
    """The plots with their `address`: each side of a street is counted along its longer extent."""
    streets = plots.groupby("street")[["x", "y"]]
    extent = streets.max() - streets.min()
    upwards = plots["street"].map(extent["y"] > extent["x"])
    ordered = plots.assign(along=np.where(upwards, plots["y"], plots["x"])).sort_values(
        ["street", "side", "along"], kind="stable"
    )
    number = 2 * ordered.groupby(["street", "side"]).cumcount() + np.where(ordered["side"] > 0, 1, 2)
    ordered["address"] = ordered["street"] + " " + number.astype(str)
    ordered = ordered.sort_values(["space", "street", "side", "along"])
    return ordered.drop(columns=["along", "side", "street"]).reset_index(drop=True)
