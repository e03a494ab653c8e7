"""`allocator move`: a person decides where a household lives."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.deciding import decided, household_option, reason_options, run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["move"]


@click.command(context_settings=SETTINGS)
@run_argument
@household_option
@click.option("--to", "unit", required=True, metavar="ID", help="Unit to which it moves.")
@reason_options
@click.option("--even-if", is_flag=True, help="Even if a need or a hard rule is broken; the excess is shown.")
def move(run: Path, household: str, unit: str, reason: str, by: str, even_if: bool) -> None:
    """Decide that a household moves to a unit. RUN names the scenario whose log holds it.

    \b
    Example:
      allocator move maps/model-city --household H0012 --to U0007 --reason "step-free" --by "head of office"
    """  # noqa: D301 - \b keeps the lines of the examples apart
    decided(run, "move", household, "unit", unit, reason, by, even_if)
