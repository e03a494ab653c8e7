"""Set up and run with nothing but Python: `python allocator/start.py run scenarios/model-city.yaml`.

Uses the active virtual environment, or makes `.venv` beside the project; installs the project into it (once, and again
when `pyproject.toml` has changed); then runs the given command of the planner there, or, for `test`, the test suite.
Needs only the standard library and works the same on Windows, macOS and Linux.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
SIDE_BY_SIDE = ("-n", "auto", "--dist", "worksteal")
"""Tests run on all cores in the order of their files; who has finished takes over some of those that are left."""


def environment() -> Path:
    """The Python of the active virtual environment, or of `.venv`, made if it is missing."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    home = PROJECT / ".venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making a virtual environment in {home}", file=sys.stderr)
        venv.create(home, with_pip=True)
    return python


def install(python: Path, extra: str) -> None:
    """Install the project with its dependencies, unless this was done for the same `pyproject.toml` before."""
    wanted = hashlib.sha256((PROJECT / "pyproject.toml").read_bytes() + str(PROJECT).encode()).hexdigest()[:16]
    mark = python.parent / f"allocator-installed{'-' + extra if extra else ''}.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    print("installing the planner and what it needs; this takes a minute or two", file=sys.stderr)
    target = f"{PROJECT}[{extra}]" if extra else str(PROJECT)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    subprocess.run(command, check=True)
    mark.write_text(wanted, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Install and run; returns the exit status of what was run."""
    if sys.version_info < OLDEST:
        print(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    test = arguments[:1] == ["test"]
    python = environment()
    try:
        install(python, "test" if test else "")
    except subprocess.CalledProcessError as error:
        print("the installation failed; pip says why above", file=sys.stderr)
        return error.returncode
    command = ["-m", "pytest", *SIDE_BY_SIDE, *arguments[1:]] if test else ["-m", "allocator", *arguments]
    return subprocess.run([str(python), *command], cwd=PROJECT if test else None, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
