"""From street lines as they come to clean pieces: every two of them meet at ends, nothing stands twice.

Which lines meet is a question of the data, not of the drawing: a footbridge crosses a road without a way down. So two
lines meet where they share a vertex, as lines from OpenStreetMap and official street layers do at every junction, and
where one of them ends on the other. Lines that only cross are kept apart and counted; a layer without bridges and
tunnels that was never split at its junctions asks for `crossings`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

__all__ = ["RESOLUTION", "TOLERANCE", "Pieces", "clean_pieces"]

RESOLUTION = 0.001
"""Metres to which coordinates are rounded; vertices that agree then are one."""
TOLERANCE = 0.5
"""Metres by which an end of a line may miss, or overshoot, the line on which it ends."""


@dataclass(frozen=True)
class Pieces:
    """Straight pieces of streets.

    `vertices` [n_vertices, 2] are in metres, in ascending order; `ends` [n_pieces, 2] are positions in them, each pair
    once; `crossings` counts pairs of pieces that cross without a common end.
    """

    vertices: np.ndarray
    ends: np.ndarray
    crossings: int


def clean_pieces(lines: np.ndarray, crossings: bool = False) -> Pieces:
    """The pieces of lines (shapely, metric CRS; multiple ones, empty ones, duplicates and None are welcome).

    With `crossings` lines meet wherever they cross.
    """
    lines = np.asarray(lines, dtype=object)
    lines = shapely.force_2d(shapely.get_parts(lines[~shapely.is_missing(lines)]))
    lines = lines[(shapely.get_dimensions(lines) == 1) & (shapely.length(lines) > 0)]
    if crossings and lines.size:
        lines = shapely.get_parts(shapely.union_all(lines, grid_size=RESOLUTION))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.round(xy / RESOLUTION).astype(np.int64)
    vertices, vertex = np.unique(xy, axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    same = line[1:] == line[:-1]
    ends = np.column_stack([vertex[:-1][same], vertex[1:][same]])
    first = np.flatnonzero(np.append(True, ~same)) if line.size else np.array([], dtype=int)
    last = np.append(first[1:] - 1, line.size - 1) if line.size else first
    loose = np.unique(vertex[np.concatenate([first, last])])
    points = vertices * RESOLUTION
    ends = _meeting(points, _single(ends), loose)
    used = np.unique(ends)
    return Pieces(points[used], np.searchsorted(used, ends), _crossings(points, ends))


def _single(ends: np.ndarray) -> np.ndarray:
    """Each pair of different ends once, the smaller first, in ascending order."""
    ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    return np.unique(ends, axis=0)


def _segments(points: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return shapely.linestrings(points[ends].reshape(-1, 2), indices=np.repeat(np.arange(len(ends)), 2))


def _crossings(points: np.ndarray, ends: np.ndarray) -> int:
    """Pairs of pieces that have a point in common, and no end."""
    if not len(ends):
        return 0
    segments = _segments(points, ends)
    one, other = shapely.STRtree(segments).query(segments, predicate="intersects")
    one, other = one[one < other], other[one < other]
    return int((ends[one][:, :, None] != ends[other][:, None, :]).all(axis=(1, 2)).sum())


def _meeting(points: np.ndarray, ends: np.ndarray, loose: np.ndarray) -> np.ndarray:
    """The pieces with every end of a line (`loose`) joined to the vertices and pieces within the tolerance.

    A near vertex becomes one with the end; a piece on which a line ends goes through that end.
    """
    if not len(ends):
        return ends
    tree = shapely.STRtree(_segments(points, ends))
    number, piece = tree.query(shapely.points(points[loose]), predicate="dwithin", distance=TOLERANCE)
    end = loose[number]
    other = (ends[piece] != end[:, None]).all(axis=1)
    end, piece = end[other], piece[other]
    a, b, p = points[ends[piece, 0]], points[ends[piece, 1]], points[end]
    to_a, to_b = np.hypot(*(p - a).T), np.hypot(*(p - b).T)
    at_vertex = np.minimum(to_a, to_b) <= TOLERANCE
    # Ends become one with near vertices: the smallest vertex of each group stands for all.
    vertex = np.where(to_a <= to_b, ends[piece, 0], ends[piece, 1])[at_vertex]
    link = sparse.coo_matrix((np.ones(vertex.size), (end[at_vertex], vertex)), shape=(len(points),) * 2)
    _, group = connected_components(link, directed=False)
    _, smallest = np.unique(group, return_index=True)
    # Pieces on which lines end are cut there, in the order along the piece.
    end, piece, to_a = end[~at_vertex], piece[~at_vertex], to_a[~at_vertex]
    count = np.arange(len(ends))
    owner = np.concatenate([count, piece, count])
    along = np.concatenate([np.full(len(ends), -1.0), to_a, np.full(len(ends), np.inf)])
    through = np.concatenate([ends[:, 0], end, ends[:, 1]])
    order = np.lexsort((through, along, owner))
    owner, through = owner[order], smallest[group[through[order]]]
    same = owner[1:] == owner[:-1]
    return _single(np.column_stack([through[:-1][same], through[1:][same]]))
