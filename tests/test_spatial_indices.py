"""Neighbours and the indices that know them: worked by hand, at their edges, and beside PySAL's."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
from indicator_worlds import CRS, hand_made_city
from shapely import Polygon, box

from allocator.indicators.contiguity import neighbours_by_level
from allocator.indicators.segregation import dissimilarity, exposure, isolation
from allocator.indicators.spatial import (
    SPATIAL_INDICES,
    spatial_dissimilarity,
    spatial_exposure,
    spatial_indices,
    spatial_isolation,
)

ROW = np.array([[0, 1], [1, 2]])
"""Three places in a row."""


def city_of(shapes: list[Polygon | None], districts: list[str]) -> object:
    """A city whose social spaces S0, S1, … have these shapes."""
    ids = [f"S{number}" for number in range(len(shapes))]
    spaces = gpd.GeoDataFrame({"space_id": ids, "district_id": districts}, geometry=shapes, crs=CRS)
    return hand_made_city(social_spaces=spaces)


def pairs(city: object, level: str = "social_space") -> set[tuple[str, str]]:
    """The pairs of neighbours by id."""
    spaces = city.social_spaces
    places = {"social_space": sorted(spaces["space_id"]), "district": sorted(set(spaces["district_id"]) - {""})}
    found = neighbours_by_level(city, places)[level]
    return {(places[level][one], places[level][other]) for one, other in found.T}


def test_neighbours_share_a_border_or_a_corner() -> None:
    """Of four squares and one far away, those that touch are neighbours, over the corner too; each pair stands once."""
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 10, 30, 20), box(500, 0, 510, 10)]
    city = city_of(shapes, ["D1", "D1", "D2", "D3"])
    assert pairs(city) == {("S0", "S1"), ("S1", "S2")}
    assert pairs(city, "district") == {("D1", "D2")}


def test_neighbours_in_spite_of_a_gap_as_of_drawing() -> None:
    """A gap of half a metre between borders is none; two metres are."""
    assert pairs(city_of([box(0, 0, 10, 10), box(10.5, 0, 20, 10)], ["", ""])) == {("S0", "S1")}
    assert pairs(city_of([box(0, 0, 10, 10), box(12, 0, 20, 10)], ["", ""])) == set()


def test_neighbours_without_shapes_or_districts() -> None:
    """A space without a shape has no neighbours, nor has a city without any; who is in no district links none."""
    assert pairs(city_of([box(0, 0, 10, 10), None, box(10, 0, 20, 10)], ["D1", "D1", ""])) == {("S0", "S2")}
    assert pairs(city_of([box(0, 0, 10, 10), box(10, 0, 20, 10)], ["D1", ""]), "district") == set()
    bare = hand_made_city().social_spaces.drop(columns="geometry")
    assert pairs(hand_made_city(social_spaces=bare)) == set()


def test_three_places_in_a_row_by_hand() -> None:
    """Shares of 0.1, 0.3 and 0 in a row: D less the mean of 0.2 and 0.3; counts with neighbours are 40, 40, 30."""
    group, total = [10, 30, 0], [100, 100, 100]
    assert spatial_dissimilarity(group, total, ROW) == pytest.approx(dissimilarity(group, total) - 0.25)
    with_neighbours = [40, 40, 30], [200, 300, 200]
    assert spatial_isolation(group, total, ROW) == pytest.approx(isolation(*with_neighbours))
    assert spatial_exposure(group, total, ROW) == pytest.approx(exposure(*with_neighbours))
    assert spatial_isolation(group, total, ROW) == pytest.approx(40 / 110 * 0.2 + 40 / 110 * 40 / 300 + 30 / 110 * 0.15)


def test_the_same_shares_count_more_side_by_side() -> None:
    """Two full places beside each other are more segregated in space than the same two with others between them."""
    row, total = np.array([[0, 1, 2], [1, 2, 3]]), [10, 10, 10, 10]
    together, apart = [9, 9, 1, 1], [9, 1, 9, 1]
    assert dissimilarity(together, total) == dissimilarity(apart, total)
    for index in (spatial_dissimilarity, spatial_isolation):
        assert index(together, total, row) > index(apart, total, row)


@pytest.mark.parametrize(
    ("group", "total", "neighbours"),
    [
        ([3], [7], np.zeros((2, 0), dtype=int)),
        ([], [], np.zeros((2, 0), dtype=int)),
        ([0, 0, 0], [5, 7, 2], ROW),
        ([3, 1], [7, 7], np.zeros((2, 0), dtype=int)),
    ],
)
def test_undefined(group: list[int], total: list[int], neighbours: np.ndarray) -> None:
    """With one place, none, nobody of the group or no neighbours no spatial index is defined, without a warning."""
    with np.errstate(all="raise"):
        assert all(math.isnan(value) for value in spatial_indices(group, total, neighbours).values())


def test_everybody_in_the_group() -> None:
    """Where there is nobody else isolation is 1 and exposure 0; there is nothing to compare."""
    found = spatial_indices([5, 7, 2], [5, 7, 2], ROW)
    assert (found["spatial_isolation"], found["spatial_exposure"]) == (1, 0)
    assert math.isnan(found["spatial_dissimilarity"])


def test_many_cities_at_once() -> None:
    """Counts of many cities in one array give what each city gives alone."""
    random = np.random.default_rng(5)
    total = random.integers(0, 50, (20, 3))
    group = random.binomial(total, 0.3)
    for name, index in SPATIAL_INDICES.items():
        alone = [index(*city, ROW) for city in zip(group, total, strict=True)]
        assert index(group, total, ROW) == pytest.approx(np.array(alone), nan_ok=True), name


@pytest.mark.slow
def test_equal_to_pysal_on_random_cities() -> None:
    """On random grids with holes, neighbours and spatial indices equal those of the package segregation."""
    pysal = pytest.importorskip("segregation.singlegroup", reason="needs the package segregation (extra test)")
    from libpysal.weights import Queen

    random = np.random.default_rng(2)
    for side in (3, 6, 13):
        cells = [(x, y) for x in range(side) for y in range(side) if (x + y) == 0 or random.random() < 0.85]
        shapes = [box(1000 * x, 1000 * y, 1000 * x + 1000, 1000 * y + 1000) for x, y in cells]
        total = random.integers(50, 20_000, len(cells)) + 1
        group = random.binomial(total - 1, random.beta(1, 12, len(cells))) + 1
        city = city_of(shapes, [""] * len(cells))
        frame = gpd.GeoDataFrame({"x": group, "t": total}, geometry=shapes, crs=CRS)
        weights = Queen.from_dataframe(frame, use_index=False, silence_warnings=True)
        places = {"social_space": list(city.social_spaces["space_id"]), "district": []}
        found = neighbours_by_level(city, places)["social_space"]
        assert {tuple(pair) for pair in found.T.tolist()} == {
            (one, other) for one, others in weights.neighbors.items() for other in others if one < other
        }
        theirs = {
            "spatial_dissimilarity": pysal.SpatialDissim(frame, "x", "t", w=weights).statistic,
            "spatial_isolation": pysal.Isolation(frame, "x", "t", w=weights).statistic,
            "spatial_exposure": pysal.Interaction(frame, "x", "t", w=weights).statistic,
        }
        assert spatial_indices(group, total, found) == pytest.approx(theirs, rel=1e-9), side
