"""`allocator data`: bring in a city, or make one."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.cli.data_census import census
from allocator.cli.data_osm import attach, osm
from allocator.cli.settings import SETTINGS

__all__ = ["data"]

OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace the folder if it exists and holds such a city.")
SEED = click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of all draws.")


@click.group(context_settings=SETTINGS)
def data() -> None:
    """Bring in a city, or make a model city."""


@data.command("model-city", context_settings=SETTINGS)
@SEED
@click.option("--residents", type=click.IntRange(min=1), default=60_000, show_default=True, help="All residents.")
@click.option("--households", type=int, help="Households that look for a home.")
@click.option("--flats", type=int, help="Vacant ordinary flats, without those at sites.")
@click.option("--buildings", type=int, help="Buildings in which the vacant flats lie.")
@click.option("--other-buildings", type=int, help="Buildings without vacant flats: the rest of the housing stock.")
@click.option("--sites", type=int, help="Collective sites.")
@click.option("--spaces", type=int, help="Social spaces.")
@click.option("--districts", type=int, help="Districts.")
@click.option("--schools", type=int, help="Schools.")
@click.option("--kitas", type=int, help="Kitas.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("data/modellstadt"), show_default=True,
              help="Folder of the city.")  # fmt: skip
@OVERWRITE
def model_city(seed: int, residents: int, out: Path, overwrite: bool, **counts: int | None) -> None:
    """Make a model city: invented, believable, the same for the same seed.

    Counts that are not given follow from the residents. The path of the folder goes to stdout.
    """
    from allocator.city.model_city import make_model_city, write_model_city
    from allocator.city.model_city.writing import check_folder

    check_folder(out, overwrite)
    click.echo(f"making a model city of {residents:,} residents, seed {seed} …", err=True)
    city = make_model_city(seed, residents, **counts)
    _report(city)
    click.echo(write_model_city(city, out, overwrite=overwrite))


@data.command("koeln", context_settings=SETTINGS)
@click.option("--source", type=click.Path(path_type=Path), default=Path("../shared/data/koeln"), show_default=True,
              help="Folder with the open data of Köln.")  # fmt: skip
@SEED
@click.option("--households", type=int, default=3_000, show_default=True, help="Households that look for a home.")
@click.option("--flats", type=int, default=3_500, show_default=True, help="Vacant ordinary flats, without sites.")
@click.option("--buildings", type=int, default=3_000, show_default=True, help="Addresses that have vacant flats.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("data/koeln/city"), show_default=True,
              help="Folder of the tables.")  # fmt: skip
@OVERWRITE
def koeln(source: Path, seed: int, households: int, flats: int, buildings: int, out: Path, overwrite: bool) -> None:
    """Turn the open data of Köln into a city, completed by what is not published (marked `synthetic`).

    The path of the folder goes to stdout.
    """
    from allocator.city.koeln import make_koeln
    from allocator.city.model_city import write_model_city
    from allocator.city.model_city.writing import check_folder

    check_folder(out, overwrite)
    click.echo(f"reading {source} …", err=True)
    city = make_koeln(source, seed, households=households, flats=flats, buildings=buildings)
    _report(city)
    click.echo(write_model_city(city, out, overwrite=overwrite, geometry="parquet"))


def _report(city: object) -> None:
    """What was made, in one line on stderr."""
    persons = int(city.households["persons"].sum())
    flats = int((~city.units["shared"]).sum())
    click.echo(
        f"{city.name}: {len(city.social_spaces)} social spaces, {int(city.social_spaces['residents'].sum()):,} "
        f"residents, {flats:,} flats and {len(city.units) - flats:,} shared units in "
        f"{city.units['building_id'].nunique():,} buildings, {len(city.sites)} sites, "
        f"{len(city.households):,} households of {persons:,} persons",
        err=True,
    )


data.add_command(osm)
data.add_command(attach)
data.add_command(census)
