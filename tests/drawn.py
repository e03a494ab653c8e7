"""How many of many worlds, or cases, a test looks at: the first ones always, all of them among the slow tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

__all__ = ["drawn"]


def drawn(seeds: Iterable[Any], fast: int) -> list[Any]:
    """Seeds, or other cases, as parameters of a test, of which all but the first `fast` ones are slow tests."""
    return [
        seed if number < fast else pytest.param(seed, marks=pytest.mark.slow) for number, seed in enumerate(seeds)
    ]
