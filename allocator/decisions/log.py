"""The log of decisions beside a scenario: read, checked link by link, and written at its end only.

`plan.yaml` has `plan.decisions.jsonl`, one JSON object on each line. A chain of hashes shows every change of what
stands in the middle, and every change of the last line that does not also write its hash anew; lines that are cut off
at the end show in the hashes that runs keep of what they have read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from allocator.decisions.entry import BEGINNING, Decision
from allocator.errors import Findings, UsageError

__all__ = ["ENDING", "add_decision", "log_of", "read_log"]

ENDING = ".decisions.jsonl"
PATIENCE = 10.0
"""Seconds to wait for somebody else who is writing."""
FAR = 2**30
"""Where the lock lies: behind every line, so that it never hinders a reader."""


def log_of(scenario: Path) -> Path:
    """The log that belongs to a scenario file."""
    return scenario.with_name(scenario.stem + ENDING)


def read_log(path: Path, findings: Findings, until: int | None = None) -> tuple[Decision, ...]:
    """The entries of a log, of its first `until` bytes where that is given; none if there is no file.

    The first entry that is broken is an error among the findings, and nothing behind it is read.
    """
    try:
        content = path.read_bytes()[:until] if path.exists() else b""
    except OSError as error:
        findings.error(f"cannot be read: {error.strerror or error}", "see who may read it", file=str(path))
        return ()
    return _entries(content, path, findings)


def _entries(content: bytes, path: Path, findings: Findings) -> tuple[Decision, ...]:
    entries: list[Decision] = []
    before = BEGINNING
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        entry, wrong = _entry(line, number, before)
        if entry is None or wrong:
            findings.error(f"the chain of decisions is broken at entry {number}: {wrong}",
                           "put back the file as it was written; nothing behind that entry can be trusted",
                           file=str(path), row=str(number))  # fmt: skip
            return tuple(entries)
        entries.append(entry)
        before = entry.sha256
    return tuple(entries)


def _entry(line: bytes, number: int, before: str) -> tuple[Decision | None, str]:
    """One line as an entry, and what is wrong with it."""
    if not line.endswith(b"\n"):
        return None, "the line has no end"
    try:
        entry = Decision.model_validate_json(line)
    except (ValidationError, ValueError, RecursionError):
        return None, "it is no decision"
    if entry.number != number:
        return entry, f"it says it is entry {entry.number}"
    if entry.before != before:
        return entry, "it does not hold the hash of the entry before"
    if entry.sha256 != entry.digest():
        return entry, "its content does not agree with its hash"
    return entry, ""


def add_decision(path: Path, decide: Callable[[tuple[Decision, ...]], Decision]) -> Decision:
    """Add one entry at the end, while nobody else writes; what was added, with number, time and hashes.

    `decide` gets the entries that are there and returns the new one; what it raises leaves the file as it was. Raises
    InputError if the chain is broken, UsageError if the file cannot be written.
    """
    try:
        with _locked(path) as file:
            findings = Findings()
            file.seek(0)
            there = _entries(file.read(), path, findings)
            findings.raise_if_errors()
            last = there[-1].sha256 if there else BEGINNING
            told = {"number": len(there) + 1, "time": datetime.now(UTC).isoformat(timespec="seconds"), "before": last}
            entry = decide(there).model_copy(update=told)
            entry = Decision.model_validate(entry.model_dump()).sealed()
            file.write(entry.line())
            file.flush()
            os.fsync(file.fileno())
            return entry
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file, open for adding, locked by the system: the lock of a process that dies ends with it."""
    with path.open("a+b") as file:
        until = time.monotonic() + PATIENCE
        while not _lock(file):
            if time.monotonic() > until:
                raise UsageError(f"{path} is being written by somebody else; try again")
            time.sleep(0.02)
        try:
            yield file
        finally:
            _unlock(file)


def _lock(file: BinaryIO) -> bool:
    """Take the lock; False if somebody else has it."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _unlock(file: BinaryIO) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
