"""A run's folder: complete or not at all, and never in the place of something else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pydantic
import pytest
from tiny_runs import project, result_of

from allocator.errors import OutputExistsError
from allocator.maps import write_map
from allocator.plan import Plan
from allocator.report import write_report
from allocator.runs import make_plan, new_folder, planning, write_run
from allocator.runs.result import Result
from allocator.scenario import load_scenario

FILES = ["allocation.csv", "city.gpkg", "indicators.csv", "map.html", "report.html", "result.json"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A solved plan of PLAN, not written yet."""
    return make_plan(load_scenario(project(tmp_path_factory.mktemp("project"))))


@pytest.fixture(scope="module")
def written(plan: Plan) -> Path:
    """The plan written beside its scenario."""
    folder = plan.scenario.path.parent / "written" / "run"
    write_run(plan, folder)
    return folder


@pytest.fixture
def run(written: Path) -> Iterator[Path]:
    """A copy of the written plan, which a test may spoil, alone in a folder."""
    folder = written.parent.parent / "maps" / "run"
    shutil.copytree(written, folder)
    yield folder
    shutil.rmtree(folder.parent)


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def test_a_run_is_complete(run: Path) -> None:
    """A run holds the six files of the contract and nothing else, and nothing lies beside it."""
    assert names(run) == FILES
    assert names(run.parent) == ["run"]


def test_what_building_and_prices_took_is_no_part_of_solving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten seconds two of building and three of prices leave five, in the order in which a run goes through them."""
    now = iter([0.0, 1.0, 11.0])
    monkeypatch.setattr(planning.time, "perf_counter", lambda: next(now))
    clock = planning._Clock()
    clock.lap("start")
    clock.lap("solve")
    clock.split("build", "solve", 2.0)
    clock.split("price", "solve", 3.0)
    assert list(clock.laps.items()) == [("start", 1.0), ("build", 2.0), ("price", 3.0), ("solve", 5.0)]


def test_the_result_follows_its_schema(run: Path) -> None:
    """result.json has exactly the keys of the schema, with phases that add up and the hashes of every input."""
    result = result_of(run)
    Result.model_validate(result, strict=True)
    assert set(result) == set(Result.model_fields)
    assert result["status"] == "optimal"
    assert list(result["phases"]) == ["read", "start", "build", "price", "solve", "reasons", "verify", "write"]
    assert result["seconds"] == pytest.approx(sum(result["phases"].values()), abs=2e-3)
    assert result["solver"].startswith("HiGHS ")
    assert sorted(Path(entry["file"]).name for entry in result["inputs"]) == [
        "buildings.csv", "facilities.csv", "households.csv", "plan.yaml", "sites.csv", "social_spaces.geojson",
        "units.csv",
    ]  # fmt: skip
    assert all(not Path(entry["file"]).is_absolute() and len(entry["sha256"]) == 64 for entry in result["inputs"])
    with pytest.raises(pydantic.ValidationError):
        Result.model_validate(result | {"remark": "x"})


STEPS = [
    "allocator.runs.writing.write_csv",
    "allocator.maps.write_map",
    "allocator.maps.write_geopackage",
    "allocator.report.write_report",
    "allocator.runs.writing.Result.model_validate",
]


@pytest.mark.parametrize(("step", "error"), [*((step, RuntimeError) for step in STEPS), (STEPS[-1], KeyboardInterrupt)])
@pytest.mark.usefixtures("undrawn")
def test_a_failure_leaves_nothing(
    step: str, error: type[BaseException], plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever writing fails or is interrupted, neither the folder nor a part of it is left."""

    def fail(*_: object, **__: object) -> None:
        raise error("in the middle")

    monkeypatch.setattr(step, fail)
    with pytest.raises(error, match="in the middle"):
        write_run(plan, tmp_path / "run")
    assert names(tmp_path) == []


