"""The page of a sweep, and the numbers in it, worked out by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import drawn
from sweeps import design, solved
from tiny_runs import call

from allocator.sweep.parts import Sample
from allocator.sweep.report.charts import curves, heat_maps, roles_of
from allocator.sweep.report.effects import begins_to_bind, main_effects, sobol_effects
from allocator.sweep.report.scales import shade, short, ticks
from allocator.sweep.report.words import OUTCOMES, STATUS, WORDS

CAP = "rules.cap.at_most"


def test_main_effects_of_a_sum_share_its_variance() -> None:
    """Of y = 2a + b over a full grid of -1 and 1, a explains 4/5 and b 1/5; what changes nothing explains nothing."""
    table = pd.DataFrame(
        [(a, b, c, 2.0 * a + b) for a in (-1, 1) for b in (-1, 1) for c in "xy"], columns=[*"abc", "y"]
    )
    assert main_effects(table, ["a", "b", "c"], "y") == pytest.approx({"a": 0.8, "b": 0.2, "c": 0.0})
    assert main_effects(table.assign(y=3.0), ["a"], "y") == {}


def test_null_is_a_class_of_its_own() -> None:
    """A rule that is off is a value like any other."""
    table = pd.DataFrame({"a": [1.0, 1.0, None, None], "y": [0.0, 0.0, 4.0, 4.0]})
    assert main_effects(table, ["a"], "y") == pytest.approx({"a": 1.0})


def test_sobol_indices_of_the_ishigami_function() -> None:
    """Sobol indices known in closed form (Ishigami and Homma 1990).

    0.314, 0.442, 0 alone, 0.558, 0.442, 0.244 in all.
    """
    of = {name: {"from": -np.pi, "to": np.pi} for name in "abc"}
    sample = Sample.model_validate({"method": "saltelli", "size": 2048, "of": of})
    table = pd.DataFrame(sample.points())
    table["y"] = np.sin(table.a) + 7 * np.sin(table.b) ** 2 + 0.1 * table.c**4 * np.sin(table.a)
    told = sample.model_dump(by_alias=True)
    found = sobol_effects(table, told, [], "y")
    assert [found[name].first for name in "abc"] == pytest.approx([0.314, 0.442, 0.0], abs=0.03)
    assert [found[name].total for name in "abc"] == pytest.approx([0.558, 0.442, 0.244], abs=0.03)
    assert sobol_effects(table.iloc[1:], told, [], "y") == {}
    drawn = pd.concat([table.assign(draw=draw) for draw in (1, 2)]).sort_index(kind="stable")
    assert sobol_effects(drawn, told, [], "y")["a"].first == pytest.approx(found["a"].first)


def test_where_a_rule_begins_to_bind() -> None:
    """From off downwards: 30 costs nothing, 20 costs a person, 10 has no plan.

    In the second draw 30 costs one already.
    """
    rows = [
        (draw, cap, status, place, "plan.yaml")
        for draw, worst in ((1, 20), (2, 30))
        for cap, status, place in [
            (None, "optimal", 9.0),
            (30.0, "optimal", 9.0 if worst < 30 else 8.0),
            (20.0, "optimal", 8.0),
            (10.0, "infeasible", None),
        ]
    ]
    table = pd.DataFrame(rows, columns=["draw", CAP, "status", "y", "base"])
    (found,) = begins_to_bind(table, [CAP], ["y"])
    assert (found.value, found.low, found.high, found.loosest, found.draws) == (25.0, 20.0, 30.0, None, 2)
    (never,) = begins_to_bind(table[table[CAP].isna() | (table[CAP] > 25)].query("draw == 1"), [CAP], ["y"])
    assert never.value is None


def test_the_name_with_most_numbers_goes_along_x() -> None:
    """The others become lines and panels; a name with one value is not drawn."""
    table = pd.DataFrame([(a, b, c, 1) for a in range(5) for b in range(2) for c in range(3)], columns=[*"abcd"])
    roles = roles_of(table, [*"bcad"])
    assert (roles.x, roles.line, roles.panel) == ("a", "b", "c")
    assert roles_of(table, ["d"]) is None


def test_charts_have_one_scale_and_say_what_is_off() -> None:
    """Every panel has the same ticks; null stands apart as off; medians are marked, bands drawn; names are escaped."""
    rows = [
        (cap, kind, draw, (cap or 40) * (1 + (kind == "b")) + draw)
        for cap in (10, 20, None)
        for kind in ("<a>", "b")
        for draw in (1, 2, 3)
    ]
    table = pd.DataFrame(rows, columns=[CAP, "kind", "draw", "y"])
    roles = roles_of(table, [CAP, "kind"])
    chart = curves(table, roles, "y", "de", WORDS["de"])
    assert chart.count("<circle") == 6
    assert chart.count("<polygon") == 2
    assert ">aus<" in chart
    assert "&lt;a&gt;" in chart
    assert "<a>" not in chart
    heat = heat_maps(table, roles, "y", "de", WORDS["de"])
    assert heat.count("<rect") == 6
    assert ">82<" in heat


def test_numbers_and_colours() -> None:
    """Ticks are round; four figures; text on a cell stands out against it; colours run from dark to bright."""
    assert ticks(0.93, 4.2) == [1, 2, 3, 4]
    assert ticks(3, 3) == [3]
    assert (short(0.012345, "de"), short(1234.5, "de"), short(None, "de")) == ("0,01235", "1.234", "–")
    assert shade(0) == ("#440154", "#fff")
    assert shade(1) == ("#fde725", "#000")


def test_both_languages_have_all_words() -> None:
    """No word is missing in one of them."""
    for words in (WORDS, STATUS):
        assert words["de"].keys() == words["en"].keys()
    assert all(told.keys() == {"de", "en"} for told in OUTCOMES.values())


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep whose title is a script, and of which three runs at least have no plan."""
    text = """
        title: "<script>alert('caps')</script>"
        base: plan.yaml
        set: {goals: [{place: all}, {keep: rules}]}
        vary: {rules.ten-per-site.at_most: [9, 10, 12, null], rules.one-flat.soft: [1, 10]}
    """
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        solved(design(folder, text), folder / "sweep", patch)
    return folder / "sweep"


@pytest.mark.parametrize("language", drawn(["de", "en"], 1))
def test_the_page_stands_alone(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    """Written by the command from tables alone, the same page each time.

    Nothing loads from anywhere, text from the design is escaped, runs without a plan stand in it with their reason.
    """
    out = sweep
    assert call(capsys, "sweep", "report", out, "--language", language).status == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|http", page)
    assert page.count(STATUS[language]["infeasible"]) >= 3
    assert WORDS[language]["binding"] in page
    assert "ten-per-site" in page
    assert call(capsys, "sweep", "report", out, "--language", language, "--out", tmp_path / "again.html").status == 0
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
