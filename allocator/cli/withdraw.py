"""`allocator withdraw`: a decision is taken back by a new entry."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.deciding import reason_options, run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["withdraw"]


@click.command(context_settings=SETTINGS)
@run_argument
@click.option("--number", type=click.IntRange(min=1), required=True, help="Number of the decision.")
@reason_options
def withdraw(run: Path, number: int, reason: str, by: str) -> None:
    """Take back a decision; both stay in the log.

    \b
    Example:
      allocator withdraw maps/model-city --number 3 --reason "flat is let" --by "head of office"
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.runs.deciding import target_of
    from allocator.runs.deciding import withdraw as take_back

    target = target_of(run)
    entry = take_back(target, number, reason, by)
    click.echo(f"decision {entry.number}: {entry.sentence()} ({entry.by}: {entry.reason})")
    click.echo(target.log, err=True)
