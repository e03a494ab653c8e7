"""Knees of a curve: where giving up a little more of one goal begins to bring much less of the other.

With both goals from 0 (their best on the curve) to 1 (their worst), the chord joins the ends of the curve, and

    D_i = 1 - a_i - b_i

is √2 times the distance of point i from the chord, positive below it. A local maximum of D is a knee if D falls by
more than the mean step of a before its next local maximum; the point farthest below the chord is always one.

Source: Satopää, Albrecht, Irwin and Raghavan 2011, "Finding a 'Kneedle' in a Haystack: Detecting Knee Points in System
Behavior", doi:10.1109/ICDCSW.2011.20, with sensitivity S = 1 and without smoothing: the points are exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["knees"]

NEAR = 1e-6
"""Distances from the chord that are none."""


def knees(points: Sequence[tuple[float, float]]) -> list[int]:
    """Positions of the knees, the farthest from the chord first; points (a, b) ascend in a and descend in b.

    Empty where there are fewer than three points, or none lies below the chord.
    """
    if len(points) < 3:
        return []
    a, b = np.array(points, dtype=float).T
    a, b = (a - a[0]) / (a[-1] - a[0]), (b - b[-1]) / (b[0] - b[-1])
    below = 1 - a - b
    main = int(below.argmax())
    if below[main] <= NEAR:
        return []
    step = float(np.diff(a).mean())
    found = [main]
    inner = range(1, len(points) - 1)
    highs = [i for i in inner if below[i] > NEAR and below[i] >= below[i - 1] and below[i] > below[i + 1]]
    for i in highs:
        following = next((j for j in highs if j > i), len(points))
        if i != main and (below[i + 1 : following] < below[i] - step).any():
            found.append(i)
    return sorted(found, key=lambda i: -below[i])
