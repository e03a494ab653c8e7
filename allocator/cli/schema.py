"""`allocator schema`: the JSON schema of result.json."""

from __future__ import annotations

import json

import click

__all__ = ["schema"]


@click.command()
def schema() -> None:
    """Print the JSON schema of result.json.

    \b
    Example:
      allocator schema > result.schema.json
    """
    from allocator.runs.result import Result

    click.echo(json.dumps(Result.model_json_schema(), ensure_ascii=False, indent=2))
