"""A linear model as arrays: columns, named rows, and the goals in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from allocator.model.names import joined, some_of, unique

__all__ = ["Attendance", "Block", "LinearModel", "Objective", "RowBuilder"]


@dataclass(frozen=True)
class Objective:
    """One stage: `sense` · (constant + cost · x); `cost` [n_columns]."""

    name: str
    sense: str
    cost: np.ndarray
    constant: float = 0.0
    unit: float = 1.0
    """What one of `cost` and `constant` is in the goal's own unit; 1 unless a solver wants other sizes."""

    @property
    def sign(self) -> float:
        """What the value is multiplied by to be minimised: -1 for a goal to be maximised, else 1."""
        return -1.0 if self.sense == "max" else 1.0

    def value(self, x: np.ndarray) -> float:
        """The value of a point x [n_columns]."""
        return float(self.constant + self.cost @ x)


@dataclass(frozen=True)
class Block:
    """A family of rows under one name: which rule (or bookkeeping) they belong to, and whether they may be doubted.

    `rows` is a slice of the model's rows; `elastic` rows get a slack when an infeasible model is examined. `rule` is
    the name of the rule as the scenario has it, empty for bookkeeping; `households` [rows] stand for the households to
    whom each row gives a unit, None for all other rows. `labels` [rows] name the places as the data do (the rows' own
    names hold only what fits into an LP file); empty where rows have none.
    """

    name: str
    rows: slice
    elastic: bool
    rule: str = ""
    households: np.ndarray | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attendance:
    """Flows of children from groups to the facilities within their reach, as rows and columns of a model.

    Row `groups` [n_groups]: its flows + `unseated` [n_groups] - its children ≥ 0. Row `facilities` [n_facilities]: its
    flows ≤ its seats. Flow by flow, `column` is its column, `group` and `facility` are positions in those two, -1 for a
    facility without a limit. What else the columns without a seat stand in, all of them stand in alike.
    """

    groups: np.ndarray
    facilities: np.ndarray
    column: np.ndarray
    group: np.ndarray
    facility: np.ndarray
    unseated: np.ndarray


@dataclass(frozen=True)
class LinearModel:
    """min or max, stage by stage, cost · x subject to low ≤ A x ≤ high, lower ≤ x ≤ upper, some x integer.

    `matrix` [n_rows, n_columns]; names are unique and fit for LP files. The first `choices` columns say who goes where;
    the others follow from them. `late` are rows that few plans touch: they may be left out until a plan breaks one.
    `flows` are columns of which a plan uses few. `whole` are those that need not be whole numbers, and are in some plan
    that is as good (flows in a network, and what they add up to). `cells` [choices], where known, are the social spaces
    (numbers from 0) in which the choices end. `attendances` are the flows of children, where they can be told apart.
    """

    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray
    column_names: Sequence[str]
    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    row_names: Sequence[str]
    blocks: tuple[Block, ...] = ()
    objectives: tuple[Objective, ...] = ()
    choices: int = 0
    late: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    flows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    whole: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    cells: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    attendances: tuple[Attendance, ...] = ()

    @property
    def in_steps(self) -> np.ndarray:
        """True for columns that are whole numbers in some best plan [n_columns]."""
        result = self.integer.copy()
        result[self.whole] = True
        return result

    @cached_property
    def followers(self) -> list[str]:
        """The names of the columns that follow from choices."""
        return some_of(self.column_names, np.arange(self.choices, len(self.column_names)))[:]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def with_rows(
        self, matrix: sparse.spmatrix, low: np.ndarray, high: np.ndarray, names: Sequence[str]
    ) -> LinearModel:
        """The same model with further rows below; one whose name is taken (by a rule of the city) gets a number."""
        return replace(
            self, matrix=sparse.csr_matrix(sparse.vstack([self.matrix, matrix], format="csr")),
            low=np.concatenate([self.low, low]), high=np.concatenate([self.high, high]),
            row_names=unique([*self.row_names, *names]),
        )  # fmt: skip

    def without_rows(self, left_out: np.ndarray) -> LinearModel:
        """The same model without some of its rows [n_rows], none of them late and none told apart by blocks any more."""
        kept, place = np.flatnonzero(~left_out), np.cumsum(~left_out) - 1
        attendances = tuple(
            replace(one, groups=place[one.groups], facilities=place[one.facilities]) for one in self.attendances
            if not left_out[one.groups].any() and not left_out[one.facilities].any()
        )  # fmt: skip
        return replace(
            self, matrix=self.matrix[kept], low=self.low[kept], high=self.high[kept],
            row_names=[self.row_names[row] for row in kept.tolist()], blocks=(), late=np.zeros(0, dtype=int),
            attendances=attendances,
        )  # fmt: skip

    def part(self, columns: np.ndarray) -> LinearModel:
        """The same rows over some of the columns (positions); a plan of it is a plan of the whole."""
        return LinearModel(
            self.lower[columns], self.upper[columns], self.integer[columns],
            some_of(self.column_names, columns), self.matrix[:, columns].tocsr(),
            self.low, self.high, self.row_names,
            whole=np.flatnonzero(self.in_steps[columns] & ~self.integer[columns]),
        )  # fmt: skip


