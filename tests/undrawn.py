"""Runs that are written without drawing: that takes more than half of a tiny run's time, and most tests look elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["nothing_drawn"]


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """Runs have neither map nor layers nor report; `verify` has nothing to read back from them."""

    def write(_: object, path: Path, **__: object) -> None:
        assert path.parent.is_dir()

    with pytest.MonkeyPatch.context() as patch:
        for name in ("allocator.maps.write_map", "allocator.maps.write_geopackage", "allocator.report.write_report"):
            patch.setattr(name, write)
        patch.setattr("allocator.maps.pictures", lambda *_: ())
        yield
