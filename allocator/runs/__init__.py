"""One folder per run, written whole or not at all; its result with a schema; loading a run again."""

from allocator.runs.checking import check_run
from allocator.runs.loading import load_run
from allocator.runs.planning import make_plan
from allocator.runs.writing import write_run

__all__ = ["check_run", "load_run", "make_plan", "write_run"]
