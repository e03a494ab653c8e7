"""`why.json`, `why.csv` and `why.geojson` in a run's folder; each replaced when it is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from allocator.runs.tables import write_csv
from allocator.whole_files import replaced_file, replaced_text

if TYPE_CHECKING:
    from allocator.city.city import City

__all__ = ["write_why"]

COLUMNS = ("kind", "rule", "place", "size", "district_id", "building_id", "step", "estimate", "gain", "at_most",
           "exact", "sentence")  # fmt: skip


def write_why(answer: dict[str, Any], city: City, folder: Path) -> list[Path]:
    """Write what `about_plan` answered; the paths.

    why.csv has a row for each limit and flat that was looked at. why.geojson (WGS 84) has a polygon for each social
    space with flats: of which size one more helps most there (`best_size`), and how many persons more it houses, solved
    again (`gain`) or estimated.
    """
    frame = pd.DataFrame(answer["gains"], columns=list(COLUMNS))
    paths = [folder / name for name in ("why.json", "why.csv", "why.geojson")]
    text = json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    replaced_text(paths[0], text)
    replaced_file(paths[1], lambda draft: write_csv(frame, draft))
    shapes = _layer(frame, city)
    replaced_text(paths[2], shapes.to_json(drop_id=True))
    return paths


def _layer(frame: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    """The social spaces with the flat that helps most in each: what is solved again counts, else the estimate."""
    flats = frame[frame["kind"] == "flat"].copy()
    known = pd.to_numeric(flats["gain"], errors="coerce")
    flats["promise"] = known.where(known.notna(), pd.to_numeric(flats["estimate"], errors="coerce")).astype(float)
    best = flats.sort_values(["promise", "size"], ascending=[False, True]).drop_duplicates("place").set_index("place")
    best.loc[~(best["promise"] > 1e-6), ["size", "sentence"]] = [np.nan, ""]  # no size helps there
    spaces = city.social_spaces[city.social_spaces["space_id"].isin(best.index)]
    rows = best.reindex(spaces["space_id"])
    table = spaces[["space_id", "name", "district_id", "geometry"]].reset_index(drop=True)
    for name, column in (("best_size", "size"), ("estimate", "estimate"), ("gain", "gain"), ("sentence", "sentence")):
        table[name] = rows[column].to_numpy()
    return table.to_crs("EPSG:4326")
