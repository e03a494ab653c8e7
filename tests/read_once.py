"""Cities and lists that are read once in a process: tests run, verify and draw equal ones over and over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from allocator.city.city import City
from allocator.errors import Finding

__all__ = ["equal_cities_read_once"]

List = tuple[pd.DataFrame, list[Finding]]
TABLES = ("social_spaces", "buildings", "units", "sites", "facilities", "streets")


@contextmanager
def equal_cities_read_once() -> Iterator[None]:
    """A folder of files is read only if none of the same name and with the same bytes was read before.

    Each city is one of its own, so that what a test does to it is seen by no other. One with a `city.yaml`, which may
    name files elsewhere, is read every time, and so is one that cannot be read. Tests of the reading itself import it
    at their head and have it as it is. So it is with the list of households in such a folder.
    """
    from allocator.city import reading

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "read_city", _remembering(reading.read_city))
        patch.setattr(reading, "read_households", _remembering_lists(reading.read_households))
        yield


def _remembering(read: Callable[[Path], City]) -> Callable[[Path], City]:
    known: dict[str, City] = {}

    def read_city(path: Path | str) -> City:
        content = _content(Path(path))
        if content is None:
            return read(path)
        if content not in known:
            known[content] = read(path)
        return _own(known[content], Path(path).resolve())

    return read_city


def _remembering_lists(read: Callable[..., List]) -> Callable[..., List]:
    known: dict[tuple[str, ...], List] = {}

    def read_households(path: Path | str, city: City | None = None) -> List:
        content = _content(Path(path))
        listed = [file for file in Path(path).iterdir() if file.stem == "households"] if content is not None else []
        if len(listed) != 1 or (city is not None and not city.files):
            return read(path, city)
        compared = () if city is None else (city.name, *map(_digest, city.files))
        key = (content, _digest(listed[0]), *compared)
        if key not in known:
            known[key] = read(path, city)
        table, findings = known[key]
        return table.copy(), list(findings)

    return read_households


def _content(folder: Path) -> str | None:
    """One text for the name of a folder, and the names and bytes of all its files; None if it holds more than those.

    The list of households is no part of a city: its name alone counts.
    """
    try:
        entries = sorted(folder.iterdir())
        if any(entry.is_symlink() or not entry.is_file() or entry.name == "city.yaml" for entry in entries):
            return None
        digests = [f"{entry.name}/{'' if entry.stem == 'households' else _digest(entry)}" for entry in entries]
    except OSError:
        return None
    return "/".join([folder.resolve().name, *digests])


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _own(city: City, folder: Path) -> City:
    """The city with tables of its own, read from this folder."""
    tables = {name: table.copy() for name in TABLES if (table := getattr(city, name)) is not None}
    return replace(city, files=tuple(folder / file.name for file in city.files), **tables)
