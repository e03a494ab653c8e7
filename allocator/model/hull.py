"""Tighter rows for a deviation once the number of persons is known.

With the total fixed, the fair share t(i) of a place is a number, and the persons p(i) there are whole. The distance
|p - t| at whole p is then at least the chord between ⌊t⌋ and ⌈t⌉, which is the convex hull of its values at whole
numbers; without it the relaxation believes that p = t is possible.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel
from allocator.model.rows import Deviation

__all__ = ["hull_rows"]


def hull_rows(linear: LinearModel, deviation: Deviation, persons: float) -> LinearModel:
    """The model with the total of newly placed persons fixed and the chord of every place added."""
    total = deviation.base.sum() + persons
    fair = deviation.share * total - deviation.base
    below = np.floor(fair + 1e-9)
    fraction = fair - below
    cut = np.flatnonzero((fraction > 1e-7) & (below >= 0))
    # Through (⌊t⌋, fraction) and (⌈t⌉, 1 - fraction): distance ≥ fraction + (1 - 2·fraction) · (p - ⌊t⌋)
    slope = 1 - 2 * fraction[cut]
    rows = np.concatenate([np.arange(cut.size), np.arange(cut.size), [cut.size]])
    columns = np.concatenate([deviation.distance[cut], deviation.persons[cut], [deviation.total]])
    values = np.concatenate([np.ones(cut.size), -slope, [1.0]])
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(cut.size + 1, linear.shape[1]))
    low = np.concatenate([fraction[cut] - slope * below[cut], [persons]])
    high = np.concatenate([np.full(cut.size, np.inf), [persons]])
    names = [f"whole_{deviation.name}#{place}" for place in cut] + [f"fixed_total_{deviation.name}"]
    return linear.with_rows(matrix, low, high, names)
