"""Values of a grid, or of a table of areas, joined to the social spaces and buildings of a city."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.city.census import GridCells, is_mean
from allocator.city.coercion import text_of
from allocator.city.model_city.chance import apportion
from allocator.city.reporting import TableReporter, shown
from allocator.city.tables import TABLES
from allocator.errors import Findings, did_you_mean

__all__ = ["column_name", "grid_to_buildings", "grid_to_spaces", "table_to_spaces", "with_residents"]

WEIGHT = "anzahl"
"""A column whose name begins so counts what the averages of the same file are averages of."""


def column_name(text: str) -> str:
    """The name of a value as a column of a city: `durchschnMieteQM` is `durchschn_miete_qm`."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", "_", text.strip()).casefold()
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        spaced = spaced.replace(letter, written)
    return re.sub(r"[^a-z0-9]+", "_", spaced).strip("_")


def grid_to_spaces(spaces: gpd.GeoDataFrame, cells: GridCells, findings: Findings, file: str) -> gpd.GeoDataFrame:
    """The social spaces with a column for each value of the grid, by the area that cells and spaces share.

    A total v of a cell gives v · |cell ∩ space| / |cell| to a space: over all spaces, and what lies outside of them,
    totals are preserved (areal weighting; Goodchild & Lam 1980). An average (see `is_mean`) is averaged over
    the known cells with these shares as weights, times the `Anzahl…` of the same file, where there is one. Withheld
    values stay unknown: they add nothing and are counted in `<column>_unknown_cells`; a space with cells, of which
    none is known, has no value. Notes say how many cells are unknown, and what lies outside every space.
    """
    row, space, share = _shares(spaces.geometry.to_numpy(), cells.squares(spaces.crs))
    result = spaces.copy()
    touched = np.unique(row)
    weight = next((name for name in cells.values if name.casefold().startswith(WEIGHT)), None)
    for name in cells.values:
        values = cells.values[name].to_numpy()
        known = ~np.isnan(values[row])
        value, at = values[row][known], space[known]
        part = share[known]
        if is_mean(name):
            if weight is not None and weight != name:
                part = part * np.nan_to_num(cells.values[weight].to_numpy())[row][known]
            total, whole = (_sum(at, number, len(spaces)) for number in (value * part, part))
            joined = np.divide(total, whole, out=np.full(len(spaces), np.nan), where=whole > 0)
        else:
            joined = _sum(at, value * part, len(spaces))
            inside = float(joined.sum())
            outside = float(np.nansum(values[touched])) - inside
            if outside > 0.5:
                findings.note(f"{outside:,.0f} of {outside + inside:,.0f} lie in parts of cells outside every social "
                              "space, and count for none", file=file, column=name)  # fmt: skip
            some, all_cells = (np.bincount(one, minlength=len(spaces)) for one in (at, space))
            joined = np.where((all_cells > 0) & (some == 0), np.nan, joined)
        unknown = np.bincount(space[~known], minlength=len(spaces))
        result[column_name(name)] = joined
        result[column_name(name) + "_unknown_cells"] = unknown
        if missing := int(np.isnan(values[touched]).sum()):
            findings.note(f"{missing} of {len(touched)} cells are withheld: their values are unknown, not 0",
                          "totals are what is known", file=file, column=name)  # fmt: skip
    if cells.uncertain:
        findings.note(f"{cells.uncertain} values are marked as uncertain; they are taken as they are", file=file)
    if not len(touched):
        findings.error("no cell lies in a social space", "take the file of this region", file=file)
    return gpd.GeoDataFrame(result, geometry="geometry", crs=spaces.crs)


def grid_to_buildings(buildings: gpd.GeoDataFrame, cells: GridCells, findings: Findings, file: str) -> gpd.GeoDataFrame:
    """The buildings with a column for each value of the grid.

    A total of a cell is shared by its buildings in proportion to their footprint in it (points: to their dwellings, at
    least 1), so that totals of cells with a building are preserved; a note says what lies in cells without one. An
    average is that of the cells under the building, by footprint. Buildings with no known cell have no value.
    """
    shapes = buildings.geometry.to_numpy()
    squares = cells.squares(buildings.crs)
    building, row = shapely.STRtree(squares).query(shapes, "intersects")
    weight = shapely.area(shapely.intersection(shapes[building], squares[row]))
    points = shapely.get_type_id(shapes) == 0
    if points.any():
        dwellings = np.ones(len(buildings))
        if "dwellings" in buildings:
            dwellings = np.maximum(1.0, np.nan_to_num(buildings["dwellings"].to_numpy(dtype=float)))
        first = pd.Series(building).duplicated().to_numpy()
        weight = np.where(points[building], np.where(first, 0.0, dwellings[building]), weight)
    building, row, weight = building[weight > 0], row[weight > 0], weight[weight > 0]
    held = _sum(row, weight, len(squares))
    result = buildings.copy()
    for name in cells.values:
        values = cells.values[name].to_numpy()
        known = ~np.isnan(values[row])
        at, value, part = building[known], values[row][known], weight[known]
        if is_mean(name):
            total, whole = (_sum(at, number, len(buildings)) for number in (value * part, part))
            joined = np.divide(total, whole, out=np.full(len(buildings), np.nan), where=whole > 0)
        else:
            joined = _sum(at, value * part / held[row][known], len(buildings))
            joined[np.bincount(at, minlength=len(buildings)) == 0] = np.nan
            empty = float(np.nansum(values[held == 0]))
            if empty > 0:
                findings.note(f"{empty:,.0f} of {float(np.nansum(values)):,.0f} lie in cells without a building of the "
                              "city, and are with none", file=file, column=name)  # fmt: skip
        result[column_name(name)] = joined
    return gpd.GeoDataFrame(result, geometry="geometry", crs=buildings.crs)


