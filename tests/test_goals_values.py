"""Each goal in worlds worked out by hand (`spread` stands beside its rule in test_rules_spread)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tiny import TinyPlan, building, flats, household, plan, shared, space, world

from allocator.errors import Findings
from allocator.goals import goal_named, goals_by_name
from allocator.goals.base import Stage, goal_name
from allocator.rules import Rule
from allocator.scenario.describing import goal_sentence


def town(
    households: list[dict[str, Any]], *goals: dict[str, Any], units: list[dict[str, Any]] | None = None
) -> TinyPlan:
    """Three houses: B1 and B2 (site T1) in S1, B3 in S2; flats of 2, 2 and 4 places at 300, 500 and 400 EUR."""
    default = [*flats("B1", 2, rent=300.0), *flats("B2", 2, rent=500.0), *flats("B3", 4, rent=400.0)]
    found = plan(world([space("S1"), space("S2", status=5)],
                       [building("B1", site_id="T1"), building("B2", site_id="T1"), building("B3", "S2")],
                       units or default, households, {}, goals, sites=[{"site_id": "T1"}]))  # fmt: skip
    assert found.status == "optimal"
    assert found.defects() == []
    return found


PLACE = {"place": "persons"}


def test_place_persons_prefers_the_family_to_two_singles() -> None:
    """One flat for four: a family of four counts more than a single."""
    found = town([household("A"), household("B", 4)], PLACE, units=flats("B3", 4))
    assert (found.homes, found.values) == ({"A": "", "B": "B3-1"}, [4])


def test_place_households_prefers_two_singles_to_a_family() -> None:
    """Four places in a shared unit: two singles are two households, a family of four is one."""
    people = [household("A"), household("B"), household("C", 4)]
    by_households = town(people, {"place": "households"}, units=[shared("B3", 4)])
    by_persons = town(people, PLACE, units=[shared("B3", 4)])
    assert (by_households.values, by_households.homes["C"]) == ([2], "")
    assert (by_persons.values, by_persons.homes["C"]) == ([4], "B3-shared")


def test_priority_weighs_each_person() -> None:
    """A couple with a priority of 3 counts six, more than a family of five counts five."""
    people = [household("A", 2, priority=3.0), household("B", 5)]
    found = town(people, PLACE, units=flats("B3", 5))
    assert (found.homes["A"], found.values) == ("B3-1", [6])
    assert town(people, {"place": "households"}, units=flats("B3", 5)).values == [3]


def test_who_has_no_priority_is_not_placed_at_the_cost_of_rent() -> None:
    """Who has a priority of 0 adds nothing to the goal: with rent to be saved next, the flat stays empty."""
    assert town([household("A", priority=0.0)], PLACE, {"rent": None}).values == [0, 0]


def test_place_all_places_everybody_or_nobody() -> None:
    """With room for all three, `place: all` places all; with one flat less there is no plan."""
    people = [household("A", 2), household("B", 2), household("C", 3)]
    assert town(people, {"place": "all"}).values == [7]
    found = plan(world([space("S1")], [building("B1")], flats("B1", 2, 4), people, goals=[{"place": "all"}]))
    assert found.status == "infeasible"


def test_rent_takes_the_cheaper_flats() -> None:
    """One couple and three flats: the one at 300 EUR."""
    found = town([household("A", 2)], PLACE, {"rent": None})
    assert (found.homes, found.values) == ({"A": "B1-1"}, [2, 300])


def test_rent_counts_per_person_in_shared_units_and_nothing_where_unknown() -> None:
    """A couple pays 2 · 140 EUR for two places, less than 300 EUR for a flat; an unknown rent counts nothing."""
    place = shared("B2", 9, rent=140.0)
    found = town([household("A", 2)], PLACE, {"rent": None}, units=[*flats("B1", 2, rent=300.0), place])
    assert (found.homes, found.values) == ({"A": "B2-shared"}, [2, 280])
    three = town([household("A", 3)], PLACE, {"rent": None}, units=[*flats("B1", 3, rent=300.0), place])
    assert (three.homes, three.values) == ({"A": "B1-1"}, [3, 300])
    unknown = town([household("A", 2)], PLACE, {"rent": None}, units=[*flats("B1", 2, rent=300.0), *flats("B3", 2)])
    assert (unknown.homes, unknown.values) == ({"A": "B3-1"}, [2, 0])


def test_rent_before_place_leaves_everybody_out() -> None:
    """The order decides: cheapest first means that nobody is placed in flats that cost something."""
    assert town([household("A", 2)], {"rent": None}, PLACE).values == [0, 0]


def test_prefer_places_persons_where_they_wish() -> None:
    """The family wishes for S1 (flats for two only), the couple for S2 or S3: one wish comes true, for two persons."""
    people = [household("A", 4, prefers="S1"), household("B", 2, prefers="S3;S2"), household("C", 2, prefers="S1")]
    found = town(people, PLACE, {"prefer": None})
    assert found.values == [8, 2]
    assert found.homes["A"] == "B3-1"
    assert found.homes["B"].startswith(("B1", "B2"))
    assert found.homes["C"].startswith(("B1", "B2"))


def test_prefer_gives_way_to_place_and_counts_persons() -> None:
    """One wish of two or one of one for the same social space: the couple's counts more."""
    people = [household("A", 1, prefers="S2"), household("B", 2, prefers="S2")]
    found = town(people, PLACE, {"prefer": None})
    assert (found.values, found.homes["B"]) == ([3, 2], "B3-1")


