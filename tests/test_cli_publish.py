"""Publishing, workbooks and both spellings of the language, on the command line."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from tiny_runs import call, project
from undrawn import nothing_drawn


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the tiny city."""
    from click.testing import CliRunner

    from allocator.cli import cli

    folder = tmp_path_factory.mktemp("run")
    scenario = project(folder)
    with nothing_drawn():
        words = ["run", str(scenario), "--out", str(folder / "out"), "--quiet", "--lang", "de"]
        answer = CliRunner().invoke(cli, words)
    assert answer.exit_code == 0, answer.output
    return folder / "out"


def test_publish_writes_beside_the_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is called after the run, stdout has its path alone, and it is kept unless asked."""
    answer = call(capsys, "publish", run)
    target = run.parent / "out-public"
    assert (answer.status, answer.out.strip()) == (0, str(target.absolute()))
    assert "numbers withheld" in answer.err
    assert {path.name for path in target.iterdir()} == {
        "map.html", "report.html", "report.xlsx", "indicators.csv", "areas.gpkg", "publication.json"}  # fmt: skip
    assert call(capsys, "publish", run).status != 0
    assert call(capsys, "publish", run, "--overwrite", "--lang", "en").status == 0
    assert "PUBLIC" in (target / "map.html").read_text(encoding="utf-8")
    assert call(capsys, "publish", run, "--out", run, "--overwrite").status != 0
    assert (run / "result.json").exists()


@pytest.mark.slow
def test_one_public_file_at_a_time(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`map --public` and `report --public` write the files of a publication, to a place of their own."""
    for words, name in ((("map", run), "map-public.html"), (("report", run), "report-public.html"),
                        (("report", run, "--xlsx"), "report-public.xlsx")):  # fmt: skip
        answer = call(capsys, *words, "--public")
        assert answer.out.strip() == str(run / name)
        assert (run / name).exists()
    aside = tmp_path / "aside.html"
    assert call(capsys, "map", run, "--public", "--lang", "en", "--out", aside).status == 0
    assert "PUBLIC" in aside.read_text(encoding="utf-8")
    assert "ÖFFENTLICH" in (run / "map-public.html").read_text(encoding="utf-8")
    assert "Hafenstraße" not in (run / "map-public.html").read_text(encoding="utf-8")


def test_the_workbook_of_a_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`report --xlsx` writes report.xlsx in the language of the run, or in another."""
    assert call(capsys, "report", run, "--xlsx").out.strip() == str(run / "report.xlsx")
    assert openpyxl.load_workbook(run / "report.xlsx").sheetnames[0] == "Überblick"
    call(capsys, "report", run, "--xlsx", "--lang", "en")
    assert openpyxl.load_workbook(run / "report.xlsx").sheetnames[0] == "Overview"


def test_a_run_with_all_its_files_may_be_overwritten(run: Path) -> None:
    """What these commands write into a run's folder is known as its own."""
    from allocator.runs.folder import refuse_existing

    refuse_existing(run, overwrite=True)


def test_sites_are_chosen_for_the_public_alone(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--sites-from` without `--public`, or below 50, is wrong usage."""
    assert call(capsys, "map", run, "--sites-from", "80").status == 2
    assert call(capsys, "publish", run, "--sites-from", "10").status == 2
    assert call(capsys, "map", run, "--public", "--sites-from", "80").status == 0
