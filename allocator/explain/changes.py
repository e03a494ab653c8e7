"""One change of a rule, of the stock or of a household's needs, and the situation with that change made.

A change is what a council or a landlord could do: allow more at one place, make one exception, let one more flat. It
can be told in a sentence, and it can be made: `made` gives the situation and the rules in which it holds, so that any
claim about it can be checked by solving again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from allocator.rules.base import Rule
from allocator.rules.primitives import Count, Deviate, Flow, Forbid, Link, Price, Primitive
from allocator.rules.situation import Situation

__all__ = ["Change", "Loosened", "made", "with_twin"]

Kind = Literal["limit", "exception", "rent", "access", "day", "room", "twin"]
NOISE = 1e-6
TWIN = "~"
"""Stands behind the id of a unit to name the one that would be added like it."""


@dataclass(frozen=True)
class Change:
    """One thing made different; which fields count depends on `kind`.

    `limit`: `rule` allows `by` more at `place` (a label of the rule; empty for the whole city; of seats a facility).
    `exception`: `rule` does not hold for `household` in `unit` (in every unit if there is none).
    `rent`: `household` may pay `by` EUR more, which `unit` costs. `access`: `unit` is made accessible. `day`: `unit`
    can be let on the day on which `household` moves in. `room`: `unit` has `by` places more. `twin`: there is one more
    unit like `unit`. `allowed` is what the rule then allows at the place in its own unit, NaN where nobody can say;
    `before` is what it allows there now, where that is more than it says, since there is more today.
    """

    kind: Kind
    rule: str = ""
    place: str = ""
    by: float = 0.0
    household: int = -1
    unit: int = -1
    allowed: float = float("nan")
    before: float = float("nan")


class Loosened:
    """A rule as it is, but for one change; it stands in for the rule wherever a model is built."""

    def __init__(self, rule: Rule, change: Change) -> None:
        self._rule, self._change = rule, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rule, name)

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """The limits of the rule with the change made."""
        return [_loosened(limit, self._change) for limit in self._rule.limits(situation)]


def _loosened(limit: Primitive, change: Change) -> Primitive:
    if change.kind == "exception":
        return _with_exception(limit, change)
    more = change.by + NOISE * (change.by != round(change.by))
    if isinstance(limit, Count):
        here = np.array([place == change.place for place in limit.labels], dtype=bool)
        return replace(limit, limit=limit.limit + np.where(here, more, 0.0))
    if isinstance(limit, Flow):
        if change.place:
            here = np.array([place == change.place for place in limit.labels], dtype=bool)
            return replace(limit, seats=limit.seats + np.where(here, more, 0.0))
        return replace(limit, allowance=limit.allowance + more)
    if isinstance(limit, Deviate):
        return replace(limit, allowance=limit.allowance + more)
    if isinstance(limit, Price) and limit.at_most is not None:
        return replace(limit, at_most=limit.at_most + more)
    return limit


def _with_exception(limit: Primitive, change: Change) -> Primitive:
    household, unit = change.household, change.unit
    if isinstance(limit, Link):
        return replace(limit, pairs=limit.pairs[(limit.pairs != household).all(axis=1)])
    if not isinstance(limit, Forbid):
        return limit

    def allowed(h: np.ndarray, u: np.ndarray) -> np.ndarray:
        return limit.allowed(h, u) | ((h == household) & ((u == unit) | (unit < 0)))

    households = (*limit.households, np.arange(len(limit.households[0])) == household)
    units = (*limit.units, np.arange(len(limit.units[0])) == unit)
    return Forbid(households, units, allowed)


def made(situation: Situation, rules: Mapping[str, Rule], change: Change) -> tuple[Situation, dict[str, Any]]:
    """The situation and the rules in which the change holds; everything else is as it was."""
    rules = dict(rules)
    if change.kind in ("limit", "exception"):
        return situation, rules | {change.rule: Loosened(rules[change.rule], change)}
    if change.kind == "rent":
        households = situation.households.copy()
        column = households.columns.get_loc("max_rent")
        households.iloc[change.household, column] = float(households.iloc[change.household, column]) + change.by + NOISE
        return replace(situation, households=households), rules
    units = situation.city.units.copy()
    if change.kind == "access":
        units.iloc[change.unit, units.columns.get_loc("accessible")] = True
    elif change.kind == "day":
        for name in ("available_from", "available_until"):
            units.iloc[change.unit, units.columns.get_loc(name)] = pd.NaT
    elif change.kind == "room":
        column = units.columns.get_loc("capacity")
        units.iloc[change.unit, column] = float(units.iloc[change.unit, column]) + change.by
    elif change.kind == "twin":
        return with_twin(situation, change.unit), rules
    return replace(situation, city=_city_with(situation, units)), rules


def with_twin(situation: Situation, unit: int, **values: Any) -> Situation:
    """The situation with one more unit like another, vacant, in the same building; `values` of its columns differ.

    Its id is that of the other with `~` behind it, as often as it takes to be new.
    """
    units = situation.city.units
    twin = units.iloc[[unit]].copy()
    known, name = set(units["unit_id"]), f"{twin['unit_id'].iloc[0]}{TWIN}"
    while name in known:
        name += TWIN
    for column, value in {"unit_id": name, "occupied": 0, **values}.items():
        twin[column] = value
    grown = pd.concat([units, twin.astype(units.dtypes.to_dict())], ignore_index=True)
    grown = grown.sort_values("unit_id", ignore_index=True)
    return replace(situation, city=_city_with(situation, grown))


def _city_with(situation: Situation, units: pd.DataFrame) -> Any:
    """The same city with other units; what was worked out of buildings and facilities is kept."""
    city = replace(situation.city, units=units)
    city.memo.update(situation.city.memo)
    return city
