"""The indicators of result.json: worked out by hand, plain data, described."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from indicator_worlds import ALLOCATION, REASONS, hand_made_city, hand_made_households, hand_made_ledger

from allocator.indicators.area_indices import ALL_INDICES
from allocator.indicators.areas import area_table
from allocator.indicators.definitions import INDICATORS
from allocator.indicators.households import by_size, household_table, unplaced_reasons
from allocator.indicators.multigroup import MULTIGROUP_INDICES
from allocator.indicators.summary import persons_by_site, summary
from allocator.ledger import Ledger
from allocator.plan import allocation_table
from allocator.rules.cap import Cap


@pytest.fixture(scope="module")
def indicators() -> dict:
    """The indicators of the town, with a cap of 20 persons per site."""
    ledger = hand_made_ledger()
    cap = Cap(count="persons", per="site", at_most=20)
    return summary(ledger, {"twenty": list(cap.recount(ledger))}, {"twenty": cap})


def test_placed_and_unplaced(indicators: dict) -> None:
    """Four of six households and ten of nineteen persons are placed."""
    assert indicators["listed"] == {"households": 6, "persons": 19}
    assert indicators["placed"] == {"households": 4, "persons": 10}
    assert indicators["unplaced"] == {"households": 2, "persons": 9}


def test_by_household_size(indicators: dict) -> None:
    """One of two households of three persons is placed, none of six; nobody has five, and a share of nobody is null."""
    sizes = indicators["by_household_size"]
    assert list(sizes) == ["1", "2", "3", "4", "5", "6+"]
    assert sizes["3"] == {"households": 2, "households_placed": 1, "households_unplaced": 1, "persons": 6,
                          "persons_placed": 3, "persons_unplaced": 3, "share_placed": 0.5}  # fmt: skip
    assert set(sizes["5"].values()) == {0, None}
    assert sizes["6+"]["share_placed"] == 0


def test_households_of_many_persons_share_a_class() -> None:
    """Six, seven and twelve persons are all 'six and more'."""
    households = pd.concat([hand_made_households().iloc[[2]]] * 3, ignore_index=True)
    households["persons"], households["household_id"] = [6, 7, 12], ["a", "b", "c"]
    sizes = by_size(household_table(Ledger(hand_made_city(), households, {})))
    assert (sizes["6+"]["households"], sizes["6+"]["persons"]) == (3, 25)


def test_moves(indicators: dict) -> None:
    """H4 and H5 stay, H1 moves, H2 is newly housed, H6 remains without a place, H3 finds no home."""
    assert {name: value["households"] for name, value in indicators["moves"].items()} == {
        "stayed": 2, "moved": 1, "newly_housed": 1, "remaining": 1, "without_home": 1,
    }  # fmt: skip
    assert {name: value["persons"] for name, value in indicators["moves"].items()} == {
        "stayed": 5, "moved": 1, "newly_housed": 4, "remaining": 3, "without_home": 6,
    }  # fmt: skip


def test_wishes_housing_and_rent(indicators: dict) -> None:
    """H1's wish is met and H2's is not; 8 live in flats for 250 + 600 + 300, 2 in a shared unit for 100 each."""
    assert indicators["wishes"] == {"persons": 5, "persons_met": 1, "share_met": 0.2}
    assert indicators["housing"] == {"persons_in_own_flats": 8, "persons_in_shared_units": 2}
    assert indicators["rent"] == {"eur_per_month": 1350, "eur_per_month_and_person": 135, "persons_with_known_rent": 10}


def test_sites_and_new_places(indicators: dict) -> None:
    """The collective site shrinks from 23 to 22 persons; only building B2 was not in use before."""
    assert indicators["sites"]["before"]["largest"] == {"site_id": "L1", "name": "Lindenhof <script>", "persons": 23}
    assert indicators["sites"]["after"]["largest"]["persons"] == 22
    assert indicators["new_places"] == {"buildings": 1, "sites": 1}
    persons = persons_by_site(hand_made_ledger())
    assert persons["before"].to_dict() == {"B1": 3, "B2": 0, "B4": 3, "L1": 23}
    assert persons["after"].to_dict() == {"B1": 7, "B2": 1, "B4": 3, "L1": 22}


@pytest.mark.parametrize(("besides", "before", "after"), [(48, [1, 0, 0], [0, 0, 0]), (198, [1, 1, 1], [1, 1, 0])])
def test_sites_above_the_published_standards(besides: float, before: list[int], after: list[int]) -> None:
    """With three of the list at the site today and two afterwards, 51 and 201 persons are above, 50 and 200 are not."""
    sites = hand_made_city().sites.assign(refugees=float(besides))
    counted = summary(hand_made_ledger(sites=sites))["sites"]
    for when, expected in (("before", before), ("after", after)):
        assert [counted[when][f"above_{limit}"] for limit in (50, 80, 200)] == expected


def test_what_is_left(indicators: dict) -> None:
    """One flat for five stays empty, and eight places in the shared unit."""
    free = indicators["free"]
    assert free["flats_by_capacity"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1, "6+": 0}
    assert (free["flats"], free["places_in_flats"], free["places_in_shared_units"]) == (1, 5, 8)


def test_who_lives_outside_every_social_space(indicators: dict) -> None:
    """H4's three persons are in no row of indicators.csv; with them the rows add up to everybody."""
    assert indicators["outside"] == {"refugees_before": 3, "refugees_after": 3, "households_placed": 1,
                                     "persons_placed": 3}  # fmt: skip
    table = area_table(hand_made_ledger())
    rows = table[table["level"] == "social_space"]
    assert rows["persons_placed"].sum() + indicators["outside"]["persons_placed"] == indicators["placed"]["persons"]


