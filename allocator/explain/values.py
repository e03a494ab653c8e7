"""The value of every goal for a plan that is not solved but given: what a move alone would change.

Counted from the primitives, as the model does; the recount of `verify` stays the judge of written plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from allocator.goals.base import Stage
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Deviate, Distance, Flow, Forbid, Link, Opening, Price, Primitive
from allocator.rules.seats import seated
from allocator.rules.situation import Situation

__all__ = ["Values"]


class Values:
    """The values of the steps of the goals for any plan of one scenario."""

    def __init__(self, situation: Situation, rules: Mapping[str, Rule], stages: Sequence[Stage]) -> None:
        self.situation, self.stages = situation, stages
        self.soft = [
            (float(rule.soft), list(rule.limits(situation))) for rule in rules.values() if rule.soft is not None
        ]
        self.goals = [[list(goal.value(situation)) for goal, _ in stage.goals] for stage in stages]

    @property
    def primitives(self) -> list[Primitive]:
        """Everything that the values look at."""
        keeps = any(goal.keeps_rules for stage in self.stages for goal, _ in stage.goals)
        soft = [limit for _, limits in self.soft for limit in limits] if keeps else []
        return soft + [one for stage in self.goals for goal in stage for one in goal]

    def of(self, unit_of: np.ndarray) -> np.ndarray:
        """The value of each step [n_stages] where everybody lives as `unit_of` says [n_households], -1 for none."""
        lives_in = np.where(unit_of >= 0, unit_of, self.situation.unsuitable_home)
        kept: float | None = None
        values = []
        for stage, goals in zip(self.stages, self.goals, strict=True):
            total = 0.0
            for (goal, _), sign, own in zip(stage.goals, stage.signs(), goals, strict=True):
                if goal.keeps_rules and kept is None:
                    kept = sum(weight * _excess(one, unit_of, lives_in) for weight, some in self.soft for one in some)
                total += sign * (kept or 0.0) if goal.keeps_rules else 0.0
                total += sign * sum(_value(one, unit_of, lives_in) for one in own)
            values.append(total)
        return np.array(values)


def _value(primitive: Primitive, placed_in: np.ndarray, lives_in: np.ndarray) -> float:
    """What a primitive of a goal adds to its value."""
    if isinstance(primitive, Price):
        placed = np.flatnonzero(placed_in >= 0)
        return float(np.sum(np.broadcast_to(primitive.cost(placed, placed_in[placed]), placed.shape)))
    if isinstance(primitive, Opening):
        places = np.unique(primitive.place[lives_in[lives_in >= 0]])
        return float(primitive.cost[places[places >= 0]].sum())
    if isinstance(primitive, Deviate):
        apart = _distances(primitive, lives_in)[0]
        return float(apart.sum() if primitive.minimise == "sum" else apart.max(initial=0.0))
    if isinstance(primitive, Distance):
        homes = placed_in[primitive.pairs]
        both = homes[(homes >= 0).all(axis=1)]
        place = primitive.place
        return float(sum(primitive.metres(place[[a]], place[[b]])[0, 0] for a, b in both.tolist()))
    raise TypeError(f"{type(primitive).__name__} has no value")


def _excess(primitive: Primitive, placed_in: np.ndarray, lives_in: np.ndarray) -> float:
    """What a primitive of a soft rule is over its limit."""
    lives = np.flatnonzero(lives_in >= 0)
    homes = lives_in[lives]
    if isinstance(primitive, Count):
        loads = np.bincount(homes, weights=primitive.weight[lives], minlength=primitive.membership.shape[1])
        return float(np.maximum(primitive.membership @ loads - primitive.limit, 0.0).sum())
    if isinstance(primitive, Price):
        cost = float(np.sum(np.broadcast_to(primitive.cost(lives, homes), lives.shape)))
        return cost if primitive.at_most is None else max(0.0, cost - primitive.at_most)
    if isinstance(primitive, Deviate):
        apart, total = _distances(primitive, lives_in)
        return max(0.0, float(apart.sum()) / 2 - (primitive.at_most or 0.0) * total - primitive.allowance)
    if isinstance(primitive, Flow):
        concerned = lives[primitive.children[lives] > 0]
        children = primitive.children[concerned]
        reach = sparse.csc_matrix(primitive.reach)[:, lives_in[concerned]]
        return max(0.0, float(children.sum()) - seated(children, reach, primitive.seats) - primitive.allowance)
    if isinstance(primitive, Link):
        homes = placed_in[primitive.pairs]
        both = np.flatnonzero((homes >= 0).all(axis=1))
        first, second = (primitive.place[homes[both, side]] for side in (0, 1))
        far = np.array([primitive.near[a, b] == 0 for a, b in zip(first, second, strict=True)], dtype=bool)
        return float(primitive.persons[primitive.pairs[both, 0]][far].sum())
    if isinstance(primitive, Forbid):
        return 0.0
    raise TypeError(f"{type(primitive).__name__} has no excess")


def _distances(deviate: Deviate, lives_in: np.ndarray) -> tuple[np.ndarray, float]:
    """d(i) at each place, and P."""
    lives = np.flatnonzero(lives_in >= 0)
    place = deviate.place[lives_in[lives]]
    inside = place >= 0
    there = np.bincount(place[inside], weights=deviate.weight[lives][inside], minlength=deviate.base.size)
    persons = deviate.base + there
    total = float(persons.sum())
    return np.abs(persons - deviate.share * total), total
