"""What a value and its proven bound allow to be said of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Literal

__all__ = ["KEPT", "STATUSES", "Status", "relative_gap", "status_of", "worst"]

Status = Literal["optimal", "within_gap", "stopped"]
STATUSES: tuple[Status, ...] = ("optimal", "within_gap", "stopped")
"""From the best to the worst."""
KEPT = 1e-6
"""How far, relative to its value, a later goal may worsen an earlier one."""
NOISE = 1e-9
"""Differences that sums of floating numbers make."""


def relative_gap(value: float | None, bound: float | None) -> float | None:
    """|value - bound| / max(|value|, |bound|), 0 where they agree; None where either is unknown.

    At most 1 for numbers of the same sign.
    """
    if value is None or bound is None or not isfinite(bound):
        return None
    distance, size = abs(value - bound), max(abs(value), abs(bound))
    return 0.0 if distance <= NOISE * max(1.0, size) else distance / size


def status_of(value: float, bound: float | None, asked: float) -> Status:
    """What may be said of a value with this bound, where a relative gap of `asked` is good enough."""
    gap = relative_gap(value, bound)
    if gap is None:
        return "stopped"
    if gap == 0:
        return "optimal"
    return "within_gap" if gap <= asked + 2 * KEPT else "stopped"  # later goals may have taken that much


def worst(statuses: Sequence[Status]) -> Status:
    """The status of a whole plan: that of its worst goal."""
    return max(statuses, key=STATUSES.index, default="optimal")
