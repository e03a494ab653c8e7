"""Tiny worlds in memory, written in a few words, solved and recounted in one step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from random_worlds import NAN, NaT, as_city, as_households, as_rules, as_stages

from allocator.explain.first_come import first_come_first_served
from allocator.explain.missing import missing_sentences
from allocator.explain.unplaced import unplaced_reasons
from allocator.ledger import Ledger
from allocator.model.build import Model, build_model
from allocator.model.start import as_columns
from allocator.plan import allocation_table
from allocator.rules import Tally
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import Solution, solve
from allocator.verify import count_goals, verify_allocation

__all__ = [
    "TinyPlan", "building", "facility", "flats", "household", "model_of", "plain", "plan", "shared", "situation_of", "space",
    "started", "world",
]  # fmt: skip

Rows = Iterable[Mapping[str, Any]]


def space(space_id: str, residents: int = 100, district: str = "D1", **further: Any) -> dict[str, Any]:
    """A social space of 100 residents in district D1, unless said otherwise."""
    row = {"space_id": space_id, "name": space_id, "district_id": district, "status": 3, "residents": residents,
           "group_a": 0, "group_b": 0, "need": 1}  # fmt: skip
    return row | further


def building(building_id: str, space_id: str = "S1", x: float = 0.0, y: float = 0.0, **further: Any) -> dict[str, Any]:
    """A building without a site in S1, unless said otherwise; x and y in metres."""
    row = {
        "building_id": building_id,
        "space_id": space_id,
        "site_id": "",
        "dwellings": 4,
        "refugee_flats": 0,
        "x": x,
        "y": y,
    }
    return row | further


def flats(building_id: str, *capacities: int, **further: Any) -> list[dict[str, Any]]:
    """Flats of these capacities in one building, named `B1-1`, `B1-2`, …; rent, rooms and floor area unknown."""
    common = {"building_id": building_id, "shared": False, "occupied": 0, "rooms": NAN, "floor_area": NAN,
              "accessible": False, "rent": NAN, "kind": "", "available_from": NaT, "available_until": NaT}  # fmt: skip
    return [
        common | {"unit_id": f"{building_id}-{i}", "capacity": n} | further for i, n in enumerate(capacities, start=1)
    ]


def shared(building_id: str, capacity: int, occupied: int = 0, **further: Any) -> dict[str, Any]:
    """A shared unit, named after its building: `B1-shared`."""
    (row,) = flats(building_id, capacity, shared=True, occupied=occupied)
    return row | {"unit_id": f"{building_id}-shared"} | further


def household(household_id: str, persons: int = 1, home: str = "", **further: Any) -> dict[str, Any]:
    """A household without particular needs; `home` is the unit in which it lives now."""
    row = {"household_id": household_id, "persons": persons, "accessible": False, "group": "", "max_rent": NAN,
           "prefers": "", "near": "", "children_school": 0, "children_kita": 0, "unit_id": home, "pinned": False,
           "priority": 1.0, "arrives": NaT}  # fmt: skip
    return row | further


def facility(
    facility_id: str, kind: str = "school", seats: float = NAN, x: float = 0.0, y: float = 0.0
) -> dict[str, Any]:
    """A facility, a school with any number of seats unless said otherwise; x and y in metres."""
    return {"facility_id": facility_id, "kind": kind, "name": "", "seats": seats, "x": x, "y": y}


def world(
    spaces: Rows, buildings: Rows, units: Rows, households: Rows, rules: Mapping[str, dict[str, Any]] | None = None,
    goals: Iterable[dict[str, Any]] = ({"place": "persons"},), sites: Rows = (), facilities: Rows = (),
    day: date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A world in the form that `random_worlds` and `oracle` read.

    `refugees` is a column of social spaces, or of sites, if any of them says how many.
    """
    spaces, sites = [dict(row) for row in spaces], [dict(row) for row in sites]
    declared = {name: any("refugees" in row for row in rows) for name, rows in (("space", spaces), ("site", sites))}
    return {
        "declared_space_refugees": declared["space"],
        "declared_site_refugees": declared["site"],
        "spaces": [{"refugees": 0} | row for row in spaces],
        "buildings": [dict(row) for row in buildings],
        "units": [dict(row) for row in units],
        "sites": [{"refugees": 0, "name": "", "kind": ""} | row for row in sites],
        "households": [dict(row) for row in households],
        "facilities": [dict(row) for row in facilities],
        "day": day,
        "rules": dict(rules or {}),
        "goals": list(goals),
    }


