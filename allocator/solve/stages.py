"""The goals in their order: solve, keep the value, go on from the plan of the stage before.

Each stage has a model of its own, which tells households and units apart only as far as the rules and the goals up to
that stage can: the first stages of a large city are small models. The values of earlier goals are rows of the later
models.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from scipy import sparse

from allocator.goals.base import Stage
from allocator.model.build import Model, build_model
from allocator.model.handout import hand_out
from allocator.model.hull import hull_rows
from allocator.model.linear import LinearModel, Objective
from allocator.model.start import as_columns
from allocator.proof import KEPT, Status, relative_gap, worst
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.carried import Carried
from allocator.solve.completing import completed
from allocator.solve.elastic import PATIENCE, Missing, Shortage, surely_missing, what_is_missing
from allocator.solve.grain import in_units, step
from allocator.solve.heard import stopping, time_left
from allocator.solve.highs import Outcome, Progress, solve_one
from allocator.solve.selection import SMALL, solve_selected
from allocator.solve.shortcut import already_best, bound_without_limits
from allocator.solve.sifting import Memory

__all__ = ["Solution", "StageResult", "solve"]

MOST_SHARES = 2
"""Goals among which the time left is shared, at most: no later goal makes up for an earlier one."""
NOT_ASKED = Missing(False, (), None)
"""Where earlier goals are kept at values that somebody has chosen, hard rules need not be what has no plan."""


@dataclass(frozen=True)
class StageResult:
    """One goal: its value, the bound that the solver proved, and how it ended.

    `value` is None where the time was over before the goal's turn: the plan of the goal before stands. `slack` is by
    how much later goals may worsen the value: less than any real difference where values have steps.
    """

    name: str
    sense: str
    value: float | None
    bound: float | None
    status: Status
    seconds: float
    slack: float = 0.0

    @property
    def gap(self) -> float | None:
        """Relative distance of value and bound."""
        return relative_gap(self.value, self.bound)


@dataclass(frozen=True)
class Solution:
    """A solved scenario: `unit_of` [n_households], -1 for no place; None where no plan keeps the hard rules.

    `missing` then says why. `size` is that of the largest model that was solved; `build_seconds` went into building, `price_seconds` into
    prices of rows: relaxations, cuts and what stands for them in very large models.
    """

    status: str
    unit_of: np.ndarray | None
    stages: tuple[StageResult, ...]
    missing: tuple[Shortage, ...] = ()
    size: dict[str, int] = field(default_factory=dict)
    build_seconds: float = 0.0
    price_seconds: float = 0.0


def solve(
    situation: Situation,
    rules: Mapping[str, Rule],
    stages: Sequence[Stage],
    options: SolveOptions,
    progress: Progress | None = None,
    *,
    hubs: bool = True,
    reduce: bool = True,
    start: np.ndarray | None = None,
    build: Callable[..., Model] = build_model,
    kept: Sequence[StageResult] = (),
) -> Solution:
    """Solve a scenario goal by goal, `options.seconds` for all of them together.

    The status is the worst of the stages: `optimal` only if every bound equals its value. `hubs` and `reduce` choose
    the form of the model, not its optimum. `start` (`unit_of` of an earlier plan, [n_households]) is where the first
    goal begins instead of today's state; it need not keep the rules. `build` makes the models, `build_model` unless
    somebody has one already. The first goals, as many as `kept` has results, are not solved: no plan is worse in them
    than these values by more than their slack. They need not be the best values (an epsilon-constraint), so that there
    may be no plan: the status is then `infeasible` too, without anything missing.
    """
    tell = progress or (lambda _: None)
    began = time.perf_counter()
    everybody = any(goal.demands_everybody for stage in stages for goal, _ in stage.goals)
    stays = (situation.unsuitable_home < 0) & situation.keeps_home
    unit_of = np.where(stays, situation.home, -1) if start is None else start
    results: list[StageResult] = list(kept)
    size: dict[str, int] = {}
    building = took = 0.0
    carried = Carried()
    make = partial(build_model, stated={}) if build is build_model else build
    for number, stage in enumerate(stages[len(kept) :], start=len(kept)):
        left = time_left(began, options.seconds)
        if number > len(kept) and left <= took:  # no time for more than the next model, if for that
            if stopping():
                tell("asked to stop: the best plan so far stands")
            results.append(StageResult(stage.name, stage.sense, None, None, "stopped", 0.0))
            continue
        clock = time.perf_counter()
        model = make(situation, rules, stages[: number + 1], hubs=hubs, reduce=reduce, everybody=everybody)
        linear, objective = _with_kept_goals(model, stages, results), model.linear.objectives[-1]
        took = time.perf_counter() - clock
        building += took
        size = max(size, model.size, key=lambda one: one.get("columns", 0))
        tell(f"goal {number + 1} of {len(stages)}: {objective.name} ({linear.shape[1]:,} columns)")
        left = time_left(began, options.seconds)
        seconds = max(left / min(len(stages) - number, MOST_SHARES), 0.1)
        linear, begin = carried.onto(model, linear), as_columns(model, unit_of)
        if everybody and number == 0:
            lacking = surely_missing(model, options, seconds, begin)
            if lacking is not None:
                return Solution("infeasible", None, (), lacking.shortages, size, building)
        carried.memory.more = number + 1 < len(stages)
        outcome = _solve_stage(model, linear, objective, options, seconds, begin, progress, carried.memory,
                               first=number == len(kept))  # fmt: skip
        if outcome.x is None and outcome.status == "infeasible":
            tell("no plan found; asking what is missing")
            left = time_left(began, options.seconds)
            missing = NOT_ASKED if kept else what_is_missing(model, options, max(PATIENCE, left), begin)
            if number == 0 and missing.confirmed:
                return Solution("infeasible", None, (), missing.shortages, size, building, carried.memory.pricing_seconds)
            outcome = solve_one(
                linear, in_units(linear, objective), options, seconds, missing.x, progress, presolve=False
            )
            outcome = _in_its_own_unit(linear, objective, outcome)
        if outcome.x is None:
            if number == len(kept):
                status = outcome.status if kept else "stopped"
                return Solution(status, None, tuple(results), (), size, building, carried.memory.pricing_seconds)
            results.append(
                StageResult(stage.name, stage.sense, None, outcome.bound, "stopped", round(outcome.seconds, 3))
            )
            continue
        unit_of = hand_out(model, outcome.x, options.seed)
        value = float(outcome.value if outcome.value is not None else objective.value(outcome.x))
        value = _with_luck(model, objective, outcome.x, unit_of, value)
        results.append(StageResult(objective.name, objective.sense, value, outcome.bound, outcome.status,
                                   round(outcome.seconds, 3), _slack(linear, objective, value)))  # fmt: skip
        scaled = in_units(linear, objective)
        if number + 1 < len(stages) and any(goal.keeps_rules for goal, _ in stage.goals):
            keeping = _with_kept_goal(linear, scaled, results[-1], number)
            seconds = max(time_left(began, options.seconds) / (len(stages) - number), 0.1)
            carried.narrow(keeping, scaled, options, seconds, outcome.x)
        carried.learn(linear, scaled, value, results[-1].slack, outcome.x)
        del linear, begin, outcome  # the next model is built without them: each is large
    return Solution(worst([result.status for result in results]), unit_of, tuple(results), (), size, building,
                    carried.memory.pricing_seconds)  # fmt: skip


def _solve_stage(
    model: Model, linear: LinearModel, objective: Objective, options: SolveOptions, seconds: float, start: np.ndarray,
    progress: Progress | None, memory: Memory, first: bool,
) -> Outcome:  # fmt: skip
    """One objective; one that nothing can change is optimal as it is."""
    if not objective.cost.any() and not first:
        return Outcome("optimal", start, objective.constant, objective.constant, 0.0)
    scaled = in_units(linear, objective)
    if linear.choices <= SMALL:
        outcome = solve_selected(linear, scaled, options, seconds, start, progress)
        return _in_its_own_unit(linear, objective, outcome)
    began = time.perf_counter()
    least = bound_without_limits(model, objective, linear)
    plan = completed(linear, scaled, start, seconds)
    best = already_best(objective, plan, least) if plan is not None else None
    if best is not None:
        return best
    start, seconds = start if plan is None else plan, max(time_left(began, seconds), 0.1)
    outcome = solve_selected(linear, scaled, options, seconds, start, progress, memory, least / scaled.unit)
    return _in_its_own_unit(linear, objective, replace(outcome, seconds=time.perf_counter() - began))


def _with_luck(model: Model, objective: Objective, x: np.ndarray, unit_of: np.ndarray, value: float) -> float:
    """The value of the plan that was handed out: who comes by a pool may be worth more than the pool says."""
    choices = model.linear.choices
    change = float(objective.cost[:choices] @ (as_columns(model, unit_of)[:choices] - x[:choices]))
    better = change > 0 if objective.sense == "max" else change < 0
    return value + change if better and abs(change) > 1e-9 * max(1.0, abs(value)) else value


def _in_its_own_unit(linear: LinearModel, objective: Objective, outcome: Outcome) -> Outcome:
    """The outcome with value and bound in the goal's unit instead of the solver's."""
    size = in_units(linear, objective).unit
    if size == 1.0:
        return outcome
    value, bound = (None if number is None else number * size for number in (outcome.value, outcome.bound))
    return replace(outcome, value=value, bound=bound)


def _slack(linear: LinearModel, objective: Objective, value: float) -> float:
    """By how much a later goal may worsen a value: a millionth of it, and never as much as the smallest difference."""
    steps, size = step(linear, objective), in_units(linear, objective).unit
    slack = max(KEPT * size, KEPT * abs(value - objective.constant))
    return slack if steps is None else min(0.4 * steps, slack)


def _with_kept_goals(model: Model, stages: Sequence[Stage], results: Sequence[StageResult]) -> LinearModel:
    """The model with a row for the value of every earlier goal, and what follows from knowing them."""
    linear = model.linear
    for number, result in enumerate(results):
        objective = linear.objectives[number]
        if not objective.cost.any() or result.value is None:
            continue
        linear = _with_kept_goal(linear, in_units(linear, objective), result, number)
        linear = _tighten(model, linear, stages[number], result)
    return linear


def _with_kept_goal(linear: LinearModel, scaled: Objective, result: StageResult, number: int) -> LinearModel:
    """The model with a row for the value of one goal, the `number`-th from 0, which is `scaled` as the solver had it."""
    limit, slack = float(result.value or 0.0) / scaled.unit - scaled.constant, result.slack / scaled.unit
    low, high = (limit - slack, np.inf) if scaled.sense == "max" else (-np.inf, limit + slack)
    row = sparse.csr_matrix(scaled.cost[None, :])
    return linear.with_rows(row, np.array([low]), np.array([high]), [f"keep_goal{number + 1}"])


def _tighten(model: Model, linear: LinearModel, stage: Stage, result: StageResult) -> LinearModel:
    """Once the persons placed are known for sure, deviations get the rows that whole numbers allow."""
    persons = _persons_known(model.situation, stage, result)
    if persons is None or (model.situation.unsuitable_home >= 0).any():
        return linear
    for deviation in model.deviations:
        if deviation.everywhere and deviation.whole and np.array_equal(deviation.base, np.round(deviation.base)):
            linear = hull_rows(linear, deviation, persons)
    return linear


def _persons_known(situation: Situation, stage: Stage, result: StageResult) -> int | None:
    """How many persons every plan places that keeps the value of a goal; None where that is not known."""
    goal = stage.goals[0][0]
    if len(stage.goals) > 1 or goal.goal != "place" or not situation.persons.size or result.value is None:
        return None
    priority = situation.households["priority"].to_numpy(dtype=float)
    by_persons = getattr(goal, "what", "") != "households"
    worth = priority * situation.persons if by_persons else priority
    if worth.min() > 0 and worth.sum() - result.value + result.slack < 0.9 * worth.min():
        return int(situation.persons.sum())
    if by_persons and result.status == "optimal" and (priority == 1).all():
        return round(result.value)
    return None
