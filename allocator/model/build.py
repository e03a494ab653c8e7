"""From a situation, rules and goals to a linear model: collect the primitives, find classes, write columns and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from allocator.goals.base import Goal, Stage
from allocator.model.columns import Columns, make_columns
from allocator.model.distances import add_distances
from allocator.model.linear import LinearModel, Objective, RowBuilder
from allocator.model.links import add_links
from allocator.model.names import Names, label, row_label, unique
from allocator.model.needs import needs, places_in_shared_units
from allocator.model.pairs import PairColumns, add_pairs, named_pairs
from allocator.model.pools import Worth
from allocator.model.reduce import binding
from allocator.model.rows import Deviation, Terms, add_count, add_deviation, add_flow, add_opening, add_supply
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Deviate, Distance, Flow, Forbid, Link, Opening, Price, Primitive
from allocator.rules.situation import Situation

__all__ = ["Model", "build_model"]


@dataclass(frozen=True)
class Model:
    """The linear model with what is needed to read a solution as an allocation."""

    situation: Situation
    columns: Columns
    linear: LinearModel
    deviations: tuple[Deviation, ...]
    weights: dict[str, float]
    """Weight of each soft rule by name."""
    excess: dict[str, np.ndarray]
    """Coefficients [n_columns] of each soft rule's excess."""
    pairs: PairColumns = field(default_factory=PairColumns)
    """Named households in named units that are to stay together."""

    @property
    def size(self) -> dict[str, int]:
        """Rows, columns and classes, beside what one variable per household and unit would need."""
        rows, columns = self.linear.shape
        return {
            "rows": rows,
            "columns": columns,
            "entries": int(self.linear.matrix.nnz),
            "household_classes": len(self.columns.classes),
            "unit_classes": len(self.columns.units),
            "household_unit_pairs": len(self.situation.persons) * len(self.situation.shared),
        }


def build_model(
    situation: Situation,
    rules: Mapping[str, Rule],
    stages: Sequence[Stage],
    *,
    hubs: bool = True,
    reduce: bool = True,
    everybody: bool = False,
    stated: dict[int, tuple[Rule | Goal, list[Primitive]]] | None = None,
) -> Model:
    """The model of a scenario.

    `everybody` demands a place for each household, as `place: all` among the stages does. `hubs=False` and
    `reduce=False` give a plainer, larger model with the same optimum. `stated` keeps what rules and goals say of this
    situation, for further models of it in the same form.
    """
    stated = {} if stated is None else stated
    limits = {name: _once(stated, rule, partial(_limits, rule, situation, reduce)) for name, rule in rules.items()}
    values = [[_once(stated, goal, partial(goal.value, situation)) for goal, _ in stage.goals] for stage in stages]
    everything = [p for some in limits.values() for p in some] + [p for stage in values for some in stage for p in some]
    shared = places_in_shared_units(situation)
    forbids = [needs(situation), *(p for p in everything if isinstance(p, Forbid))]
    named = _named(stages, values, len(situation.persons))
    apart = {id(price) for price in named}
    others: list[Primitive] = [
        shared, *(p for p in everything if not isinstance(p, Forbid) and id(p) not in apart)
    ]  # fmt: skip
    everybody = everybody or any(goal.demands_everybody for stage in stages for goal, _ in stage.goals)
    worths = [Worth(p, 1.0) for some in limits.values() for p in some if isinstance(p, Price)]
    worths += [worth for stage, own in zip(stages, values, strict=True) for worth in _worths(stage, own, apart)]
    columns = make_columns(situation, forbids, others, drop_interim=everybody, hubs=hubs, worths=worths)

    builder = RowBuilder()
    _add_columns(builder, columns)
    add_supply(builder, columns)
    if everybody:
        _demand_everybody(builder)
    add_count(builder, columns, "places", shared)
    pairs = add_pairs(builder, columns, named)
    deviations: list[Deviation] = []
    excess = {
        name: _add_rule(builder, columns, name, rules[name], primitives, deviations)
        for name, primitives in limits.items()
    }
    weights = {name: float(rule.soft) for name, rule in rules.items() if rule.soft is not None}
    stage_terms = [
        _add_stage(builder, columns, stage, primitives, excess, weights, deviations, f"goal{number}", pairs, apart)
        for number, (stage, primitives) in enumerate(zip(stages, values, strict=True), start=1)
    ]
    builder.row_names = unique(builder.row_names)
    n_columns = builder.n_columns
    objectives = [
        Objective(stage.name, stage.sense, terms.vector(n_columns))
        for stage, terms in zip(stages, stage_terms, strict=True)
    ]
    soft = {name: terms.vector(n_columns) for name, terms in excess.items() if name in weights}
    linear = replace(builder.finish(objectives, choices=columns.choices), cells=columns.cell_of_choice)
    return Model(situation, columns, linear, tuple(deviations), weights, soft, pairs)


