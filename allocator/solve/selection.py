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
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.proof import relative_gap
from allocator.scenario.solving import SolveOptions
from allocator.solve.completing import completed
from allocator.solve.duals import relaxation
from allocator.solve.grain import bound_of_plans
from allocator.solve.heard import time_left
from allocator.solve.highs import TIGHT, Outcome, solve_one
from allocator.solve.knapsacks import rounded
from allocator.solve.late import with_late_rows
from allocator.solve.prices import guessed, without_relaxation
from allocator.solve.sifting import Memory, Sifted, dual_bound, place_in_row, sifted_with_cuts, used_by

__all__ = ["MANY", "SMALL", "Prices", "prices", "solve_selected"]

SMALL = 800
"""Choices up to which a model is solved as it is."""
MANY = 1_500
"""Columns from which on the relaxation is sifted instead of solved as it is."""
GROWTH = 3
"""How many times more columns are taken when the proof asks for more."""
FURTHER = 2
"""The same from `LARGE` choices on, where each further programme takes minutes."""
RELAXED = (1.0, 0.7, 0.4, 0.1)
"""Shares of what is whole in the relaxation that a plan is looked for with, one after the other until one is good enough."""
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
AIM = 0.02
"""Share of the gap within which a plan should be where later goals keep its value: the nearer, the easier they are."""
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


@dataclass(frozen=True)
class Prices:
    """`reduced` [n_columns]: what one unit of a column adds at least to the minimised value; `bound` on every plan.

    Both are in the sense of minimisation, whatever the goal's sense. `x` [n_columns] is the plan of the relaxation, `used`
    [n_columns] marks what it and others that were nearly as good use.
    """

    reduced: np.ndarray
    bound: float
    x: np.ndarray
    used: np.ndarray
    linear: LinearModel
    """The model with the rows that the relaxation got: every plan in whole numbers keeps them."""
    tight: LinearModel
    """The same with its cuts too."""


