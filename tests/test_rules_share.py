"""The rule `share` in worlds worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import NAN, TinyPlan, building, flats, household, plan, shared, space, world

from allocator.errors import Findings
from allocator.rules import rule_named
from allocator.scenario.describing import rule_sentence


def village(limit: dict[str, Any], households: list[dict[str, Any]], residents: int = 95, **further: Any) -> TinyPlan:
    """One social space, one house with six flats for up to four persons, under one share."""
    goals = [{"place": "persons"}, *([{"keep": "rules"}] if "soft" in limit else [])]
    return plan(world([space("S1", residents, **further)], [building("B1")], flats("B1", *[4] * 6), households,
                      {"limit": {"rule": "share", **limit}}, goals))  # fmt: skip


def singles(number: int, **further: Any) -> list[dict[str, Any]]:
    """So many households of one person."""
    return [household(f"H{i}", **further) for i in range(number)]


def test_newcomers_are_residents_too() -> None:
    """Of 95 residents and n newcomers at most 5 % may be refugees: 5 of 100 are, a sixth would be 6 of 101."""
    found = village({"of": "refugees", "per": "social_space", "at_most": 0.05}, singles(6))
    assert found.values == [5]
    tally = found.tally("limit", "S1")
    assert (tally.after, tally.limit) == (5, 5)
    assert tally.tight
    assert list(found.reasons.values()) == ["free homes that fit: 1, but each is closed by at least one of these rules: limit"]
    assert found.defects() == []


def test_refugees_of_today_are_part_of_the_residents() -> None:
    """Four of 99 residents are refugees already, so one more may come, the fifth of 100."""
    found = village({"of": "refugees", "per": "social_space", "at_most": 0.05}, singles(6), residents=99, refugees=4)
    assert found.values == [1]
    assert found.tally("limit", "S1").today == 4


def test_a_soft_share_counts_persons_over_the_share() -> None:
    """Six of 101 residents are 6 - 5.05 = 0.95 persons over 5 %, which weigh 2 each."""
    found = village({"of": "refugees", "per": "social_space", "at_most": 0.05, "soft": 2}, singles(6))
    assert found.values == pytest.approx([6, 1.9])
    assert found.tally("limit", "S1").excess == pytest.approx(0.95)
    assert found.defects() == []


def test_excess_of_today_may_stay_and_not_grow() -> None:
    """Where ten of 95 are refugees, 5.25 more than 5 %, nobody may come, and today's excess is no breach."""
    found = village({"of": "refugees", "per": "social_space", "at_most": 0.05}, singles(2), refugees=10)
    tally = found.tally("limit", "S1")
    assert found.values == [0]
    assert tally.allowance == pytest.approx(5.25)
    assert tally.excess == 0


def test_who_lives_there_today_is_counted_today() -> None:
    """Six singles of the list who live there are 0.95 over the share today; they stay, and a seventh may not come."""
    homes = [household(f"H{i}", home=f"B1-{i + 1}", pinned=True) for i in range(6)]
    found = plan(world([space("S1", 95)], [building("B1")], flats("B1", *[4] * 7), [*homes, household("New")],
                       {"limit": {"rule": "share", "of": "refugees", "per": "social_space",
                                  "at_most": 0.05}}))  # fmt: skip
    assert found.values == [6]
    assert found.homes["New"] == ""
    assert found.tally("limit", "S1").allowance == pytest.approx(0.95)


def test_each_group_is_limited_for_itself() -> None:
    """With 20 % for any one group and 8 residents, two of a and two of b may come: 2 of 12 is less, 3 of 13 more."""
    households = [
        *(household(f"A{i}", group="a") for i in range(3)),
        *(household(f"B{i}", group="b") for i in range(3)),
    ]
    found = village({"of": "each_group", "per": "social_space", "at_most": 0.2}, households, residents=8)
    assert found.values == [4]
    assert {tally.place: tally.after for tally in found.tallies["limit"]} == {"S1,a": 2, "S1,b": 2}


def test_who_is_of_no_group_makes_room() -> None:
    """Three of group a are a fifth of 15; with 8 residents and three newcomers of no group, only two of a may come."""
    households = [*(household(f"A{i}", group="a") for i in range(3)), *singles(3)]
    found = village({"of": {"group": "a"}, "per": "social_space", "at_most": 0.2}, households, residents=8)
    assert found.values == [5]  # 2 of a and 3 others: 2 ≤ 0.2 · 13; 3 of a and 3 others: 3 > 0.2 · 14
    assert found.tally("limit", "S1,a").after == 2


