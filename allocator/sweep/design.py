"""What a design file says: the scenarios it begins with, what varies, what is left out. Nothing is solved here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allocator.city.reporting import shown
from allocator.errors import Findings, InputError, did_you_mean
from allocator.scenario.building import validated
from allocator.scenario.overrides import SETTABLE
from allocator.strict_yaml.reading import parse_yaml
from allocator.strict_yaml.values import YamlValue
from allocator.sweep.excluding import Exclusion, exclusions_of
from allocator.sweep.parts import Draws, Range, Sample

__all__ = ["KEYS", "Axis", "Design", "read_design"]

KEYS = ("title", "description", "base", "set", "vary", "zip", "sample", "draws", "exclude")
"""The keys of a design file."""
PATHS = ("city", "households")
"""Names whose values are paths, relative to the design file."""


@dataclass(frozen=True)
class Axis:
    """Names that vary together and the values they take: `rows` [n_values] of one value for each name."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Design:
    """A design. `bases` are scenario files as the design writes them; `fixed` is set in every run; `axes` are crossed.

    `lines` says in which line of the file each name stands. Points of the design: see `allocator.sweep.points`.
    """

    path: Path
    title: str
    bases: tuple[str, ...]
    fixed: dict[str, Any]
    axes: tuple[Axis, ...]
    sample: Sample | None
    draws: Draws | None
    exclude: tuple[Exclusion, ...]
    lines: Mapping[str, int | None] = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path:
        """The folder to which the design's paths are relative."""
        return self.path.parent

    @property
    def names(self) -> tuple[str, ...]:
        """Every dotted name that varies, in the order of the file."""
        sampled = tuple(self.sample.of) if self.sample is not None else ()
        return tuple(name for axis in self.axes for name in axis.names) + sampled

    @property
    def sha256(self) -> str:
        """Hash of the design file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def read_design(path: Path | str) -> Design:
    """Read a design file; InputError holds all findings at once, each with file and line.

    Only the design itself is checked here; whether its names and values suit the scenarios shows when they are
    resolved, before anything is solved.
    """
    path = Path(path)
    findings = Findings()
    root = parse_yaml(path, path.name, findings)
    if root is None:
        raise InputError(findings)
    for name, value in root.content.items():
        if name not in KEYS:
            findings.error(f"unknown key {shown(name)}", did_you_mean(name, KEYS), column=name, **value.place)
    reader = _Reader(root, path, findings)
    bases = reader.bases()
    fixed = reader.fixed()
    axes = [*reader.axes_of_vary(), *reader.axes_of_zip()]
    sample, draws = reader.part("sample", Sample), reader.part("draws", Draws)
    reader.sampled(sample)
    names = [name for axis in axes for name in axis.names] + ([*sample.of] if sample is not None else [])
    exclude = exclusions_of(root.get("exclude"), [*names, "base", "draw"], findings)
    if not names and draws is None and len(bases) == 1 and not findings.errors:
        findings.error("nothing varies", "add vary: with a name and its values", **root.place)
    findings.raise_if_errors()
    return Design(path, reader.title(), bases, fixed, tuple(axes), sample, draws, exclude, reader.lines)


class _Reader:
    """Reads the keys of one file; findings go to one place."""

    def __init__(self, root: YamlValue, path: Path, findings: Findings) -> None:
        self._root, self._path, self._findings = root, path, findings
        self.lines: dict[str, int | None] = {}

    def title(self) -> str:
        """The title, the name of the file where there is none."""
        value = self._root.get("title")
        return str(value.content).strip() if value is not None and value.content else self._path.stem

    def bases(self) -> tuple[str, ...]:
        """The scenario files, as written."""
        value = self._root.get("base")
        if value is None or value.content is None:
            self._findings.error(
                "the key 'base' is missing", "add base: with the path of a scenario", column="base", **self._root.place
            )
            return ()
        found = []
        for item in value.content if value.is_list else (value,):
            if not isinstance(item.content, str) or not item.content.strip():
                self._findings.error(
                    "base must be the path of a scenario, or a list of them",
                    "write base: ../scenarios/model-city.yaml",
                    column="base",
                    **item.place,
                )
            elif not (self._path.parent / item.content).is_file():
                self._findings.error(
                    f"there is no scenario {shown(item.content)}",
                    "check the path, which is relative to this file",
                    column="base",
                    **item.place,
                )
            elif item.content in found:
                self._findings.error(
                    f"the scenario {shown(item.content)} stands twice",
                    "remove one of them",
                    column="base",
                    **item.place,
                )
            else:
                found.append(item.content)
        if value.is_list and not value.content:
            self._findings.error("base names no scenario", "name at least one", column="base", **value.place)
        return tuple(found)

    def fixed(self) -> dict[str, Any]:
        """What `set` says, by dotted name."""
        found = {}
        for name, value in self._mapping("set").items():
            if self._name(name, value, "set"):
                found[name] = self._value(name, value)
        return found

    def axes_of_vary(self) -> list[Axis]:
        """One axis for each name of `vary`."""
        found = []
        for name, value in self._mapping("vary").items():
            if self._name(name, value, "vary"):
                values = self._values(name, value, f"vary.{name}")
                found.append(Axis((name,), tuple((one,) for one in values)))
        return found

    def axes_of_zip(self) -> list[Axis]:
        """One axis for each group of `zip`: columns of the same length that vary together."""
        value = self._root.get("zip")
        found = []
        for number, group in enumerate(self._groups(value)):
            at = f"zip.{number}"
            columns = {
                name: self._values(name, column, f"{at}.{name}")
                for name, column in group.content.items()
                if self._name(name, column, at)
            }
            lengths = {name: len(values) for name, values in columns.items()}
            if len(set(lengths.values())) > 1:
                told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
                self._findings.error(
                    f"zipped columns have different lengths: {told}",
                    "give each the same number of values",
                    column=at,
                    **group.place,
                )
            elif columns:
                found.append(Axis(tuple(columns), tuple(zip(*columns.values(), strict=True))))
        return found

    def part(self, key: str, model: type) -> Any:
        """A part with a schema of its own; None where it is absent or has findings."""
        value = self._root.get(key)
        if value is None or value.content is None:
            return None
        return validated(model, value, value.plain, (key,), self._findings)

    def sampled(self, sample: Sample | None) -> None:
        """Check the names of a sample."""
        of = self._root.nearest(("sample", "of"))
        for name in sample.of if sample is not None else ():
            self._name(name, of.get(name) or of, "sample.of")

    def _mapping(self, key: str) -> dict[str, YamlValue]:
        value = self._root.get(key)
        if value is None or value.content is None:
            return {}
        if not value.is_mapping:
            self._findings.error(
                f"{key} must be keys with values",
                f"write {key}: {{rules.fifty-per-site.at_most: …}}",
                column=key,
                **value.place,
            )
            return {}
        return value.content

    def _groups(self, value: YamlValue | None) -> list[YamlValue]:
        if value is None or value.content is None:
            return []
        groups = list(value.content) if value.is_list else [value]
        for group in groups:
            if not group.is_mapping:
                self._findings.error(
                    "zip must be names with lists of values",
                    "write zip: {city: [a, b], households: [a.csv, b.csv]}",
                    column="zip",
                    **group.place,
                )
        return [group for group in groups if group.is_mapping]

    def _name(self, name: str, value: YamlValue, at: str) -> bool:
        """Whether a dotted name can be set, and only once."""
        key = [part.strip() for part in name.split(".")]
        place = {"column": f"{at}.{name}", **value.place}
        if key[0] not in SETTABLE or not all(key):
            self._findings.error(f"there is no key {shown(key[0])} to set", did_you_mean(key[0], SETTABLE), **place)
            return False
        if name in ("solve", "solve.threads"):
            self._findings.error(
                "a sweep solves each run with one thread", "set solve.gap, solve.seconds or solve.seed", **place
            )
            return False
        for other in self.lines:
            both = [part.split(".") for part in (name, other)]
            shorter = min(map(len, both))
            # A rule that is off has no softness: at_most and soft may both vary, a rule and its key may not.
            if both[0][:shorter] == both[1][:shorter]:
                self._findings.error(
                    f"{name} is set twice (also by {other}, line {self.lines[other]})", "give it once", **place
                )
                return False
        self.lines[name] = value.line
        return True

    def _values(self, name: str, value: YamlValue, at: str) -> list[Any]:
        """The values of one name: a list, or a range."""
        if value.is_mapping:
            told = validated(Range, value, value.plain, tuple(at.split(".")), self._findings)
            return told.values() if told is not None else []
        if not value.is_list or not value.content:
            self._findings.error(
                f"{name} needs a list of values, or a range",
                "write [20, 50, null] or {from: 20, to: 200, step: 20}",
                column=at,
                **value.place,
            )
            return []
        found: list[Any] = []
        for item in value.content:
            one = self._value(name, item)
            if any(same(one, other) for other in found) and not at.startswith("zip"):
                self._findings.error(
                    f"{name} has the value {item.plain} twice", "remove one of them", column=at, **item.place
                )
            found.append(one)
        return found

    def _value(self, name: str, value: YamlValue) -> Any:
        if name in PATHS and isinstance(value.content, str) and not (self._path.parent / value.content).exists():
            self._findings.error(
                f"there is nothing at {shown(value.content)}",
                "check the path, which is relative to this file",
                column=name,
                **value.place,
            )
        return value.plain


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same; true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
