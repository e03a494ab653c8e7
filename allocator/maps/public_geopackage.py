"""The public GeoPackage: areas with what is published of them, styled as the public map, and the sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from allocator.maps.geopackage import add_styles, gdal_options, write_layer
from allocator.maps.indicators import indicator_classes
from allocator.maps.outlines import district_outlines
from allocator.maps.public_content import PUBLIC_INDICATORS
from allocator.maps.qml import graduated, outlined

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["write_public_geopackage"]


def write_public_geopackage(plan: Plan, published: Publication, path: Path, language: str = "de") -> None:
    """Write `social_spaces`, `districts` and `sources`; no layer and no column besides those that are published.

    Counts that are withheld are NULL. Polygons stand in the city's CRS. The file begins afresh: nothing of an internal
    one is left in it.
    """
    path = Path(path)
    draft = path.with_name(f".{path.stem}.part.gpkg")
    try:
        draft.unlink(missing_ok=True)
        with gdal_options():
            for name, layer in _layers(plan, published, language).items():
                write_layer(layer, draft, name, plan.scenario.city.crs)
        add_styles(draft, _styles(published, language))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _layers(plan: Plan, published: Publication, language: str) -> dict[str, pd.DataFrame]:
    own = plan.scenario.city.social_spaces
    rows = published.of_level("social_space").set_index("place_id").reindex(own["space_id"])
    spaces = rows.drop(columns="level").reset_index(names="space_id")
    ids, outlines = district_outlines(own.geometry.to_numpy(), own["district_id"].to_numpy(dtype=object))
    districts = published.of_level("district").set_index("place_id").reindex(ids)
    districts = districts.drop(columns=["level", "district_id"]).reset_index(names="district_id")
    columns = ["title", "licence", "attribution", "retrieved", "url"]
    sources = [[getattr(source, name) for name in columns] for source in plan.scenario.city.told_sources(language)]
    return {
        "social_spaces": gpd.GeoDataFrame(spaces, geometry=own.geometry.to_numpy()),
        "districts": gpd.GeoDataFrame(districts, geometry=outlines),
        "sources": pd.DataFrame(sources, columns=columns, dtype=object),
    }


def _styles(published: Publication, language: str) -> list[tuple[str, str, str, str]]:
    from allocator.maps.page import map_words
    from allocator.report.numbers import check_language

    words = map_words(check_language(language))
    rows = published.of_level("social_space").astype({"change": "Float64"})
    numbers = pd.DataFrame({one.column: rows[one.column].to_numpy(dtype=float, na_value=float("nan"))
                            for one in PUBLIC_INDICATORS})  # fmt: skip
    styles = []
    for indicator in PUBLIC_INDICATORS:
        classes = indicator_classes(indicator, numbers)
        labels = classes.labels(words["decimal"], indicator.kind == "percent")
        name = words["indicators"][indicator.column]["name"]
        styles.append(("social_spaces", "geom", name, graduated(indicator.column, classes, labels)))
    return [*styles, ("districts", "geom", words["district_lines"], outlined())]
