"""Indices of segregation between several groups at once, on arrays.

Notation: c_ik persons of group k at place i, t_i = Σ_k c_ik, T = Σ_i t_i, p_ik = c_ik / t_i, and P_k the share of group
k in the city. Groups without anybody and places where nobody lives add nothing. NaN where fewer than two groups have
anybody. With two groups each equals the index of that name for two groups. Overview: Reardon and Firebaugh 2002,
"Measures of multigroup segregation", doi:10.1111/1467-9531.00110.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.indicators.segregation import share_of

__all__ = [
    "MULTIGROUP_INDICES",
    "multigroup_dissimilarity",
    "multigroup_entropy",
    "multigroup_exposure",
    "multigroup_gini",
    "multigroup_indices",
]


def _shares(counts: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of those groups that have anybody: t [n_places], p [n_places, n_groups] and P [n_groups]."""
    c = np.asarray(counts, dtype=float)
    if c.ndim != 2 or not np.isfinite(c).all() or (c < 0).any():
        raise ValueError("counts of persons by place and group must be a table of finite numbers from 0")
    c = c[:, c.sum(axis=0) > 0]
    c = c[c.sum(axis=1) > 0]
    t = c.sum(axis=1)
    return t, share_of(c, t[:, None]), share_of(c.sum(axis=0), t.sum())


def multigroup_dissimilarity(counts: ArrayLike) -> float:
    """Share of all who would have to move for an even spread of every group, of those at full separation; 0 to 1.

    D = Σ_i Σ_k t_i |p_ik - P_k| / (2 T I), with I = Σ_k P_k (1 - P_k)

    `counts` are persons by place and group [n_places, n_groups].
    Source: Sakoda 1981, "A generalized index of dissimilarity", doi:10.2307/2061096.
    """
    t, p, P = _shares(counts)
    if P.size < 2:
        return float("nan")
    return float((t[:, None] * np.abs(p - P)).sum() / (2 * t.sum() * (P * (1 - P)).sum()))


def multigroup_gini(counts: ArrayLike) -> float:
    """Unevenness over all pairs of places and all groups, 0 to 1.

    G = Σ_k Σ_i Σ_j t_i t_j |p_ik - p_jk| / (2 T² I), with I = Σ_k P_k (1 - P_k)

    `counts` are persons by place and group [n_places, n_groups].
    Source: Reardon and Firebaugh 2002, doi:10.1111/1467-9531.00110.
    """
    t, p, P = _shares(counts)
    if P.size < 2:
        return float("nan")
    order = np.argsort(p, axis=0, kind="stable")
    share, people = np.take_along_axis(p, order, axis=0), t[order]
    before, group_before = (np.cumsum(some, axis=0) - some for some in (people, people * share))
    pairs = 2 * (people * (share * before - group_before)).sum()
    return float(pairs / (2 * t.sum() ** 2 * (P * (1 - P)).sum()))


def multigroup_entropy(counts: ArrayLike) -> float:
    """Entropy index H: how much less mixed places are than the city, 0 to 1.

    H = Σ_i Σ_k t_i p_ik ln(p_ik / P_k) / (E T), with E = -Σ_k P_k ln P_k and 0 ln 0 = 0

    `counts` are persons by place and group [n_places, n_groups].
    Source: Theil and Finizza 1971, doi:10.1080/0022250X.1971.9989795.
    """
    t, p, P = _shares(counts)
    if P.size < 2:
        return float("nan")
    parts = p * np.log(np.where(p > 0, p, P) / P)
    return float((t[:, None] * parts).sum() / (-(P * np.log(P)).sum() * t.sum()))


def multigroup_exposure(counts: ArrayLike) -> float:
    """Normalised exposure: how much more of their own group people have around them than in an even city, 0 to 1.

    Σ_i Σ_k t_i (p_ik - P_k)² / (T (1 - P_k))

    `counts` are persons by place and group [n_places, n_groups]. Higher values are less exposure to others.
    Source: James 1986; Reardon and Firebaugh 2002, doi:10.1111/1467-9531.00110.
    """
    t, p, P = _shares(counts)
    return float((t[:, None] * (p - P) ** 2 / (1 - P)).sum() / t.sum()) if P.size > 1 else float("nan")


MULTIGROUP_INDICES: dict[str, Callable[[ArrayLike], float]] = {
    "multigroup_dissimilarity": multigroup_dissimilarity,
    "multigroup_gini": multigroup_gini,
    "multigroup_entropy": multigroup_entropy,
    "multigroup_exposure": multigroup_exposure,
}
"""Every index between several groups by the name under which results report it."""


def multigroup_indices(counts: ArrayLike) -> dict[str, float]:
    """Every index of `MULTIGROUP_INDICES` by name, for persons by place and group [n_places, n_groups]."""
    return {name: index(counts) for name, index in MULTIGROUP_INDICES.items()}
