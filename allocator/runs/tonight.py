"""Somebody stands at the door: one more household, or one of the list, against the plan that there is."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.city.decided import AGAINST, DECIDED, HOME
from allocator.errors import Findings, InputError, did_you_mean
from allocator.explain.placing import placing
from allocator.rules.situation import Situation
from allocator.runs.desk import Desk, desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocator.city.city import City
    from allocator.goals.base import Stage
    from allocator.rules.base import Rule
    from allocator.scenario import Scenario

__all__ = ["place_tonight"]

NAME = "tonight"
"""The id of a household that is not in the list."""


def place_tonight(path: Path, household: str) -> dict[str, Any]:
    """What `placing` says, with the household and what was looked at; `path` is a run or a scenario.

    `household` is an id of the list, or says what is known of a new one: `persons=4,children_school=2`. Without a run
    everybody lives where the list says. Raises InputError.
    """
    from allocator.report.rule_rows import rule_words

    found = desk(path, _read)
    table = found.households
    if "=" in household:
        row = _new(household, found.city)
        table = pd.concat([table, _decided_nothing(row, table)], ignore_index=True)
        name = str(row["household_id"].iloc[0])
    else:
        name = household.strip()
        if name not in set(table["household_id"]):
            findings = Findings()
            findings.error(f"there is no household '{name}'", f"{did_you_mean(name, table['household_id'])}; a new one "
                           "is said as persons=4,children_school=2", file=found.name)  # fmt: skip
            raise InputError(findings)
    situation = Situation(found.city, table, found.day)
    if found.unit_of is None:
        stays = (situation.unsuitable_home < 0) & situation.keeps_home
        positions = np.where(situation.decided >= 0, situation.decided, np.where(stays, situation.home, -1))
    else:
        ids = {unit: at for at, unit in enumerate(found.city.units["unit_id"])}
        positions = np.array([ids.get(found.unit_of.get(one, ""), -1) for one in table["household_id"]])
    at = table["household_id"].tolist().index(name)
    told = placing(situation, found.rules, found.stages, positions, at)
    titles = {stage.name: _words(stage, found.rules) for stage in found.stages}
    called = {name: rule_words(name, rule, "en") for name, rule in found.rules.items()}
    about = {"household_id": name, "listed": name != NAME, "persons": int(situation.persons[at]), "plan": str(path)}
    return {**about, "titles": titles, "rules": called, **told}


def _words(stage: Stage, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """What a goal prefers, in English, in what it is counted, and how many of these one unit of it weighs.

    Breaches of several soft rules count by their weights alone; those of one are told in its unit.
    """
    from allocator.report.rule_rows import rule_unit, rule_words
    from allocator.scenario import goal_title

    goal = stage.goals[0][0]
    unit, weight = "" if len(stage.goals) > 1 or goal.keeps_rules else goal.told_in("en"), 1.0
    over, soft = "", [(name, rule) for name, rule in rules.items() if rule.is_soft]
    if len(stage.goals) == 1 and goal.keeps_rules and len(soft) == 1:
        ((name, rule),) = soft
        unit, over, weight = (
            rule_unit(rule, "en"),
            f" over rule {rule_words(name, rule, 'en')}",
            float(rule.soft or 1.0),
        )
    return {"title": goal_title(stage), "unit": unit, "over": over, "weight": weight, "sense": stage.sense}


def _read(path: Path) -> Desk:
    """A run or a scenario, from its files."""
    from allocator.runs.deciding import target_of
    from allocator.runs.loading import load_run
    from allocator.scenario import load_scenario

    target = target_of(path)
    unit_of, own = None, []
    if target.run is not None:
        plan = load_run(path)
        scenario, given = _as_decided_now(plan.scenario, target.log), plan.allocation
        unit_of = dict(zip(given["household_id"], given["unit_id"], strict=True))
        own = [path / "result.json", path / "allocation.csv", *([target.log] if target.log.exists() else [])]
    else:
        scenario = load_scenario(target.scenario)
    files = tuple(Path(file).resolve() for file in (*own, *scenario.files))
    return Desk(scenario.path.name, scenario.city, scenario.households, scenario.rules, scenario.stages, scenario.day,
                unit_of, files)  # fmt: skip


def _as_decided_now(scenario: Scenario, log: Path) -> Scenario:
    """The scenario of a run with what has been decided since."""
    from allocator.decisions.applying import known_decisions
    from allocator.decisions.entry import standing
    from allocator.decisions.log import read_log

    findings = Findings()
    listed = scenario.households if scenario.listed is None else scenario.listed
    known = known_decisions(standing(read_log(log, findings)), scenario.city, listed, findings, log)
    findings.raise_if_errors()
    return scenario.deciding(known)


def _new(text: str, city: City) -> pd.DataFrame:
    """A list of one household, read and checked like any other."""
    from allocator.city.reading import read_households
    from allocator.city.tables import TABLES

    findings, layout = Findings(), TABLES["households"]
    columns = [column.name for column in layout.columns]
    said: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            findings.error(f"'{part.strip()}' is no column with a value", "write persons=4,children_school=2",
                           file="--household")  # fmt: skip
        elif key not in columns or key in ("unit_id", "pinned", "near"):
            known = [name for name in columns if name not in ("unit_id", "pinned", "near")]
            findings.error(f"a new household has no '{key}'", did_you_mean(key, known), file="--household", column=key)
        elif key in said:
            findings.error(f"'{key}' is said twice", "say it once", file="--household", column=key)
        else:
            said[key] = value
    findings.raise_if_errors()
    said.setdefault("household_id", NAME)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "household.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([list(said), list(said.values())])
        table, told = read_households(file, city)
    findings.extend(replace(finding, file="--household", table="", line=None) for finding in told)
    findings.raise_if_errors()
    return table


def _decided_nothing(row: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The row with the columns of decisions where the list has them; InputError if its id is in the list."""
    name = str(row["household_id"].iloc[0])
    if name in set(table["household_id"]):
        findings = Findings()
        findings.error(f"household '{name}' is in the list", f"ask for it with --household {name}", file="--household")
        raise InputError(findings)
    if DECIDED not in table.columns:
        return row[[column for column in table.columns if column in row.columns]]
    added = row.assign(**{DECIDED: "", HOME: "", AGAINST: [()]})
    return added[[column for column in table.columns if column in added.columns]]
