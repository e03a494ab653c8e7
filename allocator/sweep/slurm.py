"""A sweep as an array job of Slurm: each task solves some of the chains, whoever comes last writes the tables."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

__all__ = ["array_job"]


def array_job(design: Path, out: Path, parts: int, title: str) -> str:
    """The script for `sbatch`: `parts` tasks of one core, and in its last lines how the tables are written afterwards.

    Tasks must see design, scenarios, data and `out` under the paths of this machine. The results are those of one
    machine, to the byte.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-")[:40] or "sweep"
    call = shlex.join([sys.executable, "-m", "allocator", "sweep", str(design.resolve()), "--out", str(out.resolve())])
    return "\n".join([
        "#!/bin/sh",
        f"#SBATCH --job-name={name}",
        f"#SBATCH --array=1-{parts}",
        "#SBATCH --ntasks=1",
        "#SBATCH --cpus-per-task=1",
        "set -eu",
        f'{call} --part "${{SLURM_ARRAY_TASK_ID}}/{parts}"',
        "# Hand this file to sbatch. When all its tasks have ended, write the tables with",
        f"#   {call}",
        "# or let Slurm do it:",
        f"#   sbatch --dependency=afterany:JOB_ID --wrap {shlex.quote(call)}",
        "",
    ])  # fmt: skip
