"""Writes the tables of a city as a folder that `read_city` reads, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from allocator.city.model_city.town import ModelCity
from allocator.errors import OutputExistsError, UsageError
from allocator.wording import written

__all__ = ["SCENARIO", "check_folder", "city_yaml", "write_model_city"]

TABLE_ORDER = ("social_spaces", "buildings", "units", "sites", "facilities", "streets", "households")
ENDINGS = {"geojson": ".geojson", "parquet": ".parquet"}
SCENARIO = "scenario.yaml"
"""A scenario that is ready for the city, if one was asked for."""
WRITTEN_NAMES = {"city.yaml", SCENARIO} | {
    table + ending for table in TABLE_ORDER for ending in (*ENDINGS.values(), ".csv")
}


def write_model_city(
    city: ModelCity,
    folder: Path,
    *,
    overwrite: bool = False,
    geometry: Literal["geojson", "parquet"] = "geojson",
    scenario: Mapping[str, Any] | None = None,
    check: Callable[[Path], None] | None = None,
) -> Path:
    """Write `city` to `folder` and return it: `city.yaml`, one file for each table, `scenario.yaml` if one is given.

    Tables with geometry become GeoJSON in the city's CRS with coordinates in decimetres, or GeoParquet; the others
    CSV (UTF-8). A scenario that stands in the folder stays, unless a new one is given: a planner may have changed it.
    The folder appears when everything is written, and `check`, if one is given, has raised nothing of it. Raises
    OutputExistsError if it exists and `overwrite` is false, or if it holds files that this function does not write.
    """
    with _whole_folder(Path(folder), overwrite) as unfinished:
        for table in TABLE_ORDER:
            frame = _held(city, table)
            if table not in city.elsewhere and frame is not None:
                _write_table(frame, unfinished, table, geometry)
        _write_yaml(city_yaml(city, Path(folder), geometry), unfinished / "city.yaml")
        if scenario is not None:
            _write_yaml(dict(scenario), unfinished / SCENARIO)
        elif (Path(folder) / SCENARIO).is_file():
            shutil.copyfile(Path(folder) / SCENARIO, unfinished / SCENARIO)
        if check is not None:
            check(unfinished)
    return Path(folder)


def city_yaml(city: ModelCity, folder: Path, geometry: Literal["geojson", "parquet"] = "geojson") -> dict[str, Any]:
    """The content of `city.yaml` in `folder`; files elsewhere are named relative to it where that is possible.

    A source whose `file` is the name of a table is said of the file of that table.
    """
    tables: dict[str, Any] = {}
    for table in TABLE_ORDER:
        if table in city.elsewhere:
            tables[table] = city.elsewhere[table] | {"source": _relative(Path(city.elsewhere[table]["source"]), folder)}
        elif (frame := _held(city, table)) is not None:
            ending = ENDINGS[geometry] if isinstance(frame, gpd.GeoDataFrame) else ".csv"
            tables[table] = {"source": table + ending}
    sources = []
    for source in city.sources:
        shown = _relative(Path(source.file), folder) if Path(source.file).is_absolute() else source.file
        shown = tables[shown]["source"] if shown in tables else shown
        sources.append({key: written(text) for key, text in (asdict(source) | {"file": shown}).items() if text})
    return {"name": city.name, "crs": city.crs, "tables": tables, "sources": sources}


def _held(city: ModelCity, table: str) -> pd.DataFrame | None:
    """A table as it is written; None for a map layer without rows, which some formats keep without its columns."""
    frame = getattr(city, table)
    return None if isinstance(frame, gpd.GeoDataFrame) and frame.empty else frame


def _write_table(frame: pd.DataFrame, folder: Path, table: str, geometry: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame):
        _write_csv(frame, folder / f"{table}.csv")
    elif geometry == "parquet":
        frame.to_parquet(folder / f"{table}.parquet", index=False)
    else:
        import pyogrio

        pyogrio.write_dataframe(
            frame, folder / f"{table}.geojson", layer=table, driver="GeoJSON", COORDINATE_PRECISION=1
        )


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    """CSV in UTF-8, the same bytes on every system; flags are `true` and `false`."""
    flags = {name: frame[name].map({True: "true", False: "false"}) for name in frame.select_dtypes(bool)}
    frame.assign(**flags).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_yaml(content: dict[str, Any], path: Path) -> None:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 118
    writer.indent(mapping=2, sequence=4, offset=2)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        writer.dump(content, stream)


def _relative(path: Path, folder: Path) -> str:
    """The path relative to `folder`, with forward slashes; absolute where no relative one exists (another drive)."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def check_folder(folder: Path, overwrite: bool) -> None:
    """Raise OutputExistsError if a city must not be written to `folder`, UsageError if it cannot.

    It must not if it exists and `overwrite` is false, if it is no folder, or if it holds files that are no city's.
    """
    try:
        above = next(parent for parent in folder.absolute().parents if parent.exists() or parent.is_symlink())
        folder.exists()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"{folder} cannot be written: {reason}; choose another folder") from error
    if not above.is_dir() or not os.access(above, os.W_OK):
        what = "is no folder" if not above.is_dir() else "may not be written to"
        raise UsageError(f"{folder} cannot be written: {above} {what}; choose another folder")
    if not (folder.exists() or folder.is_symlink()):
        return
    if not folder.is_dir():
        raise OutputExistsError(f"{folder} exists and is no folder; choose another name")
    strange = sorted(entry.name for entry in folder.iterdir() if entry.name not in WRITTEN_NAMES)
    if strange:
        raise OutputExistsError(f"{folder} holds what is no city's ({', '.join(strange[:5])}); choose another folder")
    if any(folder.iterdir()) and not overwrite:
        raise OutputExistsError(f"{folder} exists and is kept; say --overwrite to replace it, or choose another folder")


@contextmanager
def _whole_folder(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A folder that takes the place of `folder` when the block ends well, and vanishes when it does not."""
    folder = folder.absolute()
    check_folder(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        inside, before = unfinished / "city", unfinished / "before"
        inside.mkdir()
        yield inside
        if folder.exists():
            folder.replace(before)
        try:
            inside.replace(folder)
        except OSError:
            if before.exists():
                before.replace(folder)
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
