"""Few columns, proven enough.

Almost all columns of a large model are never used. The linear relaxation gives row prices, and with them a reduced cost
d(j) for every column and a bound z on every plan. The integer programme is solved over the columns with small d(j) only.
A plan that uses any other column is worse than z + the smallest d(j) left out; so the bound of the small programme or that
sum, whichever is weaker, holds for the whole model, and where the plan found is no further than that from z, nothing better
exists. (A column that need not be whole is used wholly in some plan that is as good: see `LinearModel.flows`.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from allocator.model.linear import LinearModel, Objective
from allocator.proof import relative_gap
from allocator.scenario.solving import SolveOptions
from allocator.solve.completing import completed
from allocator.solve.grain import bound_of_plans, step
from allocator.solve.heard import time_left
from allocator.solve.highs import TIGHT, Outcome, solve_one
from allocator.solve.knapsacks import rounded
from allocator.solve.late import with_late_rows
from allocator.solve.prices import without_relaxation
from allocator.solve.relaxed import Prices, prices
from allocator.solve.sifting import Memory

__all__ = ["SMALL", "solve_selected"]

SMALL = 800
"""Choices up to which a model is solved as it is."""
GROWTH = 3
"""How many times more columns are taken when the proof asks for more."""
FURTHER = 2
"""The same from `LARGE` choices on, where each further programme takes minutes."""
RELAXED = (1.0, 0.7, 0.4, 0.1)
"""Shares of what is whole in the relaxation that a plan is looked for with, one after the other until one is good enough."""
ROUGHLY = 3
"""How many of these shares are tried where cuts are still to come."""
NEAR = (0.6, 0.4, 0.2)
"""Shares of the best plan so far that a better one is looked for with, where none is found near the relaxation."""
NEARBY = 0.005
"""Relative distance of a plan from the bound beyond which nothing is looked for near it."""
AT_ONCE = 10_000
"""Choices up to which all that can matter are taken at once, where fewer brought nothing better."""
LARGE = 20_000
"""Choices from which on plans near the best one are looked for, and columns added with care: smaller models are solved whole."""
ALMOST, PROVEN = 2.0, 40_000
"""Multiple of the gap within which all that can matter is taken at once, up to so many choices, to prove the plan."""
AIM, CLOSER = 0.02, 0.25
"""Share of the gap within which a plan should be where later goals keep its value: the nearer, the easier they are. And
share of a goal's time that programmes over few columns may take for it, once the plan is within the gap."""
REACHED = 0.1
"""Share of the gap that the bound need not use up, so that it is surely reached."""
PART, FAR = 0.5, 0.25
"""Share of the gap to which a programme is solved where plans over other columns may be better still, and share of the
distance between the best plan and the bound: nearer, further columns are worth more."""
FIRST = 0.7
"""Share of the time left for the relaxation, where there is a plan, and for a programme, where more columns are to follow."""
ROUNDED_IN = 20.0
"""Seconds that looking for one plan near the relaxation may take, or half as long as the relaxation took, if that is longer."""
SECONDS, COLUMNS, POWER = 12.0, 250_000, 1.6
"""Seconds that the relaxation of so many columns takes at least, and the power of the columns with which they grow: from
the first goals of cities of 125,600 and 628,000 residents, roughly."""
FLOWS = 3
"""Flows that each of their rows gets at the beginning."""


def solve_selected(
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str], None] | None = None,
    memory: Memory | None = None,
    least: float | None = None,
) -> Outcome:
    """Like `solve_one`, over as few columns as the proof allows, and as few of the late rows as its plans break.

    A run that is over before it found a plan has that of `start`, if that keeps the rows. `memory` is what the goal
    before has left; it is renewed for the next one. `least` is a bound on every plan that is known already.
    """
    if linear.choices <= SMALL:
        outcome = solve_one(linear, objective, options, seconds, start, progress)
    elif not linear.late.size:
        outcome = _over_few_columns(linear, objective, options, seconds, start, progress, memory, least)
    else:
        outcome = with_late_rows(_over_few_columns, linear, objective, options, seconds, start, progress, memory,
                                 least)  # fmt: skip
    if outcome.x is None and outcome.status == "stopped" and start is not None:
        x = completed(linear, objective, start)
        value = None if x is None else objective.value(x)
        outcome = replace(outcome, x=x, value=value)
    if outcome.x is None or outcome.bound is None or not linear.late.size:
        return outcome
    return _with_bound(outcome, outcome.bound, options.gap)


