"""`allocator verify` reads map, GeoPackage and report back: numbers that are not those of the plan are findings."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tiny_runs import call, project

from allocator.report import write_report
from allocator.runs import check_run, load_run, make_plan, write_run
from allocator.scenario import load_scenario


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the tiny city; nobody changes it."""
    folder = tmp_path_factory.mktemp("shown")
    write_run(make_plan(load_scenario(project(folder))), folder / "run")
    return folder / "run"


@pytest.fixture
def run(written: Path) -> Iterator[Path]:
    """A copy of the run beside it, so that its inputs are found."""
    copy = written.parent / "copy"
    shutil.copytree(written, copy)
    yield copy
    shutil.rmtree(copy)


def found(run: Path) -> str:
    """All findings of a run, a line each."""
    return "\n".join(str(finding) for finding in check_run(load_run(run), run))


def test_files_as_they_were_written_have_no_finding(run: Path) -> None:
    """A run as it was written fits together, and so it does in the other language, or without its map."""
    assert found(run) == ""
    write_report(load_run(run), run / "report.html", "en")
    (run / "map.html").unlink()
    assert found(run) == ""


def test_a_map_of_another_plan_is_found(run: Path) -> None:
    """Persons in a social space, and the unit of a household, are read from the map's own data."""
    path = run / "map.html"
    page = path.read_text(encoding="utf-8")
    more = re.sub(r'("refugees_after": ?\[)', r"\g<1>9", page, count=1)
    path.write_text(more, encoding="utf-8")
    assert "map.html, row social space 01: says" in found(run)
    moved = re.sub(r'("residents":.*?"unit": ?\[)(\d+), ?(\d+)', r"\g<1>\g<3>,\g<2>", page, count=1)
    path.write_text(moved, encoding="utf-8")
    assert re.search(r"map.html, row household 00\d: says 'U\d', the allocation gives 'U\d'", found(run))


def test_a_geopackage_of_another_plan_is_found(run: Path) -> None:
    """A number of the layer, a row of its allocation, and a file that is none."""
    file = run / "city.gpkg"
    with closing(sqlite3.connect(file)) as database, database:
        # the triggers of the spatial index call functions that only GIS software has
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE social_spaces SET refugees_before = 77 WHERE space_id = '01'")
        database.execute("UPDATE allocation SET unit_id = 'U9' WHERE household_id = '001'")
    text = found(run)
    assert "city.gpkg, row social space 01: says 77 refugees before" in text
    assert "city.gpkg, row household 001: says 'U9', the allocation gives 'U1'" in text
    file.write_bytes(b"no database")
    assert "city.gpkg: cannot be read" in found(run)


def test_a_report_of_another_plan_is_found(run: Path) -> None:
    """The row of a social space in the tables of areas."""
    path = run / "report.html"
    page = path.read_text(encoding="utf-8")
    at = page.index("Altstadt", page.index('class="areas spaces"'))
    cells = page.index('<td class="n">', page.index('<td class="n">', at) + 1)
    path.write_text(page[:cells] + '<td class="n">9' + page[cells + len('<td class="n">') :], encoding="utf-8")
    assert "report.html, row social space 01: says 9" in found(run)


def test_the_command_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`allocator verify` ends with 1 and names the file."""
    (run / "map.html").write_text("<p>another page</p>", encoding="utf-8")
    answer = call(capsys, "verify", run)
    assert answer.status == 1
    assert "map.html: cannot be read: it holds no content" in answer.out