def with_residents(spaces: gpd.GeoDataFrame, column: str, findings: Findings, file: str) -> gpd.GeoDataFrame:
    """The spaces with `residents` from a joined total: whole numbers with the same sum, where it is known.

    Where it is not, the former residents stay, with their mark of being estimated. A space with withheld cells has at
    least so many: the former number stays if it is higher, and says so in a note.
    """
    values = spaces[column].to_numpy(dtype=float)
    known = ~np.isnan(values)
    before = spaces["residents"].to_numpy()
    residents = before.copy()
    residents[known] = apportion(round(float(values[known].sum())), values[known])
    if "refugees" in spaces:
        low = residents < spaces["refugees"].to_numpy()
        if low.any():
            findings.note(f"{int(low.sum())} social spaces would have fewer residents than refugees; their former "
                          "residents stay", file=file, column="residents")  # fmt: skip
            residents, known = np.where(low, before, residents), known & ~low
    if not known.all():
        findings.note(f"residents of {int((~known).sum())} social spaces are not known from the grid: the former ones "
                      "stay", file=file, column="residents")  # fmt: skip
    result = spaces.assign(residents=residents)
    if "synthetic_columns" in spaces:
        listed = [
            ";".join(name for name in str(text).split(";") if name and not (sure and name == "residents"))
            for text, sure in zip(spaces["synthetic_columns"].fillna(""), known, strict=True)
        ]
        result = result.assign(synthetic_columns=listed, synthetic=[text != "" for text in listed])
    return result


def table_to_spaces(
    spaces: gpd.GeoDataFrame, table: pd.DataFrame, key: str, by: str, report: TableReporter
) -> gpd.GeoDataFrame:
    """The spaces with the further columns of a table, joined by its column `key` to their `space_id` or `district_id`.

    Ids are compared as text; zeros in front may be missing in the table where that leaves no doubt. A value of a
    district stands at each of its spaces: shares and averages can be used so, totals not. Rows that meet no space, and
    spaces without a row (which keep what they had), are notes; a repeated key, and a column that the contract defines
    by space, errors.
    """
    ids = text_of(table[key])
    if (again := ids.duplicated() & (ids != "")).any():
        report.rows(again, lambda row: f"{shown(ids.iloc[row])} stands in an earlier row too", "keep one row for each",
                    column=key)  # fmt: skip
        return spaces
    own = spaces[by].astype(str)
    known = sorted(set(own) - {""})
    bare: dict[str, list[str]] = {}
    for name in known:
        bare.setdefault(name.lstrip("0"), []).append(name)
    meant = [name if name in set(known) else (found[0] if len(found := bare.get(name.lstrip("0"), [])) == 1 else "")
             for name in ids]  # fmt: skip
    report.rows(np.array([not name for name in meant], dtype=bool), lambda row: f"there is no {by} "
                f"{shown(ids.iloc[row])}", lambda row: did_you_mean(ids.iloc[row], known), column=key,
                severity="note", kind=f"rows that meet no {by}")  # fmt: skip
    missing = [name for name in known if name not in set(meant)]
    if missing:
        report.whole(f"{len(missing)} of {len(known)} {by} have no row: {', '.join(missing[:8])}"
                     + (", …" if len(missing) > 8 else ""), "what they had stays; new columns are empty there",
                     column=key, severity="note")  # fmt: skip
    fixed = {column.name for column in TABLES["social_spaces"].columns}
    columns: Mapping[str, NDArray[np.float64]] = {}
    for name in table.columns:
        if name == key:
            continue
        if name in fixed and (by != "space_id" or name in ("space_id", "district_id")):
            report.whole(f"{shown(name)} of social spaces cannot come from a table by {by}", "rename the column",
                         column=str(name))  # fmt: skip
            continue
        values = pd.Series(table[name].to_numpy(), index=meant)
        joined = values[values.index != ""].reindex(own)
        if name in spaces:
            former = pd.Series(spaces[name].to_numpy(), index=joined.index)
            joined = joined.where(own.isin(set(meant)).to_numpy(), former)
        columns = {**columns, str(name): joined.to_numpy()}
    return spaces.assign(**columns)


def _shares(
    areas: NDArray[np.object_], squares: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(cell, area, share of the cell's area that lies in the area) for each pair that overlaps."""
    for one in areas:
        shapely.prepare(one)
    area, cell = shapely.STRtree(squares).query(areas, "intersects")
    share = shapely.area(shapely.intersection(squares[cell], areas[area])) / shapely.area(squares[cell])
    keep = share > 1e-9
    return cell[keep], area[keep], share[keep]


def _sum(group: NDArray[np.int64], values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    # Of nothing at all bincount makes whole numbers, which could not hold "unknown".
    return np.bincount(group, weights=values, minlength=length).astype(float)
