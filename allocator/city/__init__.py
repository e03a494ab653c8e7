"""What a place is: tables as data, readers, joins, and the model city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.city.city import City, Source
    from allocator.city.reading import read_city, read_households

__all__ = ["City", "Source", "read_city", "read_households"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: commands that need no table start without pandas."""
    if name in ("City", "Source"):
        from allocator.city import city

        return getattr(city, name)
    if name in ("read_city", "read_households"):
        from allocator.city import reading

        return getattr(reading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
