"""Spatial allocation planner for the decentralised housing of refugee households."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["__version__", "sweep"]
__version__ = "0.1.0"


def sweep(design: Any, out: Any = None, **options: Any) -> pd.DataFrame:
    """Solve every run of a design file; one row for each run, as in `runs.parquet`, with the seconds it took.

    `out` is the folder of the sweep (`maps/<design>/` by default); an interrupted one goes on where it was. `options`:
    `workers`, `dask` (the address of a scheduler), `allocations`, `progress` (a function that is told what happens).
    Processes are spawned, so a script that calls this needs `if __name__ == "__main__":`. Raises InputError with all
    findings.
    """
    from allocator.sweep.sweeping import run_sweep, sweep_table

    return sweep_table(run_sweep(design, out, **options))
