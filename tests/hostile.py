"""A plan whose every text column holds a text that would do harm where it is not escaped."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
from indicator_worlds import ALLOCATION, CRS, hand_made_city, hand_made_households, hand_made_plan
from shapely import Point

from allocator.city.city import Source
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table

__all__ = ["HOSTILE", "hostile_plan"]

HOSTILE = (
    '=HYPERLINK("https://evil.example","x")',
    "</script></title><script>window.stolen=1</script>{{7*7}}",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<img src=x onerror=window.stolen=1>\"'&",
    "https://evil.example/?a=1",
    "-2+3\t]]><!--",
    "'; DROP TABLE social_spaces; --",
)
"""Formulas, markup, templates, addresses, comments and SQL."""


def hostile_plan() -> Plan:
    """The hand-made plan with hostile names, ids, kinds, addresses, reasons, rules, sources, notes, title."""
    city = hand_made_city()
    a, b, c, d, e, f, g = HOSTILE
    spaces = city.social_spaces.assign(name=[a, b, d], district_id=[c, c, f], district_name=[d, d, a], remark=[a, b, c])
    units = city.units.assign(
        unit_id=[f"{text}{i}" for i, text in enumerate((a, b, c, d, e, f))], kind=[a, b, c, d, e, g]
    )
    buildings = city.buildings.assign(address=[a, b, d, g])
    sites = pd.DataFrame({"site_id": ["L1"], "name": [b], "kind": [d], "refugees": [20.0], "cost": [float("nan")]})
    facilities = gpd.GeoDataFrame(
        {"facility_id": [a, b], "kind": ["school", d], "name": [b, g], "seats": [5.0, 2.0]},
        geometry=[Point(600, 600), Point(700, 600)],
        crs=CRS,
    )
    changed = dataclasses.replace(
        city,
        name=b,
        social_spaces=spaces,
        units=units,
        buildings=buildings,
        sites=sites,
        facilities=facilities,
        sources=(Source(d, b, a, g, "2024-01-31", e, b), Source(a, "", d, "", c, a, "")),
    )
    called = dict(zip(city.units["unit_id"], units["unit_id"], strict=True))
    names = dict(zip(ALLOCATION, (a, b, c, d, e, g), strict=True))
    households = hand_made_households()
    households = households.assign(
        household_id=households["household_id"].map(names),
        unit_id=households["unit_id"].map(lambda one: called.get(one, "")),
        group=[a, b, c, d, e, f],
    )
    homes = {names[one]: called.get(unit, "") for one, unit in ALLOCATION.items()}
    told: dict[str, Any] = {"title": b, "notes": [a, b, d]}
    plan = hand_made_plan(**told)
    rules = dict(zip((b, a, d), plan.scenario.rules.values(), strict=True))
    result = {
        **plan.result,
        **told,
        "rules": [{**row, "name": name} for row, name in zip(plan.result["rules"], rules, strict=True)],
    }
    result["inputs"] = [{"file": d, "sha256": "ab" * 32, "bytes": 1}]
    result["versions"] = {b: a}
    scenario = SimpleNamespace(
        **{
            **vars(plan.scenario),
            "city": changed,
            "households": households,
            "rules": rules,
            "title": b,
            "description": d,
        }
    )
    reasons = {names["H3"]: b, names["H6"]: a}
    return Plan(scenario, allocation_table(Ledger(changed, households, homes), reasons), result)
