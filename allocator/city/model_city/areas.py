"""The ground of a model city: a river, and social spaces with ragged shared borders, small in the core, large outside.

Coordinates here are metres around the city's centre; `town` moves them to their place on the map.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from allocator.city.model_city.chance import smooth_noise
from allocator.city.model_city.size import REFERENCE_RESIDENTS, ModelCitySize

__all__ = ["Ground", "make_ground", "rough_line"]

REFERENCE_AREA = 40e6
"""m² of a model city of REFERENCE_RESIDENTS; grows more slowly than residents do."""
AREA_POWER = 0.72
LLOYD_ROUNDS = 15
BORDER_STEP = 70.0
"""Border lines are roughened down to pieces of about this length, in metres."""


@dataclass(frozen=True)
class Ground:
    """The social spaces as polygons that share their borders, with the points around which they grew.

    `polygons` (n) is a planar partition, `centres` (n, 2) lie in them, `river` is a line along borders, `radius` is
    that of a disk of the city's area; metres around the city's centre.
    """

    polygons: NDArray[np.object_]
    centres: NDArray[np.float64]
    river: shapely.LineString
    radius: float

    def core(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How central points of shape (n, 2) are: 1 in the centre, falling towards 0 outside."""
        return np.exp(-np.hypot(points[:, 0], points[:, 1]) / (0.42 * self.radius))


def make_ground(rng: np.random.Generator, size: ModelCitySize) -> Ground:
    """A ground with `size.spaces` social spaces on both banks of a river.

    On each bank, Lloyd's relaxation (Lloyd 1982, doi:10.1109/TIT.1982.1056489) of a density that is high in the core
    gives centres; the borders of their Voronoi cells are roughened by midpoint displacement, and the whole plane is
    bent by smooth waves. Neighbours keep one and the same border throughout.
    """
    radius = float(np.sqrt(REFERENCE_AREA * (size.residents / REFERENCE_RESIDENTS) ** AREA_POWER / np.pi))
    river_at = -rng.uniform(0.12, 0.3) * radius
    centres, cells = _cells(rng, size.spaces, radius, river_at)
    lines = shapely.line_merge(shapely.set_precision(shapely.union_all(shapely.boundary(cells)), 0.01))
    edges = shapely.get_parts(lines)
    on_river = np.array([np.allclose(shapely.get_coordinates(edge)[:, 1], river_at, atol=0.02) for edge in edges])
    bend = _bending(rng, radius)
    faces, order = _roughened(rng, edges, on_river, centres)
    river = rough_line(rng, np.array([[-2 * radius, river_at], [2 * radius, river_at]]), 0.0, BORDER_STEP)
    return Ground(
        polygons=shapely.transform(faces[order], bend),
        centres=bend(centres),
        river=shapely.LineString(bend(river)),
        radius=radius,
    )


def rough_line(
    rng: np.random.Generator, points: NDArray[np.float64], roughness: float, step: float
) -> NDArray[np.float64]:
    """A line through `points` (n, 2), halved until its pieces are at most `step` long.

    Every new midpoint is displaced sideways by a normal draw of `roughness` times the piece; the ends stay.
    """
    while True:
        pieces = np.diff(points, axis=0)
        length = np.hypot(pieces[:, 0], pieces[:, 1])
        if length.max(initial=0.0) <= step:
            return points
        sideways = np.column_stack([-pieces[:, 1], pieces[:, 0]])
        shift = np.clip(rng.normal(0.0, roughness, len(pieces)), -2 * roughness, 2 * roughness)
        middle = (points[:-1] + points[1:]) / 2 + shift[:, None] * sideways
        doubled = np.empty((2 * len(points) - 1, 2))
        doubled[0::2], doubled[1::2] = points, middle
        points = doubled


