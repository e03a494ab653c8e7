"""`allocator data osm` and `allocator data attach`: a city from OpenStreetMap, and lists for any city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.check import refuse_broken
from allocator.cli.settings import SETTINGS, Between, language_option

__all__ = ["attach", "osm"]

FILE = click.Path(path_type=Path)
METRES = Between(0, 100_000)
AREA = Between(10, 10_000)
PERSONS = Between(0.1, 100)


def _lists(command: Any) -> Any:
    """The options that attach lists, the same for every command."""
    for option in (
        click.option("--skip-unmatched", is_flag=True, help="Leave out rows that find no building, with a note each."),
        click.option("--column", "columns", multiple=True, metavar="NAME=IN_FILE",
                     help="What a column of --social-spaces is called there, such as space_id=nummer."),
        click.option("--seats", type=FILE, help="Free seats: facility_id or name, kind if needed, seats."),
        click.option("--households", type=FILE, help="Households; an address or a coordinate is today's home."),
        click.option("--units", type=FILE, help="Flats; each by building_id, address or coordinate."),
        click.option("--layer", default="", help="Layer of --social-spaces."),
        click.option("--social-spaces", type=FILE, help="Areas that take the place of the present ones."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command("osm", context_settings=SETTINGS)
@click.argument("place", metavar="PLACE|FILE")
@click.option("--out", type=FILE, help="Folder of the city; default: data/<name>.")
@click.option("--inside", default="", help="Only the administrative area of that name in the file.")
@click.option("--boundary", type=FILE, help="Only what lies in the polygons of that file.")
@click.option("--name", default="", help="Name of the city.")
@click.option("--areas", type=click.Choice(["auto", "admin", "boundary", "grid"]), default="auto", show_default=True,
              help="Social spaces: parts of the city (admin_level 10, else 9), the whole, or squares.")  # fmt: skip
@click.option("--grid", type=Between(100, 100_000), default=1000, show_default=True, help="Metres of a square.")
@click.option("--margin", type=METRES, default=1500, show_default=True,
              help="Metres beyond the boundary in which streets and facilities count.")  # fmt: skip
@click.option("--homes", type=click.Choice(["address", "all", "none"]), default="address", show_default=True,
              help="Which buildings without a kind are homes: those with an address, all, none.")  # fmt: skip
@click.option("--flat-area", type=AREA, default=70, show_default=True, help="m² of a flat.")
@click.option("--house-area", type=AREA, default=120, show_default=True,
              help="m² of a dwelling in a house of one family or two.")  # fmt: skip
@click.option("--net-share", type=Between(0.1, 1), default=0.8, show_default=True,
              help="Share of footprint × storeys that is lived in.")  # fmt: skip
@click.option("--persons-per-dwelling", type=PERSONS, default=2.05, show_default=True,
              help="For residents, which are estimated.")  # fmt: skip
@click.option("--services", type=FILE, help="Further kinds of facilities: a YAML table from tags to kinds.")
@_lists
@click.option("--synthetic-lists", type=click.IntRange(min=0), metavar="SEED",
              help="Invent vacant flats, households and free seats, all marked.")  # fmt: skip
@click.option("--flats", type=click.IntRange(min=1), help="Invented vacant flats; default: 2 % of dwellings.")
@click.option("--looking", type=click.IntRange(min=1), help="Invented households; default: 0.9 of the flats.")
@click.option("--scenario", is_flag=True, help="Write scenario.yaml too: school and Kita seats within 1,500 m on foot.")
@click.option("--run", "run_it", is_flag=True, help="Write that scenario and solve it, to maps/<name of the folder>/.")
@language_option("Of the scenario and its run.", "en")
@click.option("--overpass-url", envvar="ALLOCATOR_OVERPASS_URL", help="Overpass server, for a place by name.")
@click.option("--nominatim-url", envvar="ALLOCATOR_NOMINATIM_URL", help="Nominatim server, for a place by name.")
@click.option("--timeout", type=click.IntRange(min=1), default=180, show_default=True,
              envvar="ALLOCATOR_OSM_TIMEOUT", help="Seconds to wait for an answer of a server.")  # fmt: skip
@click.option("--tries", type=click.IntRange(min=1), default=3, show_default=True, help="Requests before giving up.")
@click.option("--wait", type=Between(0, 86_400), default=30, show_default=True,
              help="Seconds before the next try of a server that is busy, where it names none.")  # fmt: skip
@click.option("--cache", type=FILE, help="Folder that keeps what servers answered.")
@click.option("--geometry", type=click.Choice(["geojson", "parquet"]), default="geojson", show_default=True,
              help="Format of tables with geometry.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the folder if it exists and holds such a city.")
@click.pass_context
def osm(ctx: click.Context, place: str, out: Path | None, **options: Any) -> None:
    """Make a city of OpenStreetMap: an extract (.osm, .osm.bz2, .osm.pbf), or a place by its name.

    Homes with dwellings estimated from footprint and storeys, walkable streets, facilities, areas. Vacant flats and
    households are lists of the city: --units, --households; or invented ones: --synthetic-lists. The path of the folder
    goes to stdout.

    \b
    Examples:
      allocator data osm wittenau.osm.pbf --synthetic-lists 1 --run
      allocator data osm "Altena, Deutschland" --units flats.xlsx --households households.csv
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.access.osm_city import make_osm_city
    from allocator.access.osm_lists import with_synthetic_lists
    from allocator.access.osm_scenario import seats_scenario
    from allocator.access.services import read_services
    from allocator.city.model_city import write_model_city
    from allocator.city.model_city.writing import SCENARIO, check_folder
    from allocator.errors import UsageError
    from allocator.runs.folder import refuse_existing

    invent, run_it, overwrite = options["synthetic_lists"], options["run_it"], options["overwrite"]
    if invent is not None and (options["units"] or options["households"]):
        raise UsageError("--synthetic-lists invents flats and households; give lists of the city, or invent both")
    if (options["scenario"] or run_it) and invent is None and not (options["units"] and options["households"]):
        raise UsageError("a scenario needs flats and households: --units and --households, or --synthetic-lists SEED")
    folder = out if out is not None else Path("data") / _slug(place)
    check_folder(folder, overwrite)
    maps = Path("maps") / folder.resolve().name
    if run_it:
        refuse_existing(maps, overwrite)
    services = read_services(options["services"])
    elements = _elements(place, services, options)
    city, findings = make_osm_city(elements, services, _options(options))
    city = _attached(city, options, findings)
    if invent is not None:
        city = with_synthetic_lists(city, invent, flats=options["flats"], households=options["looking"])
    _say(findings)
    scenario = seats_scenario(city, invent is not None, options["language"]) if options["scenario"] or run_it else None
    _report(city)
    listed = any(options[name] is not None for name in ("units", "households", "seats", "social_spaces"))
    written = {"overwrite": overwrite, "geometry": options["geometry"], "check": refuse_broken if listed else None}
    click.echo(write_model_city(city, folder, scenario=scenario, **written))
    if run_it:
        from allocator.cli.run import run

        ctx.invoke(run, scenario=folder / SCENARIO, out=maps, overwrite=overwrite, language=options["language"])


