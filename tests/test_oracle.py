"""The planner against an oracle that tries every allocation, and against first come, first served."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from drawn import drawn
from greedy import first_come_first_served, joined
from oracle import Oracle
from random_worlds import as_city, as_households, as_rules, as_stages, random_world
from tiny import TinyPlan, plan, situation_of

from allocator.goals import goals_by_name
from allocator.ledger import Ledger
from allocator.model import distances
from allocator.model.build import build_model
from allocator.rules import rules_by_name
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve import relaxed, selection, sifting, stages
from allocator.solve.stages import solve

FORMS = {
    "hubs": {"hubs": True, "reduce": True},
    "plain": {"hubs": False, "reduce": False},
    "selected": {"hubs": True, "reduce": True},
    "selected plain": {"hubs": False, "reduce": True},
}
"""Four ways to write and solve the same model."""
FAST, ALL = 20, 2020
"""Worlds of the fast test, and where those of the slow one end."""


class CityOracle(Oracle):
    """The oracle with what only whole cities have: costs of sites, and dwellings of buildings as a key."""

    def goal_cost(self, _value: None, plan: list) -> float:
        """EUR a month, for each person at a site."""
        cost = {name: site["cost"] for name, site in self.sites.items()}
        return sum(h["persons"] * cost.get(u["site"], 0) for h, u, placed in plan if placed)

    def column(self, name: str, level: str) -> Counter:
        """A column of social spaces added up; dwellings are added up over buildings."""
        if name != "dwellings":
            return super().column(name, level)
        sums: Counter = Counter()
        for building in self.buildings.values():
            if building["space_id"]:
                district = self.spaces[building["space_id"]]["district_id"]
                sums[{"social_space": building["space_id"], "district": district}[level]] += building["dwellings"]
        return sums


def random_city(seed: int) -> dict[str, Any]:
    """A random world; every fifth has costs of sites as a goal, every seventh asks for an even spread by dwellings."""
    world = random_world(seed)
    for number, site in enumerate(world["sites"]):
        site["cost"] = 250.0 + 90 * number
    goals = list(world["goals"])
    if seed % 5 == 0:
        goals.insert(1, {"cost": None})
    if seed % 7 == 0 and any(building["space_id"] for building in world["buildings"]):
        goals.insert(1, {"spread": {"over": "social_spaces", "key": "dwellings", "minimise": "sum"}})
    return world | {"goals": goals}


def disagreement(world: dict[str, Any], best: list[float] | None, situation: Situation, **form: bool) -> str:
    """What is wrong with the plan of a world whose best values are known; "" if nothing is."""
    found = plan(world, situation=situation, **form)
    if best is None:
        if found.status == "infeasible" and found.solution.missing:
            return ""
        return f"expected infeasible with a reason, got {found.status} {found.solution.missing}"
    if found.solution.unit_of is None:
        return f"{found.status}, but there is a plan worth {best}"
    if found.status != "optimal":
        return f"{found.status} instead of optimal"
    same = all(
        abs(value - wanted) <= 1e-5 * max(1.0, abs(wanted)) for value, wanted in zip(found.values, best, strict=True)
    )
    return "; ".join(([] if same else [f"goals {found.values}, best {best}"]) + found.defects())


def disagreements(seeds: range, monkeypatch: pytest.MonkeyPatch, forms: int = len(FORMS)) -> list[str]:
    """Every disagreement with the oracle over some seeds, each world in so many forms (in turn if not in all)."""
    wrong = []
    for seed in seeds:
        world = random_city(seed)
        best, situation = CityOracle(world).best(), situation_of(world)
        for turn in range(forms):
            name = list(FORMS)[(seed + turn) % len(FORMS)]
            with monkeypatch.context() as patch:
                if name.startswith("selected"):
                    patch.setattr(selection, "SMALL", 3)
                    patch.setattr(relaxed, "MANY", 0)
                    patch.setattr(stages, "SMALL", 0)  # so that goals exclude columns from later ones
                    for large in (selection, sifting) if seed % 3 else ():  # so that cuts are drawn several times
                        patch.setattr(large, "LARGE", 0)
                    patch.setattr(distances, "NEAREST", 1)
                    patch.setattr(distances, "FEW", 0)
                text = disagreement(world, best, situation, **FORMS[name])
            if text:
                wrong.append(f"seed {seed}, {name}: {text}")
    return wrong


def test_every_goal_equals_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """In twenty random tiny worlds every goal is as good as the best of all allocations, and every plan verified."""
    assert disagreements(range(FAST), monkeypatch, forms=1) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(FAST, ALL, 100))
def test_every_goal_equals_brute_force_in_many_worlds(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In two thousand further worlds, each in one form of model in turn, every goal is as good as the best there is."""
    assert disagreements(range(start, start + 100), monkeypatch, forms=1) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 60, 15))
