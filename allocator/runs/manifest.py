"""What reproduces a run: inputs with their hashes, versions, memory."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

__all__ = ["inputs", "peak_memory_mb", "relative_to", "versions"]

PACKAGES = (
    "pulp",
    "highspy",
    "numpy",
    "scipy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "pyogrio",
    "folium",
    "pydantic",
)


def relative_to(path: Path, folder: Path) -> str:
    """The path as seen from a folder, with forward slashes; absolute where there is no way (another drive)."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def inputs(files: Iterable[Path], folder: Path) -> list[dict[str, object]]:
    """Every file once, with sha256 and size, in the order of the names."""
    found = []
    for path in sorted({Path(file).resolve() for file in files}):
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        found.append({"file": relative_to(path, folder), "sha256": digest, "bytes": path.stat().st_size})
    return found


def versions() -> dict[str, str]:
    """Versions of this package, of Python and of the libraries that a plan depends on."""
    from allocator import __version__

    found = {"allocator": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def peak_memory_mb() -> float:
    """The most memory that this process has held, in MiB."""
    import psutil

    info = psutil.Process().memory_info()
    if hasattr(info, "peak_wset"):
        return round(info.peak_wset / 2**20, 1)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
