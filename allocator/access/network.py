"""The walking network of a city: junctions and the streets between them, one connected piece."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from allocator.access.cleaning import Pieces, clean_pieces

__all__ = ["Network", "make_network"]


@dataclass(frozen=True)
class Network:
    """Streets as edges between nodes; all of it can be reached from all of it.

    `nodes` [n_nodes, 2] are metric coordinates of junctions and dead ends; `ends` [n_edges, 2] positions in them (an
    edge may lead back to where it begins, and two nodes may have several edges); `corners` [n_corners, 2] the
    coordinates along all edges, those of edge i from `first[i]` to `first[i + 1]`, its ends included.

    `cut_off_metres` and `cut_off_pieces` say what was left out because it is not connected to the rest, `crossings`
    how many pairs of lines cross without meeting.
    """

    nodes: np.ndarray
    ends: np.ndarray
    corners: np.ndarray
    first: np.ndarray
    cut_off_metres: float = 0.0
    cut_off_pieces: int = 0
    crossings: int = 0

    @cached_property
    def lines(self) -> np.ndarray:
        """The edges as lines [n_edges]."""
        return shapely.linestrings(self.corners, indices=np.repeat(np.arange(len(self.ends)), np.diff(self.first)))

    @cached_property
    def length(self) -> np.ndarray:
        """Metres of each edge [n_edges]."""
        return shapely.length(self.lines)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The edges, to be found by place."""
        return shapely.STRtree(self.lines)

    @cached_property
    def shortest(self) -> dict[tuple[int, int], int]:
        """The shortest edge between two neighbouring nodes, the smaller of which comes first."""
        low, high = np.sort(self.ends, axis=1).T
        order = np.lexsort((self.length, high, low))
        low, high = low[order], high[order]
        keep = low != high
        keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        pairs = zip(low[keep].tolist(), high[keep].tolist(), strict=True)
        return dict(zip(pairs, order[keep].tolist(), strict=True))

    @cached_property
    def graph(self) -> sparse.csr_matrix:
        """Metres between neighbouring nodes, the shortest edge of each pair, both ways [n_nodes, n_nodes]."""
        low, high = np.array(list(self.shortest), dtype=np.int64).reshape(-1, 2).T
        metres = self.length[np.array(list(self.shortest.values()), dtype=np.int64)]
        both = (np.concatenate([metres, metres]), (np.concatenate([low, high]), np.concatenate([high, low])))
        return sparse.csr_matrix(both, shape=(len(self.nodes),) * 2)


def make_network(lines: np.ndarray, crossings: bool = False) -> Network:
    """The largest connected piece (by length) of street lines in a metric CRS, whatever their state and order.

    What meets what is said in `allocator.access.cleaning`; `crossings` lets lines meet wherever they cross. Without
    any line the network is empty.
    """
    pieces, metres, number = _largest(clean_pieces(lines, crossings))
    if not len(pieces.ends):
        return Network(
            np.zeros((0, 2)), np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros(1, dtype=np.int64)
        )
    segments = pieces.vertices[pieces.ends].reshape(-1, 2)
    whole = shapely.multilinestrings(shapely.linestrings(segments, indices=np.repeat(np.arange(len(pieces.ends)), 2)))
    # Chains of pieces through places where nothing branches off become one edge.
    edges = shapely.get_parts(shapely.line_merge(whole))
    corners, edge = shapely.get_coordinates(edges, return_index=True)
    first = np.searchsorted(edge, np.arange(len(edges) + 1))
    tips = np.column_stack([corners[first[:-1]], corners[first[1:] - 1]]).reshape(-1, 2)
    nodes, ends = np.unique(tips, axis=0, return_inverse=True)
    return Network(nodes, ends.reshape(-1, 2), corners, first, metres, number, pieces.crossings)


def _largest(pieces: Pieces) -> tuple[Pieces, float, int]:
    """The connected pieces of the greatest length, and the metres and the number of the other groups."""
    if not len(pieces.ends):
        return pieces, 0.0, 0
    n = len(pieces.vertices)
    metres = np.hypot(*(pieces.vertices[pieces.ends[:, 0]] - pieces.vertices[pieces.ends[:, 1]]).T)
    links = sparse.coo_matrix((np.ones(len(metres)), tuple(pieces.ends.T)), shape=(n, n))
    groups, group = connected_components(links, directed=False)
    of_piece = group[pieces.ends[:, 0]]
    length = np.bincount(of_piece, weights=metres, minlength=groups)
    kept = of_piece == np.argmax(length)
    largest = Pieces(pieces.vertices, pieces.ends[kept], pieces.crossings)
    return largest, float(metres[~kept].sum()), groups - 1