def _cells(
    rng: np.random.Generator, spaces: int, radius: float, river_at: float
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Centres (n, 2) and straight-edged cells (n) of both banks in the unbent plane."""
    outline = smooth_noise(rng, 2.2 * radius)
    samples = rng.uniform(-1.3 * radius, 1.3 * radius, (400 * spaces, 2))
    distance = np.hypot(samples[:, 0], samples[:, 1])
    inside = distance < radius * (1 + 0.14 * outline(samples))
    samples, distance = samples[inside], distance[inside]
    density = 0.06 + np.exp(-distance / (0.36 * radius))
    north = samples[:, 1] > river_at
    south_spaces = int(np.clip(round(spaces * density[~north].sum() / density.sum()), 1, spaces - 1))
    centres, cells = [], []
    for bank, count in ((north, spaces - south_spaces), (~north, south_spaces)):
        seeds = _lloyd(rng, samples[bank], density[bank], count)
        spacing = np.sqrt(np.pi / spaces) * radius
        angles = np.arange(0, 2 * np.pi, spacing / (1.25 * radius))
        ring = np.column_stack([np.cos(angles), np.sin(angles)]) + rng.normal(0, 0.03, (len(angles), 2))
        edge = 1.0 + 0.14 * outline(ring * radius)
        ring = ring * (edge * radius + 0.45 * spacing)[:, None]
        far = 20 * radius * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
        diagram = Voronoi(np.vstack([seeds, ring, far]))
        corners = [diagram.vertices[diagram.regions[region]] for region in diagram.point_region[: len(seeds)]]
        low, high = (river_at, 10 * radius) if bank is north else (-10 * radius, river_at)
        half = shapely.box(-10 * radius, low, 10 * radius, high)
        centres.append(seeds)
        cells.append(shapely.intersection([shapely.Polygon(corner) for corner in corners], half))
    return np.vstack(centres), np.concatenate(cells)


def _lloyd(
    rng: np.random.Generator, samples: NDArray[np.float64], density: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Centres (count, 2) of a centroidal Voronoi tessellation of weighted sample points."""
    centres = samples[rng.choice(len(samples), count, replace=False, p=density / density.sum())]
    for _ in range(LLOYD_ROUNDS):
        nearest = cKDTree(centres).query(samples)[1]
        weight = np.bincount(nearest, density, count)
        sums = [np.bincount(nearest, density * samples[:, axis], count) for axis in (0, 1)]
        filled = weight > 0
        centres[filled] = np.column_stack(sums)[filled] / weight[filled, None]
    return centres


def _roughened(
    rng: np.random.Generator, edges: NDArray[np.object_], on_river: NDArray[np.bool_], centres: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Faces between roughened edges, and the face of each centre.

    Where a draw lets borders cross (there are then other faces than between straight borders), less roughness is tried;
    straight borders never cross. Land outside the city that its social spaces enclose is a face without a centre.
    """
    straight = len(shapely.get_parts(shapely.polygonize(edges)))
    for roughness in (0.11, 0.08, 0.05, 0.02, 0.0):
        lines = [
            shapely.LineString(rough_line(rng, shapely.get_coordinates(edge), 0.0 if river else roughness, BORDER_STEP))
            for edge, river in zip(edges, on_river, strict=True)
        ]
        faces = shapely.get_parts(shapely.polygonize(lines))
        face_of, centre_of = [*shapely.STRtree(faces).query(shapely.points(centres), predicate="within")][::-1]
        if len(faces) == straight and len(centres) == len(face_of) == len(np.unique(face_of)):
            return faces, face_of[np.argsort(centre_of)]
    raise AssertionError("straight borders of a Voronoi diagram enclose a face for each centre")


def _bending(rng: np.random.Generator, radius: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A smooth one-to-one map of the plane: three waves per axis, together with a slope below one."""
    length = radius * rng.uniform(0.9, 2.4, (2, 3))
    angle = rng.uniform(0, 2 * np.pi, (2, 3))
    phase = rng.uniform(0, 2 * np.pi, (2, 3))
    vectors = 2 * np.pi / length * np.array([np.cos(angle), np.sin(angle)])
    heights = 0.27 / np.linalg.norm(vectors, axis=0)

    def bend(points: NDArray[np.float64]) -> NDArray[np.float64]:
        waves = [
            (heights[axis] * (np.sin(points @ vectors[:, axis] + phase[axis]) - np.sin(phase[axis]))).sum(axis=1)
            for axis in (0, 1)
        ]
        return points + np.column_stack(waves)

    return bend
