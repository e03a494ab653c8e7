"""A scenario with its city and its households, checked as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from allocator.decisions.applying import check_decisions, known_decisions, with_decisions
from allocator.decisions.entry import Decision, standing
from allocator.decisions.log import log_of, read_log
from allocator.errors import Finding, Findings, InputError
from allocator.goals import Stage
from allocator.rules import Rule
from allocator.rules.situation import Situation
from allocator.scenario.building import dotted
from allocator.scenario.goal_files import with_files
from allocator.scenario.schema import Schema, read_schema
from allocator.scenario.solving import SolveOptions
from allocator.scenario.street_notes import note_streets
from allocator.strict_yaml.values import as_path
from allocator.wording import Text

if TYPE_CHECKING:
    import pandas as pd

    from allocator.city.city import City

__all__ = ["Scenario", "load_data", "load_scenario"]


@dataclass(frozen=True)
class Scenario:
    """Everything that is needed to plan: a city, its households, rules and goals, and how to solve.

    `name` is the stem of the file; `rules` by name, in the order of their definition; `stages` in the order in which
    they are met; `day` the one from which the plan holds (without it no date is looked at); `profiles` the ids in use;
    `files` every file that was read (scenario files, profiles, city, households, tables of goals), for the hashes of a
    run; `findings` notes of all of them (errors raise). `decisions` are those of persons that stand; `households` holds
    them already (see `allocator.city.decided`), `listed` is the list as it was read.
    """

    name: str
    path: Path
    title: str
    description: str
    city: City
    households: pd.DataFrame
    rules: dict[str, Rule]
    stages: tuple[Stage, ...]
    solve: SolveOptions
    profiles: tuple[str, ...]
    files: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()
    day: date | None = None
    decisions: tuple[Decision, ...] = ()
    listed: pd.DataFrame | None = None

    def deciding(self, decisions: tuple[Decision, ...]) -> Scenario:
        """The same scenario with other decisions; nothing is checked again."""
        listed = self.households if self.listed is None else self.listed
        return replace(self, decisions=decisions, households=with_decisions(listed, decisions), listed=listed)

    @cached_property
    def situation(self) -> Situation:
        """City and households as arrays."""
        return Situation(self.city, self.households, self.day)

    def describe(self, language: Literal["de", "en"] = "en") -> str:
        """The scenario in plain words: title, each rule by name, each goal in its order."""
        from allocator.scenario.describing import scenario_text

        return scenario_text(self.title, self.description, self.rules, self.stages, language)


def load_scenario(
    path: Path | str,
    overrides: Sequence[str] = (),
    households: Path | str | pd.DataFrame | None = None,
    city: City | None = None,
    *,
    decided_until: int | None = None,
    deciding: tuple[Decision, ...] | None = None,
) -> Scenario:
    """Read a scenario file with everything it names, and check the whole.

    `overrides` are the values of `--set`. `households` replaces the list that the scenario names: a path relative to
    the current folder, or a list that has been read already. Where nobody names a list, the city's own is taken.
    `city` is the one that the scenario names, where it has been read already.
    The decisions of the log beside the file are applied: those in its first `decided_until` bytes where that is given,
    or `deciding` instead of the log. InputError holds all findings of YAML, schema, city, households, and of rules,
    goals and decisions that do not suit the city.
    """
    findings = Findings()
    schema = read_schema(Path(path), overrides, findings)
    if schema is None:
        raise InputError(findings)
    city = _city(schema, findings) if city is None else city
    table, listed = _households(schema, city, households, findings)
    listed_table, log = table, log_of(schema.path)
    decisions = standing(read_log(log, findings, decided_until) if deciding is None else deciding)
    if city is not None and table is not None:
        decisions = known_decisions(decisions, city, table, findings, log)
        table = with_decisions(table, decisions)
    known = city is not None and table is not None and (len(table) > 0 or not findings.errors)
    situation = Situation(city, table, schema.day) if known else None
    stages = with_files(schema.stages, schema.goal_files, situation, findings)
    if situation is not None:
        _check(schema, situation, findings)
        if decisions and not findings.errors:
            check_decisions(situation, schema.rules, decisions, findings, log)
        _say_what_is_not_looked_at(schema, city, table, findings)
        if not findings.errors:
            note_streets(schema.rules.values(), schema.stages, city, findings, schema.path.name)
    findings.raise_if_errors()
    logs = [log] if log.exists() and decided_until != 0 and deciding is None else []
    files = [*schema.files, *logs, *city.files, *([listed] if listed is not None else []), *schema.goal_files.values()]
    told = {name: getattr(schema, name) for name in (
        "name", "path", "title", "description", "rules", "solve", "profiles", "day")}  # fmt: skip
    told |= {"files": tuple(dict.fromkeys(files)), "findings": tuple(findings), "decisions": decisions}
    told |= {"listed": listed_table}
    return Scenario(city=city, households=table, stages=stages, **told)


def load_data(schema: Schema) -> tuple[City, pd.DataFrame, tuple[Path, ...]]:
    """City and households that a scenario names, and every file that was read; InputError with all findings."""
    findings = Findings()
    city = _city(schema, findings)
    table, listed = _households(schema, city, None, findings)
    findings.raise_if_errors()
    return city, table, tuple(dict.fromkeys([*city.files, *([listed] if listed is not None else [])]))


def _city(schema: Schema, findings: Findings) -> City | None:
    from allocator.city import read_city

    if schema.city is None:
        if schema.root.get("city") is None:
            remedy = "add city: with the path of a folder, a GeoPackage or a city.yaml"
            findings.error("the key 'city' is missing", remedy, file=schema.path.name, column="city")
        return None
    try:
        city = read_city(schema.city)
    except InputError as error:
        findings.extend(error.findings)
        return None
    findings.extend(city.findings)
    if schema.distances == "streets" and (city.streets is None or not len(city.streets)):
        findings.error("the city has no streets", "add the table streets, or take out the key: distances are straight "
                       "lines then", column="distances", **schema.root.get("distances").place)  # fmt: skip
    return replace(city, distances=schema.distances or city.distances)


def _households(
    schema: Schema, city: City | None, given: Path | str | pd.DataFrame | None, findings: Findings
) -> tuple[pd.DataFrame | None, Path | None]:
    """The list of households, None if there is none, incomplete if it has errors among the findings; and its file."""
    from allocator.city import read_households

    if given is not None and not isinstance(given, (str, Path)):
        return given, None
    path = Path(given) if given is not None else schema.households
    if path is None and schema.root.get("households") is None:
        path = _list_of_city(schema.city)
        if path is None:
            if schema.city is not None:
                findings.error("the key 'households' is missing, and the city has no list of its own",
                               "add households: with the path of a CSV, Excel or Parquet file",
                               file=schema.path.name, column="households")  # fmt: skip
            return None, None
    if path is None:
        return None, None
    own = _file_of_list(schema.city)
    if own is not None and (path == schema.city or _same(path, own) or _same(path, own.parent)):
        path, listed = schema.city, own  # the city's own list, read as its city.yaml says
    else:
        listed = path
    table, told = read_households(path, city)
    findings.extend(told)
    return table, listed


def _say_what_is_not_looked_at(schema: Schema, city: City, table: pd.DataFrame, findings: Findings) -> None:
    """Notes on data that the scenario passes over: days without a date, homes that nothing keeps."""
    days = int(city.units["available_from"].notna().sum() + city.units["available_until"].notna().sum())
    if schema.day is None and (days or table["arrives"].notna().any()):
        findings.note(Text("the scenario has no date, so the days on which units can be let and households arrive are not "
                           "looked at", "das Szenario hat kein Datum; ab wann Einheiten frei sind und Haushalte kommen, "
                           "wird deshalb nicht beachtet"),
                      Text("add date: 2026-12-31, the day from which the plan holds",
                           "date: 2026-12-31 einfügen, den Tag, ab dem der Plan gilt"), file=schema.path.name,
                      column="date")  # fmt: skip
    homes = int(((table["unit_id"] != "") & ~table["pinned"]).sum())
    stays = any(goal.goal == "stay" for stage in schema.stages for goal, _ in stage.goals)
    if homes and not stays and not any(rule.rule == "moves" for rule in schema.rules.values()):
        who = "1 household that is not pinned has" if homes == 1 else f"{homes} households that are not pinned have"
        german = "1 Haushalt, der nicht bleiben muss, hat" if homes == 1 else f"{homes} Haushalte, die nicht bleiben " \
                 "müssen, haben"  # fmt: skip
        findings.note(Text(f"{who} a home, and nothing says that homes should be kept: any goal may move them",
                           f"{german} ein Zuhause, und nichts sagt, dass es bleiben soll: jedes Ziel darf einen Umzug "
                           "verlangen"),
                      Text("add the goal stay, or a rule moves, or pin them",
                           "das Ziel stay oder eine Regel moves einfügen, oder pinned setzen"), file=schema.path.name,
                      column="goals")  # fmt: skip


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _file_of_list(city: Path | None) -> Path | None:
    """The file that holds the city's own list of households; None if it has none."""
    from allocator.city.layout import find_layout

    layout = find_layout(city, Findings()) if city is not None else None
    source = layout.tables.get("households") if layout is not None else None
    return Path(source.file) if source is not None else None


def _list_of_city(city: Path | None) -> Path | None:
    """The city, if it has a list of households of its own; it alone knows layer, sheet, columns and form of numbers."""
    return city if _file_of_list(city) is not None else None


def _check(schema: Schema, situation: Situation, findings: Findings) -> None:
    """Ask every rule and goal whether its parameters suit the city; findings get the line that said them."""
    told = Findings()
    for name, rule in schema.rules.items():
        rule.check(situation, f"rules.{name}", told)
    paths = _goal_paths(schema)
    for position, stage in enumerate(schema.stages):
        for goal, _ in stage.goals:
            goal.check(situation, paths.get(id(goal), f"goals.{position}.{goal.goal}"), told)
    for finding in told:
        place = {} if finding.file else schema.root.nearest(as_path(finding.column)).place
        findings.extend([replace(finding, **place)])


def _goal_paths(schema: Schema) -> dict[int, str]:
    """The dotted key of each goal that stands in a weighted step."""
    paths = {}
    for position, stage in enumerate(schema.stages):
        if len(stage.goals) > 1:
            for number, (goal, _) in enumerate(stage.goals):
                paths[id(goal)] = dotted(("goals", position, "weighted", number, goal.goal))
    return paths
