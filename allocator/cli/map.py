"""`allocator map`: draw the map of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.settings import SETTINGS, language_option, sites_option

__all__ = ["map_command"]


@click.command("map", context_settings=SETTINGS)
@click.argument("run", type=click.Path(path_type=Path))
@language_option("Of the map; default: the language of the run.")
@click.option("--tiles", is_flag=True, help="OpenStreetMap as background; the only map that needs the internet.")
@click.option("--public", is_flag=True, help="Areas only, small numbers withheld; RUN/map-public.html without --out.")
@sites_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; RUN/map.html without it.")
def map_command(
    run: Path, language: str | None, tiles: bool, public: bool, sites_from: int | None, out: Path | None
) -> None:
    r"""Draw the map of RUN, a folder that `allocator run` wrote, again.

    The input files are read again and must be unchanged. The path of the map goes to stdout.

    \b
    Examples:
      allocator map maps/model-city --language de
      allocator map maps/model-city --public --out map.html
    """
    from allocator.cli.targets import check_target, refuse_sites
    from allocator.explain.retelling import in_language
    from allocator.maps import write_map
    from allocator.runs import load_run

    refuse_sites(public, sites_from)
    target = out or run / ("map-public.html" if public else "map.html")
    if out is not None:
        check_target(out, "the map")
    plan = load_run(run)
    language = language or plan.result.get("language", "de")
    published = None
    if public:
        from allocator.publication import publication

        published = publication(plan, sites_from)
    write_map(in_language(plan, language), target, language=language, tiles=tiles, published=published)
    click.echo(target)
