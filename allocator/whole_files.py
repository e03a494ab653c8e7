"""Files that are there whole, or as they were before."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["replaced_file", "replaced_text"]


def replaced_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file under another name beside `path`, which it takes when it is complete and on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}")
    try:
        write(draft)
        with draft.open("rb+") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def replaced_text(path: Path, text: str) -> None:
    """The same for a text: UTF-8, one line end on every system."""
    replaced_file(path, lambda draft: draft.write_text(text, encoding="utf-8", newline="\n"))
