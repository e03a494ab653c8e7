"""The internal map as one HTML file, and the city with its results as a GeoPackage that QGIS styles by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.maps.geopackage import write_geopackage
    from allocator.maps.page import write_map

__all__ = ["write_geopackage", "write_map"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: commands that draw nothing start without folium."""
    if name == "write_map":
        from allocator.maps.page import write_map

        return write_map
    if name == "write_geopackage":
        from allocator.maps.geopackage import write_geopackage

        return write_geopackage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
