"""The rule `cap` in worlds worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import TinyPlan, building, flats, household, plan, shared, space, world

from allocator.errors import Findings
from allocator.rules import rule_named
from allocator.scenario.describing import rule_sentence


def street(limit: dict[str, Any], households: list[dict[str, Any]], **further: Any) -> TinyPlan:
    """Two houses 100 m apart in one social space, each with two flats for two persons, under one cap."""
    rule = {"rule": "cap", **limit}
    goals = [{"keep": "rules"}] if "soft" in limit else []
    return plan(world([space("S1", **further)], [building("B1"), building("B2", x=100.0)],
                      [*flats("B1", 2, 2), *flats("B2", 2, 2)], households, {"limit": rule},
                      [{"place": "persons"}, *goals]))  # fmt: skip


def three_couples() -> list[dict[str, Any]]:
    """Three households of two persons."""
    return [household(name, 2) for name in ("A", "B", "C")]


def test_a_hard_cap_leaves_out_who_would_be_one_too_many() -> None:
    """Three persons at most in a building let one couple into each of two houses, and the third finds no place."""
    found = street({"count": "persons", "per": "building", "at_most": 3}, three_couples())
    assert found.values == [4]
    assert {tally.after for tally in found.tallies["limit"]} == {2}
    assert list(found.reasons.values()) == ["free homes that fit: 2, but each is closed by at least one of these rules: limit"]
    assert found.defects() == []


def test_a_soft_cap_places_everybody_and_pays_for_one_person() -> None:
    """Soft, the same cap places all six, four in one house, and counts the one person over three with its weight."""
    found = street({"count": "persons", "per": "building", "at_most": 3, "soft": 2.5}, three_couples())
    assert found.values == [6, 2.5]
    assert sorted(tally.excess for tally in found.tallies["limit"]) == [0, 1]
    assert found.defects() == []


def test_excess_of_today_may_stay() -> None:
    """Two couples in a house where three persons are allowed stay there, and that is no breach of the plan."""
    homes = [household("A", 2, home="B1-1", pinned=True), household("B", 2, home="B1-2", pinned=True)]
    found = street({"count": "persons", "per": "building", "at_most": 3}, homes)
    tally = found.tally("limit", "B1")
    assert (tally.today, tally.after, tally.limit, tally.allowance, tally.excess) == (4, 4, 3, 1, 0)
    assert tally.tight
    assert found.defects() == []


def test_excess_of_today_may_not_grow() -> None:
    """A house that holds five where three are allowed takes nobody, even where a flat is free; the other house does."""
    rules = {"limit": {"rule": "cap", "count": "persons", "per": "building", "at_most": 3}}
    found = plan(world([space("S1")], [building("B1"), building("B2")],
                       [shared("B1", 9, 5), *flats("B1", 2), *flats("B2", 2)],
                       [household("A", 2), household("B", 2)], rules))  # fmt: skip
    assert sorted(found.homes.values()) == ["", "B2-1"]
    assert found.tally("limit", "B1").allowance == 2


def test_excess_that_has_fallen_does_not_come_back() -> None:
    """Who leaves an overfull house makes room only down to today's number: one goes, one of the same size may come."""
    rules = {"limit": {"rule": "cap", "count": "persons", "per": "building", "at_most": 1}}
    # A (two persons) lives in B1 with one person who is not in the list: three today, the limit is one.
    units = [shared("B1", 9, 1), *flats("B1", 2), *flats("B2", 2)]
    homes = [household("A", 2, home="B1-1"), household("B", 2), household("C", 2)]
    found = plan(world([space("S1")], [building("B1"), building("B2")], units, homes, rules))
    assert found.values == [2]
    assert found.tally("limit", "B1").after <= 3
    assert found.tally("limit", "B2").after <= 1


def test_households_are_counted_as_households() -> None:
    """One household per house lets in a large and a small one alike: two of three households find a place."""
    found = street({"count": "households", "per": "building", "at_most": 1}, three_couples())
    assert found.values == [4]
    assert {tally.after for tally in found.tallies["limit"]} == {1}