def test_an_existing_folder_is_kept(plan: Plan, run: Path) -> None:
    """Without being asked to, a run never replaces another, nor an empty folder, nor a file."""
    before = (run / "result.json").read_bytes()
    for target in (run, run.parent / "empty", run.parent / "file"):
        if target.name == "empty":
            target.mkdir()
        if target.name == "file":
            target.write_text("mine", encoding="utf-8")
        with pytest.raises(OutputExistsError, match="exists and is kept; add --overwrite"):
            write_run(plan, target)
    assert (run / "result.json").read_bytes() == before
    assert names(run.parent) == ["empty", "file", "run"]


def test_overwriting_replaces_the_whole_run(plan: Plan, run: Path) -> None:
    """An overwritten run keeps nothing of the old one, and an empty folder may be filled."""
    for name in ("allocation.csv", "city.gpkg-wal", "Thumbs.db"):
        (run / name).write_text("old", encoding="utf-8")
    write_run(plan, run, overwrite=True)
    assert names(run) == FILES
    assert (run / "allocation.csv").read_text(encoding="utf-8") != "old"
    (run.parent / "empty").mkdir()
    write_run(plan, run.parent / "empty", overwrite=True)
    assert names(run.parent) == ["empty", "run"]


@pytest.mark.parametrize("content", [None, "", "[]", '{"status": "fine"}', "\xff"])
def test_what_is_no_run_is_never_overwritten(content: str | None, plan: Plan, tmp_path: Path) -> None:
    """A folder without a run's result, whatever its result.json, and a file are refused even with overwrite."""
    target = tmp_path / "photos"
    target.mkdir()
    (target / "holiday.jpg").write_bytes(b"x")
    if content is not None:
        (target / "result.json").write_text(content, encoding="latin-1")
    with pytest.raises(OutputExistsError, match="holds something other than a run"):
        write_run(plan, target, overwrite=True)
    with pytest.raises(OutputExistsError, match="holds something other than a run"):
        write_run(plan, target / "holiday.jpg", overwrite=True)
    assert "holiday.jpg" in names(target)
    assert names(tmp_path) == ["photos"]


@pytest.mark.usefixtures("undrawn")
def test_a_failure_while_overwriting_keeps_the_old_run(plan: Plan, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If writing or the change of names fails, the old run is there as before."""
    before = {name: (run / name).read_bytes() for name in names(run)}

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("allocator.report.write_report", fail)
        with pytest.raises(OSError, match="disk full"):
            write_run(plan, run, overwrite=True)
    rename = Path.rename

    def rename_no_draft(path: Path, target: Path) -> Path:
        if path.name.startswith(".") and not path.name.endswith(".old"):
            raise OSError("no more names")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_no_draft)
        with pytest.raises(OSError, match="no more names"):
            write_run(plan, run, overwrite=True)
    assert {name: (run / name).read_bytes() for name in names(run)} == before
    assert names(run.parent) == ["run"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_a_run_is_replaced_without_touching_the_run(plan: Plan, run: Path) -> None:
    """Overwriting a link puts a run in the place of the link; what it pointed to stays."""
    link = run.parent / "latest"
    link.symlink_to(run, target_is_directory=True)
    write_run(plan, link, overwrite=True)
    assert not link.is_symlink()
    assert names(link) == names(run) == FILES
    assert names(run.parent) == ["latest", "run"]


def test_a_folder_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    """A folder that somebody makes while a run is written stays, and the run is refused."""

    def meanwhile() -> None:
        with new_folder(tmp_path / "run", overwrite=False):
            (tmp_path / "run").mkdir()

    with pytest.raises(OutputExistsError, match="exists and is kept"):
        meanwhile()
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("command", ["map", "report"])
def test_a_page_that_is_written_again_is_whole_or_the_old_one(
    command: str, plan: Plan, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while it is put in its place, a map or report is what it was before, and no part of it is left."""
    before = (run / f"{command}.html").read_bytes()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    write = write_map if command == "map" else write_report
    with pytest.raises(KeyboardInterrupt):
        write(plan, run / f"{command}.html", language="de")
    assert (run / f"{command}.html").read_bytes() == before
    assert names(run) == FILES
