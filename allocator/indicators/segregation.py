"""Indices of segregation between one group and everybody else who lives there, on arrays.

Notation: place i has x_i persons of the group and t_i persons in all; y_i = t_i - x_i are the others; X, Y and T are
the sums; p_i = x_i / t_i and P = X / T. Places where nobody lives (t_i = 0) add nothing. An index is NaN only where it
is undefined: none of them is defined without a person of the group, and those that compare two groups also not
without a person outside it. Every function takes counts [n_places], or [..., n_places] for many cities at once.

The indices measure; they say nothing about what a good value is. Overview of all of them: Massey and Denton 1988,
"The dimensions of residential segregation", doi:10.1093/sf/67.2.281.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "INDICES",
    "SHAPE",
    "Value",
    "atkinson",
    "dissimilarity",
    "entropy_index",
    "exposure",
    "gini",
    "isolation",
    "segregation_indices",
    "share_of",
]

SHAPE = 0.5
"""The b of Atkinson's index in every result: places with few and with many of the group weigh alike."""


Value = float | NDArray[np.float64]
"""A number for counts [n_places]; an array [...] for counts [..., n_places], such as the draws of a bootstrap."""


def _counts(group: ArrayLike, total: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both counts as float arrays; ValueError if they cannot be counts of persons."""
    x, t = np.asarray(group, dtype=float), np.asarray(total, dtype=float)
    if x.ndim == 0 or x.shape != t.shape:
        raise ValueError(f"group and total need one value for each place, got shapes {x.shape} and {t.shape}")
    if not (np.isfinite(x).all() and np.isfinite(t).all()):
        raise ValueError("counts of persons must be finite numbers; state 0 where nobody lives")
    wrong = (x < 0) | (x > t)
    if wrong.any():
        at = tuple(np.argwhere(wrong)[0])
        raise ValueError(f"group must lie between 0 and total: place {at[-1]} has {x[at]:g} of {t[at]:g} persons")
    return x, t


def share_of(part: NDArray[np.float64], whole: NDArray[np.float64], otherwise: float = 0.0) -> NDArray[np.float64]:
    """Element by element part / whole; `otherwise` where the whole is not above 0."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, otherwise), where=whole > 0)


def _value(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Value:
    """The part of the whole as a number or an array; NaN where the whole is 0."""
    value = share_of(np.asarray(part, dtype=float), np.asarray(whole, dtype=float), float("nan"))
    return value if value.ndim else float(value)


def dissimilarity(group: ArrayLike, total: ArrayLike) -> Value:
    """Index of dissimilarity D: the share of the group that would have to move for an even spread, 0 to 1.

    D = ½ Σ_i | x_i / X - y_i / Y |

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0.
    Source: Duncan and Duncan 1955, "A methodological analysis of segregation indexes", doi:10.2307/2088328.
    """
    x, t = _counts(group, total)
    y = t - x
    X, Y = x.sum(axis=-1), y.sum(axis=-1)
    return _value(0.5 * np.abs(x * Y[..., None] - y * X[..., None]).sum(axis=-1), X * Y)


def isolation(group: ArrayLike, total: ArrayLike) -> Value:
    """Isolation xPx: the share of the group where the average member of the group lives, 0 to 1.

    xPx = Σ_i (x_i / X) · (x_i / t_i)

    `group` and `total` are persons by place [n_places]. NaN if X is 0; 1 if there is nobody else. At an even spread
    it equals P, so it rises with the size of the group alone: read it beside dissimilarity.
    Source: Bell 1954, "A probability model for the measurement of ecological segregation", doi:10.2307/2574118.
    """
    x, t = _counts(group, total)
    return _value((x * share_of(x, t)).sum(axis=-1), x.sum(axis=-1))


def exposure(group: ArrayLike, total: ArrayLike) -> Value:
    """Exposure xPy: the share of others where the average member of the group lives, 0 to 1; 1 - xPx for two groups.

    xPy = Σ_i (x_i / X) · (y_i / t_i)

    `group` and `total` are persons by place [n_places]. NaN if X is 0; 0 if there is nobody else.
    Source: Bell 1954, "A probability model for the measurement of ecological segregation", doi:10.2307/2574118.
    """
    x, t = _counts(group, total)
    return _value((x * share_of(t - x, t)).sum(axis=-1), x.sum(axis=-1))


def gini(group: ArrayLike, total: ArrayLike) -> Value:
    """Gini index of segregation: twice the area between the segregation curve and the diagonal, 0 to 1.

    G = Σ_i Σ_j t_i t_j | p_i - p_j | / (2 T² P (1 - P))

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0. The double sum is taken over places in
    ascending order of p, where it is 2 Σ_j (x_j · Σ_{i<j} t_i - t_j · Σ_{i<j} x_i): n log n instead of n² steps.
    Source: Duncan and Duncan 1955, "A methodological analysis of segregation indexes", doi:10.2307/2088328.
    """
    x, t = _counts(group, total)
    order = np.argsort(share_of(x, t), axis=-1, kind="stable")
    x, t = np.take_along_axis(x, order, axis=-1), np.take_along_axis(t, order, axis=-1)
    before_x, before_t = np.cumsum(x, axis=-1) - x, np.cumsum(t, axis=-1) - t
    # T² P (1 - P) = X Y
    return _value((x * before_t - t * before_x).sum(axis=-1), x.sum(axis=-1) * (t - x).sum(axis=-1))


def entropy_index(group: ArrayLike, total: ArrayLike) -> Value:
    """Entropy index H (information theory index): how much less mixed places are than the city, 0 to 1.

    H = Σ_i t_i (E - E_i) / (E T), with E_i = -p_i ln p_i - (1 - p_i) ln(1 - p_i), E the same for P, and 0 ln 0 = 0

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0.
    Source: Theil and Finizza 1971, "A note on the measurement of racial integration of schools by means of
    informational concepts", doi:10.1080/0022250X.1971.9989795.
    """
    x, t = _counts(group, total)
    T = t.sum(axis=-1)
    city = _entropy(share_of(x.sum(axis=-1), T))
    return _value((t * (city[..., None] - _entropy(share_of(x, t)))).sum(axis=-1), city * T)


def _entropy(share: NDArray[np.float64]) -> NDArray[np.float64]:
    parts = np.stack([share, 1 - share])
    # A share of 0 has no logarithm and adds nothing; 1 in its place gives that 0.
    return -(parts * np.log(np.where(parts > 0, parts, 1.0))).sum(axis=0)


def atkinson(group: ArrayLike, total: ArrayLike, shape: float = SHAPE) -> Value:
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
    X, Y, share = x.sum(axis=-1), (t - x).sum(axis=-1), share_of(x, t)
    mixed = share_of(((1 - share) ** (1 - shape) * share**shape * t).sum(axis=-1), X)
    # P / (1 - P) = X / Y; without a person of the group there is nothing to compare either.
    return _value(np.where(X > 0, Y - X * mixed ** (1 / (1 - shape)), 0.0), np.where(X > 0, Y, 0.0))


INDICES: dict[str, Callable[[ArrayLike, ArrayLike], Value]] = {
    "dissimilarity": dissimilarity,
    "isolation": isolation,
    "exposure": exposure,
    "gini": gini,
    "entropy": entropy_index,
    "atkinson": atkinson,
}
"""Every index by the name under which results report it."""


def segregation_indices(group: ArrayLike, total: ArrayLike) -> dict[str, Value]:
    """Every index of `INDICES` by name, for persons of the group and all persons by place [n_places]."""
    return {name: index(group, total) for name, index in INDICES.items()}
