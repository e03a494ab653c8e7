"""The map as one HTML file, pictures for paper, and the city as a GeoPackage that QGIS styles by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.maps.geopackage import write_geopackage
    from allocator.maps.page import write_map
    from allocator.maps.picture import pictures, public_pictures
    from allocator.maps.public_geopackage import write_public_geopackage

__all__ = ["pictures", "public_pictures", "write_geopackage", "write_map", "write_public_geopackage"]

_PLACES = {"write_map": "page", "write_geopackage": "geopackage", "pictures": "picture", "public_pictures": "picture",
           "write_public_geopackage": "public_geopackage"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: commands that draw nothing start without folium."""
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(f"allocator.maps.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
