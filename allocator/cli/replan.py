"""`allocator replan`: a run made again with what persons decided since."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.run import EXIT
from allocator.cli.settings import SETTINGS

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
        click.echo(f"{made.kept} of {made.placed_before} households keep the unit of the earlier plan")
    for row in result["decisions"]:
        click.echo(_cost(row, result["placed"]["persons"]))
    click.echo(folder / ("map.html" if result["goals"] else "result.json"))
    raise SystemExit(EXIT[result["status"]])


def _cost(row: dict, persons: int) -> str:
    """What one decision costs, in a sentence."""
    told = f"decision {row['number']} ({row['kind']} {row['household_id']}, {row['by']})"
    if row.get("goals_without") is None:
        return f"{told}: cost not asked"
    parts = [f"{row['persons_without'] - persons:+d} persons"] if row["persons_without"] != persons else []
    parts += [f"{goal['goal']} {goal['without']:g} instead of {goal['with_it']:g}" for goal in row["goals_without"]
              if abs(goal["without"] - goal["with_it"]) > 1e-6 * max(1, abs(goal["with_it"]))]  # fmt: skip
    return f"{told}: without it {', '.join(parts)}" if parts else f"{told}: costs no goal anything"
