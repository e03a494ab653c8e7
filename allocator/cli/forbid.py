"""`allocator forbid`: a person decides where a household does not live."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.deciding import decided, household_option, reason_options, run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["forbid"]


@click.command(context_settings=SETTINGS)
@run_argument
@household_option
@click.option("--unit", metavar="ID", help="Unit.")
@click.option("--building", metavar="ID", help="Building with all its units.")
@click.option("--space", metavar="ID", help="Social space with all its units.")
@reason_options
def forbid(
    run: Path, household: str, unit: str | None, building: str | None, space: str | None, reason: str, by: str
) -> None:
    """Decide that a household does not live in one unit, building or social space.

    \b
    Example:
      allocator forbid maps/model-city --household H0012 --space S07 --reason "threatened there" --by "caseworker"
    """  # noqa: D301 - \b keeps the lines of the examples apart
    named = [(level, place) for level, place in (("unit", unit), ("building", building), ("social_space", space))
             if place is not None]  # fmt: skip
    if len(named) != 1:
        raise click.UsageError("name one of --unit, --building and --space")
    decided(run, "forbid", household, *named[0], reason, by)