def test_a_group_of_today_is_read_from_its_column() -> None:
    """One resident of group a is counted: then one newcomer of a may come to 8 residents where a fifth is allowed."""
    households = [household(f"A{i}", group="a") for i in range(3)]
    found = village({"of": {"group": "a"}, "per": "social_space", "at_most": 0.2}, households, residents=8, group_a=1)
    # 1 + 1 of 9 are 2 > 1.8, so none may come: 1 of 8 is under the share, 2 of 9 over it.
    assert found.values == [0]
    assert found.tally("limit", "S1,a").today == 1


def test_persons_in_units_of_a_kind() -> None:
    """At most a tenth of the residents in containers: two of 20 residents and newcomers, however many live in flats."""
    units = [shared("B1", 9, 0, kind="containers"), *flats("B1", 1, 1)]
    limit = {
        "rule": "share",
        "of": {"where": {"kind": {"equals": "containers"}}},
        "per": "social_space",
        "at_most": 0.1,
    }
    found = plan(world([space("S1", 16)], [building("B1")], units, singles(6), {"limit": limit}))
    assert found.values == [4]
    assert sum(home == "B1-shared" for home in found.homes.values()) == 2
    assert found.tally("limit", "S1").limit == pytest.approx(2.0)


def test_a_building_counts_those_who_are_housed_in_it() -> None:
    """At a building the residents are those housed there already: at most half may be in shared rooms of kind x."""
    units = [shared("B1", 9, 2, kind="y"), {**shared("B1", 9, 0, kind="x"), "unit_id": "B1-x"}]
    limit = {"rule": "share", "of": {"where": {"kind": {"equals": "x"}}}, "per": "building", "at_most": 0.5}
    found = plan(world([space("S1")], [building("B1")], units, singles(4), {"limit": limit},
                       [{"place": "persons"}, {"prefer": {"where": {"kind": {"equals": "x"}}}}]))  # fmt: skip
    assert found.values == [4, 3]  # three of six in x: (3) ≤ 0.5 · (2 + 4)
    assert found.tally("limit", "B1").after == 3


def test_the_city_is_one_place() -> None:
    """Two per cent of 150 residents in the whole city are three persons, wherever they live."""
    found = plan(world([space("S1"), space("S2", 50, "D2")], [building("B1"), building("B2", "S2")],
                       [*flats("B1", 1, 1, 1), *flats("B2", 1, 1, 1)], singles(6),
                       {"limit": {"rule": "share", "of": "refugees", "per": "city", "at_most": 0.02}}))  # fmt: skip
    assert found.values == [3]
    assert found.tally("limit", "city").limit == pytest.approx(0.02 * 153)


def test_who_lives_outside_every_social_space_is_a_refugee_and_a_resident_of_the_city() -> None:
    """Six live in a house outside: of 100 + 6 residents one in ten may be a refugee, so there is room for five more."""
    found = plan(world([space("S1")], [building("B1"), building("B2", "")], [shared("B1", 20), shared("B2", 9, 6)],
                       singles(9),
                       {"limit": {"rule": "share", "of": "refugees", "per": "city", "at_most": 0.1}}))  # fmt: skip
    assert found.values == [5]  # 6 + 5 ≤ 0.1 · (106 + 5) is 11 ≤ 11.1
    assert found.tally("limit").today == 6
    assert found.defects() == []


def test_where_limits_only_places_that_meet_the_condition() -> None:
    """A share in social spaces of status 4 and more says nothing about S1, whose status is 3."""
    limit = {"of": "refugees", "per": "social_space", "at_most": 0.01, "where": {"status": {"at_least": 4}}}
    assert village(limit, singles(6)).values == [6]
    assert village(limit, singles(6), status=4).values == [0]


def test_unknown_groups_and_columns_are_findings() -> None:
    """A group that nobody has and a column that no table has are findings with the nearest name."""
    found = village({"of": "refugees", "per": "city", "at_most": 1.0}, singles(1, group="afghan"))
    findings = Findings()
    kind = rule_named("share")
    wrong = [{"group": "afgan"}, {"where": {"kidn": {"equals": "x"}}}]
    for of in wrong:
        rule = kind.model_validate({"of": of, "per": "city", "at_most": 0.4})
        rule.check(found.situation, "rules.limit", findings)
    assert [finding.remedy for finding in findings] == ["did you mean 'afghan'?", "did you mean 'kind'?"]
    assert [finding.column for finding in findings] == ["rules.limit.of.group", "rules.limit.of.where"]


def test_a_share_for_each_group_without_groups_is_noted() -> None:
    """Where no household has a group the rule limits nothing, and a note says so."""
    found = village({"of": "each_group", "per": "social_space", "at_most": 0.0}, singles(2))
    findings = Findings()
    found.rules["limit"].check(found.situation, "rules.limit", findings)
    assert found.values == [2]
    assert [finding.severity for finding in findings] == ["note"]


