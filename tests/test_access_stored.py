"""Networks kept on disk: read instead of made, named after their content, and never trusted blindly."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString

from allocator.access import stored
from allocator.access.network import Network
from allocator.access.stored import FOLDER_VARIABLE, cache_folder, network_key, stored_network

LINES = np.array(
    [LineString([(0, 0), (100, 0), (200, 0)]), LineString([(100, 0), (100, 80)]), LineString([(900, 0), (900, 9)])]
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test alone."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def same(one: Network, other: Network) -> bool:
    """Whether two networks agree in everything."""
    arrays = all((getattr(one, name) == getattr(other, name)).all() for name in ("nodes", "ends", "corners", "first"))
    numbers = ("cut_off_metres", "cut_off_pieces", "crossings")
    return arrays and all(getattr(one, name) == getattr(other, name) for name in numbers)


def test_a_second_run_reads_what_the_first_has_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network of the second call is the same, and was not made again."""
    made = stored_network(LINES)
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(stored, "make_network", lambda *_: pytest.fail("made again"))
    assert same(stored_network(LINES), made)


def test_other_content_has_another_name() -> None:
    """Other lines, another order, or another way to join them: another key."""
    other = LINES.copy()
    other[0] = LineString([(0, 0), (100, 0), (200, 0.001)])
    keys = {
        network_key(LINES, False),
        network_key(LINES, True),
        network_key(LINES[::-1], False),
        network_key(other, False),
    }
    assert len(keys) == 4


@pytest.mark.parametrize("harm", ["text", "empty", "cut", "other", "pickle", "positions", "no number", "key"])
def test_a_file_that_is_not_what_it_should_be_is_made_again(folder: Path, harm: str) -> None:
    """Broken, foreign or changed files are ignored and written again, whole."""
    made = stored_network(LINES)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    held = dict(np.load(path))
    if harm == "text":
        path.write_text("no network", encoding="utf-8")
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif harm == "other":
        np.savez(path, something=np.arange(3))
    elif harm == "pickle":
        np.savez(path, **{**held, "nodes": np.array([{"a": 1}], dtype=object)})
    elif harm == "positions":
        np.savez(path, **{**held, "ends": held["ends"] + 1})
    elif harm == "no number":
        np.savez(path, **{**held, "corners": held["corners"] * np.nan})
    else:
        np.savez(path, **{**held, "key": np.array("0" * 64)})
    assert same(stored_network(LINES), made)
    assert dict(np.load(path)).keys() == held.keys()
    assert same(stored_network(LINES), made)
    assert [one.name for one in folder.iterdir()] == [path.name], "no drafts are left"


def test_what_cannot_be_kept_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is a file, and no folder at all: the network is made, and nothing is said."""
    (tmp_path / "file").touch()
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "file"))
    assert stored_network(LINES).length.sum() == pytest.approx(280)
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    assert cache_folder() is None
    assert stored_network(LINES).cut_off_pieces == 1


def test_without_a_named_folder_the_one_of_the_user_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder for kept data of the operating system."""
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert cache_folder().parts[-1].lower() in ("allocator", "cache")


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_large_network_is_read_in_well_under_a_second() -> None:
    """Thirty thousand streets, read again in less than half a second."""
    side = 125
    rows = [LineString([(100 * a, 100 * b), (100 * a + 100, 100 * b)]) for a in range(side) for b in range(side)]
    columns = [LineString([(100 * a, 100 * b), (100 * a, 100 * b + 100)]) for a in range(side) for b in range(side)]
    lines = np.array(rows + columns, dtype=object)
    made = stored_network(lines)
    began = time.perf_counter()
    again = stored_network(lines)
    assert time.perf_counter() - began < 0.5
    assert same(made, again)
