"""The indicators of a plan with those that ask what its rules do to single households."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.explain.wishes import wishes_taken
from allocator.indicators.summary import summary

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["plan_indicators"]


def plan_indicators(plan: Plan) -> dict[str, Any]:
    """What stands under `indicators` in `result.json`: the summary, and what each rule takes from wishes."""
    scenario = plan.scenario
    unit = pd.Series(plan.allocation["unit_id"].to_numpy(dtype=object), index=plan.allocation["household_id"])
    chosen = unit.reindex(scenario.households["household_id"]).fillna("").to_numpy(dtype=object)
    unit_of = np.asarray(pd.Index(scenario.city.units["unit_id"]).get_indexer(pd.Index(chosen, dtype=object)))
    return {**summary(plan), "wishes_taken": wishes_taken(scenario.situation, scenario.rules, unit_of)}
