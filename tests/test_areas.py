"""The table of social spaces and districts, worked out by hand, and equal to the ledger."""

from __future__ import annotations

import math
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from indicator_worlds import ALLOCATION, hand_made_city, hand_made_households, hand_made_ledger

from allocator.indicators.area_indices import area_segregation
from allocator.indicators.areas import area_table, unit_places
from allocator.indicators.definitions import AREA_COLUMNS
from allocator.ledger import Ledger
from allocator.rules.key import deviations


@pytest.fixture(scope="module")
def areas() -> pd.DataFrame:
    """The table of the town."""
    return area_table(hand_made_ledger()).set_index("place_id")


def column(areas: pd.DataFrame, name: str) -> list[float]:
    """S1, S2, S3, D1, D2."""
    return areas[name].tolist()


def test_rows_and_columns_are_those_defined(areas: pd.DataFrame) -> None:
    """Social spaces come first, districts after them, with exactly the columns that are defined as data."""
    assert areas.index.tolist() == ["S1", "S2", "S3", "D1", "D2"]
    assert area_table(hand_made_ledger()).columns.tolist() == [defined.name for defined in AREA_COLUMNS]
    assert column(areas, "level") == ["social_space"] * 3 + ["district"] * 2
    assert column(areas, "district_id") == ["D1", "D1", "D2", "D1", "D2"]
    assert column(areas, "name") == ["Altstadt", "Berg", "Tal <b>&", "D1", "D2"]


def test_refugees_before_and_after(areas: pd.DataFrame) -> None:
    """Today H6 lives in Altstadt, H1 and H5 in Tal; afterwards H2 joins Altstadt and H1 has moved to Berg."""
    assert column(areas, "refugees_before") == [10 + 3, 0, 20 + 3, 13, 23]
    assert column(areas, "refugees_after") == [10 + 3 + 4, 1, 20 + 2, 18, 22]
    assert column(areas, "change") == [4, 1, -1, 5, -1]


def test_residents_and_shares(areas: pd.DataFrame) -> None:
    """Households of the list are residents where they live, on both sides of the share."""
    assert column(areas, "residents") == [103, 200, 103, 303, 103]
    assert column(areas, "residents_after") == [107, 201, 102, 308, 102]
    assert column(areas, "share_before") == pytest.approx([13 / 103, 0, 23 / 103, 13 / 303, 23 / 103])
    assert column(areas, "share_after") == pytest.approx([17 / 107, 1 / 201, 22 / 102, 18 / 308, 22 / 102])


def test_capacity_and_what_is_left_of_it(areas: pd.DataFrame) -> None:
    """U1 stays let to H6, U2 is let to H2, U3 stays empty, U4 has 10 places and keeps H5 only."""
    assert column(areas, "capacity") == [6, 6, 10, 12, 10]
    assert column(areas, "free") == [0, 5, 8, 5, 8]
    assert column(areas, "flats") == [2, 2, 0, 4, 0]
    assert column(areas, "flats_free") == [0, 1, 0, 1, 0]


def test_deviation_from_the_fair_share(areas: pd.DataFrame) -> None:
    """Of 36 persons today and 40 afterwards, a quarter, a half and a quarter would be fair."""
    assert column(areas, "deviation_before") == pytest.approx([13 - 9, 0 - 18, 23 - 9, 13 - 27, 23 - 9])
    assert column(areas, "deviation_after") == pytest.approx([17 - 10, 1 - 20, 22 - 10, 18 - 30, 22 - 10])


def test_who_is_placed_where(areas: pd.DataFrame) -> None:
    """H6 remains without being placed, H4 lives outside every social space and is in no row."""
    assert column(areas, "households_placed") == [1, 1, 1, 2, 1]
    assert column(areas, "persons_placed") == [4, 1, 2, 5, 2]
    assert column(areas, "children_kita") == [1, 0, 0, 1, 0]
    assert column(areas, "children_school") == [2, 0, 0, 2, 0]


@pytest.mark.parametrize("declared", [{}, {"sites": frozenset({"refugees"})}, None])
def test_equal_to_the_ledger_whatever_is_declared(declared: dict[str, frozenset[str]] | None) -> None:
    """Persons and deviations equal the ledger's and the rule's, also where a level adds up the one below."""
    ledger = hand_made_ledger() if declared is None else hand_made_ledger(declared=declared)
    table = area_table(ledger)
    for level, over in (("social_space", "social_spaces"), ("district", "districts")):
        rows = table[table["level"] == level].set_index("place_id")
        for when, stays in (("before", ledger.stays_today), ("after", ledger.stays_after)):
            besides = ledger.persons_besides(level)
            persons = ledger.add_up(stays, level, lambda stay: stay.household["persons"])
            expected = {place: besides.get(place, 0) + persons.get(place, 0) for place in rows.index}
            assert rows[f"refugees_{when}"].to_dict() == expected
            away, _ = deviations("residents", over, ledger, stays)
            assert rows[f"deviation_{when}"].abs().to_dict() == pytest.approx(away)


