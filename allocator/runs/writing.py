"""A run's folder: complete or not at all, never over an existing one unless asked."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allocator.errors import Findings, OutputExistsError
from allocator.plan import Plan
from allocator.runs.manifest import inputs, peak_memory_mb, relative_to, versions
from allocator.runs.result import Result
from allocator.runs.tables import write_csv

__all__ = ["new_folder", "write_run"]


PATHS = ("city", "households")
"""Overrides that name a file; the command line takes them from where it stands, a run keeps them from its folder."""


@contextmanager
def new_folder(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A hidden folder beside `folder` that takes its name at the end, or vanishes if anything fails.

    Raises OutputExistsError if `folder` exists and must be kept.
    """
    folder = folder.absolute()
    refuse_existing(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}"
    draft.mkdir()
    try:
        yield draft
        if folder.exists():
            refuse_existing(folder, overwrite)
            _replace(folder, draft)
        else:
            draft.rename(folder)
    finally:
        if draft.exists():
            shutil.rmtree(draft)


def _replace(folder: Path, draft: Path) -> None:
    """Put the draft in the folder's place; if that fails, the folder is as it was."""
    old = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.old"
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    if old.is_symlink():
        old.unlink()
    else:
        # What another program holds open (Windows) stays behind under its hidden name; the run itself is complete.
        shutil.rmtree(old, ignore_errors=True)


def refuse_existing(folder: Path, overwrite: bool) -> None:
    """Raise OutputExistsError if the folder exists and nobody asked to overwrite it, or if it is no run."""
    if not folder.exists():
        return
    if not overwrite:
        raise OutputExistsError(f"{folder} exists and is kept; add --overwrite, or choose another folder with --out")
    if not folder.is_dir() or (any(folder.iterdir()) and not _is_run(folder)):
        raise OutputExistsError(
            f"{folder} holds something other than a run and is not overwritten; choose another --out"
        )


def _is_run(folder: Path) -> bool:
    """Whether the folder holds the result of a run, whatever else there is."""
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(result, dict) and {"format", "status", "inputs", "scenario"} <= result.keys()


def write_run(
    plan: Plan,
    folder: Path,
    *,
    overrides: Sequence[str] = (),
    overwrite: bool = False,
    tiles: bool = False,
    reading_seconds: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Write a plan's folder and return its result as written.

    A plan that keeps the hard rules gives allocation.csv, indicators.csv, map.html, city.gpkg, report.html and
    result.json; where there is none, result.json alone says why.
    """
    tell = progress or (lambda _: None)
    began = time.perf_counter()
    language = plan.result["language"]
    inside = [path for path in plan.scenario.files if Path(path).resolve().is_relative_to(folder.resolve())]
    if inside:
        raise OutputExistsError(f"{folder} holds {inside[0]}, which this run reads; choose another --out")
    with new_folder(folder, overwrite) as draft:
        result = dict(plan.result)
        result["scenario"] = {
            "name": plan.scenario.name,
            "file": relative_to(plan.scenario.path, folder),
            "overrides": [_seen_from(folder, override) for override in overrides],
        }
        result["inputs"] = inputs(plan.scenario.files, folder)
        result["versions"] = versions()
        result["solver"] = f"HiGHS {result['versions']['highspy']} through PuLP {result['versions']['pulp']}"
        full = Plan(plan.scenario, plan.allocation, result)
        if result["goals"]:
            from allocator.maps import write_geopackage, write_map
            from allocator.report import write_report

            write_csv(plan.allocation, draft / "allocation.csv")
            write_csv(full.areas, draft / "indicators.csv")
            tell("drawing the map")
            write_map(full, draft / "map.html", language=language, tiles=tiles)
            write_geopackage(full, draft / "city.gpkg", language=language)
        phases = {"read": round(reading_seconds, 3), **result["phases"], "write": round(time.perf_counter() - began, 3)}
        result["phases"] = phases
        result["seconds"] = round(sum(phases.values()), 3)
        result["peak_memory_mb"] = peak_memory_mb()
        if result["goals"]:
            write_report(full, draft / "report.html", language=language)
        Result.model_validate(result)
        text = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False)
        (draft / "result.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return result


def _seen_from(folder: Path, override: str) -> str:
    """An override that names a file, with the path as seen from the run's folder; any other as it is."""
    from allocator.strict_yaml.reading import parse_yaml_text

    key, _, value = override.partition("=")
    if key.strip() not in PATHS:
        return override
    read = parse_yaml_text(value, override, Findings())
    path = read.content if read is not None and isinstance(read.content, str) else value.strip()
    return f"{key.strip()}={relative_to(Path(path), folder)}"
