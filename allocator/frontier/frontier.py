"""A whole trade-off: curves of verified plans, knees, and the plans to compare them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from allocator.frontier.knees import knees
from allocator.frontier.named import Question
from allocator.frontier.plans import Valued, first_come, today, valued
from allocator.frontier.solving import Solved, solve_curves
from allocator.frontier.words import WORDS
from allocator.goals import Stage
from allocator.report.numbers import Language
from allocator.scenario import Scenario
from allocator.solve.stages import StageResult
from allocator.wording import in_language

__all__ = ["Frontier", "Place", "make_frontier"]


@dataclass(frozen=True)
class Place:
    """One point: its number (from 1, through all curves), the curve it lies on, its plan, and whether it is a knee."""

    number: int
    curve: int
    solved: Solved
    told: Valued
    knee: bool


@dataclass(frozen=True)
class Frontier:
    """Everything that the pages tell. `stages` are the goals before and the named ones; values stand in their order.

    `levels` has for each curve the value at which a third goal is kept (None: free), `complete` whether it holds every
    non-dominated plan. `today` and `first_come` are there to compare with; they may break rules or house fewer.
    """

    scenario: Scenario
    asked: Question
    before: tuple[StageResult, ...]
    places: tuple[Place, ...]
    levels: tuple[float | None, ...]
    complete: tuple[bool, ...]
    today: Valued
    first_come: Valued

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The goals in whose order values stand."""
        return (*self.asked.before, *self.asked.named)

    def value(self, told: Valued, named: int) -> float:
        """The value of a named goal (0, 1 or 2) in a plan."""
        return told.values[len(self.asked.before) + named]

    @property
    def status(self) -> str:
        """`stopped` if a point is, or a goal before; `optimal` or `within_gap` else."""
        found = {place.solved.status for place in self.places} | {result.status for result in self.before}
        return next((one for one in ("stopped", "within_gap") if one in found), "optimal")


def make_frontier(
    scenario: Scenario, asked: Question, points: int = 10, levels: int = 3, language: Language = "en",
    tell: Callable[[str], None] = lambda _: None,
) -> Frontier:  # fmt: skip
    """Solve, verify and value every point. Raises InfeasibleError, SolverError, VerificationError."""
    before, curves = solve_curves(scenario, asked, points, levels, tell)
    words, stages = WORDS[language], (*asked.before, *asked.named)
    places: list[Place] = []
    tell("recounting every point from the input")
    for number, curve in enumerate(curves):
        found = curve.traced.points
        marked = set(knees([(point.a, point.b) for point in found]))
        for position, point in enumerate(found):
            name = in_language(scenario.title or scenario.name, language)
            title = f"{name}: {words['point'].format(n=len(places) + 1)}"
            told = valued(scenario, stages, point.plan.unit_of, language, title, point.plan)
            places.append(Place(len(places) + 1, number, point.plan, told, position in marked))
    return Frontier(
        scenario, asked, tuple(before), tuple(places), tuple(curve.level for curve in curves),
        tuple(curve.traced.complete for curve in curves),
        today(scenario, stages, language, words["today"]), first_come(scenario, stages, language, words["first_come"]),
    )  # fmt: skip
