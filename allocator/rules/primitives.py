"""The primitives of which every rule and goal is made.

Each primitive is stated for single households h and single units u (arrays in the order of `Situation`), and says by
its arrays what it looks at. Two households, or two units, that agree in every array of every active primitive are
the same to the scenario; that is how the model finds its classes, for any rule that is ever added.

| primitive | says |
|---|---|
| `Forbid` | h cannot go to u |
| `Count` | at each place, Σ weight(h) · membership(place, u) · x(h, u) ≤ limit, hard or with a paid excess |
| `Deviate` | at each place, the distance between what is there and its share of everything |
| `Price` | Σ cost(h, u) · x(h, u) |
| `Link` | two households live near each other |
| `Distance` | Σ metres between two households |
| `Flow` | children find seats at facilities within reach |
| `Opening` | Σ over places that hold somebody (the price with a fixed cost) |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import sparse

__all__ = ["Count", "Deviate", "Distance", "Flow", "Forbid", "Link", "Opening", "Price", "Primitive", "column_codes"]

PairFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Takes household positions [m, 1] and unit positions [1, k] and returns an array that broadcasts to [m, k]."""


@dataclass(frozen=True)
class Forbid:
    """Household h may go to unit u only where `allowed(h, u)` is true.

    `households` and `units` are the arrays ([n_households], [n_units]) that `allowed` looks at.
    """

    households: tuple[np.ndarray, ...]
    units: tuple[np.ndarray, ...]
    allowed: PairFunction


@dataclass(frozen=True)
class Price:
    """Σ `cost(h, u)` · x(h, u); `households` and `units` are the arrays that `cost` looks at.

    As a hard rule the sum is at most `at_most`; as a soft one what is over `at_most` (0 if it is not given) is paid
    for. `pairs` [n, 2] are the positions (household, unit) whose cost is not 0, where that is known and they are few.
    """

    households: tuple[np.ndarray, ...]
    units: tuple[np.ndarray, ...]
    cost: PairFunction
    at_most: float | None = None
    soft: bool = False
    pairs: np.ndarray | None = None


@dataclass(frozen=True)
class Count:
    """At each place p: Σ weight[h] · membership[p, u] · x(h, u) ≤ limit[p].

    `weight` [n_households]; `membership` sparse [n_places, n_units]; `limit` [n_places] is what the new allocation may
    add, today's state already taken off (`max(at most, today) - what is there besides the list`). `labels` name the
    rows. With `soft` the excess over the limit is allowed and paid for.
    """

    weight: np.ndarray
    membership: sparse.csr_matrix
    limit: np.ndarray
    labels: tuple[str, ...]
    soft: bool = False

    @property
    def households(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a household."""
        return (self.weight,)

    @cached_property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit: the places it belongs to, as one code."""
        return (column_codes(self.membership),)


@dataclass(frozen=True)
class Deviate:
    """d(i) = | base[i] + p(i) - share[i] · P |, with p(i) = Σ weight[h] x(h, u) over the units of i, P = Σ (base + p).

    `place` [n_units] holds the place of each unit, -1 for none; `base` and `share` [n_places]; `share` adds up to 1.
    As a rule: ½ Σ d - at_most · P ≤ allowance, the allowance being today's excess. As a goal: the sum or the largest
    of d is minimised.
    """

    weight: np.ndarray
    place: np.ndarray
    base: np.ndarray
    share: np.ndarray
    labels: tuple[str, ...]
    at_most: float | None = None
    allowance: float = 0.0
    minimise: Literal["sum", "largest"] = "sum"
    soft: bool = False

    @property
    def households(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a household."""
        return (self.weight,)

    @property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit."""
        return (self.place,)


@dataclass(frozen=True)
class Opening:
    """Σ over the places that hold at least one household: cost[place]; `place` [n_units], -1 where opening is free."""

    place: np.ndarray
    cost: np.ndarray
    labels: tuple[str, ...]
    households: tuple[np.ndarray, ...] = field(default=())

    @property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit."""
        return (self.place,)


@dataclass(frozen=True)
class Flow:
    """Every child of a placed household has a seat of its own at a facility within reach, up to `allowance` children.

    `children` [n_households]; `reach` sparse [n_facilities, n_units], 1 where a facility is within reach; `seats`
    [n_facilities], infinite where unlimited. Siblings may attend different facilities. As a soft rule the children
    without a seat beyond the allowance are its excess.
    """

    children: np.ndarray
    reach: sparse.csr_matrix
    seats: np.ndarray
    labels: tuple[str, ...]
    allowance: float = 0.0
    soft: bool = False

    @property
    def households(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a household."""
        return (self.children,)

    @cached_property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit: the facilities within reach, as one code."""
        return (column_codes(self.reach),)


@dataclass(frozen=True)
class Link:
    """Where both households of a pair are placed, the first lives at a place that is near that of the second.

    `pairs` [n_pairs, 2] are positions of households; `place` [n_units] is the building of a unit; `near` sparse
    [n_places, n_places] is 1 for places that are near each other. As a soft rule a pair that is too far apart costs the
    persons of its first household.
    """

    pairs: np.ndarray
    persons: np.ndarray
    place: np.ndarray
    near: sparse.csr_matrix
    soft: bool = False

    @property
    def households(self) -> tuple[np.ndarray, ...]:
        """Named households are told apart from all others."""
        return (_alone(self.pairs, len(self.persons)),)

    @property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit."""
        return (self.place,)


@dataclass(frozen=True)
class Distance:
    """Σ over pairs of the metres between the places of the two households, where both are placed; to be small.

    `pairs` [n_pairs, 2] are positions of two households, each pair once; `number` is that of all households; `place`
    [n_units] is the building of a unit, `labels` names the buildings. `metres` takes positions of buildings [n] and [m]
    and returns the finite distances between them [n, m], 0 in the same building.
    """

    pairs: np.ndarray
    number: int
    place: np.ndarray
    metres: Callable[[np.ndarray, np.ndarray], np.ndarray]
    labels: tuple[str, ...]

    @property
    def households(self) -> tuple[np.ndarray, ...]:
        """Named households are told apart from all others."""
        return (_alone(self.pairs, self.number),)

    @property
    def units(self) -> tuple[np.ndarray, ...]:
        """What it looks at in a unit."""
        return (self.place,)


Primitive = Forbid | Price | Count | Deviate | Opening | Flow | Link | Distance


def _alone(pairs: np.ndarray, number: int) -> np.ndarray:
    """A code of its own for each household in a pair, -1 for all others [number]."""
    position = np.arange(number)
    return np.where(np.isin(position, pairs), position, -1)


def column_codes(matrix: sparse.spmatrix) -> np.ndarray:
    """Equal codes [n_columns] for equal columns of a sparse matrix; an empty column gets -1."""
    columns = sparse.csc_matrix(matrix)
    columns.sort_indices()
    lengths = np.diff(columns.indptr)
    codes = np.full(columns.shape[1], -1, dtype=np.int64)
    single = np.flatnonzero(lengths == 1)
    if single.size:
        start = columns.indptr[single]
        pairs = np.column_stack([columns.indices[start].astype(np.float64), columns.data[start].astype(np.float64)])
        codes[single] = np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1)
    seen: dict[bytes, int] = {}
    offset = int(codes.max(initial=-1)) + 1
    for column in np.flatnonzero(lengths > 1):
        window = slice(columns.indptr[column], columns.indptr[column + 1])
        key = columns.indices[window].tobytes() + columns.data[window].tobytes()
        codes[column] = offset + seen.setdefault(key, len(seen))
    return codes
