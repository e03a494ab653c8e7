"""What binds a plan: what one place, seat, percentage point or flat more would bring.

The relaxation of the first goal that houses people says where to look; what it points at is then solved again, from
the plan, with that one limit wider by one. Only the number housed is looked at, no later goal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allocator.goals.base import Stage
from allocator.goals.place import Place
from allocator.model.build import Model, build_model
from allocator.model.linear import LinearModel
from allocator.model.needs import interim
from allocator.model.start import as_columns
from allocator.rules.base import Rule
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.duals import row_values
from allocator.solve.grain import in_units
from allocator.solve.highs import Outcome
from allocator.solve.selection import solve_selected
from allocator.why.flats import Flat, with_flats

__all__ = ["Gain", "Widest", "housing_stage", "what_binds"]

PLACES, STEPS = 3, {"cap": 1.0, "moves": 1.0, "share": 0.01, "spread": 0.01}
"""Places of one rule that are solved again; by how much a whole rule is widened."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Gain:
    """What a limit wider by `step` would bring, in persons (or households) housed, weighted by priority.

    `kind`: `place` (one rule at one place), `rule` (a whole rule), `without` (no such rule at all, for those that know
    no more or less), `seat` (at a facility) or `flat` (one more, of `flat`). `estimate` is of the relaxation (None for
    a whole rule); `gain` is solved again, None where it was not; at most `at_most` is possible, the same as `gain`
    where `exact`.
    """

    kind: str
    rule: str = ""
    place: str = ""
    step: float = 1.0
    flat: Flat | None = None
    estimate: float | None = None
    gain: float | None = None
    at_most: float | None = None
    people: float | None = None
    """What is gained without any weight, in the plan that was found; None where it was not solved."""

    @property
    def estimate_known(self) -> bool:
        """Whether one row of the model stands for it: not so for whole rules."""
        return self.kind not in ("rule", "without")

    @property
    def exact(self) -> bool:
        """Whether the gain is proven."""
        return self.gain is not None and self.at_most is not None and abs(self.at_most - self.gain) < 1e-6


@dataclass(frozen=True)
class Widest:
    """Everything that was tried; `value` is what the plan houses now, `proven` whether no plan could house more."""

    goal: str
    value: float
    proven: bool
    gains: tuple[Gain, ...]


def housing_stage(stages: Sequence[Stage]) -> Stage:
    """The first step that houses people alone; persons where a scenario has none."""
    single = (stage for stage in stages if len(stage.goals) == 1 and stage.goals[0][0].goal == "place")
    first = next(single, None)
    what = getattr(first.goals[0][0], "what", "persons") if first is not None else "persons"
    return Stage(((Place(what="households" if what == "households" else "persons"), 1.0),))


def what_binds(
    situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage], unit_of: np.ndarray,
    options: SolveOptions, seconds: float, tell: Tell = lambda _: None,
) -> Widest:  # fmt: skip
    """Try what could house more, the most promising first, for so many seconds."""
    until = time.perf_counter() + seconds
    stage = housing_stage(stages)
    grown, flats, homes = with_flats(situation, rules, unit_of)
    model = build_model(grown, rules, [stage])
    asked = _Asked(model, grown, flats, homes, options)
    base = asked.solve(asked.linear, max(seconds / 4, 1.0))
    value = float(base.value if base.value is not None else 0.0)
    proven = base.status == "optimal"
    if not (unit_of < 0).any():
        return Widest(stage.name, value, True, ())
    tell("asking the relaxation what would house more")
    worth = row_values(asked.linear, asked.objective, options, max(until - time.perf_counter(), 1.0))
    worth = np.zeros(asked.linear.shape[0]) if worth is None else worth
    gains = [*asked.places(worth), *asked.flats(worth)]
    whole = [Gain("rule" if rule.rule in STEPS else "without", name, step=STEPS.get(rule.rule, 0.0))
             for name, rule in rules.items() if not rule.is_soft]  # fmt: skip
    leaders = _leaders(gains)
    share = max(1, len(leaders) + len(whole))
    told: dict[int, Gain] = {}
    for number, gain in enumerate([*leaders, *whole]):
        left = until - time.perf_counter()
        if left <= 0:
            break
        tell(f"solving again with {_name(gain)}")
        limit = max(left / (share - number), 0.5)
        if gain.estimate_known:
            by, outcome = asked, asked.solve(asked.with_more(gain), limit)
        else:
            by = _wider(situation, rules, stage, gain, unit_of, options)
            outcome = by.solve(by.model.linear, limit)
        told[id(gain)] = replace(_with_gain(gain, outcome, value), people=by.more_people(stage, outcome))
    every = [told.get(id(gain), gain) for gain in [*gains, *whole]]
    every.sort(
        key=lambda one: (-(one.gain if one.gain is not None else -1), -(one.estimate or 0.0), one.rule, one.place)
    )
    return Widest(stage.name, value, proven, tuple(every))


def _leaders(gains: Sequence[Gain]) -> list[Gain]:
    """Of each rule the places, and of each size the flat, of which the relaxation promises most."""
    chosen: list[Gain] = []
    # A price is no promise where several limits meet: of equal ones those where the fewest limits stand in the way.
    ranked = sorted(gains, key=lambda one: (-(one.estimate or 0.0), one.flat.against if one.flat else 0))
    counted: dict[object, int] = {}
    for gain in ranked:
        key = gain.flat.size if gain.flat is not None else (gain.kind, gain.rule)
        most = 1 if gain.flat is not None else PLACES
        if counted.get(key, 0) < most and (gain.flat is not None or (gain.estimate or 0.0) > 1e-6):
            counted[key] = counted.get(key, 0) + 1
            chosen.append(gain)
    return chosen


