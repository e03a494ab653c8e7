"""The main example of the README, from files to every output."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_runs import allocation_of, call, result_of

MODEL_CITY = Path(__file__).parent.parent / "scenarios" / "model-city.yaml"


@pytest.mark.slow
def test_the_main_job_of_the_model_city(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The main example runs from files to all its outputs, every number agrees between them, and verify passes."""
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    run = tmp_path / "model-city"
    answer = call(capsys, "run", MODEL_CITY, "--out", run, "--set", "solve.seconds=20", "--set", "solve.gap=0.02")
    result = result_of(run)
    assert answer.status == {"optimal": 0, "within_gap": 0, "stopped": 4}[result["status"]]
    sentence, path = answer.out.splitlines()
    assert sentence == result["sentence"]
    persons = result["placed"]["persons"]
    assert sentence.startswith(f"{persons} of 952 persons placed, rule one-flat exceeded by ")
    assert "all other rules kept" in sentence
    assert persons > 0.9 * 952
    assert Path(path) == run / "map.html"
    allocation = allocation_of(run)
    placed = allocation[allocation["unit_id"] != ""]
    assert len(allocation) == 380
    assert allocation.index.is_monotonic_increasing
    assert placed["persons"].astype(int).sum() == persons
    assert (allocation.loc[allocation["unit_id"] == "", "reason"] != "").all()
    assert (placed["reason"] == "").all()
    assert {rule["name"]: rule["breaches"] > 0 for rule in result["rules"]} == {
        "fifty-per-site": False, "one-flat": True, "no-new-hotspots": False, "no-dominance": False,
        "flats-that-fit": False,
    }  # fmt: skip
    areas = pd.read_csv(run / "indicators.csv", dtype={"place_id": str})
    newly_housed = result["indicators"]["moves"]["newly_housed"]["persons"]
    for level, number in (("social_space", 26), ("district", 6)):
        rows = areas[areas["level"] == level]
        assert len(rows) == number
        assert rows["change"].sum() == newly_housed
        assert (rows["refugees_after"] - rows["refugees_before"]).equals(rows["change"])
        assert rows["persons_placed"].sum() == persons
    layers = {name for name, _ in pyogrio.list_layers(run / "city.gpkg")}
    assert {"social_spaces", "buildings"} <= layers
    assert len(gpd.read_file(run / "city.gpkg", layer="social_spaces")) == 26
    for name in ("map.html", "report.html"):
        page = (run / name).read_text(encoding="utf-8")
        assert 'lang="en"' in page
        assert str(persons) in page
        assert "<script src=" not in page
        assert "<link" not in page
    assert "fifty-per-site" in (run / "report.html").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in run.iterdir()) < 5_000_000
    verified = call(capsys, "verify", run)
    assert (verified.status, verified.out) == (0, "")
    assert verified.err.startswith("verified: 380 households, 5 rules at ")
