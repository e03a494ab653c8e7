"""A city as frozen data: what every later room reads and none changes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from allocator.city.rows import plain_rows
from allocator.errors import Finding
from allocator.wording import in_language

__all__ = ["City", "Source"]


@dataclass(frozen=True)
class Source:
    """Origin, licence and date of one file; shown on maps and in reports.

    `synthetic` says in one sentence what in the file was generated and not observed; empty if nothing was.
    """

    file: str
    title: str = ""
    licence: str = ""
    attribution: str = ""
    retrieved: str = ""
    url: str = ""
    synthetic: str = ""

    def told(self, language: str) -> Source:
        """The same with the texts that have a form in this language in that form."""
        title, synthetic = (in_language(text, language) for text in (self.title, self.synthetic))
        return replace(self, title=title, synthetic=synthetic)


@dataclass(frozen=True)
class City:
    """The tables of a city, coerced, checked, in one metric CRS, each sorted by its id.

    Tables are data frames with a fresh RangeIndex and all columns of `allocator.city.tables` (missing text is `""`,
    missing numbers NaN, missing days NaT; flags are never missing) plus whatever further columns the files have.
    After reading,

    - `buildings.space_id` is filled by point in polygon where the file had none; `""` means outside every social
      space; `buildings.geometry` may be points or polygons, `buildings.x` and `buildings.y` are the metric
      coordinates of a point in it;
    - `buildings.site_id` is `""` for a building that is a site of its own;
    - `units.capacity` is filled (whole number as float64, never missing);
    - `social_spaces.area` holds km².

    `declared[table]` lists the columns that the files really had: a level that lacks a column of today (`refugees`)
    adds up the level below, which is not the same as a column of zeros.
    """

    name: str
    crs: str
    social_spaces: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    units: pd.DataFrame
    sites: pd.DataFrame
    facilities: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame | None
    declared: dict[str, frozenset[str]]
    sources: tuple[Source, ...] = ()
    files: tuple[Path, ...] = ()
    """Every file that was read, for the hashes in the manifest."""
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    """Notes collected while reading (errors raise)."""
    street_crossings: bool = False
    """True if streets meet wherever they cross, and not only where they share a vertex or end on each other."""
    distances: Literal["streets", "straight"] = "streets"
    """How distances are measured: along the streets, where there are any, or as straight lines."""

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """Where later rooms keep what they have worked out from these tables, each under a key of its own.

        It adds nothing to what the tables say, and a changed copy of a city begins with an empty one.
        """
        return {}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table as plain dictionaries, geometry left out; the dictionaries are the reader's own.

        A city is read once and counted many times, so the values are taken out of the frames only once.
        """
        key = ("rows", table)
        if key not in self.memo:
            self.memo[key] = plain_rows(getattr(self, table))
        return [dict(row) for row in self.memo[key]]

    @property
    def synthetic(self) -> tuple[str, ...]:
        """One sentence for each source that holds generated data."""
        return tuple(source.synthetic for source in self.sources if source.synthetic)

    def told_sources(self, language: str) -> list[Source]:
        """The sources in a language, as far as they have one in it."""
        return [source.told(language) for source in self.sources]

    def told_synthetic(self, language: str) -> list[str]:
        """What was generated, in a language; each once."""
        return list(dict.fromkeys(source.synthetic for source in self.told_sources(language) if source.synthetic))
