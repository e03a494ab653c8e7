"""What would make an impossible demand possible: sums before any solving, then several ways out, each solved.

Every way out is a plan: everybody has a place in it, and what it takes beyond the rules is counted. Ways differ in what
may give: one rule alone, all rules together by as little as possible, or nobody's rule but the list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.explain.smallest import Against
from allocator.goals.base import Stage
from allocator.goals.keep import Keep
from allocator.goals.place import Place
from allocator.ledger import Ledger
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import solve

__all__ = ["Excess", "Sums", "WayOut", "sums", "ways_out"]

GAP = 0.01
"""How near the least of a way out is asked for, where a scenario asks for no less: it is an offer, not a plan."""


@dataclass(frozen=True)
class Sums:
    """What counting alone says of a list and a stock.

    `places` are free for the list, `persons` ask for one. `by_size`: for each size n of households from the largest
    down, how many have at least n persons, and for how many of these a flat or a shared unit has room. `nowhere`:
    households (positions) that no unit suits, and those whom rules on pairs keep out of every unit that does, with
    these rules.
    """

    places: float
    persons: float
    by_size: tuple[tuple[int, int, int], ...]
    nowhere: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def impossible(self) -> bool:
        """Whether the sums alone prove that not everybody finds a place."""
        return (
            self.persons > self.places or bool(self.nowhere) or any(wanted > room for _, wanted, room in self.by_size)
        )


@dataclass(frozen=True)
class Excess:
    """A rule at a place, and what it is exceeded by there, in the rule's unit; `limit` is what it allows there."""

    rule: str
    place: str
    amount: float
    limit: float


@dataclass(frozen=True)
class WayOut:
    """A plan that needs something more than the rules allow.

    `kind`: `one` (only `rule` gives), `all` (all rules, or all that count at places, give as little as possible),
    `supply` (all rules are kept). `unplaced` are households (positions) for whom homes are
    missing even so; `unit_of` [n_households] the plan; `proven` whether less is impossible.
    """

    kind: str
    rule: str
    excesses: tuple[Excess, ...]
    unplaced: tuple[int, ...]
    proven: bool
    unit_of: np.ndarray = field(repr=False, compare=False, default_factory=lambda: np.zeros(0, dtype=int))

    @property
    def total(self) -> float:
        """Everything over the limits, added up."""
        return sum(one.amount for one in self.excesses)


def sums(situation: Situation, rules: Mapping[str, Rule]) -> Sums:
    """Count places and households, without solving anything."""
    free = np.maximum(situation.capacity - situation.occupied, 0.0)
    persons = situation.persons
    by_size = []
    # Who lives in a shared unit that is overfull, or is pinned, has a place that no free one stands for.
    at_home = (situation.home >= 0) & (situation.shared[situation.home] | situation.pinned)
    for n in sorted({int(size) for size in persons}, reverse=True):
        wanted = int((persons >= n).sum())
        room = int((~situation.shared & (free >= n)).sum() + np.floor(free[situation.shared] / n).sum())
        room += int(at_home[persons >= n].sum())
        by_size.append((n, wanted, room))
    against = Against(situation, rules, np.full(persons.size, -1))
    nowhere = []
    known: dict[tuple[object, ...], tuple[str, ...] | None] = {}
    rows = situation.households.drop(columns="household_id").itertuples(index=False, name=None)
    for household, row in enumerate(map(str, rows)):
        if situation.pinned[household]:
            continue
        if row not in known:
            known[row] = _closed(against, household)
        if known[row] is not None:
            nowhere.append((household, known[row]))
    kept = float(persons[at_home].sum())
    return Sums(float(free.sum()) + kept, float(persons.sum()), tuple(by_size), tuple(nowhere))


def _closed(against: Against, household: int) -> tuple[str, ...] | None:
    """The rules on pairs that close every unit that suits; empty where none suits; None where one is open."""
    suits = ~np.logical_or.reduce(list(against.needs(household).values()))
    if not suits.any():
        return ()
    excluding = against.excluding(household)
    if not excluding or (suits & ~np.logical_or.reduce(list(excluding.values()))).any():
        return None
    return tuple(name for name, bad in excluding.items() if (bad & suits).any())