@click.command("attach", context_settings=SETTINGS)
@click.argument("city", type=FILE)
@click.option("--out", type=FILE, required=True, help="Folder of the new city; with --overwrite it may be the old one.")
@_lists
@click.option("--persons-per-dwelling", type=PERSONS, default=2.05, show_default=True,
              help="For residents, where --social-spaces has none.")  # fmt: skip
@click.option("--geometry", type=click.Choice(["geojson", "parquet"]), default="geojson", show_default=True,
              help="Format of tables with geometry.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the folder if it exists and holds such a city.")
def attach(city: Path, out: Path, **options: Any) -> None:
    """Attach lists to CITY by address or coordinate, and write the city that results.

    \b
    Example:
      allocator data attach data/altena --units flats.xlsx --seats seats.csv --out data/altena --overwrite
    """  # noqa: D301 - \b keeps the lines of the example apart
    from allocator.access.attach import as_tables
    from allocator.city.model_city import write_model_city
    from allocator.city.model_city.writing import check_folder
    from allocator.city.reading import read_city
    from allocator.errors import Findings

    check_folder(out, options["overwrite"])
    findings = Findings()
    tables = as_tables(read_city(city), city)
    tables = _attached(tables, options, findings)
    _say(findings)
    _report(tables)
    written = {"overwrite": options["overwrite"], "geometry": options["geometry"]}
    click.echo(write_model_city(tables, out, check=refuse_broken, **written))


