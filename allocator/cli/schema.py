"""`allocator schema`: the JSON schema of result.json."""

from __future__ import annotations

import json

import click

from allocator.cli.settings import SETTINGS

__all__ = ["schema"]


@click.command(context_settings=SETTINGS)
def schema() -> None:
    """Print the JSON schema of result.json.

    \b
    Example:
      allocator schema > result.schema.json
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.runs.result import Result

    click.echo(json.dumps(Result.model_json_schema(), ensure_ascii=False, indent=2))
