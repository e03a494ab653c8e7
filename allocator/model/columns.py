"""The columns of the model: how many households of a kind go to a class of units, and by which social space.

With hubs, households go from their class through (kind, social space) to units. The *kind* is what the units of one
social space can tell apart (persons, access, rent limit, …); the *class* is finer by what only the social space as a
whole can see (wishes, groups). Flows to (kind, social space) exist only where a kind has several classes, and as few of
them as differ from each other (`pools`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from allocator.model.classes import Classes, classify, is_function_of
from allocator.model.needs import interim
from allocator.model.pools import Flows, Worth, make_flows, no_flows
from allocator.rules.primitives import Count, Distance, Forbid, Link, Price, Primitive
from allocator.rules.situation import Situation

__all__ = ["Columns", "Span", "make_columns"]

BLOCK = 4_000_000
"""Pairs that are looked at in one go; bounds the memory of masks."""


@dataclass(frozen=True)
class Span:
    """Columns over which a primitive is stated: positions in the model, a household and a unit that stand for each."""

    column: np.ndarray
    household: np.ndarray
    unit: np.ndarray


@dataclass(frozen=True)
class Columns:
    """Place columns (kind q, unit class v) and flow columns (class or pool, cell).

    `kind`, `unit` [n_place] are positions of classes; `flows` says what the flow columns are. Place columns come first in
    the model, flow columns after them. `cell` [n_units] is the social space of a unit (its own code for none).
    """

    situation: Situation
    kinds: Classes
    classes: Classes
    units: Classes
    cell: np.ndarray
    kind: np.ndarray
    unit: np.ndarray
    upper: np.ndarray
    flows: Flows

    @property
    def choices(self) -> int:
        """Columns that say who goes where."""
        return int(self.kind.size + self.flows.cell.size)

    @cached_property
    def cells(self) -> int:
        """Cells of units."""
        return int(self.cell.max(initial=-1)) + 1

    @cached_property
    def cell_of_place(self) -> np.ndarray:
        """The cell of each place column [n_place]."""
        return self.cell[self.units.first[self.unit]]

    @cached_property
    def several(self) -> np.ndarray:
        """True for kinds with several classes [n_kinds]."""
        return np.bincount(self.kinds.of[self.classes.first], minlength=len(self.kinds)) > 1

    @cached_property
    def own_supply(self) -> np.ndarray:
        """True for classes that share a pool with others [n_classes]."""
        pool = self.flows.pools.of[self.classes.first]
        return np.bincount(pool, minlength=len(self.flows.pools))[pool] > 1

    @cached_property
    def hub_of_flow(self) -> np.ndarray:
        """Kind · cells + cell to which each flow leads [n_flow]."""
        return self.kinds.of[self.flows.household] * self.cells + self.flows.cell

    @cached_property
    def through_hub(self) -> np.ndarray:
        """True for place columns to which households come by flows [n_place]."""
        return np.isin(self.kind * self.cells + self.cell_of_place, self.hub_of_flow)

    @cached_property
    def household_of_choice(self) -> np.ndarray:
        """The kind, class or pool of households of each place and flow column [n_choices]; no number is two of them."""
        flows = self.flows
        source = np.where(flows.of_class >= 0, flows.of_class, len(flows.classes) + flows.of_pool)
        return np.concatenate([self.kind, len(self.kinds) + source])

    @property
    def cell_of_choice(self) -> np.ndarray:
        """The cell in which each place and flow column ends [n_choices]."""
        return np.concatenate([self.cell_of_place, self.flows.cell])

    @cached_property
    def places(self) -> Span:
        """All place columns."""
        return Span(np.arange(self.kind.size), self.kinds.first[self.kind], self.units.first[self.unit])

    @cached_property
    def finest(self) -> Span:
        """Place columns to which no flow leads, and the flow columns."""
        direct = np.flatnonzero(~self.through_hub)
        unit_in_cell = np.unique(self.cell, return_index=True)[1]
        return Span(
            np.concatenate([direct, self.kind.size + np.arange(self.flows.cell.size)]),
            np.concatenate([self.kinds.first[self.kind[direct]], self.flows.household]),
            np.concatenate([self.units.first[self.unit[direct]], unit_in_cell[self.flows.cell]]),
        )

    def span(self, primitive: Primitive) -> Span:
        """The columns over which a primitive must be stated: place columns unless it tells classes apart."""
        return self.places if is_function_of(primitive.households, self.kinds) else self.finest

    def costs(self, price: Price, placed_only: bool) -> tuple[np.ndarray, np.ndarray]:
        """Columns and their cost; with `placed_only` nothing for who remains in an unsuitable home."""
        span = self.span(price)
        cost = np.asarray(price.cost(span.household, span.unit), dtype=float)
        if placed_only:
            cost = np.where(interim(self.situation, span.household, span.unit), 0.0, cost)
        return span.column, cost

    def counts(self, count: Count) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row of the count, column, coefficient."""
        span = self.span(count)
        picked = sparse.coo_matrix(sparse.csc_matrix(count.membership)[:, span.unit])
        values = picked.data * count.weight[span.household[picked.col]]
        return picked.row, span.column[picked.col], values


