"""The place of a run: asked for before any work, taken whole at the end, left as it was if anything fails.

A run writes into a hidden folder beside its place, the *draft*, which says whose it is. So two runs into one place know
of each other, and what a killed run has left behind is known to be nobody's and is cleared away by the next run there.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.errors import AllocatorError, OutputExistsError, UsageError

__all__ = ["FILES", "PUBLICATION", "RUN", "Kind", "new_folder", "refuse_existing"]

FILES = frozenset(("allocation.csv", "indicators.csv", "map.html", "city.gpkg", "report.html", "result.json",
                   "report.xlsx", "map-public.html", "report-public.html", "report-public.xlsx",
                   "why.json", "why.csv", "why.geojson"))  # fmt: skip
"""What a run, and the commands that draw, write and explain it again, write into its folder."""
PUBLISHED = frozenset(("map.html", "report.html", "report.xlsx", "indicators.csv", "areas.gpkg", "publication.json"))
"""What is published of a run."""


@dataclass(frozen=True)
class Kind:
    """What a command writes as a whole: `files` at the top, and below each of `folders` only files named in `inside`.

    The folder is known by its `marker`, a JSON file that has at least these `keys`.
    """

    name: str
    marker: str
    keys: frozenset[str]
    files: frozenset[str]
    folders: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()


RUN = Kind("run", "result.json", frozenset(("format", "status", "inputs", "scenario")), FILES)
PUBLICATION = Kind("publication", "publication.json", frozenset(("format", "files")), PUBLISHED)
BESIDE = frozenset(("city.gpkg-wal", "city.gpkg-shm", "city.gpkg-journal", ".DS_Store", "Thumbs.db", "desktop.ini"))
"""What GIS and desktops leave in a folder by themselves; nobody misses it."""
OWNER = ".writing.json"
"""In a draft: which process writes it, for which place."""
NAMED = 5
LONGEST = 60
"""Characters of the place's name in the name of its draft, which must not become too long for a disk."""
Tell = Callable[[str], None]


@contextmanager
def new_folder(folder: Path, overwrite: bool, tell: Tell = lambda _: None, kind: Kind = RUN) -> Iterator[Path]:
    """A draft beside `folder` that takes its place when the block ends well, and vanishes if anything fails.

    Everything that can stand in the way is found when the block begins: UsageError where nothing can be written or
    another run is writing there, OutputExistsError (see `refuse_existing`) if `folder` exists and must be kept. `tell`
    hears what an earlier, killed run had left behind there. Only a folder of the same `kind` is replaced.
    """
    made: list[Path] = []
    draft: Path | None = None
    try:
        with _usable(folder):
            place = _place(folder)
            _put_back(place, tell, kind)
            refuse_existing(folder, overwrite, kind)
            _make_parents(place.parent, made)
            draft = place.parent / f".{place.name[:LONGEST]}.{uuid.uuid4().hex[:8]}"
            draft.mkdir()
            _sign(draft, place)
        _clear(place, draft, tell)
        yield draft
        refuse_existing(folder, overwrite, kind)
        _replace(place, draft)
        (place / OWNER).unlink(missing_ok=True)
    finally:
        if draft is not None and draft.exists():
            shutil.rmtree(draft, ignore_errors=True)
        for parent in made:
            with suppress(OSError):
                parent.rmdir()  # only if nothing stands in it


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Whatever the system has against a path is wrong usage."""
    try:
        yield
    except AllocatorError:
        raise
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{folder} cannot be written: {reason}; choose another --out") from error


def refuse_existing(folder: Path, overwrite: bool, kind: Kind = RUN) -> None:
    """Raise OutputExistsError if the folder exists and must be kept.

    It must be kept if nobody asked to overwrite it, if it holds no run, and if it holds files besides those of a run:
    they are somebody's work. UsageError for a link that leads nowhere.
    """
    for part in (folder, *folder.parents):
        if part.is_symlink() and not part.exists():
            raise UsageError(f"{part} is a link that leads nowhere; remove it, or choose another --out")
    if not folder.exists():
        return
    if not overwrite:
        raise OutputExistsError(f"{folder} exists and is kept; add --overwrite, or choose another folder with --out")
    if not folder.is_dir() or (any(folder.iterdir()) and not _is_of(kind, folder)):
        raise OutputExistsError(
            f"{folder} holds something other than a {kind.name} and is not overwritten; choose another --out"
        )
    foreign = _foreign(folder, kind)
    if foreign:
        shown = ", ".join(foreign[:NAMED]) + (f" and {len(foreign) - NAMED} more" if len(foreign) > NAMED else "")
        raise OutputExistsError(
            f"{folder} holds what no {kind.name} has written ({shown}) and is not overwritten; move that away, or "
            "choose another --out"
        )


def _foreign(folder: Path, kind: Kind) -> list[str]:
    """Everything in a folder that a command of this kind does not write; folders with a slash behind their name."""
    known = kind.files | BESIDE | {OWNER}
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.is_symlink() and entry.name in kind.folders:
            below = sorted(part for part in entry.rglob("*") if not part.is_dir() or part.is_symlink())
            found += [part.relative_to(folder).as_posix() for part in below if part.name not in kind.inside | BESIDE]
        elif entry.name not in known or not entry.is_file():
            found.append(f"{entry.name}/" if entry.is_dir() else entry.name)
    return found


def _is_of(kind: Kind, folder: Path) -> bool:
    """Whether the folder holds what a command of this kind has written, whatever else there is."""
    try:
        result = json.loads((folder / kind.marker).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(result, dict) and kind.keys <= result.keys()


def _place(folder: Path) -> Path:
    """The folder as an absolute path, links before its last part followed: one place has one name."""
    folder = folder.absolute()
    return folder.resolve() if folder.name in ("", "..") else folder.parent.resolve() / folder.name


def _make_parents(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it; the new ones are put into `made`, the innermost first."""
    missing: list[Path] = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, so nothing can be written in it; choose another --out")
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        made.insert(0, parent)


