"""How far an index could be from its value by chance: intervals from a bootstrap.

The persons of the group, and the others, are drawn anew as many times as there are draws: each person lives in place i
with the chance that the place has today, x_i / X or y_i / Y (Allen, Burgess, Davidson and Windmeijer 2015, "More
reliable inference for the dissimilarity index of segregation", doi:10.1111/ectj.12039). Drawing adds unevenness, so
that values of the draws lie above the index; the interval is therefore the reflected one, from 2 I - q(0.975) to
2 I - q(0.025), and 2 I - mean is the index less that bias (Efron and Tibshirani 1986, doi:10.1214/ss/1177013815).

Persons are drawn one by one. Households move together, so that the true uncertainty is larger: the interval tells
differences that mean nothing, it does not prove the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.indicators.segregation import INDICES, segregation_indices
from allocator.indicators.spatial import SPATIAL_INDICES, spatial_indices

__all__ = ["COVERAGE", "DRAWS", "intervals"]

DRAWS = 500
"""How often a city is drawn anew."""
COVERAGE = 0.95
"""Share of draws between the ends of an interval."""
LARGEST_COUNT = 2**31 - 1
"""More persons than this of a group cannot be drawn on every system."""


def intervals(
    group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp], seed: int, draws: int = DRAWS
) -> dict[str, dict[str, Any]]:
    """By index: `low` and `high` of its interval, and `unbiased`, the index less the bias that drawing adds.

    `group` and `total` are persons by place [n_places], rounded to whole persons; `neighbours` as in
    `allocator.indicators.spatial`. The same seed gives the same draws with every version of NumPy. All are NaN where
    the index is. Ends are kept between 0 and 1, those of the spatial dissimilarity between -1 and 1.
    """
    x, t = np.rint(np.asarray(group, dtype=float)), np.rint(np.asarray(total, dtype=float))
    y = t - x
    names = (*INDICES, *SPATIAL_INDICES)
    if not (0 < x.sum() <= LARGEST_COUNT and 0 < y.sum() <= LARGEST_COUNT):
        return {name: dict.fromkeys(("low", "high", "unbiased"), float("nan")) for name in names}
    # RandomState is frozen (NEP 19): other generators may draw otherwise with another version of NumPy.
    random = np.random.RandomState(seed)
    drawn = random.multinomial(int(x.sum()), x / x.sum(), size=draws)
    everybody = drawn + random.multinomial(int(y.sum()), y / y.sum(), size=draws)
    found = {**segregation_indices(x, t), **spatial_indices(x, t, neighbours)}
    again = {**segregation_indices(drawn, everybody), **spatial_indices(drawn, everybody, neighbours)}
    return {name: _reflected(float(found[name]), again[name], least=-1.0 if name == "spatial_dissimilarity" else 0.0)
            for name in names}  # fmt: skip


def _reflected(value: float, drawn: NDArray[np.float64], least: float) -> dict[str, float]:
    outside = (1 - COVERAGE) / 2
    low, high = np.quantile(drawn, [1 - outside, outside])
    ends = {"low": 2 * value - low, "high": 2 * value - high, "unbiased": 2 * value - drawn.mean()}
    return {name: float(np.clip(end, least, 1.0)) for name, end in ends.items()}
