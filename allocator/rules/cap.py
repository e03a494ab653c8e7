"""Rule `cap`: at most so many persons, households or flats at one place."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import sparse

from allocator.errors import Findings
from allocator.ledger import Ledger, Stay
from allocator.rules.base import Parameters, Rule, Tally
from allocator.rules.columns import check_level, check_place_columns, chosen_places
from allocator.rules.primitives import Count, Primitive
from allocator.rules.situation import LevelName, Situation
from allocator.rules.where import Where

__all__ = ["Cap", "Within"]


class Within(Parameters):
    """Around each building that has units, straight-line, the building included."""

    within: float = Field(gt=0, allow_inf_nan=False, description="Radius in metres.")


class Cap(Rule):
    """At each place the count of persons, households or refugee flats is at most `at_most`.

    Formula: today(p) + Σ_{u at p} Σ_h w(h) x(h, u) ≤ max(at_most, today's whole at p), with w = persons or 1.
    `flats` counts ordinary units that hold a household, and `refugee_flats`. `{within: r}` counts around each building
    that has units, by straight line between building points, today's persons in units included.
    """

    sentence: ClassVar = {
        "en": "At most {at_most} {count} per {per}.",
        "de": "Höchstens {at_most} {count} je {per}.",
    }
    example: ClassVar = {"count": "persons", "per": "site", "at_most": 50}
    formula: ClassVar = "today(p) + Σ_{u at p} Σ_h w(h)·x(h,u) ≤ at_most"
    source: ClassVar = {
        "en": "Münster (50 persons per site), Düsseldorf (200), Köln (80), Altena (one flat per building)",
        "de": "Münster (50 Personen je Standort), Düsseldorf (200), Köln (80), Altena (eine Wohnung je Gebäude)",
    }
    excess_unit: ClassVar = {"en": "persons, households or flats", "de": "Personen, Haushalte oder Wohnungen"}

    rule: Literal["cap"] = "cap"
    count: Literal["persons", "households", "flats"] = Field(description="What is counted.")
    per: LevelName | Within = Field(description="Where it is counted.")
    at_most: float = Field(ge=0, allow_inf_nan=False, description="Highest count at one place.")
    where: Where | None = Field(None, description="Only places whose own table meets these conditions.")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """`where` must name columns of the level's own table; there should be places of that level."""
        check_level(self._level, situation, f"{key}.per", findings)
        check_place_columns(self.where, situation.city, self._level, key, findings)

    @property
    def _level(self) -> LevelName:
        return "building" if isinstance(self.per, Within) else self.per

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One count."""
        counted = ~situation.shared if self.count == "flats" else None
        weight = situation.persons if self.count == "persons" else np.ones(len(situation.persons))
        if isinstance(self.per, Within):
            membership, besides, labels = self._around(situation, counted)
        else:
            level = situation.level(self.per)
            membership, besides, labels = level.membership(counted), situation.today(self.count, self.per), level.ids
        chosen = chosen_places(self.where, situation.city, self._level, labels)
        lives = situation.home >= 0
        units = len(situation.shared)
        present = np.bincount(situation.home[lives], weights=weight[lives], minlength=units)
        today = besides + membership @ present
        limit = np.maximum(self.at_most, today) - besides
        keep = np.flatnonzero(chosen & (np.diff(membership.indptr) > 0))
        names = tuple(labels[place] for place in keep)
        return [Count(weight, membership[keep], limit[keep], names, self.is_soft)]

    def _around(
        self, situation: Situation, counted: np.ndarray | None
    ) -> tuple[sparse.csr_matrix, np.ndarray, tuple[str, ...]]:
        """Buildings with units as centres: membership of units, persons or flats there already, labels."""
        from scipy.spatial import cKDTree

        level = situation.level("building")
        position = pd.Index(situation.city.buildings["building_id"]).get_indexer(pd.Index(level.ids))
        xy = situation.building_xy[position]
        tree = cKDTree(xy)
        centres = np.unique(level.of_unit)
        near = tree.query_ball_point(xy[centres], self.per.within)
        rows = np.repeat(np.arange(centres.size), [len(found) for found in near])
        columns = np.concatenate([np.asarray(found, dtype=int) for found in near]) if near.size else rows
        shape = (centres.size, len(level))
        around = sparse.csr_matrix((np.ones(columns.size), (rows, columns)), shape=shape)
        labels = tuple(level.ids[centre] for centre in centres)
        membership = sparse.csr_matrix(around @ level.membership(counted))
        return membership, around @ situation.today(self.count, "building"), labels

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons, households or flats at every place, today and afterwards."""
        level = self._level
        besides = {"persons": ledger.persons_besides, "flats": ledger.flats_besides}.get(self.count, lambda _: {})(level)
        stays = [self._counted(ledger.stays_today), self._counted(ledger.stays_after)]
        weight = _persons if self.count == "persons" else _one
        present, after = (ledger.add_up(some, level, weight) for some in stays)
        places = ledger.places(level)
        if isinstance(self.per, Within):
            besides, present, after = _within(ledger, self.per.within, besides, present, after)
            places = sorted(besides)
        chosen = chosen_places(self.where, ledger.city, level, tuple(places))
        for place in itertools.compress(places, chosen):
            today = besides.get(place, 0) + present.get(place, 0)
            yield Tally(place, today, besides.get(place, 0) + after.get(place, 0), self.at_most,
                        max(0.0, today - self.at_most))  # fmt: skip

    def _counted(self, stays: list[Stay]) -> list[Stay]:
        return [stay for stay in stays if not stay.unit["shared"]] if self.count == "flats" else stays


def _persons(stay: Stay) -> float:
    return stay.household["persons"]


def _one(_: Stay) -> float:
    return 1.0


def _within(ledger: Ledger, radius: float, *counts: dict[str, float]) -> list[dict[str, float]]:
    """Counts of buildings added up around each building that has units."""
    centres = {unit["building_id"] for unit in ledger.units.values()}
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    for building, row in ledger.buildings.items():
        if any(count.get(building) for count in counts):
            cells[int(row["x"] // radius), int(row["y"] // radius)].append(building)
    sums: list[dict[str, float]] = [dict.fromkeys(centres, 0.0) for _ in counts]
    for centre in centres:
        x, y = ledger.buildings[centre]["x"], ledger.buildings[centre]["y"]
        column, row = int(x // radius), int(y // radius)
        neighbours = [(column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        for other in (other for cell in neighbours for other in cells.get(cell, ())):
            there = ledger.buildings[other]
            if (there["x"] - x) ** 2 + (there["y"] - y) ** 2 <= radius**2:
                for total, count in zip(sums, counts, strict=True):
                    total[centre] += count.get(other, 0)
    return sums
