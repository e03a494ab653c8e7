"""`allocator run`: check, solve, verify, write."""

from __future__ import annotations

import json
from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["run"]

EXIT = {"optimal": 0, "within_gap": 0, "infeasible": 3, "stopped": 4}


@click.command(context_settings=SETTINGS)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: maps/<scenario>/.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of an earlier run.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Of reasons, map, report.")
@click.option("--write-model", type=click.Path(path_type=Path), help="Also write the model as an LP file.")
@click.option("--tiles", is_flag=True, help="Background map from OpenStreetMap's servers; the page then loads from there.")
@click.option("--json", "as_json", is_flag=True, help="Print result.json to stdout instead of the sentence.")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    scenario: Path, out: Path | None, overwrite: bool, overrides: tuple[str, ...], language: str,
    write_model: Path | None, tiles: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO and write a verified plan: tables, map, report.

    \b
    Examples:
      allocator run scenarios/model-city.yaml
      allocator run scenarios/muenster.yaml --set rules.fifty-per-site.at_most=80 --out maps/eighty
    """  # noqa: D301 - \b keeps the lines of the examples apart
    import time

    from allocator.errors import UsageError
    from allocator.runs import make_plan, write_run
    from allocator.runs.writing import refuse_existing
    from allocator.scenario import load_scenario

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    began = time.perf_counter()
    folder = out if out is not None else Path("maps") / scenario.stem
    refuse_existing(folder.absolute(), overwrite)
    if write_model is not None and (write_model.is_dir() or not write_model.absolute().parent.is_dir()):
        raise UsageError(f"the model cannot be written to {write_model}; name a file in a folder that exists")
    progress(f"reading {scenario}")
    loaded = load_scenario(scenario, overrides)
    for note in loaded.findings:
        progress(str(note))
    reading = time.perf_counter() - began
    plan = make_plan(loaded, language=language, progress=progress, write_model=write_model)
    result = write_run(plan, folder, overrides=overrides, overwrite=overwrite, tiles=tiles, reading_seconds=reading,
                       progress=progress)  # fmt: skip
    for text in result["missing"]:
        click.echo(f"missing: {text}", err=True)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo(result["sentence"])
        click.echo(folder / ("map.html" if result["goals"] else "result.json"))
    raise SystemExit(EXIT[result["status"]])
