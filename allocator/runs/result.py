"""The schema of `result.json`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Result"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Count(_Part):
    """Households and their persons."""

    households: int
    persons: int


class GoalResult(_Part):
    """One goal: value of the plan, the bound that the solver proved for the whole model, and their distance."""

    goal: str
    sense: Literal["max", "min"]
    value: float
    bound: float | None
    gap: float | None = Field(description="Relative distance of value and bound; null where the solver has no bound.")
    status: Literal["optimal", "within_gap", "stopped"]
    seconds: float


class RuleResult(_Part):
    """One rule as the recount found it."""

    name: str
    rule: str
    hard: bool
    weight: float | None
    unit: str = Field(description="In what the excess is counted, in the language of the run.")
    breaches: int = Field(
        description="Places where the plan adds excess over the limit and over today's excess; of only, fit, reach and "
        "together the households placed against the rule, of seats the children without one."
    )
    excess: float
    tight: int = Field(description="Places where not even one more would be allowed.")
    places: int
    excess_today: float = Field(description="What today's state is over the limit; it may not grow and is no breach.")


class MoveResult(_Part):
    """One household that changes its unit, or that moves into what another one leaves."""

    household_id: str
    persons: int
    home: str = Field(alias="from", description="The unit where it lives today; empty for none.")
    unit: str = Field(alias="to", description="The unit that the plan gives it.")
    chain: int = Field(ge=1, description="Moves of one number hang together: one needs what another leaves.")
    step: int = Field(ge=1, description="Order within the chain; moves of one step can only happen together.")


class GoalCost(_Part):
    """What a goal would be without a decision."""

    goal: str
    with_it: float
    without: float


class DecisionResult(_Part):
    """One decision of a person that stands, and what it costs where that was asked (`allocator replan`)."""

    number: int
    time: str
    kind: Literal["pin", "move", "forbid"]
    household_id: str
    level: Literal["unit", "building", "social_space"]
    place: str
    reason: str
    by: str
    even_if: bool
    breaks: list[str] = Field(description="What was broken knowingly, with the numbers.")
    persons_without: int | None = Field(None, description="Persons placed in a plan without this decision.")
    goals_without: list[GoalCost] | None = None


class Distances(_Part):
    """How distances were measured. All but `on` is said of streets alone."""

    on: Literal["streets", "straight"]
    network_metres: float | None = Field(None, description="Metres of streets on which ways are looked for.")
    cut_off_metres: float | None = Field(None, description="Metres of streets left out: not connected to the others.")
    cut_off_pieces: int | None = None
    crossings_apart: int | None = Field(None, description="Pairs of lines that cross without meeting.")
    far_metres: float | None = Field(None, description="From how many metres to a street a place is counted as far.")
    farthest_buildings: float | None = Field(None, description="Metres to a street, at most, of buildings with units.")
    farthest_facilities: float | None = Field(None, description="The same of facilities.")
    far_buildings: int | None = None
    far_facilities: int | None = None


class Input(_Part):
    """One file that was read; `file` is relative to the run's folder where possible."""

    file: str
    sha256: str
    bytes: int


class ScenarioFile(_Part):
    """The scenario file and what the command line changed in it."""

    name: str
    file: str
    overrides: list[str]


class Result(_Part):
    """Everything that a run found out; the same numbers stand in the map and in the report."""

    format: Literal[1] = 1
    title: str
    city: str
    scenario: ScenarioFile
    language: Literal["de", "en"]
    status: Literal["optimal", "within_gap", "stopped", "infeasible"]
    sentence: str
    placed: Count
    unplaced: Count
    goals: list[GoalResult]
    rules: list[RuleResult]
    moves: list[MoveResult] = Field(
        description="Who moves from unit to unit, and who into what they leave; in an order that can be carried out."
    )
    decisions: list[DecisionResult] = Field(description="What persons decided; see `allocator decisions`.")
    indicators: dict[str, Any] = Field(description="What each is: `allocator indicators`; null is undefined.")
    distances: Distances
    missing: list[str] = Field(description="What is missing, in rule words, where no plan keeps all hard rules.")
    notes: list[str]
    sources: list[dict[str, str]]
    synthetic: list[str]
    inputs: list[Input]
    versions: dict[str, str]
    solver: str
    seed: int
    gap: float
    seconds: float
    phases: dict[str, float]
    model: dict[str, int]
    peak_memory_mb: float
    created: str
