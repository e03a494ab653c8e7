"""What every test stands on: nothing is read from, or left in, the folder where networks are kept between runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import started

from allocator.access.stored import FOLDER_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Networks are kept in a folder of this session, by commands that tests start too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written without drawing, for tests of plans and tables: that takes more than half of a tiny run's time."""

    def write(_: object, path: Path, **__: object) -> None:
        path.write_text("not drawn", encoding="utf-8")

    for name in ("allocator.maps.write_map", "allocator.maps.write_geopackage", "allocator.report.write_report"):
        monkeypatch.setattr(name, write)
    monkeypatch.setattr("allocator.maps.pictures", lambda *_: ())


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser without a network for all pages; `open_page` opens one in it."""
    yield from started(tmp_path_factory.mktemp("profile"))
