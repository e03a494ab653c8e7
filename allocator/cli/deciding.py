"""What the commands that record a decision have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["decided", "household_option", "reason_options", "run_argument"]


def run_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """The run, or the scenario, that a decision is about."""
    return click.argument("run", metavar="RUN|SCENARIO", type=click.Path(path_type=Path))(command)


def household_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The household that a decision is about."""
    return click.option("--household", required=True, metavar="ID", help="Household of the list.")(command)


def reason_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Why, and who."""
    command = click.option("--by", required=True, metavar="ROLE", help="Name or role of who decides.")(command)
    return click.option("--reason", required=True, metavar="TEXT", help="Why; kept for good.")(command)


def decided(
    run: Path, kind: str, household: str, level: str, place: str, reason: str, by: str, even_if: bool = False
) -> None:
    """Record one decision and say so."""
    from allocator.runs.deciding import record, target_of

    target = target_of(run)
    entry = record(target, kind, household, level, place, reason, by, even_if=even_if)
    click.echo(f"decision {entry.number}: {entry.sentence()} ({entry.by}: {entry.reason})")
    click.echo(f"{target.log}; it holds from the next run on: allocator replan", err=True)