def _name(gain: Gain) -> str:
    if gain.flat is not None:
        return f"a flat for {gain.flat.size} in {gain.flat.space_id}"
    return f"{gain.rule} wider" + (f" at {gain.place}" if gain.place else "")


def _with_gain(gain: Gain, outcome: Outcome, value: float) -> Gain:
    if outcome.value is None:
        return gain
    most = outcome.bound if outcome.bound is not None else None
    told = max(0.0, float(outcome.value) - value)
    return replace(gain, gain=round(told, 6), at_most=None if most is None else round(max(told, most - value), 6))


def _wider(
    situation: Situation, rules: Mapping[str, Rule], stage: Stage, gain: Gain, unit_of: np.ndarray,
    options: SolveOptions,
) -> _Asked:  # fmt: skip
    """The first goal with a whole rule wider by its step, or without it."""
    others = {name: rule for name, rule in rules.items() if gain.kind == "rule" or name != gain.rule}
    if gain.kind == "rule":
        rule = rules[gain.rule]
        most = rule.at_most + gain.step
        others[gain.rule] = rule.model_copy(
            update={"at_most": min(most, 1.0) if rule.rule in ("share", "spread") else most}
        )
    return _Asked(build_model(situation, others, [stage]), situation, [], unit_of, options)


class _Asked:
    """The model with all flats that could be added, each closed, and the rows that could be wider."""

    def __init__(
        self, model: Model, situation: Situation, flats: Sequence[Flat], unit_of: np.ndarray, options: SolveOptions
    ) -> None:
        self.model, self.unit_of, self.options = model, unit_of, options
        self.row_of_flat: dict[str, int] = {}
        self.flats_added = flats
        self.linear = self._closed(situation, flats) if flats else model.linear
        self.objective = in_units(self.linear, self.linear.objectives[-1])

    def _closed(self, situation: Situation, flats: Sequence[Flat]) -> LinearModel:
        """The model in which no added flat takes anybody."""
        units = self.model.columns.units
        ids = situation.city.units["unit_id"].to_numpy(dtype=object)
        added = np.isin(ids, [flat.unit_id for flat in flats])
        real = np.bincount(units.of[~added], minlength=len(units)).astype(float)
        ordinary = np.flatnonzero(~situation.shared[units.first])
        block = next(block for block in self.model.linear.blocks if block.name == "one_household")
        high = self.model.linear.high.copy()
        high[block.rows] = real[ordinary]
        row_of_class = {int(one): block.rows.start + row for row, one in enumerate(ordinary.tolist())}
        position = {name: number for number, name in enumerate(ids.tolist())}
        self.row_of_flat = {flat.unit_id: row_of_class[int(units.of[position[flat.unit_id]])] for flat in flats}
        return replace(self.model.linear, high=high)

    def solve(self, linear: LinearModel, seconds: float) -> Outcome:
        """The goal over a model, from the plan; value and bound in the goal's own unit."""
        start = as_columns(self.model, self.unit_of)
        outcome = solve_selected(linear, self.objective, self.options, seconds, start)
        size = self.objective.unit
        told = {name: None if (one := getattr(outcome, name)) is None else one * size for name in ("value", "bound")}
        return replace(outcome, **told)

    def more_people(self, stage: Stage, outcome: Outcome) -> float | None:
        """How many persons, or households, the outcome's plan houses more than the plan at hand; None without one."""
        if outcome.x is None:
            return None
        columns, situation = self.model.columns, self.model.situation
        household, unit = columns.kinds.first[columns.kind], columns.units.first[columns.unit]
        each = np.ones(len(situation.persons)) if "households" in stage.name else situation.persons
        weight = np.where(interim(situation, household, unit), 0.0, each[household])
        placed = np.flatnonzero(self.unit_of >= 0)
        return round(float(weight @ outcome.x[: columns.kind.size]) - float(each[placed].sum()), 6)

    def with_more(self, gain: Gain) -> LinearModel:
        """The model with one row wider by one."""
        high = self.linear.high.copy()
        high[self._row(gain)] += gain.step
        return replace(self.linear, high=high)

    def _row(self, gain: Gain) -> int:
        return (
            self.row_of_flat[gain.flat.unit_id]
            if gain.flat is not None
            else self.rows[gain.kind, gain.rule, gain.place]
        )

    def places(self, worth: np.ndarray) -> list[Gain]:
        """Every place of a hard rule, and every facility with seats, with what the relaxation says."""
        self.rows: dict[tuple[str, str, str], int] = {}
        for block in self.model.linear.blocks:
            seats = block.name.startswith("full_")
            if not block.rule or not (block.elastic or seats) or not block.labels:
                continue
            for row, label in zip(range(block.rows.start, block.rows.stop), block.labels, strict=True):
                self.rows["seat" if seats else "place", block.rule, label] = row
        return [Gain(kind, rule, place, estimate=float(worth[row])) for (kind, rule, place), row in self.rows.items()]

    def flats(self, worth: np.ndarray) -> list[Gain]:
        """Every flat that could be added, with what the relaxation says."""
        return [Gain("flat", place=flat.space_id, flat=flat, estimate=float(worth[self.row_of_flat[flat.unit_id]]))
                for flat in self.flats_added]  # fmt: skip