def told(limit: dict[str, Any], found: TinyPlan) -> list[tuple[str, str, str]]:
    """What a share finds in the city of a plan: severity, key, and what is wrong."""
    findings = Findings()
    rule_named("share").model_validate(limit).check(found.situation, "rules.limit", findings)
    assert all(finding.remedy for finding in findings)
    return [(finding.severity, finding.column, finding.what) for finding in findings]


@pytest.mark.parametrize("per", ["unit", "building", "site"])
def test_a_share_of_refugees_needs_other_residents(per: str) -> None:
    """In units, buildings and sites only refugees are counted: a share of them lets nobody in, and says so."""
    limit = {"of": "refugees", "per": per, "at_most": 0.3}
    found = village(limit, singles(2))
    assert found.values == [0]
    what = f"the residents of {per}s are not known, only refugees are counted there: a share of 30% lets nobody in"
    assert told(limit, found) == [("error", "rules.limit.per", what)]
    assert told(limit | {"at_most": 1.0}, found) == []


@pytest.mark.parametrize(("per", "placed"), [("building", 3), ("site", 5)])
def test_a_share_per_building_or_site_is_one_of_the_residents_that_buildings_state(per: str, placed: int) -> None:
    """B1 has 13 residents, two of them refugees, and B2 beside it on the site T1 has four; of B3 nobody knows any.

    At a third B1 takes three, 2 + 3 ≤ (13 + 3) / 3, and the site five, 2 + 5 ≤ (17 + 5) / 3. B3 takes nobody, and a
    note says so.
    """
    limit = {"rule": "share", "of": "refugees", "per": per, "at_most": 1 / 3}
    houses = [building("B1", site_id="T1", residents=13), building("B2", site_id="T1", residents=4),
              building("B3", residents=NAN)]  # fmt: skip
    found = plan(world([space("S1")], houses, [shared("B1", 20, 2), *flats("B3", 1)], singles(9), {"limit": limit},
                       sites=[{"site_id": "T1"}]))  # fmt: skip
    assert found.values == [placed]
    assert set(found.homes.values()) == {"", "B1-shared"}
    assert found.defects() == []
    what = f"1 of 2 {per}s with units have no residents but refugees: the share lets nobody in there"
    assert told(limit, found) == [("note", "rules.limit.per", what)]


