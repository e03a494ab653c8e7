"""The report's tables of choice and of sites, from indicators written by hand."""

from __future__ import annotations

import pytest
from indicator_worlds import hand_made_plan

from allocator.indicators.summary import summary
from allocator.report.choice import choice
from allocator.report.report import report_html
from allocator.report.site_needs import site_needs


def count(households: int, persons: int) -> dict[str, int]:
    """Households and persons."""
    return {"households": households, "persons": persons}


TAKEN = {
    "unmet": count(5, 1200), "open": count(1, 2), "one_rule": count(2, 1190), "several_rules": count(1, 5),
    "no_unit": count(1, 3), "by_rule": {"one-flat": count(1, 90), "mix": count(2, 1100), "fifty": count(0, 0)},
}  # fmt: skip


def test_rules_that_take_most_come_first() -> None:
    """The table has every rule, those that take no wish too; numbers stand in the form of the language."""
    told = choice({"wishes_taken": TAKEN}, "de")
    assert told is not None
    assert told["rows"] == [["mix", "2", "1.100"], ["one-flat", "1", "90"], ["fifty", "0", "0"]]
    assert told["text"].startswith("1.200 Personen mit einem Wunsch leben in keinem gewünschten Sozialraum. Für 1.190")


@pytest.mark.parametrize("indicators", [{}, {"wishes_taken": TAKEN | {"unmet": count(0, 0)}}])
def test_without_an_unmet_wish_there_is_no_table(indicators: dict) -> None:
    """Nothing stands in the report where no wish is unmet, or where an older result does not tell."""
    assert choice(indicators, "en") is None
    assert site_needs(indicators, "en") is None


@pytest.mark.parametrize(("language", "words"), [("en", ["What the rules take", "Sites of 20", "spread evenly"]),
                                                 ("de", ["Was die Regeln", "Standorte zu 20", "gleich verteilt"])])  # fmt: skip
def test_both_tables_stand_in_the_report(language: str, words: list[str]) -> None:
    """The town's report has the wishes, and the sites of 20 that D1 (18 persons, evenly 30) and D2 (22, 10) need."""
    plan = hand_made_plan()
    page = report_html(hand_made_plan(indicators=summary(plan) | {"wishes_taken": TAKEN}), language)
    assert all(word in page for word in words)
    cells = '<td class="n">18</td><td class="n">30{0}0</td><td class="n">1</td><td class="n">2</td></tr>'
    assert cells.format("." if language == "en" else ",") in page


def test_limits_stand_from_the_smallest_and_unknown_shares_as_a_dash() -> None:
    """Two limits are two pairs of columns; without residents there is no even share."""
    place = {
        "name": "A",
        "persons": 51,
        "even_share": None,
        "sites": {"b": 1, "a": 2},
        "sites_even": {"b": None, "a": None},
    }
    told = site_needs(
        {"sites_needed": {"level": "social_space", "limits": {"b": 200, "a": 50}, "places": {"A": place}}}, "en"
    )
    assert told is not None
    assert told["limits"] == [("Sites of 50", "a"), ("Sites of 200", "b")]
    assert told["rows"] == [["A", "51", "–", "2", "–", "1", "–"], ["Together", "51", "–", "2", "–", "1", "–"]]
