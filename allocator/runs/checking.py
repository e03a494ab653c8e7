"""Whether the files of a run belong together: the plan, and everything that its result says of it.

`allocator.verify` recounts rules and goals; here everything else that is written is held against the plan and the
scenario: persons, names, bounds, statuses, indicators and the sentence. Imports nothing of `allocator.model` and
`allocator.solve`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from allocator.access.distances import how_measured
from allocator.city.decided import home_today
from allocator.errors import Findings
from allocator.plan import ALLOCATION_COLUMNS, Plan
from allocator.proof import relative_gap, status_of, worst
from allocator.runs.shown import check_shown
from allocator.runs.tables import csv_text
from allocator.verify import count_rules, verify_allocation, verify_result

__all__ = ["check_run"]

REMEDY = "the plan and its result do not belong together; run the scenario again"
RELATIVE = 1e-6
LISTED = 20
"""Differing values of `indicators.csv` that are named one by one."""


def check_run(plan: Plan, folder: Path) -> Findings:
    """Every defect of a written run: first of the allocation, and if there is none, of what the result says of it."""
    file, scenario = str(folder / "allocation.csv"), plan.scenario
    findings = Findings()
    _check_columns(plan, findings, file)
    if not findings.errors:
        findings.extend(
            verify_allocation(
                scenario.city, scenario.households, scenario.rules, scenario.stages, plan.allocation, file, scenario.day
            )
        )
    if findings.errors:
        return findings
    _check_persons_and_reasons(plan, findings, file)
    file = str(folder / "result.json")
    _check_names(plan, findings, file)
    if not findings.errors:
        findings.extend(verify_result(plan.result, scenario.stages, plan.ledger, scenario.rules, plan.tallies, file))
        _check_rules(plan, findings, file)
        _check_bounds(plan, findings, file)
        _check_words_and_indicators(plan, findings, file)
        _check_areas(plan, findings, folder / "indicators.csv")
        check_shown(plan, folder, findings)
    return findings


def _check_columns(plan: Plan, findings: Findings, file: str) -> None:
    """The table has the columns of an allocation, and no others that could hide something."""
    columns = tuple(plan.allocation.columns)
    for name in ALLOCATION_COLUMNS:
        if name not in columns:
            findings.error(f"there is no column {name}", REMEDY, file=file, table="allocation", column=name)
    for name in columns:
        if name not in ALLOCATION_COLUMNS:
            findings.error("is no column of an allocation", REMEDY, file=file, table="allocation", column=str(name))


def _check_persons_and_reasons(plan: Plan, findings: Findings, file: str) -> None:
    """Persons and present homes are those of the list; whoever has no place has a reason, and nobody else."""
    homes = {row["household_id"]: home_today(row) for row in plan.ledger.households}
    persons = {row["household_id"]: row["persons"] for row in plan.ledger.households}
    for row in plan.allocation.to_dict("records"):
        place = {"file": file, "table": "allocation", "row": row["household_id"]}
        if str(row["persons"]) != f"{persons[row['household_id']]:g}":
            findings.error(f"says {row['persons']} persons, the list {persons[row['household_id']]:g}", REMEDY,
                           column="persons", **place)  # fmt: skip
        home = homes[row["household_id"]]
        if row["from_unit_id"] != home:
            findings.error(f"says '{row['from_unit_id']}', the list '{home}'", REMEDY, column="from_unit_id", **place)
        if bool(row["unit_id"]) == bool(row["reason"]):
            what = "has a place and a reason for having none" if row["unit_id"] else "has no place and no reason for it"
            findings.error(what, REMEDY, column="reason", **place)


def _check_areas(plan: Plan, findings: Findings, path: Path) -> None:
    """`indicators.csv` says of each area what is counted again from the allocation."""
    try:
        told = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, csv.Error) as error:
        findings.error(f"cannot be read: {error}", REMEDY, file=str(path))
        return
    counted = list(csv.reader(io.StringIO(csv_text(plan.areas))))
    if told[:1] != counted[:1] or len(told) != len(counted):
        findings.error(f"has {len(told)} rows, the plan gives {len(counted)} with the columns {', '.join(counted[0])}",
                       REMEDY, file=str(path))  # fmt: skip
        return
    differ = [
        (line, " ".join(other[:2]), name, value, known)
        for line, (one, other) in enumerate(zip(told, counted, strict=True), start=1)
        for name, value, known in zip_longest(counted[0], one, other, fillvalue="")
        if value != known
    ]
    for line, row, name, value, known in differ[:LISTED]:
        findings.error(
            f"says '{value}', counted again '{known}'", REMEDY, file=str(path), row=row, line=line, column=name
        )
    if len(differ) > LISTED:
        findings.error(f"{len(differ) - LISTED} further values differ", REMEDY, file=str(path))


def _check_names(plan: Plan, findings: Findings, file: str) -> None:
    """The result tells of the rules and goals of the scenario, of all of them, in their order."""
    scenario, result = plan.scenario, plan.result
    _compare_lists(findings, file, "goals", [(one["goal"], one["sense"]) for one in result["goals"]],
                   [(stage.name, stage.sense) for stage in scenario.stages])  # fmt: skip
    told = [(rule["name"], rule["rule"], rule["hard"], rule["weight"]) for rule in result["rules"]]
    known = [(name, rule.rule, not rule.is_soft, rule.soft) for name, rule in scenario.rules.items()]
    _compare_lists(findings, file, "rules", told, known)
    wanted = {"title": scenario.title or scenario.name, "city": scenario.city.name, "seed": scenario.solve.seed,
              "gap": scenario.solve.gap}  # fmt: skip
    for key, value in wanted.items():
        if result[key] != value:
            findings.error(f"says {result[key]!r}, the scenario {value!r}", REMEDY, file=file, column=key)
    if result["scenario"]["name"] != scenario.name:
        findings.error(f"says {result['scenario']['name']!r}, the scenario {scenario.name!r}", REMEDY, file=file,
                       column="scenario.name")  # fmt: skip


def _compare_lists(findings: Findings, file: str, key: str, told: Sequence[Any], wanted: Sequence[Any]) -> None:
    for number, (one, other) in enumerate(zip(told, wanted, strict=False)):
        if one != other:
            findings.error(
                f"says {_shown(one)}, the scenario {_shown(other)}", REMEDY, file=file, column=f"{key}.{number}"
            )
    if len(told) != len(wanted):
        findings.error(f"tells of {len(told)}, the scenario has {len(wanted)}", REMEDY, file=file, column=key)


def _shown(values: Sequence[Any]) -> str:
    return "(" + ", ".join(json.dumps(value, ensure_ascii=False) for value in values) + ")"


def _check_rules(plan: Plan, findings: Findings, file: str) -> None:
    """Places, today's excess and the unit of excess, which the recount of breaches does not compare."""
    from allocator.report.rule_rows import rule_unit

    counted = count_rules(plan.scenario.rules, plan.tallies)
    for told, known in zip(plan.result["rules"], counted, strict=True):
        for key in ("places", "excess_today"):
            if not _same(told[key], known[key]):
                findings.error(f"says {told[key]}, the recount gives {known[key]:g}", REMEDY, file=file,
                               column=f"rules.{told['name']}.{key}")  # fmt: skip
        unit = rule_unit(plan.scenario.rules[told["name"]], plan.result["language"])
        if told["unit"] != unit:
            findings.error(f"says {told['unit']!r}, the rule counts {unit!r}", REMEDY, file=file,
                           column=f"rules.{told['name']}.unit")  # fmt: skip