def ways_out(
    situation: Situation,
    rules: Mapping[str, Rule],
    options: SolveOptions,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> list[WayOut]:
    """The ways out, those that leave nobody without a place and take least first; at most `seconds` long."""
    until = time.perf_counter() + seconds
    hard = [name for name, rule in rules.items() if not rule.is_soft]
    tried: list[tuple[str, str, dict[str, float]]] = [("supply", "", {})]
    tried += [("one", name, {name: 1.0}) for name in hard]
    counted = [name for name in hard if rules[name].rule not in ("only", "fit", "reach", "together")]
    tried += [("all", "", dict.fromkeys(some, 1.0)) for some in (counted, hard)
              if len(some) > 1 and (some == hard or len(counted) < len(hard))]  # fmt: skip
    found: list[WayOut] = []
    for number, (kind, name, weights) in enumerate(tried):
        left = until - time.perf_counter()
        if left <= 0:
            break
        tell(f"looking for a way out: {name or kind}")
        limit = max(left / (len(tried) - number), 0.5)
        way = _way(situation, rules, kind, name, weights, options.model_copy(update={
            "seconds": limit, "gap": max(options.gap, GAP)}))  # fmt: skip
        if way is not None and way.excesses + way.unplaced not in [one.excesses + one.unplaced for one in found]:
            found.append(way)
    best = [way for way in found if not (way.kind == "all" and _said(way, found))]
    return sorted(best, key=lambda way: (len(way.unplaced), len(way.excesses), way.total))


def _said(way: WayOut, found: Sequence[WayOut]) -> bool:
    """Whether letting all rules give takes no less than one rule alone does."""
    return any(other.kind == "one" and len(other.unplaced) == len(way.unplaced) and other.total <= way.total + 1e-6
               for other in found)  # fmt: skip


def _way(
    situation: Situation, rules: Mapping[str, Rule], kind: str, name: str, weights: Mapping[str, float],
    options: SolveOptions,
) -> WayOut | None:  # fmt: skip
    """House as many as possible, then exceed the rules that may give as little as possible."""
    plain = Situation(situation.city, situation.households.assign(priority=1.0), situation.day)
    persons = [Stage(((Place(what="persons"), 1.0),))]
    kept = {one: rule for one, rule in rules.items() if one not in weights and not rule.is_soft}
    most = solve(plain, kept, persons, options.model_copy(update={"gap": 0.0, "seconds": options.seconds / 3}))
    if most.unit_of is None:
        return None
    unplaced = tuple(int(one) for one in np.flatnonzero(most.unit_of < 0))
    proven = most.status == "optimal"
    if not weights:
        return WayOut(kind, name, (), unplaced, proven, most.unit_of)
    if unplaced and (kind == "one" or not proven):
        return None
    giving = {one: rule.model_copy(update={"soft": weights[one]}) for one, rule in rules.items() if one in weights}
    demand = persons if unplaced else [Stage(((Place(what="all"), 1.0),))]
    least = [*demand, Stage(((Keep(what="rules"), 1.0),))]
    solution = solve(plain, kept | giving, least, options.model_copy(update={"seconds": options.seconds * 2 / 3}),
                     start=most.unit_of)  # fmt: skip
    if solution.unit_of is None:
        return None
    # What is missing under no rule at all is missing; how few rules must give for the others may be less than found.
    left = tuple(int(one) for one in np.flatnonzero(solution.unit_of < 0))
    excesses = _excesses(situation, {one: rules[one] for one in weights}, solution.unit_of)
    missing = len(left) > len(unplaced) or float(situation.persons[list(left)].sum()) > float(
        situation.persons[list(unplaced)].sum())  # fmt: skip
    return None if missing and not unplaced else WayOut(
        kind, name, excesses, left, solution.status == "optimal" and not missing, solution.unit_of)  # fmt: skip


def _excesses(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> tuple[Excess, ...]:
    """What a plan exceeds, recounted."""
    ids = [*situation.city.units["unit_id"], ""]
    chosen = {h: ids[u] for h, u in zip(situation.households["household_id"], unit_of, strict=True)}
    ledger = Ledger(situation.city, situation.households, chosen, situation.day)
    found = [Excess(name, tally.place, tally.excess, tally.limit + tally.allowance)
             for name, rule in rules.items() for tally in rule.recount(ledger) if tally.excess > 0]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.rule, -one.amount, one.place)))