def _over_few_columns(
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Callable[[str], None] | None = None,
    memory: Memory | None = None,
    least: float | None = None,
) -> Outcome:
    """The integer programme over a few columns, and over more as long as the proof asks for them.

    Where the relaxation would take longer than there is time, prices by smoothing give a bound and a plan that is put together
    in parts, which is improved a few social spaces at a time.
    """
    began = time.perf_counter()
    memory = Memory() if memory is None else memory
    floor = -np.inf if least is None else objective.sign * least
    linear = rounded(linear)
    best = None if start is None else completed(linear, objective, start, seconds)
    left = time_left(began, seconds)
    if best is not None and linear.cells.size and _relaxed_in(linear) > FIRST * left:
        completing = seconds - left  # what follows from the new plan takes as long
        best, floor, took = without_relaxation(linear, objective, options, left, completing, best, floor, progress)
        memory.pricing_seconds += took
        left = time_left(began, seconds)
        if _relaxed_in(linear) > FIRST * left:
            return _as_it_is(objective, best, objective.sign * floor, options.gap, began)
    search = _Search(linear, objective, options, seconds, began, best, floor, memory.more)
    priced = memory.pricing_seconds
    for found in prices(linear, objective, options, left if best is None else FIRST * left, best, memory, floor):
        search.learn(found, memory.pricing_seconds - priced)
        memory.reduced, memory.bound = found.reduced, found.bound
        if search.is_reached() or (search.should_look() and search.near_relaxation()):
            return search.as_it_is()
    left = time_left(began, seconds)
    if left <= 0 and search.best is not None:
        return search.as_it_is()
    if left <= 0 and linear.choices > LARGE:
        return Outcome("stopped", None, None, None, time.perf_counter() - began)  # to hand it over takes minutes
    if search.found is None or left <= 0:
        return solve_one(linear, objective, options, max(left, 0.1), start, progress)
    if search.near_best() or search.is_close():
        return search.as_it_is()
    return search.over_few_columns(progress)


