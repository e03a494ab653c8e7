"""`allocator pin`: a person decides where a household lives."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.deciding import decided, household_option, reason_options, run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["pin"]


@click.command(context_settings=SETTINGS)
@run_argument
@household_option
@click.option("--unit", default="", metavar="ID", help="Unit; default: where the plan, or the list, has it.")
@reason_options
@click.option("--even-if", is_flag=True, help="Even if a need or a hard rule is broken; the excess is shown.")
def pin(run: Path, household: str, unit: str, reason: str, by: str, even_if: bool) -> None:
    """Decide that a household lives in a unit. RUN names the scenario whose log holds it.

    \b
    Example:
      allocator pin maps/model-city --household H0012 --reason "school around the corner" --by "caseworker"
    """  # noqa: D301 - \b keeps the lines of the examples apart
    decided(run, "pin", household, "unit", unit, reason, by, even_if)
