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
    chosen = allocation.set_index("household_id")["unit_id"].reindex(scenario.households["household_id"]).fillna("")
    unit_of = pd.Index(scenario.city.units["unit_id"]).get_indexer(chosen)
    reasons = unplaced_reasons(scenario.situation, scenario.rules, unit_of, language)
    told = allocation["household_id"].map(reasons).fillna("").to_numpy(dtype=object)
    return replace(plan, allocation=allocation.assign(reason=told), result={**plan.result, "language": language})
