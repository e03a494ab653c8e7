"""What each goal would gain or lose if one household moved in, for many units at once, everybody else staying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from allocator.explain.moving_in import Everybody
from allocator.goals.base import Stage
from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Deviate, Distance, Flow, Link, Opening, Price, Primitive
from allocator.rules.seats import seated

__all__ = ["gains"]


def gains(
    everybody: Everybody, rules: Mapping[str, Rule], stages: Sequence[Stage], household: int, units: np.ndarray
) -> list[np.ndarray]:
    """By how much the value of each stage grows in each unit [n_units given], one array for each stage.

    The household must live nowhere in `everybody`; the comparison is with its having no place.
    """
    kept: list[np.ndarray] = []

    def of(goal: object) -> np.ndarray:
        if not getattr(goal, "keeps_rules", False):
            primitives = goal.value(everybody.situation)  # type: ignore[attr-defined]
            return sum((_grows(everybody, one, household, units) for one in primitives), np.zeros(units.size))
        if not kept:
            kept.append(_excess(everybody, rules, household, units))
        return kept[0]

    return [
        sum((sign * of(goal) for (goal, _), sign in zip(stage.goals, stage.signs(), strict=True)), np.zeros(units.size))
        for stage in stages
    ]


def _excess(everybody: Everybody, rules: Mapping[str, Rule], household: int, units: np.ndarray) -> np.ndarray:
    """Weighted excess of the soft rules that moving in adds."""
    total = np.zeros(units.size)
    for rule in rules.values():
        for limit in rule.limits(everybody.situation) if rule.is_soft else ():
            total = total + float(rule.soft or 0) * _over(everybody, limit, household, units)
    return total


def _grows(everybody: Everybody, one: Primitive, household: int, units: np.ndarray) -> np.ndarray:
    """Of a goal's primitive."""
    placed = everybody.placed_in
    if isinstance(one, Price):
        return np.broadcast_to(one.cost(np.array(household), units), units.shape).astype(float)
    if isinstance(one, Opening):
        used = one.place[everybody.lives_in[everybody.others(household)]]
        place = one.place[units]
        return np.where((place >= 0) & ~np.isin(place, used), one.cost[place], 0.0)
    if isinstance(one, Deviate):
        before, after = _distances(everybody, one, household, units)
        if one.minimise == "largest":
            return after.max(axis=1, initial=0.0) - before.max(initial=0.0)
        return after.sum(axis=1) - before.sum()
    if isinstance(one, Distance):
        mine = one.pairs[(one.pairs == household).any(axis=1)]
        others = placed[np.where(mine[:, 0] == household, mine[:, 1], mine[:, 0])]
        others = others[others >= 0]
        if not others.size:
            return np.zeros(units.size)
        return np.asarray(one.metres(one.place[units], one.place[others])).sum(axis=1)
    return np.zeros(units.size)


def _distances(everybody: Everybody, one: Deviate, household: int, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|there - share of everything| at each place now [n_places], and afterwards [n_units given, n_places]."""
    others = everybody.others(household)
    place = one.place[everybody.lives_in[others]]
    inside = place >= 0
    there = one.base + np.bincount(place[inside], weights=one.weight[others][inside], minlength=one.base.size)
    target, slot = np.unique(one.place[units], return_inverse=True)
    after = np.tile(there, (target.size, 1))
    for row, at in enumerate(target.tolist()):
        if at >= 0:
            after[row, at] += one.weight[household]
    moved = np.abs(after - one.share * after.sum(axis=1)[:, None])
    return np.abs(there - one.share * there.sum()), moved[slot.reshape(-1)]


def _over(everybody: Everybody, limit: Primitive, household: int, units: np.ndarray) -> np.ndarray:
    """Excess of one soft limit that moving in adds."""
    others = everybody.others(household)
    lives = everybody.lives_in[others]
    if isinstance(limit, Count):
        used = np.bincount(lives, weights=limit.weight[others], minlength=limit.membership.shape[1])
        left = limit.limit - limit.membership @ used
        added = sparse.csc_matrix(limit.membership)[:, units].tocoo()
        need = added.data * limit.weight[household]
        grows = np.maximum(need - left[added.row], 0.0) - np.maximum(-left[added.row], 0.0)
        return np.bincount(added.col, weights=grows, minlength=units.size).astype(float)
    if isinstance(limit, Price):
        cost = np.broadcast_to(limit.cost(np.array(household), units), units.shape).astype(float)
        if limit.at_most is None:
            return cost
        paid = float(np.sum(limit.cost(others, lives)))
        return np.maximum(paid + cost - limit.at_most, 0.0) - max(paid - limit.at_most, 0.0)
    if isinstance(limit, Deviate):
        before, after = _distances(everybody, limit, household, units)
        share, inside = float(limit.at_most or 0.0), limit.place[lives] >= 0
        base = float(limit.base.sum() + limit.weight[others][inside].sum())
        grown = base + np.where(limit.place[units] >= 0, limit.weight[household], 0.0)
        now = max(0.5 * before.sum() - share * base - limit.allowance, 0.0)
        return np.maximum(0.5 * after.sum(axis=1) - share * grown - limit.allowance, 0.0) - now
    if isinstance(limit, Flow):
        return _unseated(everybody, limit, household, units)
    if isinstance(limit, Link):
        return _apart(everybody, limit, household, units)
    return np.zeros(units.size)


def _unseated(everybody: Everybody, flow: Flow, household: int, units: np.ndarray) -> np.ndarray:
    """Children more without a seat, asked once for units with the same facilities in reach."""
    reach = sparse.csc_matrix(flow.reach)
    others = everybody.others(household)
    others = others[flow.children[others] > 0]
    homes, children = everybody.lives_in[others], flow.children[others]

    def without(homes: np.ndarray, children: np.ndarray) -> float:
        missing = float(children.sum() - seated(children, reach[:, homes], flow.seats)) if homes.size else 0.0
        return max(missing - flow.allowance, 0.0)

    if flow.children[household] == 0:
        return np.zeros(units.size)
    now, known = without(homes, children), {}
    keys = [reach[:, [unit]].indices.tobytes() for unit in units.tolist()]
    for key, unit in zip(keys, units.tolist(), strict=True):
        if key not in known:
            known[key] = without(np.append(homes, unit), np.append(children, flow.children[household])) - now
    return np.array([known[key] for key in keys])


def _apart(everybody: Everybody, link: Link, household: int, units: np.ndarray) -> np.ndarray:
    """Persons of the first household of each pair that would live too far apart."""
    total = np.zeros(units.size)
    near = sparse.csr_matrix(link.near)
    for first, second in link.pairs[(link.pairs == household).any(axis=1)].tolist():
        other = everybody.placed_in[second if first == household else first]
        if other >= 0:
            close = near[link.place[units]][:, [link.place[other]]].toarray().ravel() > 0
            total += np.where(close, 0.0, link.persons[first])
    return total
