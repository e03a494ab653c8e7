"""Indices of segregation between one group and everybody else who lives there, on arrays.

Notation: place i has x_i persons of the group and t_i persons in all; y_i = t_i - x_i are the others; X, Y and T are
the sums; p_i = x_i / t_i and P = X / T. Places where nobody lives (t_i = 0) add nothing. An index is NaN only where it
is undefined: none of them is defined without a person of the group, and those that compare two groups also not
without a person outside it.

The indices measure; they say nothing about what a good value is. Overview of all of them: Massey and Denton 1988,
"The dimensions of residential segregation", doi:10.1093/sf/67.2.281.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "INDICES",
    "atkinson",
    "dissimilarity",
    "entropy_index",
    "exposure",
    "gini",
    "isolation",
    "segregation_indices",
]


def _counts(group: ArrayLike, total: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both counts as float arrays, places without anybody left out; ValueError if they cannot be counts of persons."""
    x, t = np.asarray(group, dtype=float), np.asarray(total, dtype=float)
    if x.ndim != 1 or x.shape != t.shape:
        raise ValueError(f"group and total need one value for each place, got shapes {x.shape} and {t.shape}")
    if not (np.isfinite(x).all() and np.isfinite(t).all()):
        raise ValueError("counts of persons must be finite numbers; state 0 where nobody lives")
    if (x < 0).any() or (x > t).any():
        place = int(np.flatnonzero((x < 0) | (x > t))[0])
        raise ValueError(f"group must lie between 0 and total: place {place} has {x[place]:g} of {t[place]:g} persons")
    lived_in = t > 0
    return x[lived_in], t[lived_in]


def _both_groups_exist(x: NDArray[np.float64], t: NDArray[np.float64]) -> bool:
    return bool(x.sum() > 0 and (t - x).sum() > 0)


def dissimilarity(group: ArrayLike, total: ArrayLike) -> float:
    """Index of dissimilarity D: the share of the group that would have to move for an even spread, 0 to 1.

    D = ½ Σ_i | x_i / X - y_i / Y |

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0.
    Source: Duncan and Duncan 1955, "A methodological analysis of segregation indexes", doi:10.2307/2088328.
    """
    x, t = _counts(group, total)
    if not _both_groups_exist(x, t):
        return float("nan")
    y = t - x
    return float(0.5 * np.abs(x / x.sum() - y / y.sum()).sum())


def isolation(group: ArrayLike, total: ArrayLike) -> float:
    """Isolation xPx: the share of the group where the average member of the group lives, 0 to 1.

    xPx = Σ_i (x_i / X) · (x_i / t_i)

    `group` and `total` are persons by place [n_places]. NaN if X is 0; 1 if there is nobody else. At an even spread
    it equals P, so it rises with the size of the group alone: read it beside dissimilarity.
    Source: Bell 1954, "A probability model for the measurement of ecological segregation", doi:10.2307/2574118.
    """
    x, t = _counts(group, total)
    return float((x / x.sum() * (x / t)).sum()) if x.sum() > 0 else float("nan")


def exposure(group: ArrayLike, total: ArrayLike) -> float:
    """Exposure xPy: the share of others where the average member of the group lives, 0 to 1; 1 - xPx for two groups.

    xPy = Σ_i (x_i / X) · (y_i / t_i)

    `group` and `total` are persons by place [n_places]. NaN if X is 0; 0 if there is nobody else.
    Source: Bell 1954, "A probability model for the measurement of ecological segregation", doi:10.2307/2574118.
    """
    x, t = _counts(group, total)
    return float((x / x.sum() * ((t - x) / t)).sum()) if x.sum() > 0 else float("nan")


def gini(group: ArrayLike, total: ArrayLike) -> float:
    """Gini index of segregation: twice the area between the segregation curve and the diagonal, 0 to 1.

    G = Σ_i Σ_j t_i t_j | p_i - p_j | / (2 T² P (1 - P))

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0. The double sum is taken over places in
    ascending order of p, where it is 2 Σ_j (x_j · Σ_{i<j} t_i - t_j · Σ_{i<j} x_i): n log n instead of n² steps.
    Source: Duncan and Duncan 1955, "A methodological analysis of segregation indexes", doi:10.2307/2088328.
    """
    x, t = _counts(group, total)
    if not _both_groups_exist(x, t):
        return float("nan")
    order = np.argsort(x / t, kind="stable")
    x, t = x[order], t[order]
    before_x, before_t = np.cumsum(x) - x, np.cumsum(t) - t
    # T² P (1 - P) = X Y
    return float((x * before_t - t * before_x).sum() / (x.sum() * (t.sum() - x.sum())))


def entropy_index(group: ArrayLike, total: ArrayLike) -> float:
    """Entropy index H (information theory index): how much less mixed places are than the city, 0 to 1.

    H = Σ_i t_i (E - E_i) / (E T), with E_i = -p_i ln p_i - (1 - p_i) ln(1 - p_i), E the same for P, and 0 ln 0 = 0

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0.
    Source: Theil and Finizza 1971, "A note on the measurement of racial integration of schools by means of
    informational concepts", doi:10.1080/0022250X.1971.9989795.
    """
    x, t = _counts(group, total)
    if not _both_groups_exist(x, t):
        return float("nan")
    city = _entropy(np.array([x.sum() / t.sum()]))[0]
    return float((t * (city - _entropy(x / t))).sum() / (city * t.sum()))


def _entropy(share: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = np.stack([share, 1 - share])
    # A share of 0 has no logarithm and adds nothing; 1 in its place gives that 0.
    return -(parts * np.log(np.where(parts > 0, parts, 1.0))).sum(axis=0)


def atkinson(group: ArrayLike, total: ArrayLike, shape: float = 0.5) -> float:
    """Atkinson index of segregation, 0 to 1.

    A = 1 - P / (1 - P) · [ Σ_i (1 - p_i)^(1-b) p_i^b t_i / (P T) ]^(1 / (1-b))

    `group` and `total` are persons by place [n_places]; `shape` is b, above 0 and below 1: small values weigh places
    with few of the group, large ones places with many; ½ weighs both alike. NaN if X or Y is 0; ValueError for
    another b.
    Source: Atkinson 1970, doi:10.1016/0022-0531(70)90039-6; for segregation James and Taeuber 1985,
    doi:10.2307/270845.
    """
    if not 0 < shape < 1:
        raise ValueError(f"the shape of the Atkinson index must lie between 0 and 1, got {shape:g}")
    x, t = _counts(group, total)
    if not _both_groups_exist(x, t):
        return float("nan")
    share, city = x / t, x.sum() / t.sum()
    mixed = ((1 - share) ** (1 - shape) * share**shape * t).sum() / x.sum()
    return float(1 - city / (1 - city) * mixed ** (1 / (1 - shape)))


INDICES: dict[str, Callable[[ArrayLike, ArrayLike], float]] = {
    "dissimilarity": dissimilarity,
    "isolation": isolation,
    "exposure": exposure,
    "gini": gini,
    "entropy": entropy_index,
    "atkinson": atkinson,
}
"""Every index by the name under which results report it."""


def segregation_indices(group: ArrayLike, total: ArrayLike) -> dict[str, float]:
    """Every index of `INDICES` by name, for persons of the group and all persons by place [n_places]."""
    return {name: index(group, total) for name, index in INDICES.items()}
