"""One model for scenarios that differ only in how much their rules allow: built once, its right-hand sides changed.

The shared model is that of the tightest limits at every place. Rows that bind there and cannot bind in a looser
scenario do no harm in it, so the optimum is the same as that of a model of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce as folded

import numpy as np

from allocator.goals.base import Stage
from allocator.model.build import Model, build_model
from allocator.model.reduce import binding
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Primitive
from allocator.rules.situation import Situation

__all__ = ["Family", "fitted"]


@dataclass(frozen=True)
class _StandIn:
    """A rule that has stated its primitives already."""

    rule: str
    soft: float | None
    primitives: tuple[Primitive, ...]

    def limits(self, situation: Situation) -> tuple[Primitive, ...]:  # noqa: ARG002
        """The primitives as they were stated."""
        return self.primitives


class Family:
    """Models of scenarios of one situation whose rules are `members`: by name, the same but for their limits.

    Where rules differ in more than the limits of counts, `build` is `build_model`.
    """

    def __init__(self, situation: Situation, members: Sequence[Mapping[str, Rule]]) -> None:
        self._situation = situation
        self._models: dict[tuple[int, bool, bool], Model] = {}
        self._shared: dict[str, Rule | _StandIn] = {}
        self._varying: dict[str, list[tuple[int, Count]]] = {}
        """The counts of a rule that some plan can break, each with its position among all that the rule states."""
        names = list(dict.fromkeys(name for rules in members for name in rules))
        self._builds_alone = len(members) < 2
        for name in names if not self._builds_alone else ():
            versions = [
                rule for number, rule in enumerate(_all(members, name)) if rule not in _all(members, name)[:number]
            ]
            if len(versions) == 1:
                self._shared[name] = versions[0]
                continue
            tight = self._tightest([rule for rule in versions if rule is not None])
            if tight is None:
                self._builds_alone = True
                break
            self._varying[name] = tight
            first = next(rule for rule in versions if rule is not None)
            self._shared[name] = _StandIn(first.rule, first.soft, tuple(count for _, count in tight))

    def _tightest(self, versions: Sequence[Rule]) -> list[tuple[int, Count]] | None:
        """The counts of a rule with the lowest limit of all its versions; None if they differ in anything else.

        Rows that cannot bind are left out.
        """
        if len({rule.soft for rule in versions}) > 1:
            return None
        stated = [list(rule.limits(self._situation)) for rule in versions]
        if len({len(some) for some in stated}) > 1:
            return None
        found = []
        for position, same in enumerate(zip(*stated, strict=True)):
            if not all(isinstance(one, Count) and _differ_in_limit_only(one, same[0]) for one in same):
                return None
            lowest = folded(np.minimum, [one.limit for one in same])
            tight = binding(self._situation, replace(same[0], limit=lowest))
            if tight is not None:
                found.append((position, tight))
        return found

    def build(
        self,
        situation: Situation,
        rules: Mapping[str, Rule],
        stages: Sequence[Stage],
        *,
        hubs: bool = True,
        reduce: bool = True,
        everybody: bool = False,
    ) -> Model:
        """What `build_model` builds, from the shared model where there is one; `rules` are those of a member."""
        if self._builds_alone or not reduce:
            return build_model(situation, rules, stages, hubs=hubs, reduce=reduce, everybody=everybody)
        key = (len(stages), hubs, everybody)
        if key not in self._models:
            self._models[key] = build_model(self._situation, self._shared, stages, hubs=hubs, everybody=everybody)
        return self._with_limits(self._models[key], rules)

    def _with_limits(self, model: Model, rules: Mapping[str, Rule]) -> Model:
        """The shared model with the limits of one member."""
        high = model.linear.high.copy()
        for name, counts in self._varying.items():
            blocks = [block for block in model.linear.blocks if block.rule == name]
            stated = rules[name].limits(self._situation) if name in rules else ()
            for block, (position, count) in zip(blocks, counts, strict=True):
                # A rule that is off allows more than there is.
                most = np.abs(count.weight).sum() * np.abs(count.membership.data).max(initial=0.0) + np.abs(count.limit)
                high[block.rows] = _at_rows(stated[position], count) if stated else most
        return replace(model, linear=replace(model.linear, high=high))


def _all(members: Sequence[Mapping[str, Rule]], name: str) -> list[Rule | None]:
    return [rules.get(name) for rules in members]


def _at_rows(count: Primitive, kept: Count) -> np.ndarray:
    """The limits of a count at the rows that the shared model has."""
    limit = dict(zip(count.labels, count.limit.tolist(), strict=True))
    return np.array([limit[label] for label in kept.labels])


def _differ_in_limit_only(one: Count, other: Count) -> bool:
    if one is other:
        return True
    return (
        one.labels == other.labels
        and one.soft == other.soft
        and np.array_equal(one.weight, other.weight)
        and one.membership.shape == other.membership.shape
        and (one.membership != other.membership).nnz == 0
    )


def fitted(situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray) -> np.ndarray:
    """A plan with fewer households where a hard count has no room for all of them: a start for the solver, no promise.

    `unit_of` [n_households], -1 for no place. Who must go from a full place returns to the present home, if it may be
    kept, or has no place; the heaviest go first, and nobody who is at home or pinned.
    """
    result = unit_of.copy()
    home = np.where(situation.keeps_home & (situation.unsuitable_home < 0), situation.home, -1)
    for rule in rules.values():
        for count in () if rule.is_soft else rule.limits(situation):
            if isinstance(count, Count):
                _fit(situation, count, result, home)
    return result


def _fit(situation: Situation, count: Count, result: np.ndarray, home: np.ndarray) -> None:
    """Take households out of the places of one count, in place."""
    placed = np.flatnonzero(result >= 0)
    load = np.bincount(result[placed], weights=count.weight[placed], minlength=len(situation.shared))
    over = count.membership @ load - count.limit
    for place in np.flatnonzero(over > 1e-9):
        row = count.membership[place]
        inside = placed[np.isin(result[placed], row.indices[row.data > 0])]
        inside = inside[(result[inside] != home[inside]) & ~situation.pinned[inside] & (count.weight[inside] > 0)]
        order = inside[np.argsort(-count.weight[inside], kind="stable")]
        gone = np.cumsum(count.weight[order]) - count.weight[order] < over[place] - 1e-9
        result[order[gone]] = home[order[gone]]
