"""Strict reading of YAML: what two readers could understand in two ways is refused, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allocator.errors import Findings, did_you_mean
from allocator.strict_yaml.scalars import Refused, bare_value, with_decimal_point
from allocator.strict_yaml.syntax import report_syntax
from allocator.strict_yaml.values import YamlDocument, YamlValue

__all__ = ["DEEPEST", "LARGEST", "YamlDocument", "YamlValue", "parse_yaml", "parse_yaml_text", "read_yaml"]

LARGEST = 256 * 1024
"""Bytes that a file may have: no scenario and no description of a city comes near."""

DEEPEST = 40
"""Levels of nesting that a file may have."""


def read_yaml(path: Path | str, shown: str = "") -> YamlDocument:
    """The content of a YAML file, every value with its line; the top level is keys with values.

    InputError holds all findings: no file, not UTF-8, empty, larger than 256 KiB, tabs in the indentation, repeated
    keys, keys that are not text, tags, anchors, aliases, merge keys, directives, several documents, numbers with
    leading zeros or in other bases, `.inf`, `.nan`, bare yes, no, on, off, and whatever is no YAML. `shown` is what
    findings call the file (its name, unless something else is given).
    """
    findings = Findings()
    root = parse_yaml(Path(path), shown or Path(path).name, findings)
    findings.raise_if_errors()
    return YamlDocument(Path(path), root)


def parse_yaml(path: Path, shown: str, findings: Findings) -> YamlValue | None:
    """What `read_yaml` reads, with its findings added to `findings`; None where nothing could be read.

    A value that is refused stands in the result as its text, so that a reader can go on and find what else is wrong.
    """
    text = _text_of(path, shown, findings)
    root = parse_yaml_text(text, shown, findings) if text is not None else None
    if root is not None and not root.is_mapping:
        what = "is empty" if root.content is None else "must be keys with values, such as title: …"
        findings.error(what, "write at least one key with a value", **root.place)
        return None
    return root


def _text_of(path: Path, shown: str, findings: Findings) -> str | None:
    """The text of a UTF-8 file of at most 256 KiB; None with a finding if there is none."""
    try:
        if path.is_dir():
            findings.error("is a folder, not a file", "name a YAML file", file=shown)
            return None
        if path.stat().st_size > LARGEST:
            findings.error("is larger than 256 KiB", "keep data in tables of its own", file=shown)
            return None
        content = path.read_bytes()
    except FileNotFoundError:
        findings.error("there is no such file", _similar_file(path), file=shown)
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        findings.error(f"cannot be opened: {reason}", "check the path, and the right to read it", file=shown)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        findings.error("is not UTF-8 text", "save it with the encoding UTF-8", file=shown, line=line)
        return None


def _similar_file(path: Path) -> str:
    try:
        names = [file.name for file in path.parent.iterdir() if file.suffix.lower() in (".yaml", ".yml")]
    except OSError:
        return "check the path: its folder does not exist"
    near = did_you_mean(path.name, names)
    return near if near.startswith("did") else "check the path"


def parse_yaml_text(text: str, shown: str, findings: Findings) -> YamlValue | None:
    """The value that a text says; None with findings where it cannot be read at all."""
    from ruamel.yaml import YAML, YAMLError

    tabs = [number for number, line in enumerate(text.splitlines(), start=1) if re.match(r" *\t\s*\S", line)]
    for line in tabs:
        findings.error("a tab in the indentation", "indent with blanks", file=shown, line=line)
    if tabs:
        return None
    events = YAML(typ="safe", pure=True).parse(text)
    try:
        return _Builder(events, shown, findings).document()
    except YAMLError as error:
        report_syntax(error, text, shown, findings)
    except _TooDeepError:
        pass
    return None


class _TooDeepError(Exception):
    """Nesting that no scenario needs; its finding stands already."""


class _Builder:
    """Builds values from the events of the parser, and adds a finding for whatever is refused."""

    def __init__(self, events: Iterator[Any], file: str, findings: Findings) -> None:
        self._events, self._file, self._findings = events, file, findings

    def document(self) -> YamlValue:
        """The only document of the stream; an empty stream is an empty value."""
        next(self._events)
        start = next(self._events)
        if _kind(start) == "StreamEnd":
            return YamlValue(None, self._file)
        if getattr(start, "version", None) or getattr(start, "tags", None):
            self._refuse("a directive (%) is not read", "remove the line", 1)
        root = self._value(next(self._events), 0, None)
        next(self._events)
        after = next(self._events)
        if _kind(after) != "StreamEnd":
            self._refuse("a second document begins (---)", "write one document for each file", _line(after))
        return root

    def _value(self, event: Any, depth: int, line: int | None) -> YamlValue:
        """The value that begins with an event; `line` is that of its key, if it has one."""
        line = line or _line(event)
        kind = _kind(event)
        if kind == "Alias":
            self._refuse(f"an alias (*{event.anchor}) is not read", "write the value out", _line(event))
            return YamlValue(None, self._file, line)
        if event.anchor:
            self._refuse(f"an anchor (&{event.anchor}) is not read", "remove it, and write values out", _line(event))
        if event.tag:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(f"a tag ({tag}) is not read", "remove it; write text in quotes", _line(event))
        if depth > DEEPEST:
            self._refuse(f"more than {DEEPEST} levels of nesting", "write it flatter", _line(event))
            raise _TooDeepError
        if kind == "MappingStart":
            return self._mapping(depth, line)
        if kind == "SequenceStart":
            items = []
            while _kind(event := next(self._events)) != "SequenceEnd":
                items.append(self._value(event, depth + 1, None))
            return YamlValue(tuple(items), self._file, line)
        return YamlValue(self._scalar(event), self._file, line)

    def _mapping(self, depth: int, line: int) -> YamlValue:
        found: dict[str, YamlValue] = {}
        last, last_name = None, None
        while _kind(event := next(self._events)) != "MappingEnd":
            key_line = _line(event)
            number = _number_cut_by_comma(last, event)
            name = None if number else self._key(self._value(event, depth + 1, None), event)
            value_event = next(self._events)
            if number and _bare_word(value_event) == "":
                self._refuse(f"{last.value},{event.value} is read as two entries: commas stand between entries here",
                             f"write {number}", key_line, last_name or "")  # fmt: skip
                continue
            if number:
                name = self._key(self._value(event, depth + 1, None), event)
            value = self._value(value_event, depth + 1, key_line)
            last, last_name = value_event, name
            if name in found:
                self._refuse(f"the key '{name}' stands twice (first in line {found[name].line})",
                             "keep one of them", key_line, name)  # fmt: skip
            elif name is not None:
                found[name] = value
        return YamlValue(found, self._file, line)

    def _key(self, key: YamlValue, event: Any) -> str | None:
        """The name of a key; None, with a finding, if it is no text."""
        if key.content == "<<" and event.style is None:
            self._refuse("a merge key (<<) is not read", "write the keys out, or use extends", key.line)
            return None
        if isinstance(key.content, str):
            return key.content
        if key.is_mapping or key.is_list:
            self._refuse("a key must be text, not a list or keys with values", "write a name", key.line)
        elif key.content is None:
            self._refuse("a key is empty", "write a name before the ':'", key.line)
        else:
            self._refuse(f"the key {event.value} must be text", f'write "{event.value}"', key.line)
        return None

    def _scalar(self, event: Any) -> Any:
        if event.style is not None or (event.tag and event.tag != "!"):
            return event.value
        value = bare_value(event.value)
        if isinstance(value, Refused):
            self._refuse(value.what, value.remedy, _line(event))
            return event.value
        return value

    def _refuse(self, what: str, remedy: str, line: int | None, key: str = "") -> None:
        self._findings.error(what, remedy, file=self._file, line=line, column=key)


def _bare_word(event: Any) -> str | None:
    """The text of a scalar without quotes; None for anything else."""
    return event.value if _kind(event) == "Scalar" and event.style is None else None


def _number_cut_by_comma(value: Any, key: Any) -> str:
    """`100.5` where the value 100 and the key 5 stand in one line (`at_most: 100,5` in braces); else empty."""
    if value is None or _bare_word(key) is None or value.end_mark.line != key.start_mark.line:
        return ""
    return with_decimal_point(f"{_bare_word(value)},{key.value}")


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _line(event: Any) -> int:
    return event.start_mark.line + 1
