"""From what a file says to rules, goals and options, with a finding for everything that cannot be said."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean
from allocator.goals import Goal, Stage, goals_by_name
from allocator.rules import Rule, rules_by_name
from allocator.scenario.explaining import objections
from allocator.scenario.solving import SolveOptions
from allocator.strict_yaml.scalars import with_decimal_point
from allocator.strict_yaml.values import Key, YamlValue

__all__ = [
    "DEFAULT_GOALS",
    "dotted",
    "goals_written_out",
    "is_rule_name",
    "rules_of",
    "solve_options_of",
    "stages_of",
    "validated",
]

DEFAULT_GOALS = YamlValue(
    (YamlValue({"place": YamlValue("persons")}), YamlValue({"keep": YamlValue("rules")})), "built-in defaults"
)
"""The goals of a scenario that names none."""

Model = TypeVar("Model", bound=BaseModel)


def is_rule_name(name: str) -> bool:
    """True for letters a to z, digits, - and _, beginning with a letter or digit."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) is not None


def validated(model: type[Model], value: YamlValue, data: Any, at: Key, findings: Findings) -> Model | None:
    """The model that the data say; None with findings. `at` is the path of `value` in the scenario."""
    try:
        # JSON, since there a list may be a tuple although text may not be a number.
        return model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        for objection in objections(error, data, model):
            place = value.nearest(objection.path).place
            findings.error(objection.what, objection.remedy, column=dotted((*at, *objection.path)), **place)
        return None


def dotted(path: Key) -> str:
    """A path as findings and `--set` write it."""
    return ".".join(str(part) for part in path)


def rules_of(rules: YamlValue | None, findings: Findings) -> dict[str, Rule]:
    """The rules by name, in the order in which they stand; those that cannot be read are left out."""
    found: dict[str, Rule] = {}
    spelt: dict[str, str] = {}
    for name, value in (rules.content if rules is not None and rules.is_mapping else {}).items():
        at = ("rules", name)
        if not is_rule_name(name):
            findings.error(f"the rule name {shown(name)} has other signs than letters a-z, digits, - and _",
                           f"write {_proper_name(name)}", column="rules", **value.place)  # fmt: skip
            continue
        twin = spelt.setdefault(name.replace("-", "_").casefold(), name)
        if twin != name:
            findings.error(f"the rule names '{twin}' and '{name}' are the same in an exported model", "rename one",
                           column=dotted(at), **value.place)  # fmt: skip
        rule = _rule(value, at, findings)
        if rule is not None:
            found[name] = rule
    return found


def _proper_name(name: str) -> str:
    plain = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_") or "another name"


def _rule(value: YamlValue, at: Key, findings: Findings) -> Rule | None:
    known = rules_by_name()
    example = "write {rule: cap, count: persons, per: site, at_most: 50}"
    if not value.is_mapping:
        findings.error("a rule must be keys with values", example, column=dotted(at), **value.place)
        return None
    kind = value.get("rule")
    if kind is None:
        findings.error("the key 'rule' is missing", f"add rule: … (one of {', '.join(known)})", column=dotted(at),
                       **value.place)  # fmt: skip
        return None
    if not isinstance(kind.content, str) or kind.content not in known:
        text = shown(kind.plain) if isinstance(kind.content, str) else "this"
        findings.error(f"there is no rule {text}", did_you_mean(str(kind.plain), known), column=dotted((*at, "rule")),
                       **kind.place)  # fmt: skip
        return None
    return validated(known[kind.content], value, value.plain, at, findings)


def goals_written_out(goals: YamlValue) -> YamlValue:
    """The goals with every short form written out: `rent` as `rent: {}`, `place: persons` as `place: {what: persons}`.

    What is no goal stays as it is, for `stages_of` to report.
    """
    if not goals.is_list:
        return goals
    return YamlValue(tuple(_written_out(step) for step in goals.content), goals.file, goals.line)


def _written_out(step: YamlValue) -> YamlValue:
    if isinstance(step.content, str):
        return YamlValue({step.content: YamlValue({}, step.file, step.line)}, step.file, step.line)
    if not step.is_mapping:
        return step
    content = {}
    for name, value in step.content.items():
        goal = goals_by_name().get(name)
        if name == "weighted" and value.is_list:
            value = goals_written_out(value)
        elif goal is not None and value.content is None:
            value = YamlValue({}, value.file, value.line)
        elif goal is not None and goal.shorthand and not value.is_mapping:
            value = YamlValue({goal.shorthand: value}, value.file, value.line)
        content[name] = value
    return YamlValue(content, step.file, step.line)


