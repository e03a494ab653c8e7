"""`allocator verify`: recount every rule of a run from the input files."""

from __future__ import annotations

import json
from pathlib import Path

import click

__all__ = ["verify"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def verify(run: Path, as_json: bool) -> None:
    """Recount every rule of RUN from its input files, by code that shares nothing with the model.

    \b
    Example:
      allocator verify maps/model-city
    """
    from allocator.runs import load_run
    from allocator.verify import verify_allocation, verify_result

    plan = load_run(run)
    scenario = plan.scenario
    file = str(run / "allocation.csv")
    findings = verify_allocation(scenario.city, scenario.households, scenario.rules, scenario.stages, plan.allocation, file,
                                 scenario.day)  # fmt: skip
    if not findings.errors:
        told = verify_result(plan.result, scenario.stages, plan.ledger, scenario.rules, plan.tallies, str(run / "result.json"))
        findings.extend(told)
    if as_json:
        click.echo(json.dumps([finding.to_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
    counted = sum(len(tallies) for tallies in plan.tallies.values()) if not findings.errors else 0
    if not findings.errors:
        click.echo(f"verified: {len(plan.allocation)} households, {len(plan.tallies)} rules at {counted} places", err=True)
    raise SystemExit(1 if findings.errors else 0)
