"""Design files: what they say becomes points, and what they cannot say becomes findings."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from sweeps import design, findings_of

from allocator.errors import InputError
from allocator.scenario import load_schema
from allocator.sweep.design import read_design
from allocator.sweep.parts import Interval, Range, Sample
from allocator.sweep.points import overrides_of, points_of


def points(folder: Path, text: str) -> list[dict[str, object]]:
    """The points of a design as rows."""
    return [point.row for point in points_of(read_design(design(folder, text)))]


def test_names_are_crossed_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Every value meets every other; the last name changes fastest."""
    found = points(tmp_path, """
        base: plan.yaml
        vary:
          rules.ten-per-site.at_most: [8, null]
          rules.one-flat.soft: {from: 1, to: 3, step: 1}
    """)  # fmt: skip
    assert [(row["rules.ten-per-site.at_most"], row["rules.one-flat.soft"]) for row in found] == list(
        itertools.product([8, None], [1, 2, 3])
    )


def test_zipped_columns_change_together(tmp_path: Path) -> None:
    """The columns of a group are no grid: three values each give three points."""
    found = points(tmp_path, """
        base: plan.yaml
        zip:
          - {rules.ten-per-site.at_most: [8, 9, 9], rules.one-flat.soft: [1, 1, null]}
    """)  # fmt: skip
    assert [tuple(row.values())[2:] for row in found] == [(8, 1), (9, 1), (9, None)]


def test_what_meets_all_conditions_of_an_exclusion_is_left_out(tmp_path: Path) -> None:
    """Conditions are those of rules; a bare value means equals, null means null, and all must hold."""
    found = points(tmp_path, """
        base: plan.yaml
        vary: {rules.ten-per-site.at_most: [8, 9, null], rules.one-flat.soft: [null, 1]}
        draws: {count: 2}
        exclude:
          - {rules.ten-per-site.at_most: null, rules.one-flat.soft: null}
          - {rules.ten-per-site.at_most: {at_most: 8}, rules.one-flat.soft: 1}
          - {draw: {in: [2]}}
    """)  # fmt: skip
    assert [tuple(row.values())[2:] for row in found] == [(8, None), (9, None), (9, 1), (None, 1)]


def test_null_turns_a_limit_off_and_makes_a_rule_hard(tmp_path: Path) -> None:
    """`at_most: null` takes the rule out whatever its softness; `soft: null` is hard; a run has one thread."""
    told = read_design(design(tmp_path))
    assert [overrides_of(told, point) for point in points_of(told) if point.values["rules.one-flat.soft"] != 1][
        -3:
    ] == [
        ("rules.ten-per-site.at_most=12", "rules.one-flat.soft=10", "solve.threads=1"),
        ("rules.ten-per-site=null", "rules.one-flat.soft=null", "solve.threads=1"),
        ("rules.ten-per-site=null", "rules.one-flat.soft=10", "solve.threads=1"),
    ]
    off = read_design(design(tmp_path, """
        base: plan.yaml
        set: {solve.gap: 0.5}
        zip: [{rules.one-flat.at_most: [1, null], rules.one-flat.soft: [2, 3]}]
    """, "off.yaml"))  # fmt: skip
    assert [overrides_of(off, point) for point in points_of(off)] == [
        ("solve.gap=0.5", "rules.one-flat.at_most=1", "rules.one-flat.soft=2", "solve.threads=1"),
        ("rules.one-flat=null", "solve.gap=0.5", "solve.threads=1"),
    ]


def test_ranges_hold_both_ends_and_round_numbers() -> None:
    """Steps do not drift, counts include both ends, a logarithmic range has even ratios."""
    assert Range.model_validate({"from": 0.1, "to": 0.5, "step": 0.1}).values() == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert Range.model_validate({"from": 20, "to": 80, "step": 20}).values() == [20, 40, 60, 80]
    assert Range.model_validate({"from": 1, "to": 1000, "count": 4, "scale": "log"}).values() == [1, 10, 100, 1000]
    assert Range.model_validate({"from": 1, "to": 2, "count": 5, "whole": True}).values() == [1, 2]


def test_whole_numbers_of_an_interval_are_equally_likely() -> None:
    """Of 20 to 23 each whole number gets a quarter of the way, the ends too."""
    values = Interval.model_validate({"from": 20, "to": 23, "whole": True}).at(np.linspace(0, 1, 4000, endpoint=False))
    assert {value: values.count(value) for value in set(values)} == dict.fromkeys((20, 21, 22, 23), 1000)


