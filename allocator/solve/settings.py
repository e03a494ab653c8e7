"""The options of HiGHS for a run."""

from __future__ import annotations

import highspy

from allocator.errors import SolverError
from allocator.scenario.solving import SolveOptions

__all__ = ["INSIDE", "set_up", "settings"]

INSIDE = 40_000
"""Columns from which on interior points find a best corner sooner than the simplex method begun from nothing."""


def settings(options: SolveOptions, seconds: float, presolve: bool = True) -> dict[str, object]:
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
    """Set them; `SolverError` where HiGHS does not know one."""
    for name, value in settings(options, seconds, presolve).items():
        if highs.setOptionValue(name, value) == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS does not know the option {name}={value}")
