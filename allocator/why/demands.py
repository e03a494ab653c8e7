"""What would make an impossible demand possible: several ways out, each of them a plan that was found.

Everybody has a place in such a plan, and what it takes beyond the rules is counted again. Ways differ in what may give:
one rule alone, by as little as possible or at as few places as possible; all rules together; or no rule, but homes are
found that are not on the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from allocator.ledger import Ledger
from allocator.model.room import full_whatever_flats, least_excess_by_rule, room_by_rule
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.why.few_places import fewest_places
from allocator.why.giving import Found, Giving
from allocator.why.houses import NewFlat, fewest_new_flats

__all__ = ["Excess", "WayOut", "ways_out"]

T = TypeVar("T")
GAP = 0.01
"""How near the least of a way out is asked for, where a scenario asks for no less: it is an offer, not a plan."""
PAIRS = ("only", "fit", "reach", "together")
"""Rules that know no more or less at a place."""
ADDING = ("cap", "only", "fit", "reach", "seats", "together", "moves")
"""Rules that nobody breaks by not being there."""


@dataclass(frozen=True)
class Excess:
    """A rule at a place, and what it is exceeded by there, in the rule's unit; `limit` is what it allows there.

    `alone` is what it would allow there if there were not more today.
    """

    rule: str
    place: str
    amount: float
    limit: float
    alone: float = 0.0


@dataclass(frozen=True)
class WayOut:
    """A plan that needs something more than the rules and the list allow.

    `kind`: `one` (only `rule` gives, as little as possible), `fewest` (only `rule` gives, at as few places as possible),
    `all` (all rules, or all that count at places, give as little as possible), `flats` (all rules are kept and `flats`
    are found), `supply` (all rules are kept, and nobody has shown which homes would be enough). `unplaced` are households
    (positions) for whom homes are missing even so; `unit_of` [n_households] the plan; `proven` whether less is
    impossible; `full` rules, with the persons for whom they leave room, that no further flat could make room under.
    """

    kind: str
    rule: str
    excesses: tuple[Excess, ...]
    unplaced: tuple[int, ...]
    proven: bool
    unit_of: np.ndarray = field(repr=False, compare=False, default_factory=lambda: np.zeros(0, dtype=int))
    flats: tuple[NewFlat, ...] = ()
    full: tuple[tuple[str, float], ...] = ()

    @property
    def total(self) -> float:
        """Everything over the limits, added up."""
        return sum(one.amount for one in self.excesses)


def ways_out(
    situation: Situation,
    rules: Mapping[str, Rule],
    options: SolveOptions,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> list[WayOut]:
    """The ways out, those that leave nobody without a place and take least first; at most `seconds` long.

    A way without excess, flats or unplaced households says that nothing needs to give.
    """
    search = _Search(situation, rules, options, seconds, tell)
    found = search.found()
    best = [way for way in found if not (way.kind == "all" and _said(way, found))]
    return sorted(best, key=lambda way: (len(way.unplaced), way.kind == "flats", len(way.excesses), way.total))


class _Search:
    """The questions in their order, each within its part of the time that is left."""

    def __init__(
        self, situation: Situation, rules: Mapping[str, Rule], options: SolveOptions, seconds: float,
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.until = time.perf_counter() + seconds
        self.situation, self.rules, self.tell = situation, rules, tell
        self.options = options.model_copy(update={"gap": max(options.gap, GAP)})
        self.hard = [name for name, rule in rules.items() if not rule.is_soft]
        self.ask = Giving(situation, rules, self.options)
        self.floor = least_excess_by_rule(situation, rules)
        self.questions = 4

    def found(self) -> list[WayOut]:
        """All ways, in no order."""
        homes = self._asked("homes that are missing", lambda s: self.ask.fewest_homes([], s))
        unplaced = () if homes is None else self._unplaced(homes)
        if homes is not None and not unplaced:
            return [WayOut("supply", "", (), (), homes.proven, homes.unit_of)]
        self.start = self.ask.today if homes is None else homes.unit_of
        ways = [self._with_flats(homes, unplaced)] if homes is not None else []
        return ways + (self._giving() if self.hard else [])

    def _giving(self) -> list[WayOut]:
        """Rules that give: one alone, and several where no single one is enough or several take less."""
        alone = sorted(set(self.hard) - self._not_alone())
        self.questions = 2 * len(alone) + 2
        ways = [way for name in alone for way in self._one(name)]
        counted = [name for name in self.hard if self.rules[name].rule not in PAIRS]
        enough = bool(ways)
        for some in [self.hard] + ([counted] if len(counted) < len(self.hard) else []):
            floor = sum(self.floor.get(name, 0.0) for name in some)
            if len(some) < 2 or any(way.kind == "one" and way.total <= floor + 1e-6 for way in ways):
                continue  # one rule alone gives no more than all must
            least = self._asked("several rules", lambda s, some=some, floor=floor: self.ask.least_excess(
                some, s, self.start, bound=floor))  # fmt: skip
            if least is not None:
                ways.append(self._way("all", "", some, least))
                enough = True
        if not enough:
            ways += self._for_most()
        return [way for at, way in enumerate(ways) if way.excesses not in [other.excesses for other in ways[:at]]]

    def _not_alone(self) -> set[str]:
        """Rules of which it is known without solving a plan that giving alone they are not enough."""
        full = {name for name, _ in room_by_rule(self.situation, self.rules)}
        known = {name for name in self.hard if full - {name}}
        left = [name for name in self.hard if name not in known]
        if len(self.hard) == 1 or not left:
            return known
        return known | (self.ask.not_enough(left))

    def _one(self, name: str) -> list[WayOut]:
        """One rule that gives, by the least and at the fewest places."""
        floor = self.floor.get(name, 0.0)
        least = self._asked(name, lambda s: self.ask.least_excess([name], s, self.start, bound=floor))
        if least is None:
            return []
        one = self._way("one", name, [name], least)
        if len(one.excesses) < 2:
            return [one]
        fewest = self._asked(f"{name} at few places", lambda s: fewest_places(
            self.ask, name, s, least, len(one.excesses), self.start))  # fmt: skip
        if fewest is None:
            return [one]
        way = self._way("fewest", name, [name], fewest)
        if len(way.excesses) >= len(one.excesses):
            return [one]
        return [one, way]

    def _for_most(self) -> list[WayOut]:
        """Some households find no home under no rule at all: what has to give for all others."""
        most = self._asked("homes that are missing whatever the rules", lambda s: self.ask.fewest_homes(self.hard, s))
        if most is None or not most.proven or not (most.unit_of < 0).any():
            return []  # nobody may be told that homes are missing whatever the rules where that is not proven
        least = self._asked("all others", lambda s: self.ask.least_excess_for_most(self.hard, most, s))
        if least is None:
            return []
        way = self._way("all", "", self.hard, least)
        return [] if not way.excesses else [
            WayOut("all", "", way.excesses, way.unplaced, way.proven and most.proven, way.unit_of)]  # fmt: skip

    def _with_flats(self, homes: Found, unplaced: tuple[int, ...]) -> WayOut:
        """The homes that are missing while all rules are kept: which, if that can be shown."""
        full = tuple(full_whatever_flats(self.situation, self.rules))
        supply = WayOut("supply", "", (), unplaced, homes.proven, homes.unit_of, full=full)
        if full:
            return supply
        found = self._asked("flats that are not on the list", lambda s: fewest_new_flats(
            self.situation, self.rules, self.options, homes.unit_of, s))  # fmt: skip
        if found is None:
            return supply
        hard = {self.rules[name].rule for name in self.hard}
        fewest = homes.proven and len(found) == len(unplaced) and hard <= set(ADDING)
        return WayOut("flats", "", (), (), fewest, homes.unit_of, found)

    def _asked(self, what: str, question: Callable[[float], T | None]) -> T | None:
        """An answer within a fair part of the time that is left."""
        left = self.until - time.perf_counter()
        self.questions -= 1
        if left <= 0:
            return None
        self.tell(f"looking for a way out: {what}")
        return question(max(left / max(self.questions, 2), 0.5))

    def _way(self, kind: str, rule: str, giving: Sequence[str], found: Found) -> WayOut:
        excesses = _excesses(self.situation, {one: self.rules[one] for one in giving}, found.unit_of)
        return WayOut(kind, rule, excesses, self._unplaced(found), found.proven, found.unit_of)

    def _unplaced(self, found: Found) -> tuple[int, ...]:
        return tuple(int(one) for one in np.flatnonzero(found.unit_of < 0))


def _said(way: WayOut, found: Sequence[WayOut]) -> bool:
    """Whether letting all rules give takes no less than one rule alone does."""
    return any(other.kind == "one" and len(other.unplaced) == len(way.unplaced) and other.total <= way.total + 1e-6
               for other in found)  # fmt: skip


def _excesses(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> tuple[Excess, ...]:
    """What a plan exceeds, recounted."""
    ids = [*situation.city.units["unit_id"], ""]
    chosen = {h: ids[u] for h, u in zip(situation.households["household_id"], unit_of, strict=True)}
    ledger = Ledger(situation.city, situation.households, chosen, situation.day)
    found = [Excess(name, tally.place, tally.excess, tally.limit + tally.allowance, tally.limit)
             for name, rule in rules.items() for tally in rule.recount(ledger) if tally.excess > 0]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.rule, -one.amount, one.place)))
