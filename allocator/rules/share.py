"""Rule `share`: at most a share of those who live at a place are refugees, of one group, or live in units of a kind.

Or of flats: at most a share of those of a kind is let to households of the list.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy import sparse

from allocator.errors import Findings, did_you_mean
from allocator.ledger import Ledger, Stay
from allocator.rules.base import Parameters, Rule, Tally
from allocator.rules.columns import (
    check_columns,
    check_level,
    check_place_columns,
    check_unit_columns,
    chosen_places,
    unit_columns,
)
from allocator.rules.primitives import Count, Primitive
from allocator.rules.situation import LevelName, Situation
from allocator.rules.where import Where
from allocator.wording import Text

__all__ = ["Group", "HouseholdsWhere", "Lettings", "Share", "UnitsWhere"]

HOUSING = ("unit", "building", "site")
"""Levels whose residents nobody states: only those who are housed there are counted."""

PLACES = {"unit": "units", "building": "buildings", "site": "sites", "social_space": "social spaces",
          "district": "districts", "city": "cities"}  # fmt: skip


class Group(Parameters):
    """One group by its label."""

    group: str = Field(description="Label as in the column `group` of households and `group_<label>` of social spaces.")


class UnitsWhere(Parameters):
    """Persons in units that meet conditions."""

    where: Where = Field(description="Conditions on columns of units, buildings, sites, social spaces.")


class HouseholdsWhere(Parameters):
    """Persons of households that meet conditions."""

    households: Where = Field(description="Conditions on columns of households, for example children_kita.")


class Lettings(Parameters):
    """Flats that meet conditions, whoever lives there: how many of them go to households of the list."""

    lettings: Where = Field(description="Conditions on columns of units, buildings, sites, social spaces.")


class Share(Rule):
    """Persons of a kind at a place are at most `at_most` of the residents and of the persons newly placed there.

    Formula: k(p) + Σ_{u at p} Σ_h n(h) k(h, u) x(h, u) ≤ at_most · (r(p) + Σ_{u at p} Σ_h n(h) x(h, u)) + e(p), with
    k what is of that kind, r the residents (from social spaces upwards; the city has also the refugees in buildings
    outside every space; of buildings and sites those that buildings state, and at least, as at a unit, the persons
    already housed there), and e today's excess over the share. Source for 0.40 per group: Siebel, in `siebel-40`.

    With `of: {lettings: …}` flats are counted instead of persons: of the ordinary units at p that meet the conditions
    at most the share holds a household of the list, Σ_{u at p} Σ_h x(h, u) ≤ at_most · |{u at p}| + e(p).
    """

    sentence: ClassVar = {
        "en": "At most {at_most:.0%} of those who live in one {per} are {of}.",
        "de": "Höchstens {at_most:.0%} der Bewohner je {per} sind {of}.",
    }
    example: ClassVar = {"of": "refugees", "per": "social_space", "at_most": 0.05}
    of_lettings: ClassVar = {
        "en": "At most {at_most:.0%} of the {of} in one {per} go to households of the list.",
        "de": "Höchstens {at_most:.0%} der {of} je {per} gehen an Haushalte der Liste.",
    }
    formula: ClassVar = "k(p) + Σ n(h)·k(h,u)·x(h,u) ≤ at_most · (residents(p) + Σ n(h)·x(h,u))"
    source: ClassVar = {
        "en": "Siebel (40 % of one group); United Kingdom (1 asylum seeker per 200 residents)",
        "de": "Siebel (40 % einer Gruppe); Vereinigtes Königreich (1 Asylsuchender auf 200 Einwohner)",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["share"] = "share"
    of: Literal["refugees", "each_group"] | Group | UnitsWhere | HouseholdsWhere | Lettings = Field(
        description="Which persons are limited, or which flats."
    )
    per: LevelName = Field(
        description="Where it is counted; of refugees per building or site, buildings need a column residents."
    )
    at_most: float = Field(ge=0, le=1, allow_inf_nan=False, description="Highest share, from 0 to 1.")
    where: Where | None = Field(None, description="Only places whose own table meets these conditions.")

    @property
    def told(self) -> dict[str, str]:
        """Flats are told in another sentence than persons."""
        return self.of_lettings if isinstance(self.of, Lettings) else self.sentence

    @property
    def count(self) -> Literal["flats"] | None:
        """What is counted where it is not persons."""
        return "flats" if isinstance(self.of, Lettings) else None

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Labels and columns must exist."""
        if isinstance(self.of, Group):
            known = set(labels_in(situation.households["group"])) | declared_labels(
                situation.city.social_spaces.columns
            )
            if self.of.group not in known:
                findings.error(f"no household and no social space has the group '{self.of.group}'",
                               did_you_mean(self.of.group, known), column=f"{key}.of.group")  # fmt: skip
        if self.of == "each_group" and not labels_in(situation.households["group"]):
            findings.note(Text("no household has a group, so the rule limits nothing",
                               "kein Haushalt hat eine Gruppe, die Regel begrenzt also nichts"),
                          column=f"{key}.of")  # fmt: skip
        if isinstance(self.of, HouseholdsWhere):
            check_columns(self.of.households, situation.households, "in households", f"{key}.of.households", findings)
        check_level(self.per, situation, f"{key}.per", findings)
        about_columns = Findings()
        if isinstance(self.of, UnitsWhere):
            check_unit_columns(self.of.where, situation.city, f"{key}.of", about_columns)
        if isinstance(self.of, Lettings):
            check_unit_columns(self.of.lettings, situation.city, f"{key}.of", about_columns)
        check_place_columns(self.where, situation.city, self.per, key, about_columns)
        findings.extend(about_columns)
        if self.at_most < 1 and not about_columns.errors and not isinstance(self.of, Lettings):
            self._check_those_who_live_there(situation, f"{key}.per", findings)

    def _check_those_who_live_there(self, situation: Situation, key: str, findings: Findings) -> None:
        """Say where the rule can let in nobody of its kind, since nobody else is counted there."""
        places, unknown = PLACES[self.per], self.per == "unit" or situation.residents_of_buildings is None
        if self.of == "refugees" and self.per in HOUSING and unknown:
            remedy = ("limit persons with the rule cap, or the share per social_space; who may live together says "
                      "of: {households: {column: …}}")  # fmt: skip
            if self.per != "unit":
                remedy = f"give buildings a column residents; or {remedy}"
            findings.error(f"the residents of {places} are not known, only refugees are counted there: a share of "
                           f"{self.at_most:.0%} lets nobody in", remedy, column=key)  # fmt: skip
            return
        level, residents = situation.level(self.per), situation.residents(self.per)
        units = level.add_up(np.ones(len(level.of_unit)))
        chosen = chosen_places(self.where, situation.city, self.per, level.ids) & (units > 0)
        if self.of == "refugees":
            closed = chosen & (residents <= situation.today("persons", self.per))
            what = Text("have no residents but refugees: the share lets nobody in there",
                        "haben außer Geflüchteten keine Einwohner: der Anteil lässt dort niemanden zu")  # fmt: skip
            remedy = Text("give their residents, or leave them out with where",
                          "ihre Einwohner angeben, oder sie mit where ausnehmen")  # fmt: skip
        elif isinstance(self.of, UnitsWhere):
            kind = self.of.where.met(unit_columns(situation.city, self.of.where.columns))
            in_kind = level.add_up(np.where(kind, situation.occupied, 0.0))
            closed = chosen & (level.add_up(kind.astype(float)) == units) & (residents <= in_kind)
            what = Text("have units of that kind alone and no other residents: the share lets nobody in there",
                        "haben nur Einheiten dieser Art und sonst keine Einwohner: der Anteil lässt dort niemanden "
                        "zu")  # fmt: skip
            remedy = Text("leave them out with where", "sie mit where ausnehmen")
        elif self.per in HOUSING:
            closed = chosen & (residents <= 0) & (units == 1) & (level.add_up(situation.shared) == 0)
            what = Text("are a single flat where nobody else lives: the share lets in nobody whom it limits",
                        "sind eine einzelne Wohnung, wo sonst niemand lebt: der Anteil lässt niemanden zu, den er "
                        "begrenzt")  # fmt: skip
            remedy = Text("limit shared sites alone, with where and a column that only they have, such as kind of sites",
                          "nur geteilte Standorte begrenzen, mit where und einer Spalte, die nur sie haben, wie kind bei "
                          "sites")  # fmt: skip
        else:
            return
        if closed.any():
            places += "" if self.per == "unit" else " with units"
            few, every = int(closed.sum()), int(chosen.sum())
            findings.note(Text(f"{few} of {every} {places} {what}", f"{few} von {every} Orten (je {self.per}) mit Einheiten "
                               f"{what.german}"), remedy, column=key)  # fmt: skip

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One count for refugees, for units, for flats, for a group, or for each group of the list."""
        level = situation.level(self.per)
        if isinstance(self.of, Lettings):
            kind = self.of.lettings.met(unit_columns(situation.city, self.of.lettings.columns)) & ~situation.shared
            ones = np.ones(len(situation.persons))
            flats = level.add_up(kind.astype(float))
            return [self._count(situation, ones, level.membership(kind), np.zeros(len(level)), flats, "")]
        residents = situation.residents(self.per)
        membership = level.membership()
        if isinstance(self.of, UnitsWhere):
            kind = self.of.where.met(unit_columns(situation.city, self.of.where.columns))
            besides = level.add_up(np.where(kind, situation.occupied, 0.0))
            weights = sparse.diags(np.where(kind, 1.0, 0.0) - self.at_most)
            return [
                self._count(
                    situation, situation.persons, sparse.csr_matrix(membership @ weights), besides, residents, ""
                )
            ]
        if self.of == "refugees":
            besides = situation.today("persons", self.per)
            return [self._count(situation, situation.persons * (1 - self.at_most), membership, besides, residents, "")]
        if isinstance(self.of, HouseholdsWhere):
            kind = self.of.households.met(situation.households)
            nobody = np.zeros(len(level))
            return [
                self._count(situation, situation.persons * (kind - self.at_most), membership, nobody, residents, "")
            ]
        limits = []
        group = situation.households["group"].to_numpy(dtype=object)
        for label in [self.of.group] if isinstance(self.of, Group) else labels_in(situation.households["group"]):
            weight = situation.persons * ((group == label) - self.at_most)
            besides = self._group_besides(situation, label)
            limits.append(self._count(situation, weight, membership, besides, residents, label))
        return limits

    def _count(
        self, situation: Situation, weight: np.ndarray, membership: sparse.csr_matrix, besides: np.ndarray,
        residents: np.ndarray, label: str,
    ) -> Count:  # fmt: skip
        """Σ weight·membership·x ≤ max(at_most·residents - besides, the same sum over today's homes)."""
        lives = np.flatnonzero(situation.home >= 0)
        shape = (membership.shape[1], len(weight))
        homes = sparse.csr_matrix((weight[lives], (situation.home[lives], lives)), shape=shape)
        today = np.asarray((membership @ homes).sum(axis=1)).ravel()
        limit = np.maximum(self.at_most * residents - besides, today)
        ids = situation.level(self.per).ids
        chosen = chosen_places(self.where, situation.city, self.per, ids)
        keep = np.flatnonzero(chosen & (np.diff(membership.indptr) > 0))
        names = tuple(f"{ids[place]},{label}" if label else ids[place] for place in keep)
        return Count(weight, sparse.csr_matrix(membership[keep]), limit[keep], names, self.is_soft)

    def _group_besides(self, situation: Situation, label: str) -> np.ndarray:
        column = f"group_{label}"
        if self.per in ("social_space", "district", "city") and column in situation.city.social_spaces.columns:
            return situation.of_level(column, self.per)
        return np.zeros(len(situation.level(self.per)))

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons of the kind and everybody at every place, today and afterwards."""
        if isinstance(self.of, Lettings):
            yield from self._lettings(ledger)
            return
        everybody = [ledger.add_up(stays, self.per, _persons) for stays in (ledger.stays_today, ledger.stays_after)]
        areas = self.per in ("social_space", "district", "city")
        residents = ledger.residents(self.per)
        places = self._places(ledger)
        for label, besides, is_kind in self._kinds(ledger, areas):
            kind = [
                ledger.add_up([stay for stay in stays if is_kind(stay)], self.per, _persons)
                for stays in (ledger.stays_today, ledger.stays_after)
            ]
            for place in places:
                count = [besides.get(place, 0) + some.get(place, 0) for some in kind]
                allowed = [self.at_most * (residents.get(place, 0) + some.get(place, 0)) for some in everybody]
                name = f"{place},{label}" if label else place
                yield Tally(name, count[0], count[1], allowed[1], max(0.0, count[0] - allowed[0]))

    def _lettings(self, ledger: Ledger) -> Iterable[Tally]:
        """Flats of the kind in which households of the list live, at every place that has such flats."""
        met = self.of.lettings.met(unit_columns(ledger.city, self.of.lettings.columns))
        good = {name for name in ledger.city.units["unit_id"][met] if not ledger.units[name]["shared"]}
        flats: dict[str, float] = {}
        for name in good:
            where = ledger.place(ledger.units[name], self.per)
            flats[where] = flats.get(where, 0.0) + 1.0
        counts = []
        for stays in (ledger.stays_today, ledger.stays_after):
            let = {stay.unit["unit_id"] for stay in stays} & good
            there = [ledger.place(ledger.units[name], self.per) for name in let]
            counts.append({place: float(there.count(place)) for place in set(there)})
        for place in self._places(ledger):
            if place in flats:
                today, after = (count.get(place, 0.0) for count in counts)
                limit = self.at_most * flats[place]
                yield Tally(place, today, after, limit, max(0.0, today - limit))

    def _places(self, ledger: Ledger) -> list[str]:
        places = ledger.places(self.per)
        return list(itertools.compress(places, chosen_places(self.where, ledger.city, self.per, tuple(places))))

    def _meeting(self, ledger: Ledger) -> Callable[[Stay], bool]:
        """Whether the household of a stay meets the conditions; who is there besides the list is of no known kind."""
        import pandas as pd

        frame = pd.DataFrame(ledger.households)
        met = dict(zip(frame["household_id"], self.of.households.met(frame), strict=True)) if len(frame) else {}
        return lambda stay: bool(met[stay.household["household_id"]])

    def _kinds(self, ledger: Ledger, areas: bool) -> list[tuple[str, dict[str, float], object]]:
        """Label, persons of the kind already there, and who of the list is of the kind."""
        if self.of == "refugees":
            return [("", ledger.persons_besides(self.per), lambda _: True)]
        if isinstance(self.of, HouseholdsWhere):
            return [("", {}, self._meeting(ledger))]
        if isinstance(self.of, UnitsWhere):
            met = self.of.where.met(unit_columns(ledger.city, self.of.where.columns))
            good = set(ledger.city.units["unit_id"][met])
            besides: dict[str, float] = {}
            for unit in ledger.units.values():
                if unit["unit_id"] in good and ledger.place(unit, self.per):
                    where = ledger.place(unit, self.per)
                    besides[where] = besides.get(where, 0) + unit["occupied"]
            return [("", besides, lambda stay: stay.unit["unit_id"] in good)]
        if isinstance(self.of, Group):
            labels = [self.of.group]
        else:
            labels = sorted({row["group"] for row in ledger.households if row["group"]})
        declared = areas and next(iter(ledger.spaces.values()), {})
        return [
            (
                label,
                ledger.of_spaces(f"group_{label}", self.per) if declared and f"group_{label}" in declared else {},
                lambda stay, label=label: stay.household["group"] == label,
            )
            for label in labels
        ]


def labels_in(groups: object) -> list[str]:
    """The group labels of the list in ascending order, without the empty one."""
    return sorted(set(groups) - {""})


def declared_labels(columns: Iterable[str]) -> set[str]:
    """The group labels for which social spaces have a column."""
    return {column.removeprefix("group_") for column in columns if column.startswith("group_")}


def _persons(stay: Stay) -> float:
    return stay.household["persons"]
