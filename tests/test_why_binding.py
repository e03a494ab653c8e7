"""What one more of each thing brings, worked out by hand, and the prices that point at it."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import TinyPlan, building, flats, household, model_of, plan, shared, space, world

from allocator.explain.supply import supply
from allocator.goals.base import Stage
from allocator.goals.place import Place
from allocator.model.build import build_model
from allocator.rules.share import Share
from allocator.scenario.solving import SolveOptions
from allocator.solve.duals import row_values
from allocator.solve.grain import in_units
from allocator.solve.highs import solve_one
from allocator.why.binding import Gain, what_binds
from allocator.why.flats import with_flats
from allocator.why.telling import told_gain, told_supply

EXACT = SolveOptions(gap=0, seconds=30, seed=1)


def gains(found: TinyPlan) -> dict[tuple, Gain]:
    """Everything that was tried, by kind, rule, place and size."""
    tried = what_binds(found.situation, found.rules, found.stages, found.solution.unit_of, EXACT, 60).gains
    return {(one.kind, one.rule, one.place, one.flat.size if one.flat else 0): one for one in tried}


def town(**rules: dict) -> TinyPlan:
    """Two social spaces with a house each; a family of six without a place, a single and a couple with one."""
    units = [*flats("B1", 1, 2), *flats("B2", 2)]
    people = [household("A", 6), household("B", 1), household("C", 2)]
    return plan(world([space("S1"), space("S2")], [building("B1"), building("B2", "S2")], units, people, rules))


def test_a_flat_of_the_missing_size_houses_the_family_and_a_studio_nobody() -> None:
    """A flat for six houses six more wherever it is; one more for one person houses nobody."""
    found = gains(town())
    six = max((one for one in found.values() if one.flat and one.flat.size == 6), key=lambda one: one.gain or 0)
    studio = max((one for one in found.values() if one.flat and one.flat.size == 1), key=lambda one: one.gain or 0)
    assert (six.gain, six.exact) == (6.0, True)
    assert (studio.gain, studio.exact) == (0.0, True)


def test_a_flat_does_not_help_where_a_rule_closes_the_place() -> None:
    """With at most two persons in S1 and more in S2, the flat for six helps in S2 alone, and there it is looked for."""
    closed = {
        "rule": "cap",
        "count": "persons",
        "per": "social_space",
        "at_most": 3,
        "where": {"space_id": {"equals": "S1"}},
    }
    tried = what_binds(*_parts(found := town(closed=closed)), EXACT, 60)
    best = next(one for one in tried.gains if one.flat and one.flat.size == 6 and one.gain is not None)
    assert (best.place, best.gain) == ("S2", 6.0)
    text = told_gain(best, tried, found.situation, found.rules, "en")
    assert text == "With one more flat for 6 persons in S2, 6 persons more would find a place."
    assert told_gain(best, tried, found.situation, found.rules, "de")== (
        "Mit einer weiteren Wohnung für 6 Personen in S2 gäbe es Platz für 6 Personen mehr."
    )


def _parts(found: TinyPlan) -> tuple:
    return found.situation, found.rules, found.stages, found.solution.unit_of


def test_one_more_at_a_site_and_a_whole_rule_wider_are_solved_again() -> None:
    """Two sites for five with room for six, six singles at each asked for: one more at one brings 1, everywhere 2."""
    cap = {"rule": "cap", "count": "persons", "per": "building", "at_most": 5}
    found = gains(plan(world([space("S1")], [building("B1"), building("B2")], [shared("B1", 6), shared("B2", 6)],
                             [household(f"H{i:02}") for i in range(12)], {"five": cap})))  # fmt: skip
    assert found["place", "five", "B1", 0].gain == found["place", "five", "B2", 0].gain == 1.0
    assert found["rule", "five", "", 0].gain == 2.0


def test_a_rule_on_pairs_is_left_out_as_a_whole() -> None:
    """Without the rule that shuts the only dear flat, three persons more have a place."""
    only = {"rule": "only", "where": {"rent": {"at_most": 600}}}
    found = gains(plan(world([space("S1")], [building("B1")], flats("B1", 3, rent=900.0), [household("A", 3)],
                             {"cheap": only})))  # fmt: skip
    assert found["without", "cheap", "", 0].gain == 3.0


def test_where_everybody_has_a_place_nothing_is_tried() -> None:
    """No gains, whatever the rules."""
    assert gains(plan(world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 2)]))) == {}


@pytest.mark.parametrize("start", drawn(range(0, 12, 4), 1))
def test_flats_that_are_closed_change_nothing(start: int) -> None:
    """In random worlds the model with all further flats closed houses as many as the model without them."""
    for seed in range(start, start + 4):
        found = plan(random_world(seed) | {"goals": [{"place": "persons"}]})
        if found.solution.unit_of is not None:
            tried = what_binds(*_parts(found), EXACT, 60)
            assert tried.value == pytest.approx(found.values[0]), seed
            assert all(one.gain is None or one.gain >= 0 for one in tried.gains), seed


def test_flats_of_which_a_share_may_be_let_are_not_invented() -> None:
    """A share of lettings counts flats: one that is not there must not count."""
    found = town()
    rule = Share.model_validate({"rule": "share", "of": {"lettings": {"capacity": {"at_least": 1}}}, "per": "city",
                                 "at_most": 0.5})  # fmt: skip
    assert with_flats(found.situation, {"half": rule}, found.solution.unit_of)[1] == []


def test_prices_have_the_sign_of_a_gain_whatever_the_sense() -> None:
    """A cap on ten singles: one more houses one more (max); and one flat more saves 100 EUR of rent (min)."""
    cap = {"rule": "cap", "count": "persons", "per": "city", "at_most": 4}
    housed = model_of(world([space("S1")], [building("B1")], [shared("B1", 9)], [household(f"H{i}") for i in range(9)],
                            {"four": cap})).linear  # fmt: skip
    worth = row_values(housed, in_units(housed, housed.objectives[0]), EXACT, 10)
    (row,) = [row for row, name in enumerate(housed.row_names) if name.startswith("four")]
    assert worth[row] == pytest.approx(1.0)
    units = [*flats("B1", 1, rent=300.0), *flats("B2", 1, rent=400.0)]
    people = [household("A", 1), household("B", 1, max_rent=900.0)]
    dear = model_of(world([space("S1")], [building("B1"), building("B2")], units, people, {},
                          [{"place": "all"}, {"rent": None}])).linear  # fmt: skip
    worth = row_values(dear, in_units(dear, dear.objectives[1]), EXACT, 10)
    (row,) = [row for row, name in enumerate(dear.row_names) if name == "one_household(B1_1)"]
    assert worth[row] == pytest.approx(100.0)


def test_a_price_bounds_what_one_more_brings_in_the_relaxation() -> None:
    """In random worlds no row wider by one brings the relaxation more than its price."""
    stage = [Stage(((Place(what="persons"), 1.0),))]
    for seed in range(4):
        found = plan(random_world(seed))
        linear = build_model(found.situation, found.rules, stage).linear
        linear = _relaxed(linear)
        objective = linear.objectives[0]
        if not linear.shape[1]:
            continue
        worth = row_values(linear, objective, EXACT, 10)
        before = solve_one(linear, objective, EXACT, 10)
        if worth is None or before.value is None:
            continue
        for row in np.flatnonzero(np.isfinite(linear.high))[:6]:
            high = linear.high.copy()
            high[row] += 1.0
            after = solve_one(_relaxed(linear, high), objective, EXACT, 10)
            assert after.value - before.value <= worth[row] + 1e-6, (seed, linear.row_names[row])


def _relaxed(linear: object, high: np.ndarray | None = None) -> object:
    from dataclasses import replace

    whole = np.zeros(linear.shape[1], dtype=bool)
    return replace(linear, integer=whole, high=linear.high if high is None else high)


def test_what_is_missing_and_what_is_left_over_is_counted_by_size() -> None:
    """The family of six lacks a home whatever the rules say; of two flats for two one is left."""
    found = town()
    counted = supply(found.situation, found.rules, found.solution.unit_of)
    assert (counted.missing, counted.vacant, counted.held_back) == ({6: 1}, {2: 1}, 0)
    told = told_supply(counted, found.situation, "de")
    assert told == ["Selbst ganz ohne Regeln würden fehlen: 1 Wohnung für 6 Personen.",
                    "Angenommen, alle ohne Platz zögen in eine leere Wohnung, die für sie passt, gleich was die Regeln "
                    "sagen. Dann blieben immer noch leer: 1 Wohnung für 2 Personen."]  # fmt: skip
