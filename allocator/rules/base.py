"""What every rule is: parameters, its limit as primitives, its recount, its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from allocator.errors import Findings
from allocator.ledger import Ledger
from allocator.rules.primitives import Primitive
from allocator.rules.situation import Situation

__all__ = ["Parameters", "Rule", "Tally", "source_by_language"]


@dataclass(frozen=True)
class Tally:
    """The recount of one rule at one place.

    `today` and `after` count what the rule counts, before and after the plan; `limit` is what the rule allows there;
    `allowance` is today's excess over it, which may not grow; `excess` is what is over both.
    """

    place: str
    today: float
    after: float
    limit: float
    allowance: float = 0.0
    fills_up: bool = True
    """False for rules on pairs of household and unit, whose limit is nobody and is never "full"."""
    cases: int = 1
    """How many break the rule here if anybody does: households or children where it is on each of them, else one."""

    @property
    def excess(self) -> float:
        """What the plan adds over the limit and over today's excess."""
        over = self.after - self.limit - self.allowance
        return over if over > 1e-6 else 0.0

    @property
    def breaches(self) -> int:
        """How often the plan breaks the rule here: 0 without excess."""
        return self.cases if self.excess > 0 else 0

    @property
    def tight(self) -> bool:
        """True where not even a whole further one of what is counted would be allowed."""
        return self.fills_up and self.after - self.limit - self.allowance > -1 + 1e-6


class Parameters(BaseModel):
    """Base of everything a scenario file may say: unknown keys are refused, values are not bent to fit."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rule(Parameters):
    """One limit. Subclasses add their parameters and say what they mean.

    Hard without `soft`; with `soft: w` the excess is allowed and each unit of it costs w in `keep: rules`.
    """

    sentence: ClassVar[dict[str, str]]
    """What the rule says, in one sentence, by language."""
    example: ClassVar[Mapping[str, Any]] = {}
    """Parameters of an example, as a scenario says them; those that are left out have their defaults."""
    formula: ClassVar[str]
    source: ClassVar[str | dict[str, str]]
    """Where it comes from: in words by language, or a citation as it stands."""
    excess_unit: ClassVar[dict[str, str]]
    """In what the excess is counted, by language."""

    rule: str
    soft: float | None = Field(None, ge=0, allow_inf_nan=False, description="Weight of a unit of excess; null is hard.")

    @property
    def is_soft(self) -> bool:
        """True if excess is allowed and paid for."""
        return self.soft is not None

    @property
    def told(self) -> dict[str, str]:
        """The sentence that suits these parameters, by language."""
        return self.sentence

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """Add findings where the parameters do not suit the city (unknown columns, labels, kinds)."""

    def limits(self, situation: Situation) -> Sequence[Primitive]:  # noqa: ARG002 - every rule has its own
        """The rule as primitives. A soft rule gives soft counts, or a price that is its excess."""
        raise TypeError(f"{type(self).__name__} does not say this of itself")

    def recount(self, ledger: Ledger) -> Iterable[Tally]:  # noqa: ARG002 - every rule has its own
        """The rule counted again at every place, from plain tables, sharing nothing with `limits`."""
        raise TypeError(f"{type(self).__name__} does not say this of itself")


def source_by_language(source: str | Mapping[str, str]) -> dict[str, str]:
    """The source of a rule or goal in German and English; a citation is the same in both."""
    return {"de": source, "en": source} if isinstance(source, str) else dict(source)