def test_persons_outside_include_those_of_a_site_beyond_its_units() -> None:
    """A site outside that states five more than its units hold counts them outside, before and after."""
    buildings, sites = hand_made_city().buildings.copy(), hand_made_city().sites.copy()
    buildings.loc[buildings["building_id"] == "B4", "site_id"] = "L2"
    sites = pd.concat([sites, sites.assign(site_id="L2", refugees=5.0)], ignore_index=True)
    outside = summary(hand_made_ledger(buildings=buildings, sites=sites))["outside"]
    assert (outside["refugees_before"], outside["refugees_after"]) == (8, 8)


def test_existing_excess_is_told_apart_from_breaches(indicators: dict) -> None:
    """At a cap of 20 the site is 3 over today and 2 afterwards, which is no breach."""
    assert indicators["existing_excess"] == {"twenty": {"places": 1, "today": 3, "after": 2}}


def test_plain_data_with_every_entry_described(indicators: dict) -> None:
    """The indicators are strict JSON without NaN, in the order in which they are defined as data."""
    assert json.loads(json.dumps(indicators, allow_nan=False)) == indicators
    names = [indicator.name for indicator in INDICATORS]
    assert list(indicators) == names[: len(indicators)]
    assert names[len(indicators) :] == ["wishes_taken", *ALL_INDICES, *MULTIGROUP_INDICES]
    assert list(indicators["segregation"]["social_space"]["before"]) == list(ALL_INDICES)


def test_a_plan_brings_its_own_counts(indicators: dict) -> None:
    """A plan and its ledger give the same indicators."""
    ledger = hand_made_ledger()
    cap = Cap(count="persons", per="site", at_most=20)
    plan = SimpleNamespace(ledger=ledger, areas=area_table(ledger), tallies={"twenty": list(cap.recount(ledger))},
                           scenario=SimpleNamespace(rules={"twenty": cap}, stages=(), solve=SimpleNamespace(seed=1)),
                           seatings={})  # fmt: skip
    assert summary(plan) == indicators


def test_nothing_at_all() -> None:
    """A city without units and an empty list give zeros and nulls, not an error."""
    city = hand_made_city()
    bare = hand_made_city(units=city.units.iloc[:0], sites=city.sites.assign(refugees=0.0))
    empty = summary(Ledger(bare, hand_made_households().iloc[:0], {}))
    assert empty["placed"] == {"households": 0, "persons": 0}
    assert empty["rent"]["eur_per_month_and_person"] is None
    assert empty["sites"]["after"]["largest"] == {"site_id": "", "name": "", "persons": 0}
    json.dumps(empty, allow_nan=False)


def test_undefined_segregation_is_null() -> None:
    """In a city without refugees no index is defined, and JSON says null."""
    city = hand_made_city()
    nobody = hand_made_city(social_spaces=city.social_spaces.assign(refugees=0.0))
    indices = summary(Ledger(nobody, hand_made_households().iloc[:0], {}))["segregation"]
    assert set(indices["district"]["before"].values()) == {None}


def test_reasons_are_grouped_with_most_persons_first() -> None:
    """Six persons without a large enough unit come before three whose home is too small."""
    allocation = allocation_table(hand_made_ledger(), REASONS)
    grouped = unplaced_reasons(allocation)
    assert grouped["reason"].tolist() == [REASONS["H3"], REASONS["H6"]]
    assert grouped[["households", "persons"]].to_numpy().tolist() == [[1, 6], [1, 3]]
    assert set(ALLOCATION) == set(allocation["household_id"])


def test_sites_that_each_limit_needs(indicators: dict) -> None:
    """D1 has 18 refugees and 300 of 400 residents, D2 has 22 refugees: of all 40 even shares are 30 and 10."""
    needed = indicators["sites_needed"]
    assert (needed["level"], needed["limits"]) == ("district", {"twenty": 20})
    one, two = needed["places"]["D1"], needed["places"]["D2"]
    assert (one["persons"], two["persons"]) == (18, 22)
    assert (one["even_share"], two["even_share"]) == (30, 10)
    assert (one["sites"], two["sites"]) == ({"twenty": 1}, {"twenty": 2})
    assert (one["sites_even"], two["sites_even"]) == ({"twenty": 2}, {"twenty": 1})


def test_sites_are_told_for_social_spaces_where_there_are_no_districts() -> None:
    """Without districts the places are social spaces; a whole number of sites needs no further one."""
    spaces = hand_made_city().social_spaces.assign(district_id="", refugees=[40.0, 0.0, 20.0])
    ledger = Ledger(hand_made_city(social_spaces=spaces), hand_made_households().iloc[:0], {})
    needed = summary(ledger, rules={"twenty": Cap(count="persons", per="site", at_most=20)})["sites_needed"]
    assert needed["level"] == "social_space"
    assert [place["sites"]["twenty"] for place in needed["places"].values()] == [2, 0, 1]
    assert [place["sites_even"]["twenty"] for place in needed["places"].values()] == [1, 2, 1]


def test_only_caps_on_persons_at_every_site_count_sites() -> None:
    """Caps on flats, on buildings, on some sites only, or on none at all say nothing of sites."""
    caps = {
        "flats": Cap(count="flats", per="site", at_most=20),
        "house": Cap(count="persons", per="building", at_most=20),
        "some": Cap(count="persons", per="site", at_most=20, where={"kind": {"equals": "hotel"}}),
        "nobody": Cap(count="persons", per="site", at_most=0),
    }
    assert summary(hand_made_ledger(), rules=caps)["sites_needed"] == {}
