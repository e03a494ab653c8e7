"""By how much a hard limit would be broken if one household more moved in, everybody else living where the plan says.

Each primitive that can limit a whole plan has its answer here, for one household and many units at once. A household
that remains in a home of today is first taken out of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

from allocator.rules.primitives import Count, Deviate, Flow, Link, Price, Primitive
from allocator.rules.seats import seated
from allocator.rules.situation import Situation

__all__ = ["Breaks", "Everybody", "Over", "moving_in"]

EPS = 1e-6


@dataclass(frozen=True)
class Everybody:
    """Who lives where by the plan.

    `placed_in` [n_households] is the unit of who is placed, `lives_in` also of who remains in an unsuitable home; -1
    for none.
    """

    situation: Situation
    placed_in: np.ndarray
    lives_in: np.ndarray

    def others(self, household: int) -> np.ndarray:
        """Positions of all others who live somewhere."""
        lives = np.flatnonzero(self.lives_in >= 0)
        return lives[lives != household]


@dataclass(frozen=True)
class Over:
    """What moving in would break: `unit` [m] positions among the units asked, `place` [m], `amount` [m] over it.

    A place is a label of the limit as the rule has it; empty where the limit is one for the whole city.
    """

    unit: np.ndarray
    place: np.ndarray
    amount: np.ndarray


class Breaks(ABC):
    """What one limit says to a household that would move in."""

    @abstractmethod
    def over(self, household: int, units: np.ndarray) -> Over:
        """Everything that the limit would be exceeded by, for one household and units [n]."""

    def __call__(self, household: int, units: np.ndarray) -> np.ndarray:
        """Where moving in would break the limit [n]."""
        broken = np.zeros(units.size, dtype=bool)
        broken[self.over(household, units).unit] = True
        return broken


def _whole(excess: np.ndarray) -> Over:
    """The excess of a limit without places, for each unit [n]."""
    unit = np.flatnonzero(excess > EPS)
    return Over(unit, np.full(unit.size, "", dtype=object), excess[unit])


def moving_in(everybody: Everybody, primitive: Primitive) -> Breaks | None:
    """The answer of one hard primitive; None for those that limit no whole plan (a plain price, a forbid)."""
    if isinstance(primitive, Count):
        return _Counted(everybody, primitive)
    if isinstance(primitive, Deviate):
        return _Balanced(everybody, primitive)
    if isinstance(primitive, Flow):
        return _Seated(everybody, primitive)
    if isinstance(primitive, Link):
        return _Linked(everybody, primitive)
    if isinstance(primitive, Price) and primitive.at_most is not None:
        return _Priced(everybody, primitive)
    return None


class _Counted(Breaks):
    """Σ weight at a place over its limit."""

    def __init__(self, everybody: Everybody, count: Count) -> None:
        self.everybody, self.count = everybody, count
        self.by_unit = sparse.csc_matrix(count.membership)
        self.labels = np.array([*count.labels, ""], dtype=object)
        lives = everybody.others(-1)
        used = np.bincount(everybody.lives_in[lives], weights=count.weight[lives], minlength=count.membership.shape[1])
        self.left = count.limit - count.membership @ used

    def over(self, household: int, units: np.ndarray) -> Over:
        """Place by place."""
        weight, home = self.count.weight[household], self.everybody.lives_in[household]
        left = self.left
        if home >= 0:
            place, _, share = self._entries(np.array([home]))
            left = left.copy()
            left[place] += weight * share
        place, unit, share = self._entries(units)
        excess = share * weight - left[place]
        broken = np.flatnonzero(excess > EPS)
        return Over(unit[broken], self.labels[place[broken]], excess[broken])

    def _entries(self, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Place, position among the `units` and share of each membership of theirs: slicing the matrix takes many times longer."""
        starts = self.by_unit.indptr[units]
        number = self.by_unit.indptr[units + 1] - starts
        unit = np.repeat(np.arange(units.size), number)
        entry = np.arange(unit.size) + np.repeat(starts - (np.cumsum(number) - number), number)
        return self.by_unit.indices[entry], unit, self.by_unit.data[entry]


