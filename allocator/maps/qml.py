"""Styles in QGIS's own form (QML): social spaces by class, sites and buildings by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import shapely

from allocator.maps.classes import NO_DATA_COLOUR, Classes
from allocator.maps.indicators import INDICATORS, indicator_classes
from allocator.maps.occupancy import STATES

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["STATE_LOOKS", "categorized", "graduated", "layer_styles", "outlined"]

STATE_LOOKS = {
    "unused": ("circle", "#ffffff", "#333333", 0.8),
    "within": ("circle", "#0072b2", "#00334f", 1.0),
    "at_limit": ("square", "#e69f00", "#000000", 0.95),
    "over_today": ("triangle", "#ffffff", "#b34700", 1.3),
    "over": ("triangle", "#d55e00", "#000000", 1.3),
}
"""Form, fill, line and relative size of each state, as on the map (colours of Okabe and Ito, 2008)."""

_GEOMETRY = "geom"


def layer_styles(plan: Plan, language: str) -> list[tuple[str, str, str, str]]:
    """Every style as (layer, geometry column, name, QML); the first of a layer is its default."""
    from allocator.maps.page import map_words
    from allocator.report.numbers import check_language

    words = map_words(check_language(language))
    rows = plan.areas[plan.areas["level"] == "social_space"]
    styles = []
    for indicator in INDICATORS:
        classes = indicator_classes(indicator, rows)
        labels = classes.labels(words["decimal"], indicator.kind == "percent")
        name = words["indicators"][indicator.column]["name"]
        styles.append(("social_spaces", _GEOMETRY, name, graduated(indicator.column, classes, labels)))
    styles.append(("districts", _GEOMETRY, words["district_lines"], outlined()))
    buildings = plan.scenario.city.buildings.geometry.to_numpy()
    footprints = len(buildings) > 0 and bool((shapely.get_dimensions(buildings) == 2).all())
    labels = [words["states"][state] for state in STATES]
    styles.append(("buildings", _GEOMETRY, words["buildings"], categorized(labels, 2.2, footprints)))
    styles.append(("sites", _GEOMETRY, words["sites"], categorized(labels, 4.0)))
    return styles


def graduated(column: str, classes: Classes, labels: tuple[str, ...]) -> str:
    """A graduated renderer over the classes of an indicator; places without a value stay grey below.

    QGIS takes a value that lies on a boundary into the lower class. Counts never lie on one; for shares the ranges end
    just below the boundary, so that QGIS and the map agree.
    """
    renderer = _renderer("graduatedSymbol", attr=column, graduatedMethod="GraduatedColor")
    ranges, symbols = ElementTree.SubElement(renderer, "ranges"), ElementTree.SubElement(renderer, "symbols")
    ends = [-1e12, *classes.breaks, 1e12]
    for i, (colour, label) in enumerate(zip(classes.colours, labels, strict=True)):
        upper = ends[i + 1] if classes.whole else float(np.nextafter(ends[i + 1], -np.inf))
        ElementTree.SubElement(ranges, "range", lower=repr(float(ends[i])), upper=repr(float(upper)), symbol=str(i),
                               label=label, render="true")  # fmt: skip
        _symbol(symbols, str(i), "fill", "SimpleFill", _fill(colour))
    source = ElementTree.SubElement(renderer, "source-symbol")
    _symbol(source, "0", "fill", "SimpleFill", _fill(NO_DATA_COLOUR))
    return _document(renderer)


def categorized(labels: list[str], size: float, footprints: bool = False) -> str:
    """A categorized renderer over the states; `size` of the signs in millimetres, or filled footprints."""
    renderer = _renderer("categorizedSymbol", attr="state")
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for i, (state, label) in enumerate(zip(STATES, labels, strict=True)):
        ElementTree.SubElement(categories, "category", value=state, type="string", symbol=str(i), label=label,
                               render="true")  # fmt: skip
        form, fill, line, scale = STATE_LOOKS[state]
        if footprints:
            _symbol(symbols, str(i), "fill", "SimpleFill", _fill(fill, line))
        else:
            properties = {"name": form, "color": _rgba(fill), "outline_color": _rgba(line), "outline_style": "solid",
                          "outline_width": "0.25", "outline_width_unit": "MM", "size": f"{size * scale:.2f}",
                          "size_unit": "MM"}  # fmt: skip
            _symbol(symbols, str(i), "marker", "SimpleMarker", properties)
    return _document(renderer)


def outlined() -> str:
    """One line around every polygon, and no fill."""
    renderer = _renderer("singleSymbol")
    _symbol(ElementTree.SubElement(renderer, "symbols"), "0", "fill", "SimpleFill", _outline())
    return _document(renderer)


def _renderer(kind: str, **attributes: str) -> Any:
    return ElementTree.Element(
        "renderer-v2", type=kind, symbollevels="0", enableorderby="0", forceraster="0", **attributes
    )


def _symbol(parent: Any, name: str, kind: str, layer_class: str, properties: dict[str, str]) -> None:
    symbol = ElementTree.SubElement(parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1")
    layer = ElementTree.SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    options = ElementTree.SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        ElementTree.SubElement(options, "Option", name=key, type="QString", value=value)


def _fill(colour: str, line: str = "#6b6b6b") -> dict[str, str]:
    return {"color": _rgba(colour), "style": "solid", "outline_color": _rgba(line), "outline_style": "solid",
            "outline_width": "0.2", "outline_width_unit": "MM"}  # fmt: skip


def _outline() -> dict[str, str]:
    return {**_fill("#ffffff", "#222222"), "style": "no", "outline_width": "0.6"}


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _document(renderer: Any) -> str:
    root = ElementTree.Element("qgis", version="3.28.0", styleCategories="Symbology")
    root.append(renderer)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + text + "\n"