def _attached(city: Any, options: dict[str, Any], findings: Any) -> Any:
    """The city with every list that was named; InputError with all findings of all of them."""
    from allocator.access.attach import ListFile, attach_households, attach_social_spaces, attach_units
    from allocator.access.services_seats import attach_seats
    from allocator.errors import UsageError

    pairs = [text.partition("=") for text in options["columns"]]
    if any(not (name.strip() and sign and source.strip()) for name, sign, source in pairs):
        raise UsageError("--column is written NAME=IN_FILE, for example --column space_id=nummer")
    columns = {name.strip(): source.strip() for name, _, source in pairs}
    skip = {"skip_unmatched": options["skip_unmatched"]}
    if options["social_spaces"]:
        file = ListFile(options["social_spaces"], columns, layer=options["layer"])
        city = attach_social_spaces(city, file, findings, options["persons_per_dwelling"])
    if options["units"]:
        city = attach_units(city, ListFile(options["units"]), findings, **skip)
    if options["households"]:
        city = attach_households(city, ListFile(options["households"]), findings, **skip)
    if options["seats"]:
        city = attach_seats(city, options["seats"], findings)
    findings.raise_if_errors()
    return city


def _elements(place: str, services: Any, options: dict[str, Any]) -> Any:
    """The elements of a file, or of a place by its name."""
    import re

    from allocator.access.osm_city import keys_to_read
    from allocator.access.osm_file import ENDINGS, is_extract, read_osm_file
    from allocator.errors import UsageError

    path = Path(place)
    if is_extract(path) or path.is_file():
        click.echo(f"reading {path} …", err=True)
        return read_osm_file(path, keys_to_read(services), options["inside"])
    if re.fullmatch(r"\S+\.[A-Za-z0-9]{1,7}", place):
        raise UsageError(f"there is no file {place}; an extract ends in {', '.join(ENDINGS)}")
    if options["inside"]:
        raise UsageError("--inside chooses a part of a file; a place by name is that place")
    from allocator.access.osm_online import OsmServers, fetch_place

    told = {key: options[key] for key in ("overpass_url", "nominatim_url", "cache") if options[key]}
    servers = OsmServers(timeout=options["timeout"], tries=options["tries"], wait=options["wait"], **told)
    return fetch_place(place, services, servers, options["margin"], progress=lambda text: click.echo(text, err=True))


def _options(options: dict[str, Any]) -> Any:
    from allocator.access.osm_boundary import read_boundary
    from allocator.access.osm_buildings import DwellingFormula
    from allocator.access.osm_city import OsmOptions

    return OsmOptions(
        areas=options["areas"],
        grid=options["grid"],
        margin=options["margin"],
        boundary=read_boundary(options["boundary"]) if options["boundary"] else None,
        name=options["name"],
        persons_per_dwelling=options["persons_per_dwelling"],
        formula=DwellingFormula(options["flat_area"], options["house_area"], options["net_share"], options["homes"]),
    )


def _slug(place: str) -> str:
    """A folder name from a place or a file: `Altena, Deutschland` is `altena`."""
    import re

    from allocator.access.osm_elements import normalised_name

    head = Path(place).name.split(".osm")[0].split(",")[0]
    return re.sub(r"[^a-z0-9]+", "-", normalised_name(head)).strip("-") or "city"


def _say(findings: Any) -> None:
    for note in findings:
        click.echo(str(note), err=True)


def _report(city: Any) -> None:
    """What was made, in one line on stderr."""
    kinds = city.facilities["kind"].value_counts()
    homes = "no list of households" if city.households is None else f"{len(city.households):,} households"
    parts = [
        f"{len(city.social_spaces)} social spaces",
        f"{int(city.social_spaces['residents'].sum()):,} residents",
        f"{len(city.buildings):,} buildings",
        f"{len(city.units):,} units",
        homes,
        f"{0 if city.streets is None else len(city.streets):,} streets",
        *(f"{count} × {kind}" for kind, count in kinds.items()),
    ]
    click.echo(f"{city.name}: {', '.join(parts)}", err=True)
