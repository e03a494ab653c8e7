"""A plan told again in another language: reasons are found anew, because a sentence cannot be translated back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from allocator.explain.unplaced import unplaced_reasons

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["in_language"]


def in_language(plan: Plan, language: str) -> Plan:
    """The plan with the reasons of its unplaced households in a language (`de`, `en`).

    A plan that is in that language already, or whose language nobody states (made by hand), is returned as it is.
    """
    if plan.result.get("language", language) == language:
        return plan
    scenario, allocation = plan.scenario, plan.allocation
    chosen = dict(zip(allocation["household_id"], allocation["unit_id"], strict=True))
    units = pd.Index(scenario.city.units["unit_id"], dtype=object)
    unit_of = units.get_indexer([chosen.get(household, "") for household in scenario.households["household_id"]])
    reasons = unplaced_reasons(scenario.situation, scenario.rules, unit_of, language)
    told = [reasons.get(household, "") for household in allocation["household_id"]]
    return replace(plan, allocation=allocation.assign(reason=told), result={**plan.result, "language": language})
