"""`allocator publish`: everything of a run that may be public, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS, language_option, sites_option

__all__ = ["publish"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: RUN-public beside RUN.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of an earlier publication.")
@language_option("Default: the language of the run.")
@sites_option
def publish(run: Path, out: Path | None, overwrite: bool, language: str | None, sites_from: int | None) -> None:
    r"""Write what may be public of RUN: map, report, tables and GeoPackage of areas, small numbers withheld.

    \b
    Example:
      allocator publish maps/model-city --out public
    """
    from allocator.explain.retelling import in_language
    from allocator.runs import load_run, publish_run

    folder = out if out is not None else run.absolute().parent / f"{run.absolute().name}-public"
    plan = load_run(run)
    language = language or plan.result["language"]
    published = publish_run(
        in_language(plan, language), folder, language=language, sites_from=sites_from, overwrite=overwrite,
        tell=lambda text: click.echo(text, err=True),
    )  # fmt: skip
    click.echo(f"{published.withheld} numbers withheld", err=True)
    click.echo(folder)