def test_prefer_where_prefers_units_of_a_kind() -> None:
    """Units in social spaces of status 5 are preferred: S2, whatever the household wishes."""
    found = town([household("A", 2, prefers="S1")], PLACE, {"prefer": {"where": {"status": {"at_least": 5}}}})
    assert (found.homes, found.values) == ({"A": "B3-1"}, [2, 2])


def test_a_building_outside_every_social_space_is_wished_by_nobody() -> None:
    """An empty wish and a building without a social space do not match."""
    people = [household("A", 2), household("B", 2, prefers="S1")]
    found = plan(world([space("S1")], [building("B1", "")], flats("B1", 2), people,
                       goals=[PLACE, {"prefer": None}]))  # fmt: skip
    assert found.values == [2, 0]


def test_locations_concentrate() -> None:
    """Three singles fit into one shared unit: one place, instead of three."""
    people = [household(name) for name in "ABC"]
    units = [*flats("B1", 1), *flats("B2", 1), shared("B3", 3)]
    found = town(people, PLACE, {"locations": {"per": "building"}}, units=units)
    assert found.values == [3, 1]
    assert set(found.homes.values()) == {"B3-shared"}


def test_locations_count_sites_where_asked() -> None:
    """B1 and B2 are one site: two couples there use one new site, though two new buildings."""
    people = [household("A", 2), household("B", 2)]
    assert town(people, PLACE, {"locations": {"per": "building"}}).values == [4, 2]
    found = town(people, PLACE, {"locations": {"per": "site"}})
    assert found.values == [4, 1]
    assert {home[:2] for home in found.homes.values()} == {"B1", "B2"}


@pytest.mark.parametrize("used", ["occupied", "refugee flats", "household", "refugees of the site"])
def test_places_in_use_today_are_no_new_ones(used: str) -> None:
    """Persons in a unit, a refugee flat, a household of the list or refugees of the site make a place one in use."""
    units = [*flats("B1", 2), *flats("B3", 2)]
    people = [household("A", 2)]
    house, sites = building("B3", "S1", site_id="T3"), [{"site_id": "T3"}]
    if used == "occupied":
        units.append(shared("B3", 2, 2))
    elif used == "refugee flats":
        house = house | {"refugee_flats": 1}
    elif used == "household":
        units.append({**flats("B3", 1)[0], "unit_id": "B3-2"})
        people.append(household("B", home="B3-2", pinned=True))
    else:
        sites = [{"site_id": "T3", "refugees": 3}]
    goals = [PLACE, {"locations": {"per": "site"}}]
    found = plan(world([space("S1")], [building("B1"), house], units, people, goals=goals,
                       sites=sites))  # fmt: skip
    assert found.values[1] == 0
    assert found.homes["A"] == "B3-1"
    assert found.defects() == []


def test_keep_adds_up_weighted_excess_of_soft_rules_only() -> None:
    """Two soft rules are paid by weight, a hard one is not in the sum."""
    rules = {
        "few": {"rule": "cap", "count": "persons", "per": "building", "at_most": 1, "soft": 2},
        "cheap": {"rule": "only", "where": {"rent": {"at_most": 300}}, "soft": 0.5},
        "city": {"rule": "cap", "count": "persons", "per": "city", "at_most": 4},
    }
    found = plan(world([space("S1")], [building("B1"), building("B2")],
                       [*flats("B1", 2, rent=300.0), *flats("B2", 2, rent=500.0)],
                       [household("A", 2), household("B", 2)],
                       rules, [PLACE, {"keep": "rules"}]))  # fmt: skip
    assert found.values == [4, 2 * 1 + 2 * 1 + 0.5 * 2]
    assert found.defects() == []


