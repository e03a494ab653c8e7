"""`allocator place`: where a household can move in tonight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
        goals = "; ".join(_told(found["titles"][goal["goal"]], goal["gain"]) for goal in unit["goals"] if goal["gain"])
        places = "1 place" if unit["places"] == 1 else f"{unit['places']} places"
        click.echo(f"{number}. {unit['unit_id']} ({where}, {places}, {rent}): {goals or 'no goal gains or loses'}")
    persons = "1 person" if found["persons"] == 1 else f"{found['persons']} persons"
    units = "1 unit is" if len(found["units"]) == 1 else f"{len(found['units'])} units are"
    asked = found["household_id"] if found["listed"] else "the new household"
    click.echo(f"{units} open to {asked} ({persons}); first is what the goals prefer, the first goal before all others")
    for reason, number in found["closed"].items():
        click.echo(f"closed: {number} {REASONS[reason]}")
    for rule, number in found["closed_by_rule"].items():
        click.echo(f"closed: {number} by rule {found['rules'][rule]}")
    raise SystemExit(0 if found["units"] else 3)


def _told(goal: dict[str, Any], gain: float) -> str:
    """`'House as many persons as possible': 4 persons more (better)`."""
    from allocator.report.sentences import excess_words

    amount = excess_words(abs(gain) / goal["weight"], goal["unit"], "en")
    good = "better" if (gain > 0) == (goal["sense"] == "max") else "worse"
    return f"'{goal['title']}': {amount} {'more' if gain > 0 else 'less'}{goal['over']} ({good})"
