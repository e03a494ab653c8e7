"""Several plans of one city beside each other: tables with the better one marked, and maps with the same classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.compare.page import write_comparison
    from allocator.compare.tables import comparison_tables

__all__ = ["comparison_tables", "write_comparison"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name == "write_comparison":
        from allocator.compare.page import write_comparison

        return write_comparison
    if name == "comparison_tables":
        from allocator.compare.tables import comparison_tables

        return comparison_tables
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