def make_columns(
    situation: Situation, forbids: Sequence[Forbid], others: Sequence[Primitive], drop_interim: bool, hubs: bool = True,
    worths: Sequence[Worth] = (),
) -> Columns:  # fmt: skip
    """Find the classes, and every pair of them that no forbid excludes.

    `forbids` state pairs; `others` are the remaining primitives, which only say what they look at. `drop_interim`
    leaves out unsuitable present homes (used where everybody must be placed). `worths` are those of `others` that are
    prices, with the sense in which a plan is better.
    """
    n_households, n_units = len(situation.persons), len(situation.shared)
    space = situation.level("social_space").of_unit
    cell = classify([space], n_units).of if hubs else np.arange(n_units)
    cells = Classes(cell)
    must = situation.keeps_home
    # Pairs name households, which must be kinds of their own even where a social space is a single place.
    local = [p for p in others if not hubs or isinstance(p, Link | Distance) or not is_function_of(p.units, cells)]
    fine = [array for p in (*forbids, *local) for array in p.households]
    kinds = classify([*fine, must], n_households)
    classes = classify([kinds.of, *(array for p in others for array in p.households)], n_households)
    own = np.where(situation.shared, np.arange(n_units), -1)
    seen = [array for p in (*forbids, *(local if hubs else others)) for array in p.units]
    units = classify([cell if hubs else own, own, *seen], n_units)
    kind, unit = _pairs(situation, forbids, kinds, units, drop_interim)
    free = np.maximum(situation.capacity - situation.occupied, situation.present)
    room = np.where(situation.shared, free, 0.0)[units.first]
    fitting = np.floor(room[unit] / situation.persons[kinds.first[kind]] + 1e-9)
    places = np.where(room[unit] > 0, fitting, units.size[unit])
    upper = np.minimum(places, kinds.size[kind])
    flows = no_flows(classes)
    if hubs and len(classes) > len(kinds):
        flow_level = [worth for worth in worths if not is_function_of(worth.price.households, kinds)]
        told = {id(worth.price) for worth in flow_level}
        apart = [array for p in others if id(p) not in told for array in p.households]
        pools = classify([kinds.of, *apart], n_households)
        flows = make_flows(kinds, classes, pools, flow_level, cell, np.column_stack([kind, cell[units.first[unit]]]))
    return Columns(situation, kinds, classes, units, cell, kind, unit, upper, flows)


def _pairs(
    situation: Situation, forbids: Sequence[Forbid], kinds: Classes, units: Classes, drop_interim: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Kind and unit class of every pair that is allowed, kinds in ascending order."""
    step = max(1, BLOCK // max(1, len(units)))
    nothing = np.zeros(0, dtype=int)
    found: list[tuple[np.ndarray, np.ndarray]] = [(nothing, nothing)]
    unit = units.first[None, :]
    for start in range(0, len(kinds), step):
        household = kinds.first[start : start + step, None]
        good = np.ones((household.shape[0], len(units)), dtype=bool)
        for forbid in forbids:
            good &= forbid.allowed(household, unit)
        if drop_interim:
            good &= ~interim(situation, household, unit)
        rows, columns = np.nonzero(good)
        found.append((rows + start, columns))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([columns for _, columns in found])
