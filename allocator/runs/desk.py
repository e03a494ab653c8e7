"""What a quick answer needs, kept ready between calls: city, list, rules, goals and plan as they were read.

What is kept lies in the user's own cache folder (`ALLOCATOR_CACHE` names another, or none) and is used only if every
file that was read still has the same content and no file has come beside them; everything else is read anew. It is a
pickle, which can do harm when somebody else has written it: on systems that know owners it must belong to the user, and
nobody else may write it.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
import stat
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from allocator import __version__
from allocator.access.stored import cache_folder

if TYPE_CHECKING:
    import pandas as pd

    from allocator.city.city import City
    from allocator.goals.base import Stage
    from allocator.rules.base import Rule

__all__ = ["Desk", "desk"]

FORM = 1
"""Raised whenever what is kept has another form."""


@dataclass(frozen=True)
class Desk:
    """A scenario with everybody's unit: `unit_of` by household_id is None where there is no run."""

    name: str
    city: City
    households: pd.DataFrame
    rules: dict[str, Rule]
    stages: Sequence[Stage]
    day: date | None
    unit_of: dict[str, str] | None
    files: tuple[Path, ...]


def desk(path: Path, read: Callable[[Path], Desk]) -> Desk:
    """What was kept of a run or a scenario if it still holds, else what `read` says, which is kept then."""
    folder = cache_folder()
    if folder is None:
        return read(path)
    code = f"{FORM} {__version__} {platform.python_version()} {_code()} {path.resolve()}"
    kept = folder / f"desk-{hashlib.sha256(code.encode()).hexdigest()[:32]}.pickle"
    found = _kept(kept)
    if found is None:
        found = read(path)
        _keep(found, kept)
    return found


def _code() -> str:
    """Changes with the package: newest change of one of its files, for who works on it."""
    root = Path(__file__).parent.parent
    return str(max(file.stat().st_mtime_ns for file in root.rglob("*.py")))


def _seal(files: Iterable[Path]) -> list[list[str]]:
    """Every file with the hash of its content, every folder of one with the names in it."""
    files = sorted(set(files))
    sealed = []
    for file in files:
        with file.open("rb") as stream:
            sealed.append([str(file), hashlib.file_digest(stream, "sha256").hexdigest()])
    for folder in sorted({file.parent for file in files}):
        names = "\n".join(sorted(entry.name for entry in folder.iterdir()))
        sealed.append([str(folder), hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()])
    return sealed


def _kept(path: Path) -> Desk | None:
    """What was kept; None if it does not hold any more or cannot be trusted."""
    try:
        told = path.stat()
        if hasattr(os, "getuid") and (told.st_uid != os.getuid() or told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            return None
        with path.open("rb") as stream:
            sealed = json.loads(stream.readline())
            files = [Path(name) for name, _ in sealed if Path(name).is_file()]
            if _seal(files) != sealed:
                return None
            found = pickle.load(stream)
    except Exception:  # whatever cannot be read is read anew
        return None
    return found if isinstance(found, Desk) else None


def _keep(found: Desk, path: Path) -> None:
    """Write it, whole or not at all; where nothing can be written nothing is kept."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        content = json.dumps(_seal(found.files)).encode() + b"\n" + pickle.dumps(found, protocol=5)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        draft.replace(path)
    except (OSError, ValueError, TypeError, AttributeError, pickle.PicklingError, RecursionError):
        pass
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
