"""Golden models: for every rule and goal the exported LP file, compared with one that was worked out by hand."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import highspy
import pytest
from drawn import drawn
from golden_models import CASES, GOLDEN, Case, model_named, write_model
from random_worlds import as_rules, as_stages

from allocator.goals import goals_by_name
from allocator.rules import rules_by_name
from allocator.rules.situation import LEVELS
from allocator.scenario.solving import SolveOptions
from allocator.solve.highs import solve_one

SECTIONS = ("Maximize", "Minimize", "Subject To", "Bounds", "Generals", "Binaries", "End")


def sections(text: str) -> dict[str, list[str]]:
    """The statements of an LP file by section, each on one line and sorted.

    PuLP 3 and 4 write bounds in different orders, and break and pad lines as they like.
    """
    result: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("\\"):
            continue
        if line.strip() in SECTIONS:
            current = result.setdefault(line.strip(), [])
        elif current and not re.match(r"\S+: ", line) and line.startswith(" ") and ":" in current[0]:
            current[-1] += line  # a long row goes on
        else:
            current.append(line)
    return {name: sorted(" ".join(line.split()) for line in lines) for name, lines in result.items()}


def terms(row: str) -> tuple[str, frozenset[tuple[str, Fraction]], str]:
    """Name, {(column, coefficient)} and right-hand side of a row, whatever the order and the spelling of its terms."""
    name, _, body = row.partition(": ")
    left, sign, right = re.fullmatch(r"(.*?)\s*(?:(<=|>=|=)\s*(\S+))?", body).groups()
    found = re.findall(r"([+-]?)\s*(\d[\d.e+-]*)?\s*([A-Za-z_][^\s]*)", left)
    signed = frozenset(
        (column, Fraction(number or "1") * (-1 if minus == "-" else 1)) for minus, number, column in found
    )
    return name, signed, f"{sign} {float(right):.9g}" if sign else ""


@pytest.mark.parametrize("name", drawn(CASES, 25))
def test_the_exported_model_is_the_golden_one(name: str, tmp_path: Path) -> None:
    """The LP file of each rule and goal says the same as the golden one, with either version of PuLP."""
    write_model(name, tmp_path / "model.lp")
    golden = (GOLDEN / f"{name}.lp").read_text(encoding="utf-8")
    assert sections((tmp_path / "model.lp").read_text(encoding="utf-8")) == sections(golden)


@pytest.mark.parametrize("name", drawn(CASES, 25))
def test_the_golden_model_has_the_rows_worked_out_by_hand(name: str) -> None:
    """Each golden model has the objective and rows that its sentence leads to, and nothing that it excludes."""
    case, text = CASES[name], (GOLDEN / f"{name}.lp").read_text(encoding="utf-8")
    found = sections(text)
    rows = {terms(row) for section in ("Maximize", "Minimize", "Subject To") for row in found.get(section, ())}
    for row in case.rows():
        assert terms(row) in rows, row
    for absent in case.absent():
        assert absent not in text


@pytest.mark.parametrize("name", drawn(CASES, 25))
def test_highs_reads_the_golden_model_back(name: str) -> None:
    """HiGHS reads each file without a complaint and finds in it the optimum that the planner finds."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(GOLDEN / f"{name}.lp")) == highspy.HighsStatus.kOk
    highs.run()
    linear = model_named(name)
    ours = solve_one(linear, linear.objectives[0], SolveOptions(gap=0), 30.0)
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert highs.getInfo().objective_function_value == pytest.approx(ours.value, abs=1e-6)


def test_every_rule_has_golden_models_hard_and_soft() -> None:
    """Every rule of the registry, hard and soft, has a golden model: a new rule without one fails here."""
    covered = {(rule.rule, rule.is_soft) for case in CASES.values() for rule in as_rules(case.world).values()}
    assert {(rule, soft) for rule in rules_by_name() for soft in (False, True)} <= covered


def test_every_goal_has_a_golden_model() -> None:
    """Every goal of the registry has a golden model: a new goal without one fails here."""
    stages = [stage for case in CASES.values() for stage in as_stages(case.world)]
    assert set(goals_by_name()) <= {goal.goal for stage in stages for goal, _ in stage.goals}
    assert any(len(stage.goals) > 1 for stage in stages), "no weighted step"


def told(rule: str, parameter: str, cases: list[Case]) -> set[str]:
    """The values that a parameter of a rule takes in the golden models; of a structured one the name of its key."""
    entries = [entry for case in cases for entry in case.world["rules"].values() if entry["rule"] == rule]
    values = [entry.get(parameter) for entry in entries]
    return {next(iter(value)) if isinstance(value, dict) else str(value) for value in values}


def test_every_level_and_kind_has_a_golden_model() -> None:
    """Caps at every level and of every count, shares of every kind and level, every standard of fit have a model."""
    cases = list(CASES.values())
    assert told("cap", "per", cases) == {*LEVELS, "within"}
    assert told("cap", "count", cases) == {"persons", "households", "flats"}
    assert told("share", "per", cases) == set(LEVELS)
    assert told("share", "of", cases) == {"refugees", "each_group", "group", "where", "households", "lettings"}
    fits = {key for case in cases for rule in case.world["rules"].values() if rule["rule"] == "fit" for key in rule}
    assert {"standard", "spare_rooms", "spare_persons", "min_floor_area"} <= fits


def test_no_golden_model_is_left_over() -> None:
    """Every file in the folder belongs to a case."""
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(CASES)
