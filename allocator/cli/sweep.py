"""`allocator sweep`: many scenarios from one design, into one table; its report; one of its rows again."""

from __future__ import annotations

import re
from pathlib import Path

import click

from allocator.cli.settings import SETTINGS, language_option

__all__ = ["sweep"]

FOLDER = click.Path(path_type=Path)


class _DesignFirst(click.Group):
    """`allocator sweep DESIGN` without the word `run`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return ["DESIGN [OPTIONS] | again FOLDER RUN | report FOLDER"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of a sweep itself, then the other things that can be done."""
        self.commands["run"].format_options(ctx, formatter)
        rows = [(name, command.get_short_help_str(90)) for name, command in self.commands.items() if name != "run"]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_DesignFirst, context_settings=SETTINGS)
def sweep() -> None:
    """Solve many scenarios from one DESIGN file, into one table.

    \b
    Examples:
      allocator sweep caps.yaml --dry-run
      allocator sweep caps.yaml
      allocator sweep report maps/caps
      allocator sweep again maps/caps 0042 --out maps/caps-0042
    """  # noqa: D301 - \b keeps the lines of the examples apart


@sweep.command("run", context_settings=SETTINGS)
@click.argument("design", type=FOLDER)
@click.option("--out", type=FOLDER, help="Folder to write; default: maps/<design>/. One that was begun goes on.")
@click.option(
    "--dry-run", is_flag=True, help="Say how many runs there are and about how long they take; write nothing."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes, one solver thread each; default: one a core.")
@click.option("--allocations", is_flag=True, help="Also write runs/<run>/allocation.csv for every run.")
@click.option(
    "--dask", metavar="ADDRESS", help="Solve on the dask.distributed cluster whose scheduler has this address."
)
@click.option("--emit", type=click.Choice(["slurm"]), help="Print an array job for this scheduler instead of solving.")
@click.option("--parts", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Tasks of the array job.")
@click.option("--part", metavar="I/N", help="Solve only this part of the design (what a task of an array job calls).")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    design: Path, out: Path | None, dry_run: bool, workers: int | None, allocations: bool, dask: str | None,
    emit: str | None, parts: int, part: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Solve every run of DESIGN and write runs.parquet, areas.parquet, seconds.parquet and manifest.json.

    \b
    Examples:
      allocator sweep caps.yaml --out maps/caps
      allocator sweep caps.yaml --dask tcp://10.0.0.1:8786
      allocator sweep caps.yaml --emit slurm > caps.sh
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.sweep import sweeping

    def progress(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    if dry_run:
        click.echo(str(sweeping.outlook(design, workers)))
    elif emit is not None:
        from allocator.sweep.design import read_design
        from allocator.sweep.slurm import array_job

        told = read_design(design)
        click.echo(array_job(design, sweeping.folder_of(design, out), parts, told.title), nl=False)
    elif part is not None:
        sweeping.run_part(design, out, *_part(part), progress)
    else:
        folder = sweeping.run_sweep(design, out, workers=workers, dask=dask, allocations=allocations, progress=progress)
        counts = sweeping.sweep_table(folder)["status"].value_counts()
        click.echo(", ".join(f"{counts[status]} {status}" for status in sweeping.STATUSES if status in counts))
        click.echo(folder / sweeping.RUNS)


def _part(text: str) -> tuple[int, int]:
    from allocator.errors import UsageError

    found = re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})", text)
    if found is None or int(found[1]) > int(found[2]):
        raise UsageError(f"--part {text} is not such as 3/20")
    return int(found[1]), int(found[2])


@sweep.command("again", context_settings=SETTINGS)
@click.argument("folder", type=FOLDER)
@click.argument("run")
@click.option("--out", type=FOLDER, help="Also write the whole run there: map, tables, report.")
@click.option("--quiet", is_flag=True, help="No progress.")
def again(folder: Path, run: str, out: Path | None, quiet: bool) -> None:
    """Solve one RUN of the sweep in FOLDER again and compare it with its row.

    \b
    Example:
      allocator sweep again maps/caps 0042 --out maps/caps-0042
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.sweep.again import solve_again

    found = solve_again(folder, run, out, None if quiet else lambda text: click.echo(text, err=True))
    for text in found:
        click.echo(text)
    click.echo("the same plan as in the sweep" if not found else "not what the sweep wrote", err=True)
    raise SystemExit(1 if found else 0)


@sweep.command("report", context_settings=SETTINGS)
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, help="File to write; default: report.html in the folder.")
@language_option("Of the page.", "en")
def report(folder: Path, out: Path | None, language: str) -> None:
    """Draw the sweep in FOLDER: curves, heat maps, main effects, where rules begin to bind; one page.

    \b
    Example:
      allocator sweep report maps/caps --language de
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.sweep.report import write_sweep_report

    path = out if out is not None else folder / "report.html"
    write_sweep_report(folder, path, language)
    click.echo(path)
