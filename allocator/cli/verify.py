"""`allocator verify`: recount every rule of a run from the input files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["verify"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def verify(run: Path, as_json: bool) -> None:
    """Recount every rule of RUN from its input files, by code that shares nothing with the model.

    \b
    Example:
      allocator verify maps/model-city
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.errors import InputError
    from allocator.runs import check_run, load_run

    try:
        plan = load_run(run)
    except InputError as error:
        if not as_json:
            raise
        click.echo(json.dumps([finding.to_dict() for finding in error.findings], ensure_ascii=False, indent=2))
        raise SystemExit(error.exit_status) from error
    findings = check_run(plan, run)
    if as_json:
        click.echo(json.dumps([finding.to_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
    counted = sum(len(tallies) for tallies in plan.tallies.values()) if not findings.errors else 0
    if not findings.errors:
        click.echo(
            f"verified: {len(plan.allocation)} households, {len(plan.tallies)} rules at {counted} places", err=True
        )
    raise SystemExit(1 if findings.errors else 0)
