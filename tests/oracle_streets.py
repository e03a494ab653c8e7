"""Walking distances as networkx finds them, one pair at a time: the oracle of the walking network.

Shares nothing with the planner: lines whose vertices are junctions where they are shared, a place on the nearest piece
of street, and a graph that has every place as a node.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import dist, inf

import networkx
from shapely import LineString, Point

__all__ = ["WalkingOracle"]

Point2 = tuple[float, float]
Piece = tuple[Point2, Point2]


class WalkingOracle:
    """The largest connected piece of streets, given as lists of corners in whole metres."""

    def __init__(self, streets: Iterable[list[Point2]]) -> None:
        graph = networkx.Graph()
        for line in streets:
            for one, other in pairwise(tuple(corner) for corner in line):
                if one != other:
                    graph.add_edge(one, other, weight=dist(one, other))
        parts = [graph.subgraph(nodes) for nodes in networkx.connected_components(graph)]
        self.graph = max(parts, key=lambda part: part.size("weight")).copy() if parts else graph
        self.cut_off = graph.size("weight") - self.graph.size("weight")

    def place(self, xy: Point2) -> tuple[float, Piece, float]:
        """Metres to the nearest piece of street, that piece, and metres along it."""
        pieces = sorted(tuple(sorted(edge)) for edge in self.graph.edges)
        near = min(pieces, key=lambda piece: LineString(piece).distance(Point(xy)))
        line = LineString(near)
        return line.distance(Point(xy)), near, line.project(Point(xy))

    def metres(self, one: Point2, other: Point2) -> float:
        """Metres on foot from place to place."""
        if not self.graph.size():
            return inf
        graph, aside = self.graph.copy(), 0.0
        stands = {"from": self.place(one), "to": self.place(other)}
        for name, (away, (a, b), along) in stands.items():
            aside += away
            graph.add_edge(name, a, weight=along)
            graph.add_edge(name, b, weight=max(0.0, dist(a, b) - along))
        if stands["from"][1] == stands["to"][1]:
            graph.add_edge("from", "to", weight=abs(stands["from"][2] - stands["to"][2]))
        return aside + networkx.dijkstra_path_length(graph, "from", "to")
