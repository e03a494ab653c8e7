"""Metres between two households, as columns and rows.

A column for every pair of buildings would be exact and far too many. Each building of the one household has a column
for each of the nearest buildings of the other, and one for all that are farther, which costs the metres to the first of
them. What a farther building costs beyond that is one more column for the two households, bounded from below by a row
for each building, which is looked at only where a plan goes that far (`late`). So plans have their exact value, and
bounds come from the near buildings, which good plans use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.model.columns import Columns
from allocator.model.linear import RowBuilder
from allocator.model.names import label
from allocator.model.needs import interim
from allocator.rules.primitives import Distance

__all__ = ["NEAREST", "add_distances"]

NEAREST = 8
"""So many buildings of the other household at least have a column of their own, for each building of the one."""
FEW = 400
"""So many columns a pair may have in any case: whoever stays at home has few buildings, and all distances are near."""


@dataclass(frozen=True)
class _Options:
    """Where one household may be placed: `places` [n], the buildings in ascending order, and its place columns.

    `column` [m] are the positions of the columns, `row` [m] those of their buildings in places, `unit` [m] their unit
    classes.
    """

    household: int
    name: str
    places: np.ndarray
    column: np.ndarray
    row: np.ndarray
    unit: np.ndarray


def add_distances(
    builder: RowBuilder, columns: Columns, name: str, distance: Distance
) -> tuple[np.ndarray, np.ndarray]:
    """Columns whose cost is the metres between the households of each pair; positions and costs."""
    found: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros(0, dtype=int), np.zeros(0))]
    for pair in distance.pairs.tolist():
        one, other = (_options(columns, distance, household) for household in pair)
        if one.places.size and other.places.size:
            if one.places.size > other.places.size:
                one, other = other, one
            found.extend(_add_pair(builder, columns, name, distance, one, other))
    return np.concatenate([column for column, _ in found]), np.concatenate([cost for _, cost in found])


def _options(columns: Columns, distance: Distance, household: int) -> _Options:
    kind = columns.kinds.of[household]
    column = np.flatnonzero(columns.kind == kind)
    first = columns.units.first[columns.unit[column]]
    placed = ~interim(columns.situation, np.full(column.size, household), first)
    column, first = column[placed], first[placed]
    places, row = np.unique(distance.place[first], return_inverse=True)
    name = label(columns.situation.households["household_id"].iloc[household])
    return _Options(household, name, places, column, row, columns.unit[column])


def _add_pair(
    builder: RowBuilder, columns: Columns, name: str, distance: Distance, one: _Options, other: _Options
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The columns and rows of one pair; `one` has no more buildings than `other`."""
    metres = np.asarray(distance.metres(one.places, other.places), dtype=float)
    possible = ~_only_room_for_one(columns, one, other)
    near = _nearest(metres, possible)
    far = possible & ~near
    from_place, to_place = np.nonzero(near)
    here = [label(distance.labels[place]) for place in one.places.tolist()]
    there = [label(distance.labels[place]) for place in other.places.tolist()]
    both = f"{one.name},{other.name}"
    names = [f"near_{name}({one.name},{here[a]},{other.name},{there[b]})"
             for a, b in zip(from_place.tolist(), to_place.tolist(), strict=True)]  # fmt: skip
    together = builder.add_columns(names, 1.0, integer=False)
    # From each building with farther ones: the metres to the first of these, and those from there to the last.
    leaving = np.flatnonzero(far.any(axis=1))
    first = np.where(far, metres, np.inf).min(axis=1)[leaving]
    beyond = np.where(far[leaving], metres[leaving] - first[:, None], 0.0)
    most = beyond.max(axis=1, initial=0.0)
    apart = builder.add_columns([f"far_{name}({one.name},{here[a]},{other.name})" for a in leaving], 1.0, integer=False)
    names = [f"farther_{name}({both})"] if leaving.size else []
    farther = builder.add_columns(names, most.max(initial=0.0), integer=False)
    zero = np.zeros(1, dtype=int)
    builder.add_rows(f"both_{name}", [both], -1.0, np.inf,
                     (zero.repeat(together.size), together, 1.0), (zero.repeat(apart.size), apart, 1.0),
                     (zero.repeat(one.column.size), one.column, -1.0),
                     (zero.repeat(other.column.size), other.column, -1.0))  # fmt: skip
    builder.add_rows(f"from_{name}", [f"{one.name},{a},{other.name}" for a in here], -np.inf, 0.0,
                     (from_place, together, 1.0), (leaving, apart, 1.0), (one.row, one.column, -1.0))  # fmt: skip
    used, row = np.unique(to_place, return_inverse=True)
    mine = np.isin(other.row, used)
    builder.add_rows(f"to_{name}", [f"{one.name},{other.name},{there[b]}" for b in used], -np.inf, 0.0,
                     (row, together, 1.0),
                     (np.searchsorted(used, other.row[mine]), other.column[mine], -1.0))  # fmt: skip
    # farther ≥ Σ beyond · (the other there), wherever the one is; nothing is asked where it is not
    position = np.full(one.places.size, -1)
    position[leaving] = np.arange(leaving.size)
    mine = position[one.row] >= 0
    rows, cells = np.nonzero(beyond[:, other.row])
    builder.add_rows(f"farther_{name}", [f"{one.name},{here[a]},{other.name}" for a in leaving], -most, np.inf,
                     (np.arange(leaving.size), np.repeat(farther, leaving.size), 1.0),
                     (rows, other.column[cells], -beyond[rows, other.row[cells]]),
                     (position[one.row[mine]], one.column[mine], -most[position[one.row[mine]]]),
                     late=True)  # fmt: skip
    return [(together, metres[near]), (apart, first), (farther, np.ones(farther.size))]


def _nearest(metres: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """True for the nearest possible buildings of the other household, from each building of the one [n, m]."""
    number = max(NEAREST, FEW // metres.shape[0])
    if metres.shape[1] <= number:
        return possible
    reached = np.where(possible, metres, np.inf)
    limit = np.partition(reached, number - 1, axis=1)[:, number - 1]
    return possible & (metres <= limit[:, None])


def _only_room_for_one(columns: Columns, one: _Options, other: _Options) -> np.ndarray:
    """True for a building that cannot hold both households, since both have but one and the same unit there [n, m]."""
    situation = columns.situation
    result = np.zeros((one.places.size, other.places.size), dtype=bool)
    persons = situation.persons[one.household] + situation.persons[other.household]
    for a, b in zip(*np.nonzero(one.places[:, None] == other.places[None, :]), strict=True):
        units = set(one.unit[one.row == a].tolist()) | set(other.unit[other.row == b].tolist())
        if len(units) > 1:
            continue
        unit = units.pop()
        first = columns.units.first[unit]
        room = max(situation.capacity[first] - situation.occupied[first], situation.present[first])
        result[a, b] = persons > room if situation.shared[first] else columns.units.size[unit] == 1
    return result
