"""A town of three social spaces with a plan made by hand, small enough to check every indicator with a pencil.

Altstadt and Berg lie in district D1, Tal in D2; building B4 lies outside all of them.

| household | persons | lives now | afterwards |
|---|---|---|---|
| H1 | 1 | U4, shared, Tal | U6, Berg, where it wishes to live |
| H2 | 4 (1 Kita, 2 school) | nowhere | U2, Altstadt; wishes for Tal |
| H3 | 6 | nowhere | nowhere |
| H4 | 3 | U5, outside | stays |
| H5 | 2 | U4, shared, Tal | stays |
| H6 | 3 | U1, Altstadt, too small | found no place and remains |
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import Point, box

from allocator.city.city import City, Source
from allocator.goals.base import Stage
from allocator.goals.keep import Keep
from allocator.goals.place import Place
from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table
from allocator.rules.cap import Cap
from allocator.verify import count_rules

CRS = "EPSG:25832"
ALLOCATION = {"H1": "U6", "H2": "U2", "H3": "", "H4": "U5", "H5": "U4", "H6": ""}
REASONS = {"H3": "no unit holds 6 persons", "H6": "its home is too small and no other fits"}


def hand_made_city(**changes: Any) -> City:
    """The town; keyword arguments replace fields of `City`."""
    nan = float("nan")
    spaces = gpd.GeoDataFrame(
        {
            "space_id": ["S1", "S2", "S3"],
            "name": ["Altstadt", "Berg", "Tal <b>&"],
            "district_id": ["D1", "D1", "D2"],
            "residents": [100.0, 200.0, 100.0],
            "refugees": [10.0, 0.0, 20.0],
            "area": [1.0, 1.0, 1.0],
        },
        geometry=[box(i * 1000, 0, (i + 1) * 1000, 1000) for i in range(3)],
        crs=CRS,
    )
    x = [500.0, 1500.0, 2500.0, 9000.0]
    buildings = gpd.GeoDataFrame(
        {
            "building_id": ["B1", "B2", "B3", "B4"],
            "space_id": ["S1", "S2", "S3", ""],
            "site_id": ["", "", "L1", ""],
            "dwellings": [4.0, 6.0, nan, 1.0],
            "refugee_flats": [0.0, 0.0, 0.0, 0.0],
            "x": x,
            "y": [500.0] * 4,
        },
        geometry=[Point(value, 500) for value in x],
        crs=CRS,
    )
    sites = pd.DataFrame(
        {"site_id": ["L1"], "name": ["Lindenhof <script>"], "kind": [""], "refugees": [20.0], "cost": [nan]}
    )
    empty = gpd.GeoDataFrame({"facility_id": [], "kind": []}, geometry=[], crs=CRS)
    source = Source("spaces.gpkg", "Sozialräume", "CC-BY-4.0", "Stadt", "2024-01-31", "", "Alle Wohnungen erfunden.")
    fields: dict[str, Any] = {
        "name": "Handstadt", "crs": CRS, "social_spaces": spaces, "buildings": buildings, "units": _units(),
        "sites": sites, "facilities": empty, "streets": None, "sources": (source,),
        "declared": {"social_spaces": frozenset({"refugees"}), "sites": frozenset({"refugees"})},
    }  # fmt: skip
    return City(**{**fields, **changes})


def _units() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit_id": ["U1", "U2", "U3", "U4", "U5", "U6"],
            "building_id": ["B1", "B1", "B2", "B3", "B4", "B2"],
            "capacity": [2.0, 4.0, 5.0, 30.0, 3.0, 1.0],
            "shared": [False, False, False, True, False, False],
            "occupied": [0.0, 0.0, 0.0, 20.0, 0.0, 0.0],
            "rooms": [2.0, 3.0, 4.0, float("nan"), 3.0, 1.0],
            "floor_area": [40.0, 80.0, 95.0, float("nan"), 70.0, 30.0],
            "accessible": [False] * 6,
            "rent": [400.0, 600.0, float("nan"), 100.0, 300.0, 250.0],
        }
    )


def hand_made_households() -> pd.DataFrame:
    """The six households of the town."""
    return pd.DataFrame(
        {
            "household_id": ["H1", "H2", "H3", "H4", "H5", "H6"],
            "persons": [1, 4, 6, 3, 2, 3],
            "children_kita": [0, 1, 2, 0, 0, 0],
            "children_school": [0, 2, 1, 0, 0, 0],
            "accessible": [False] * 6,
            "group": ["", "a", "", "", "", ""],
            "max_rent": [float("nan")] * 6,
            "prefers": ["S2; S9", "S3", "", "", "", ""],
            "near": [""] * 6,
            "unit_id": ["U4", "", "", "U5", "U4", "U1"],
            "pinned": [False] * 6,
            "priority": [1.0] * 6,
        }
    )


def hand_made_ledger(**changes: Any) -> Ledger:
    """The plan of the table above, counted."""
    return Ledger(hand_made_city(**changes), hand_made_households(), ALLOCATION)


def hand_made_plan(**result: Any) -> Plan:
    """The plan with rules, goals and a result; keyword arguments replace entries of the result."""
    rules = {
        "twenty-per-site": Cap(count="persons", per="site", at_most=20),
        "one-flat": Cap(count="flats", per="building", at_most=1, soft=10),
        "fifteen-per-space": Cap(count="persons", per="social_space", at_most=15, soft=1),
    }
    stages = (Stage(((Place(), 1.0),)), Stage(((Keep(), 1.0),)))
    scenario = SimpleNamespace(
        day=None,
        name="hand", path=Path("hand.yaml"), title="Wer wohnt <wo>?", description="Eine Frage & mehr.",
        city=hand_made_city(), households=hand_made_households(), rules=rules, stages=stages,
        solve=SimpleNamespace(seed=1), findings=(), profiles=(),
    )  # fmt: skip
    ledger = Ledger(scenario.city, scenario.households, ALLOCATION)
    told: dict[str, Any] = {
        "title": scenario.title,
        "scenario": {"name": "hand", "file": "../hand made.yaml", "overrides": ["rules.one-flat.soft=10"]},
        "status": "optimal",
        "placed": {"households": 4, "persons": 10},
        "unplaced": {"households": 2, "persons": 9},
        "goals": [
            {"goal": "place: persons", "value": 10.0, "bound": 10.0, "gap": 0.0, "status": "optimal", "seconds": 0.1},
            {"goal": "keep: rules", "value": 12.0, "bound": None, "gap": None, "status": "stopped", "seconds": 0.1},
        ],
        "seed": 1, "gap": 0.0001, "solver": "HiGHS", "created": "2026-01-31T12:00:00+00:00", "seconds": 1.25,
        "versions": {"allocator": "0.1.0"}, "inputs": [{"file": "hand.yaml", "sha256": "ab" * 32, "bytes": 12}],
        "rules": count_rules(rules, {name: list(rule.recount(ledger)) for name, rule in rules.items()}),
        "notes": ["note: units.csv: <b>odd</b>"],
    }  # fmt: skip
    return Plan(scenario, allocation_table(ledger, REASONS), {**told, **result})
