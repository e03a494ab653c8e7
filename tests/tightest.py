"""The last of the relaxations that are handed out one after the other, each tighter than the one before."""

from __future__ import annotations

from typing import Any

from allocator.solve.relaxed import Prices, prices
from allocator.solve.sifting import Sifted, sifted_with_cuts

__all__ = ["tightest", "tightest_prices"]


def tightest(*given: Any) -> Sifted | None:
    """What sifting with cuts ends with; None where there is nothing."""
    return [None, *sifted_with_cuts(*given)][-1]


def tightest_prices(*given: Any) -> Prices | None:
    """What prices end with; None where there are none."""
    return [None, *prices(*given)][-1]
