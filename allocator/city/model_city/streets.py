"""The streets of a model city: quarters with grids of their own, joined into one connected network."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from allocator.city.model_city.areas import Ground, rough_line
from allocator.city.model_city.chance import smooth_noise
from allocator.city.model_city.names import street_names

__all__ = ["make_streets"]

PERSONS_PER_SETTLED_KM2 = 3_800
LONGEST_TOWN_STREET = 330.0
"""Longer pieces run through open country, in metres: mostly left out, bent where they stay, and not built upon."""
THINNED = 0.13
"""Share of the pieces left out at random, for blocks of unlike size."""
BRIDGE_DISTANCE = 900.0
"""At least so far apart are bridges, in metres along the river."""


def make_streets(rng: np.random.Generator, ground: Ground, spaces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Street pieces between crossings as lines, in the coordinates of `ground`; the network is connected.

    Columns: `street_id`, `name` (pieces that run on straight share one), `kind` (`main`, `residential`, `country`),
    and for the later steps `from_node` and `to_node`.
    """
    nodes = _nodes(rng, ground, spaces)
    edges = _gabriel_edges(nodes)
    edges = _thinned(rng, nodes, edges, ground)
    length = _lengths(nodes, edges)
    main = _main_streets(nodes, edges, spaces)
    chain = _chains(nodes, edges)
    names = np.array(street_names(rng, int(chain.max()) + 1), dtype=object)
    country = length > LONGEST_TOWN_STREET
    lines = [
        shapely.LineString(rough_line(rng, nodes[edge], 0.05, 150.0) if far else nodes[edge])
        for edge, far in zip(edges, country, strict=True)
    ]
    kind = np.where(country, "country", np.where(main, "main", "residential"))
    return gpd.GeoDataFrame(
        {
            "street_id": [f"ST{number:05d}" for number in range(1, len(edges) + 1)],
            "name": names[chain],
            "kind": kind,
            "from_node": edges[:, 0],
            "to_node": edges[:, 1],
        },
        geometry=lines,
    )


