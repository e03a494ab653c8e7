"""`allocator report`: write the report of a run again, as a page or as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.cli.settings import SETTINGS, language_option, sites_option

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["report"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: report.html in the run's folder.")
@language_option("Default: the language of the run.")
@click.option("--xlsx", is_flag=True, help="An Excel workbook instead: report.xlsx in the run's folder without --out.")
@click.option("--public", is_flag=True, help="Areas only, small numbers withheld; report-public.* without --out.")
@sites_option
def report(run: Path, out: Path | None, language: str | None, xlsx: bool, public: bool, sites_from: int | None) -> None:
    r"""Write the report of RUN again: in the other language, as a workbook, or for the public.

    \b
    Examples:
      allocator report maps/model-city --language de --out bericht.html
      allocator report maps/model-city --xlsx
      allocator report maps/model-city --public --out report.html
    """
    from allocator.cli.targets import check_target, refuse_sites
    from allocator.explain.retelling import in_language
    from allocator.runs import load_run

    refuse_sites(public, sites_from)
    if out is not None:
        check_target(out, "the report")
    plan = load_run(run)
    path = out or run / f"report{'-public' if public else ''}.{'xlsx' if xlsx else 'html'}"
    language = language or plan.result["language"]
    plan = in_language(plan, language)
    (_write_public if public else _write_internal)(plan, path, language, xlsx, sites_from)
    click.echo(path)


def _write_internal(plan: Plan, path: Path, language: str, xlsx: bool, sites_from: int | None) -> None:  # noqa: ARG001
    from allocator.maps import pictures
    from allocator.report import write_report, write_workbook

    if xlsx:
        write_workbook(plan, path, language=language)
    else:
        write_report(plan, path, language=language, pictures=pictures(plan, language))


def _write_public(plan: Plan, path: Path, language: str, xlsx: bool, sites_from: int | None) -> None:
    from allocator.maps import public_pictures
    from allocator.publication import publication
    from allocator.report import write_public_report, write_public_workbook

    published = publication(plan, sites_from)
    if xlsx:
        write_public_workbook(plan, published, path, language=language)
    else:
        drawn = public_pictures(plan, published, language)
        write_public_report(plan, published, path, language=language, pictures=drawn)
