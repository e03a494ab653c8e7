"""`allocator frontier`: the trade-off between two goals as a curve of verified plans."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["frontier"]


class _TwoGoals(click.Command):
    """`--between GOAL GOAL` as well as `--between GOAL --and GOAL`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--between" in args:
            second = args.index("--between") + 2
            if (
                len(args) > second
                and not args[second].startswith("-")
                and Path(args[second]).suffix not in (".yaml", ".yml")
            ):
                args = [*args[:second], "--and", *args[second:]]
        return super().parse_args(ctx, args)


@click.command(cls=_TwoGoals, context_settings=SETTINGS)
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--between", "first", required=True, metavar="GOAL [GOAL]", help="What is traded off, such as spread.")
@click.option(
    "--and", "others", multiple=True, metavar="GOAL", help="Against what, such as walk:school; twice for three."
)
@click.option("--points", type=click.IntRange(2, 99), default=10, show_default=True, help="Points of a curve, at most.")
@click.option("--levels", type=click.IntRange(2, 7), default=3, show_default=True, help="Curves for a third goal.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: maps/frontier-<scenario>/.")
@click.option("--overwrite", is_flag=True, help="Replace the folder of an earlier curve.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of the scenario.")
@click.option("--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Of its texts.")
@click.option("--quiet", is_flag=True, help="No progress.")
def frontier(
    scenario: Path, first: str, others: tuple[str, ...], points: int, levels: int, out: Path | None, overwrite: bool,
    overrides: tuple[str, ...], language: str, quiet: bool,
) -> None:  # fmt: skip
    """Trace the trade-off between goals of SCENARIO: plans that are better in one goal only at the cost of another.

    Goals before the first named one are met first, those behind are left out. solve.seconds holds for each point.

    \b
    Examples:
      allocator frontier scenarios/model-city.yaml --between spread --and walk:school
      allocator frontier scenarios/model-city.yaml --between spread rent --points 20
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.frontier.frontier import make_frontier
    from allocator.frontier.named import question, refuse_other_numbers
    from allocator.frontier.writing import KIND, write_frontier
    from allocator.report.numbers import check_language
    from allocator.runs import new_folder, refuse_inputs
    from allocator.scenario import load_scenario

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    names = (first, *others)
    refuse_other_numbers(names)
    folder = out if out is not None else Path("maps") / f"frontier-{scenario.stem}"
    with new_folder(folder, overwrite, progress, KIND) as draft:
        progress(f"reading {scenario}")
        loaded = load_scenario(scenario, overrides)
        refuse_inputs(folder, loaded.files)
        asked = question(loaded.stages, names, loaded.situation)
        made = make_frontier(loaded, asked, points, levels, check_language(language), progress)
        write_frontier(made, draft, check_language(language), overrides, progress)
    knees = ", ".join(str(place.number) for place in made.places if place.knee)
    click.echo(f"{len(made.places)} points, each a verified plan" + (f"; knee at {knees}" if knees else ""))
    click.echo(folder / "frontier.html")
    raise SystemExit(4 if made.status == "stopped" else 0)
