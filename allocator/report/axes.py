"""Axes and colours of charts: round steps, places in a frame, colours that everybody can tell apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["LINES", "Axis", "ticks"]

LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito 2008, "Color universal design": seven colours that differ for every kind of colour vision."""


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers within an interval, at most about so many; the number itself where it is a point."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(position * step, 12) for position in range(first, last + 1)]


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` drawn from `start` to `end` (pixels)."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: list[float], start: float, end: float, margin: float = 0.06) -> Axis:
        """An axis that holds all values with some room at both ends, but none below zero where no value is."""
        low, high = min(values), max(values)
        room = (high - low) * margin or abs(high) * margin or 1.0
        return cls(max(0.0, low - room) if low >= 0 else low - room, high + room, start, end)

    def at(self, value: float) -> float:
        """Where a value stands; one outside stands at the nearest end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high

    @property
    def ticks(self) -> list[float]:
        """Round values within."""
        return ticks(self.low, self.high)
