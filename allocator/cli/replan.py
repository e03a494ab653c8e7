"""`allocator replan`: a run made again with what persons decided since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.cli.run import EXIT
from allocator.cli.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocator.goals.base import Stage

__all__ = ["replan"]


@click.command(context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: RUN-replanned beside it.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of an earlier run.")
@click.option("--no-costs", is_flag=True, help="Do not solve again without each decision.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Of its texts.")
@click.option("--quiet", is_flag=True, help="No progress.")
def replan(run: Path, out: Path | None, overwrite: bool, no_costs: bool, language: str, quiet: bool) -> None:
    """Plan the scenario of RUN again with every decision that stands, and say what each one costs.

    After the goals place and keep, as many households as possible keep the unit that RUN gave them. Beside the new
    folder a table with the earlier plan is written, which the new plan reads.

    \b
    Example:
      allocator replan maps/model-city
    """  # noqa: D301 - \b keeps the lines of the examples apart
    import time

    from allocator.runs import fill, new_folder, refuse_inputs
    from allocator.runs.replanning import earlier_table
    from allocator.runs.replanning import replan as plan_again

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    began = time.perf_counter()
    folder = out if out is not None else run.parent / f"{run.resolve().name}-replanned"
    with new_folder(folder, overwrite, tell=progress) as draft:
        made = plan_again(run, earlier_table(folder), language=language, costs=not no_costs, overwrite=overwrite,
                          progress=progress)  # type: ignore[arg-type]  # fmt: skip
        refuse_inputs(folder, made.plan.scenario.files)
        seconds = time.perf_counter() - began - sum(made.plan.result["phases"].values())
        result = fill(draft, made.plan, overrides=made.overrides, reading_seconds=seconds, progress=progress)
    for text in result["missing"]:
        click.echo(f"missing: {text}", err=True)
    click.echo(result["sentence"])
    if result["goals"]:
        click.echo(WORDS[language]["kept"].format(kept=made.kept, before=made.placed_before))
    for row in result["decisions"]:
        click.echo(_cost(row, result["placed"]["persons"], made.plan.scenario.stages, language))
    click.echo(folder / ("map.html" if result["goals"] else "result.json"))
    raise SystemExit(EXIT[result["status"]])


WORDS = {
    "en": {
        "decision": "decision {number} ({kind} {household_id}, {by}): {told}",
        "not_asked": "what it costs was not asked", "nothing": "costs no goal anything",
        "without": "with it instead of without it: {listed}", "persons": "{n} persons placed",
        "goal": "'{goal}': {with_it} instead of {without}{unit}",
        "kept": "{kept} of {before} households keep the unit of the earlier plan", "better": " (better)", "worse": " (worse)",
        "pin": "pin", "move": "move", "forbid": "forbid",
        "stay": "households that stay where they were planned: {with_it} instead of {without}",
    },
    "de": {
        "decision": "Entscheidung {number} ({kind} {household_id}, {by}): {told}",
        "not_asked": "was sie kostet, wurde nicht gefragt", "nothing": "kostet kein Ziel etwas",
        "without": "mit ihr statt ohne sie: {listed}", "persons": "{n} Personen untergebracht",
        "goal": "„{goal}“: {with_it} statt {without}{unit}",
        "kept": "{kept} von {before} Haushalten behalten die Wohnung des früheren Plans", "better": " (besser)",
        "worse": " (schlechter)",
        "pin": "Bleiben", "move": "Umzug", "forbid": "Ausschluss",
        "stay": "Haushalte, die bleiben, wo sie geplant waren: {with_it} statt {without}",
    },
}  # fmt: skip


def _cost(row: dict[str, Any], persons: int, stages: Sequence[Stage], language: str) -> str:
    """What one decision costs, in a sentence."""
    from allocator.report.numbers import check_language, quantity
    from allocator.runs.replanning import BEFORE
    from allocator.scenario import goal_title

    spoken = check_language(language)
    words, called = WORDS[spoken], {stage.name: stage for stage in stages}

    def told(text: str) -> str:
        said = {key: row[key] for key in ("number", "household_id", "by")}
        return words["decision"].format(told=text, kind=words[row["kind"]], **said)

    if row.get("goals_without") is None:
        return told(words["not_asked"])
    parts = []
    if row["persons_without"] != persons:
        parts.append(words["persons"].format(n=f"{persons - row['persons_without']:+d}"))
    for goal in row["goals_without"]:
        if abs(goal["without"] - goal["with_it"]) <= 1e-6 * max(1, abs(goal["with_it"])):
            continue
        stage = called[goal["goal"]]
        unit = f" {stage.goals[0][0].told_in(spoken)}" if len(stage.goals) == 1 else ""
        form = "stay" if goal["goal"].endswith(BEFORE) else "goal"
        parts.append(words[form].format(goal=goal_title(stage, spoken), without=quantity(goal["without"], spoken),
                                        with_it=quantity(goal["with_it"], spoken), unit=unit)
                     + words["better" if (goal["with_it"] > goal["without"]) == (stage.sense == "max") else "worse"])  # fmt: skip
    return told(words["without"].format(listed=", ".join(parts)) if parts else words["nothing"])