def test_flats_count_refugee_flats_of_today_and_no_shared_units() -> None:
    """One flat per house: B1 has one already, B2 takes one household into a flat, and others into its shared unit."""
    rules = {"limit": {"rule": "cap", "count": "flats", "per": "building", "at_most": 1}}
    found = plan(world([space("S1")], [building("B1", refugee_flats=1), building("B2")],
                       [*flats("B1", 2), *flats("B2", 2, 2), shared("B2", 2)], three_couples(), rules))  # fmt: skip
    assert sorted(found.homes.values()) in (["", "B2-1", "B2-shared"], ["", "B2-2", "B2-shared"])
    assert found.tally("limit", "B1").today == 1
    assert found.tally("limit", "B2").after == 1
    assert found.defects() == []


@pytest.mark.parametrize(("radius", "placed"), [(99.9, 4), (100.0, 2)])
def test_within_counts_around_each_building(radius: float, placed: int) -> None:
    """Two houses 100 m apart count together within 100 m, and each for itself within 99.9 m."""
    found = street({"count": "persons", "per": {"within": radius}, "at_most": 3}, three_couples())
    assert found.values == [placed]
    assert found.defects() == []


def test_within_counts_persons_of_today_in_houses_around() -> None:
    """Three persons already in the house next door leave no room where three are allowed within 200 m."""
    rules = {"limit": {"rule": "cap", "count": "persons", "per": {"within": 200.0}, "at_most": 3}}
    found = plan(world([space("S1")], [building("B1"), building("B2", x=150.0)], [shared("B1", 3, 3), *flats("B2", 2)],
                       [household("A", 2)], rules))  # fmt: skip
    assert found.values == [0]
    assert found.tally("limit", "B2").today == 3


def test_within_counts_flats_of_houses_that_have_no_unit() -> None:
    """A refugee flat in a house without any free unit counts in the circle around the house that has one."""
    rules = {"limit": {"rule": "cap", "count": "flats", "per": {"within": 200.0}, "at_most": 1}}
    found = plan(world([space("S1")], [building("B1", refugee_flats=1), building("B2", x=150.0)], flats("B2", 2),
                       [household("A", 2)], rules))  # fmt: skip
    assert found.values == [0]
    assert [tally.place for tally in found.tallies["limit"]] == ["B2"]


def test_a_site_counts_its_buildings_together_and_what_it_states_itself() -> None:
    """Site T1 states four persons where its units know two: with six allowed there is room for two, in B1 or B2."""
    rules = {"limit": {"rule": "cap", "count": "persons", "per": "site", "at_most": 6}}
    found = plan(world([space("S1")], [building("B1", site_id="T1"), building("B2", site_id="T1"), building("B3")],
                       [shared("B1", 9, 2), *flats("B2", 2)], three_couples(), rules,
                       sites=[{"site_id": "T1", "refugees": 4}]))  # fmt: skip
    assert found.values == [2]
    tally = found.tally("limit", "T1")
    assert (tally.today, tally.after) == (4, 6)


@pytest.mark.parametrize("per", ["social_space", "district", "city"])
def test_areas_count_what_social_spaces_state(per: str) -> None:
    """Three refugees stated for S1 and five allowed let one couple in, at the level of space, district and city."""
    found = street({"count": "persons", "per": per, "at_most": 5}, three_couples(), refugees=3)
    assert found.values == [2]
    (tally,) = [tally for tally in found.tallies["limit"] if tally.today]
    assert (tally.today, tally.after) == (3, 5)


def test_buildings_outside_every_social_space_count_in_no_area() -> None:
    """A house outside of all social spaces is limited per building but by no cap of a social space or district."""
    for per, placed in (("building", 0), ("social_space", 2), ("district", 2)):
        rules = {"limit": {"rule": "cap", "count": "persons", "per": per, "at_most": 1}}
        found = plan(world([space("S1")], [building("B1", "")], flats("B1", 2), [household("A", 2)], rules))
        assert found.values == [placed], per


