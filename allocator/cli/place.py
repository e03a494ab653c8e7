"""`allocator place`: where a household can move in tonight."""

from __future__ import annotations

import json
from pathlib import Path

import click

from allocator.cli.deciding import run_argument
from allocator.cli.settings import SETTINGS

__all__ = ["place"]

REASONS = {
    "room": "too small",
    "access": "not accessible",
    "rent": "too dear",
    "days": "cannot be let on the day",
    "taken": "taken",
    "decided": "a person has decided against it",
}


@click.command(context_settings=SETTINGS)
@run_argument
@click.option("--household", required=True, metavar="ID|KEYS", help="An id of the list, or what is known of a new one.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Units to list.")
@click.option("--json", "as_json", is_flag=True, help="Print all open units as JSON.")
def place(run: Path, household: str, top: int, as_json: bool) -> None:
    """Rank the free units for one household, everybody else living where RUN's plan, or the list, says.

    Every hard rule is kept; units are ranked by the goals in their order, each by what it would gain. The exit status
    is 3 if no unit is open.

    \b
    Examples:
      allocator place maps/model-city --household persons=4,children_school=3
      allocator place scenarios/model-city.yaml --household H0012 --json
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.runs.tonight import place_tonight

    found = place_tonight(run, household)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        raise SystemExit(0 if found["units"] else 3)
    for number, unit in enumerate(found["units"][:top], start=1):
        rent = "rent unknown" if unit["rent"] is None else f"{unit['rent']:g} EUR"
        where = ", ".join(filter(None, (f"building {unit['building_id']}", unit["space_id"])))
        goals = "; ".join(f"{goal['goal']} {goal['gain']:+g}" for goal in unit["goals"])
        click.echo(f"{number}. {unit['unit_id']} ({where}, {unit['places']} places, {rent}): {goals}")
    click.echo(f"{len(found['units'])} units are open to {found['household_id']} ({found['persons']} persons)")
    for reason, number in found["closed"].items():
        click.echo(f"closed: {number} {REASONS[reason]}")
    for rule, number in found["closed_by_rule"].items():
        click.echo(f"closed: {number} by rule {rule}")
    raise SystemExit(0 if found["units"] else 3)