@pytest.mark.parametrize(("method", "number"), [("latin_hypercube", 16), ("sobol", 16), ("saltelli", 64)])
def test_a_sample_is_reproducible_and_fills_its_intervals(method: str, number: int) -> None:
    """The same seed gives the same points, another one others; they stay within, and fill every quarter."""
    of = {"a": {"from": 0, "to": 1}, "b": {"from": 10, "to": 20}}
    make = lambda seed: Sample.model_validate({"method": method, "size": 16, "seed": seed, "of": of}).points()  # noqa: E731
    found = make(1)
    assert found == make(1)
    assert found != make(2)
    assert len(found) == number
    for name, low, high in (("a", 0, 1), ("b", 10, 20)):
        values = np.array([point[name] for point in found])
        assert ((values >= low) & (values <= high)).all()
        assert (np.histogram(values, bins=4, range=(low, high))[0] > 0).all()


def test_a_saltelli_sample_changes_one_column_at_a_time() -> None:
    """The third and fourth block are the first with one column of the second, as the estimators expect."""
    of = {"a": {"from": 0, "to": 1}, "b": {"from": 0, "to": 1}}
    rows = Sample.model_validate({"method": "saltelli", "size": 8, "of": of}).points()
    a, b, first, second = rows[:8], rows[8:16], rows[16:24], rows[24:]
    assert [row["a"] for row in first] == [row["a"] for row in b]
    assert [row["b"] for row in first] == [row["b"] for row in a]
    assert [row["a"] for row in second] == [row["a"] for row in a]
    assert [row["b"] for row in second] == [row["b"] for row in b]


BROKEN = """
    base: nowhere.yaml
    vari: {}
    vary:
      rules.ten-per-site.at_most: []
      solve.threads: [1, 2]
      color: [red]
      rules.one-flat.soft: [1, 1]
    zip:
      - {rules.a.soft: [1, 2], rules.b.soft: [1]}
    sample: {method: sobol, size: 12, of: {rules.one-flat.soft: {from: 1, to: 0}}}
    draws: {count: 0, households: {count: 3, persons: {"0": 1}}}
    exclude:
      - {rules.c.soft: 1}
"""


def test_everything_wrong_with_a_design_is_found_at_once(tmp_path: Path) -> None:
    """Each defect is one finding with the line where it stands and what to do."""
    found = findings_of(design(tmp_path, BROKEN))
    told = {(finding.line, finding.column) for finding in found}
    assert {(1, "base"), (2, "vari"), (4, "vary.rules.ten-per-site.at_most"), (5, "vary.solve.threads"),
            (6, "vary.color"), (7, "vary.rules.one-flat.soft"), (9, "zip.0"), (13, "exclude.0")} <= told  # fmt: skip
    assert {line for line, _ in told} >= {10, 11}
    assert all(finding.file == "caps.yaml" and finding.remedy for finding in found), found


def test_a_name_that_no_scenario_knows_points_to_the_line_of_the_design(tmp_path: Path) -> None:
    """What the scenario refuses is said of the design, once, however many points have it."""
    found = findings_of(design(tmp_path, """
        base: plan.yaml
        vary:
          rules.ten-per-site.at_most: [8, -1]
          rules.one-flatt.soft: [1, 2]
    """))  # fmt: skip
    assert {(finding.file, finding.line) for finding in found} == {("caps.yaml", 3), ("caps.yaml", 4)}
    assert any("one-flat" in finding.remedy for finding in found)
    assert len(found) <= 3


@pytest.mark.parametrize("text", ["base: plan.yaml\n", "base: plan.yaml\nvary: {rules.one-flat.soft: 3}\n", "[]\n", ""])
def test_a_design_in_which_nothing_varies_is_refused(tmp_path: Path, text: str) -> None:
    """One run is no sweep, a bare value no list, a list no design."""
    with pytest.raises(InputError):
        read_design(design(tmp_path, text))


def test_a_design_may_not_exclude_everything_nor_hold_millions_of_points(tmp_path: Path) -> None:
    """Both are findings, and the second is found before the points are made."""
    nothing = "base: plan.yaml\nvary: {rules.one-flat.soft: [1, 2]}\nexclude: [{rules.one-flat.soft: {at_least: 0}}]\n"
    assert "every point is excluded" in str(findings_of(design(tmp_path, nothing))[0])
    steps = "{from: 1, to: 5000, step: 1}"
    many = f"base: plan.yaml\nvary: {{rules.one-flat.soft: {steps}, solve.seed: {steps}}}\n"
    assert "25,000,000 points" in str(findings_of(design(tmp_path, many))[0])


def test_the_design_of_the_readme_is_the_one_that_is_shipped() -> None:
    """It stands there word for word, and every one of its points is a scenario."""
    root = Path(__file__).parents[1]
    text = (root / "scenarios" / "designs" / "caps.yaml").read_text(encoding="utf-8")
    assert f"```yaml\n{text}```" in (root / "README.md").read_text(encoding="utf-8")
    told = read_design(root / "scenarios" / "designs" / "caps.yaml")
    assert len(points_of(told)) == 51
    for point in points_of(told):
        load_schema(told.folder / point.base, overrides_of(told, point))
