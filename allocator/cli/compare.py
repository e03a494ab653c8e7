"""`allocator compare`: plans of one city beside each other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.cli.settings import SETTINGS

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["compare"]


@click.command(context_settings=SETTINGS)
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN …", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="Page to write; default: maps/compare-<run>-<run>.html.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace a page that is there already.")
@click.option("--language", type=click.Choice(["en", "de"]), help="Default: the language of the first run.")
@click.option("--json", "as_json", is_flag=True,
              help="Print the tables as JSON; a page is written only where --out names one.")  # fmt: skip
def compare(runs: tuple[Path, ...], out: Path | None, overwrite: bool, language: str | None, as_json: bool) -> None:
    r"""Compare two or more plans of one city, folders that `allocator run` wrote, with the first of them.

    One page with maps that move together, one legend, a map of differences, and tables of every indicator, household
    size, district and rule. It needs no internet and is internal: it shows addresses.

    \b
    Example:
      allocator compare maps/dispersal maps/concentration
    """
    from allocator.cli.targets import check_target
    from allocator.compare import comparison_tables, write_comparison
    from allocator.compare.same_city import check_same_city
    from allocator.wording import in_language

    _check_runs(runs)
    target = out or Path("maps") / f"compare-{'-'.join(_part(run) for run in runs)}.html"
    writes = out is not None or not as_json
    if writes:
        _check_new(target, overwrite)
        if out is not None or target.parent.is_dir():
            check_target(target, "the comparison")
    plans = _loaded(runs)
    findings = check_same_city(plans)
    findings.raise_if_errors()
    for note in findings.notes:
        click.echo(str(note), err=True)
    compared = list(plans.values())
    language = language or compared[0].result.get("language", "de")
    if writes:
        if out is None:
            target.parent.mkdir(exist_ok=True)
        told = [f"{note.file} {in_language(note.what, language)}." for note in findings.notes]
        write_comparison(compared, target, language, told)
    if as_json:
        click.echo(json.dumps(comparison_tables(compared, language), ensure_ascii=False, indent=2))
        return
    for sentence in comparison_tables(compared, language)["sentences"]:
        click.echo(sentence)
    click.echo(target)


def _check_runs(runs: tuple[Path, ...]) -> None:
    """Raise UsageError unless there are several different folders, and no more than can be read beside each other."""
    from allocator.compare.names import MOST_RUNS
    from allocator.errors import UsageError

    if len(runs) < 2:
        raise UsageError("one run has nothing to be compared with; name two or more")
    if len(runs) > MOST_RUNS:
        raise UsageError(f"{len(runs)} runs cannot be read beside each other; name at most {MOST_RUNS}")
    folders = [run.resolve() for run in runs]
    for at, (run, folder) in enumerate(zip(runs, folders, strict=True)):
        if folder in folders[:at]:
            raise UsageError(f"{run} is named twice; name each run once")


def _check_new(target: Path, overwrite: bool) -> None:
    from allocator.errors import OutputExistsError

    if target.exists() and not overwrite:
        raise OutputExistsError(f"{target} is there already; name another file with --out, or replace it (--overwrite)")


def _part(run: Path) -> str:
    """The name of a run's folder as part of a file name."""
    return re.sub(r"[^\w.-]+", "-", run.resolve().name).strip("-.")[:40] or "run"


def _loaded(runs: tuple[Path, ...]) -> dict[str, Plan]:
    """Every plan by the folder that was named; the findings of all runs are raised together."""
    from allocator.errors import Findings, InputError
    from allocator.runs import load_run

    findings, plans = Findings(), {}
    for run in runs:
        try:
            plans[str(run)] = load_run(run)
        except InputError as error:
            findings.extend(error.findings)
    findings.raise_if_errors()
    return plans
