"""Classes: households, and units, that nothing in the scenario can tell apart.

Each primitive says which arrays it looks at. Members of a class agree in all of them, so a model that counts how many
of a class go somewhere is exact: handing out the members afterwards changes no limit and no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

__all__ = ["Classes", "classify", "is_function_of", "positions"]


@dataclass(frozen=True)
class Classes:
    """`of` [n_members] is the class of each member; classes are numbered by their first member."""

    of: np.ndarray

    @cached_property
    def size(self) -> np.ndarray:
        """Members of each class [n_classes]."""
        return np.bincount(self.of, minlength=len(self))

    @cached_property
    def first(self) -> np.ndarray:
        """First member of each class [n_classes]; it stands for all of them."""
        return np.unique(self.of, return_index=True)[1]

    def __len__(self) -> int:
        return int(self.of.max(initial=-1)) + 1


def codes(array: np.ndarray) -> np.ndarray:
    """Equal whole numbers for equal values; missing values are equal to each other."""
    return pd.factorize(np.asarray(array), use_na_sentinel=False)[0].astype(np.int64)


def classify(arrays: Iterable[np.ndarray], members: int) -> Classes:
    """The coarsest classes in which members agree in every array."""
    combined = np.zeros(members, dtype=np.int64)
    for array in arrays:
        code = codes(array)
        if code.max(initial=0) > 0:
            combined = codes(combined * (int(code.max()) + 1) + code)
    return Classes(combined)


def is_function_of(arrays: Iterable[np.ndarray], classes: Classes) -> bool:
    """True if members of a class never differ in any of the arrays."""
    return all(np.array_equal(code, code[classes.first][classes.of]) for code in map(codes, arrays))


def positions(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each wanted key stands among unsorted keys [n_wanted], and whether it stands there at all."""
    if not keys.size:
        return np.zeros(wanted.size, dtype=int), np.zeros(wanted.size, dtype=bool)
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], wanted), keys.size - 1)
    found = order[place]
    return found, keys[found] == wanted
