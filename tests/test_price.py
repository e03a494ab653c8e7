"""What a rule costs at each value of its limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_runs import call, project

from allocator.errors import UsageError
from allocator.frontier.price_page import _series
from allocator.frontier.prices import OUTCOMES, Priced, begins_to_bind, read_values


def priced(value: float, persons: float | None, rent: float = 0.0) -> Priced:
    """A value at which so many persons are placed, at this rent; None for no plan."""
    goals: tuple[dict[str, Any], ...] = ()
    if persons is not None:
        goals = ({"goal": "place: persons", "sense": "max", "value": persons, "bound": persons},
                 {"goal": "rent", "sense": "min", "value": rent, "bound": rent})  # fmt: skip
    return Priced(value, "optimal" if goals else "infeasible", {}, goals)


def test_values_are_a_range_with_its_end_or_a_list() -> None:
    """20:80:20 holds 80, 0:1:0.3 stops at 0.9, lists are put in order, and steps may go down."""
    assert read_values("20:80:20") == [20, 40, 60, 80]
    assert read_values("0:1:0.3") == [0, 0.3, 0.6, 0.9]
    assert read_values("50, 20,20") == [20, 50]
    assert read_values("80:20:-30") == [20, 50, 80]


@pytest.mark.parametrize("text", ["", "20:", "20:80:0", "20:80:-1", "0:1000:1", "a,b", "1;2", "1e999", "nan"])
def test_what_is_no_list_of_numbers_is_refused(text: str) -> None:
    """Wrong usage, with an example."""
    with pytest.raises(UsageError, match="--values"):
        read_values(text)


def test_a_rule_begins_to_bind_where_the_goals_get_worse() -> None:
    """Looser than 40 nothing changes; at 30 fewer are placed. A later goal counts only where earlier ones are equal."""
    told = [priced(20, 5), priced(30, 8), priced(40, 9), priced(50, 9)]
    assert begins_to_bind(told, 1e-4) == ("binds", 40, 30)
    assert begins_to_bind([priced(1, 9, 500), priced(2, 9, 400), priced(3, 9, 400)], 1e-4) == ("binds", 2, 1)
    assert begins_to_bind([priced(1, None), priced(2, 9)], 1e-4) == ("binds", 2, 1)
    assert begins_to_bind([priced(1, 9), priced(2, 9)], 1e-4)[0] == "never_binds"
    assert begins_to_bind([priced(1, None)], 1e-4)[0] == "never_binds"


def test_a_rule_that_asks_for_more_binds_from_above() -> None:
    """Where a larger value is the stricter one, the limit lies on the other side."""
    assert begins_to_bind([priced(1, 9), priced(2, 9), priced(3, 4)], 1e-4) == ("binds", 2, 3)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario of `tiny_runs`; nobody changes it."""
    return project(tmp_path_factory.mktemp("price"))


def test_a_site_of_ten_takes_two_and_a_larger_one_everybody(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """H1 holds 8 persons besides 003, who must stay there: up to ten the more fit the looser it is."""
    folder = tmp_path / "price"
    answer = call(capsys, "price", scenario, "--rule", "ten-per-site", "--values", "2:12:2", "--out", folder)
    assert answer.status == 0, answer.err
    table = pd.read_csv(folder / "price.csv")
    assert table["at_most"].tolist() == [2, 4, 6, 8, 10, 12]
    assert table["persons_housed"].is_monotonic_increasing
    assert table.set_index("at_most").loc[10, "persons_housed"] == 11
    assert (table["excess"] == 0).all()
    told = json.loads((folder / "price.json").read_text(encoding="utf-8"))
    assert told["rule"] == "ten-per-site"
    html = (folder / "price.html").read_text(encoding="utf-8")
    assert html.count("<svg") >= 6
    assert "http" not in html.replace("http-equiv", "")


@pytest.mark.usefixtures("undrawn")
def test_each_value_is_what_a_run_gives(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The row of a value is the plan of `allocator run --set` with it."""
    words = ("--rule", "one-flat", "--values", "1,2", "--out", tmp_path / "price", "--language", "de", "--quiet")
    assert call(capsys, "price", scenario, *words).status == 0
    table = pd.read_csv(tmp_path / "price" / "price.csv").set_index("at_most")
    words = ("--set", "rules.one-flat.at_most=2", "--out", tmp_path / "run", "--json", "--quiet")
    run = call(capsys, "run", scenario, *words)
    result = json.loads(run.out)
    assert [table.loc[2, goal["goal"]] for goal in result["goals"]] == [goal["value"] for goal in result["goals"]]
    assert table.loc[2, "excess"] == next(rule["excess"] for rule in result["rules"] if rule["name"] == "one-flat")
    assert "INTERN" in (tmp_path / "price" / "price.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rule", "ten-per-sit", "--values", "1,2"), "did you mean 'ten-per-site'?"),
        (("--rule", "ten-per-site", "--values", "1,2", "--parameter", "at_mos"), "did you mean 'at_most'?"),
        (("--rule", "ten-per-site", "--values", "-5,2"), "cannot be -5"),
        (("--rule", "ten-per-site", "--values", "many"), "--values"),
    ],
)
def test_wrong_words_are_wrong_usage(
    scenario: Path, tmp_path: Path, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, what is wrong, what to do, and no folder."""
    answer = call(capsys, "price", scenario, *words, "--out", tmp_path / "price")
    assert answer.status == 2
    assert told in answer.err
    assert not list(tmp_path.iterdir())


def test_a_band_belongs_to_the_goal_that_was_proven() -> None:
    """With priorities the goal counts more than persons: its bound stands beside the goal, not beside the persons."""
    outcomes = dict.fromkeys(OUTCOMES) | {"persons_housed": 9.0}
    goals = ({"goal": "place: persons", "sense": "max", "value": 12.0, "bound": 14.0},)
    series = _series([Priced(20, "stopped", outcomes, goals)], "en")
    assert series == [
        ("Persons housed", "persons_housed", [(20, 9.0, None)]),
        ("Goal place: persons", "", [(20, 12.0, 14.0)]),
    ]
    outcomes["persons_housed"] = 12.0
    assert _series([Priced(20, "stopped", outcomes, goals)], "en") == [
        ("Persons housed", "persons_housed", [(20, 12.0, 14.0)])
    ]
