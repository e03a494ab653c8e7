"""The folder of a sweep: one small file for each solved run, written whole or not at all, and never by two writers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from allocator.errors import OutputExistsError, UsageError
from allocator.whole_files import replaced_file

__all__ = ["Store", "is_sweep"]

SOLVED, LISTS, LOCKS = "solved", "households", ".locks"
MARK = "manifest.json"
FORMAT = 1
PATIENCE = 900
"""Seconds that a part of an array job waits until the others have read what it reads."""


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep, finished or not."""
    return (folder / SOLVED).is_dir() or (folder / MARK).is_file()


class Store:
    """Records of runs by key. `folder` is made where it does not exist; one that holds something else is refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not is_sweep(folder))):
            raise OutputExistsError(f"{folder} holds something other than a sweep; choose another --out")
        (folder / SOLVED).mkdir(parents=True, exist_ok=True)

    @property
    def lists(self) -> Path:
        """Where draws of households are written."""
        return self.folder / LISTS

    @contextmanager
    def writing(self, part: str = "") -> Iterator[Callable[[], None]]:
        """Hold the folder as its only writer; or, after the call of what this yields, as the only one of a `part`.

        Parts of an array job write different runs and work side by side; the whole waits for none of them. Raises
        UsageError while another process holds it. The operating system lets go of a lock when its process ends, however
        it ends.
        """
        from filelock import FileLock, Timeout

        locks = self.folder / LOCKS
        locks.mkdir(exist_ok=True)
        whole = FileLock(locks / "whole.lock", timeout=PATIENCE if part else 0)
        try:
            with ExitStack() as held:
                held.enter_context(whole)
                for path in [locks / f"part-{part}.lock"] if part else sorted(locks.glob("part-*.lock")):
                    held.enter_context(FileLock(path, timeout=0))
                yield whole.release if part else lambda: None
        except Timeout as busy:
            message = f"another process is writing to {self.folder} ({Path(busy.lock_file).name} is held)"
            raise UsageError(f"{message}; wait for it, or choose another --out") from None

    def path(self, key: str) -> Path:
        """The file of a run."""
        return self.folder / SOLVED / f"{key}.json"

    def has(self, key: str) -> bool:
        """Whether a run is there, whole."""
        return self.read(key) is not None

    def read(self, key: str) -> dict[str, Any] | None:
        """The record of a run; None if it is not there, or not as it was written."""
        try:
            text = self.path(key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        head, _, body = text.partition("\n")
        if head != _head(body):
            return None
        return json.loads(body)

    def write(self, record: dict[str, Any]) -> None:
        """Write the record of a run under its key."""
        body = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        content = f"{_head(body)}\n{body}".encode()
        replaced_file(self.path(record["key"]), lambda draft: draft.write_bytes(content))

    def sweep_drafts(self) -> None:
        """Remove what writers who were killed left half written; only for who holds the folder alone."""
        for folder in (self.folder, self.folder / SOLVED, self.lists):
            for path in folder.glob(".*.*.????????") if folder.is_dir() else ():
                if path.is_file():
                    path.unlink(missing_ok=True)


def _head(body: str) -> str:
    return f"allocator sweep {FORMAT} {hashlib.sha256(body.encode()).hexdigest()}"
