"""`allocator explain`: why a plan is as it is, and what would change it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from allocator.cli.settings import SETTINGS

__all__ = ["explain"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--household", metavar="ID", help="Why this household is where it is, or nowhere.")
@click.option("--exact", is_flag=True, help="With --household: solve again around each of the next best units.")
@click.option(
    "--ablate", metavar="COLUMN", help="Whether this column of households changed anything: solve without it."
)
@click.option("--seconds", type=click.FloatRange(min=1), help="For solving again: 60, of an infeasible run 25.")
@click.option("--language", type=click.Choice(["en", "de"]), help="Default: the language of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def explain(
    run: Path, household: str | None, exact: bool, ablate: str | None, seconds: float | None, language: str | None,
    as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Say what binds in RUN, what would house more, and why; of an infeasible run, what would make it possible.

    Without --household and --ablate also writes why.json, why.csv and why.geojson into RUN; `allocator report RUN` then
    has a section with the answers.

    \b
    Examples:
      allocator explain maps/model-city
      allocator explain maps/model-city --household H0017 --exact
      allocator explain maps/model-city --ablate group
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.errors import UsageError
    from allocator.runs.loading import load_asked, load_run, read_result
    from allocator.why.answers import about_attribute, about_demand, about_household, about_plan

    if household is not None and ablate is not None:
        raise UsageError("--household and --ablate ask different things; call the command twice")
    if exact and household is None:
        raise UsageError("--exact needs --household")

    def tell(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    result = read_result(run)
    spoken: Any = language or result["language"]
    if not result["goals"]:
        if household is not None or ablate is not None:
            raise UsageError(f"{run} holds no plan ({result['status']}); leave out --household and --ablate")
        answer = about_demand(load_asked(run)[0], spoken, seconds or 25.0, tell)
        _print(answer, answer["sentences"], as_json)
        return
    plan = load_run(run)
    if household is not None:
        answer = about_household(plan, household, spoken, seconds or 60.0, exact, tell)
        _print(answer, answer["sentences"], as_json)
    elif ablate is not None:
        answer = about_attribute(plan, ablate, spoken)
        _print(answer, answer["sentences"], as_json)
    else:
        from allocator.why.writing import write_why

        answer = about_plan(plan, spoken, seconds or 60.0, tell)
        for path in write_why(answer, plan.scenario.city, run):
            tell(f"wrote {path}")
        _print(answer, _lines(answer, spoken), as_json)


def _print(answer: dict[str, Any], lines: list[str], as_json: bool) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def _lines(answer: dict[str, Any], language: str) -> list[str]:
    """The answer about a plan as a page of text."""
    from collections import Counter

    from allocator.why.words import WORDS

    words = WORDS[language]
    lines = [words["binds"], *_indented(answer["binds"]), "", words["brings"], *_indented(answer["brings"])]
    lines += ["", words["supply"], *_indented(answer["supply"])]
    if answer["unplaced"]:
        lines += ["", words["unplaced"]]
        told = Counter((row["reason"], row["change"]) for row in answer["unplaced"])
        named: dict[tuple[str, str], list[str]] = {}
        for row in answer["unplaced"]:
            named.setdefault((row["reason"], row["change"]), []).append(f"{row['household_id']} ({row['persons']})")
        for (reason, change), number in told.most_common():
            those = named[reason, change]
            shown = ", ".join(those[:5]) + (f", … ({number})" if number > 5 else "")
            # What one change brings to each, it need not bring to all at once.
            each = f"{words['each']} " if number > 1 else ""
            lines.append(f"  {shown}: {reason}; {each}{change}")
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
