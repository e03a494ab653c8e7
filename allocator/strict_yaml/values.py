"""What a YAML file says, each value with the file and line where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["Key", "YamlDocument", "YamlValue", "as_path"]

Key = tuple[str | int, ...]
"""The path of a value: names of keys, and positions in lists counted from 0."""


@dataclass(frozen=True)
class YamlValue:
    """A value and its place: `content` is a scalar, a tuple of values, or a mapping from names to values.

    `file` is what findings call the file; `line` counts from 1 and is the line of the key where the value has one,
    None for a value that was not read from a file.
    """

    content: Any
    file: str = ""
    line: int | None = None

    @property
    def is_mapping(self) -> bool:
        """True for keys with values."""
        return isinstance(self.content, dict)

    @property
    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self.content, tuple)

    @property
    def plain(self) -> Any:
        """The value as plain dict, list, text, number, bool or None."""
        if isinstance(self.content, dict):
            return {name: value.plain for name, value in self.content.items()}
        if isinstance(self.content, tuple):
            return [value.plain for value in self.content]
        return self.content

    @property
    def place(self) -> dict[str, Any]:
        """File and line as keyword arguments of a finding."""
        return {"file": self.file, "line": self.line}

    def get(self, name: str) -> YamlValue | None:
        """The value of a key; None if this is no mapping or has no such key."""
        return self.content.get(name) if isinstance(self.content, dict) else None

    def nearest(self, path: Key) -> YamlValue:
        """The value at the path, or the last one on the way to it that exists."""
        value = self
        for part in path:
            following = value._child(part)
            if following is None:
                break
            value = following
        return value

    def _child(self, part: str | int) -> YamlValue | None:
        if isinstance(self.content, dict):
            return self.content.get(part)
        if isinstance(self.content, tuple) and str(part).isdecimal() and int(part) < len(self.content):
            return self.content[int(part)]
        return None

    def walk(self, path: Key = ()) -> Iterator[tuple[Key, YamlValue]]:
        """Every value below this one, with its path; this one first."""
        yield path, self
        if isinstance(self.content, dict):
            for name, value in self.content.items():
                yield from value.walk((*path, name))
        elif isinstance(self.content, tuple):
            for position, value in enumerate(self.content):
                yield from value.walk((*path, position))


@dataclass(frozen=True)
class YamlDocument:
    """One YAML file. Unpacks into its plain data and the lines: `data, lines = read_yaml(path)`."""

    path: Path
    root: YamlValue

    @property
    def data(self) -> Any:
        """The content as plain dict, list, text, number, bool or None."""
        return self.root.plain

    @cached_property
    def lines(self) -> Mapping[Key, int]:
        """The line of every value by its path, counted from 1: `lines["tables", "buildings", "source"]`."""
        return {path: value.line for path, value in self.root.walk() if value.line is not None}

    def line(self, key: str | Key) -> int | None:
        """The line of a key, dotted (`tables.buildings.source`) or as a path; of its nearest parent if it is absent."""
        return self.root.nearest(as_path(key)).line

    def __iter__(self) -> Iterator[Any]:
        yield self.data
        yield self.lines


def as_path(key: str | Key) -> Key:
    """A dotted key as a path."""
    return tuple(key.split(".")) if isinstance(key, str) else key
