"""What a scenario asks for, read and checked without the city: rules, goals, options, and where the data stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from allocator.city.reporting import shown
from allocator.errors import Finding, Findings, did_you_mean
from allocator.goals import Stage
from allocator.rules import Rule
from allocator.scenario.building import rules_of, solve_options_of, stages_of
from allocator.scenario.contradictions import report_profiles
from allocator.scenario.goal_files import goal_files
from allocator.scenario.layers import Layers, read_layers
from allocator.scenario.overrides import overridden
from allocator.scenario.solving import SolveOptions
from allocator.strict_yaml.values import YamlValue
from allocator.wording import Text, text_of

__all__ = ["Schema", "SolveOptions", "load_schema", "read_schema"]


@dataclass(frozen=True)
class Schema:
    """A scenario without its data. `rules` by name; `stages` in order; `city` and `households` are paths or None.

    `title` and `description` may be of two languages (`allocator.wording.Text`). `files` are all YAML files that were
    read, profiles included; `goal_files` those that goals name, by what the goals call them; `findings` are notes;
    `root` is the merged text, each value with the file and line that said it.
    """

    name: str
    path: Path
    title: str
    description: str
    city: Path | None
    households: Path | None
    rules: dict[str, Rule]
    stages: tuple[Stage, ...]
    solve: SolveOptions
    profiles: tuple[str, ...]
    files: tuple[Path, ...]
    root: YamlValue
    findings: tuple[Finding, ...] = ()
    day: date | None = None
    goal_files: dict[str, Path] = field(default_factory=dict)
    distances: Literal["streets", "straight", ""] = ""
    """How distances are to be measured; empty where nothing is said: on streets where the city has them."""


def load_schema(path: Path | str, overrides: Sequence[str] = ()) -> Schema:
    """Read a scenario file, what it extends and uses, and the overrides (`--set`), without opening city or households.

    The order of priority stands in `allocator.scenario.layers`. InputError holds all findings at once, each with the
    file and line, or with the override, that said it.
    """
    findings = Findings()
    schema = read_schema(Path(path), overrides, findings)
    findings.raise_if_errors()
    return schema


def read_schema(path: Path, overrides: Sequence[str], findings: Findings) -> Schema | None:
    """Read what `load_schema` reads, adding its findings to `findings`; None if the scenario file cannot be read."""
    layers = read_layers(path, findings)
    if layers is None:
        return None
    unreadable = {(finding.file, finding.line) for finding in findings.errors if finding.line}
    collected = Findings()
    root = overridden(layers.root, overrides, collected)
    rules = rules_of(root.get("rules"), collected)
    stages = stages_of(root.get("goals"), collected)
    solve = solve_options_of(root.get("solve"), collected)
    named_by_goals = goal_files(root.get("goals"), layers.folders, collected)
    day = _day(root, collected)
    distances = _distances(root, collected)
    report_profiles(layers.profiles, rules, stages, root, collected)
    _free_rules(rules, stages, root, collected)
    # A value that YAML refuses stands in the tree as text: what the schema says of it would be a second finding.
    findings.extend(finding for finding in collected if (finding.file, finding.line) not in unreadable)
    return Schema(
        name=path.stem,
        path=path,
        title=_text(root, "title") or path.stem,
        description=_text(root, "description"),
        city=_path(root, "city", layers, findings),
        households=_path(root, "households", layers, findings),
        rules=rules,
        stages=stages,
        solve=solve,
        profiles=tuple(profile.id for profile, _ in layers.profiles),
        files=tuple(layers.files),
        root=root,
        findings=tuple(findings.notes),
        day=day,
        goal_files=named_by_goals,
        distances=distances,
    )


def _text(root: YamlValue, key: str) -> str:
    value = root.get(key)
    if value is None:
        return ""
    return text_of(value.plain) or str(value.content).strip()


def _day(root: YamlValue, findings: Findings) -> date | None:
    """The key `date`, as 2026-12-31."""
    value = root.get("date")
    if value is None or value.content is None:
        return None
    try:
        return date.fromisoformat(str(value.content))
    except ValueError:
        findings.error(f"'{value.content}' is not a day", "write it as 2026-12-31", column="date", **value.place)
        return None


def _distances(root: YamlValue, findings: Findings) -> Literal["streets", "straight", ""]:
    """The key `distances`."""
    value = root.get("distances")
    if value is None or value.content is None:
        return ""
    if value.content not in ("streets", "straight"):
        remedy = did_you_mean(str(value.plain), ("streets", "straight"))
        findings.error(f"{shown(value.plain)} is no way to measure distances", remedy, column="distances",
                       **value.place)  # fmt: skip
        return ""
    return value.content


def _path(root: YamlValue, key: str, layers: Layers, findings: Findings) -> Path | None:
    """The path of a key, relative to the file that names it; on the command line to the current folder."""
    value = root.get(key)
    if value is None:
        return None
    path = layers.folders.get(value.file, Path()) / value.content
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if exists:
        return path
    relative = "this file" if value.file in layers.folders else "the current folder"
    findings.error(f"there is nothing at '{value.content}'", f"check the path, which is relative to {relative}",
                   column=key, **value.place)  # fmt: skip
    return None


def _free_rules(rules: dict[str, Rule], stages: tuple[Stage, ...], root: YamlValue, findings: Findings) -> None:
    """Note soft rules that cost nothing because no goal keeps them."""
    soft = [name for name, rule in rules.items() if rule.is_soft]
    kept = any(goal.keeps_rules for stage in stages for goal, _ in stage.goals)
    if soft and stages and not kept:
        findings.note(Text(f"no goal keeps the soft rules ({', '.join(soft)}): breaking them costs nothing",
                           f"kein Ziel hält die weichen Regeln ein ({', '.join(soft)}): sie zu verletzen kostet nichts"),
                      Text("add the goal keep: rules", "das Ziel keep: rules einfügen"), column="goals",
                      **root.get("goals").place)  # fmt: skip
