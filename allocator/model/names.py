"""Names that an LP file can hold and a reader can recognise.

A name of the model is made of labels: `fifty_per_site(S012)`, `place(H001,U017)`. The LP format takes names of up to
255 characters that begin with a letter and look like no number; PuLP and HiGHS read and write them as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np

__all__ = ["LONGEST", "Names", "joined", "label", "row_label", "some_of", "unique"]

LONGEST = 255
"""Characters of a whole name in an LP file."""
LONGEST_LABEL = 100
"""A name has room for two of them, for what stands before (`only_if_open_`) and for the number of a twin."""
UNFIT = re.compile(r"[^A-Za-z0-9_.,;#%&!?@~|]")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "-": "_"})
NO_BEGINNING = re.compile(r"(?![a-z])|e\d|inf|nan", re.IGNORECASE)
"""Beginnings that a reader of LP files takes for a number or for no name, or that PuLP 4 keeps for itself (`_`)."""
KEYWORDS = frozenset(
    (
        "bin", "binaries", "binary", "bound", "bounds", "end", "free", "gen", "general", "generals", "int", "integer",
        "integers", "max", "maximise", "maximize", "maximum", "min", "minimise", "minimize", "minimum", "semi", "semis",
        "sin", "sos", "st", "subject",
    )
)  # fmt: skip


def label(text: str) -> str:
    """The text with everything that LP files cannot hold replaced.

    Of a long one its beginning, and behind it a `~` and what tells it from others that begin alike.
    """
    whole = str(text)
    fit = UNFIT.sub("_", whole.translate(UMLAUTS))
    if len(fit) <= LONGEST_LABEL:
        return fit
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{fit[: LONGEST_LABEL - 9]}~{digest}"


def row_label(text: str) -> str:
    """The label of a rule, whose name begins its rows, with `rule_` before what no reader would take for a name."""
    fit = label(text)
    return f"rule_{fit}" if NO_BEGINNING.match(fit) or fit.casefold() in KEYWORDS else fit


class Names(Sequence[str]):
    """Names that are made when somebody reads them, each unlike all others: of a large model most are never read."""

    def __init__(self, size: int, make: Callable[[np.ndarray], Sequence[str]]) -> None:
        """So many names; `make` takes positions [n] and returns the names there, among which may be twins."""
        self._size, self._make = size, make

    def __len__(self) -> int:
        """How many there are."""
        return self._size

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        """The name at a position, or those of a slice."""
        return self._all[index]

    def __iter__(self) -> Iterator[str]:
        """All of them."""
        return iter(self._all)

    @cached_property
    def _all(self) -> list[str]:
        return self.at(np.arange(self._size))

    def at(self, positions: np.ndarray) -> list[str]:
        """The names at these positions [n]; twins are told apart among these alone."""
        return unique(self.raw(positions))

    def raw(self, positions: np.ndarray) -> Sequence[str]:
        """The same with their twins."""
        return self._make(positions)


def joined(parts: Sequence[Sequence[str]]) -> Names:
    """The names of all parts behind each other."""
    ends = np.cumsum([len(part) for part in parts])

    def make(positions: np.ndarray) -> list[str]:
        result = np.empty(positions.size, dtype=object)
        of = np.searchsorted(ends, positions, side="right")
        for number in np.unique(of).tolist():
            mine = np.flatnonzero(of == number)
            result[mine] = _raw(parts[number], positions[mine] - (ends[number] - len(parts[number])))
        return result.tolist()

    return Names(int(ends[-1]) if len(parts) else 0, make)


def some_of(names: Sequence[str], positions: np.ndarray) -> Names:
    """The names at these positions [n] alone."""
    return Names(positions.size, lambda chosen: _raw(names, positions[chosen]))


def _raw(names: Sequence[str], positions: np.ndarray) -> Sequence[str]:
    """The names at these positions [n], as they were given."""
    return names.raw(positions) if isinstance(names, Names) else [names[one] for one in positions.tolist()]


def unique(names: Iterable[str]) -> list[str]:
    """The names, each later twin with a number behind it that no other name has."""
    names = list(names)
    taken, seen = set(names), set[str]()
    count: dict[str, int] = {}
    result = []
    for name in names:
        chosen = name
        while chosen in seen:
            count[name] = count.get(name, 0) + 1
            numbered = f"{name}#{count[name]}"
            chosen = name if numbered in taken else numbered
        seen.add(chosen)
        result.append(chosen)
    return result
