"""Chance that repeats: streams of random numbers by seed and part, and shares that add up exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["apportion", "draw_by_shares", "random_stream", "smooth_noise"]


def random_stream(seed: int, part: str) -> np.random.Generator:
    """The random numbers of one part of a city.

    Each part has a stream of its own, so that a change of one part leaves the others as they were.
    """
    return np.random.default_rng([seed, *part.encode("utf-8")])


def apportion(total: int, weights: ArrayLike, *, at_least: int = 0) -> NDArray[np.int64]:
    """Whole numbers in proportion to `weights` that add up to `total` exactly (largest remainders, Hamilton's method).

    Each number is at least `at_least`; weights that are all zero count as equal. Raises ValueError if
    `total < at_least * len(weights)`.
    """
    shares = np.asarray(weights, dtype=float)
    rest = total - at_least * len(shares)
    if rest < 0:
        raise ValueError(f"{total} cannot be shared by {len(shares)} with at least {at_least} each")
    if shares.sum() <= 0:
        shares = np.ones_like(shares)
    exact = rest * shares / shares.sum()
    whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return whole + at_least


def draw_by_shares(rng: np.random.Generator, count: int, shares: ArrayLike) -> NDArray[np.int64]:
    """`count` indices into `shares` in random order whose frequencies are those of `shares`, rounded.

    Unlike independent draws the frequencies do not scatter: small cities are as typical as large ones.
    """
    indices = np.repeat(np.arange(len(np.asarray(shares))), apportion(count, shares))
    return rng.permutation(indices)


def smooth_noise(rng: np.random.Generator, wavelength: float, waves: int = 5) -> _Waves:
    """A smooth random field over the plane with values of about -1 to 1; `wavelength` in metres."""
    angle = rng.uniform(0, 2 * np.pi, waves)
    length = wavelength * rng.uniform(0.75, 1.5, waves)
    vectors = 2 * np.pi / length * np.array([np.cos(angle), np.sin(angle)])
    return _Waves(vectors, rng.uniform(0, 2 * np.pi, waves))


class _Waves:
    """A sum of plane waves, called with points of shape (n, 2) in metres."""

    def __init__(self, vectors: NDArray[np.float64], phases: NDArray[np.float64]) -> None:
        self._vectors, self._phases = vectors, phases

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sin(points @ self._vectors + self._phases).sum(axis=1) / np.sqrt(2 * len(self._phases))
