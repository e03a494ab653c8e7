"""Indices of segregation that know which places are neighbours.

Notation as in `allocator.indicators.segregation`; `neighbours` are pairs of positions [2, n_pairs], each pair once (see
`allocator.indicators.contiguity`). All are NaN where no place has a neighbour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.indicators.segregation import Value, dissimilarity, exposure, isolation, share_of

__all__ = ["SPATIAL_INDICES", "spatial_dissimilarity", "spatial_exposure", "spatial_indices", "spatial_isolation"]


def spatial_dissimilarity(group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp]) -> Value:
    """Spatial dissimilarity D(adj): dissimilarity less the mean difference of the shares of neighbours, below 1.

    D(adj) = D - Σ_ij c_ij |p_i - p_j| / Σ_ij c_ij, with c_ij = 1 for neighbours and 0 for others

    Two cities with the same D differ where places with many of the group lie side by side: there D(adj) is larger.
    A place where nobody lives has the share 0. Below 0 where neighbours differ more than the city does.
    `group` and `total` are persons by place [..., n_places].
    Source: Morrill 1991, "On the measure of geographic segregation", Geography Research Forum 11, 25-36 (no DOI).
    """
    x, t = np.asarray(group, dtype=float), np.asarray(total, dtype=float)
    value = dissimilarity(x, t)
    if not neighbours.size:
        return value * float("nan")
    share = share_of(x, t)
    return value - np.abs(share[..., neighbours[0]] - share[..., neighbours[1]]).mean(axis=-1)


def spatial_isolation(group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp]) -> Value:
    """Spatial isolation: isolation, with each place counted together with its neighbours, 0 to 1.

    Σ_i (x'_i / X') · (x'_i / t'_i), with x'_i = x_i + Σ_j c_ij x_j, t'_i = t_i + Σ_j c_ij t_j, X' = Σ_i x'_i

    `group` and `total` are persons by place [..., n_places].
    Source: composite counts of Wong 1998, "Measuring multiethnic spatial segregation",
    doi:10.2747/0272-3638.19.1.77; of Reardon and O'Sullivan 2004, doi:10.1111/j.0081-1750.2004.00150.x.
    """
    if not neighbours.size:
        return isolation(group, total) * float("nan")
    return isolation(*_composites(group, total, neighbours))


def spatial_exposure(group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp]) -> Value:
    """Spatial exposure: exposure to others, with each place counted together with its neighbours, 0 to 1.

    Σ_i (x'_i / X') · (y'_i / t'_i), with counts as in `spatial_isolation`; both add up to 1

    `group` and `total` are persons by place [..., n_places]. Source: as for `spatial_isolation`.
    """
    if not neighbours.size:
        return exposure(group, total) * float("nan")
    return exposure(*_composites(group, total, neighbours))


def _composites(
    group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Group and total of each place together with its neighbours."""
    x, t = np.asarray(group, dtype=float), np.asarray(total, dtype=float)
    n = x.shape[-1]
    ends = np.concatenate([neighbours, neighbours[::-1], np.tile(np.arange(n), (2, 1))], axis=1)
    together = sparse.csr_matrix((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(n, n))
    return x @ together, t @ together


SPATIAL_INDICES: dict[str, Callable[[ArrayLike, ArrayLike, NDArray[np.intp]], Value]] = {
    "spatial_dissimilarity": spatial_dissimilarity,
    "spatial_isolation": spatial_isolation,
    "spatial_exposure": spatial_exposure,
}
"""Every spatial index by the name under which results report it."""


def spatial_indices(group: ArrayLike, total: ArrayLike, neighbours: NDArray[np.intp]) -> dict[str, Value]:
    """Every index of `SPATIAL_INDICES` by name; the counts of neighbours are added up once for all."""
    if not neighbours.size:
        return {name: index(group, total, neighbours) for name, index in SPATIAL_INDICES.items()}
    together = _composites(group, total, neighbours)
    return {
        "spatial_dissimilarity": spatial_dissimilarity(group, total, neighbours),
        "spatial_isolation": isolation(*together),
        "spatial_exposure": exposure(*together),
    }
