"""`allocator indicators`, and the definitions that it prints: complete, and in both languages."""

from __future__ import annotations

import json
import re

import pytest
from indicator_worlds import hand_made_plan
from tiny_runs import call

from allocator.indicators.area_indices import ALL_INDICES
from allocator.indicators.definitions import AREA_COLUMNS, INDICATORS, Indicator
from allocator.indicators.indicator import SENSE_WORDS, said
from allocator.indicators.multigroup import MULTIGROUP_INDICES
from allocator.indicators.summary import summary
from allocator.report.index_rows import index_notes, index_rows
from allocator.rules.share import Share

EVERY = (*INDICATORS, *AREA_COLUMNS)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_every_definition_is_complete(one: Indicator) -> None:
    """Name, meaning and sense are there in both languages, the unit in both or in neither."""
    for text in (one.title, one.meaning):
        assert text.en
        assert text.de
    assert one.meaning.en.endswith(".")
    assert one.meaning.de.endswith(".")
    assert bool(one.unit.en) == bool(one.unit.de)
    assert one.sense in SENSE_WORDS


def test_names_are_used_once() -> None:
    """No two definitions of a file have the same name."""
    for some in (INDICATORS, AREA_COLUMNS):
        assert len({one.name for one in some}) == len(some)


def test_every_index_has_formula_and_source() -> None:
    """Each index has a formula, and a source with author, year and DOI, or says that there is none."""
    by_name = {one.name: one for one in INDICATORS}
    for name in (*ALL_INDICES, *MULTIGROUP_INDICES):
        assert by_name[name].formula
        assert re.search(r"[A-Z]\w+.* (19|20)\d\d, .*(doi:10\.\d{4,}/|no DOI)", by_name[name].source), name


def test_the_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name every indicator stands in the list, under the file that holds it."""
    answer = call(capsys, "indicators")
    assert answer.status == 0
    assert all(f"  {one.name} " in answer.out for one in EVERY)
    assert answer.out.index("result.json:") < answer.out.index("indicators.csv:")


@pytest.mark.parametrize(
    ("language", "said_so"),
    [("en", ["Share of refugees who", "lower is better", "source:", "Duncan"]),
     ("de", ["Anteil der Geflüchteten, die", "niedriger ist besser", "Quelle:", "½ Σ |x_i/X − y_i/Y|"])],
)  # fmt: skip
def test_one_indicator_in_both_languages(capsys: pytest.CaptureFixture[str], language: str, said_so: list[str]) -> None:
    """By its name everything is said of an indicator, in either language."""
    answer = call(capsys, "indicators", "dissimilarity", "--language", language)
    assert answer.status == 0
    assert all(words in answer.out for words in said_so)


def test_a_name_of_both_files_is_shown_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """`free` is told of the plan and of each area."""
    found = json.loads(call(capsys, "indicators", "free", "--json").out)
    assert [one["file"] for one in found] == ["result.json", "indicators.csv"]


def test_json_holds_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON the definitions are plain data with both languages."""
    found = json.loads(call(capsys, "indicators", "--json").out)
    assert len(found) == len(EVERY)
    assert found[0]["title"] == {"en": "Listed", "de": "Auf der Liste"}


def test_an_unknown_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error is wrong usage and names what was meant."""
    answer = call(capsys, "indicators", "giny")
    assert answer.status == 2
    assert "gini" in answer.err


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_report_explains_every_index_that_it_shows(language: str) -> None:
    """For each row of the table of indices there is a note with its formula; groups are named where rules name them."""
    plan = hand_made_plan()
    plan.scenario.rules["each"] = Share(of="each_group", per="social_space", at_most=0.4)
    told = summary(plan)
    rows, notes = index_rows(told, language), index_notes(told, language)
    names = [*ALL_INDICES, *MULTIGROUP_INDICES]
    assert len(rows) == len(names)
    assert all(len(row["cells"]) == 4 for row in rows)
    for one in INDICATORS:
        shown = any(said(one, language)["meaning"] in note and one.formula in note for note in notes)
        assert shown == (one.name in names), one.name
    assert "500" in notes[0]
    assert rows[0]["cells"][0]["interval"]
    assert not rows[-1]["cells"][0]["interval"]


def test_the_report_reads_results_of_older_versions() -> None:
    """A result that has no spatial indices, intervals or groups gives a shorter table."""
    told = summary(hand_made_plan())
    old = {"segregation": {level: {when: {"gini": some["gini"]} for when, some in levels.items()}
                           for level, levels in told["segregation"].items()}}  # fmt: skip
    assert len(index_rows(old, "en")) == 1
    assert len(index_notes(old, "en")) == 2
