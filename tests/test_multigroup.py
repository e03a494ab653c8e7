"""Segregation between several groups: by hand, beside two groups and PySAL, and only of groups that a rule names."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from indicator_worlds import ALLOCATION, hand_made_city, hand_made_households

from allocator.indicators.areas import area_table
from allocator.indicators.groups import labels_of_rules
from allocator.indicators.multigroup import (
    MULTIGROUP_INDICES,
    multigroup_dissimilarity,
    multigroup_entropy,
    multigroup_gini,
    multigroup_indices,
)
from allocator.indicators.segregation import dissimilarity, entropy_index, gini
from allocator.indicators.summary import summary
from allocator.ledger import Ledger
from allocator.rules.cap import Cap
from allocator.rules.share import Share

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""
tables = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8)


def test_three_groups_by_hand() -> None:
    """Ten persons of each of three groups: apart everything is 1, alike everywhere 0."""
    assert multigroup_indices(np.diag([10, 10, 10])) == pytest.approx(dict.fromkeys(MULTIGROUP_INDICES, 1))
    even = multigroup_indices([[5, 5, 5], [1, 1, 1]])
    assert even == pytest.approx(dict.fromkeys(MULTIGROUP_INDICES, 0), abs=1e-12)
    # Shares ½, ½, 0 and ¼, ¼, ½ of 4 persons each: P = 3/8, 3/8, 1/4; Σ|p - P| is ½ at both, I = 30/64 + 12/64.
    assert multigroup_dissimilarity([[2, 2, 0], [1, 1, 2]]) == pytest.approx(4 * 2 * 0.5 / (2 * 8 * 42 / 64))


@PATIENT
@given(tables)
def test_two_groups_are_the_index_of_two_groups(counts: list[tuple[int, int, int]]) -> None:
    """With two groups each index is that of one group against the others; all lie in 0 to 1."""
    table = np.array(counts, dtype=float)
    x, t = table[:, 0], table[:, 0] + table[:, 1]
    for several, one in ((multigroup_dissimilarity, dissimilarity), (multigroup_gini, gini),
                         (multigroup_entropy, entropy_index)):  # fmt: skip
        assert several(table[:, :2]) == pytest.approx(one(x, t), nan_ok=True, abs=1e-9)
    assert all(math.isnan(value) or -1e-9 <= value <= 1 + 1e-9 for value in multigroup_indices(table).values())


@pytest.mark.parametrize("counts", [np.zeros((0, 2)), [[0, 0], [0, 0]], [[3, 0], [2, 0]]])
def test_fewer_than_two_groups_are_undefined(counts: object) -> None:
    """Nobody, or one group alone, cannot be compared, and gives no warning."""
    with np.errstate(all="raise"):
        assert all(math.isnan(value) for value in multigroup_indices(counts).values())


@pytest.mark.parametrize("counts", [[3, 4], [[-1, 2]], [[math.nan, 2]]])
def test_impossible_counts_are_refused(counts: object) -> None:
    """What is no table of counts is refused."""
    with pytest.raises(ValueError, match="table of finite numbers"):
        multigroup_dissimilarity(counts)


@pytest.mark.slow
def test_equal_to_pysal_on_random_cities() -> None:
    """On random cities of two to five groups every index equals that of the package segregation."""
    pysal = pytest.importorskip("segregation.multigroup", reason="needs the package segregation (extra test)")
    random = np.random.default_rng(1)
    theirs = dict(zip(MULTIGROUP_INDICES, ("MultiDissim", "MultiGini", "MultiInfoTheory", "MultiNormExposure"),
                      strict=True))  # fmt: skip
    for places, groups in ((2, 2), (24, 3), (86, 4), (120, 5)):
        counts = random.integers(1, 3_000, (places, groups))
        frame = pd.DataFrame(counts, columns=[f"g{number}" for number in range(groups)])
        for name, index in MULTIGROUP_INDICES.items():
            statistic = getattr(pysal, theirs[name])(frame, list(frame.columns)).statistic
            assert index(counts) == pytest.approx(statistic, rel=1e-9), (name, places)


def ledger_of_groups(groups: list[str], **columns: list[float]) -> Ledger:
    """The town with these groups of its six households, and further columns of its social spaces."""
    spaces = hand_made_city().social_spaces.assign(**columns)
    return Ledger(hand_made_city(social_spaces=spaces), hand_made_households().assign(group=groups), ALLOCATION)


GROUPS = ["a", "b", "b", "", "a", ""]


@pytest.mark.parametrize(
    ("of", "labels"),
    [
        ("refugees", []),
        ("each_group", ["a", "b"]),
        ({"group": "b"}, ["b"]),
        ({"group": "c"}, ["c"]),
        ({"group": "nowhere"}, []),
        ({"households": {"group": {"in": ["a", "x"]}}}, ["a"]),
        ({"households": {"children_kita": {"at_least": 1}}}, []),
    ],
)
def test_labels_are_used_only_where_a_rule_names_them(of: object, labels: list[str]) -> None:
    """A group is compared with others exactly where a rule of the scenario names it and the city or the list has it."""
    ledger = ledger_of_groups(GROUPS, group_c=[1.0, 0.0, 0.0])
    rules = {"some": Share(of=of, per="social_space", at_most=0.4), "cap": Cap(count="persons", per="site", at_most=5)}
    assert labels_of_rules(rules, ledger) == labels
    told = summary(ledger, rules=rules)["groups"]
    assert told.get("labels", []) == labels
    assert bool(told) == bool(labels)


def test_groups_with_residents_and_those_who_move() -> None:
    """Today 20 + 2 of a live in Tal beside H1; afterwards H1 (a) is in Berg and H2 (b) in Altstadt."""
    ledger = ledger_of_groups(GROUPS, group_a=[10.0, 0.0, 20.0])
    told = summary(ledger, rules={"each": Share(of="each_group", per="social_space", at_most=0.4)})["groups"]
    areas = area_table(ledger)
    residents = {when: areas.loc[areas["level"] == "social_space", column].to_numpy()
                 for when, column in (("before", "residents"), ("after", "residents_after"))}  # fmt: skip
    of_groups = {"before": [[10, 0], [0, 0], [23, 0]], "after": [[10, 4], [1, 0], [22, 0]]}
    for when, counts in of_groups.items():
        others = residents[when] - np.sum(counts, axis=1)
        expected = multigroup_indices(np.column_stack([counts, others]))
        assert told["social_space"][when] == pytest.approx(expected, abs=1e-8)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
