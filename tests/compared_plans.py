"""Plans of one town to compare, each worked out by hand; what the first of them does stands in `indicator_worlds`.

| household | persons | school children | wide (the first) | dense |
|---|---|---|---|---|
| H1 | 1 | | U6, Berg | U6, Berg |
| H2 | 4 | 2 | U2, Altstadt, 141 m to the school | U3, Berg, 906 m |
| H3 | 6 | 1 | nowhere | U4, Tal, 1,903 m |
| H4 | 3 | | U5, outside | U5, outside |
| H5 | 2 | | U4, Tal | U4, Tal |
| H6 | 3 | | remains in U1, Altstadt | U2, Altstadt |
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from indicator_worlds import ALLOCATION, REASONS
from test_maps import NASTY, mapped_plan

from allocator.indicators.summary import summary
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table

__all__ = ["DENSE", "compared_plan", "three_plans", "two_plans"]

DENSE = {"H1": "U6", "H2": "U3", "H3": "U4", "H4": "U5", "H5": "U4", "H6": "U2"}


def compared_plan(title: str, allocation: dict[str, str], without: str = "", **city: Any) -> Plan:
    """A plan of the town with nasty names; `without` names a rule that its scenario does not have."""
    plan = mapped_plan(**city)
    rules = {name: rule for name, rule in plan.scenario.rules.items() if name != without}
    scenario = SimpleNamespace(**{**vars(plan.scenario), "title": title, "rules": rules})
    ledger = Ledger(scenario.city, scenario.households, allocation)
    reasons = {name: REASONS.get(name, "") for name, unit in allocation.items() if not unit}
    made = Plan(scenario, allocation_table(ledger, reasons), {**plan.result, "title": title})
    numbers = summary(made)
    told = {key: numbers[key] for key in ("placed", "unplaced")}
    return Plan(scenario, made.allocation, {**made.result, **told, "indicators": numbers})


def two_plans() -> list[Plan]:
    """`wide`, whose title is code, and `dense`, which houses everybody and has no limit for social spaces."""
    return three_plans()[:2]


def three_plans() -> list[Plan]:
    """The two, and a third that is as the first."""
    return list(_plans())


@cache
def _plans() -> tuple[Plan, ...]:
    """Plans are frozen: they are counted once."""
    wide = compared_plan(f"<b>wide</b>: {NASTY}", ALLOCATION)
    dense = compared_plan("dense: everybody", DENSE, without="fifteen-per-space")
    return wide, dense, compared_plan("again", ALLOCATION)