def test_a_space_without_residents_takes_nobody_and_is_noted() -> None:
    """S2 is new and has no residents yet: the share lets nobody in there, and the note counts such spaces."""
    limit = {"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.05}
    found = plan(world([space("S1"), space("S2", 0), space("S3", 0)], [building("B1"), building("B2", "S2")],
                       [*flats("B1", 1), *flats("B2", 1)], singles(2), {"limit": limit}))  # fmt: skip
    assert found.values == [1]
    what = "1 of 2 social spaces with units have no residents but refugees: the share lets nobody in there"
    assert told(limit, found) == [("note", "rules.limit.per", what)]
    assert told(limit | {"where": {"residents": {"at_least": 1}}}, found) == []


def test_places_with_units_of_one_kind_alone_take_nobody_and_are_noted() -> None:
    """At most half of a building in subsidised flats: B1 has another one, B2 has nothing but subsidised ones."""
    kind = {"kind": {"equals": "subsidised"}}
    limit = {"rule": "share", "of": {"where": kind}, "per": "building", "at_most": 0.5}
    units = [*flats("B1", 1, kind="free"), *flats("B2", 1, kind="subsidised")]
    units.append({**flats("B1", 1, kind="subsidised")[0], "unit_id": "B1-2"})
    found = plan(world([space("S1")], [building("B1"), building("B2")], units, singles(3), {"limit": limit}))
    assert sorted(found.homes.values()) == ["", "B1-1", "B1-2"]
    ((severity, key, what),) = told(limit, found)
    assert (severity, key) == ("note", "rules.limit.per")
    assert what.startswith("1 of 2 buildings with units have units of that kind alone")


def test_the_composition_of_shared_sites_is_a_share_per_site() -> None:
    """At T1 at most half live in households with children: two of four. The single flat B2 is a site of its own.

    A family would be everybody there, so the rule keeps it out, which a note says; with the rule on sites of a kind
    alone, the family moves in.
    """
    people = [*[household(f"F{i}", children_school=1) for i in range(3)], *singles(2)]
    limit = {"rule": "share", "of": {"households": {"children_school": {"at_least": 1}}}, "per": "site", "at_most": 0.5}

    def solved(rule: dict[str, Any]) -> TinyPlan:
        return plan(world([space("S1")], [building("B1", site_id="T1"), building("B2")],
                          [shared("B1", 4), *flats("B2", 1)], people, {"limit": rule},
                          sites=[{"site_id": "T1", "kind": "shared"}]))  # fmt: skip

    found = solved(limit)
    assert found.values == [4]
    assert not any(home == "B2-1" for name, home in found.homes.items() if name.startswith("F"))
    ((severity, key, what),) = told(limit, found)
    assert (severity, key) == ("note", "rules.limit.per")
    assert what.startswith("1 of 2 sites with units are a single flat where nobody else lives")
    sites = limit | {"where": {"kind": {"equals": "shared"}}}
    found = solved(sites)
    assert found.values == [5]
    assert found.tally("limit", "T1").after == 2
    assert told(sites, found) == []


def test_the_share_says_whom_it_limits() -> None:
    """The sentence names the share in per cent, the place and the persons, in both languages."""
    kind = rule_named("share")
    refugees = kind.model_validate({"of": "refugees", "per": "social_space", "at_most": 0.005})
    group = kind.model_validate({"of": {"group": "a"}, "per": "district", "at_most": 0.4, "soft": 1})
    units = kind.model_validate({"of": {"where": {"kind": {"in": ["x", "y"]}}}, "per": "city", "at_most": 0.1})
    assert rule_sentence(refugees) == "At most 0.5 % of those who live in one social space are refugees."
    assert rule_sentence(refugees, "de") == "Höchstens 0,5 % der Bewohner je Sozialraum sind Geflüchtete."
    assert rule_sentence(group).startswith(
        "At most 40 % of those who live in one district are of the group a. As far as"
    )
    assert "in units where kind is x or y" in rule_sentence(units)


def company(limit: dict[str, Any], households: list[dict[str, Any]]) -> TinyPlan:
    """A house with four flats of a municipal company, one with three of others and one with a collective place."""
    units = [*flats("B1", *[2] * 4, owner="municipal"), *flats("B2", *[2] * 3, owner="private"),
             shared("B3", 1, owner="municipal")]  # fmt: skip
    goals = [{"place": "persons"}, *([{"keep": "rules"}] if "soft" in limit else [])]
    houses = [building("B1"), building("B2"), building("B3")]
    of = {"lettings": {"owner": {"equals": "municipal"}}}
    return plan(world([space("S1")], houses, units, households, {"limit": {"rule": "share", "of": of, **limit}}, goals))


def test_a_share_of_a_companys_flats() -> None:
    """Half of the four municipal flats may be let to the list; places for seven singles are two, three and one."""
    found = company({"per": "city", "at_most": 0.5}, singles(7))
    assert found.values == [6]
    tally = found.tally("limit")
    assert (tally.after, tally.limit, tally.tight) == (2, 2, True)
    assert list(found.reasons.values()) == ["free homes that fit: 2, but each is closed by at least one of these rules: limit"]
    assert found.defects() == []


def test_a_share_of_flats_counts_flats_and_is_told_so() -> None:
    """A third of four flats is one; three more than 1 1/3 cost 2.67 where the share is soft, at each house that has some."""
    found = company({"per": "building", "at_most": 1 / 3, "soft": 1}, singles(8))
    assert found.values == pytest.approx([8, 8 / 3])
    assert [tally.place for tally in found.tallies["limit"]] == ["B1"]
    rule = rule_named("share")(of={"lettings": {"owner": {"equals": "municipal"}}}, per="city", at_most=0.3, soft=2)
    assert rule_sentence(rule) == (
        "At most 30 % of the flats where owner is municipal in one city go to households of the list. "
        "As far as possible; excess, counted in flats, weighs 2."
    )
    assert rule_sentence(rule, "de") == (
        "Höchstens 30 % der Wohnungen, für die gilt: owner ist municipal, je Stadt gehen an Haushalte der Liste. "
        "So weit wie möglich; Überschreitung, in Wohnungen, wiegt 2."
    )


def test_who_lives_in_such_a_flat_today_may_stay() -> None:
    """Three households live in municipal flats, one more than half of four: they stay, and a fourth may not come."""
    homes = [household(f"H{i}", home=f"B1-{i}", pinned=True) for i in (1, 2, 3)]
    found = company({"per": "city", "at_most": 0.5}, [*homes, *(household(f"N{i}") for i in range(5))])
    assert found.values == [7]
    assert (found.tally("limit").allowance, found.tally("limit").excess) == (1, 0)
    assert found.defects() == []


def test_a_share_of_flats_needs_columns_that_exist() -> None:
    """A misspelt column is a finding with the key that named it."""
    rule = rule_named("share")(of={"lettings": {"ovner": {"equals": "municipal"}}}, per="city", at_most=0.3)
    findings = Findings()
    rule.check(company({"per": "city", "at_most": 0.5}, singles(1)).situation, "rules.limit", findings)
    (finding,) = findings.errors
    assert finding.column == "rules.limit.of.where"