def stages_of(goals: YamlValue, findings: Findings) -> tuple[Stage, ...]:
    """The steps of the goals (written out), in their order; those that cannot be read are left out."""
    if not goals.is_list or not goals.content:
        findings.error("goals must be a list with at least one goal", "write lines such as - place: persons",
                       column="goals", **goals.place)  # fmt: skip
        return ()
    stages, seen = [], {}
    for position, step in enumerate(goals.content):
        at = ("goals", position)
        weighted = step.get("weighted")
        if weighted is not None and len(step.content) == 1:
            members = _weighted(weighted, (*at, "weighted"), findings)
        else:
            member = _member(step, at, findings, weights=False)
            members = [member] if member is not None else []
        for goal, _, path, value in members:
            twin = seen.setdefault((goal.goal, goal.model_dump_json()), dotted(path))
            if twin != dotted(path):
                findings.error(f"the goal '{goal.goal}' stands twice with the same parameters (first at {twin})",
                               "remove one of them", column=dotted(path), **value.place)  # fmt: skip
        if members:
            stages.append(Stage(tuple((goal, weight) for goal, weight, _, _ in members)))
    return tuple(stages)


def _weighted(group: YamlValue, at: Key, findings: Findings) -> list[tuple[Goal, float, Key, YamlValue]]:
    if not group.is_list or not group.content:
        findings.error("a weighted step must be a list of goals",
                       "write weighted: [{rent: {}, weight: 1}, {prefer: {}, weight: 2}]", column=dotted(at),
                       **group.place)  # fmt: skip
        return []
    members = [_member(value, (*at, i), findings, weights=True) for i, value in enumerate(group.content)]
    return [member for member in members if member is not None]


def _member(
    step: YamlValue, at: Key, findings: Findings, *, weights: bool
) -> tuple[Goal, float, Key, YamlValue] | None:
    """One goal, its weight and its path."""
    known = goals_by_name()
    names = [name for name in step.content if not (weights and name == "weight")] if step.is_mapping else []
    if len(names) != 1:
        what = "a goal must be a name, or a name with its parameters"
        if len(names) > 1:
            what = f"{len(names)} keys in one step: {', '.join(names[:5])}"
        remedy = "write one goal for each step (- place: persons), or a list of goals under weighted"
        findings.error(what, remedy, column=dotted(at), **step.place)
        return None
    name, value = names[0], step.content[names[0]]
    weight = _weight(step.get("weight") if weights else None, (*at, "weight"), findings)
    path = (*at, name)
    if name not in known:
        findings.error(f"there is no goal {shown(name)}", did_you_mean(name, [*known, "weighted"]), column=dotted(path),
                       **value.place)  # fmt: skip
        return None
    if not value.is_mapping:
        findings.error(f"the goal '{name}' has keys with values, no bare value", _goal_example(known[name]),
                       column=dotted(path), **value.place)  # fmt: skip
        return None
    goal = validated(known[name], value, value.plain, path, findings)
    return (goal, weight, path, value) if goal is not None else None


def _goal_example(goal: type[Goal]) -> str:
    parameters = [f"{field.alias or name}: …" for name, field in goal.model_fields.items() if name != "goal"]
    name = goal.model_fields["goal"].default
    return f"write {name}: {{{', '.join(parameters)}}}" if parameters else f"write {name}"


def _weight(weight: YamlValue | None, at: Key, findings: Findings) -> float:
    if weight is None:
        return 1.0
    number = weight.content
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < math.inf:
        point = with_decimal_point(number) if isinstance(number, str) else ""
        findings.error("a weight must be a number above 0", f"write weight: {point or 1}",
                       column=dotted(at), **weight.place)  # fmt: skip
        return 1.0
    return float(number)


def solve_options_of(options: YamlValue | None, findings: Findings) -> SolveOptions:
    """The options of the solver; the defaults where they cannot be read."""
    if options is None:
        return SolveOptions()
    data: Mapping[str, Any] = options.plain
    return validated(SolveOptions, options, data, ("solve",), findings) or SolveOptions()
