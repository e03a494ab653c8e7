"""The same input gives the same bytes in whatever order its rows and columns are; the seed decides ties alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import drawn
from tiny_runs import call, result_of
from undrawn import nothing_drawn

from allocator.city.model_city import make_model_city, write_model_city

SCENARIO = """
city: town
households: town/households.csv
rules:
  fifty-per-site:   {rule: cap, count: persons, per: site, at_most: 50}
  one-flat:         {rule: cap, count: flats, per: building, at_most: 1, soft: 10}
  no-new-hotspots:  {rule: share, of: refugees, per: social_space, at_most: 0.05}
  no-dominance:     {rule: share, of: each_group, per: social_space, at_most: 0.40}
  flats-that-fit:   {rule: fit, standard: nrw}
goals: [{place: persons}, {keep: rules}, {spread: {over: districts, key: residents}}, prefer, rent]
solve: {gap: 0, seconds: 120, seed: 1}
"""
"""The rules and goals of the main example, to the proven optimum."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model city as files, with a scenario beside it."""
    folder = tmp_path_factory.mktemp("first")
    write_model_city(make_model_city(11, 6_000), folder / "town")
    (folder / "plan.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def first(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the town as it was made."""
    from allocator.runs import make_plan, write_run
    from allocator.scenario import load_scenario

    target = tmp_path_factory.mktemp("runs") / "first"
    with nothing_drawn():
        write_run(make_plan(load_scenario(town / "plan.yaml")), target)
    return target


def shuffle(town: Path, target: Path, seed: int) -> Path:
    """A copy of the project in which the rows of every table, and the columns beside geometry, are in another order."""
    draw = np.random.default_rng(seed)
    shutil.copytree(town, target)
    for path in sorted((target / "town").iterdir()):
        if path.suffix == ".csv":
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        elif path.suffix == ".geojson":
            frame = gpd.read_file(path)
        else:
            continue
        frame = frame.iloc[draw.permutation(len(frame))]
        columns = [column for column in frame.columns if column != "geometry"]
        frame = frame[[*draw.permutation(columns), *(["geometry"] if "geometry" in frame.columns else [])]]
        if path.suffix == ".csv":
            frame.to_csv(path, index=False, encoding="utf-8")
        else:
            path.unlink()
            # As many digits as the file had: the order is what changes, not the places.
            frame.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=15)
    return target


def allocation(run: Path) -> bytes:
    """The bytes of allocation.csv."""
    return (run / "allocation.csv").read_bytes()


def values(run: Path) -> list[float]:
    """The values of the goals."""
    return [goal["value"] for goal in result_of(run)["goals"]]


@pytest.mark.parametrize("seed", drawn([1, 2], 1))
@pytest.mark.usefixtures("undrawn")
def test_shuffled_input_gives_the_same_bytes(
    seed: int, town: Path, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every table's rows and columns in another order, allocation.csv and indicators.csv are the same bytes."""
    other = shuffle(town, tmp_path / "shuffled", seed)
    before = (town / "town" / "households.csv").read_bytes()
    assert (other / "town" / "households.csv").read_bytes() != before
    answer = call(capsys, "run", other / "plan.yaml", "--out", tmp_path / "run", "--quiet")
    assert answer.status == 0, answer.err
    assert allocation(tmp_path / "run") == allocation(first)
    assert (tmp_path / "run" / "indicators.csv").read_bytes() == (first / "indicators.csv").read_bytes()
    changing = ("created", "inputs", "phases", "seconds", "peak_memory_mb", "scenario", "goals")
    one, two = (
        {key: value for key, value in result_of(run).items() if key not in changing}
        for run in (first, tmp_path / "run")
    )
    assert one == two


@pytest.mark.usefixtures("undrawn")
@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(
    town: Path, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same input and seed a second time, in another folder, give the same allocation byte by byte."""
    assert call(capsys, "run", town / "plan.yaml", "--out", tmp_path / "again", "--quiet").status == 0
    assert allocation(tmp_path / "again") == allocation(first)
    assert values(tmp_path / "again") == values(first)


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_another_seed_differs_in_ties_only(
    town: Path, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another seed gives another allocation with the same value of every goal, proven optimal and verified."""
    run = tmp_path / "other"
    assert call(capsys, "run", town / "plan.yaml", "--out", run, "--quiet", "--set", "solve.seed=2").status == 0
    assert values(run) == pytest.approx(values(first), rel=1e-6)
    assert result_of(run)["status"] == "optimal"
    assert call(capsys, "verify", run).status == 0
    assert allocation(run) != allocation(first)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.slow
def test_rules_in_another_order_give_the_same_values(
    town: Path, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order of rules in the scenario file changes no value of any goal and no rule's breaches."""
    lines = SCENARIO.strip("\n").split("\n")
    rules = [line for line in lines if "{rule: " in line]
    head, tail = lines[: lines.index(rules[0])], lines[lines.index(rules[-1]) + 1 :]
    turned = town / "turned.yaml"
    turned.write_text("\n".join([*head, *reversed(rules), *tail]) + "\n", encoding="utf-8")
    assert call(capsys, "run", turned, "--out", tmp_path / "turned", "--quiet").status == 0
    assert values(tmp_path / "turned") == pytest.approx(values(first), rel=1e-6)
    told = [{rule["name"]: rule["hard"] for rule in result_of(run)["rules"]} for run in (first, tmp_path / "turned")]
    assert told[0] == told[1]
    assert json.dumps(list(told[0])) != json.dumps(list(told[1]))
