"""One folder per run, written whole or not at all; its result with a schema; loading a run again."""

from allocator.runs.checking import check_run
from allocator.runs.folder import new_folder
from allocator.runs.loading import load_run
from allocator.runs.planning import make_plan
from allocator.runs.publishing import publish_run
from allocator.runs.starting import start_from
from allocator.runs.writing import fill, refuse_inputs, write_run

__all__ = [
    "check_run", "fill", "load_run", "make_plan", "new_folder", "publish_run", "refuse_inputs", "start_from", "write_run",
]  # fmt: skip
