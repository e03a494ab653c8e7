"""Goal `score`: points for who lives where, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, PrivateAttr
from scipy import sparse

from allocator.errors import Findings
from allocator.goals.base import Goal
from allocator.ledger import Ledger
from allocator.rules.primitives import Price, column_codes
from allocator.rules.situation import LevelName, Situation

__all__ = ["PLACES", "Score", "Scores"]

PLACES: dict[str, LevelName] = {
    "unit_id": "unit",
    "building_id": "building",
    "site_id": "site",
    "space_id": "social_space",
}
"""The columns that may name a place, and the level of each."""


@dataclass(frozen=True)
class Scores:
    """The rows of a table: `household`, `place` (ids) and `score` [n_rows]; places are of one level."""

    level: LevelName
    household: tuple[str, ...]
    place: tuple[str, ...]
    score: tuple[float, ...]


class Score(Goal):
    """Σ points of the placed households where they are placed; what stands not in the table counts 0.

    The table has the columns household_id, score and one of unit_id, building_id, site_id, space_id. Points may be
    below zero. Households with the same points everywhere are not told apart by it.
    """

    sentence: ClassVar = {
        "en": "The highest sum of points in {table}.",
        "de": "Die höchste Summe der Punkte in {table}.",
    }
    formula: ClassVar = "max Σ score(h,p(u))·x(h,u), p(u) the unit u or its building, site or social space"
    source: ClassVar = "Matching by expected success: Bansak et al. 2018, doi:10.1126/science.aao4408"
    unit: ClassVar = {"en": "points", "de": "Punkte"}
    sense: ClassVar = "max"
    example: ClassVar = {"table": "scores.csv"}
    shorthand: ClassVar = "table"
    file_parameter: ClassVar = "table"

    goal: Literal["score"] = "score"
    table: str = Field(min_length=1, description="File with household_id, score and one of unit_id, building_id, "
                       "site_id, space_id; its path as seen from the scenario file.")  # fmt: skip
    _scores: Scores | None = PrivateAttr(None)

    def with_file(self, path: Path, situation: Situation | None, findings: Findings) -> Score:
        """The goal with the points of its table; without them where the table has errors."""
        scores = _read(path, situation, findings)
        return self if scores is None else self.with_scores(scores)

    def with_scores(self, scores: Scores) -> Score:
        """The goal with these points."""
        goal = self.model_copy()
        goal._scores = scores
        return goal

    @property
    def scores(self) -> Scores:
        """The points; ValueError as long as nobody has read the table."""
        if self._scores is None:
            raise ValueError(f"the table {self.table} has not been read")
        return self._scores

    def value(self, situation: Situation) -> Sequence[Price]:
        """One price; households and places are told apart where their points differ. Points of units name pairs."""
        scores, level = self.scores, situation.level(self.scores.level)
        row = pd.Index(situation.households["household_id"]).get_indexer(pd.Index(scores.household))
        column = pd.Index(level.ids).get_indexer(pd.Index(scores.place))
        shape = (len(situation.persons), len(level) + 1)  # the last column is outside every place
        points = sparse.csr_matrix((scores.score, (row, column)), shape=shape)
        points.eliminate_zeros()
        alike, place = column_codes(points.T), column_codes(points)
        of_unit = level.of_unit
        stored = points.tocoo()
        key = stored.row.astype(np.int64) * shape[1] + stored.col
        order = np.argsort(key)
        key, score = np.append(key[order], -1), np.append(stored.data[order], 0.0)

        def cost(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
            wanted = household * shape[1] + of_unit[unit] % shape[1]
            found = np.searchsorted(key[:-1], wanted)
            return np.where(key[found] == wanted, score[found], 0.0)

        pairs = np.column_stack([stored.row, stored.col]) if scores.level == "unit" else None
        return [Price((alike,), (place[of_unit],), cost, pairs=pairs)]

    def recount(self, ledger: Ledger) -> float:
        """Points of all placed households, household by household."""
        scores = self.scores
        points = dict(zip(zip(scores.household, scores.place, strict=True), scores.score, strict=True))
        return sum(
            points.get((stay.household["household_id"], ledger.place(stay.unit, scores.level)), 0.0)
            for stay in ledger.placed
        )


def _read(path: Path, situation: Situation | None, findings: Findings) -> Scores | None:
    """The points of a file; None with errors among the findings if it cannot be used."""
    from allocator.city.checks import unknown_reference
    from allocator.city.reading import read_table
    from allocator.city.reporting import shown
    from allocator.city.tables import SCORES

    before = len(findings.errors)
    table = read_table(SCORES, path, findings)
    if table is None:
        return None
    frame, report = table.frame, table.report
    named = [column for column in PLACES if column in table.declared]
    if len(named) != 1:
        what = "no column names a place" if not named else f"several columns name places: {', '.join(named)}"
        report.whole(what, f"give one of {', '.join(PLACES)}")
        return None
    (place,) = named
    report.rows((frame[place] == "").to_numpy(), "the value is missing", "fill it in", column=place)
    if situation is not None:
        places = pd.Series(situation.level(PLACES[place]).ids, dtype=object)
        for column, known in (("household_id", situation.households["household_id"]), (place, places)):
            target = SCORES.column(column).references.partition(".")[0]
            unknown_reference(frame[column], known, report, column, target)
    again = frame.duplicated(["household_id", place]).to_numpy()
    report.rows(again, lambda row: f"a second score of {shown(frame['household_id'].iloc[row])} for "
                f"{shown(frame[place].iloc[row])}", "keep one of the rows", column=place,
                kind="second scores of a household for a place")  # fmt: skip
    if len(findings.errors) > before:
        return None
    return Scores(PLACES[place], tuple(frame["household_id"]), tuple(frame[place]), tuple(frame["score"].astype(float)))