def plain(text: str) -> str:
    """A sentence that calls rules by their names alone, without what they say."""
    return re.sub(r"'[^']*' \(([^()]*)\)", r"\1", text)


@dataclass(frozen=True)
class TinyPlan:
    """A solved world with its recount."""

    situation: Situation
    rules: dict[str, Any]
    stages: list[Any]
    solution: Solution

    @property
    def status(self) -> str:
        """The status of the solution."""
        return self.solution.status

    @property
    def values(self) -> list[float]:
        """The value of each goal, as the solver found it; recounted where the time was over before the goal's turn."""
        told = [stage.value for stage in self.solution.stages]
        counted = count_goals(self.stages, self.ledger, self.rules, self.tallies) if None in told else told
        return [other if one is None else one for one, other in zip(told, counted, strict=True)]

    @property
    def homes(self) -> dict[str, str]:
        """The unit of every household, "" for none."""
        ids = [*self.situation.city.units["unit_id"], ""]
        return {
            name: ids[unit] for name, unit in zip(self.situation.households["household_id"], self._unit_of, strict=True)
        }

    @property
    def _unit_of(self) -> np.ndarray:
        assert self.solution.unit_of is not None, "there is no plan"
        return self.solution.unit_of

    @cached_property
    def ledger(self) -> Ledger:
        """Today and afterwards, in plain rows."""
        return Ledger(self.situation.city, self.situation.households, self.homes, self.situation.day)

    @cached_property
    def tallies(self) -> dict[str, list[Tally]]:
        """Every rule recounted at every place."""
        return {name: list(rule.recount(self.ledger)) for name, rule in self.rules.items()}

    def tally(self, rule: str, place: str = "city") -> Tally:
        """The recount of one rule at one place."""
        (found,) = [tally for tally in self.tallies[rule] if tally.place == place]
        return found

    @property
    def reasons(self) -> dict[str, str]:
        """Why households found no place."""
        told = unplaced_reasons(self.situation, self.rules, self._unit_of)
        return {name: plain(reason) for name, reason in told.items()}

    @property
    def missing(self) -> list[str]:
        """What is missing where there is no plan."""
        return [plain(text) for text in missing_sentences(self.solution.missing, self.rules, "en")]

    @property
    def allocation(self) -> pd.DataFrame:
        """The allocation as the table of the contract."""
        return allocation_table(self.ledger, self.reasons)

    def defects(self) -> list[str]:
        """What the recount finds wrong: needs, places, hard rules, and values of goals that are not what was told."""
        city, households = self.situation.city, self.situation.households
        table = allocation_table(self.ledger, {})
        findings = verify_allocation(city, households, self.rules, self.stages, table, day=self.situation.day)
        found = [str(finding) for finding in findings]
        recounted = count_goals(self.stages, self.ledger, self.rules, self.tallies)
        for stage, counted in zip(self.solution.stages, recounted, strict=True):
            if stage.value is None:
                continue  # the time was over before its turn
            slack = max(1e-8, 2 * stage.slack)
            # A later goal may improve an earlier one that was not solved to the end, up to its bound.
            ends = [stage.value, stage.value if stage.bound is None else stage.bound]
            if not min(ends) - slack <= counted <= max(ends) + slack:
                found.append(f"goal {stage.name}: told {stage.value}, bound {stage.bound}, recounted {counted}")
        return found


def situation_of(world: dict[str, Any]) -> Situation:
    """The world as arrays."""
    return Situation(as_city(world), as_households(world), world.get("day"))


def model_of(world: dict[str, Any], **form: bool) -> Model:
    """The linear model of a world with all its rules and goals."""
    return build_model(situation_of(world), as_rules(world), as_stages(world), **form)


def started(world: dict[str, Any]) -> tuple[Model, np.ndarray]:
    """The model of a world, and the plan of an office that serves in order as its columns."""
    situation, rules = situation_of(world), as_rules(world)
    model = build_model(situation, rules, as_stages(world))
    return model, as_columns(model, first_come_first_served(situation, rules))


def plan(
    world: dict[str, Any], *, gap: float = 0.0, seconds: float = 60.0, seed: int = 1, hubs: bool = True,
    reduce: bool = True, situation: Situation | None = None,
) -> TinyPlan:  # fmt: skip
    """Solve a world, to the exact optimum unless a gap is given; its `situation` may be handed in, to build it once."""
    situation, rules, stages = situation or situation_of(world), as_rules(world), as_stages(world)
    options = SolveOptions(gap=gap, seconds=seconds, seed=seed)
    return TinyPlan(situation, rules, stages, solve(situation, rules, stages, options, hubs=hubs, reduce=reduce))
