"""What a sweep was: its design, its inputs with their hashes, its versions, and for every row how to make it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allocator.errors import Findings, InputError
from allocator.runs.manifest import inputs, relative_to
from allocator.sweep.chains import Chain
from allocator.sweep.design import Design
from allocator.sweep.resolving import Run
from allocator.sweep.store import MARK
from allocator.whole_files import replaced_text

__all__ = ["read_manifest", "write_manifest"]


def write_manifest(
    design: Design, runs: Sequence[Run], chains: Sequence[Chain], versions: Mapping[str, str], folder: Path
) -> None:
    """Write `manifest.json`: the same sweep gives the same bytes. Paths are relative to the sweep's folder.

    `again` solves a row exactly as the sweep did and compares it; `run_command` is the same scenario for
    `allocator run`. Both are called from the sweep's folder. The second finds the same goal values, though of plans
    that are equally good it may find another.
    """
    place = {key: (number, position) for number, chain in enumerate(chains) for position, key in enumerate(chain.keys)}
    keys = {run.sha256: key for chain in chains for run, key in zip(chain.runs, chain.keys, strict=True)}
    here = folder.resolve()
    told = {
        "format": 1,
        "title": design.title,
        "design": {"file": relative_to(design.path, here), "sha256": design.sha256},
        "names": list(design.names),
        "axes": [list(axis.names) for axis in design.axes],
        "sample": design.sample.model_dump(mode="json", by_alias=True) if design.sample is not None else None,
        "draws": design.draws.model_dump(mode="json") if design.draws is not None else None,
        "versions": dict(versions),
        "inputs": inputs([path for run in runs for path in (run.scenario, *run.files)], here),
        "runs": [
            {
                "run": run.name,
                "point": run.point.row,
                "result": f"solved/{keys[run.sha256]}.json",
                "chain": list(place[keys[run.sha256]]),
                "scenario": relative_to(run.scenario, here),
                "overrides": [_relative(override, here) for override in run.overrides],
                "again": f"allocator sweep again . {run.name}",
                "run_command": shlex.join(
                    [
                        "allocator",
                        "run",
                        relative_to(run.scenario, here),
                        *(part for override in run.overrides for part in ("--set", _relative(override, here))),
                        "--out",
                        f"runs/{run.name}",
                    ]
                ),
            }
            for run in runs
        ],
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    replaced_text(folder / MARK, text)


def _relative(override: str, folder: Path) -> str:
    """An override that names a file, with the path as seen from the folder."""
    key, _, value = override.partition("=")
    if key not in ("city", "households"):
        return override
    return f"{key}={json.dumps(relative_to(Path(json.loads(value)), folder), ensure_ascii=False)}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a sweep; InputError if there is none, or none that can be read."""
    findings = Findings()
    path = folder / MARK
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict) or told.get("format") != 1 or not isinstance(told.get("runs"), list):
            raise ValueError("it is not the manifest of a sweep")
    except FileNotFoundError:
        findings.error(
            "is not a finished sweep: there is no manifest.json",
            "name the folder that `allocator sweep` wrote, or call the sweep again to finish it",
            file=str(folder),
        )
    except (OSError, ValueError, RecursionError) as error:
        findings.error(f"cannot be read: {error}", "call the sweep again", file=str(path))
    if findings.errors:
        raise InputError(findings)
    return told
