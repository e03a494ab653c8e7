"""Where places stand on the walking network: beside which street, how far along it, how far aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from allocator.access.network import Network

__all__ = ["FAR", "OnStreet", "snap"]

FAR = 200.0
"""Metres from a street beyond which a place is reported."""


@dataclass(frozen=True)
class OnStreet:
    """Places on a network [n]: position of the `edge`, metres `along` it from its first end, metres `aside`."""

    edge: np.ndarray
    along: np.ndarray
    aside: np.ndarray

    def __len__(self) -> int:
        return len(self.edge)

    def __getitem__(self, chosen: np.ndarray | slice) -> OnStreet:
        """Some of the places."""
        return OnStreet(self.edge[chosen], self.along[chosen], self.aside[chosen])


def snap(network: Network, xy: np.ndarray) -> OnStreet:
    """The nearest point on any street for each place; `xy` [n, 2] in the CRS of the network, which must have edges.

    Of several streets equally near the first counts.
    """
    points = shapely.points(np.asarray(xy, dtype=float).reshape(-1, 2))
    (place, edge), metres = network.tree.query_nearest(points, return_distance=True)
    order = np.lexsort((edge, place))
    place, edge, metres = place[order], edge[order], metres[order]
    _, first = np.unique(place, return_index=True)
    edge = edge[first]
    return OnStreet(edge, shapely.line_locate_point(network.lines[edge], points), metres[first])