class _Balanced(Breaks):
    """½ Σ |p - w · P| over its share of P."""

    def __init__(self, everybody: Everybody, deviate: Deviate) -> None:
        self.everybody, self.deviate = everybody, deviate

    def over(self, household: int, units: np.ndarray) -> Over:
        """Persons out of place."""
        deviate, everybody = self.deviate, self.everybody
        others = everybody.others(household)
        place = deviate.place[everybody.lives_in[others]]
        weights = deviate.weight[others]
        persons = deviate.base + np.bincount(
            place[place >= 0], weights=weights[place >= 0], minlength=deviate.base.size
        )
        there, of_unit = np.unique(deviate.place[units], return_inverse=True)
        after = np.repeat(persons[None, :], there.size, axis=0)
        inside = np.flatnonzero(there >= 0)  # a unit outside every place adds nobody
        after[inside, there[inside]] += deviate.weight[household]
        total = after.sum(axis=1)
        out_of_place = 0.5 * np.abs(after - deviate.share * total[:, None]).sum(axis=1)
        return _whole((out_of_place - (deviate.at_most or 0.0) * total - deviate.allowance)[of_unit])


class _Priced(Breaks):
    """Σ cost over its limit."""

    def __init__(self, everybody: Everybody, price: Price) -> None:
        self.everybody, self.price = everybody, price

    def over(self, household: int, units: np.ndarray) -> Over:
        """In the unit of the price."""
        others = self.everybody.others(household)
        paid = np.sum(self.price.cost(others, self.everybody.lives_in[others]))
        added = np.broadcast_to(self.price.cost(np.array(household), units), units.shape)
        return _whole(paid + added - float(self.price.at_most or 0.0))


class _Linked(Breaks):
    """A placed household too far from the one that it names, or that names it."""

    def __init__(self, everybody: Everybody, link: Link) -> None:
        self.everybody, self.link = everybody, link

    def over(self, household: int, units: np.ndarray) -> Over:
        """Pairs that would live too far apart."""
        link, placed_in = self.link, self.everybody.placed_in
        mine = link.pairs[(link.pairs == household).any(axis=1)]
        others = placed_in[np.where(mine[:, 0] == household, mine[:, 1], mine[:, 0])]
        near = link.near[link.place[units]][:, link.place[others[others >= 0]]].toarray()
        return _whole((near == 0).sum(axis=1).astype(float))


@dataclass
class _Seated(Breaks):
    """Children without a seat beyond those who have none today."""

    everybody: Everybody
    flow: Flow
    known: dict[tuple[int, float, bytes], float] = field(default_factory=dict)
    """Answers by home, children and facilities within reach: households alike ask the same."""

    def __call__(self, household: int, units: np.ndarray) -> np.ndarray:
        """Where moving in would break the limit [n]; most plans are so far from it that no seats need be counted anew."""
        children = float(self.flow.children[household])
        leaving = children if self.everybody.lives_in[household] >= 0 else 0.0
        beyond = self.beyond_today
        if children == 0 or beyond + children <= EPS:
            return np.zeros(units.size, dtype=bool)
        if beyond - leaving > EPS:
            return np.ones(units.size, dtype=bool)
        return super().__call__(household, units)

    @cached_property
    def beyond_today(self) -> float:
        """Children without a seat by the plan, beyond those who have none today."""
        lives = self.everybody.others(-1)
        reach = sparse.csc_matrix(self.flow.reach)[:, self.everybody.lives_in[lives]]
        children = self.flow.children[lives]
        return float(children.sum() - seated(children, reach, self.flow.seats)) - self.flow.allowance

    def over(self, household: int, units: np.ndarray) -> Over:
        """Children."""
        children = float(self.flow.children[household])
        if children == 0:
            return _whole(np.zeros(units.size))
        reach = sparse.csc_matrix(self.flow.reach)
        home = int(self.everybody.lives_in[household])
        keys = [(home, children, reach[:, [unit]].indices.tobytes()) for unit in units.tolist()]
        for key, unit in zip(keys, units.tolist(), strict=True):
            if key not in self.known:
                self.known[key] = self._without(household, unit, reach) - self.flow.allowance
        return _whole(np.array([self.known[key] for key in keys], dtype=float))

    def _without(self, household: int, unit: int, reach: sparse.csc_matrix) -> float:
        """Children without a seat if the household lived in the unit."""
        others = self.everybody.others(household)
        others = others[self.flow.children[others] > 0]
        homes = np.append(self.everybody.lives_in[others], unit)
        children = np.append(self.flow.children[others], self.flow.children[household])
        return float(children.sum() - seated(children, reach[:, homes], self.flow.seats))
