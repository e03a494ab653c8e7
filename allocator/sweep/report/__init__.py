"""The table of a sweep as one page: curves, heat maps, main effects, where rules begin to bind."""

from allocator.sweep.report.page import write_sweep_report

__all__ = ["write_sweep_report"]
