"""Withholding small numbers from tables whose sums are published too (cell suppression).

Every number that is published is a *cell*; every sum that ties cells together, whether it is printed or only known to
hold, is a *relation*. Cells from 1 to 4 (and from −4 to −1) are withheld first. Then, for each of them, further cells
are withheld until another table exists that agrees with everything published and in which this cell is 1, and another
in which it is 4. So whoever knows all published numbers, all sums and that no count is negative learns of a withheld
small number no more than that it lies from 1 to 4: its feasible interval contains them.

The further cells are found by an integer programme for each small number and direction: move the cell to the end of its
range, keep every relation, and pay for each unit by which a cell moves that is published so far; the cells that moved
are withheld. Cells that are withheld already move for (almost) nothing, and what an earlier solution has shown
possible is not asked again. Integers, because where a sum has weights an interval may be wide and yet hold one whole
number only.

Sources: Kelly, Golden and Assad 1992, Cell suppression: disclosure protection for sensitive tabular data, Networks 22,
doi:10.1002/net.3230220407; Fischetti and Salazar 2000, Models and algorithms for optimizing cell suppression in tabular
data with linear constraints, Journal of the American Statistical Association 95, doi:10.1080/01621459.2000.10474282.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

__all__ = ["LARGEST_WITHHELD", "Cell", "Key", "is_small", "withheld_cells"]

LARGEST_WITHHELD = 4
"""Counts from 1 to this many are not published."""

_WITHHELD_COST = 1e-4
"""What a unit costs by which a cell moves that is withheld already: not nothing, so that no cell moves without need."""

_LARGEST_MOVE = 40.0
"""By how much a cell moves at most: small numbers move by three, and what balances them seldom by more than ten times
that. Where that is too narrow, it is asked again without a limit."""
_NEAR_ENOUGH = {"mip_rel_gap": 0.2, "node_limit": 20}
"""Any solution protects; the cheapest is not worth the time. Nodes are counted, not seconds: results stay the same."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One whole number that is to be published, with what everybody knows of it and what it costs to withhold it.

    `least` and `most` bound it in everybody's eyes: no count is below zero, and a rule that is said to be kept bounds
    what it limits.
    """

    key: Key
    value: int
    cost: float = 1.0
    least: float = 0.0
    most: float = math.inf


def is_small(value: float) -> bool:
    """Whether a count, or a change of one, is too small to be published."""
    return 1 <= abs(value) <= LARGEST_WITHHELD


def withheld_cells(cells: Sequence[Cell], relations: Iterable[Mapping[Key, int]]) -> frozenset[Key]:
    """The keys of all cells that must not be published.

    A relation says that the sum of its cells, each times its whole factor, is known to everybody (a total is one of
    the cells, with the factor −1). Cells of the same key must not stand twice; a relation names known keys only.
    """
    table = _Table(cells, relations)
    for position in table.small:
        for target in _ends(table.cells[position]):
            table.make_possible(position, target)
    return frozenset(table.cells[i].key for i in np.flatnonzero(table.hidden))


def _ends(cell: Cell) -> tuple[int, int]:
    """The values that must both be possible: 1 and 4, as far as what everybody knows of the cell allows them."""
    ends = (1, LARGEST_WITHHELD) if cell.value > 0 else (-LARGEST_WITHHELD, -1)
    return math.ceil(max(ends[0], cell.least)), math.floor(min(ends[1], cell.most))


class _Table:
    """Cells with what is withheld of them so far, and which values of each are known to be possible."""

    def __init__(self, cells: Sequence[Cell], relations: Iterable[Mapping[Key, int]]) -> None:
        self.cells = list(cells)
        place = {cell.key: i for i, cell in enumerate(self.cells)}
        if len(place) < len(self.cells):
            raise ValueError("a cell stands twice")
        self.values = np.array([cell.value for cell in self.cells], dtype=float)
        entries = [(row, place[key], factor) for row, one in enumerate(relations) for key, factor in one.items()]
        rows, columns, factors = (np.array(part, dtype=float) for part in zip(*entries, strict=True)) if entries else (
            np.empty(0), np.empty(0), np.empty(0))  # fmt: skip
        shape = (int(rows.max()) + 1 if rows.size else 0, len(self.cells))
        self.sums = sparse.csr_matrix((factors, (rows.astype(int), columns.astype(int))), shape=shape)
        self.costs = np.array([cell.cost for cell in self.cells])
        room = np.array([[cell.most - cell.value, cell.value - cell.least] for cell in self.cells]).reshape(-1, 2)
        self.room = np.maximum(room, 0.0)
        self.hidden = np.array([is_small(value) for value in self.values], dtype=bool)
        self.small = [int(i) for i in np.flatnonzero(self.hidden)]
        self.lowest, self.highest = self.values.copy(), self.values.copy()

    def make_possible(self, position: int, target: int) -> None:
        """Withhold more cells until the cell may as well have the target's value, or one as near as can be."""
        if self.lowest[position] <= target <= self.highest[position]:
            return
        value = int(self.values[position])
        for goal in range(target, value, 1 if target < value else -1):
            moves = self._moves(position, goal - value)
            if moves is not None:
                self.hidden |= moves != 0
                self.lowest = np.minimum(self.lowest, self.values + moves)
                self.highest = np.maximum(self.highest, self.values + moves)
                return

    def _moves(self, position: int, by: float) -> np.ndarray | None:
        """By how much each cell moves in the cheapest other table in which one cell moves by so much; None if none."""
        number = len(self.cells)
        price = np.where(self.hidden, _WITHHELD_COST, self.costs)
        upper = np.concatenate([self.room[:, 0], self.room[:, 1]])
        lower = np.zeros(2 * number)
        forward, backward = (position, position + number) if by > 0 else (position + number, position)
        if abs(by) > upper[forward]:
            return None
        lower[forward], upper[forward], upper[backward] = abs(by), abs(by), 0.0
        matrix = sparse.hstack([self.sums, -self.sums]).tocsr()
        rows = LinearConstraint(matrix, 0, 0) if matrix.shape[0] else None
        for largest, options in ((_LARGEST_MOVE, _NEAR_ENOUGH), (np.inf, {})):
            bounds = Bounds(lower, np.minimum(upper, largest))
            found = milp(np.concatenate([price, price]), integrality=np.ones(2 * number), bounds=bounds,
                         constraints=rows, options=options)  # fmt: skip
            if found.x is not None:
                return np.rint(found.x[:number] - found.x[number:])
        return None