def _check_bounds(plan: Plan, findings: Findings, file: str) -> None:
    """A bound lies on the far side of its value, the gap is their distance, and the status is what the gap allows."""
    result = plan.result
    for told in result["goals"]:
        key, value, bound = f"goals.{told['goal']}", told["value"], told["bound"]
        distance = relative_gap(value, bound)
        beyond = bound is not None and (bound - value if told["sense"] == "min" else value - bound)
        if beyond and beyond > 10 * RELATIVE * max(1.0, abs(value)):
            findings.error(f"says {bound}, but the plan is better than that ({value})", REMEDY, file=file,
                           column=f"{key}.bound")  # fmt: skip
        if (told["gap"] is None) != (distance is None) or (distance is not None and not _same(told["gap"], distance)):
            findings.error(f"says {told['gap']}, value and bound are {distance} apart", REMEDY, file=file,
                           column=f"{key}.gap")  # fmt: skip
        elif told["status"] != status_of(value, bound, result["gap"]):
            findings.error(f"says {told['status']}, value and bound are {distance} apart", REMEDY, file=file,
                           column=f"{key}.status")  # fmt: skip
    status = worst([told["status"] for told in result["goals"]])
    if result["status"] != status:
        findings.error(f"says {result['status']}, the goals say {status}", REMEDY, file=file, column="status")


def _check_words_and_indicators(plan: Plan, findings: Findings, file: str) -> None:
    """The sentence follows from the numbers, moves and indicators from the plan."""
    from allocator.explain.decided import decision_rows
    from allocator.explain.indicators import plan_indicators
    from allocator.indicators.chains import move_rows, moves_in_order
    from allocator.report.sentences import result_sentence

    result = plan.result
    sentence = result_sentence(result, result["language"])
    if result["sentence"] != sentence:
        findings.error(
            f"says '{result['sentence']}', the numbers say '{sentence}'", REMEDY, file=file, column="sentence"
        )
    for key, one, other in _differences(result["moves"], move_rows(moves_in_order(plan.ledger)), "moves"):
        findings.error(f"says {one}, the allocation says {other}", REMEDY, file=file, column=key)
    counted = json.loads(json.dumps(plan_indicators(plan)))
    differences = list(_differences(result["indicators"], counted, "indicators"))
    costs = ("persons_without", "goals_without")
    said = [{key: value for key, value in row.items() if key not in costs} for row in result.get("decisions", [])]
    rows = decision_rows(plan.scenario.decisions, plan.scenario.situation, plan.scenario.rules)
    differences.extend(_differences(said, rows, "decisions"))
    told = {key: value for key, value in result["distances"].items() if value is not None}
    differences.extend(_differences(told, how_measured(plan.scenario.city), "distances"))
    for key, one, other in differences:
        findings.error(f"says {one}, counted again {other}", REMEDY, file=file, column=key)


def _differences(told: Any, counted: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """Key, told and counted value wherever two pieces of JSON differ."""
    if isinstance(told, dict) and isinstance(counted, dict):
        for name in sorted(told.keys() | counted.keys()):
            yield from _differences(told.get(name), counted.get(name), f"{key}.{name}")
    elif isinstance(told, list) and isinstance(counted, list) and len(told) == len(counted):
        for number, (one, other) in enumerate(zip(told, counted, strict=True)):
            yield from _differences(one, other, f"{key}.{number}")
    elif not (told == counted or (_number(told) and _number(counted) and _same(told, counted))):
        yield key, told, counted


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(told: float, counted: float) -> bool:
    return abs(told - counted) <= RELATIVE * max(1.0, abs(counted))