@dataclass
class RowBuilder:
    """Collects columns and rows block by block and puts them together once."""

    lower: list[np.ndarray] = field(default_factory=list)
    upper: list[np.ndarray] = field(default_factory=list)
    integer: list[np.ndarray] = field(default_factory=list)
    column_names: list[Sequence[str]] = field(default_factory=list)
    triplets: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    low: list[np.ndarray] = field(default_factory=list)
    high: list[np.ndarray] = field(default_factory=list)
    row_names: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    flows: list[np.ndarray] = field(default_factory=list)
    whole: list[np.ndarray] = field(default_factory=list)
    attendances: list[Attendance] = field(default_factory=list)
    rule: str = ""
    """The rule whose rows are being added."""

    @property
    def n_columns(self) -> int:
        """Columns so far."""
        return sum(len(names) for names in self.column_names)

    def add_columns(
        self, names: Sequence[str], upper: np.ndarray, integer: bool, lower: np.ndarray | None = None
    ) -> np.ndarray:
        """New columns; their positions [len(names)]."""
        start = self.n_columns
        self.column_names.append(names)
        self.lower.append(np.zeros(len(names)) if lower is None else np.asarray(lower, dtype=float))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (len(names),)))
        self.integer.append(np.full(len(names), integer))
        return np.arange(start, start + len(names))

    def add_rows(
        self,
        name: str,
        labels: Sequence[str],
        low: np.ndarray | float,
        high: np.ndarray | float,
        *terms: tuple[np.ndarray, np.ndarray, np.ndarray | float],
        elastic: bool = False,
        households: np.ndarray | None = None,
        late: bool = False,
        places: Sequence[str] = (),
    ) -> None:
        """New rows `name(label)`; each term is (row within this block, column, coefficient).

        `places` are the labels as the data have them, for whoever tells of the rows.
        """
        start = len(self.row_names)
        self.late.extend(range(start, start + len(labels)) if late else ())
        self.row_names.extend(f"{name}({label})" if label else name for label in labels)
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), (len(labels),)))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), (len(labels),)))
        for rows, columns, values in terms:
            self.triplets.append((rows + start, columns, np.broadcast_to(values, rows.shape)))
        rows = slice(start, start + len(labels))
        self.blocks.append(Block(name, rows, elastic, self.rule, households, tuple(places)))

    def finish(self, objectives: Sequence[Objective], choices: int = 0) -> LinearModel:
        """The model."""
        join = lambda parts, kind: np.concatenate([np.zeros(0), *parts], dtype=kind, casting="unsafe")  # noqa: E731
        rows, columns = (join([one[side] for one in self.triplets], np.int32) for side in (0, 1))
        values = join([one[2] for one in self.triplets], float)
        matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(self.row_names), self.n_columns))
        matrix.eliminate_zeros()
        return LinearModel(
            join(self.lower, float), join(self.upper, float), join(self.integer, bool), joined(self.column_names), matrix,
            join(self.low, float), join(self.high, float), self.row_names, tuple(self.blocks), tuple(objectives),
            choices, np.array(self.late, dtype=int), join(self.flows, int), join(self.whole, int),
            attendances=tuple(self.attendances),
        )  # fmt: skip
