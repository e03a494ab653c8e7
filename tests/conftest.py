"""What every test stands on: nothing is read from, or left in, the folder where networks are kept between runs."""

from __future__ import annotations

import pytest

from allocator.access.stored import FOLDER_VARIABLE


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Networks are kept in a folder of this session, by commands that tests start too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("kept")))
        yield
