"""A run's folder read again as a plan."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import ValidationError

from allocator.decisions.log import ENDING
from allocator.errors import Findings
from allocator.plan import Plan
from allocator.runs.goal_overrides import with_goal_paths
from allocator.runs.manifest import inputs
from allocator.runs.result import Result
from allocator.runs.tables import read_allocation
from allocator.runs.writing import PATHS

if TYPE_CHECKING:
    from allocator.scenario import Scenario

__all__ = ["load_asked", "load_run", "overrides_of", "read_result"]


def read_result(folder: Path) -> dict:
    """`result.json` of a run, checked against its schema; raises InputError."""
    findings = Findings()
    path = folder / "result.json"
    try:
        result = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        Result.model_validate(result)
    except (FileNotFoundError, NotADirectoryError):
        findings.error(
            "is not a run: there is no result.json", "name the folder that `allocator run` wrote", file=str(folder)
        )
    except ValidationError as error:
        for problem in error.errors():
            key = ".".join(str(part) for part in problem["loc"])
            findings.error(problem["msg"], "run the scenario again", file=str(path), column=key)
    except (OSError, ValueError, RecursionError) as error:
        findings.error(f"cannot be read: {error}", "run the scenario again", file=str(path))
    findings.raise_if_errors()
    return result


def _no_number(text: str) -> float:
    """NaN and Infinity are no JSON, and would pass every comparison."""
    raise ValueError(f"{text} is not a number")


def load_run(folder: Path) -> Plan:
    """The plan of a run, with scenario, city and households read again from where they stood.

    Raises InputError with every finding: a missing file, an input that has changed since (its hash differs), an
    allocation that cannot be read. A run without a plan (infeasible) is a finding too.
    """
    from allocator.scenario import load_scenario

    folder = Path(folder)
    result = read_result(folder)
    findings, decided = _changed_inputs(folder, result)
    if not result["goals"]:
        findings.error(
            f"holds no plan ({result['status']})", "change the rules and run the scenario again", file=str(folder)
        )
    allocation = pd.DataFrame()
    try:
        allocation = read_allocation(folder / "allocation.csv") if result["goals"] else allocation
    except (OSError, ValueError) as error:
        findings.error(f"cannot be read: {error}", "run the scenario again", file=str(folder / "allocation.csv"))
    findings.raise_if_errors()
    scenario = load_scenario(folder / result["scenario"]["file"], overrides_of(folder, result), decided_until=decided)
    return Plan(scenario, _with_homes(allocation, scenario), result, _why(folder, result))


def _why(folder: Path, result: dict) -> dict | None:
    """What `explain` has answered about this run; None where it has not, or about an earlier run in this folder."""
    try:
        why = json.loads((folder / "why.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    lists = ("binds", "brings", "supply")
    good = isinstance(why, dict) and all(isinstance(why.get(name), list) for name in lists)
    return why if good and why.get("created") == result["created"] else None


def load_asked(folder: Path) -> tuple[Scenario, dict]:
    """The scenario of a run and its result, also where no plan came of it; raises InputError as `load_run` does."""
    from allocator.scenario import load_scenario

    folder = Path(folder)
    result = read_result(folder)
    findings, decided = _changed_inputs(folder, result)
    findings.raise_if_errors()
    path = folder / result["scenario"]["file"]
    return load_scenario(path, overrides_of(folder, result), decided_until=decided), result


def _changed_inputs(folder: Path, result: dict) -> tuple[Findings, int]:
    """A finding for every file that the run read and that is gone or has changed since; how much of the log it read."""
    findings, decided = Findings(), 0
    for entry in result["inputs"]:
        path = folder / entry["file"]
        if not path.is_file():
            findings.error("was read by this run and is gone", "put it back, or run the scenario again", file=str(path))
        elif path.name.endswith(ENDING):
            decided = int(entry["bytes"])  # what was added later is no change of what this run has read
            if hashlib.sha256(path.read_bytes()[:decided]).hexdigest() != entry["sha256"]:
                findings.error("says something else than when this run read it", "put back the file as it was written",
                               file=str(path))  # fmt: skip
        elif inputs([path], folder)[0] | {"file": entry["file"]} != dict(entry):
            findings.error("has changed since this run", "run the scenario again", file=str(path))
    return findings, decided


def _with_homes(allocation: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """The allocation with the column `from_unit_id`, which runs of before did not write."""
    if "from_unit_id" in allocation.columns or "household_id" not in allocation.columns:
        return allocation
    listed = scenario.households if scenario.listed is None else scenario.listed
    homes = dict(zip(listed["household_id"], listed["unit_id"], strict=True))
    return allocation.assign(from_unit_id=[homes.get(name, "") for name in allocation["household_id"]])


def overrides_of(folder: Path, result: dict) -> list[str]:
    """The overrides of a run; those that name a file with its path from here."""
    found = []
    for override in result["scenario"]["overrides"]:
        key, _, value = override.partition("=")
        # In quotes, because a path may hold what means something in YAML.
        path = json.dumps((folder / value).resolve().as_posix(), ensure_ascii=False)
        found.append(f"{key}={path}" if key in PATHS else _with_goal_paths(override, folder))
    return found


def _with_goal_paths(override: str, folder: Path) -> str:
    return with_goal_paths(override, lambda path: (folder / path).resolve().as_posix())
