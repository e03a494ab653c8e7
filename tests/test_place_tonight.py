"""A household tonight: units that are open, and what each goal gains there, against counting the whole plan again."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import drawn
from oracle import Oracle
from random_worlds import as_rules, as_stages, random_world
from tiny import plan, situation_of
from tiny_runs import call, project, tiny_run

from allocator.city.decided import AGAINST, DECIDED, HOME
from allocator.explain.placing import placing
from allocator.ledger import Ledger
from allocator.rules.situation import Situation
from allocator.scenario.solving import SolveOptions
from allocator.solve.stages import solve
from allocator.verify import count_goals, verify_allocation

Capsys = pytest.CaptureFixture[str]


def counted(situation: Situation, world: dict, unit_of: np.ndarray) -> tuple[list[float], list[str]]:
    """Every goal of a plan, and what is wrong with it, counted from plain tables."""
    rules, stages = as_rules(world), as_stages(world)
    names = [*situation.city.units["unit_id"], ""]
    homes = {name: names[unit] for name, unit in zip(situation.households["household_id"], unit_of, strict=True)}
    ledger = Ledger(situation.city, situation.households, homes, situation.day)
    tallies = {name: list(rule.recount(ledger)) for name, rule in rules.items()}
    table = pd.DataFrame({"household_id": list(homes), "unit_id": list(homes.values())})
    found = verify_allocation(situation.city, situation.households, rules, stages, table, day=situation.day)
    return count_goals(stages, ledger, rules, tallies), [str(one) for one in found.errors]


@pytest.mark.parametrize("seed", drawn(range(40), 4))
def test_gains_are_what_counting_again_gives(seed: int) -> None:
    """In every open unit each goal's gain is the difference of two recounts, and every hard rule is kept."""
    world = random_world(seed)
    world["goals"] = [{"place": "persons"} if goal == {"place": "all"} else goal for goal in world["goals"]]
    situation = situation_of(world)
    found = plan(world, situation=situation)
    if found.solution.unit_of is None:
        pytest.skip("no plan keeps the rules")
    unit_of = found.solution.unit_of
    movable = np.flatnonzero(situation.home < 0)[:2]
    for household in movable.tolist():
        without = unit_of.copy()
        without[household] = -1
        told = placing(situation, found.rules, found.stages, without, household)
        before, wrong_before = counted(situation, world, without)
        ids = {name: at for at, name in enumerate(situation.city.units["unit_id"])}
        for row in told["units"]:
            there = without.copy()
            there[household] = ids[row["unit_id"]]
            after, wrong = counted(situation, world, there)
            assert [text for text in wrong if text not in wrong_before] == []
            gain = np.subtract(after, before)
            assert [goal["gain"] for goal in row["goals"]] == pytest.approx(gain.tolist(), abs=1e-6)


class DecidedOracle(Oracle):
    """The oracle with what a person has decided: brute force over the same choices."""

    def fits(self, household: dict, unit: dict) -> bool:
        """Not where it is excluded."""
        barred = any(unit[level] == place for level, place in household[AGAINST])
        return not barred and super().fits(household, unit)

    def choices(self, household: dict) -> list[tuple[str, bool]]:
        """Only the unit that was decided."""
        if household[DECIDED]:
            unit = self.units[household[DECIDED]]
            return [(household[DECIDED], True)] if self.fits(household, unit) and self.on_time(household, unit) else []
        return super().choices(household)


@pytest.mark.parametrize("seed", drawn(range(40), 6))
def test_plans_with_decisions_are_the_best_that_brute_force_finds(seed: int) -> None:
    """Random exclusions and one unit decided: model and oracle reach the same values, and the recount agrees."""
    world = random_world(seed)
    draw = np.random.default_rng(seed)
    units = sorted(unit["unit_id"] for unit in world["units"])
    for household in world["households"]:
        household[DECIDED], household[HOME] = "", household["unit_id"]
        household[AGAINST] = (("unit", str(draw.choice(units))),) if draw.random() < 0.4 else ()
        if draw.random() < 0.2:
            household[AGAINST] = (*household[AGAINST], ("social_space", "S0"))
    chosen = world["households"][int(draw.integers(len(world["households"])))]
    if not chosen["pinned"]:
        chosen[DECIDED], chosen[AGAINST] = str(draw.choice(units)), ()
    best = DecidedOracle(copy.deepcopy(world)).best()
    situation = situation_of(world)
    found = solve(situation, as_rules(world), as_stages(world), SolveOptions(gap=0, seconds=60))
    if best is None:
        assert found.status == "infeasible"
        return
    assert found.unit_of is not None, found.missing
    assert [stage.value for stage in found.stages] == pytest.approx(best, abs=1e-6)
    values, wrong = counted(situation, world, found.unit_of)
    assert wrong == []
    assert values == pytest.approx(best, abs=1e-6)