def _nodes(rng: np.random.Generator, ground: Ground, spaces: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Crossings (n, 2): in each space a turned, jittered grid around its centre, as large as its residents need."""
    ragged = smooth_noise(rng, 700.0)
    bank = ground.river.buffer(45.0)
    found = []
    for space in spaces.itertuples():
        spacing = 128.0 - 46.0 * space.centrality + (25.0 if space.estate else 0.0)
        centre = np.array([space.centre_x, space.centre_y])
        reach = float(np.sqrt(np.sum(np.square(np.subtract(space.geometry.bounds[2:], space.geometry.bounds[:2])))))
        steps = np.arange(-reach, reach, spacing)
        grid = np.stack(np.meshgrid(steps, steps * rng.uniform(0.75, 1.0)), axis=-1).reshape(-1, 2)
        angle = rng.uniform(0, np.pi / 2)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        grid = grid @ turn + centre + rng.normal(0, 0.09 * spacing, grid.shape)
        inner = space.geometry.buffer(-0.3 * spacing).difference(bank)
        grid = grid[shapely.contains_xy(inner, grid)]
        settled = min(inner.area, 1e6 * space.residents / PERSONS_PER_SETTLED_KM2)
        wanted = max(6, round(len(grid) * settled / max(inner.area, 1.0)))
        remoteness = np.hypot(*(grid - centre).T) * (1 + 0.35 * ragged(grid))
        found.append(grid[np.argsort(remoteness, kind="stable")[:wanted]])
    return np.vstack(found)


def _gabriel_edges(nodes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Pairs (m, 2) whose diametral circle holds no other node (Gabriel & Sokal 1969, doi:10.2307/2412323).

    They are the Delaunay edges that no opposite corner sees under an obtuse angle, and connect all nodes.
    """
    corners = Delaunay(nodes).simplices
    pairs, obtuse = [], []
    for turn in range(3):
        first, second, opposite = (corners[:, (turn + step) % 3] for step in range(3))
        seen = ((nodes[first] - nodes[opposite]) * (nodes[second] - nodes[opposite])).sum(axis=1) < 0
        pairs.append(np.sort(np.column_stack([first, second]), axis=1))
        obtuse.append(seen)
    frame = pd.DataFrame(np.vstack(pairs), columns=["from", "to"]).assign(obtuse=np.concatenate(obtuse))
    kept = frame.groupby(["from", "to"], sort=True)["obtuse"].any()
    return np.array(kept.index[~kept.to_numpy()].to_list(), dtype=np.int64)


def _lengths(nodes: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.hypot(*(nodes[edges[:, 0]] - nodes[edges[:, 1]]).T)


def _thinned(
    rng: np.random.Generator, nodes: NDArray[np.float64], edges: NDArray[np.int64], ground: Ground
) -> NDArray[np.int64]:
    """Fewer edges: bridges only here and there, few long ones, some others out at random; still connected.

    The minimum spanning tree stays, in which an edge over the river is as dear as a very long one.
    """
    length = _lengths(nodes, edges)
    over_river = shapely.intersects(shapely.linestrings(nodes[edges]), ground.river)
    cost = np.where(over_river, length + 1e6, length)
    count = len(nodes)
    tree = minimum_spanning_tree(coo_array((cost, (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()).tocoo()
    lowest, highest = np.minimum(tree.row, tree.col), np.maximum(tree.row, tree.col)
    in_tree = np.isin(edges[:, 0] * count + edges[:, 1], lowest.astype(np.int64) * count + highest)
    chance = rng.random(len(edges))
    usual = ~over_river & (chance > np.where(length > LONGEST_TOWN_STREET, 0.7, THINNED))
    bridge = np.zeros(len(edges), dtype=bool)
    crossing = np.flatnonzero(over_river)
    if len(crossing):
        middle = shapely.points(nodes[edges[crossing]].mean(axis=1))
        along = shapely.line_locate_point(ground.river, middle)
        shortest = pd.DataFrame({"edge": crossing, "reach": along // BRIDGE_DISTANCE, "length": length[crossing]})
        chosen = shortest.sort_values(["length", "edge"]).drop_duplicates("reach")
        bridge[chosen["edge"].to_numpy()[chosen["length"].to_numpy() < 2 * LONGEST_TOWN_STREET]] = True
    return edges[in_tree | usual | bridge]


def _main_streets(nodes: NDArray[np.float64], edges: NDArray[np.int64], spaces: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Edges on the shortest ways from the centre to the social spaces."""
    count = len(nodes)
    graph = coo_array((_lengths(nodes, edges), (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()
    start = int(np.argmin(np.hypot(*nodes.T)))
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    at = cKDTree(nodes).query(spaces[["centre_x", "centre_y"]].to_numpy())[1]
    used = np.zeros(count, dtype=bool)
    while len(at):
        used[at] = True
        at = before[at]
        at = np.unique(at[at >= 0])
        at = at[~used[at]]
    first, second = edges.T
    return (used[first] & (before[first] == second)) | (used[second] & (before[second] == first))


def _chains(nodes: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the street of each edge: at a crossing the two edges that run on straightest (within 30°) are one."""
    ends = pd.DataFrame(
        {
            "edge": np.tile(np.arange(len(edges)), 2),
            "node": np.concatenate([edges[:, 0], edges[:, 1]]),
            "other": np.concatenate([edges[:, 1], edges[:, 0]]),
        }
    )
    away = nodes[ends["other"]] - nodes[ends["node"]]
    ends["angle"] = np.arctan2(away[:, 1], away[:, 0])
    pairs = ends.merge(ends, on="node", suffixes=("", "_2"))
    pairs = pairs[pairs["edge"] < pairs["edge_2"]]
    turn = np.abs(np.abs((pairs["angle"] - pairs["angle_2"] + np.pi) % (2 * np.pi) - np.pi) - np.pi)
    pairs = pairs.assign(turn=turn)[turn < np.pi / 6].sort_values(["turn", "node", "edge", "edge_2"])
    best = ~pairs.duplicated(["node", "edge"]) & ~pairs.duplicated(["node", "edge_2"])
    one, two = pairs.loc[best, "edge"].to_numpy(), pairs.loc[best, "edge_2"].to_numpy()
    links = coo_array((np.ones(len(one)), (one, two)), shape=(len(edges), len(edges)))
    return connected_components(links, directed=False)[1]