def _named(stages: Sequence[Stage], values: Sequence[Sequence[Sequence[Primitive]]], households: int) -> list[Price]:
    """The prices of goals that are stated by their pairs, and so tell nobody else apart."""
    return [
        price for stage, goals in zip(stages, values, strict=True)
        for (goal, weight), own in zip(stage.goals, goals, strict=True)
        for price in own
        if isinstance(price, Price) and goal.sense == "max" and weight > 0 and named_pairs(price, households)
    ]  # fmt: skip


def _worths(stage: Stage, values: Sequence[Sequence[Primitive]], apart: set[int]) -> list[Worth]:
    """The prices of a stage, each with the sense in which its plans are better."""
    sense = 1.0 if stage.sense == "min" else -1.0
    return [
        Worth(price, sense * sign) for sign, own in zip(stage.signs(), values, strict=True)
        for price in own if isinstance(price, Price) and id(price) not in apart
    ]  # fmt: skip


def _once(
    stated: dict[int, tuple[Rule | Goal, list[Primitive]]], asked: Rule | Goal, state: Callable[[], Iterable[Primitive]]
) -> list[Primitive]:
    """What a rule or goal has stated before, else what it states now; it is kept beside, so that its id stays its own."""
    if id(asked) not in stated:
        stated[id(asked)] = (asked, list(state()))
    return stated[id(asked)][1]


def _limits(rule: Rule, situation: Situation, reduce: bool) -> list[Primitive]:
    """The primitives of a rule, without rows that cannot bind."""
    limits = [
        binding(situation, limit) if reduce and isinstance(limit, Count) else limit for limit in rule.limits(situation)
    ]
    return [limit for limit in limits if limit is not None]


def _add_columns(builder: RowBuilder, columns: Columns) -> None:
    """Place columns, then flow columns, in the order that `Columns` promises."""
    situation = columns.situation
    ids, unit_ids = situation.households["household_id"], situation.city.units["unit_id"]
    flows = columns.flows
    own = flows.of_class >= 0

    def places(chosen: np.ndarray) -> list[str]:
        households = _labels(ids, columns.kinds.first[columns.kind[chosen]])
        units = _labels(unit_ids, columns.units.first[columns.unit[chosen]])
        return [f"place({household},{unit})" for household, unit in zip(households, units, strict=True)]

    def ways(chosen: np.ndarray) -> list[str]:
        words, cells = np.where(own[chosen], "flow", "pool").tolist(), flows.cell[chosen].tolist()
        households = _labels(ids, flows.household[chosen])
        return [f"{word}({household},{cell})" for word, household, cell in zip(words, households, cells, strict=True)]

    builder.add_columns(Names(columns.kind.size, places), columns.upper, integer=True)
    most = np.where(own, columns.classes.size[flows.of_class], flows.pools.size[flows.of_pool])
    builder.add_columns(Names(flows.cell.size, ways), most, integer=True)


def _labels(ids: pd.Series, positions: np.ndarray) -> Iterator[str]:
    """The labels of the ids at these positions [n], each of which is made once."""
    found, place = np.unique(positions, return_inverse=True)
    labels = [label(name) for name in ids.iloc[found]]
    return (labels[one] for one in place.tolist())


def _demand_everybody(builder: RowBuilder) -> None:
    """Turn every `one_unit` row into an equation."""
    for number, block in enumerate(builder.blocks):
        if block.households is not None:
            builder.low[number] = builder.high[number]


def _add_rule(
    builder: RowBuilder, columns: Columns, name: str, rule: Rule, primitives: Sequence[Primitive],
    deviations: list[Deviation],
) -> Terms:  # fmt: skip
    """The rows of one rule; the terms of its excess if it is soft."""
    terms = Terms()
    row_name = row_label(name)
    builder.rule = name
    for primitive in primitives:
        if isinstance(primitive, Count):
            terms.add(add_count(builder, columns, row_name, primitive), 1.0)
        elif isinstance(primitive, Price) and primitive.at_most is None:
            terms.add(*columns.costs(primitive, placed_only=False))
        elif isinstance(primitive, Price):
            terms.add(_bound_price(builder, columns, row_name, primitive), 1.0)
        elif isinstance(primitive, Link):
            terms.add(*add_links(builder, columns, row_name, primitive))
        elif isinstance(primitive, Flow):
            terms.add(add_flow(builder, columns, row_name, primitive), 1.0)
        elif isinstance(primitive, Deviate):
            terms.add(_bound_deviation(builder, columns, row_name, primitive, deviations), 1.0)
        elif not isinstance(primitive, Forbid):
            raise TypeError(f"rule {name} ({rule.rule}) uses {type(primitive).__name__}, which limits nothing")
    builder.rule = ""
    return terms


