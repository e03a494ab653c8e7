"""What every test stands on: nothing is read from, or left in, the folder where networks are kept between runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import started
from read_once import equal_cities_read_once
from undrawn import nothing_drawn


def pytest_collection_finish() -> None:
    """Libraries and tests stay to the end: looking through them for waste again and again takes seconds."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Networks are kept in a folder of this session, by commands that tests start too."""
    from allocator.access.stored import FOLDER_VARIABLE

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture(autouse=True, scope="session")
def equal_cities() -> Iterator[None]:
    """Equal cities are read once."""
    with equal_cities_read_once():
        yield


@pytest.fixture
def undrawn() -> Iterator[None]:
    """Runs of this test are written without drawing."""
    with nothing_drawn():
        yield


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One browser without a network for all pages; `open_page` opens one in it."""
    yield from started(tmp_path_factory.mktemp("profile"))
