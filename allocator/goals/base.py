"""What every goal is: parameters, its value as primitives, its recount, its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, ClassVar, Literal

from allocator.errors import Findings
from allocator.ledger import Ledger
from allocator.rules.base import Parameters
from allocator.rules.primitives import Deviate, Distance, Opening, Price
from allocator.rules.situation import Situation

__all__ = ["Goal", "Stage"]


class Goal(Parameters):
    """One preference. Subclasses add their parameters and say what they mean."""

    sentence: ClassVar[dict[str, str]]
    example: ClassVar[Mapping[str, Any]] = {}
    """Parameters of an example, as a scenario says them; those that are left out have their defaults."""
    formula: ClassVar[str]
    source: ClassVar[str | dict[str, str]]
    """Where it comes from: in words by language, or a citation as it stands."""
    unit: ClassVar[dict[str, str]]
    sense: ClassVar[Literal["max", "min"]]
    measure: ClassVar[dict[str, str] | None] = None
    """In what a difference is told in a sentence, where the unit alone says too little."""
    shorthand: ClassVar[str] = ""
    """The parameter that a bare value stands for: `place: persons` is `place: {what: persons}`."""
    keeps_rules: ClassVar[bool] = False
    """True for the goal whose value is the weighted excess of the soft rules."""
    file_parameter: ClassVar[str] = ""
    """The parameter that names a file, as seen from the file that says it; empty for goals that read none."""

    goal: str

    @classmethod
    def told_in(cls, language: Literal["en", "de"]) -> str:
        """In what a difference of the goal is told in a sentence."""
        return (cls.measure or cls.unit)[language]

    @property
    def demands_everybody(self) -> bool:
        """True if a plan that leaves somebody without a place is no plan."""
        return False

    def with_file(self, path: Path, situation: Situation | None, findings: Findings) -> Goal:  # noqa: ARG002
        """The goal with what its file says, and findings for what is wrong in it; `situation` None compares no ids."""
        raise TypeError(f"{type(self).__name__} reads no file")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Add findings where the parameters do not suit the city."""

    def value(self, situation: Situation) -> Sequence[Price | Opening | Deviate | Distance]:  # noqa: ARG002
        """The value of a plan as a sum of primitives."""
        raise TypeError(f"{type(self).__name__} does not say this of itself")

    def recount(self, ledger: Ledger) -> float:  # noqa: ARG002
        """The value counted again from plain tables, sharing nothing with `value`."""
        raise TypeError(f"{type(self).__name__} does not say this of itself")


@dataclass(frozen=True)
class Stage:
    """One step of the goals: one goal, or several with weights.

    A weighted step minimises Σ weight · value, with the sign turned for goals that are to be large.
    """

    goals: tuple[tuple[Goal, float], ...]

    @property
    def sense(self) -> Literal["max", "min"]:
        """`max` only for a single goal that is to be large."""
        return self.goals[0][0].sense if len(self.goals) == 1 else "min"

    @property
    def name(self) -> str:
        """The name under which results report it: `place: persons`, `rent`, `weighted: walk, rent`."""
        if len(self.goals) == 1:
            return goal_name(self.goals[0][0])
        return "weighted: " + ", ".join(goal_name(goal) for goal, _ in self.goals)

    def signs(self) -> list[float]:
        """The factor of each goal's value in the value of the step."""
        if len(self.goals) == 1:
            return [1.0]
        return [weight if goal.sense == "min" else -weight for goal, weight in self.goals]


def goal_name(goal: Goal) -> str:
    """`place: persons`, `spread: districts`, `rent`; of a file its name, wherever it lies: `score: points.csv`."""
    told: dict[str, Any] = goal.model_dump(exclude={"goal"}, exclude_none=True)
    if goal.file_parameter:
        told[goal.file_parameter] = PureWindowsPath(told[goal.file_parameter]).name
    first = next((value for value in told.values() if isinstance(value, str)), "")
    return f"{goal.goal}: {first}" if first else goal.goal
