"""Every scenario that ships: it is read, and the quick ones are solved, verified and answer their question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_runs import call, result_of

from allocator.scenario import load_schema

SCENARIOS = Path(__file__).parent.parent / "scenarios"
README = SCENARIOS.parent / "README.md"
MADE_BY_A_COMMAND = ("koeln-concentration", "koeln-dispersal")
"""Scenarios whose city is made from open data that is not part of the project."""
SMALL = ("bergheim", "duesseldorf-2017")
QUICK = ("essen-north", "gestring-tipping-40", "siebel-40", "wishes-lead")


def names() -> list[str]:
    """The scenarios by name."""
    return sorted(file.stem for file in SCENARIOS.glob("*.yaml"))


@pytest.mark.parametrize("name", [name for name in names() if name not in MADE_BY_A_COMMAND])
def test_every_scenario_is_read(name: str) -> None:
    """A scenario has a title and a description, and every rule has a place in it."""
    schema = load_schema(SCENARIOS / f"{name}.yaml")
    assert schema.title != name
    assert schema.description
    assert schema.city.is_dir()
    assert not [finding for finding in schema.findings if "contradict" in finding.what]


def test_every_scenario_stands_in_the_readme() -> None:
    """The README says of each scenario what it asks; a family of scenarios may share a line."""
    text = README.read_text(encoding="utf-8")
    told = [name for name in names() if f"`{name}.yaml`" in text]
    family = [name for name in names() if name.startswith("gestring-tipping-")]
    assert sorted({*told, *family}) == names()
    assert "`gestring-tipping-02.yaml` to `-40`" in text


def run(name: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """The result of a scenario, solved and verified."""
    options = ("--set", "solve.seconds=60", *more)
    answer = call(capsys, "run", SCENARIOS / f"{name}.yaml", "--out", folder / name, *options)
    assert answer.status == 0, answer.err
    assert call(capsys, "verify", folder / name).status == 0
    return result_of(folder / name)


def test_duesseldorf_2017_answers_from_published_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """659 persons need 14 sites of 50 or 4 of 200, 1,820 need 37 or 10; evenly by residents it were 414.5 and 769.6."""
    result = run("duesseldorf-2017", tmp_path, capsys)
    places = result["indicators"]["sites_needed"]["places"]
    assert sum(place["persons"] for place in places.values()) == 7590
    fifty, large = "fifty-per-site", "two-hundred-per-site"
    five, six = places["05"], places["06"]
    assert (five["persons"], five["sites"]) == (659, {fifty: 14, large: 4})
    assert (six["persons"], six["sites"]) == (1820, {fifty: 37, large: 10})
    assert five["even_share"] == pytest.approx(7590 * 34318 / 628437, abs=1e-5)
    assert five["sites_even"] == {fifty: 9, large: 3}
    assert six["even_share"] == pytest.approx(7590 * 63721 / 628437, abs=1e-5)
    assert six["sites_even"] == {fifty: 16, large: 4}
    over = {rule["name"]: (rule["excess_today"], rule["breaches"]) for rule in result["rules"]}
    assert over == {fifty: (659 + 1820 - 16 * 50, 0), large: (0, 0)}
    assert result["sentence"] == "Nobody to place, over the limit today: fifty-per-site by 1,679 persons"
    assert any("divided evenly" in text for text in result["synthetic"])
    report = (tmp_path / "duesseldorf-2017" / "report.html").read_text(encoding="utf-8")
    assert "Sites of 50" in report
    row = report[report.index("Stadtbezirk 5</th><td") :]
    assert row.startswith('Stadtbezirk 5</th><td class="n">659</td><td class="n">414.5</td><td class="n">14</td>')


def test_the_figures_of_duesseldorf_are_the_published_ones() -> None:
    """Residents, area and persons add up to the figures of the city, and sites to those of the districts."""
    import pandas as pd

    from allocator.city import read_city

    city = read_city(SCENARIOS.parent / "data" / "duesseldorf-2017")
    spaces = city.social_spaces.set_index("space_id")
    assert (spaces["residents"].sum(), spaces["refugees"].sum()) == (628437, 7590)
    areas = spaces.geometry.area / 1e6
    assert areas.round(3).to_dict() == pytest.approx({"05": 50.97, "06": 19.68, "rest": 217.33 - 50.97 - 19.68})
    persons = city.sites.groupby(city.sites["site_id"].str[:2])["refugees"].agg(["size", "sum"])
    assert persons.to_dict("index") == {"05": {"size": 4, "sum": 659}, "06": {"size": 12, "sum": 1820}}
    assert pd.Series(["05", "06"]).isin(spaces.index).all()


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn")
def test_bergheim_is_held_against_fifty_and_two_hundred(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """610 persons at 4 sites keep the 200 and exceed the 50 by 610 - 4 x 50; held to the 50, 200 are housed."""
    result = run("bergheim", tmp_path, capsys)
    assert result["sentence"] == (
        "610 of 610 persons placed, rule fifty-per-site exceeded by 410 persons, all other rules kept, proven optimal"
    )
    breaches = {rule["name"]: rule["breaches"] for rule in result["rules"]}
    assert breaches == {"fifty-per-site": 4, "two-hundred-per-site": 0}
    places = result["indicators"]["sites_needed"]["places"].values()
    assert sum(place["persons"] for place in places) == 610
    held = run("bergheim", tmp_path / "held", capsys, "--set", "rules.fifty-per-site.soft=null")
    assert held["placed"]["persons"] == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_quick_scenarios_of_the_model_city(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Policies for which a minute is enough are solved and verified, and tell what their rules take from wishes."""
    result = run(name, tmp_path, capsys)
    assert result["status"] in ("optimal", "within_gap")
    taken = result["indicators"]["wishes_taken"]
    assert set(taken["by_rule"]) == {rule["name"] for rule in result["rules"]}
    assert taken["unmet"]["persons"] == sum(
        taken[part]["persons"] for part in ("open", "one_rule", "several_rules", "no_unit")
    )
    wishes = result["indicators"]["wishes"]
    assert taken["unmet"]["persons"] == wishes["persons"] - wishes["persons_met"]
    json.dumps(result, allow_nan=False)
