"""`--set rules.fifty-per-site.at_most=80`: single values from the command line, on top of every file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean
from allocator.scenario.building import dotted, goals_written_out
from allocator.scenario.solving import SolveOptions
from allocator.strict_yaml.reading import parse_yaml_text
from allocator.strict_yaml.values import Key, YamlValue

__all__ = ["SETTABLE", "overridden"]

SETTABLE = ("title", "description", "city", "households", "date", "distances", "rules", "goals", "solve")
"""The keys with which an override may begin."""


@dataclass(frozen=True)
class _Override:
    key: Key
    value: YamlValue


def overridden(root: YamlValue, overrides: Sequence[str], findings: Findings) -> YamlValue:
    """The merged scenario with the overrides `key=value`; those that cannot be read are left out, with a finding.

    The key is dotted: `title`, `solve.gap`, `rules.<name>` (the whole rule; null removes it), `rules.<name>.<key>…`,
    `goals` (the whole list), `goals.<number or name>` (a step), `goals.<number or name>.<key>…`. Numbers count from 0.
    The value is strict YAML: a number, true, text, `[a, b]` or `{key: value}`.
    """
    parsed: list[_Override] = []
    for text in overrides:
        override = _parsed(text, findings)
        if override is None:
            continue
        clash = next((other for other in parsed if _overlap(other.key, override.key)), None)
        if clash is not None:
            findings.error(f"{dotted(override.key)} is set twice (also by {clash.value.file})", "give it once",
                           column=dotted(override.key), **override.value.place)  # fmt: skip
            continue
        parsed.append(override)
    for override in parsed:
        root = _applied(root, override, findings)
    return root


def _overlap(one: Key, other: Key) -> bool:
    """True if one key is the other, or lies inside it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _parsed(text: str, findings: Findings) -> _Override | None:
    shown_as = f"--set {text}"
    name, equals, value = text.partition("=")
    key = tuple(part.strip() for part in name.split("."))
    if not equals or not value.strip() or not all(key):
        findings.error("is not key=value", "write --set rules.fifty-per-site.at_most=80", file=shown_as)
        return None
    if key[0] not in SETTABLE:
        findings.error(f"there is no key {shown(key[0])} to set", did_you_mean(key[0], SETTABLE), file=shown_as,
                       column=dotted(key))  # fmt: skip
        return None
    collected = Findings()
    read = parse_yaml_text(value, shown_as, collected)
    for finding in collected:
        # A value on the command line has no line.
        findings.error(finding.what, finding.remedy, file=shown_as, column=dotted(key))
    return _Override(key, _without_lines(read)) if read is not None and not collected.errors else None


def _without_lines(value: YamlValue) -> YamlValue:
    if value.is_mapping:
        return YamlValue({name: _without_lines(part) for name, part in value.content.items()}, value.file)
    if value.is_list:
        return YamlValue(tuple(_without_lines(part) for part in value.content), value.file)
    return YamlValue(value.content, value.file)


def _applied(root: YamlValue, override: _Override, findings: Findings) -> YamlValue:
    key, value = override.key, override.value
    if key[0] in ("title", "description", "city", "households", "date", "distances"):
        path = _whole(key, value, isinstance(value.content, str), "text", findings)
    elif key[0] == "solve":
        path = _solve(key, value, findings)
    elif key[0] == "rules":
        path = _rule(root, key, value, findings)
        if path is not None and len(path) == 2 and value.content is None:
            return _without_rule(root, key[1])
    else:
        path = _goal(root.get("goals"), key, value, findings)
        replaced = _replaced(root, path, value) if path is not None else root
        return _replaced(replaced, ("goals",), goals_written_out(replaced.get("goals")))
    return _replaced(root, path, value) if path is not None else root


def _whole(key: Key, value: YamlValue, suits: bool, kind: str, findings: Findings) -> Key | None:
    """The key itself, which has no keys below it."""
    if len(key) > 1:
        findings.error(f"{key[0]} has no keys below it", f"write --set {key[0]}=…", column=dotted(key), **value.place)
    elif not suits:
        findings.error(f"{key[0]} must be {kind}", f"write --set {key[0]}='\"…\"'", column=dotted(key), **value.place)
    else:
        return key
    return None


