"""`allocator decisions`: the log of what persons decided, with its chain checked."""

from __future__ import annotations

import json
from pathlib import Path

import click

from allocator.cli.deciding import run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["decisions"]


@click.command(context_settings=SETTINGS)
@run_argument
@click.option("--json", "as_json", is_flag=True, help="Print entries, and whether the chain holds, as JSON.")
def decisions(run: Path, as_json: bool) -> None:
    """List every decision of a scenario and check the chain of hashes; the exit status is 1 if it is broken.

    \b
    Example:
      allocator decisions scenarios/model-city.yaml
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.decisions.entry import standing
    from allocator.decisions.log import read_log
    from allocator.errors import Findings
    from allocator.runs.deciding import target_of

    log, findings = target_of(run).log, Findings()
    entries = read_log(log, findings)
    stands = {entry.number for entry in standing(entries)}
    if as_json:
        told = [{**entry.model_dump(), "stands": entry.number in stands} for entry in entries]
        whole = {"log": str(log), "whole": not findings.errors, "decisions": told,
                 "findings": [finding.to_dict() for finding in findings]}  # fmt: skip
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        for entry in entries:
            mark = "" if entry.number in stands or entry.kind == "withdraw" else "  [no longer stands]"
            click.echo(f"{entry.number}  {entry.time}  {entry.sentence()} ({entry.by}: {entry.reason}){mark}")
        for finding in findings:
            click.echo(str(finding))
    state = "the chain is broken" if findings.errors else "the chain holds"
    click.echo(f"{len(entries)} entries, {len(stands)} decisions stand; {state}", err=True)
    raise SystemExit(1 if findings.errors else 0)
