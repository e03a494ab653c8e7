"""Pictures of a city for paper: social spaces shaded in the classes of the map, as SVG that stands in a page."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from allocator.maps.classes import NO_DATA_COLOUR, Classes
from allocator.maps.indicators import INDICATORS, indicator_classes
from allocator.maps.outlines import district_outlines
from allocator.report.numbers import Language, check_language

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["SHOWN", "Picture", "pictures", "public_pictures"]

SHOWN = ("share_before", "share_after", "change")
"""The indicators of the pictures; the first two have the same classes."""
WIDTH = 1000
"""Units of the longer side of a picture; corners are whole units."""


@dataclass(frozen=True)
class Picture:
    """One picture: its SVG (safe to stand in HTML as it is), its title, the unit, and the rows of its legend.

    Each row is (colour, label, social spaces in the class); a colour that is empty stands for hatched social spaces,
    whose value is not known or withheld.
    """

    key: str
    title: str
    unit: str
    svg: str
    legend: tuple[tuple[str, str, int], ...]


def pictures(plan: Plan, language: str) -> list[Picture]:
    """Before, after and change of a plan in the classes of the internal map."""
    rows = plan.areas[plan.areas["level"] == "social_space"].set_index("place_id")
    return _drawn(plan, rows, check_language(language), "no_data")


def public_pictures(plan: Plan, published: Publication, language: str) -> list[Picture]:
    """The same of what is published, in the classes of the public map; what is withheld is hatched."""
    rows = published.of_level("social_space").set_index("place_id")
    return _drawn(plan, rows.astype({"change": "Float64"}), check_language(language), "withheld")


def _drawn(plan: Plan, rows: pd.DataFrame, language: Language, missing: str) -> list[Picture]:
    city = plan.scenario.city
    words = json.loads(files("allocator.maps").joinpath("assets", "words", f"{language}.json").read_text("utf-8"))
    rows = rows.reindex(city.social_spaces["space_id"])
    numbers = {name: rows[name].to_numpy(dtype=float, na_value=np.nan) for name in SHOWN}
    frame = pd.DataFrame(numbers)
    shapes, borders, view = _paths(city.social_spaces.geometry.to_numpy(), city.social_spaces["district_id"].to_numpy())
    names = [
        str(name) if isinstance(name, str) else str(one) for name, one in zip(rows["name"], rows.index, strict=True)
    ]
    found = []
    for indicator in sorted(
        (one for one in INDICATORS if one.column in SHOWN), key=lambda one: SHOWN.index(one.column)
    ):
        classes, values = indicator_classes(indicator, frame), numbers[indicator.column]
        percent = indicator.kind == "percent"
        labels = classes.labels(words["decimal"], percent)
        legend = [*zip(classes.colours, labels, classes.counts(values), strict=True)][::-1]
        if np.isnan(values).any():
            legend.append(("", words[missing], int(np.isnan(values).sum())))
        text = words["indicators"][indicator.column]
        svg = _svg(f"picture-{indicator.column}", text["long"], shapes, borders, view, classes, values, names)
        found.append(Picture(indicator.column, text["long"], text["unit"], svg, tuple(legend)))
    return found


def _paths(polygons: np.ndarray, districts: np.ndarray) -> tuple[list[str], list[str], tuple[int, int]]:
    """Paths of social spaces and of districts in whole units of the picture, and its width and height."""
    west, south, east, north = shapely.total_bounds(polygons)
    scale = WIDTH / max(east - west, north - south, 1.0)
    # Corners that would lie less than about a unit and a half from the line without them are left out.
    simple = shapely.coverage_simplify(polygons, 1.5 / scale)
    simple = np.where(shapely.is_empty(simple), polygons, simple)
    _, outlines = district_outlines(simple, districts.astype(object))

    def path(geometry: shapely.Geometry) -> str:
        parts = []
        for polygon in shapely.get_parts(geometry):
            if not isinstance(polygon, shapely.Polygon):
                continue
            for ring in (polygon.exterior, *polygon.interiors):
                corners = shapely.get_coordinates(ring)
                x = np.rint((corners[:, 0] - west) * scale).astype(int)
                y = np.rint((north - corners[:, 1]) * scale).astype(int)
                steps = np.diff(np.column_stack([x, y]), axis=0)
                moved = [f"{dx} {dy}" for dx, dy in steps[:-1].tolist() if dx or dy]
                parts.append(f"M{x[0]} {y[0]}" + (f"l{' '.join(moved)}" if moved else "") + "z")
        return "".join(parts)

    size = (round((east - west) * scale), round((north - south) * scale))
    return [path(one) for one in simple], [path(one) for one in outlines], size


def _svg(
    key: str, title: str, shapes: list[str], borders: list[str], view: tuple[int, int], classes: Classes,
    values: np.ndarray, names: list[str],
) -> str:  # fmt: skip
    """One picture; every text from data is escaped."""
    width, height = view
    colours = [*classes.colours, f"url(#{key}-hatch)"]
    drawn = "".join(
        f'<path d="{shape}" fill="{colours[found]}"><title>{html.escape(_printable(name))}</title></path>'
        for shape, name, found in zip(shapes, names, classes.class_of(values).tolist(), strict=True)
    )
    lines = "".join(f'<path d="{border}"/>' for border in borders)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {width + 8} {height + 8}" role="img" '
        f'aria-label="{html.escape(title)}"><defs><pattern id="{key}-hatch" width="10" height="10" '
        f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="10" height="10" '
        f'fill="{NO_DATA_COLOUR}"/><rect width="3" height="10" fill="#8c8c8c"/></pattern></defs>'
        f'<g fill-rule="evenodd" stroke="#6b6b6b" stroke-width="1" stroke-linejoin="round">{drawn}</g>'
        f'<g fill="none" stroke="#222222" stroke-width="3" stroke-linejoin="round">{lines}</g></svg>'
    )


def _printable(text: str) -> str:
    """A text without the control characters that XML does not know."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
