"""What is published of a plan: areas alone, and of small numbers no more than that they lie from 1 to 4."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from drawn import drawn
from indicator_worlds import hand_made_city, hand_made_plan
from random_worlds import as_city, as_households
from test_suppression import attack
from tiny import building, flats, household, shared, space, world

from allocator.ledger import Ledger
from allocator.plan import Plan, allocation_table
from allocator.publication import Publication, publication
from allocator.publication.bounds import most_after
from allocator.publication.publication import published_cells
from allocator.publication.suppression import is_small
from allocator.report.public_words import names_single_places, public_sentence
from allocator.rules.cap import Cap
from allocator.runs import publish_run


def plan_of(world: dict[str, Any], homes: dict[str, str], rules: dict[str, Any] | None = None) -> Plan:
    """A plan made by hand of a tiny world: who lives where afterwards."""
    city, households = as_city(world), as_households(world)
    scenario = SimpleNamespace(
        day=None,
        name="tiny",
        path=Path("tiny.yaml"),
        title="Tiny",
        description="",
        city=city,
        households=households,
        rules=rules or {},
        stages=(),
        profiles=(),
        findings=(),
    )
    ledger = Ledger(city, households, homes)
    return Plan(scenario, allocation_table(ledger, {}), {"status": "optimal"})


def random_plan(seed: int) -> Plan:
    """A town of up to eight social spaces in which single households live, move and find no place."""
    chance = np.random.default_rng(seed)
    spaces = [
        space(f"S{i}", int(chance.integers(3, 300)), f"D{chance.integers(3)}", refugees=int(chance.integers(0, 9)))
        for i in range(chance.integers(1, 9))
    ]
    buildings = [building(f"B{i}", one["space_id"]) for i, one in enumerate(spaces)]
    units = [unit for one in buildings for unit in flats(one["building_id"], *chance.integers(1, 8, 3))]
    free = [unit["unit_id"] for unit in units]
    chance.shuffle(free)
    homes, households = {}, []
    for i in range(int(chance.integers(0, len(free)))):
        today = free[-1 - i] if chance.random() < 0.3 else ""
        households.append(household(f"H{i}", int(chance.integers(1, 8)), today))
        homes[f"H{i}"] = today if today and chance.random() < 0.5 else free[i] if chance.random() < 0.8 else ""
    taken = [unit for unit in homes.values() if unit]
    homes = {name: unit if taken.count(unit) == 1 else "" for name, unit in homes.items()}
    fifty = {"most": Cap(count="persons", per="social_space", at_most=int(chance.integers(3, 30)))}
    return plan_of(world(spaces, buildings, units, households), homes, fifty)


def hidden_of(published: Publication) -> set[tuple[str, ...]]:
    """The keys of the numbers that are withheld, read from the published tables alone."""
    hidden = set()
    for row in published.areas.itertuples(index=False):
        for name in ("residents", "refugees_before", "change", "refugees_after"):
            if pd.isna(getattr(row, name)):
                hidden.add((name, row.level, row.place_id))
    for kind in ("listed", "placed", "unplaced"):
        hidden |= {("households", kind, size) for size, n in published.sizes[kind].items() if pd.isna(n)}
        hidden |= {("persons", kind)} if published.persons[kind] is None else set()
    assert len(hidden) == published.withheld
    return hidden


@pytest.mark.parametrize("seed", drawn(range(15), 2))
def test_an_attacker_learns_nothing_of_a_small_number(seed: int) -> None:
    """Whoever solves all published tables with all sums finds every small number to be anything from 1 to 4."""
    plan = random_plan(seed)
    published = publication(plan)
    cells, relations = published_cells(plan)
    values = {cell.key: cell.value for cell in cells}
    for relation in relations[: 3 * len(published.areas)]:
        if not any(key[0] == "persons" for key in relation):
            assert sum(factor * values[key] for key, factor in relation.items()) == 0, relation
    hidden = hidden_of(published)
    for cell in cells:
        if is_small(cell.value):
            low, high = attack(cells, relations, hidden, cell.key)
            ends = (1, 4) if cell.value > 0 else (-4, -1)
            assert low <= max(ends[0], cell.least), cell
            assert high >= min(ends[1], cell.most), cell


def test_the_hand_made_town_by_hand() -> None:
    """Before 13, 0, 23 refugees; Altstadt gets 4, Berg 1, Tal loses 1: what is small is gone, and more with it."""
    published = publication(hand_made_plan())
    spaces = published.of_level("social_space").set_index("name")
    assert spaces["change"].isna().all()
    assert pd.isna(spaces.loc["Berg", "refugees_after"])
    assert list(spaces["refugees_before"]) == [13, 0, 23]
    assert list(spaces["residents"]) == [100, 200, 100]
    assert pd.isna(published.sizes.loc["total", "placed"])
    assert np.isnan(spaces.loc["Berg", "share_after"])


def test_shares_are_made_of_published_numbers() -> None:
    """13 refugees and 100 residents of the statistics are 13 percent, though three more live in the list."""
    spaces = publication(hand_made_plan()).of_level("social_space")
    assert spaces["share_before"].tolist() == pytest.approx([0.13, 0.0, 0.23])


def test_a_rule_that_is_kept_is_known_to_the_attacker() -> None:
    """Who reads "at most 15 persons" knows that 15 is the most, or what lives there today; exceeded tells nothing."""
    plan = hand_made_plan()
    assert most_after(plan) == {}
    kept = Plan(
        SimpleNamespace(
            **{**vars(plan.scenario), "rules": {"a": Cap(count="persons", per="social_space", at_most=17)}}
        ),
        plan.allocation,
        plan.result,
    )
    assert most_after(kept) == {("social_space", "S1"): 17, ("social_space", "S2"): 17, ("social_space", "S3"): 23}


def test_sites_are_named_only_if_they_are_large_and_asked_for() -> None:
    """A home of 60 persons is named without its number; one of 40, one without a name and any unasked are not."""
    spaces = [space("S1", 500), space("S2", 500)]
    buildings = [
        building("B1", "S1", site_id="L1"),
        building("B2", "S2", site_id="L2"),
        building("B3", "S2", site_id="L3"),
    ]
    units = [shared("B1", 60, 60), shared("B2", 40, 40), shared("B3", 90, 90)]
    sites = [
        {"site_id": "L1", "name": "Big", "kind": "", "refugees": 60},
        {"site_id": "L2", "name": "Small", "kind": "", "refugees": 40},
        {"site_id": "L3", "name": "", "kind": "", "refugees": 90},
    ]
    plan = plan_of(world(spaces, buildings, units, [], sites=sites), {})
    assert publication(plan).sites == ()
    assert publication(plan, 50).sites == (("Big", "S1"),)
    assert publication(plan, 70).sites == ()
    with pytest.raises(ValueError, match="below 50"):
        publication(plan, 10)


def test_the_sentence_tells_no_small_number() -> None:
    """Two persons without a place are not told as 98 of 100; how far a rule is exceeded is not told at all."""
    plan = random_plan(3)
    published = publication(plan)
    withheld = Publication(
        published.areas, published.sizes, {"listed": 100, "placed": None, "unplaced": None}, (), None, 2
    )
    assert public_sentence(plan, withheld, "en").startswith(
        "Of 100 persons on the list; how many are placed is withheld"
    )
    told = Publication(published.areas, published.sizes, {"listed": 100, "placed": 90, "unplaced": 10}, (), None, 0)
    assert public_sentence(plan, told, "de").startswith("90 von 100 Personen untergebracht, ")
    sentence = public_sentence(hand_made_plan(), publication(hand_made_plan()), "en")
    assert "exceeded: " in sentence
    assert not re.search(r"by \d", sentence)


def test_texts_of_authors_that_name_single_places_are_left_out() -> None:
    """A title with the number of a household, a rule with a site: found; limits and short words are not ids."""
    plan = hand_made_plan()
    assert names_single_places(plan, "Where does H3 go?")
    assert names_single_places(plan, "site is L1.")
    assert names_single_places(plan, "Only Lindenhof <script> takes people")
    assert not names_single_places(plan, "At most 50 persons at one site, H in all")


SECRETS = (
    "H1",
    "H2",
    "H3",
    "H4",
    "H5",
    "H6",
    "U1",
    "U2",
    "U3",
    "U4",
    "U5",
    "U6",
    "B1",
    "B2",
    "B3",
    "B4",
    "L1",
    "Lindenhof",
    "no unit holds 6 persons",
    "its home is too small",
)


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything that stands in the files of a publication, as text; of the pages what is no style and no script."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            cells = [
                str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
            ]
            yield path.name, "\n".join(cells)
        elif path.suffix == ".gpkg":
            connection = sqlite3.connect(path)
            yield path.name, "\n".join(line for line in connection.iterdump() if "styleQML" not in line)
            connection.close()
        else:
            text = path.read_text(encoding="utf-8")
            yield path.name, re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_published_file_holds_a_single_place(language: str, tmp_path: Path) -> None:
    """No id of a household, unit, building or site, no name of one and no reason stands in any published file."""
    publish_run(hand_made_plan(), tmp_path / "public", language=language)
    names = []
    for name, text in texts_of(tmp_path / "public"):
        names.append(name)
        for secret in SECRETS:
            # a path of SVG begins with small letters or M, so an id never looks like one
            assert not re.search(rf"(?<![\w#]){secret}(?!\w)", text), (name, secret)
        assert "INTERN" not in text, name
    assert names == ["areas.gpkg", "indicators.csv", "map.html", "publication.json", "report.html", "report.xlsx"]


def test_the_published_geopackage_holds_areas_alone(tmp_path: Path) -> None:
    """Two layers of areas and the sources; no point; counts that are withheld are empty."""
    plan = hand_made_plan()
    publish_run(plan, tmp_path / "public")
    path = tmp_path / "public" / "areas.gpkg"
    assert {name for name, _ in pyogrio.list_layers(path)} == {"social_spaces", "districts", "sources", "layer_styles"}
    layer = pyogrio.read_dataframe(path, layer="social_spaces")
    assert list(layer.columns) == [
        "space_id",
        "name",
        "district_id",
        "residents",
        "refugees_before",
        "change",
        "refugees_after",
        "share_before",
        "share_after",
        "geometry",
    ]
    assert set(layer.geom_type) == {"MultiPolygon"}
    assert layer["change"].isna().all()
    corners = plan.scenario.city.social_spaces.get_coordinates().drop_duplicates()
    assert len(layer.get_coordinates().drop_duplicates()) == len(corners)


def test_the_published_map_holds_areas_alone(tmp_path: Path) -> None:
    """Sites, buildings, units, households, facilities and ways are empty; what is withheld has no class."""
    publish_run(hand_made_plan(), tmp_path / "public")
    page = (tmp_path / "public" / "map.html").read_text(encoding="utf-8")
    content = json.loads(re.search(r'<script type="application/json" id="content">(.*?)</script>', page, re.DOTALL)[1])
    for part in ("sites", "buildings", "units", "residents", "unplaced", "facilities"):
        assert content[part].get("id", []) == []
        assert content[part].get("point", [[], []]) == [[], []]
    assert content["spaces"]["values"]["change"] == [None, None, None]
    assert [one["key"] for one in content["indicators"]] == ["share_after", "share_before", "change"]
    assert content["indicators"][2]["class"] == [-1, -1, -1]
    assert set(content["spaces"]["numbers"]) == {"residents", "refugees_before", "refugees_after"}


def test_every_published_file_tells_the_same(tmp_path: Path) -> None:
    """Table, workbook and GeoPackage withhold the same numbers and show the same others."""
    publish_run(hand_made_plan(), tmp_path / "public", language="en")
    table = pd.read_csv(tmp_path / "public" / "indicators.csv", dtype={"place_id": str})
    spaces = table[table["level"] == "social_space"]
    layer = pyogrio.read_dataframe(tmp_path / "public" / "areas.gpkg", layer="social_spaces")
    book = openpyxl.load_workbook(tmp_path / "public" / "report.xlsx")
    rows = [[cell.value for cell in row] for row in book["Social spaces"].iter_rows(min_row=4)]
    for i, name in enumerate(("residents", "refugees_before", "change", "refugees_after"), start=3):
        shown = [None if pd.isna(value) else value for value in spaces[name]]
        assert [None if pd.isna(value) else value for value in layer[name]] == shown
        assert [None if row[i] == "·" else row[i] for row in rows] == shown


def test_nothing_is_published_into_a_run(tmp_path: Path) -> None:
    """A folder that holds a run is internal and stays one, whatever is asked."""
    from allocator.errors import OutputExistsError

    (tmp_path / "result.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputExistsError, match="holds a run"):
        publish_run(hand_made_plan(), tmp_path, overwrite=True)


@pytest.mark.slow
def test_an_earlier_publication_is_replaced_when_asked(tmp_path: Path) -> None:
    """Kept without --overwrite, replaced with it; the same plan gives the same bytes."""
    from allocator.errors import OutputExistsError

    publish_run(hand_made_plan(), tmp_path / "p")
    before = {path.name: path.read_bytes() for path in (tmp_path / "p").iterdir()}
    with pytest.raises(OutputExistsError):
        publish_run(hand_made_plan(), tmp_path / "p")
    publish_run(hand_made_plan(), tmp_path / "p", overwrite=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "p").iterdir()} == before


def test_a_city_without_districts_and_a_list_without_rows() -> None:
    """Nothing to sum up and nobody to place is no error."""
    city = hand_made_city()
    spaces = city.social_spaces.assign(district_id="")
    plan = hand_made_plan()
    scenario = SimpleNamespace(**{**vars(plan.scenario), "city": hand_made_city(social_spaces=spaces)})
    ledger = Ledger(scenario.city, scenario.households.iloc[:0], {})
    scenario.households = scenario.households.iloc[:0]
    empty = publication(Plan(scenario, allocation_table(ledger, {}), {"status": "optimal"}))
    assert empty.of_level("district").empty
    assert empty.persons == {"listed": 0, "placed": 0, "unplaced": 0}
    assert public_sentence(Plan(scenario, allocation_table(ledger, {}), {}), empty, "en").startswith("Nobody to place")
