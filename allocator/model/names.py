"""Names that an LP file can hold and a reader can recognise."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["label", "unique"]

UNFIT = re.compile(r"[^A-Za-z0-9_.,;#%&!?@~|]")
LONGEST = 120
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "-": "_"})


def label(text: str) -> str:
    """The text with everything that LP files cannot hold replaced."""
    return UNFIT.sub("_", str(text).translate(UMLAUTS))[:LONGEST]


def unique(names: Iterable[str]) -> list[str]:
    """The names, each later twin with a number behind it."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        count = seen.get(name, 0)
        seen[name] = count + 1
        result.append(f"{name}#{count}" if count else name)
    return result
