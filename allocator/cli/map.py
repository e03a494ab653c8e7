"""`allocator map`: draw the map of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS

__all__ = ["map_command"]


@click.command("map", context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(["de", "en"]), help="Language of the map; as in the run without it.")
@click.option("--tiles", is_flag=True, help="OpenStreetMap as background; the only map that needs the internet.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; RUN/map.html without it.")
def map_command(run: Path, language: str | None, tiles: bool, out: Path | None) -> None:
    """Draw the internal map of RUN, a folder that `allocator run` wrote, again.

    The input files are read again and must be unchanged. The path of the map goes to stdout.
    """
    from allocator.cli.targets import check_target
    from allocator.explain.retelling import in_language
    from allocator.maps import write_map
    from allocator.runs import load_run

    target = out or run / "map.html"
    if out is not None:
        check_target(out, "the map")
    plan = load_run(run)
    language = language or plan.result.get("language", "de")
    write_map(in_language(plan, language), target, language=language, tiles=tiles)
    click.echo(target)
