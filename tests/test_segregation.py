"""Segregation indices: worked by hand, at their bounds, where they are undefined, and beside PySAL's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocator.indicators.segregation import (
    INDICES,
    atkinson,
    dissimilarity,
    entropy_index,
    exposure,
    gini,
    isolation,
    segregation_indices,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""
TWO_GROUPS = ("dissimilarity", "gini", "entropy", "atkinson")
places = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 200)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    min_size=1,
    max_size=12,
)


def test_two_places_by_hand() -> None:
    """Of 10 and 30 refugees among 100 and 100 persons, a quarter's 5 in 16 are out of place, and so on."""
    group, total = [10, 30], [100, 100]
    # x/X = 1/4, 3/4; y/Y = 90/160, 70/160
    assert dissimilarity(group, total) == pytest.approx(0.3125)
    assert isolation(group, total) == pytest.approx(0.25 * 0.1 + 0.75 * 0.3)
    assert exposure(group, total) == pytest.approx(0.25 * 0.9 + 0.75 * 0.7)
    # 2 · 100 · 100 · 0.2 / (2 · 200² · 0.2 · 0.8)
    assert gini(group, total) == pytest.approx(0.3125)


def test_entropy_and_atkinson_by_hand() -> None:
    """For 0 of 100 and 50 of 100, entropy and Atkinson follow from p = 0 and p = ½ against P = ¼."""
    city = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert entropy_index([0, 50], [100, 100]) == pytest.approx((100 * city + 100 * (city - math.log(2))) / (200 * city))
    # Σ = sqrt(½ · ½) · 100 / 50 = 1, so A = 1 - (0.25 / 0.75) · 1
    assert atkinson([0, 50], [100, 100]) == pytest.approx(2 / 3)


def test_even_spread_is_zero() -> None:
    """At the same share everywhere nobody is segregated, and isolation is the share in the city."""
    indices = segregation_indices([1, 20, 3], [10, 200, 30])
    assert {name: indices[name] for name in TWO_GROUPS} == pytest.approx(dict.fromkeys(TWO_GROUPS, 0), abs=1e-12)
    assert indices["isolation"] == pytest.approx(0.1)
    assert indices["exposure"] == pytest.approx(0.9)


def test_full_separation_is_one() -> None:
    """Where no place holds both groups every index is 1, exposure 0."""
    indices = segregation_indices([10, 0, 5], [10, 80, 5])
    assert indices.pop("exposure") == 0
    assert indices == pytest.approx(dict.fromkeys(indices, 1))


@pytest.mark.parametrize(("group", "total"), [([], []), ([0, 0], [0, 0]), ([0, 0], [5, 7])])
def test_without_the_group_nothing_is_defined(group: list[int], total: list[int]) -> None:
    """Without a single person of the group every index is NaN, without a warning."""
    with np.errstate(all="raise"):
        assert all(math.isnan(value) for value in segregation_indices(group, total).values())


def test_without_others_only_the_comparisons_are_undefined() -> None:
    """With nobody outside the group isolation is 1 and exposure 0, comparisons of two groups are NaN."""
    indices = segregation_indices([3, 4], [3, 4])
    assert (indices["isolation"], indices["exposure"]) == (1, 0)
    assert all(math.isnan(indices[name]) for name in TWO_GROUPS)


@pytest.mark.parametrize(
    ("group", "total", "said"),
    [
        ([1, 2], [3], "shapes"),
        ([-1], [3], "place 0"),
        ([1, 4], [3, 3], "place 1 has 4 of 3"),
        ([math.nan], [1], "finite"),
    ],
)
def test_impossible_counts_are_refused(group: list[float], total: list[float], said: str) -> None:
    """Negative, missing or too large counts are refused with the place that holds them."""
    with pytest.raises(ValueError, match=said):
        dissimilarity(group, total)


@pytest.mark.parametrize("shape", [0, 1, -0.5, 2])
def test_atkinson_needs_a_shape_inside(shape: float) -> None:
    """The shape of Atkinson's index lies above 0 and below 1."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        atkinson([1], [2], shape)


@PATIENT
@given(places)
def test_bounds_order_and_empty_places(counts: list[tuple[int, int]]) -> None:
    """Every index lies in 0 to 1 and depends neither on the order of places nor on empty ones; D never exceeds G."""
    group, total = (np.array(column) for column in zip(*counts, strict=True))
    indices = segregation_indices(group, total)
    again = segregation_indices([*group[::-1], 0], [*total[::-1], 0])
    assert again == pytest.approx(indices, nan_ok=True, abs=1e-9)
    for value in indices.values():
        assert math.isnan(value) or -1e-12 <= value <= 1 + 1e-12
    if not math.isnan(indices["gini"]):
        assert indices["dissimilarity"] <= indices["gini"] + 1e-12


@PATIENT
@given(places)
def test_gini_is_the_double_sum(counts: list[tuple[int, int]]) -> None:
    """The sorted form of Gini's index equals the double sum over all pairs of places."""
    group, total = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    value = gini(group, total)
    if not math.isnan(value):
        share = np.divide(group, total, out=np.zeros_like(group), where=total > 0)
        pairs = (np.outer(total, total) * np.abs(share[:, None] - share[None, :])).sum()
        city = group.sum() / total.sum()
        assert value == pytest.approx(pairs / (2 * total.sum() ** 2 * city * (1 - city)), abs=1e-12)


PYSAL = {
    "dissimilarity": ("Dissim", 0.24258299530198685),
    "isolation": ("Isolation", 0.06653951930198335),
    "exposure": ("Interaction", 0.9334604806980167),
    "gini": ("Gini", 0.3705844426474703),
    "entropy": ("Entropy", 0.059859161220353396),
    "atkinson": ("Atkinson", 0.14269373276232622),
}
"""PySAL's class for each index, and what segregation 2.5.4 gives for `twenty_four_places`."""


def twenty_four_places() -> tuple[np.ndarray, np.ndarray]:
    """Persons of the group (0 to 96) and all persons (200 to 2,000) in 24 places, by a formula."""
    place = np.arange(24)
    return (place**2 * 31) % 97, 200 + (place * 7919) % 1801


@pytest.mark.parametrize("name", list(INDICES))
def test_equal_to_pysal_on_a_fixed_city(name: str) -> None:
    """On 24 places every index equals what the package segregation gave, and none is left out."""
    assert INDICES[name](*twenty_four_places()) == pytest.approx(PYSAL[name][1], rel=1e-12)


@pytest.mark.slow
def test_equal_to_pysal_on_random_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    """On random cities of 2 to 300 places every index equals that of the package segregation."""
    pysal = pytest.importorskip("segregation.singlegroup", reason="needs the package segregation (extra test)")
    # Compiling PySAL's Gini index takes longer than everything else here; its plain Python form is the same.
    monkeypatch.setattr(pysal.gini, "_gini_vecp", pysal.gini._gini_vecp.py_func)
    random = np.random.default_rng(1)
    for size in (2, 3, 24, 86, 300):
        total = random.integers(50, 20_000, size) + 1
        group = random.binomial(total - 1, random.beta(1, 12, size)) + 1
        for name, (theirs, _) in PYSAL.items():
            statistic = getattr(pysal, theirs)(pd.DataFrame({"x": group, "t": total}), "x", "t").statistic
            assert INDICES[name](group, total) == pytest.approx(statistic, rel=1e-9), (name, size)
