"""Classes of the map's colours, and its outlines: simplified without gaps and written as short numbers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from indicator_worlds import CRS

from allocator.maps.classes import diverging_classes, quantile_classes
from allocator.maps.outlines import PRECISION, district_outlines, encode_polygons, simplify


def test_shares_are_cut_at_quantiles_with_round_breaks() -> None:
    """Ten shares from 1 to 10 percent make five classes of two, with round breaks and one label each."""
    classes = quantile_classes(np.arange(1, 11) / 100, "YlGnBu", whole=False)
    assert classes.breaks == (0.03, 0.05, 0.06, 0.08)
    assert classes.counts(np.arange(1, 11) / 100) == (2, 2, 1, 2, 3)
    assert classes.labels(",", percent=True) == ("< 3 %", "3 – < 5 %", "5 – < 6 %", "6 – < 8 %", "≥ 8 %")


def test_a_value_on_a_break_lies_in_the_upper_class() -> None:
    """The lower end of a class belongs to it, and a missing value to none."""
    classes = quantile_classes(np.array([0.0, 0.01, 0.02, 0.04]), "YlGnBu", whole=False, most=2)
    assert classes.breaks == (0.015,)
    assert classes.class_of(np.array([0.0149, 0.015, np.nan])).tolist() == [0, 1, -1]


def test_counts_of_zero_are_a_class_of_their_own() -> None:
    """Places without a free flat are not mixed with places that have few."""
    classes = quantile_classes(np.array([0, 0, 0, 4, 8, 12, 20]), "Greens", whole=True, most=2)
    assert classes.labels() == ("0", "1 – 9", "≥ 10")
    assert classes.counts(np.array([0, 0, 0, 4, 8, 12, 20])) == (3, 2, 2)


def test_gains_and_losses_have_the_same_breaks_around_zero() -> None:
    """A gain of 10 is as strong as a loss of 10, and what rounds to nothing is neither."""
    classes = diverging_classes(np.array([-30, -10, -1, 0.4, 1, 10, 30]), "PRGn_r")
    assert classes.breaks == tuple(-value for value in reversed(classes.breaks))
    assert classes.class_of(np.array([-0.4, 0.4])).tolist() == [3, 3]
    assert classes.labels()[3] == "0"
    assert len(set(classes.colours)) == 7


@pytest.mark.parametrize(
    ("values", "labels"),
    [([], ("0",)), ([np.nan], ("0",)), ([5, 5, 5], ("5",)), ([0, 0], ("0",)), ([0, 1], ("0", "≥ 1"))],
)
def test_few_different_counts_make_few_classes(values: list[float], labels: tuple[str, ...]) -> None:
    """Nothing, one value and two values are classed without empty classes."""
    assert quantile_classes(np.array(values, dtype=float), "Greens", whole=True).labels() == labels


def test_a_plan_that_only_adds_has_no_classes_of_losses() -> None:
    """Where nobody leaves, the legend of the change begins with zero."""
    assert diverging_classes(np.array([0, 2, 9, 40]), "PRGn_r").labels()[0] == "0"


def test_every_class_count_adds_up() -> None:
    """For random values every one that is known is in exactly one class, and the labels are as many as the colours."""
    random = np.random.default_rng(3)
    for size in (1, 2, 5, 86, 448):
        values = np.where(random.random(size) < 0.1, np.nan, random.lognormal(3, 2, size) - 20)
        for classes in (
            diverging_classes(values, "PRGn_r"),
            quantile_classes(np.abs(values), "Greens", whole=True),
            quantile_classes(np.abs(values) / 1e4, "YlGnBu", whole=False),
        ):
            assert sum(classes.counts(values)) == np.isfinite(values).sum()
            assert len(classes.labels()) == len(classes.colours) == len(set(classes.labels()))
            assert list(classes.breaks) == sorted(set(classes.breaks))


def test_neighbours_stay_neighbours_when_simplified() -> None:
    """A jagged common border loses corners and leaves neither gap nor overlap."""
    border = [(1000 + (3 if i % 2 else -3), i * 10) for i in range(101)]
    west = shapely.Polygon([(0, 0), *border, (0, 1000)])
    east = shapely.Polygon([*border, (2000, 1000), (2000, 0)])
    simple = simplify(gpd.GeoDataFrame(geometry=[west, east], crs=CRS))
    assert shapely.get_num_coordinates(simple).sum() < 30
    assert shapely.area(shapely.intersection(*simple)) == 0
    assert shapely.area(shapely.union_all(simple)) == pytest.approx(shapely.area(simple).sum())


def test_outlines_are_read_back_to_a_metre() -> None:
    """Adding up the moves of a ring gives its corners in degrees again."""
    square = shapely.box(356000, 5645000, 357000, 5646000)
    [[[moves]]] = encode_polygons(np.array([square], dtype=object), CRS)
    corners = np.cumsum(np.array(moves).reshape(-1, 2), axis=0) / PRECISION
    back = gpd.GeoSeries(gpd.points_from_xy(corners[:, 1], corners[:, 0]), crs=4326).to_crs(CRS)
    assert len(corners) == 4
    assert {(round(p.x, -1), round(p.y, -1)) for p in back} == set(square.exterior.coords)


def test_districts_are_the_union_of_their_social_spaces() -> None:
    """Two neighbours make one outline, slivers are closed, a social space without a district is in none."""
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(30, 0, 40, 10)], dtype=object)
    ids, outlines = district_outlines(shapes, np.array(["D1", "D1", ""], dtype=object))
    assert ids == ["D1"]
    assert outlines[0].area == 200
