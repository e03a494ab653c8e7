"""`allocator run`: check, solve, verify, write."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from allocator.cli.settings import SETTINGS, language_option

__all__ = ["run"]

EXIT = {"optimal": 0, "within_gap": 0, "infeasible": 3, "stopped": 4}


@click.command(context_settings=SETTINGS)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: maps/<scenario>/.")
@click.option(
    "--overwrite", is_flag=True, help="Replace the folder of an earlier run; refused if it holds other files."
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario.")
@language_option("Of its texts.", "en")
@click.option(
    "--start-from",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Begin with the plan of an earlier run.",
)
@click.option("--write-model", type=click.Path(path_type=Path), help="Also write the model as an LP file.")
@click.option("--tiles", is_flag=True, help="OpenStreetMap as background; the map then loads from its servers.")
@click.option("--json", "as_json", is_flag=True, help="Print result.json to stdout instead of the sentence.")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    scenario: Path, out: Path | None, overwrite: bool, overrides: tuple[str, ...], language: str,
    earlier: Path | None, write_model: Path | None, tiles: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO and write a verified plan: tables, map, report.

    \b
    Examples:
      allocator run scenarios/model-city.yaml
      allocator run scenarios/muenster.yaml --set rules.fifty-per-site.at_most=80 --out maps/eighty
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.cli.targets import check_target
    from allocator.errors import UsageError
    from allocator.runs import new_folder

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    folder = out if out is not None else Path("maps") / scenario.stem
    if write_model is not None:
        check_target(write_model, "the model")
    with new_folder(folder, overwrite, tell=progress) as draft:
        if write_model is not None and write_model.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"the model cannot be written to {write_model}: the run replaces {folder} as a whole")
        result = _solved(scenario, folder, draft, overrides, language, earlier, write_model, tiles, progress)
    for text in result["missing"]:
        click.echo(f"missing: {text}", err=True)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo(result["sentence"])
        click.echo(folder / ("map.html" if result["goals"] else "result.json"))
    raise SystemExit(EXIT[result["status"]])


def _solved(
    scenario: Path, folder: Path, draft: Path, overrides: tuple[str, ...], language: Any, earlier: Path | None,
    write_model: Path | None, tiles: bool, progress: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """Read, solve, verify and write into the draft of the folder; the result."""
    from allocator.errors import UsageError
    from allocator.runs import fill, make_plan, refuse_inputs, start_from
    from allocator.scenario import load_scenario
    from allocator.solve.heard import best_so_far

    began = time.perf_counter()
    progress(f"reading {scenario}")
    loaded = load_scenario(scenario, overrides)
    refuse_inputs(folder, loaded.files)
    if write_model is not None and write_model.resolve() in {Path(file).resolve() for file in loaded.files}:
        raise UsageError(f"the model cannot be written to {write_model}, which this run reads; name another file")
    for note in loaded.findings:
        progress(str(note))
    reading = time.perf_counter() - began
    start = None if earlier is None else start_from(earlier, loaded)
    with best_so_far():
        plan = make_plan(loaded, language=language, progress=progress, write_model=write_model, start=start)
    return fill(draft, plan, overrides=overrides, tiles=tiles, reading_seconds=reading, progress=progress)
