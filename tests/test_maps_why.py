"""Why, on the map: rules that have reached their limit, what one more brings, flats that help; none of it in public."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_maps import mapped_plan
from tiny_runs import PLAN, call, project

from allocator.maps.content import map_content
from allocator.maps.page import map_words, render_map
from allocator.maps.why_here import NOTHING
from allocator.plan import Plan
from allocator.runs import load_run

EVIL = "</script><b>A flat for 9 & more</b>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which a family of nine has no place, explained in English."""
    from click.testing import CliRunner

    from allocator.cli import cli

    folder = tmp_path_factory.mktemp("why")
    rules = "      few: {rule: share, of: refugees, per: social_space, at_most: 0.5}\n    goals:"
    text = PLAN.replace("    goals:", rules, 1)
    scenario = project(folder, text, households={"004": {"persons": 9, "max_rent": 5000}})
    for words in (("run", str(scenario), "--out", str(folder / "run"), "--language", "en"),
                  ("explain", str(folder / "run"), "--quiet")):  # fmt: skip
        answer = CliRunner().invoke(cli, words)
        assert answer.exit_code == 0, answer.output
    return folder / "run"


def content(plan: Plan, language: str = "en") -> dict[str, Any]:
    """What the page shows of a plan."""
    return map_content(plan, language, map_words(language))


def test_an_explained_run_says_what_helps_in_its_social_spaces(run: Path) -> None:
    """A flat for nine is told in the popup of its social space, and is a circle of the layer with its size and gain."""
    why = content(load_run(run))["why"]
    flats = why["flats"]
    assert set(flats["size"]) == {9}
    assert max(flats["gain"]) == 9
    assert all(flats["point"][axis] for axis in (0, 1))
    at = flats["gain"].index(9)
    assert flats["sentence"][at] in why["spaces"][str(flats["space"][at])]


def test_who_has_no_place_is_told_what_would_be_enough(run: Path) -> None:
    """The list of households without a place holds the smallest change."""
    unplaced = content(load_run(run))["unplaced"]
    assert unplaced["change"][unplaced["id"].index("004")].startswith(
        "would fit if rule 'At most 10 persons per site' (ten-per-site) allowed 19 persons"
    )


def test_answers_in_the_other_language_are_left_out(run: Path) -> None:
    """A German map of a run explained in English has no English sentence."""
    found = content(load_run(run), "de")
    assert found["why"]["flats"]["size"] == []
    assert set(found["unplaced"]["change"]) == {""}


def test_rules_that_are_used_up_are_told_without_asking(run: Path) -> None:
    """A share that is full in a social space is told there in percent, before anybody has asked anything."""
    plan = load_run(run)
    tallies = {name: list(some) for name, some in plan.tallies.items()}
    (first, *others) = tallies["few"]
    full = replace(first, today=1.0, after=first.limit, allowance=0.0)
    plan = replace(plan, why=None)
    object.__setattr__(plan, "tallies", tallies | {"few": [full, *others]})
    spaces = content(plan)["why"]["spaces"]
    assert any(
        "(few) has reached its limit here (50.00 % of 50.00 %)." in line for lines in spaces.values() for line in lines
    )


def test_text_from_data_stays_text(run: Path) -> None:
    """A sentence with markup ends no script and is written as it is."""
    plan = load_run(run)
    gains = [{**row, "sentence": EVIL} for row in plan.why["gains"]]
    page = render_map(replace(plan, why={**plan.why, "gains": gains}), "en")
    assert EVIL not in page
    assert "\\u003c/script\\u003e" in page


def test_the_public_map_says_nothing_of_it(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No sentence, no flat and no change of a household stands in the public map."""
    out = run.parent / "public.html"
    assert call(capsys, "map", run, "--public", "--out", out).status == 0
    page = out.read_text(encoding="utf-8")
    assert "would fit if" not in page
    assert "more flat for" not in page.replace(map_words("en")["why"]["next_flats"], "")


def test_a_plan_nobody_asked_about_has_no_answers() -> None:
    """Without answers nothing is told but what is used up; the words are there in both languages."""
    found = content(mapped_plan())["why"]
    assert found["flats"] == {**NOTHING["flats"], "point": found["flats"]["point"]}
    assert set(map_words("en")["why"]) == set(map_words("de")["why"])