def test_a_soft_rule_without_the_goal_keep_limits_nothing() -> None:
    """Without `keep: rules` among the goals nobody pays: rent alone decides, whatever the soft rule says."""
    rules = {"dear": {"rule": "only", "where": {"rent": {"at_least": 500}}, "soft": 9}}
    units = [*flats("B1", 2, rent=300.0), *flats("B2", 2, rent=500.0)]
    goals = [PLACE, {"rent": None}]
    without = plan(world([space("S1")], [building("B1"), building("B2")], units, [household("A", 2)], rules, goals))
    assert without.values == [2, 300]
    kept = plan(world([space("S1")], [building("B1"), building("B2")], units, [household("A", 2)], rules,
                      [PLACE, {"keep": "rules"}, {"rent": None}]))  # fmt: skip
    assert kept.values == [2, 0, 500]


def test_a_soft_rule_of_weight_zero_costs_nothing() -> None:
    """A weight of 0 is allowed: the excess is shown and not paid."""
    rules = {"none": {"rule": "cap", "count": "persons", "per": "city", "at_most": 0, "soft": 0}}
    found = plan(
        world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 2)], rules, [PLACE, {"keep": "rules"}])
    )
    assert found.values == [2, 0]
    assert found.tally("none").excess == 2


def test_weighted_goals_are_weighed_against_each_other() -> None:
    """A wish of two persons is worth 1.5 each: 3 against 100 EUR more at 0.01 a EUR, which is 1; at 0.05 it is 5."""
    person = household("A", 2, prefers="S2")
    for weight, home, value in ((0.01, "B3-1", 4 - 3), (0.05, "B1-1", 15)):
        goal = {"weighted": [{"rent": None, "weight": weight}, {"prefer": None, "weight": 1.5}]}
        found = town([person], PLACE, goal)
        assert found.homes == {"A": home}
        assert found.values[1] == pytest.approx(value)


def test_goals_have_names_that_a_reader_knows() -> None:
    """A step is reported as it is written: `place: persons`, `spread: districts`, `weighted: rent, prefer`."""
    goals = {name: goal_named(name) for name in goals_by_name()}
    spread = goals["spread"].model_validate({"over": "districts"})
    rent, prefer = goals["rent"](), goals["prefer"]()
    assert goal_name(goals["place"]()) == "place: persons"
    assert goal_name(spread) == "spread: districts"
    assert Stage(((rent, 1.0), (prefer, 2.0))).name == "weighted: rent, prefer"
    assert (Stage(((rent, 1.0), (prefer, 2.0))).signs(), Stage(((prefer, 1.0),)).sense) == ([1.0, -2.0], "max")


def test_goals_say_what_they_want_in_both_languages() -> None:
    """Every goal and rule has a sentence, a formula and a source in its definition."""
    for kind in goals_by_name().values():
        assert {"de", "en"} == set(kind.sentence) == set(kind.unit)
        assert kind.formula
        assert kind.source
    for kind in Rule.__subclasses__():
        assert {"de", "en"} == set(kind.sentence) == set(kind.excess_unit)
        assert kind.formula
        assert kind.source
    assert goal_sentence(goal_named("locations").model_validate({"per": "site"})) == "Use as few new sites as possible."
    assert goal_sentence(goal_named("place")(), "de") == "So viele Personen wie möglich unterbringen."


def test_goals_refuse_what_they_do_not_know() -> None:
    """Unknown parameters and values are refused; unknown columns are findings."""
    for name, wrong in (("place", {"what": "flats"}), ("locations", {"per": "district"}), ("rent", {"per": "person"})):
        with pytest.raises(ValidationError):
            goal_named(name).model_validate(wrong)
    findings = Findings()
    goal = goal_named("prefer").model_validate({"where": {"knid": {"equals": "x"}}})
    goal.check(town([household("A")], PLACE).situation, "goals.0", findings)
    assert [finding.remedy for finding in findings] == ["did you mean 'kind'?"]
