"""How much dissimilarity chance alone makes, and what is left of the index beyond it.

Where few persons of a group live in many small places no way to spread them is even: dissimilarity is above 0 although
nobody is segregated. Carrington and Troske 1997, "On measuring segregation in samples with small units",
doi:10.1080/07350015.1997.10524718, measure from what a random allocation is expected to give. Here X persons are drawn
from all T without putting back, so that the size of the group and of each place stay as they are; the expectation then
has a closed form and needs no drawing. It is one of persons: households who live together vary more than that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln

from allocator.indicators.segregation import dissimilarity

__all__ = ["corrected_dissimilarity", "dissimilarity_by_chance"]

ROUNDING = 1e-12
"""Differences below this are those of floating point."""


def dissimilarity_by_chance(group: ArrayLike, total: ArrayLike) -> float:
    """Expected dissimilarity D* if the persons of the group lived in places at random, 0 to 1.

    D* = T / (2 X Y) · Σ_i E|x_i - t_i P|, x_i hypergeometric with X of T and t_i drawn, and
    E|x_i - t_i P| = 2 ν (Y - t_i + ν) Pr(x_i = ν) / T with ν = ⌊t_i P⌋ + 1

    `group` and `total` are persons by place [n_places], rounded to whole persons. NaN if X or Y is 0.
    Source: Carrington and Troske 1997; the sum over all x_i telescopes as in Diaconis and Zabell 1991, "Closed form
    summation for classical distributions", doi:10.1214/ss/1177011699.
    """
    x, t = np.rint(np.asarray(group, dtype=float)), np.rint(np.asarray(total, dtype=float))
    X, T = x.sum(), t.sum()
    Y = T - X
    if not (X > 0 and Y > 0):
        return float("nan")
    above = np.floor(t * (X / T)) + 1
    possible = (above <= X) & (above <= t) & (Y - t + above > 0)
    t, above = t[possible], above[possible]
    chance = np.exp(_log_choose(X, above) + _log_choose(Y, t - above) - _log_choose(T, t))
    return float((above * (Y - t + above) * chance).sum() / (X * Y))


def _log_choose(n: ArrayLike, k: ArrayLike) -> np.ndarray:
    """Logarithm of the number of ways to choose k of n."""
    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    return -np.log1p(n) - betaln(n - k + 1, k + 1)


def corrected_dissimilarity(group: ArrayLike, total: ArrayLike) -> float:
    """Dissimilarity beyond chance: 0 at what a random allocation gives, 1 at full separation, -1 at an even spread.

    (D - D*) / (1 - D*) where D ≥ D*, else (D - D*) / D*

    `group` and `total` are persons by place [n_places]. NaN if X or Y is 0, or if all allocations are alike.
    Source: Carrington and Troske 1997, doi:10.1080/07350015.1997.10524718.
    """
    value, chance = float(dissimilarity(group, total)), dissimilarity_by_chance(group, total)
    width = 1 - chance if value >= chance - ROUNDING else chance
    return (value - chance) / width if width > ROUNDING else float("nan")
