"""Decisions of persons, recorded for a run or a scenario: checked against the city and the rules before they count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from allocator.decisions.applying import IDS, check_decisions, known_decisions, with_decisions
from allocator.decisions.entry import FORCES, LEVELS, Decision, standing
from allocator.decisions.log import add_decision, log_of
from allocator.errors import Findings, InputError, UsageError, did_you_mean
from allocator.rules.situation import Situation
from allocator.runs.loading import overrides_of, read_result
from allocator.runs.tables import read_allocation

if TYPE_CHECKING:
    from allocator.scenario import Scenario

__all__ = ["Target", "record", "target_of", "withdraw"]


@dataclass(frozen=True)
class Target:
    """The scenario that a run, or a path to a scenario file, stands for; `run` is None for a file."""

    scenario: Path
    overrides: tuple[str, ...]
    run: Path | None

    @property
    def log(self) -> Path:
        """The log of decisions."""
        return log_of(self.scenario)

    def allocation(self) -> dict[str, str]:
        """The unit of every household by the run's plan; empty without a run. Raises InputError."""
        if self.run is None:
            return {}
        try:
            table = read_allocation(self.run / "allocation.csv")
            return dict(zip(table["household_id"], table["unit_id"], strict=True))
        except (OSError, ValueError, KeyError) as error:
            findings = Findings()
            findings.error(f"cannot be read: {error}", "run the scenario again", file=str(self.run / "allocation.csv"))
            raise InputError(findings) from error


def target_of(path: Path) -> Target:
    """What is meant by RUN or SCENARIO; raises UsageError or InputError."""
    if path.is_dir():
        result = read_result(path)
        return Target((path / result["scenario"]["file"]).resolve(), tuple(overrides_of(path, result)), path)
    if not path.is_file():
        raise UsageError(f"{path} is neither a scenario nor the folder of a run")
    return Target(path, (), None)


def record(
    target: Target, kind: str, household: str, level: str, place: str, reason: str, by: str, *, even_if: bool = False
) -> Decision:
    """Add a decision to the log; an empty `place` of a pin is where the household lives by the run, else by the list.

    Raises InputError with everything that is against it: unknown ids, needs, hard rules, other decisions.
    """
    from allocator.scenario import load_scenario

    _said(reason, by)
    scenario = load_scenario(target.scenario, target.overrides, deciding=())
    listed = scenario.households.set_index("household_id")["unit_id"]
    if household not in listed.index:
        _unknown("household", household, listed.index, target.scenario)
    if kind == "pin" and not place:
        place = target.allocation().get(household, "") or str(listed[household])
        if not place:
            raise UsageError(f"household {household} has no unit to stay in; name one with --unit")
    known = set(getattr(scenario.city, LEVELS[level])[IDS[level]])
    if place not in known:
        _unknown(level.replace("_", " "), place, known, target.scenario)

    def decide(there: tuple[Decision, ...]) -> Decision:
        told = {"household_id": household, "level": level, "place": place, "reason": reason.strip(), "by": by.strip()}
        entry = Decision(number=len(there) + 1, time="2000-01-01", kind=kind, even_if=even_if, **told)  # type: ignore[arg-type]
        before = {str(finding) for finding in _against(scenario, standing(there), target.log)}
        against = _against(scenario, standing((*there, entry)), target.log)
        new = [finding for finding in against.errors if str(finding) not in before]
        if new:
            raise InputError(new)
        return entry

    return add_decision(target.log, decide)


def withdraw(target: Target, number: int, reason: str, by: str) -> Decision:
    """Take back a decision by a new entry; raises UsageError if there is none of that number that stands."""
    _said(reason, by)

    def decide(there: tuple[Decision, ...]) -> Decision:
        gone = {entry.withdraws for entry in there}
        left = [entry.number for entry in there if entry.kind != "withdraw" and entry.number not in gone]
        if number not in left:
            known = ", ".join(map(str, left)) or "none"
            raise UsageError(f"there is no decision {number} that could be withdrawn; there are: {known}")
        return Decision(number=len(there) + 1, time="2000-01-01", kind="withdraw", withdraws=number,
                        reason=reason.strip(), by=by.strip())  # fmt: skip

    return add_decision(target.log, decide)


def _said(reason: str, by: str) -> None:
    for name, text in (("reason", reason), ("by", by)):
        if not text.strip():
            raise UsageError(f"--{name} is empty; say {'why' if name == 'reason' else 'who decides'}")


def _unknown(what: str, name: str, known: object, path: Path) -> None:
    findings = Findings()
    findings.error(f"there is no {what} '{name}'", did_you_mean(name, known), file=path.name)  # type: ignore[arg-type]
    raise InputError(findings)


def _against(scenario: Scenario, decisions: tuple[Decision, ...], log: Path) -> Findings:
    """Errors of the decisions that stand."""
    findings = Findings()
    listed: pd.DataFrame = scenario.households
    known = known_decisions(decisions, scenario.city, listed, findings, log)
    if any(one.kind in FORCES for one in known):
        situation = Situation(scenario.city, with_decisions(listed, known), scenario.day)
        check_decisions(situation, scenario.rules, known, findings, log)
    return findings