def test_an_overfull_shared_unit_has_no_free_places() -> None:
    """A shared unit that holds more persons than places has none left, not a negative number."""
    city = hand_made_city()
    units = city.units.assign(occupied=[0.0, 0.0, 0.0, 33.0, 0.0, 0.0])
    rows = unit_places(Ledger(hand_made_city(units=units), hand_made_households(), ALLOCATION)).set_index("unit_id")
    assert rows.loc["U4", ["places", "free"]].tolist() == [0, 0]


def test_a_place_without_residents_has_no_share() -> None:
    """A share of nobody is undefined, and so is a fair share in a city without residents."""
    spaces = hand_made_city().social_spaces.assign(residents=0.0, refugees=0.0)
    ledger = Ledger(hand_made_city(social_spaces=spaces), hand_made_households(), {})
    rows = area_table(ledger).set_index("place_id")
    assert math.isnan(rows.loc["S2", "share_before"])
    assert rows["deviation_after"].isna().all()


def test_a_city_without_households_or_districts() -> None:
    """An empty list and spaces without a district give rows of today alone, and no district."""
    spaces = hand_made_city().social_spaces.assign(district_id="")
    table = area_table(Ledger(hand_made_city(social_spaces=spaces), hand_made_households().iloc[:0], {}))
    assert table["level"].tolist() == ["social_space"] * 3
    assert table["refugees_after"].tolist() == [10, 0, 20]
    assert table["flats_free"].tolist() == [2, 2, 0]


def test_districts_bear_their_name_where_the_city_has_one() -> None:
    """The further column `district_name` names districts; without it the id does."""
    spaces = hand_made_city().social_spaces.assign(district_name=["Mitte", "Mitte", ""])
    table = area_table(hand_made_ledger(social_spaces=spaces))
    assert table["name"].tolist()[3:] == ["Mitte", "D2"]


def test_segregation_compares_refugees_with_everybody_else(areas: pd.DataFrame) -> None:
    """Dissimilarity of 13, 0, 23 refugees and 90, 200, 80 others, and of 17, 1, 22 and 90, 200, 80 afterwards."""
    indices = area_segregation(areas.reset_index())["social_space"]
    before = 0.5 * (abs(13 / 36 - 90 / 370) + 200 / 370 + abs(23 / 36 - 80 / 370))
    after = 0.5 * (abs(17 / 40 - 90 / 370) + abs(1 / 40 - 200 / 370) + abs(22 / 40 - 80 / 370))
    assert indices["before"]["dissimilarity"] == pytest.approx(before)
    assert indices["after"]["dissimilarity"] == pytest.approx(after)


def test_segregation_survives_more_refugees_than_residents() -> None:
    """Where tables of different days contradict each other, refugees are all residents of the place."""
    spaces = hand_made_city().social_spaces.assign(residents=[5.0, 200.0, 100.0])
    indices = area_segregation(area_table(hand_made_ledger(social_spaces=spaces)))
    assert 0 < indices["social_space"]["before"]["dissimilarity"] <= 1


def large_world(number: int) -> Ledger:
    """`number` households of 1 to 6 persons, one flat for each, in 500 social spaces of 12 districts."""
    spaces, position = 500, np.arange(number)
    small = hand_made_city()
    ids = np.array([f"S{i:03d}" for i in range(spaces)])
    table = pd.DataFrame({"space_id": ids, "name": ids, "district_id": [f"D{i % 12:02d}" for i in range(spaces)],
                          "residents": 5000.0, "refugees": 20.0})  # fmt: skip
    flats = np.array([f"U{i:06d}" for i in position])
    buildings = pd.DataFrame({"building_id": flats, "space_id": ids[position % spaces], "site_id": "",
                              "dwellings": 8.0, "refugee_flats": 0.0, "x": 0.0, "y": 0.0})  # fmt: skip
    units = pd.DataFrame({"unit_id": flats, "building_id": flats, "capacity": 6.0, "shared": False, "occupied": 0.0,
                          "rent": 500.0})  # fmt: skip
    households = pd.DataFrame({
        "household_id": [f"H{i:06d}" for i in position], "persons": position % 6 + 1, "children_kita": 0,
        "children_school": 1, "prefers": "S001;S002", "unit_id": "", "group": "",
    })  # fmt: skip
    city = hand_made_city(
        social_spaces=gpd.GeoDataFrame(table), buildings=gpd.GeoDataFrame(buildings), units=units,
        sites=small.sites.iloc[:0],
    )  # fmt: skip
    return Ledger(city, households, dict(zip(households["household_id"], flats, strict=True)))


@pytest.mark.slow
def test_a_large_city_is_counted_quickly() -> None:
    """40,000 households in as many flats take a few seconds of processor time, the ledger's own work included."""
    ledger = large_world(40_000)
    start = time.process_time()
    table = area_table(ledger)
    assert time.process_time() - start < 10
    assert table.loc[table["level"] == "district", "households_placed"].sum() == 40_000
