"""`allocator data census`: statistics of the census grid, and tables by area, joined to a city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.check import refuse_broken
from allocator.cli.settings import SETTINGS

__all__ = ["census"]

FILE = click.Path(path_type=Path)


@click.command("census", context_settings=SETTINGS)
@click.argument("city", type=FILE)
@click.option("--grid", "grids", type=FILE, multiple=True, help="CSV of the census grid as published; may be repeated.")
@click.option("--column", "columns", multiple=True, help="Value of the grid to join; may be repeated; default: all.")
@click.option("--residents", metavar="COLUMN", help="Total of the grid that becomes residents: Einwohner.")
@click.option("--table", type=FILE, help="A table by area, with a column of ids.")
@click.option("--key", default="", help="Column of --table that holds the ids; default: the name of --by.")
@click.option("--by", type=click.Choice(["space_id", "district_id"]), default="space_id", show_default=True,
              help="Which ids they are.")  # fmt: skip
@click.option("--out", type=FILE, required=True, help="Folder of the new city; with --overwrite it may be the old one.")
@click.option("--geometry", type=click.Choice(["geojson", "parquet"]), default="geojson", show_default=True,
              help="Format of tables with geometry.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the folder if it exists and holds such a city.")
def census(city: Path, grids: tuple[Path, ...], columns: tuple[str, ...], out: Path, **options: Any) -> None:
    """Join statistics to CITY: the census grid by area, totals preserved, or a table by id.

    Withheld values stay unknown, and are counted.

    \b
    Example:
      allocator data census data/altena --grid Zensus2022_Bevoelkerungszahl_100m-Gitter.csv --residents Einwohner \\
        --out data/altena --overwrite
    """  # noqa: D301 - \b keeps the lines of the example apart
    from dataclasses import replace

    from allocator.access.attach import as_tables
    from allocator.city.census import GRID_CRS, read_grid
    from allocator.city.census_join import column_name, grid_to_buildings, grid_to_spaces, with_residents
    from allocator.city.model_city import write_model_city
    from allocator.city.model_city.writing import check_folder
    from allocator.city.reading import read_city
    from allocator.errors import Findings, UsageError

    if not grids and not options["table"]:
        raise UsageError("name a file: --grid FILE or --table FILE")
    check_folder(out, options["overwrite"])
    tables = as_tables(read_city(city), city)
    findings = Findings()
    bounds = tables.social_spaces.to_crs(GRID_CRS).total_bounds
    for file in grids:
        cells = read_grid(file, bounds, findings, columns)
        if cells is None:
            continue
        cells = cells.touching(tables.social_spaces.geometry.to_numpy(), tables.crs)
        spaces = grid_to_spaces(tables.social_spaces, cells, findings, file.name)
        buildings = grid_to_buildings(tables.buildings, cells, findings, file.name)
        if options["residents"] in cells.values:
            spaces = with_residents(spaces, column_name(options["residents"]), findings, file.name)
        tables = replace(tables, social_spaces=spaces, buildings=buildings, sources=_credited(tables, spaces, file))
    joined = column_name(options["residents"]) if options["residents"] else ""
    if joined and joined not in tables.social_spaces and not findings.errors:
        raise UsageError(f"no grid holds {options['residents']}")
    if options["table"]:
        tables = replace(tables, social_spaces=_table(tables.social_spaces, options, findings))
    for finding in findings:
        if finding.severity == "note":
            click.echo(str(finding), err=True)
    findings.raise_if_errors()
    written = {"overwrite": options["overwrite"], "geometry": options["geometry"]}
    click.echo(write_model_city(tables, out, check=refuse_broken, **written))


OFFICES = "Statistische Ämter des Bundes und der Länder"


def _credited(tables: Any, spaces: Any, file: Path) -> tuple[Any, ...]:
    """The sources with the grid; what was said to be estimated in the social spaces goes where nothing is any more."""
    from dataclasses import replace

    from allocator.city.city import Source
    from allocator.wording import Text

    still = "synthetic" in spaces and bool(spaces["synthetic"].any())
    kept = tuple(
        source if still or source.file.partition(".")[0] != "social_spaces" else replace(source, synthetic="")
        for source in tables.sources
    )
    grid = Source(file.name, Text("Census grid", "Zensusgitter"), attribution=OFFICES)
    return (*kept, grid)


def _table(spaces: Any, options: dict[str, Any], findings: Any) -> Any:
    """The social spaces with the columns of --table."""
    from allocator.city.census_join import table_to_spaces
    from allocator.city.coercion import coerce_table
    from allocator.city.formats import read_raw
    from allocator.city.layout import table_source
    from allocator.city.reporting import TableReporter, row_labels
    from allocator.city.tables import Table
    from allocator.errors import did_you_mean

    table, by = Table("statistics", "", "", ()), options["by"]
    raw = read_raw(table_source(table, options["table"]), findings)
    if raw is None:
        return spaces
    key = options["key"] or by
    if key not in raw.frame:
        findings.error(f"there is no column '{key}'", did_you_mean(key, raw.frame.columns) + "; say --key",
                       file=options["table"].name)  # fmt: skip
        return spaces
    report = TableReporter(findings, options["table"].name, "statistics",
                           row_labels(None, len(raw.frame), raw.first_row))  # fmt: skip
    frame = raw.frame.drop(columns=key)
    typed = coerce_table(frame, table, report, "," if raw.separator == ";" else "")
    return table_to_spaces(spaces, typed.assign(**{key: raw.frame[key].to_numpy()}), key, by, report)
