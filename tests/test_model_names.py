"""Names in exported models: an LP file is written and read again, whatever ids and rules are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import building, flats, household, model_of, plan, shared, space, world

from allocator.model.names import KEYWORDS, LONGEST, Names, joined, label, row_label, some_of, unique
from allocator.solve.through_pulp import write_lp

LONG = "Wohnungsbaugesellschaft der Stadt Musterstadt mit beschränkter Haftung, Haus Nr. " + "0123456789" * 18
"""An id of 261 characters."""
ODD = ["ä ö/ü", "a+b-c*d", "x[1]{2}(3)", "2 x1 <= 3", "e10", ".5", "'\"`^$:=", "", " ", "\u202e名", "🏠", "a#1", "a\nb"]
NAMES = ["50 per site", "e3", "inf", "infinite", "nan", "end", "st", "Subject", "free", "two words", "two-words",
         "one_unit", "places", "nothing", "keep_goal1", "§", "", ".x", LONG]  # fmt: skip
"""Rules that a reader of LP files, or the model itself, could take for something else."""


def read(path: Path) -> highspy.HighsLp:
    """An LP file as HiGHS reads it."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    return highs.getLp()


def exported(made: dict[str, Any], path: Path) -> None:
    """Write the model of a world and assert that what HiGHS reads is that model, name for name."""
    linear = model_of(made).linear
    write_lp(linear, linear.objectives[0], path)
    lp = read(path)
    assert set(lp.row_names_) == {name for row, name in enumerate(linear.row_names) if linear.matrix[row].nnz}
    used = np.flatnonzero((linear.matrix.getnnz(axis=0) > 0) | (linear.objectives[0].cost != 0))
    assert set(lp.col_names_) == {linear.column_names[column] for column in used}
    assert max(map(len, [*lp.row_names_, *lp.col_names_])) <= LONGEST


def test_names_are_readable() -> None:
    """Umlauts are spelt out, what LP files cannot hold becomes `_`, and of a long id the beginning stays."""
    assert label("höchstens-80 (neu)") == "hoechstens_80__neu_"
    assert label("x" * 100) == "x" * 100
    assert label(LONG).startswith(
        "Wohnungsbaugesellschaft_der_Stadt_Musterstadt_mit_beschraenkter_Haftung,_Haus_Nr._0123"
    )
    assert len(label(LONG)) == 100
    assert label(LONG + "a") != label(LONG + "b")
    assert [row_label(name) for name in ("cap", "50-je-Haus", "End", "")] == [
        "cap",
        "rule_50_je_Haus",
        "rule_End",
        "rule_",
    ]


