"""What a caseworker reads: rules by what they say, districts by their names, priorities in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import building, flats, household, plan, shared, space, world

from allocator.explain.changes import Change
from allocator.explain.missing import missing_sentences
from allocator.explain.smallest import smallest_changes
from allocator.explain.telling import place_words, told_change
from allocator.report.numbers import Language
from allocator.report.rule_rows import rule_words
from allocator.rules import rule_named
from allocator.scenario import goal_title
from allocator.scenario.solving import SolveOptions
from allocator.why.binding import Gain, Widest
from allocator.why.demands import ways_out
from allocator.why.telling import told_closed, told_gain, told_tight, told_way

CAP: dict[str, Any] = {"rule": "cap", "count": "persons", "per": "district", "at_most": 4}


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        ({"rule": "cap", "count": "flats", "per": "building", "at_most": 1},
         "'At most 1 flat per building' (r)", "„Höchstens 1 Wohnung je Gebäude“ (r)"),
        ({"rule": "cap", "count": "persons", "per": "site", "at_most": 50, "soft": 2, "where": {"kind": {"equals": "tent"}}},
         "'At most 50 persons per site (kind is tent)' (r)", "„Höchstens 50 Personen je Standort (kind ist tent)“ (r)"),
        ({"rule": "seats", "kind": "school", "within": 2000},
         "'Every child has a seat of its own at a school at most 2000 m from home' (r)",
         "„Jedes Kind hat einen eigenen Platz (Schule), höchstens 2000 m von zu Hause“ (r)"),
    ],
)  # fmt: skip
def test_a_rule_is_called_by_what_it_says(said: dict[str, Any], english: str, german: str) -> None:
    """In both languages, with its name in the scenario behind, and without what being soft means."""
    rule = rule_named(said["rule"])(**said)
    assert [rule_words("r", rule, "en"), rule_words("r", rule, "de")] == [english, german]


def town(**rules: dict[str, Any]) -> Any:
    """Two families of three, a shared house for ten and a flat in one district; whoever places most is best."""
    return plan(world([space("S1", district_id="D1")], [building("B1"), building("B2")],
                      [shared("B1", 10), *flats("B2", 3)], [household("A", 3), household("B", 3)], rules,
                      [{"place": "persons"}]))  # fmt: skip


def test_a_district_is_called_by_its_name_or_as_a_district() -> None:
    """`district D1`, and by the further column `district_name` where the social spaces have it."""
    found = town(few=CAP)
    rule, situation = found.rules["few"], found.situation
    assert [place_words(situation, rule, "D1", one) for one in ("en", "de")] == ["district D1", "Bezirk D1"]
    situation.city.social_spaces["district_name"] = "Mitte"
    assert place_words(situation, rule, "D1", "de") == "Mitte [D1]"
    change = Change("limit", "few", "D1", 2.0, allowed=6.0)
    assert told_change(change, situation, found.rules, "en") == (
        "would fit if rule 'At most 4 persons per district' (few) allowed 6 persons at Mitte [D1]"
    )


def test_a_full_rule_says_of_what_it_has_how_many() -> None:
    """One of one district, told as districts; a rule on pairs is no limit that fills up."""
    found = town(few=CAP | {"at_most": 3}, fit={"rule": "fit", "standard": "nrw"})
    told = [told_tight(name, found.rules[name], found.tallies[name], found.situation, "en") for name in ("few", "fit")]
    assert "leaves no more room" in told[0]
    assert told[1].endswith("(fit) is checked for each home by itself; what would be without it stands below.")


def test_what_is_missing_is_told_with_the_names_of_places() -> None:
    """An infeasible run says where in words: district D1."""
    found = plan(world([space("S1", district_id="D1")], [building("B1")], [shared("B1", 10)],
                       [household("A", 3), household("B", 3)], {"few": CAP}, [{"place": "all"}]))  # fmt: skip
    assert missing_sentences(found.solution.missing, found.rules, "de", found.situation) == [
        "Regel „Höchstens 4 Personen je Bezirk“ (few) wird um 2 Personen überschritten (bei Bezirk D1)"
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "If rule 'At most 4 persons per district' (few) allowed 2 persons more at district D1, the plan would house 6 "
            "persons more, counted with their priority."),
     ("de", "Wenn Regel „Höchstens 4 Personen je Bezirk“ (few) bei Bezirk D1 2 Personen mehr zuließe, gäbe es Platz für "
            "6 Personen mehr, mit ihrem Vorrang gezählt.")],
)  # fmt: skip
def test_nobody_is_told_of_points(language: Language, told: str) -> None:
    """Three persons of priority 2 count as six persons, and that is said."""
    found = town(few=CAP)
    situation = type(found.situation)(
        found.situation.city, found.situation.households.assign(priority=[1.0, 2.0]), None
    )
    gain = Gain("place", "few", "D1", 2.0, None, 6.0, gain=6.0, at_most=6.0)
    widest = Widest("place: persons", 6.0, True, (gain,))
    assert told_gain(gain, widest, situation, found.rules, language) == told


def test_where_no_other_home_is_open_it_is_said_why() -> None:
    """A lives in one of two flats for three, B in the other, and the large house is too dear: its own is not counted."""
    dear = {"rule": "only", "where": {"rent": {"at_most": 600}}}
    found = plan(world([space("S1")], [building("B1"), building("B2")],
                       [*flats("B1", 4, rent=900.0), *flats("B2", 3, 3, rent=300.0)], [household("A", 3), household("B", 3)],
                       {"cheap": dear}, [{"place": "persons"}]))  # fmt: skip
    told = told_closed(found.situation, found.rules, found._unit_of, 0, "en")
    assert told == ("No other home is open to this household: suitable ones that other households get in this plan: 1, "
                    "not allowed by rule 'Only places take people where rent at most 600' (cheap): 1.")  # fmt: skip


def test_a_goal_is_called_by_what_it_prefers() -> None:
    """In both languages."""
    (stage,) = town(few=CAP).stages
    assert goal_title(stage) == "House as many persons as possible"
    assert goal_title(stage, "de") == "So viele Personen wie möglich unterbringen"


CROWDED = world([space("S1", residents=100, refugees=10)], [building("B1")], [*flats("B1", 1)], [household("A", 1)],
                {"few": {"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.05}})  # fmt: skip


def test_a_share_is_told_from_where_it_stands_today() -> None:
    """Ten of a hundred live there today: with one more there are 11 of 101, and 5 % is not what holds there."""
    found = plan(CROWDED | {"goals": [{"place": "all"}]})
    (way,) = [way for way in ways_out(found.situation, found.rules, SolveOptions(gap=0), 30) if way.kind == "one"]
    told = told_way(way, found.situation, found.rules, "en")
    assert "1 person more at S1 (10.90 % instead of today's 9.95 %)" in told
    plan_of_it = plan(CROWDED | {"goals": [{"place": "all"}], "rules": {
        "few": CROWDED["rules"]["few"] | {"at_most": 0.1090}}})  # fmt: skip
    assert plan_of_it.status == "optimal", "what is told to be enough is enough"


def test_a_wider_rule_that_does_not_reach_the_full_place_says_so() -> None:
    """One more at S1 helps, 6 % instead of 5 % everywhere does not: there are ten per cent today."""
    found = plan(CROWDED)
    place = Gain("place", "few", "S1", 1.0, None, 1.0, gain=1.0, at_most=1.0)
    whole = Gain("rule", "few", step=0.01, gain=0.0, at_most=0.0)
    widest = Widest("place: persons", 0.0, True, (place, whole))
    told = told_gain(whole, widest, found.situation, found.rules, "en")
    assert "allowed 6 % instead of 5 % everywhere, still nobody more would find a place: where room is short" in told
    alone = Widest("place: persons", 0.0, True, (whole,))
    assert told_gain(whole, alone, found.situation, found.rules, "en").endswith("still nobody more would find a place.")


def test_a_soft_rule_says_whether_the_plan_keeps_it() -> None:
    """Six persons where four should live: exceeded by two persons; where ten may, it is kept."""
    told = []
    for most in (4, 10):
        found = town(few=CAP | {"at_most": most, "soft": 1})
        told.append(told_tight("few", found.rules["few"], found.tallies["few"], found.situation, "en"))
    assert told[0].endswith("It is to be kept as far as possible; this plan exceeds it by 2 persons.")
    assert told[1].endswith("It is to be kept as far as possible, and this plan keeps it.")


def test_a_smallest_change_names_what_is_there_today() -> None:
    """Ten of a hundred live there today, so 10.90 % would be needed, and 5 % is not what holds there."""
    found = plan(CROWDED)
    change = smallest_changes(found.situation, found.rules, found._unit_of)[0]
    told = told_change(change, found.situation, found.rules, "en")
    assert told.endswith("(few) allowed 10.90 % (there are 10.00 % today, who may stay) at S1")
    city = found.situation.city
    assert city.social_spaces["refugees"].tolist() == [10]
