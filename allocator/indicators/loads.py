"""What each place bears against the key by which a rule or a goal of the scenario spreads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from allocator.goals.base import Stage
from allocator.goals.spread import SpreadGoal
from allocator.ledger import Ledger
from allocator.rules.base import Rule
from allocator.rules.key import counted_shares, spread_places
from allocator.rules.spread import Spread

__all__ = ["key_loads", "spreads_of"]


def spreads_of(rules: Mapping[str, Rule], stages: Iterable[Stage]) -> dict[str, Spread | SpreadGoal]:
    """Every rule `spread` by its name, and every goal `spread` as `goal spread`, `goal spread 2` and so on."""
    found: dict[str, Spread | SpreadGoal] = {name: rule for name, rule in rules.items() if isinstance(rule, Spread)}
    goals = [goal for stage in stages for goal, _ in stage.goals if isinstance(goal, SpreadGoal)]
    for number, goal in enumerate(goals, start=1):
        found["goal spread" if number == 1 else f"goal spread {number}"] = goal
    return found


def key_loads(ledger: Ledger, spreads: Mapping[str, Spread | SpreadGoal]) -> dict[str, dict[str, Any]]:
    """By rule or goal: its places and key, how much is out of place before and after, and each place's load.

    `out_of_place` is ½·Σ|p(i) − w(i)·P| / P (None without persons), `largest` the place farthest above its share, in
    persons. Of a place: its share of the key w(i), and before and after the persons p(i) and their deviation
    p(i) − w(i)·P, positive where it bears more than its share.
    """
    stays = {"before": ledger.stays_today, "after": ledger.stays_after}
    result: dict[str, dict[str, Any]] = {}
    for name, spread in spreads.items():
        level, share = spread_places(spread.over), counted_shares(spread.key, spread.over, ledger)
        told: dict[str, Any] = {"over": spread.over, "key": spread.key}
        places: dict[str, dict[str, Any]] = {place: {"key_share": share[place]} for place in share}
        for when, some in stays.items():
            besides = ledger.persons_besides(level)
            of_list = ledger.add_up(some, level, lambda stay: stay.household["persons"])
            persons = {place: besides.get(place, 0) + of_list.get(place, 0) for place in share}
            total = sum(persons.values())
            deviation = {place: persons[place] - share[place] * total for place in share}
            told[when] = {
                "persons": total,
                "out_of_place": sum(map(abs, deviation.values())) / 2 / total if total > 0 else None,
                "largest": max(deviation.values(), default=None),
            }
            for place, row in places.items():
                row[f"persons_{when}"], row[f"deviation_{when}"] = persons[place], deviation[place]
        result[name] = {**told, "places": places}
    return result