class _Search:
    """What is known of one goal: `best` plan so far [n_columns], `found`, and the `floor` under every plan, minimised."""

    def __init__(
        self, linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, began: float,
        best: np.ndarray | None, floor: float, more: bool,
    ) -> None:  # fmt: skip
        """Begin with a plan, if there is one; `more` is whether later goals will keep the value."""
        self.linear, self.objective, self.options, self.seconds, self.began = linear, objective, options, seconds, began
        self.best, self.floor, self.more = best, floor, more
        self.found: Prices | None = None
        self.relaxed_in, self.looked = 0.0, False
        self.wanted = (AIM if more else 1.0) * options.gap
        """Relative distance from the bound at which a plan is as good as it should be."""

    @property
    def value(self) -> float:
        """That of the best plan, minimised."""
        return np.inf if self.best is None else self.objective.sign * self.objective.value(self.best)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return time_left(self.began, self.seconds)

    def within(self, gap: float) -> float:
        """The value that is so far from the bound."""
        return self.floor + gap * abs(self.floor) + 1e-9 * max(1.0, abs(self.floor))

    def is_reached(self) -> bool:
        """Whether the best plan is as good as it should be."""
        return self.value <= self.within(self.wanted)

    def is_close(self) -> bool:
        """Whether the best plan is as good as is needed: to come nearer is of use to later goals of large models alone."""
        large = self.linear.choices >= LARGE
        return self.value <= self.within(self.wanted if large else self.options.gap)

    def lacks_a_proof(self) -> bool:
        """Whether it is a proof rather than a plan that is missing, for a value that no goal will keep."""
        return not self.more and self.value <= self.within(ALMOST * self.options.gap)

    def is_far(self) -> bool:
        """Whether there is no plan near the bound."""
        return self.best is None or (relative_gap(self.value, self.floor) or 0.0) > NEARBY

    def as_it_is(self) -> Outcome:
        """The best plan, which is not solved any further."""
        return _as_it_is(self.objective, self.best, self.objective.sign * self.floor, self.options.gap, self.began)

    def learn(self, found: Prices, took: float) -> None:
        """Take over what a relaxation, or a tighter one than the last, says; `took` so many seconds so far."""
        self.found, self.linear, self.relaxed_in = found, found.linear, took
        self.floor = bound_of_plans(self.linear, self.objective, max(self.floor, found.bound))
        self.rank, self.turn = found.order(self.options.seed)
        self.few = (self.rank < SMALL) & (self.turn < FLOWS)

    def should_look(self) -> bool:
        """Whether to look near the relaxation: once, and before it has cuts where the bound may be as good without.

        That is where the gap is less than a step between values, to which the bound is rounded.
        """
        stepwise = step(self.linear, self.objective)
        by_steps = stepwise is not None and self.within(self.options.gap) < self.floor + stepwise
        return not self.looked and (by_steps or not self.found.rough)

    def near_relaxation(self) -> bool:
        """Look for a plan near that of the relaxation; whether the best is as good as it should be.

        First for plans within the gap alone, which takes a fraction of the time; then, if a large model has none near the
        bound yet, for such.
        """
        rough = self.found.rough
        self.looked = not rough
        for away in (self.options.gap, NEARBY)[: 1 if rough or self.linear.choices < LARGE else 2]:
            for number, share in enumerate(RELAXED[:ROUGHLY] if rough else RELAXED):
                if self.left <= 0 or self.lacks_a_proof() or self.is_reached() or (away == NEARBY and not self.is_far()):
                    break
                self._look(self.found.x, share, number, limit=min(self.value, self.within(away)))
        return self.is_reached()

    def near_best(self) -> bool:
        """Look for a plan near the best one of a large model, if that is not within the gap; as above."""
        for number, share in enumerate(NEAR if self.linear.choices >= LARGE else (), start=len(RELAXED)):
            if self.left <= 0 or self.is_far() or self.value <= self.within(self.options.gap) or self.lacks_a_proof():
                break
            in_time = self._look(self.best, share, number, self.best)
            if self.is_reached() or not in_time:
                break
        return self.is_reached()

    def _look(
        self, anchor: np.ndarray, share: float, number: int, start: np.ndarray | None = None, limit: float = np.inf
    ) -> bool:
        """Keep a `share` of what is whole in the `anchor` [n_columns], look for a plan better than the `limit`.

        Whether the time was enough to know what that brings.
        """
        kept = np.random.default_rng(self.options.seed + number).random(anchor.size) < share
        kept &= (anchor > 0.5) & (np.abs(anchor - np.rint(anchor)) < 1e-6)
        some = self.few | self.found.used
        if self.best is not None:
            some = some | (self.best > 1e-9)
        patience = min(max(ROUNDED_IN, self.relaxed_in / 2), FIRST * self.left)
        near, in_time = _near(
            self.linear, self.objective, self.options, patience, some, anchor, kept, start, self.within(self.wanted),
            limit
        )  # fmt: skip
        if near is not None and self.objective.sign * self.objective.value(near) < self.value:
            self.best = near
        return in_time

    def over_few_columns(self, progress: Callable[[str], None] | None) -> Outcome:
        """Programmes over few columns, and over more as long as the proof asks for them."""
        linear, objective, options, found, sign = self.linear, self.objective, self.options, self.found, self.objective.sign
        wanted = self.wanted if linear.choices >= LARGE else options.gap
        number, close, nothing = SMALL, None, Outcome("stopped", None, None, None, 0.0)
        dear = np.zeros(linear.shape[1], dtype=bool)
        while True:
            last = number >= linear.shape[1]
            keep = (self.rank < number) & ~dear | found.used
            if self.best is not None:
                keep |= self.best > 1e-9
            everything = bool(keep.all())
            last = last or everything
            left = self.left
            if self.value <= self.within(options.gap):
                close = self.left if close is None else close
                left = min(left, CLOSER * self.seconds - (close - self.left))
            if left <= 0:
                break
            share = left if last else FIRST * left
            outside = np.inf if everything else found.bound + float(found.reduced[~keep].min())
            # Where other columns may be as good, a plan within the gap of a part may not be within that of the whole.
            sure = self.best is not None and outside >= _needed(self.value, wanted)
            gap = wanted
            if not (sure or everything):
                gap = max(PART * wanted, FAR * (0.0 if self.best is None else relative_gap(self.value, self.floor) or 0.0))
            one = _solve_part(linear, objective, options.model_copy(update={"gap": gap}), share, keep, self.best, progress,
                              self.within(wanted))  # fmt: skip
            if one.x is None:
                nothing = one
                if last or (one.status == "stopped" and self.left <= 0):
                    break
                number *= GROWTH
                continue
            value = sign * float(one.value or 0.0)
            better = value < self.value - 1e-6 * max(1.0, abs(value))
            if value <= self.value:
                self.best = one.x
            inside = sign * one.bound if one.bound is not None else -np.inf
            value = self.value
            self.floor = min(value, bound_of_plans(linear, objective, max(self.floor, min(inside, outside))))
            if value <= self.within(wanted) or last or self.left <= 0.02 * self.seconds:
                break
            if linear.choices >= LARGE and self.left < one.seconds:
                break  # a larger programme would take longer
            # What costs more than value - bound is in no better plan; within the gap there is no need to know.
            # A column that is in no steps is used by less than one, at less than its reduced cost.
            dear = found.reduced > _needed(value, wanted) - found.bound + 1e-6 * max(1.0, abs(value))
            dear &= linear.in_steps
            useful = np.count_nonzero(~dear[: linear.choices])
            # Where few columns brought nothing better, a few more are hardly worth a programme of their own.
            enough = number * GROWTH**2 if better else max(AT_ONCE, number * GROWTH**2)
            enough = min(enough, max(LARGE, number * FURTHER))
            if value <= self.within(ALMOST * options.gap):
                enough = max(enough, PROVEN)  # what is missing is a proof rather than a plan
            number = linear.shape[1] if useful <= enough else number * (GROWTH if number < LARGE else FURTHER)
        if self.best is not None:
            return self.as_it_is()
        return replace(nothing, seconds=time.perf_counter() - self.began)


