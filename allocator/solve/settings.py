"""The options of HiGHS for a run."""

from __future__ import annotations

from typing import Any

import highspy

from allocator.errors import SolverError
from allocator.scenario.solving import SolveOptions

__all__ = ["INSIDE", "set_up", "settings"]

INSIDE = 40_000
"""Columns from which on interior points find a best corner sooner than the simplex method begun from nothing."""


def settings(options: SolveOptions, seconds: float, presolve: bool = True) -> dict[str, Any]:
    """Names and values of the options."""
    return {
        "output_flag": False,
        "mip_rel_gap": float(options.gap),
        "mip_abs_gap": 0.0 if options.gap == 0 else 1e-6,
        "mip_feasibility_tolerance": 1e-7,
        "primal_feasibility_tolerance": 1e-7,
        "time_limit": max(0.05, float(seconds)),
        "random_seed": int(options.seed),
        "threads": int(options.threads),
        "presolve": "choose" if presolve else "off",
    }


def set_up(highs: highspy.Highs, options: SolveOptions, seconds: float, presolve: bool = True) -> None:
    """Set them for the next run, which may be one of many; `SolverError` where HiGHS does not know one."""
    wanted = settings(options, seconds, presolve)
    # HiGHS counts the seconds of all runs together (its issue 1477).
    wanted["time_limit"] = highs.getRunTime() + wanted["time_limit"]
    for name, value in wanted.items():
        if highs.setOptionValue(name, value) == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS does not know the option {name}={value}")
