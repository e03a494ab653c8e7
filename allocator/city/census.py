"""Census 2022 on the 100 m grid, as published: read, and joined to social spaces and buildings by area.

The form of the files: CSV with semicolons and decimal commas, UTF-8 or Windows-1252; `GITTER_ID_100m` such as
`CRS3035RES100mN2689100E4337000` (south-west corner of the cell, EPSG:3035), `x_mp_100m` and `y_mp_100m` (its middle),
then the values; `–` where a value is withheld; `werterlaeuternde_Zeichen` is `KLAMMERN` where it is uncertain. The
files of 1 km and 10 km are the same with their own names. Cells in which nobody lives are not in the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean

__all__ = ["GRID_CRS", "GridCells", "is_mean", "read_grid"]

GRID_CRS = "EPSG:3035"
_ID = re.compile(r"(?:CRS3035)?RES(\d+)(k?m)N(\d+)E(\d+)")
_WITHHELD = ("–", "-", "—", ".", "/", "x")
_EXPLAINING = "werterlaeuternde_zeichen"
_LARGEST = 1e9
_MEANS = ("durchschn", "quote", "anteil", "miete", "mittel", "median")


@dataclass(frozen=True)
class GridCells:
    """Cells of the grid near a city.

    `corners` [n, 2] are south-west corners in metres of GRID_CRS, `size` is the length of a side; `values` has a float
    column for each value of the file, NaN where it is withheld or missing; `uncertain` counts values in brackets.
    """

    corners: NDArray[np.float64]
    size: float
    values: pd.DataFrame
    uncertain: int = 0

    def squares(self, crs: Any) -> NDArray[np.object_]:
        """The cells as polygons in another CRS; sides keep their middle points, since they bend a little there."""
        from pyproj import Transformer

        x, y = self.corners.T
        half = self.size / 2
        steps = np.array([(0, 0), (half, 0), (2 * half, 0), (2 * half, half), (2 * half, 2 * half), (half, 2 * half),
                          (0, 2 * half), (0, half), (0, 0)])  # fmt: skip
        ring = np.stack([x[:, None] + steps[:, 0], y[:, None] + steps[:, 1]], axis=-1)
        moved = Transformer.from_crs(GRID_CRS, crs, always_xy=True).transform(ring[..., 0], ring[..., 1])
        return shapely.polygons(np.stack(moved, axis=-1))

    def touching(self, shapes: NDArray[np.object_], crs: Any) -> GridCells:
        """The cells that touch one of the shapes, given in `crs`."""
        rows = np.unique(shapely.STRtree(self.squares(crs)).query(shapes, "intersects")[1])
        return GridCells(self.corners[rows], self.size, self.values.iloc[rows].reset_index(drop=True), self.uncertain)


def is_mean(column: str) -> bool:
    """True for values that are averaged and not added: rents, quotas, shares, averages (by their German names)."""
    return any(word in column.casefold() for word in _MEANS)


def read_grid(path: Path, bounds: Sequence[float], findings: Findings, columns: Iterable[str] = ()) -> GridCells | None:
    """The cells of a grid file that touch `bounds` (minx, miny, maxx, maxy in GRID_CRS); None with errors added.

    `columns` chooses values, else all are read. Findings: no such file, no grid, unknown columns with the nearest name,
    cells without a place or not on the grid, values that are no numbers. Files of the whole country are read in parts.
    """
    where = {"file": Path(path).name}
    if not Path(path).is_file():
        findings.error("there is no such file", "check the path", file=str(path))
        return None
    header = _header(Path(path))
    names = {name.casefold(): name for name in header}
    key = next((names[name] for name in names if name.startswith("gitter_id")), None)
    x, y = (next((names[name] for name in names if name.startswith(start)), None) for start in ("x_mp_", "y_mp_"))
    if key is None and (x is None or y is None):
        findings.error("is no file of the census grid", "it begins with GITTER_ID_100m;x_mp_100m;y_mp_100m;…", **where)
        return None
    known = [name for name in header if name not in (key, x, y) and name.casefold() != _EXPLAINING and name]
    wanted = list(dict.fromkeys(columns)) or known
    for name in wanted:
        if name not in known:
            findings.error(f"there is no column {shown(name)}", did_you_mean(name, known), column=name, **where)
    if findings.errors:
        return None
    size = _size(key or x or "")
    rows = _read_near(Path(path), (key, x, y), [*wanted, *_others(header)], size, bounds, findings)
    return None if rows is None else _cells(rows, (key, x, y), wanted, size, findings, where)


def _header(path: Path) -> list[str]:
    with path.open("rb") as stream:
        first = stream.readline(100_000)
    text = first.decode("utf-8-sig", errors="replace")
    return [name.strip().strip('"') for name in text.strip().split(";")]


def _others(header: Iterable[str]) -> list[str]:
    return [name for name in header if name.casefold() == _EXPLAINING]


def _size(name: str) -> float:
    """Length of a side by the name of the column: `GITTER_ID_100m` is 100, `x_mp_1km` is 1000."""
    found = re.search(r"(\d+)(k?m)$", name)
    return 100.0 if found is None else float(found[1]) * (1000 if found[2] == "km" else 1)


def _read_near(
    path: Path, place: tuple[str | None, str | None, str | None], wanted: list[str], size: float,
    bounds: Sequence[float], findings: Findings,
) -> pd.DataFrame | None:  # fmt: skip
    """The rows near `bounds` as text, with `corner_x`, `corner_y`."""
    import pyarrow as pa
    import pyarrow.csv

    columns = list(dict.fromkeys([name for name in (*place, *wanted) if name]))
    for encoding in ("utf8", "windows-1252"):
        parts = []
        try:
            reader = pyarrow.csv.open_csv(
                path,
                read_options=pyarrow.csv.ReadOptions(encoding=encoding, block_size=1 << 24),
                parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types={name: pa.string() for name in columns}, include_columns=columns,
                    strings_can_be_null=False,
                ),
            )  # fmt: skip
            for batch in reader:
                part = _near(batch.to_pandas(), place, size, bounds)
                if len(part):
                    parts.append(part)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            if encoding == "utf8" and ("utf" in str(error).casefold() or isinstance(error, UnicodeDecodeError)):
                continue
            findings.error(f"cannot be read: {str(error).splitlines()[0]}", "fetch it again", file=path.name)
            return None
        none = pd.DataFrame(columns=[*columns, "corner_x", "corner_y"])
        return pd.concat(parts, ignore_index=True) if parts else none
    return None


def _near(
    part: pd.DataFrame, place: tuple[str | None, str | None, str | None], size: float, bounds: Sequence[float]
) -> pd.DataFrame:
    """The rows of a part that touch the bounds, or whose place is not known (they are reported later)."""
    key, x, y = place
    if x is not None and y is not None:
        corner_x = pd.to_numeric(part[x].str.replace(",", "."), errors="coerce") - size / 2
        corner_y = pd.to_numeric(part[y].str.replace(",", "."), errors="coerce") - size / 2
    else:
        found = part[key].str.extract(_ID)
        corner_x, corner_y = (pd.to_numeric(found[at], errors="coerce") for at in (3, 2))
    part = part.assign(corner_x=corner_x, corner_y=corner_y)
    low_x, low_y, high_x, high_y = bounds
    inside = (corner_x <= high_x) & (corner_x >= low_x - size) & (corner_y <= high_y) & (corner_y >= low_y - size)
    return part[inside | corner_x.isna() | corner_y.isna()]


def _cells(
    rows: pd.DataFrame, place: tuple[str | None, str | None, str | None], wanted: list[str], size: float,
    findings: Findings, where: dict[str, str],
) -> GridCells | None:  # fmt: skip
    corners = rows[["corner_x", "corner_y"]].to_numpy(dtype=float)
    lost = np.isnan(corners).any(axis=1)
    off = ~lost & (np.mod(corners, size) != 0).any(axis=1)
    if lost.any():
        findings.error(f"{int(lost.sum())} rows have no place", f"write {place[1] or place[0]} as published", **where)
    if off.any():
        findings.error(f"{int(off.sum())} cells do not lie on the grid of {size:.0f} m", "take the file as published: "
                       "middles of cells in EPSG:3035", **where)  # fmt: skip
    again = pd.DataFrame(corners).duplicated().to_numpy() & ~lost
    if again.any():
        findings.error(f"{int(again.sum())} cells stand in the file twice", "keep one row for each", **where)
    values, uncertain = {}, 0
    for name in wanted:
        text = rows[name].str.strip()
        uncertain += int(text.str.startswith("(").sum())
        plain = text.str.strip("()").str.replace(" ", "").where(~text.isin(_WITHHELD), "").str.replace(",", ".")
        numbers = pd.to_numeric(plain.where(plain != ""), errors="coerce")
        wrong = (~np.isfinite(numbers) & (plain != "")).to_numpy()
        if wrong.any():
            findings.error(f"{int(wrong.sum())} values are no numbers, first {shown(text[wrong].iloc[0])}",
                           "take the file as published", column=name, **where)  # fmt: skip
        beyond = (np.isfinite(numbers) & ~numbers.between(0, _LARGEST)).to_numpy()
        if beyond.any():
            what = f"{int(beyond.sum())} values are below zero or too large, first {shown(text[beyond].iloc[0])}"
            findings.error(what, "take the file as published", column=name, **where)
        values[name] = numbers.to_numpy(dtype=float)
    if findings.errors:
        return None
    for name in _others(rows.columns):
        uncertain += int((rows[name].str.strip().str.upper() == "KLAMMERN").sum())
    return GridCells(corners, size, pd.DataFrame(values), uncertain)
