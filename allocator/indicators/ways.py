"""How far children of placed households walk to the nearest school and Kita."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from allocator.goals.walk import WALKERS
from allocator.ledger import Ledger

__all__ = ["ways", "weighted_quantile"]


def ways(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """By kind of facility (school, kita): children of placed households, and how far they walk to the nearest one.

    Told are the median, and the metres within which nine of ten walk; None without children or such a facility.
    """
    result: dict[str, dict[str, Any]] = {}
    for kind, column in WALKERS.items():
        walkers = [(stay.household[column] or 0, stay.unit["building_id"]) for stay in ledger.placed]
        walkers = [(number, building) for number, building in walkers if number > 0]
        metres = ledger.metres_to_nearest(kind) if walkers else {}
        children = [number for number, _ in walkers]
        far = [metres[building] for _, building in walkers]
        result[kind] = {
            "children": sum(children),
            "median_metres": weighted_quantile(far, children, 0.5),
            "nine_of_ten_metres": weighted_quantile(far, children, 0.9),
        }
    return result


def weighted_quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float | None:
    """The smallest value up to which at least that share of all weight lies, to one decimal.

    None if it is not finite, or if there is no weight.
    """
    order = np.argsort(np.asarray(values, dtype=float), kind="stable")
    reached = np.cumsum(np.asarray(weights, dtype=float)[order])
    if not reached.size or reached[-1] <= 0:
        return None
    value = float(np.asarray(values, dtype=float)[order][np.searchsorted(reached, share * reached[-1] - 1e-9)])
    return round(value, 1) if np.isfinite(value) else None
