"""`allocator columns`: what may stand in each table, printed from its definition."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from allocator.city.tables import SCORES, TABLES, Column, Table
from allocator.cli.settings import SETTINGS
from allocator.errors import did_you_mean

__all__ = ["columns", "described_table"]

EVERY = {**TABLES, SCORES.name: SCORES}


@click.command(context_settings=SETTINGS)
@click.argument("table", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write the definitions as JSON.")
def columns(table: str | None, as_json: bool) -> None:
    """Print the columns of TABLE (units, for example), or of every table: name, type, unit, default, meaning."""
    if table is not None and table not in EVERY:
        raise click.UsageError(f"no table '{table}': {did_you_mean(table, EVERY)}")
    chosen = [EVERY[table]] if table else list(EVERY.values())
    if as_json:
        click.echo(json.dumps([asdict(each) for each in chosen], indent=2))
        return
    click.echo("\n\n".join(described_table(each) for each in chosen))


def described_table(table: Table) -> str:
    """A table and its columns as text, one line each; `*` marks what must be there."""
    head = f"{table.name}{'*' if table.required else ''}: {table.meaning}"
    rows = [_cells(column) for column in table.columns]
    if table.geometry:
        star = "*" if table.geometry_required else ""
        rows.append((f"geometry{star}", table.geometry, "", "", "In any CRS; text tables: WKT, x and y, lon and lat."))
    if table.name == "social_spaces":
        rows.append(("group_<label>", "count", "persons", "0", "Residents of a group."))
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(4)]
    padded = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in rows]
    lines = ["  ".join(row) for row in padded]
    return "\n".join([head, *(f"  {line}".rstrip() for line in lines), "  any further column is kept"])


def _cells(column: Column) -> tuple[str, str, str, str, str]:
    return (
        column.name + ("*" if column.required else ""),
        column.type,
        column.unit,
        _default(column.default),
        column.meaning,
    )


def _default(value: Any) -> str:
    if value is None or value == "":
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