def prices(
    linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, plan: np.ndarray | None = None,
    memory: Memory | None = None, floor: float = -np.inf,
) -> Prices | None:  # fmt: skip
    """Reduced costs and a bound from the linear relaxation, valid for any row prices; None if there are none.

    `plan` [n_columns] keeps the rows: with one a large model is sifted, as far as `floor`, a bound in the sense of
    minimisation that is known already, leaves anything to find. The solver's row prices need not be exact.
    """
    began = time.perf_counter()
    sign = -1.0 if objective.sense == "max" else 1.0
    solved = None
    if plan is not None and linear.shape[1] > MANY:
        memory, floor = guessed(linear, objective, seconds, plan, memory, floor)
        solved = sifted_with_cuts(linear, objective, options, time_left(began, seconds), used_by(linear, plan), memory, floor)
        if memory is not None:
            memory.guessed = None
    if solved is None:
        left = time_left(began, seconds)
        found = relaxation(linear, objective, options, left, "ipm") if left > 0 else None
        if found is None:
            return None
        bound, reduced = dual_bound(linear, sign * objective.cost, found[0])
        solved = Sifted(linear, linear, *found, bound, reduced, found[1] > 1e-9, False)
    reduced = np.where((linear.upper <= 0) & (linear.lower >= 0), np.inf, solved.reduced)
    bound = solved.bound + sign * objective.constant
    return Prices(reduced, bound, solved.plan, solved.used, solved.linear, solved.tight) if np.isfinite(bound) else None


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
    sign = -1.0 if objective.sense == "max" else 1.0
    floor = -np.inf if least is None else sign * least
    linear = rounded(linear)
    best = None if start is None else completed(linear, objective, start, seconds)
    left = time_left(began, seconds)
    if best is not None and linear.cells.size and _relaxed_in(linear) > FIRST * left:
        completing = seconds - left  # what follows from the new plan takes as long
        best, floor = without_relaxation(linear, objective, options, left, completing, best, floor, progress)
        left = time_left(began, seconds)
        if _relaxed_in(linear) > FIRST * left:
            return _as_it_is(objective, best, sign * floor, options.gap, began)
    found = prices(linear, objective, options, left if best is None else FIRST * left, best, memory, floor)
    relaxed_in, left = left - time_left(began, seconds), time_left(began, seconds)
    if left <= 0 and best is not None:
        known = floor if found is None else max(floor, found.bound)
        return _as_it_is(objective, best, sign * known, options.gap, began)
    if left <= 0 and linear.choices > LARGE:
        return Outcome("stopped", None, None, None, time.perf_counter() - began)  # to hand it over takes minutes
    if found is None or left <= 0:
        return solve_one(linear, objective, options, max(left, 0.1), start, progress)
    linear = found.linear
    if memory is not None:
        memory.reduced, memory.bound = found.reduced, found.bound
    floor = bound_of_plans(linear, objective, max(floor, found.bound))
    target = floor + options.gap * abs(floor) + 1e-9 * max(1.0, abs(floor))
    more = memory is not None and memory.more
    aim = floor + (AIM if more else 1.0) * options.gap * abs(floor) + 1e-9 * max(1.0, abs(floor))
    rank, turn = _rank(linear, found, options.seed)
    number, reached = SMALL, None
    dear = np.zeros(linear.shape[1], dtype=bool)
    few = (rank < number) & (turn < FLOWS)
    # Without cuts as rows these programmes are mostly faster, but not where next to nothing is left to be had.
    alone = more or found.tight is found.linear or linear.choices < LARGE
    rows = [found.linear] if alone else [found.linear, found.tight]
    tries = [(True, share, one) for share in RELAXED for one in rows]
    tries += [(False, share, found.linear) for share in NEAR if linear.choices >= LARGE]
    for number_of_try, (relaxed, share, near_rows) in enumerate(tries):
        left, anchor = time_left(began, seconds), found.x if relaxed else best
        if left <= 0 or (not relaxed and best is not None and sign * objective.value(best) <= target):
            break
        away = None if best is None else relative_gap(objective.value(best), sign * floor)
        if anchor is None or not (relaxed or (away is not None and away <= NEARBY)):
            continue
        kept = np.random.default_rng(options.seed + number_of_try).random(linear.shape[1]) < share
        kept &= (anchor > 0.5) & (np.abs(anchor - np.rint(anchor)) < 1e-6)
        some = few | found.used if best is None else few | found.used | (best > 1e-9)
        patience = min(max(ROUNDED_IN, relaxed_in / 2), FIRST * left)
        near, in_time = _near(
            near_rows, objective, options, patience, some, anchor, kept, None if relaxed else best, aim
        )
        if near is not None and (best is None or sign * (objective.value(near) - objective.value(best)) < 0):
            best = near
            if sign * objective.value(best) <= aim:
                return _as_it_is(objective, best, sign * floor, options.gap, began)
        if not relaxed and not in_time:
            break
    if best is not None and sign * objective.value(best) <= target:
        return _as_it_is(objective, best, sign * floor, options.gap, began)
    while True:
        last = number >= linear.shape[1]
        keep = (rank < number) & ~dear | found.used
        if best is not None:
            keep |= best > 1e-9
        everything = bool(keep.all())
        last = last or everything
        left = time_left(began, seconds)
        share = left if last else FIRST * left
        outside = np.inf if everything else found.bound + float(found.reduced[~keep].min())
        # Where other columns may be as good, a plan within the gap of a part may not be within that of the whole.
        sure = best is not None and outside >= _needed(sign * objective.value(best), options.gap)
        gap = options.gap
        if not (sure or everything):
            away = 0.0 if best is None else relative_gap(objective.value(best), sign * floor) or 0.0
            gap = max(PART * options.gap, FAR * away)
        outcome = _solve_part(linear, objective, options.model_copy(update={"gap": gap}), share, keep, best, progress,
                              target)  # fmt: skip
        took = outcome.seconds
        if outcome.x is None:
            if last or (outcome.status == "stopped" and time_left(began, seconds) <= 0):
                break
            number *= GROWTH
            continue
        if best is not None and sign * (objective.value(best) - float(outcome.value or 0.0)) < 0:
            outcome = replace(outcome, x=best, value=objective.value(best))
        value = sign * float(outcome.value or 0.0)
        better = best is None or value < sign * objective.value(best) - 1e-6 * max(1.0, abs(value))
        best = outcome.x
        inside = sign * outcome.bound if outcome.bound is not None else -np.inf
        floor = min(value, bound_of_plans(linear, objective, max(floor, min(inside, outside))))
        outcome = reached = _with_bound(outcome, sign * floor, options.gap)
        left = time_left(began, seconds)
        if outcome.status != "stopped" or last or left <= 0.02 * seconds:
            break
        if linear.choices >= LARGE and left < took:
            break  # a larger programme would take longer
        # What costs more than value - bound is in no better plan; within the gap there is no need to know.
        # A column that is in no steps is used by less than one, at less than its reduced cost.
        dear = found.reduced > _needed(value, options.gap) - found.bound + 1e-6 * max(1.0, abs(value))
        dear &= linear.in_steps
        useful = np.count_nonzero(~dear[: linear.choices])
        # Where few columns brought nothing better, a few more are hardly worth a programme of their own.
        enough = number * GROWTH**2 if better else max(AT_ONCE, number * GROWTH**2)
        enough = min(enough, max(LARGE, number * FURTHER))
        if (relative_gap(value, floor) or 0.0) <= ALMOST * options.gap:
            enough = max(enough, PROVEN)  # what is missing is a proof rather than a plan
        number = linear.shape[1] if useful <= enough else number * (GROWTH if number < LARGE else FURTHER)
    if reached is None and best is not None:
        return _as_it_is(objective, best, sign * floor, options.gap, began)
    return replace(outcome if reached is None else reached, seconds=time.perf_counter() - began)


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
    anchor: np.ndarray, kept: np.ndarray, start: np.ndarray | None, target: float,
) -> tuple[np.ndarray | None, bool]:  # fmt: skip
    """The best plan [n_columns] over `some` columns that has at least as much as the `anchor` of the `kept` ones.

    None if there is none; and whether the time was enough to know.
    """
    part = linear.part(columns := np.flatnonzero(some))
    lower, choice = part.lower.copy(), kept[columns] & (columns < linear.choices)
    lower[choice] = np.minimum(np.rint(anchor[columns[choice]]), part.upper[choice])
    part, small = replace(part, lower=lower), replace(objective, cost=objective.cost[columns])
    begin = None if start is None else start[columns]
    close = options.model_copy(update={"gap": REACHED * options.gap})  # the target ends it sooner, if it can
    outcome = solve_one(part, small, close, max(seconds, 0.1), begin, target=target)
    if outcome.x is None:
        return None, outcome.status != "stopped"
    result = np.zeros(linear.shape[1])
    result[columns] = outcome.x
    return result, outcome.status != "stopped"


def _rank(linear: LinearModel, found: Prices, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The order in which choices are taken, cheapest first, and that of flows in their rows [n_columns].

    Equal ones are in an order drawn from the seed: columns stand in the order of households, so without the draw a tie
    would always keep the same households. What follows from choices is always taken.
    """
    n, columns = linear.choices, linear.shape[1]
    draw = np.random.default_rng(seed).permutation(columns)
    scale = 1e-7 * max(1.0, abs(found.bound) / max(1, n))
    cost = np.rint(np.maximum(found.reduced, 0.0) / scale)
    order = np.lexsort((draw[:n], cost[:n]))
    rank = np.full(columns, -1)
    rank[order] = np.arange(n)
    turn = np.full(columns, -1)
    if linear.flows.size:
        entries = sparse.coo_matrix(linear.matrix[:, linear.flows])
        flow = linear.flows[entries.col]
        turn[linear.flows] = columns
        np.minimum.at(turn, flow, place_in_row(entries.row, cost[flow], draw[flow]))
    return rank, turn


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