def _relaxed_in(linear: LinearModel) -> float:
    """Seconds that the relaxation will take at least, roughly."""
    return SECONDS * (linear.shape[1] / COLUMNS) ** POWER


def _needed(value: float, gap: float) -> float:
    """The bound that proves a minimised value to the gap, and a little more."""
    return value - (1 - REACHED) * gap * abs(value)


def _as_it_is(objective: Objective, x: np.ndarray, bound: float, gap: float, began: float) -> Outcome:
    """A plan that is not solved any further, with what a bound says of it."""
    outcome = Outcome("stopped", x, objective.value(x), None, time.perf_counter() - began)
    return _with_bound(outcome, bound, gap) if np.isfinite(bound) else outcome


def _near(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, some: np.ndarray,
    anchor: np.ndarray, kept: np.ndarray, start: np.ndarray | None, target: float, limit: float,
) -> tuple[np.ndarray | None, bool]:  # fmt: skip
    """The best plan [n_columns] over `some` columns that has at least as much as the `anchor` of the `kept` ones.

    None if none is better than the `limit`; and whether the time was enough to know. One as good as `target` ends it.
    """
    part = linear.part(columns := np.flatnonzero(some))
    lower, choice = part.lower.copy(), kept[columns] & (columns < linear.choices)
    lower[choice] = np.minimum(np.rint(anchor[columns[choice]]), part.upper[choice])
    part, small = replace(part, lower=lower), replace(objective, cost=objective.cost[columns])
    begin = None if start is None else start[columns]
    close = options.model_copy(update={"gap": REACHED * options.gap})  # the target ends it sooner, if it can
    limit = None if limit == np.inf else limit
    outcome = solve_one(part, small, close, max(seconds, 0.1), begin, target=target, limit=limit)
    if outcome.x is None:
        return None, outcome.status != "stopped"
    result = np.zeros(linear.shape[1])
    result[columns] = outcome.x
    return result, outcome.status != "stopped"


def _solve_part(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, keep: np.ndarray,
    start: np.ndarray | None, progress: Callable[[str], None] | None, target: float,
) -> Outcome:  # fmt: skip
    """The integer programme over the kept columns; x is filled up with zeros."""
    columns = np.flatnonzero(keep)
    part, small = linear.part(columns), replace(objective, cost=objective.cost[columns])
    begin = None if start is None else start[columns]
    outcome = solve_one(part, small, options, seconds, begin, progress, target=target)
    if outcome.x is None:
        return outcome
    x = np.zeros(linear.shape[1])
    x[columns] = outcome.x
    return replace(outcome, x=x)


def _with_bound(outcome: Outcome, bound: float, gap: float) -> Outcome:
    """The outcome with a bound that holds for the whole model, and the status that follows from it."""
    value = float(outcome.value or 0.0)
    distance, size = abs(value - bound), max(abs(value), abs(bound))
    if distance <= max(1e-6, TIGHT * size):
        return replace(outcome, status="optimal", bound=value)
    found = relative_gap(value, bound)
    if found is not None and found <= gap * (1 + 1e-6):
        return replace(outcome, status="within_gap", bound=bound)
    return replace(outcome, status="stopped", bound=bound)
