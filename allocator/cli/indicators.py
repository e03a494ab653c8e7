"""`allocator indicators`: what each indicator means, printed from its definition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import click

from allocator.cli.settings import SETTINGS, language_option
from allocator.errors import did_you_mean
from allocator.indicators.definitions import AREA_COLUMNS, INDICATORS, Indicator
from allocator.indicators.indicator import said

__all__ = ["indicators"]

EVERY = (("result.json", INDICATORS), ("indicators.csv", AREA_COLUMNS))
"""The indicators by the file that holds them."""
WORDS = {
    "en": {"unit": "unit", "formula": "formula", "sense": "sense", "source": "source", "in": "in"},
    "de": {"unit": "Einheit", "formula": "Formel", "sense": "Richtung", "source": "Quelle", "in": "in"},
}


@click.command(context_settings=SETTINGS)
@click.argument("name", required=False)
@language_option("Of all texts.", "en")
@click.option("--json", "as_json", is_flag=True, help="Write the definitions as JSON, in both languages.")
def indicators(name: str | None, language: Literal["de", "en"], as_json: bool) -> None:
    """Show all indicators, or everything about the indicator NAME: meaning, unit, formula, sense, source.

    \b
    Examples:
      allocator indicators
      allocator indicators dissimilarity
      allocator indicators location_quotient_after --language de
    """  # noqa: D301 - \b keeps the lines of the examples apart
    known = [(file, one) for file, some in EVERY for one in some]
    chosen = [(file, one) for file, one in known if name in (None, one.name)]
    if not chosen:
        raise click.UsageError(f"no indicator '{name}': {did_you_mean(str(name), [one.name for _, one in known])}")
    if as_json:
        told = [{"file": file, **one.plain} for file, one in chosen]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif name is None:
        click.echo("\n\n".join(f"{file}:\n{_list(some, language)}" for file, some in EVERY))
    else:
        click.echo("\n\n".join(_whole(file, one, language) for file, one in chosen))


def _list(some: Sequence[Indicator], language: Literal["de", "en"]) -> str:
    width = max(len(one.name) for one in some)
    return "\n".join(f"  {one.name.ljust(width)}  {said(one, language)['title']}" for one in some)


def _whole(file: str, one: Indicator, language: Literal["de", "en"]) -> str:
    told, words = said(one, language), WORDS[language]
    width = max(map(len, words.values())) + 1
    facts = [(words[key], told[key]) for key in ("unit", "formula", "sense", "source") if told[key]]
    rows = [f"  {f'{word}:'.ljust(width)} {fact}" for word, fact in [*facts, (words["in"], file)]]
    return "\n".join([f"{one.name}: {told['title']}", f"  {told['meaning']}", "", *rows])