def _sign(draft: Path, place: Path) -> None:
    """Write into a draft whose it is."""
    owner = {"place": place.name, "host": platform.node(), "process": os.getpid(), "began": _began(os.getpid())}
    (draft / OWNER).write_text(json.dumps(owner), encoding="utf-8")


def _began(process: int) -> float:
    """When a process on this computer began; NaN if there is none of that number."""
    import psutil

    try:
        found = psutil.Process(process)
        return math.nan if found.status() == psutil.STATUS_ZOMBIE else found.create_time()
    except (psutil.Error, ValueError, OverflowError):
        return math.nan


def _lives(owner: dict[str, Any]) -> bool:
    """Whether the process that signed a draft is still there; clocks may be set meanwhile, by less than a minute."""
    return abs(_began(owner["process"]) - owner["began"]) < 60


def _beside(place: Path, ending: str = "") -> Iterator[Path]:
    """Hidden folders beside a place that are called like its drafts, or (`.old`) like a run on its way out."""
    pattern = re.compile(rf"\.{re.escape(place.name[:LONGEST])}\.[0-9a-f]{{8}}{re.escape(ending)}")
    with suppress(OSError):
        for entry in sorted(place.parent.iterdir()):
            if pattern.fullmatch(entry.name) and entry.is_dir() and not entry.is_symlink():
                yield entry


def _clear(place: Path, mine: Path, tell: Tell) -> None:
    """Refuse if another run is writing to this place; remove what runs that are no more have left beside it.

    A draft is removed only if its own signature names this place, this computer and a process that has ended.
    """
    for entry in _beside(place):
        owner = _owner(entry)
        if entry == mine or owner.get("place", place.name) != place.name:
            continue
        if not owner or owner["host"] != platform.node():
            tell(f"note: {entry} seems to be left from a run that was ended; remove it if no run is writing there")
        elif _lives(owner):
            since = time.strftime("%H:%M", time.localtime(owner["began"]))
            raise UsageError(
                f"another run (process {owner['process']}, since {since}) is writing to {place}; wait until it has "
                "ended, or choose another --out"
            )
        else:
            shutil.rmtree(entry, ignore_errors=True)
            tell(f"note: removed {entry}, which a run that was ended had left behind")


def _put_back(place: Path, tell: Tell, kind: Kind) -> None:
    """Mend what a run has left that was killed while it took the place of an earlier one, or could not remove that."""
    for old in _beside(place, ".old"):
        owner = _owner(old.with_suffix(""))
        if owner and _lives(owner):
            continue
        if not place.exists() and not place.is_symlink() and _is_of(kind, old):
            old.rename(place)
            tell(f"note: put back {place}, which a run that was ended had taken away")
        elif place.exists() and not _foreign(old, kind):
            shutil.rmtree(old, ignore_errors=True)


def _owner(draft: Path) -> dict[str, Any]:
    """Whose a draft is; empty if it does not say so."""
    try:
        owner = json.loads((draft / OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    kinds = {"place": str, "host": str, "process": int, "began": float}
    good = isinstance(owner, dict) and all(isinstance(owner.get(key), kind) for key, kind in kinds.items())
    return owner if good else {}


def _replace(folder: Path, draft: Path) -> None:
    """Put the draft in the folder's place; if that fails, the folder is as it was."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = folder.parent / f"{draft.name}.old"
    linked = folder.is_symlink()
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    if linked:
        old.unlink()
    else:
        # What another program holds open (Windows) stays behind under its hidden name; the run itself is complete.
        shutil.rmtree(old, ignore_errors=True)
