"""Load against the key, location quotients, costs and sizes of sites, worked out by hand on the town."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from indicator_worlds import hand_made_city, hand_made_households, hand_made_ledger, hand_made_plan

from allocator.goals.base import Stage
from allocator.goals.place import Place
from allocator.goals.spread import SpreadGoal
from allocator.indicators.areas import area_table
from allocator.indicators.loads import key_loads, spreads_of
from allocator.indicators.summary import summary
from allocator.ledger import Ledger
from allocator.rules.spread import Spread


def test_rules_and_goals_that_spread_are_told_by_name() -> None:
    """A rule keeps its name; goals are counted, weighted ones too; what does not spread is left out."""
    stages = (
        Stage(((Place(), 1.0),)),
        Stage(((SpreadGoal(over="districts"), 1.0), (Place(), 1.0))),
        Stage(((SpreadGoal(over="social_spaces", key="area"), 1.0),)),
    )
    found = spreads_of({"even": Spread(over="districts", at_most=0.1)}, stages)
    assert list(found) == ["even", "goal spread", "goal spread 2"]


def test_load_against_residents_by_hand() -> None:
    """D1 has 300 of 400 residents: of 36 persons today 27 are its share and 13 live there, afterwards 18 of 40."""
    told = key_loads(hand_made_ledger(), {"even": Spread(over="districts", at_most=0.1)})["even"]
    assert told["places"]["D1"] == {"key_share": 0.75, "persons_before": 13, "deviation_before": -14,
                                    "persons_after": 18, "deviation_after": -12}  # fmt: skip
    assert told["before"] == {"persons": 36, "out_of_place": pytest.approx(14 / 36), "largest": 14}
    assert told["after"] == {"persons": 40, "out_of_place": pytest.approx(12 / 40), "largest": 12}


def test_load_against_a_mixed_key_is_what_the_goal_recounts() -> None:
    """Half residents, half area: the deviations add up to the value of the goal."""
    ledger, goal = hand_made_ledger(), SpreadGoal(over="social_spaces", key={"residents": 1.0, "area": 1.0})
    told = key_loads(ledger, {"goal": goal})["goal"]
    away = [abs(place["deviation_after"]) for place in told["places"].values()]
    assert sum(away) == pytest.approx(goal.recount(ledger))
    assert told["after"]["out_of_place"] == pytest.approx(goal.recount(ledger) / 2 / 40)


def test_load_of_nobody_is_undefined() -> None:
    """Without a person nothing is out of place, and no share of them either."""
    city = hand_made_city()
    bare = hand_made_city(social_spaces=city.social_spaces.assign(refugees=0.0), sites=city.sites.assign(refugees=0.0))
    ledger = Ledger(bare, hand_made_households().iloc[:0], {})
    told = summary(ledger, rules={"even": Spread(over="districts", at_most=0.1)})["key_loads"]["even"]
    assert told["after"] == {"persons": 0, "out_of_place": None, "largest": 0}


def test_a_plan_tells_the_load_of_its_goals_and_draws_from_its_seed() -> None:
    """The goals and the seed of the scenario reach the indicators."""
    plan = hand_made_plan()
    plan.scenario.stages = (Stage(((SpreadGoal(over="districts"), 1.0),)),)
    plan.scenario.solve.seed = 5
    told = summary(plan)
    assert list(told["key_loads"]) == ["goal spread"]
    assert told["segregation_intervals"]["seed"] == 5
    plan.scenario.solve.seed = 6
    assert summary(plan)["segregation_intervals"]["social_space"] != told["segregation_intervals"]["social_space"]
    assert summary(plan)["segregation"] == told["segregation"]


def test_location_quotients_by_hand() -> None:
    """Altstadt has 13 of 103 residents today, the city 36 of 406; of districts D1 has 13 of 303."""
    rows = area_table(hand_made_ledger()).set_index("place_id")
    before, after = rows["location_quotient_before"], rows["location_quotient_after"]
    assert before["S1"] == pytest.approx(13 / 103 / (36 / 406))
    assert (before["S2"], before["D1"]) == (0, pytest.approx(13 / 303 / (36 / 406)))
    assert after["S3"] == pytest.approx(22 / 102 / (40 / 410))
    spaces = rows["level"] == "social_space"
    weighted = (before * rows["residents"])[spaces].sum() / rows["residents"][spaces].sum()
    assert weighted == pytest.approx(1)


@pytest.mark.slow
def test_location_quotients_equal_pysal() -> None:
    """On the social spaces of the town the quotients are those of the package segregation."""
    pysal = pytest.importorskip("segregation.local", reason="needs the package segregation (extra test)")
    rows = area_table(hand_made_ledger()).query("level == 'social_space'")
    frame = pd.DataFrame({"x": rows["refugees_after"], "y": rows["residents_after"] - rows["refugees_after"]})
    theirs = np.asarray(pysal.MultiLocationQuotient(frame, ["x", "y"]).statistics)[:, 0]
    assert rows["location_quotient_after"].to_numpy() == pytest.approx(theirs, rel=1e-12)


def test_location_quotients_are_undefined_where_nobody_lives_or_no_refugee() -> None:
    """A place without residents has none, and none has one in a city without refugees."""
    spaces = hand_made_city().social_spaces.assign(residents=[0.0, 200.0, 100.0], refugees=[0.0, 10.0, 0.0])
    households = hand_made_households().iloc[:0]
    rows = area_table(Ledger(hand_made_city(social_spaces=spaces), households, {})).set_index("place_id")
    assert math.isnan(rows.loc["S1", "location_quotient_before"])
    assert rows.loc["S2", "location_quotient_before"] == pytest.approx(10 / 200 / (10 / 300))
    nobody = hand_made_city(social_spaces=spaces.assign(refugees=0.0))
    assert area_table(Ledger(nobody, households, {}))["location_quotient_after"].isna().all()


def test_costs_of_sites_by_hand() -> None:
    """Two persons placed at the site for 300 EUR each; who lives at no site of the table has no known cost."""
    sites = hand_made_city().sites.assign(cost=[300.0])
    told = summary(hand_made_ledger(sites=sites))["cost"]
    assert told == {"eur_per_month": 600, "eur_per_month_and_person": 300, "persons_with_known_cost": 2}
    unknown = summary(hand_made_ledger())["cost"]
    assert unknown == {"eur_per_month": 0, "eur_per_month_and_person": None, "persons_with_known_cost": 0}


def test_median_of_sites_in_use() -> None:
    """Today 3, 3 and 23 persons live at three sites, afterwards 7, 1, 3 and 22 at four; empty ones do not count."""
    sites = summary(hand_made_ledger())["sites"]
    assert (sites["before"]["in_use"], sites["before"]["median_persons"]) == (3, 3)
    assert (sites["after"]["in_use"], sites["after"]["median_persons"]) == (4, np.median([7, 1, 3, 22]))


def test_no_site_in_use_has_no_median() -> None:
    """Without anybody there is no median."""
    city = hand_made_city()
    units = city.units.iloc[:0]
    empty = hand_made_city(units=units, sites=city.sites.assign(refugees=0.0))
    sites = summary(Ledger(empty, pd.DataFrame(hand_made_households()).iloc[:0], {}))["sites"]
    assert (sites["after"]["in_use"], sites["after"]["median_persons"]) == (0, None)