def _bound_price(builder: RowBuilder, columns: Columns, name: str, price: Price) -> np.ndarray:
    """Σ cost · x ≤ at most, plus its excess if soft."""
    column, cost = columns.costs(price, placed_only=False)
    terms = [(np.zeros(column.size, dtype=int), column, cost)]
    excess = np.zeros(0, dtype=int)
    if price.soft:
        most = float(np.abs(cost).sum() * max(1.0, columns.upper.max(initial=1.0)))
        excess = builder.add_columns([f"excess_{name}"], most, integer=False)
        terms.append((np.zeros(1, dtype=int), excess, -1.0))
    builder.add_rows(name, [""], -np.inf, float(price.at_most or 0), *terms, elastic=not price.soft)
    return excess


def _bound_deviation(
    builder: RowBuilder, columns: Columns, name: str, deviate: Deviate, deviations: list[Deviation]
) -> np.ndarray:
    """½ Σ distance - at_most · (base total + total) ≤ allowance, plus its excess if soft."""
    deviation = add_deviation(builder, columns, name, deviate)
    deviations.append(deviation)
    zero = np.zeros(deviation.distance.size, dtype=int)
    terms = [(zero, deviation.distance, 0.5), (zero[:1], np.array([deviation.total]), -float(deviate.at_most or 0))]
    excess = np.zeros(0, dtype=int)
    if deviate.soft:
        most = float(deviate.weight.sum() + deviate.base.sum()) * len(deviate.labels)
        excess = builder.add_columns([f"excess_{name}"], most, integer=False)
        terms.append((np.zeros(1, dtype=int), excess, -1.0))
    limit = deviate.allowance + float(deviate.at_most or 0) * deviate.base.sum()
    builder.add_rows(name, [""], -np.inf, limit, *terms, elastic=not deviate.soft)
    return excess


def _add_stage(
    builder: RowBuilder, columns: Columns, stage: Stage, primitives: Sequence[Sequence[Primitive]],
    excess: dict[str, Terms], weights: dict[str, float], deviations: list[Deviation], name: str,
    pairs: PairColumns, apart: set[int],
) -> Terms:  # fmt: skip
    """The objective of one stage, with the columns and rows that its goals need."""
    terms = Terms()
    for (goal, _), sign, own in zip(stage.goals, stage.signs(), primitives, strict=True):
        for primitive in own:
            if isinstance(primitive, Price) and id(primitive) in apart:
                column, value = pairs.costs(primitive)
                terms.add(column, sign * value)
                continue
            for column, value in _goal_terms(builder, columns, primitive, goal, deviations, name):
                terms.add(column, sign * value)
        if goal.keeps_rules:
            for rule, weight in weights.items():
                for column, value in zip(excess[rule].columns, excess[rule].values, strict=True):
                    terms.add(column, sign * weight * value)
    return terms


def _goal_terms(
    builder: RowBuilder, columns: Columns, primitive: Primitive, goal: Goal, deviations: list[Deviation], name: str
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Columns and coefficients of one primitive of a goal."""
    if isinstance(primitive, Price):
        return [columns.costs(primitive, placed_only=True)]
    if isinstance(primitive, Opening):
        opened = add_opening(builder, columns, name, primitive)
        used = np.unique(primitive.place[columns.units.first[columns.unit]])
        return [(opened, primitive.cost[used[used >= 0]])]
    if isinstance(primitive, Distance):
        return [add_distances(builder, columns, name, primitive)]
    if isinstance(primitive, Deviate):
        deviation = add_deviation(builder, columns, name, primitive)
        deviations.append(deviation)
        if primitive.minimise == "sum":
            return [(deviation.distance, np.ones(deviation.distance.size))]
        most = float(primitive.weight.sum() + primitive.base.sum())
        largest = builder.add_columns([f"largest_{name}"], most, integer=False)
        each = np.arange(deviation.distance.size)
        builder.add_rows(f"largest_{name}", [label(place) for place in primitive.labels], 0.0, np.inf,
                         (each, np.repeat(largest, each.size), 1.0), (each, deviation.distance, -1.0))  # fmt: skip
        return [(largest, np.ones(1))]
    raise TypeError(f"goal {goal.goal} uses {type(primitive).__name__}, which has no value")