@pytest.mark.parametrize("stated", [{"refugees": 3}, {}], ids=["stated", "added up"])
def test_a_city_counts_who_lives_outside_every_social_space(stated: dict[str, Any]) -> None:
    """Two live in a house and one more at a site outside all social spaces: the city counts them, no space does.

    With S1 stating three of its own the city holds six, else its own shared unit gives two and the city holds five.
    """
    rules = {
        "whole": {"rule": "cap", "count": "persons", "per": "city", "at_most": 7},
        "space": {"rule": "cap", "count": "persons", "per": "social_space", "at_most": 99},
    }
    houses = [building("B1"), building("B2", ""), building("B3", "", site_id="T1")]
    units = [shared("B1", 9, 2), shared("B2", 9, 2), *flats("B3", 2)]
    found = plan(world([space("S1", **stated)], houses, units, [household(name) for name in "ABC"], rules,
                       sites=[{"site_id": "T1", "refugees": 1}]))  # fmt: skip
    inside = 3 if stated else 2
    assert found.values == [7 - inside - 3]
    assert (found.tally("whole").today, found.tally("whole").after) == (inside + 3, 7)
    assert found.tally("space", "S1").today == inside
    assert found.defects() == []


def test_a_site_without_buildings_counts_in_the_city() -> None:
    """Nobody says where the two persons at a site without a building live: in the city, unless its spaces say."""
    rules = {"whole": {"rule": "cap", "count": "persons", "per": "city", "at_most": 3}}
    for stated, besides in (({}, 2), ({"refugees": 0}, 0)):
        people = [household("A"), household("B")]
        found = plan(world([space("S1", **stated)], [building("B1")], flats("B1", 1, 1), people, rules,
                            sites=[{"site_id": "T1", "refugees": 2}]))  # fmt: skip
        assert found.values == [min(2, 3 - besides)]
        assert found.tally("whole").today == besides


def test_where_limits_only_places_that_meet_the_condition() -> None:
    """A cap of none in social spaces of status 4 and more leaves S1 (status 3) alone and closes S2 (status 5)."""
    rule = {
        "rule": "cap",
        "count": "persons",
        "per": "social_space",
        "at_most": 0,
        "where": {"status": {"at_least": 4}},
    }
    found = plan(world([space("S1"), space("S2", status=5)], [building("B1"), building("B2", "S2")],
                       [*flats("B1", 2), *flats("B2", 2)], three_couples(), {"limit": rule}))  # fmt: skip
    assert sorted(found.homes.values()) == ["", "", "B1-1"]
    assert [tally.place for tally in found.tallies["limit"]] == ["S2"]


def test_where_names_a_column_of_the_level() -> None:
    """A condition on a column that the level's table lacks is a finding with the nearest name, not a traceback."""
    found = street({"count": "persons", "per": "social_space", "at_most": 9}, [])
    rule = rule_named("cap").model_validate(
        {"count": "persons", "per": "social_space", "at_most": 9, "where": {"statsu": {"at_most": 3}}}
    )
    findings = Findings()
    rule.check(found.situation, "rules.limit", findings)
    (finding,) = findings
    assert finding.what == "no column 'statsu' at the level social_space"
    assert finding.remedy == "did you mean 'status'?"
    assert finding.column == "rules.limit.where"


def test_the_cap_says_what_it_limits() -> None:
    """The sentence of a cap names number, count and place in both languages, singular and plural, hard and soft."""
    kind = rule_named("cap")
    one = kind.model_validate({"count": "flats", "per": "building", "at_most": 1})
    soft = kind.model_validate({"count": "persons", "per": "social_space", "at_most": 50, "soft": 2})
    circle = kind.model_validate({"count": "households", "per": {"within": 250}, "at_most": 3})
    assert rule_sentence(one) == "At most 1 flat per building."
    assert rule_sentence(one, "de") == "Höchstens 1 Wohnung je Gebäude."
    assert rule_sentence(soft) == (
        "At most 50 persons per social space. As far as possible; excess, counted in persons, weighs 2."
    )
    assert rule_sentence(circle) == "At most 3 households per circle of 250 m around a building."
