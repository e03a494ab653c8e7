"""What chance does to an index: the random allocation by enumeration, the intervals by drawing, both beside PySAL's."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.indicators.bootstrap import DRAWS, intervals
from allocator.indicators.chance import corrected_dissimilarity, dissimilarity_by_chance
from allocator.indicators.segregation import INDICES, dissimilarity
from allocator.indicators.spatial import SPATIAL_INDICES

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""
NOBODY = np.zeros((2, 0), dtype=int)


def every_allocation(size: int, total: list[int]) -> float:
    """The mean dissimilarity over all ways to pick the persons of the group, each person being one of its own."""
    place = np.repeat(np.arange(len(total)), total)
    values = [
        dissimilarity(np.bincount(place[list(chosen)], minlength=len(total)), total)
        for chosen in itertools.combinations(range(len(place)), size)
    ]
    return float(np.mean(values))


@PATIENT
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(lambda total: 2 <= sum(total) <= 10), st.data())
def test_chance_is_the_mean_of_every_allocation(total: list[int], data: st.DataObject) -> None:
    """The closed form equals the mean over all allocations of so many persons to so many places."""
    size = data.draw(st.integers(1, sum(total) - 1))
    group = np.minimum(total, np.maximum(0, size - np.concatenate([[0], np.cumsum(total)[:-1]])))
    assert dissimilarity_by_chance(group, total) == pytest.approx(every_allocation(size, total), abs=1e-9)


def test_chance_by_hand() -> None:
    """Two of four persons in two places of two: one of each in 4 of 6 ways (D = 0), both in one place in 2 (D = 1)."""
    assert dissimilarity_by_chance([2, 0], [2, 2]) == pytest.approx(1 / 3)
    assert corrected_dissimilarity([2, 0], [2, 2]) == pytest.approx(1)
    assert corrected_dissimilarity([1, 1], [2, 2]) == pytest.approx(-1)


def test_chance_in_a_large_city_is_that_of_draws() -> None:
    """In 166 places with two million persons the closed form lies within the noise of random allocations."""
    random = np.random.default_rng(3)
    total = random.integers(0, 25_000, 166)
    drawn = random.multivariate_hypergeometric(total, 4_000, size=400, method="marginals")
    values = dissimilarity(drawn, np.broadcast_to(total, drawn.shape))
    noise = 5 * values.std() / math.sqrt(len(values))
    assert dissimilarity_by_chance(drawn[0], total) == pytest.approx(values.mean(), abs=noise)


def test_small_places_look_segregated_without_being_so() -> None:
    """Persons placed at random in many small places have a high dissimilarity, and none beyond chance."""
    random = np.random.default_rng(4)
    total = np.full(300, 8)
    group = random.multivariate_hypergeometric(total, 200)
    assert dissimilarity(group, total) > 0.4
    assert abs(corrected_dissimilarity(group, total)) < 0.1


@pytest.mark.parametrize(("group", "total"), [([0, 0], [5, 5]), ([5, 5], [5, 5]), ([], []), ([1, 0], [1, 1])])
def test_correction_is_undefined(group: list[int], total: list[int]) -> None:
    """Without one of the groups, and where every allocation is as uneven as can be, there is nothing to correct."""
    with np.errstate(all="raise"):
        assert math.isnan(corrected_dissimilarity(group, total))


def two_places(persons: int) -> tuple[list[int], list[int]]:
    """A tenth and three tenths of the group in two places of so many persons."""
    return [persons // 10, 3 * persons // 10], [persons, persons]


def test_intervals_are_those_of_the_seed() -> None:
    """The same seed gives the same intervals to the last digit, another seed others."""
    city = two_places(500)
    one, same, other = (intervals(*city, NOBODY, seed)["gini"] for seed in (7, 7, 8))
    assert one == same != other


FROZEN = {"low": 0.19464285714, "high": 0.61590296496, "unbiased": 0.41713746631}


def test_draws_are_frozen() -> None:
    """The interval of a small city stays what it is, whatever the version of NumPy."""
    found = intervals([4, 9, 1], [40, 30, 50], NOBODY, seed=1)["dissimilarity"]
    assert found == pytest.approx(FROZEN, abs=1e-9)


def test_intervals_are_narrower_with_more_persons() -> None:
    """With a hundred times the persons the interval is about a tenth as wide, around the same dissimilarity."""
    few, many = (intervals(*two_places(persons), NOBODY, seed=1)["dissimilarity"] for persons in (500, 50_000))
    assert few["low"] < 0.3125 < few["high"]
    assert many["low"] < 0.3125 < many["high"]
    assert few["high"] - few["low"] == pytest.approx(10 * (many["high"] - many["low"]), rel=0.25)
    assert few["low"] <= few["unbiased"] <= few["high"]


def test_every_index_has_an_interval_within_its_bounds() -> None:
    """Every index with and without neighbours has its ends in order, between 0 and 1."""
    found = intervals([1, 0, 5], [9, 20, 5], np.array([[0, 1], [1, 2]]), seed=1)
    assert list(found) == [*INDICES, *SPATIAL_INDICES]
    for name, ends in found.items():
        assert (-1 if name == "spatial_dissimilarity" else 0) <= ends["low"] <= ends["high"] <= 1, name


@pytest.mark.parametrize(("group", "total"), [([0, 0], [5, 5]), ([5, 5], [5, 5]), ([], []), ([0], [0])])
def test_intervals_are_undefined(group: list[int], total: list[int]) -> None:
    """Without one of the groups nobody can be drawn."""
    assert all(math.isnan(end) for ends in intervals(group, total, NOBODY, seed=1).values() for end in ends.values())


def test_intervals_of_a_city_take_a_moment() -> None:
    """The intervals of 166 places with their neighbours take less than a second of processor time."""
    random = np.random.default_rng(6)
    total = random.integers(500, 20_000, 166)
    group = random.binomial(total, random.beta(1, 30, 166))
    neighbours = np.stack([np.arange(160), np.arange(160) + 6])
    start = time.process_time()
    intervals(group, total, neighbours, seed=1)
    assert time.process_time() - start < 1


@pytest.mark.slow
def test_close_to_pysal_on_random_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both corrections lie within the noise of the draws that the package segregation makes for the same ones."""
    pysal = pytest.importorskip("segregation.singlegroup", reason="needs the package segregation (extra test)")
    random = np.random.default_rng(1)
    for size in (5, 24, 86):
        total = random.integers(50, 2_000, size)
        group = random.binomial(total - 1, random.beta(2, 20, size)) + 1
        frame = pd.DataFrame({"x": group, "t": total})
        monkeypatch.setattr(np.random, "multinomial", np.random.RandomState(5).multinomial)
        theirs = pysal.BiasCorrectedDissim(frame, "x", "t", B=DRAWS).statistic
        assert intervals(group, total, NOBODY, seed=1)["dissimilarity"]["unbiased"] == pytest.approx(theirs, abs=0.003)
        # Its draws all have the same seed, so that it is the noise of one draw.
        theirs = pysal.ModifiedDissim(frame, "x", "t", iterations=2, n_jobs=1, seed=1).statistic
        assert corrected_dissimilarity(group, total) == pytest.approx(theirs, abs=0.05)
