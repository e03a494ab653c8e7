"""Networks kept on disk, so that a second run reads what the first has made.

A file is named after the content of its sources (the lines, how they were joined, and the form of the file), so it is
never out of date. Whatever cannot be read, or is not what it should be, is made again; where nothing can be written,
nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import uuid
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import platformdirs
import shapely

from allocator.access.cleaning import RESOLUTION, TOLERANCE
from allocator.access.network import Network, make_network

__all__ = ["FOLDER_VARIABLE", "cache_folder", "network_key", "stored_network"]

FOLDER_VARIABLE = "ALLOCATOR_CACHE"
"""Environment variable that names another folder for what is kept; empty: nothing is kept."""
FORM = 1
"""Raised whenever networks are made, or written, in another way."""
KINDS = {"nodes": "f", "ends": "i", "corners": "f", "first": "i", "cut_off_metres": "f", "cut_off_pieces": "i",
         "crossings": "i"}  # fmt: skip


def cache_folder() -> Path | None:
    """The folder of what is kept between runs; None if nothing is to be kept."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named is None:
        return Path(platformdirs.user_cache_dir("allocator", appauthor=False))
    return Path(named) if named.strip() else None


def network_key(lines: np.ndarray, crossings: bool) -> str:
    """The same text for the same lines in the same order, joined in the same way."""
    digest = hashlib.sha256(f"{FORM} {RESOLUTION} {TOLERANCE} {crossings} {len(lines)}\n".encode())
    for form in shapely.to_wkb(lines):
        digest.update(form or b"-")
    return digest.hexdigest()


def stored_network(lines: np.ndarray, crossings: bool = False) -> Network:
    """`make_network`, read from disk if it was made before, else made and kept."""
    folder = cache_folder()
    if folder is None:
        return make_network(lines, crossings)
    key = network_key(lines, crossings)
    path = folder / f"streets-{key[:32]}.npz"
    network = _read(path, key)
    if network is None:
        network = make_network(lines, crossings)
        _write(path, key, network)
    return network


def _read(path: Path, key: str) -> Network | None:
    """The network in a file; None if there is none, or anything else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError, MemoryError):
        return None
    if held.keys() != {*KINDS, "key"} or str(held["key"]) != key or not _sound(held):
        return None
    scalars = {name: held[name].item() for name in ("cut_off_metres", "cut_off_pieces", "crossings")}
    return Network(held["nodes"], held["ends"], held["corners"], held["first"], **scalars)


def _sound(held: Mapping[str, np.ndarray]) -> bool:
    """Whether the arrays are a network: kinds, shapes, finite coordinates, positions that exist, edges that fit."""
    if any(held[name].dtype.kind != kind for name, kind in KINDS.items()):
        return False
    nodes, ends, corners, first = (held[name] for name in ("nodes", "ends", "corners", "first"))
    if nodes.ndim != 2 or corners.ndim != 2 or ends.ndim != 2 or first.ndim != 1:
        return False
    if not nodes.shape[1] == corners.shape[1] == ends.shape[1] == 2 or len(first) != len(ends) + 1:
        return False
    if any(held[name].shape != () for name in ("cut_off_metres", "cut_off_pieces", "crossings")):
        return False
    if first[0] != 0 or first[-1] != len(corners) or (np.diff(first) < 2).any():
        return False
    if not (np.isfinite(nodes).all() and np.isfinite(corners).all()):
        return False
    if len(ends) and (ends.min() < 0 or ends.max() >= len(nodes)):
        return False
    tips = np.stack([corners[first[:-1]], corners[first[1:] - 1]], axis=1)
    return bool((nodes[ends] == tips).all())


def _write(path: Path, key: str, network: Network) -> None:
    """Write the file whole or not at all."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    held = {name: np.asarray(getattr(network, name)) for name in KINDS}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez_compressed(file, key=np.array(key), **held)
        draft.replace(path)
    except OSError:
        # A full or read-only disk costs time at the next run, never the plan of this one.
        with suppress(OSError):
            draft.unlink(missing_ok=True)