def _solve(key: Key, value: YamlValue, findings: Findings) -> Key | None:
    known = tuple(SolveOptions.model_fields)
    if len(key) == 1 and value.is_mapping:
        return key
    if len(key) == 2 and key[1] in known:
        return key
    remedy = did_you_mean(key[1], known) if len(key) > 1 else "write --set solve.gap=0.001"
    findings.error(f"there is no key {dotted(key)} of this kind", remedy, column=dotted(key), **value.place)
    return None


def _rule(root: YamlValue, key: Key, value: YamlValue, findings: Findings) -> Key | None:
    rules = root.get("rules")
    names = rules.content if rules is not None else {}
    if len(key) == 1:
        findings.error("rules are set one by one", "write --set rules.<name>.<key>=…", column="rules", **value.place)
        return None
    if key[1] not in names and (len(key) > 2 or not value.is_mapping):
        remedy = did_you_mean(key[1], names) or f"add it whole: --set 'rules.{key[1]}={{rule: …}}'"
        findings.error(f"there is no rule {shown(key[1])}", remedy, column=dotted(key), **value.place)
        return None
    return key


def _without_rule(root: YamlValue, name: str) -> YamlValue:
    rules = root.get("rules")
    content = {other: rule for other, rule in rules.content.items() if other != name}
    return _replaced(root, ("rules",), YamlValue(content, rules.file, rules.line))


def _goal(goals: YamlValue, key: Key, value: YamlValue, findings: Findings) -> Key | None:
    """The path of a goal in the list that is written out; goals are named by number or by name."""
    if len(key) == 1:
        return _whole(key, value, value.is_list, "a list", findings)
    paths = list(_paths_of_goals(goals))
    if key[1].isdecimal():
        found = [path for path in paths if str(path[1]) == key[1]]
        if not found:
            findings.error(f"there is no goal number {key[1]}", f"numbers go from 0 to {len(goals.content) - 1}",
                           column=dotted(key), **value.place)  # fmt: skip
            return None
        step = ("goals", int(key[1]))
        if len(key) == 2 or "weighted" in found[0]:
            return (*step, *key[2:])
        return (*found[0], *(key[3:] if key[2] == found[0][-1] else key[2:]))
    found = [path for path in paths if path[-1] == key[1]]
    if len(found) == 1:
        weight = key[2:] == ("weight",) and "weighted" in found[0]
        return (*found[0][:-1], "weight") if weight else (*found[0], *key[2:])
    if found:
        findings.error(f"{len(found)} goals have the name '{key[1]}'",
                       f"name one by its number: {' or '.join(dotted(path[:-1]) for path in found)}",
                       column=dotted(key), **value.place)  # fmt: skip
    else:
        findings.error(f"the scenario has no goal {shown(key[1])}", did_you_mean(key[1], [path[-1] for path in paths]),
                       column=dotted(key), **value.place)  # fmt: skip
    return None


def _paths_of_goals(goals: YamlValue) -> list[Key]:
    """`(goals, 0, place)`, `(goals, 3, weighted, 1, rent)`, … for every goal that is written out."""
    paths: list[Key] = []
    for position, step in enumerate(goals.content if goals.is_list else ()):
        names = list(step.content) if step.is_mapping else []
        if names != ["weighted"]:
            paths += [("goals", position, name) for name in names[:1]]
        elif step.content["weighted"].is_list:
            for number, member in enumerate(step.content["weighted"].content):
                inner = [name for name in member.content if name != "weight"] if member.is_mapping else []
                paths += [("goals", position, "weighted", number, name) for name in inner[:1]]
    return paths


def _replaced(node: YamlValue, path: Key, value: YamlValue) -> YamlValue:
    """The tree with another value at the path; what is on the way and no mapping or list becomes a mapping."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if node.is_list and str(part).isdecimal() and int(part) < len(node.content):
        items = list(node.content)
        items[int(part)] = _replaced(items[int(part)], rest, value)
        return YamlValue(tuple(items), node.file, node.line)
    content = dict(node.content) if node.is_mapping else {}
    content[part] = _replaced(content.get(part, YamlValue({}, value.file)), rest, value)
    return YamlValue(content, node.file, node.line)
