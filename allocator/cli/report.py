"""`allocator report`: write the report of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["report"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: report.html in the run's folder.")
@click.option("--language", type=click.Choice(["en", "de"]), help="Default: the language of the run.")
def report(run: Path, out: Path | None, language: str | None) -> None:
    r"""Write the report of RUN again, for example in the other language.

    \b
    Example:
      allocator report maps/model-city --language de --out bericht.html
    """
    from allocator.cli.targets import check_target
    from allocator.explain.retelling import in_language
    from allocator.report import write_report
    from allocator.runs import load_run

    if out is not None:
        check_target(out, "the report")
    plan = load_run(run)
    path = out or run / "report.html"
    language = language or plan.result["language"]
    write_report(in_language(plan, language), path, language=language)
    click.echo(path)
