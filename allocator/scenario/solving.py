"""How long, how exact, and by which draw a scenario is solved."""

from __future__ import annotations

from pydantic import Field

from allocator.rules.base import Parameters

__all__ = ["SolveOptions"]


class SolveOptions(Parameters):
    """`solve:` of a scenario."""

    gap: float = Field(
        1e-4, ge=0, le=1, allow_inf_nan=False, description="Relative gap that is good enough; 0 is exact."
    )
    seconds: float = Field(300, gt=0, allow_inf_nan=False, description="Time limit for all goals together.")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Breaks ties, reproducibly.")
    threads: int = Field(1, ge=1, le=256, description="Solver threads; more than one may not reproduce ties.")