@given(st.lists(st.sampled_from(["a", "b", "a#1", "a#2", "a#1#1", "b#1"]), max_size=12))
def test_twins_get_a_number_that_is_free(names: list[str]) -> None:
    """Each name comes out once, also where others look like a numbered twin, and the first of a kind stays."""
    found = unique(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(one == name or one.startswith(f"{name}#") for one, name in zip(found, names, strict=True))
    assert all(found[names.index(name)] == name for name in names)


def test_long_ids_are_exported(tmp_path: Path) -> None:
    """Households, units, buildings, sites, social spaces and rules with ids of 261 characters: a readable model."""
    houses = [building(f"{LONG}{one}", f"{LONG}S{one}", site_id=f"{LONG}T{one}") for one in "12"]
    units = [*flats(f"{LONG}1", 2, 3), shared(f"{LONG}2", 5, occupied=1)]
    people = [household(f"{LONG}H{one}", 1 + one % 2, prefers=f"{LONG}S{1 + one % 2}") for one in range(4)]
    rules = {
        f"{LONG}-{number}": rule
        for number, rule in enumerate(
            [
                {"rule": "cap", "count": "persons", "per": "site", "at_most": 2, "soft": 1},
                {"rule": "cap", "count": "flats", "per": "building", "at_most": 1},
                {"rule": "share", "of": "refugees", "per": "social_space", "at_most": 0.01, "soft": 1},
                {"rule": "spread", "over": "social_spaces", "at_most": 0.1, "soft": 2},
            ]
        )
    }
    goals = [{"place": "persons"}, {"prefer": None}, {"spread": {"over": "social_spaces", "minimise": "largest"}},
             {"locations": {"per": "site"}}]  # fmt: skip
    made = world([space(f"{LONG}S1"), space(f"{LONG}S2")], houses, units, people, rules, goals,
                 sites=[{"site_id": f"{LONG}T{one}"} for one in "12"])  # fmt: skip
    exported(made, tmp_path / "model.lp")


def test_odd_ids_are_exported(tmp_path: Path) -> None:
    """Ids with umlauts, spaces, brackets, signs, full stops and line breaks, some of them equal after cleaning."""
    people = [household(f"{one}{twin}", 1 + number) for number, one in enumerate(ODD) for twin in ("", " ", "_", "-")]
    units = [row for one in ODD for row in flats(f"B{one}", 20, rent=300.0)]
    buildings = [building(f"B{one}") for one in ODD]
    rules = {"cap": {"rule": "cap", "count": "persons", "per": "building", "at_most": 3}}
    exported(world([space("S1")], buildings, units, people, rules), tmp_path / "model.lp")


def test_odd_rules_are_exported_and_solved(tmp_path: Path) -> None:
    """Rules called like a number, a keyword, a row of the model or each other: exported, read again, and solved."""
    kinds = [
        {"rule": "cap", "count": "persons", "per": "building", "at_most": 2},
        {"rule": "share", "of": "refugees", "per": "city", "at_most": 0.04},
        {"rule": "spread", "over": "social_spaces", "at_most": 0.5},
        {"rule": "moves", "at_most": 0},
    ]
    people = [household("A", 2), household("B", 2, home="B1-1"), household("C", 3)]
    for number, kind in enumerate(kinds):
        made = world([space("S1"), space("S2")], [building("B1"), building("B2", "S2")],
                     [*flats("B1", 3, 3, rent=300.0), *flats("B2", 4)], people, dict.fromkeys(NAMES, kind),
                     [{"place": "persons"}, {"spread": {"over": "social_spaces"}}, {"rent": None}])  # fmt: skip
        exported(made, tmp_path / f"{number}.lp")
        assert plan(made).status == "optimal"


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_keywords_are_no_names(word: str) -> None:
    """No keyword of the LP format begins a row alone."""
    assert row_label(word) == f"rule_{word}"
    assert row_label(f"{word}s-of-all") in (f"{word}s_of_all", f"rule_{word}s_of_all")


class Read:
    """Makers of names that remember what was asked of them."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked: list[list[int]] = []

    def names(self, size: int, beginning: str) -> Names:
        """So many names that begin alike; from the third on they are twins."""
        return Names(size, lambda at: (self.asked.append(at.tolist()), [f"{beginning}{min(one, 2)}" for one in at.tolist()])[1])


def test_names_are_made_when_somebody_reads_them() -> None:
    """Several families behind each other, a part of them, a part of a part: nothing is made before, and then only what is read."""
    read = Read()
    whole = joined([read.names(4, "x"), ["a", "b"], read.names(3, "y")])
    part = some_of(some_of(whole, np.array([0, 3, 4, 6, 7, 8])), np.array([1, 2, 5]))
    assert (len(whole), len(part), read.asked) == (9, 3, [])
    assert list(part) == ["x2", "a", "y2"]
    assert read.asked == [[3], [2]]
    assert whole[3] == "x2#1"
    assert whole[-3:] == ["y0", "y1", "y2"]
    assert list(whole) == unique(["x0", "x1", "x2", "x2", "a", "b", "y0", "y1", "y2"])
    assert len(read.asked) == 4
    assert list(joined([])) == []


def test_twins_are_told_apart_among_those_that_are_read() -> None:
    """The third and fourth of one family are twins: read together the second has a number, alone it has not."""
    names = Read().names(4, "x")
    assert names.at(np.array([2, 3])) == ["x2", "x2#1"]
    assert names.at(np.array([3])) == ["x2"]
    assert list(some_of(names, np.array([3, 2]))) == ["x2", "x2#1"]


def test_a_part_of_a_model_has_the_names_of_its_columns() -> None:
    """A part has the names that its columns have in the whole, and what follows from choices is found behind them."""
    linear = model_of(world([space("S1", 100), space("S2", 200)], [building("B1", "S1"), building("B2", "S2")],
                            [*flats("B1", 2), *flats("B2", 3)], [household("H1", 2), household("H2", 1)],
                            goals=[{"place": "persons"}, {"spread": {"over": "social_spaces", "minimise": "sum"}}])).linear  # fmt: skip
    names = list(linear.column_names)
    columns = np.arange(0, linear.shape[1], 2)
    assert list(linear.part(columns).column_names) == [names[column] for column in columns.tolist()]
    assert linear.followers == names[linear.choices :]
    assert any(name.startswith("distance_") for name in linear.followers)
    assert not any(name.startswith(("place(", "flow(", "pool(")) for name in linear.followers)
