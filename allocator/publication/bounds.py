"""What the rules alone tell of the refugees in an area: a reader who knows that a rule is kept knows a bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from allocator.rules.cap import Cap
from allocator.rules.share import Share

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.rules.base import Rule

__all__ = ["most_after", "rule_states"]


def rule_states(plan: Plan) -> dict[str, str]:
    """Per rule `breached`, `existing` (over the limit today already, and not grown) or `kept`; no number is told."""
    found = {}
    for name, tallies in plan.tallies.items():
        breached = any(tally.excess > 1e-6 for tally in tallies)
        existing = any(tally.allowance > 1e-6 for tally in tallies)
        found[name] = "breached" if breached else "existing" if existing else "kept"
    return found


def most_after(plan: Plan) -> dict[tuple[str, str], float]:
    """The most refugees that an area can have afterwards, by (level, place_id), where a rule that is kept says so.

    Caps on persons and shares of refugees per social space, district or city are read. Other rules bound sums of many
    places (`spread`) or single places (`only`), and tell nothing of the refugees of one area.
    """
    found: dict[tuple[str, str], float] = {}
    states = rule_states(plan)
    for name, rule in plan.scenario.rules.items():
        if states[name] == "breached" or not _bounds_refugees(rule):
            continue
        for tally in plan.tallies[name]:
            key = (str(rule.per), tally.place)
            found[key] = min(found.get(key, math.inf), math.floor(tally.limit + tally.allowance + 1e-6))
    return found


def _bounds_refugees(rule: Rule) -> bool:
    per = getattr(rule, "per", None)
    counts = (isinstance(rule, Cap) and rule.count == "persons") or (isinstance(rule, Share) and rule.of == "refugees")
    return counts and per in ("social_space", "district", "city")
