"""The files of a run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from allocator.errors import Findings, OutputExistsError
from allocator.plan import Plan
from allocator.runs.folder import new_folder
from allocator.runs.goal_overrides import with_goal_paths
from allocator.runs.manifest import inputs, peak_memory_mb, relative_to, versions
from allocator.runs.result import Result
from allocator.runs.tables import write_csv

__all__ = ["fill", "refuse_inputs", "write_run"]


PATHS = ("city", "households")
"""Overrides that name a file; the command line takes them from where it stands, a run keeps them from its folder."""


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
    """Write a plan's folder and return its result as written; refused is what `new_folder` and `refuse_inputs` say."""
    with new_folder(folder, overwrite) as draft:
        refuse_inputs(folder, plan.scenario.files)
        return fill(draft, plan, overrides=overrides, tiles=tiles, reading_seconds=reading_seconds, progress=progress)


def refuse_inputs(folder: Path, files: Iterable[Path]) -> None:
    """Raise OutputExistsError if a run into this folder would replace one of the files that it reads."""
    inside = [path for path in files if Path(path).resolve().is_relative_to(folder.resolve())]
    if inside:
        raise OutputExistsError(f"{folder} holds {inside[0]}, which this run reads; choose another --out")


def fill(
    draft: Path,
    plan: Plan,
    *,
    overrides: Sequence[str] = (),
    tiles: bool = False,
    reading_seconds: float = 0.0,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Write everything of a run into its draft, which stands beside the folder that it becomes; the result as written.

    A plan that keeps the hard rules gives allocation.csv, indicators.csv, map.html, city.gpkg, report.html and
    result.json; where there is none, result.json alone says why.
    """
    tell = progress or (lambda _: None)
    began = time.perf_counter()
    language = plan.result["language"]
    result = dict(plan.result)
    result["scenario"] = {
        "name": plan.scenario.name,
        "file": relative_to(plan.scenario.path, draft),
        "overrides": [_seen_from(draft, override) for override in overrides],
    }
    result["inputs"] = inputs(plan.scenario.files, draft)
    result["versions"] = versions()
    result["solver"] = f"HiGHS {result['versions']['highspy']} through PuLP {result['versions']['pulp']}"
    full = plan.with_result(result)
    if result["goals"]:
        from allocator.maps import pictures, write_geopackage, write_map
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
        write_report(full, draft / "report.html", language=language, pictures=pictures(full, language))
    Result.model_validate(result)
    text = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False)
    (draft / "result.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return result


def _seen_from(folder: Path, override: str) -> str:
    """An override that names a file, with the path as seen from the run's folder; any other as it is."""
    from allocator.strict_yaml.reading import parse_yaml_text

    key, _, value = override.partition("=")
    if key.strip() not in PATHS:
        return with_goal_paths(override, lambda path: relative_to(Path(path), folder))
    read = parse_yaml_text(value, override, Findings())
    path = read.content if read is not None and isinstance(read.content, str) else value.strip()
    return f"{key.strip()}={relative_to(Path(path), folder)}"
