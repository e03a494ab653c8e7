"""One objective solved by HiGHS, in process; status, bound and gap are read from HiGHS itself.

Tolerances are absolute: hand objectives over in sizes near one (`in_units`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np

from allocator.errors import SolverError
from allocator.model.linear import LinearModel, Objective
from allocator.proof import relative_gap
from allocator.scenario.solving import SolveOptions
from allocator.solve.arrays import pass_arrays
from allocator.solve.grain import bound_of_plans
from allocator.solve.heard import run, stopping
from allocator.solve.settings import INSIDE, set_up
from allocator.solve.through_pulp import to_pulp

__all__ = ["TIGHT", "Outcome", "solve_one"]

Progress = Callable[[str], None]
TIGHT = 1e-9
"""Relative distance of value and bound that is none."""
EVERY = 5.0
"""Seconds between two lines of progress, at least."""
PAST_PULP = 15_000
"""Columns from which on a programme is handed over as arrays: PuLP keeps an object for each, and each of its terms."""


@dataclass(frozen=True)
class Outcome:
    """What came of one objective.

    `x` is None where no plan was found. `status` is `optimal` (bound and value agree), `within_gap`, `stopped` or
    `infeasible`. `bound` holds for the whole model as it was handed over; None where the solver has none.
    """

    status: str
    x: np.ndarray | None
    value: float | None
    bound: float | None
    seconds: float

    @property
    def gap(self) -> float | None:
        """Relative distance of value and bound; None where either is unknown."""
        return relative_gap(self.value, self.bound)


def solve_one(
    linear: LinearModel,
    objective: Objective,
    options: SolveOptions,
    seconds: float,
    start: np.ndarray | None = None,
    progress: Progress | None = None,
    presolve: bool = True,
    target: float | None = None,
    limit: float | None = None,
) -> Outcome:
    """Minimise or maximise one objective over the model, at most `seconds` long, from the plan `start` if given.

    Columns that are NaN in `start` are completed by the solver. A plan as good as `target`, in the sense of minimisation,
    is good enough: the run ends with it. A plan that is no better than `limit` is none: with a limit the model may be
    `infeasible` for that reason, and there is no bound.
    """
    began = time.perf_counter()
    if linear.shape[1] == 0:
        outcome = _nothing_to_decide(linear, objective)
        return outcome if limit is None else _better(outcome, objective.sign, limit, highspy.HighsModelStatus.kOptimal)
    if stopping():
        return Outcome("stopped", None, None, None, 0.0)
    highs = highspy.Highs()
    set_up(highs, options, seconds, presolve)
    if target is not None:
        highs.setOptionValue("objective_target", float(target))
    if limit is not None:
        highs.setOptionValue("objective_bound", float(limit))  # what is no better is cut off from the search
    sign = objective.sign
    if linear.shape[1] > INSIDE:
        highs.setOptionValue("mip_lp_solver", "ipx")
    if linear.shape[1] > PAST_PULP:
        everything = np.arange(linear.shape[1])
        pass_arrays(highs, linear, sign * objective.cost, everything, whole=True, constant=sign * objective.constant)
    else:
        to_pulp(linear, objective).hand_over(highs)
    if start is not None:
        known = np.flatnonzero(~np.isnan(start))
        highs.setSolution(known.size, known.astype(np.int32), start[known])
    run(highs, None if progress is None else _report(objective, sign, progress, began))
    outcome = _outcome(highs, linear, objective, sign, options.gap, time.perf_counter() - began)
    return outcome if limit is None else _better(outcome, sign, limit, highs.getModelStatus())


def _better(outcome: Outcome, sign: float, limit: float, status: highspy.HighsModelStatus) -> Outcome:
    """The outcome of a search that a limit cut short: HiGHS may hand out a plan that is no better, and calls it optimal."""
    if outcome.value is not None and sign * outcome.value < limit:
        return replace(outcome, bound=None)
    ended = status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    return replace(outcome, x=None, value=None, bound=None, status="infeasible" if ended else "stopped")


def _nothing_to_decide(linear: LinearModel, objective: Objective) -> Outcome:
    """A model without columns: the one plan there is, if it keeps the rows."""
    if ((linear.low > 1e-9) | (linear.high < -1e-9)).any():
        return Outcome("infeasible", None, None, None, 0.0)
    return Outcome("optimal", np.zeros(0), objective.constant, objective.constant, 0.0)


def _outcome(
    highs: highspy.Highs, linear: LinearModel, objective: Objective, sign: float, gap: float, seconds: float
) -> Outcome:
    """Read what HiGHS found."""
    status, info = highs.getModelStatus(), highs.getInfo()
    states = highspy.HighsModelStatus
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return Outcome("infeasible", None, None, None, seconds)
    if status in (states.kLoadError, states.kModelError, states.kSolveError, states.kUnbounded, states.kUnknown):
        raise SolverError(f"HiGHS ended with '{highs.modelStatusToString(status)}' on {objective.name}")
    whole = bool(linear.integer.any())
    bound = sign * (info.mip_dual_bound if whole else info.objective_function_value)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Outcome("stopped", None, None, bound if np.isfinite(bound) else None, seconds)
    x = np.asarray(highs.getSolution().col_value)[: linear.shape[1]]
    x = np.where(linear.integer, np.rint(x), x)
    if status != states.kOptimal or gap > 0:
        x = _settled(highs, linear, objective, x)
    value = objective.value(x)
    if not np.isfinite(bound):
        return Outcome("stopped", x, value, None, seconds)
    bound = sign * bound_of_plans(linear, objective, sign * bound)
    distance, size = abs(value - bound), max(abs(value), abs(bound))
    if sign * (value - bound) <= 1e-6 or distance <= TIGHT * size:
        return Outcome("optimal", x, value, value, seconds)
    if status == states.kOptimal and distance <= max(gap, TIGHT) * size * (1 + 1e-6):
        return Outcome("within_gap" if gap > 0 else "optimal", x, value, bound, seconds)
    return Outcome("stopped", x, value, bound, seconds)


def _settled(highs: highspy.Highs, linear: LinearModel, objective: Objective, x: np.ndarray) -> np.ndarray:
    """The same plan with everything that follows from it as good as it can be.

    A run that ends early may leave distances and excess larger than the plan's own.
    """
    if not ((objective.cost != 0) & ~linear.integer).any() or not linear.integer.any():
        return x
    whole = np.flatnonzero(linear.integer).astype(np.int32)
    highs.changeColsBounds(whole.size, whole, x[whole], x[whole])
    highs.changeColsIntegrality(whole.size, whole, np.zeros(whole.size, dtype=np.uint8))
    highs.setOptionValue("time_limit", highspy.kHighsInf)
    run(highs, to_the_end=True)
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return x
    settled = np.asarray(highs.getSolution().col_value)[: linear.shape[1]]
    return np.where(linear.integer, x, settled)


def _report(objective: Objective, sign: float, progress: Progress, began: float) -> Callable[[Any], None]:
    """What tells value, bound and gap every few seconds."""
    last = [began]

    def told(out: Any) -> None:
        now = time.perf_counter()
        if now - last[0] < EVERY:
            return
        last[0] = now
        value, bound = sign * out.mip_primal_bound * objective.unit, sign * out.mip_dual_bound * objective.unit
        found = abs(out.mip_primal_bound) < 1e29
        gap = relative_gap(value, bound) if found else None
        shown = f"{value:,.6g}" if found else "no plan yet"
        tail = f", gap {gap:.2%}" if gap is not None else ""
        progress(f"  {objective.name}: {shown}, bound {bound:,.6g}{tail}, {now - began:.0f} s")

    return told
