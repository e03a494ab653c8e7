"""Neighbours: which run may keep whose plan, and that a shared model has the optimum of a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import DESIGN, design
from tiny_runs import project

from allocator.model.family import Family, fitted
from allocator.rules import Rule, rule_named
from allocator.scenario import load_scenario
from allocator.solve.stages import solve
from allocator.sweep.chains import looser
from allocator.sweep.sweeping import prepare


def rules(**told: dict[str, Any]) -> dict[str, Rule]:
    """Rules by name."""
    return {name: rule_named(one["rule"]).model_validate(one) for name, one in told.items()}


CAP = {"rule": "cap", "count": "persons", "per": "site", "at_most": 50}
SHARE = {"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.05}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {"a": CAP}, True),
        ({"a": CAP}, {}, False),
        ({"a": CAP}, {"a": {**CAP, "at_most": 40}}, True),
        ({"a": CAP}, {"a": {**CAP, "at_most": 60}}, False),
        ({"a": CAP}, {"a": {**CAP, "soft": 1}}, False),
        ({"a": {**CAP, "soft": 1}}, {"a": CAP}, True),
        ({"a": {**CAP, "soft": 1}}, {"a": {**CAP, "soft": 2}}, True),
        ({"a": {**CAP, "soft": 2}}, {"a": {**CAP, "soft": 1}}, False),
        ({"a": CAP}, {"a": {**CAP, "per": "building"}}, False),
        ({"a": SHARE}, {"a": {**SHARE, "at_most": 0.04}}, False),
        ({"a": SHARE}, {"a": SHARE, "b": CAP}, True),
        ({"a": CAP}, {"b": CAP}, False),
    ],
)
def test_one_scenario_is_looser_if_it_allows_all_that_the_other_allows(
    one: dict[str, Any], other: dict[str, Any], expected: bool
) -> None:
    """More rules, lower caps, dearer or hard rules are tighter.

    A lower share may not be, since moving away lowers its base.
    """
    assert looser(rules(**one), rules(**other)) is expected


def test_chains_go_from_the_loosest_to_the_tightest_and_hold_each_scenario_once(tmp_path: Path) -> None:
    """Each softness is one chain of falling caps; without the cap two of its spellings are one scenario."""
    text = DESIGN.replace("rules.one-flat.soft: [null, 1, 10]", "rules.ten-per-site.soft: [null, 3]")
    sweep = prepare(design(tmp_path, text), tmp_path / "lists")
    assert (len(sweep.runs), sweep.distinct) == (10, 9)
    told = [[run.point.values["rules.ten-per-site.at_most"] for run in chain.runs] for chain in sweep.chains]
    assert told == [[None, 12, 10, 9, 8], [12, 10, 9, 8]]
    assert sweep.chains[0].parents == (None, 0, 1, 2, 3)
    assert sweep.chains[0].loose == (False, True, True, True, True)


def test_long_chains_are_cut_and_names_do_not_depend_on_anything_but_the_design(tmp_path: Path) -> None:
    """Forty caps are three chains; preparing a design twice gives the same keys."""
    text = "base: plan.yaml\nvary: {rules.ten-per-site.at_most: {from: 1, to: 40, step: 1}}\n"
    path = design(tmp_path, text)
    first, again = (prepare(path, tmp_path / "lists").chains for _ in range(2))
    assert [len(chain.runs) for chain in first] == [16, 16, 8]
    assert [chain.keys for chain in first] == [chain.keys for chain in again]


def test_a_shared_model_has_the_optimum_of_a_model_of_its_own(tmp_path: Path) -> None:
    """For every cap, hard and soft, goal by goal, with and without the neighbour's plan to start from."""
    path = project(tmp_path)
    base = load_scenario(path)
    for soft in ("null", "2"):
        texts = [
            [f"rules.ten-per-site.soft={soft}", f"rules.ten-per-site.at_most={number}"]
            for number in (14, 12, 10, 9, 8, 2)
        ]
        members = [["rules.ten-per-site=null"], *texts]
        scenarios = [load_scenario(path, text, households=base.households, city=base.city) for text in members]
        family = Family(base.situation, [one.rules for one in scenarios])
        before = None
        for one in scenarios:
            alone = solve(base.situation, one.rules, one.stages, one.solve)
            start = None if before is None else fitted(base.situation, one.rules, before)
            shared = solve(base.situation, one.rules, one.stages, one.solve, start=start, build=family.build)
            assert [stage.value for stage in shared.stages] == pytest.approx([stage.value for stage in alone.stages])
            assert shared.status == alone.status == "optimal"
            before = shared.unit_of
        assert len({id(model.linear.matrix) for model in family._models.values()}) == len(base.stages)


def test_a_plan_is_made_to_fit_a_lower_cap(tmp_path: Path) -> None:
    """Two of the shared unit's households are too many for nine persons: who is pinned there stays, the other goes."""
    path = project(tmp_path)
    one = load_scenario(path, ["rules.ten-per-site.at_most=9"])
    ids = one.city.units["unit_id"].tolist()
    plan = np.array([ids.index(unit) for unit in ("U1", "U2", "U5", "U3", "U5")])
    assert fitted(one.situation, one.rules, plan).tolist() == [*plan[:4].tolist(), -1]