def test_every_form_of_model_equals_brute_force(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In sixty worlds every goal is as good as the best there is in each of the four forms."""
    assert disagreements(range(start, start + 15), monkeypatch) == []


def features(world: dict[str, Any]) -> set[str]:
    """What a random world has: rules hard and soft, goals, pins, unsuitable homes, excess of today, flows, classes."""
    seen = {f"{rule['rule']} {'soft' if 'soft' in rule else 'hard'}" for rule in world["rules"].values()}
    for goal in world["goals"]:
        seen |= {name for part in goal.get("weighted", [goal]) for name in part} | set(goal)
    seen |= {"pinned" for household in world["households"] if household["pinned"]}
    situation = situation_of(world)
    columns = build_model(situation, as_rules(world), as_stages(world)).columns
    seen |= {"interim"} if (situation.unsuitable_home >= 0).any() else set()
    seen |= {"flows"} if (columns.flows.of_class >= 0).any() else set()
    seen |= {"pools"} if (columns.flows.of_class < 0).any() else set()
    seen |= {"pools without a hub"} if (columns.several[columns.kind] & ~columns.through_hub).any() else set()
    seen |= {"class of several"} if columns.classes.size.max() > 1 else set()
    ledger = Ledger(situation.city, situation.households, {})
    for rule in as_rules(world).values():
        seen |= {"persons outside"} if getattr(rule, "per", "") == "city" and ledger.persons_outside > 0 else set()
        seen |= {"excess today"} if any(tally.allowance > 0 for tally in rule.recount(ledger)) else set()
    return seen


@pytest.mark.slow
def test_the_random_worlds_meet_every_rule_goal_and_form() -> None:
    """The first worlds hold every rule hard and soft, every goal, excess of today, pins and flows.

    In some a rule per city has to count people who live outside every social space.
    """
    wanted = {f"{rule} {kind}" for rule in rules_by_name() for kind in ("hard", "soft")} | set(goals_by_name())
    wanted |= {"weighted", "pinned", "interim", "flows", "pools", "pools without a hub", "class of several", "excess today",
               "persons outside"}  # fmt: skip
    for seed in range(3 * FAST):
        wanted -= features(random_city(seed))
        if not wanted:
            break
    assert wanted == set()


def not_worse_than_greedy(world: dict[str, Any], found: TinyPlan) -> str:
    """What greedy does better, goal by goal; "" if nothing."""
    oracle, greedy = first_come_first_served(world)
    assert oracle.keeps_hard_rules(greedy), "greedy itself must be a plan"
    for goal, stage, value in zip(world["goals"], found.stages, found.values, strict=True):
        theirs = oracle.goal(goal, greedy)
        ahead = (value - theirs) * (1 if stage.sense == "max" else -1)
        if abs(ahead) > 1e-5 * max(1.0, abs(theirs)):
            return "" if ahead > 0 else f"{stage.name}: {value}, greedy {theirs}"
    return ""


@pytest.mark.parametrize("number", drawn(range(3), 1))
def test_never_worse_than_first_come_first_served(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In cities of eight random worlds side by side the plan is verified and no worse than serving in order."""
    monkeypatch.setattr(selection, "SMALL", 60)
    world = joined([random_world(5000 + 8 * number + i) for i in range(8)])
    world["goals"] = [{"place": "persons"}, *[goal for goal in world["goals"] if "place" not in goal]]
    found = plan(world, gap=1e-4, seconds=20)
    assert found.defects() == []
    assert not_worse_than_greedy(world, found) == ""


def shuffled(world: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same world with the rows of every table in another order."""
    draw = random.Random(seed)
    # Social spaces get their shapes by their order, which must stay; tests on files shuffle them too.
    tables = ("buildings", "units", "sites", "households", "facilities")
    return world | {table: draw.sample(world[table], len(world[table])) for table in tables}


@pytest.mark.parametrize("seed", drawn(range(0, 20, 4), 3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    """The same world with shuffled rows gives the same allocation, household by household."""
    world = random_world(seed)
    one, other = plan(world), plan(shuffled(world, seed))
    assert one.status == other.status
    if one.solution.unit_of is not None:
        assert one.homes == other.homes
        assert one.values == other.values


@pytest.mark.parametrize("seed", drawn(range(40, 60, 4), 3))
def test_the_order_of_rules_changes_no_value(seed: int) -> None:
    """The same rules in another order in the scenario file give the same values."""
    world = random_world(seed)
    turned = world | {"rules": dict(reversed(world["rules"].items()))}
    one, other = plan(world), plan(turned)
    assert one.status == other.status
    assert one.values == pytest.approx(other.values)


def test_a_world_without_rules_places_by_room_alone() -> None:
    """Without any rule the planner still agrees with brute force on who fits where."""
    for seed in range(2000, 2003):
        world = random_world(seed) | {"rules": {}}
        assert disagreement(world, Oracle(world).best(), situation_of(world)) == "", seed


def test_the_solver_reads_only_what_it_is_given() -> None:
    """Solving a situation twice, in one process, gives the same plan: nothing hides in between."""
    world = random_world(7)
    situation = Situation(as_city(world), as_households(world))
    first, second = (solve(situation, as_rules(world), as_stages(world), SolveOptions(gap=0)) for _ in range(2))
    assert first.status == second.status
    assert [stage.value for stage in first.stages] == [stage.value for stage in second.stages]
    if first.unit_of is not None and second.unit_of is not None:
        assert first.unit_of.tolist() == second.unit_of.tolist()
