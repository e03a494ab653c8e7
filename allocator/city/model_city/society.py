"""Who lives in a model city: districts, residents, status, and groups of the social spaces."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from allocator.city.model_city.areas import Ground
from allocator.city.model_city.chance import apportion, smooth_noise
from allocator.city.model_city.names import space_names
from allocator.city.model_city.size import ModelCitySize

__all__ = ["GROUPS", "group_residents", "make_social_spaces", "status_classes"]

GROUPS = {"a": 0.42, "b": 0.3, "c": 0.16}
"""Neutral labels of invented groups, with their shares of the households that look for a home; the rest have none."""
GROUP_SHARES_OF_MIGRANTS = {"a": 0.17, "b": 0.12, "c": 0.07}
COMPASS = ("Ost", "Nordost", "Nord", "Nordwest", "West", "Südwest", "Süd", "Südost")
ESTATES = 0.08
"""Share of social spaces that are large housing estates: dense, outside the core, of low status."""
STATUS_CLASSES = 5


def make_social_spaces(rng: np.random.Generator, ground: Ground, size: ModelCitySize) -> gpd.GeoDataFrame:
    """The table of social spaces without `refugees`, coordinates as in `ground`, in the order of `space_id`.

    Further columns: `district_name`, `status_index` (1 highest to 5 lowest status), `unemployment_rate` (percent),
    `migrants_share` (0 to 1), `median_income` (EUR a month), `group_<label>` (persons), and for the later steps
    `centrality` (0 to 1), `estate` (flag) and `centre_x`, `centre_y`. Residents add up to `size.residents`.
    """
    district = _districts(ground, size.districts)
    distance = np.hypot(*ground.centres.T)
    order = np.lexsort([distance, district])
    polygons, centres, district, distance = (
        values[order] for values in (ground.polygons, ground.centres, district, distance)
    )
    within = pd.Series(district).groupby(district).cumcount().to_numpy() + 1
    core_size = min(5, max(2, size.spaces // 6))
    by_distance = np.argsort(distance, kind="stable")
    names = np.empty(size.spaces, dtype=object)
    names[by_distance] = space_names(rng, size.spaces, core_size)
    estate = _estates(rng, distance, ground.radius)
    frame = gpd.GeoDataFrame(
        {
            "space_id": [f"{number + 1:02d}{place:02d}" for number, place in zip(district, within, strict=True)],
            "name": names,
            "district_id": [f"{number + 1:02d}" for number in district],
            "district_name": _district_names(centres, district),
            "residents": _residents(rng, ground, polygons, centres, estate, size.residents),
        },
        geometry=polygons,
    )
    frame = frame.join(_status(rng, ground, centres, estate))
    frame = frame.join(group_residents(rng, (frame["residents"] * frame["migrants_share"]).to_numpy()))
    frame["centrality"] = ground.core(centres)
    frame["estate"] = estate
    frame["centre_x"], frame["centre_y"] = centres.T
    return frame


def status_classes(disadvantage: NDArray[np.float64]) -> NDArray[np.int64]:
    """Classes 1 (highest status) to 5 (lowest) of equal size, by rank of any measure of disadvantage."""
    rank = np.argsort(np.argsort(disadvantage, kind="stable"), kind="stable")
    return 1 + rank * STATUS_CLASSES // len(rank)


def _districts(ground: Ground, districts: int) -> NDArray[np.int64]:
    """District number of each space, 0 in the centre, then counter-clockwise; every district is connected.

    Spaces go to the nearest of some spread-out spaces, by distance along neighbours; crossing the river counts double.
    """
    near, far = shapely.STRtree(ground.polygons).query(ground.polygons, predicate="touches")
    shared = shapely.length(shapely.intersection(ground.polygons[near], ground.polygons[far])) > 1
    near, far = near[shared], far[shared]
    steps = np.hypot(*(ground.centres[near] - ground.centres[far]).T)
    links = shapely.linestrings(np.stack([ground.centres[near], ground.centres[far]], axis=1))
    steps = np.where(shapely.intersects(links, ground.river), 2 * steps, steps)
    graph = coo_array((steps, (near, far)), shape=(len(ground.polygons),) * 2).tocsr()
    chosen = [int(np.argmin(np.hypot(*ground.centres.T)))]
    for _ in range(1, districts):
        chosen.append(int(np.argmax(dijkstra(graph, indices=chosen).min(axis=0))))
    district = np.argmin(dijkstra(graph, indices=chosen), axis=0)
    angle = np.arctan2(ground.centres[chosen, 1], ground.centres[chosen, 0])
    angle[0] = -np.inf
    return np.argsort(np.argsort(angle, kind="stable"), kind="stable")[district]


def _district_names(centres: NDArray[np.float64], district: NDArray[np.int64]) -> list[str]:
    """Innenstadt for the first, points of the compass for the others, numbered where they would repeat."""
    middle = pd.DataFrame(centres).groupby(district).mean().to_numpy()
    octant = np.round(np.arctan2(middle[:, 1], middle[:, 0]) / (np.pi / 4)).astype(int) % 8
    names = pd.Series([COMPASS[place] for place in octant])
    names[0] = "Innenstadt"
    repeated = names.groupby(names).cumcount()
    names = names + np.where(repeated > 0, " " + (repeated + 1).astype(str), "")
    return list(names.to_numpy()[district])


def _estates(rng: np.random.Generator, distance: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    """Which spaces are large housing estates: at random among those between core and edge."""
    weight = np.exp(-(((distance / radius) - 0.65) ** 2) / 0.02) + 1e-9
    count = max(1, round(ESTATES * len(distance)))
    estate = np.zeros(len(distance), dtype=bool)
    estate[rng.choice(len(distance), count, replace=False, p=weight / weight.sum())] = True
    return estate


def _residents(
    rng: np.random.Generator,
    ground: Ground,
    polygons: NDArray[np.object_],
    centres: NDArray[np.float64],
    estate: NDArray[np.bool_],
    total: int,
) -> NDArray[np.int64]:
    """Residents by area and a density that falls from the core outwards (Clark 1951, doi:10.2307/2981088)."""
    density = (
        (0.035 + ground.core(centres) ** 1.4) * np.exp(rng.normal(0, 0.2, len(centres))) * np.where(estate, 2.2, 1.0)
    )
    return apportion(total, density * shapely.area(polygons), at_least=min(150, total // (2 * len(centres))))


def _status(
    rng: np.random.Generator, ground: Ground, centres: NDArray[np.float64], estate: NDArray[np.bool_]
) -> pd.DataFrame:
    """Status and what goes with it: neighbours are alike, estates are low, the leafy edge is high."""
    angle = rng.uniform(0, 2 * np.pi)
    towards_industry = centres @ np.array([np.cos(angle), np.sin(angle)]) / ground.radius
    disadvantage = (
        0.9 * smooth_noise(rng, 1.1 * ground.radius)(centres)
        + 0.7 * towards_industry
        + 0.6 * ground.core(centres)
        + rng.normal(0, 0.35, len(centres))
        + 2.5 * estate
    )
    level = np.argsort(np.argsort(disadvantage, kind="stable"), kind="stable") / max(1, len(centres) - 1)
    noise = rng.normal(0, 1, (3, len(centres)))
    unemployment = np.clip(2.4 + 12.5 * level**1.6 + 0.7 * noise[0], 1.2, 25)
    migrants = np.clip(0.09 + 0.36 * level**1.3 + 0.06 * ground.core(centres) + 0.03 * noise[1], 0.04, 0.75)
    income = 3450 - 1700 * level**0.8 + 90 * noise[2]
    return pd.DataFrame(
        {
            "status_index": status_classes(disadvantage),
            "unemployment_rate": np.round(unemployment, 1),
            "migrants_share": np.round(migrants, 3),
            "median_income": (np.round(income / 10) * 10).astype(int),
        }
    )


def group_residents(rng: np.random.Generator, migrants: NDArray[np.float64]) -> pd.DataFrame:
    """Columns `group_<label>`: of each social space's migrants (persons) a part that differs from space to space."""
    counts = {}
    for label, share in GROUP_SHARES_OF_MIGRANTS.items():
        part = np.clip(share * rng.lognormal(-0.1, 0.5, len(migrants)), 0.01, 0.3)
        counts[f"group_{label}"] = np.round(part * migrants).astype(int)
    return pd.DataFrame(counts)
