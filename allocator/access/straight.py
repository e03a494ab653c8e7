"""Distances as straight lines: for cities without streets, and where a scenario asks for them."""

from __future__ import annotations

import numpy as np

__all__ = ["metres_between", "metres_to_nearest", "pairs_within"]


def metres_to_nearest(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Metres from each target [n, 2] to the nearest source [k, 2]; infinite without any source."""
    if not len(sources) or not len(targets):
        return np.full(len(targets), np.inf)
    from scipy.spatial import cKDTree

    return cKDTree(sources).query(targets)[0]


def metres_between(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Metres from each source to each target [n_sources, n_targets]."""
    from scipy.spatial.distance import cdist

    return cdist(sources, targets)


def pairs_within(sources: np.ndarray, targets: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair at most `limit` metres apart: position of the source, of the target, and the metres."""
    from scipy.spatial import cKDTree

    if not len(sources) or not len(targets):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    found = cKDTree(targets).query_ball_point(sources, limit)
    source = np.repeat(np.arange(len(sources)), [len(some) for some in found])
    target = np.concatenate([np.asarray(some, dtype=np.int64) for some in found])
    return source, target, np.hypot(*(sources[source] - targets[target]).T)
