"""The files behind one scenario, put together by one order of priority.

What stands later wins:

1. built-in defaults (goals `place: persons`, `keep: rules`; the options of `solve`),
2. the rules of the profiles in `use`,
3. the file that `extends` names, and before it the one that this extends,
4. the scenario file itself,
5. `--set` on the command line.

Rules are put together by name and key by key: a file that says `one-flat: {at_most: 2}` changes one number of a rule
from below, and each key is replaced as a whole. A rule of another kind (`rule:`) replaces the one from below; `null`
removes it. `solve` is put together key by key, `use` adds up, everything else (goals too) is replaced as a whole.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean
from allocator.profiles import Profile, profile_ids, profile_named
from allocator.scenario.building import DEFAULT_GOALS, goals_written_out
from allocator.strict_yaml.reading import parse_yaml
from allocator.strict_yaml.values import YamlValue
from allocator.wording import text_of

__all__ = ["KEYS", "Layers", "read_layers"]

KEYS = ("title", "description", "extends", "use", "city", "households", "date", "distances", "rules", "goals", "solve")
"""The keys of a scenario file."""


@dataclass
class Layers:
    """What all files together say: `root` has the keys of a scenario without `extends` and `use`."""

    root: YamlValue
    files: list[Path]
    folders: dict[str, Path]
    """The folder to which paths are relative, by what findings call the file that names them."""
    profiles: list[tuple[Profile, YamlValue]] = field(default_factory=list)
    """The profiles in use, each with the place that names it."""


def read_layers(path: Path, findings: Findings) -> Layers | None:
    """Read a scenario file with everything it extends and uses; None with findings if the file cannot be read.

    Findings: whatever is no strict YAML, unknown keys, keys with values of the wrong kind, files that are missing,
    files that extend each other in a circle, unknown profiles, rules removed that are not there.
    """
    chain = _chain(path, findings)
    if not chain:
        return None
    folders = {root.file: file.parent for file, root in chain}
    layers = Layers(YamlValue({}, chain[0][1].file), [file for file, _ in chain], folders)
    for _, root in reversed(chain):
        _use(root.get("use"), layers, findings)
    rules: dict[str, YamlValue] = {}
    for profile, place in layers.profiles:
        layers.files.append(profile.path)
        for name, rule in profile.definitions.items():
            # Two profiles with the same name are compared later; findings then point to the line of `use`.
            rules.setdefault(name, _moved(rule, place))
    merged: dict[str, YamlValue] = {"goals": goals_written_out(DEFAULT_GOALS)}
    for _, root in reversed(chain):
        _merge(root, merged, rules, findings)
    merged["rules"] = YamlValue(rules, layers.root.file, _line(chain[0][1], "rules"))
    layers.root = YamlValue(merged, layers.root.file)
    return layers


def _line(root: YamlValue, key: str) -> int | None:
    value = root.get(key)
    return value.line if value is not None else None


def _moved(value: YamlValue, place: YamlValue) -> YamlValue:
    """The same value at another place."""
    if value.is_mapping:
        return YamlValue({name: _moved(part, place) for name, part in value.content.items()}, place.file, place.line)
    if value.is_list:
        return YamlValue(tuple(_moved(part, place) for part in value.content), place.file, place.line)
    return YamlValue(value.content, place.file, place.line)


def _chain(path: Path, findings: Findings) -> list[tuple[Path, YamlValue]]:
    """The scenario file and the files it extends, each after the one that extends it."""
    chain: list[tuple[Path, YamlValue]] = []
    seen: list[Path] = []
    home = path.parent
    named_at: YamlValue | None = None
    while True:
        name = _shown(path, home)
        if path.resolve() in seen:
            circle = " → ".join([_shown(file, home) for file, _ in chain] + [name])
            findings.error(f"the files extend each other in a circle: {circle}", "remove one 'extends'",
                           column="extends", **named_at.place)  # fmt: skip
            return chain
        seen.append(path.resolve())
        if named_at is not None and not path.is_file():
            findings.error(f"there is no file {shown(named_at.content)} to extend", "check the path, which is relative "
                           "to this file", column="extends", **named_at.place)  # fmt: skip
            return chain
        root = parse_yaml(path, name, findings)
        if root is None:
            return chain
        chain.append((path, _checked(root, findings)))
        named_at = chain[-1][1].get("extends")
        if named_at is None:
            return chain
        path = path.parent / named_at.content


def _shown(path: Path, home: Path) -> str:
    """What findings call a file: its path as seen from the folder of the scenario."""
    try:
        return Path(os.path.relpath(path, home)).as_posix()
    except ValueError:  # another drive on Windows
        return path.as_posix()


def _checked(root: YamlValue, findings: Findings) -> YamlValue:
    """The keys of one file that can be used; findings for the others. A key without a value is as if it were absent."""
    # What YAML refuses stands in the tree as text: it has its finding, and gets no second one.
    refused = {finding.line for finding in findings.errors if finding.file == root.file}
    kinds: dict[str, tuple[str, Any, str]] = {
        "rules": ("keys with values", lambda value: value.is_mapping, "write name: {rule: …} below it"),
        "solve": ("keys with values", lambda value: value.is_mapping, "write solve: {gap: 0.0001, seconds: 300}"),
        "use": ("a list of profiles", _is_list_of_text, "write use: [muenster-50]"),
        "goals": ("a list", lambda value: value.is_list, "write lines such as - place: persons"),
    }
    text = ("text", lambda value: isinstance(value.content, str) and value.content.strip() != "",
            "write it in one line, or in quotes")  # fmt: skip
    told = ("text, or en: and de: with a text each", lambda value: text[1](value) or text_of(value.plain) is not None,
            "write it in one line, or in quotes")  # fmt: skip
    kinds |= {"title": told, "description": told}
    content = {}
    for name, value in root.content.items():
        if name not in KEYS:
            findings.error(f"unknown key {shown(name)}", did_you_mean(name, KEYS), column=name, **value.place)
        elif value.content is not None:
            kind, suits, remedy = kinds.get(name, text)
            if suits(value):
                content[name] = goals_written_out(value) if name == "goals" else value
            elif value.line not in refused:
                findings.error(f"{name} must be {kind}", remedy, column=name, **value.place)
    return YamlValue(content, root.file, root.line)


def _is_list_of_text(value: YamlValue) -> bool:
    return value.is_list and all(isinstance(item.content, str) for item in value.content)


def _use(use: YamlValue | None, layers: Layers, findings: Findings) -> None:
    """Add the profiles that one file uses, each once."""
    known = profile_ids()
    seen: set[str] = set()
    for item in use.content if use is not None else ():
        name = item.content
        if name not in known:
            findings.error(f"there is no profile {shown(name)}", _nearest(name, known), column="use", **item.place)
        elif name in seen:
            findings.error(f"the profile '{name}' stands twice", "remove one of them", column="use", **item.place)
        elif name not in [profile.id for profile, _ in layers.profiles]:
            layers.profiles.append((profile_named(name), item))
        seen.add(name)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = did_you_mean(name, known)
    return near if near.startswith("did") else f"{near}; see: allocator rules --profiles"


def _merge(root: YamlValue, merged: dict[str, YamlValue], rules: dict[str, YamlValue], findings: Findings) -> None:
    """Put one file on top of what stands below it."""
    for name, value in root.content.items():
        if name == "solve" and "solve" in merged:
            merged["solve"] = YamlValue({**merged["solve"].content, **value.content}, value.file, value.line)
        elif name not in ("extends", "use", "rules"):
            merged[name] = value
    own = root.get("rules")
    for name, rule in own.content.items() if own is not None else ():
        if rule.content is None:
            if name not in rules:
                remedy = did_you_mean(name, rules) or "remove the key"
                findings.error(f"there is no rule {shown(name)} to remove", remedy, column=f"rules.{name}",
                               **rule.place)  # fmt: skip
            rules.pop(name, None)
        else:
            rules[name] = _on_top(rule, rules.get(name))


def _on_top(rule: YamlValue, below: YamlValue | None) -> YamlValue:
    """A rule key by key on top of the one below; a rule of another kind replaces it."""
    if below is None or not rule.is_mapping or not below.is_mapping:
        return rule
    kinds = [value.get("rule") for value in (rule, below)]
    if None not in kinds and kinds[0].content != kinds[1].content:
        return rule
    return YamlValue({**below.content, **rule.content}, rule.file, rule.line)