def test_a_mother_with_three_children_tonight(tmp_path: Path, capsys: Capsys) -> None:
    """Four persons fit U4 (5 places) and U6, beside U2, which has a flat of its building against it only softly.

    Without a plan everybody lives where the list says; H1 holds 8 and 003, so that nobody else fits there: ten at most.
    """
    scenario = project(tmp_path)
    answer = call(capsys, "place", scenario, "--household", "persons=4,children_school=3", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert [unit["unit_id"] for unit in told["units"]] == ["U4", "U2"]
    gains = [[(goal["goal"], goal["gain"]) for goal in unit["goals"]] for unit in told["units"]]
    assert gains[0] == [("place: persons", 4), ("keep: rules", 0), ("rent", 830)]
    assert gains[1] == [("place: persons", 4), ("keep: rules", 10), ("rent", 760)]
    assert told["closed"] == {"room": 2}
    assert told["closed_by_rule"] == {"ten-per-site": 2}
    shown = call(capsys, "place", scenario, "--household", "persons=4")
    assert "2 units are open" in shown.out
    assert "closed: 2 by rule 'At most 10 persons per site' (ten-per-site)" in shown.out


@pytest.mark.slow
def test_a_household_of_the_list_against_a_run(tmp_path: Path, capsys: Capsys) -> None:
    """004 lives in U3 by the plan; it could stay there, and nothing else that it can pay is open."""
    run = tiny_run(tmp_path)
    for _ in range(2):
        answer = call(capsys, "place", run, "--household", "004", "--json")
        assert answer.status == 0, answer.err
        assert [unit["unit_id"] for unit in json.loads(answer.out)["units"]] == ["U3"]
    why = ("--reason", "damp", "--by", "caseworker")
    assert call(capsys, "forbid", run, "--household", "004", "--unit", "U3", *why).status == 0
    answer = call(capsys, "place", run, "--household", "004")
    assert answer.status == 3
    assert "closed: 1 a person has decided against it" in answer.out
    nobody = call(capsys, "place", run, "--household", "persons=19")
    assert nobody.status == 3
    assert "0 units are open" in nobody.out


@pytest.mark.slow
def test_what_is_kept_between_calls_is_never_out_of_date(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second call reads what the first kept, until a file says something else or what was kept is spoilt."""
    monkeypatch.setenv("ALLOCATOR_CACHE", str(tmp_path / "cache"))
    scenario = project(tmp_path / "town")
    ask = ("place", scenario, "--household", "persons=4")
    first = call(capsys, *ask)
    (kept,) = (tmp_path / "cache").glob("desk-*.pickle")
    with monkeypatch.context() as closed:
        closed.setattr("allocator.runs.tonight._read", lambda _: pytest.fail("read again"))
        assert call(capsys, *ask) == first
    units = tmp_path / "town" / "tiny" / "units.csv"
    units.write_text(units.read_text(encoding="utf-8").replace("830", "831"), encoding="utf-8")
    second = call(capsys, *ask)
    assert "831 EUR" in second.out
    kept.write_bytes(b"spoilt")
    assert call(capsys, *ask) == second


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0041", "did you mean '004'?"),
        ("person=4", "did you mean 'persons'?"),
        ("persons=many", "many"),
        ("persons=4,persons=5", "is said twice"),
        ("persons=2,children_school=5", "children in a household of 2"),
        ("children_school=1", "persons"),
        ("persons=2,household_id=001", "is in the list"),
    ],
)
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, capsys: Capsys, text: str, why: str) -> None:
    """Ids, keys and numbers that are wrong are told, never with a traceback."""
    answer = call(capsys, "place", project(tmp_path), "--household", text)
    assert answer.status == 1
    assert why in answer.err
