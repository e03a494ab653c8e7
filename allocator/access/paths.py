"""The shortest way itself, as a line to draw, for some chosen pairs of places."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from allocator.access.network import Network
from allocator.access.routes import with_sources
from allocator.access.snapping import OnStreet

__all__ = ["ways_to"]


def ways_to(
    network: Network,
    goal: OnStreet,
    goal_xy: np.ndarray,
    starts: OnStreet,
    starts_xy: np.ndarray,
    limit: float = np.inf,
) -> list[np.ndarray]:
    """The shortest way from each start to the one goal, as corners [n, 2] from the start to the goal.

    `goal_xy` [2] and `starts_xy` [n_starts, 2] are where the places really stand; the way begins and ends there. No way
    may be longer than `limit` metres.
    """
    n = len(network.nodes)
    graph = with_sources(network, goal, np.zeros(1))
    reached, before = dijkstra(graph, directed=True, indices=n, return_predecessors=True, limit=limit)
    found = []
    for edge, along, xy in zip(starts.edge.tolist(), starts.along.tolist(), starts_xy, strict=True):
        first, last = network.ends[edge].tolist()
        rest = network.length[edge] - along
        at_goal = abs(along - goal.along[0]) if edge == goal.edge[0] else np.inf
        if at_goal <= min(reached[first] + along, reached[last] + rest):
            parts = [_part(network, edge, along, goal.along[0])]
        else:
            to_first = reached[first] + along <= reached[last] + rest
            parts = [_part(network, edge, along, 0.0 if to_first else network.length[edge])]
            node = first if to_first else last
            while before[node] < n:
                parts.append(_street(network, node, int(before[node])))
                node = int(before[node])
            parts.append(_part(network, int(goal.edge[0]), _entry(network, goal, node), goal.along[0]))
        corners = np.vstack([xy, *parts, goal_xy])
        moved = np.append(True, (np.diff(corners, axis=0) != 0).any(axis=1))
        found.append(corners[moved])
    return found


def _entry(network: Network, goal: OnStreet, node: int) -> float:
    """Metres along the goal's street at which a way enters it from a junction."""
    first, last = network.ends[goal.edge[0]]
    length = float(network.length[goal.edge[0]])
    if first == last:
        return 0.0 if goal.along[0] <= length - goal.along[0] else length
    return 0.0 if node == first else length


def _part(network: Network, edge: int, start: float, end: float) -> np.ndarray:
    """Corners along a street from `start` to `end` metres, in this direction."""
    return np.asarray(substring(network.lines[edge], start, end).coords)


def _street(network: Network, one: int, other: int) -> np.ndarray:
    """Corners of the shortest street between two neighbouring junctions, from the one to the other."""
    edge = network.shortest[min(one, other), max(one, other)]
    corners = network.corners[network.first[edge] : network.first[edge + 1]]
    return corners if network.ends[edge, 0] == one else corners[::-1]
