"""What is known before anything is solved: the plan of an office without a plan, and plans that cannot be better."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import drawn
from random_worlds import random_world
from tiny import as_rules, as_stages, building, flats, household, model_of, plan, shared, situation_of, space, world

from allocator.explain.first_come import first_come_first_served
from allocator.ledger import Ledger
from allocator.model.start import as_columns
from allocator.plan import allocation_table
from allocator.scenario.solving import SolveOptions
from allocator.solve.completing import completed
from allocator.solve.shortcut import already_best, bound_without_limits
from allocator.solve.stages import solve
from allocator.verify import verify_allocation

CAP = {"two": {"rule": "cap", "count": "persons", "per": "building", "at_most": 2}}


def served(tiny: dict[str, Any]) -> dict[str, str]:
    """The unit of every household after first come, first served; "" for none."""
    situation = situation_of(tiny)
    ids = [*situation.city.units["unit_id"], ""]
    found = first_come_first_served(situation, as_rules(tiny))
    return {name: ids[unit] for name, unit in zip(situation.households["household_id"], found, strict=True)}


def test_the_first_comes_first() -> None:
    """Two couples and one flat: the first in the list gets it; with days of arrival, the first who arrives."""
    tiny = world([space("S1")], [building("B1")], flats("B1", 2), [household("A", 2), household("B", 2)])
    assert served(tiny) == {"A": "B1-1", "B": ""}
    later = [household("A", 2, arrives="2026-03-01"), household("B", 2, arrives="2026-02-01")]
    assert served({**tiny, "households": later}) == {"A": "", "B": "B1-1"}


def test_hard_rules_bind_an_office_too() -> None:
    """Two flats in a house under a cap of two persons: the second couple goes to the next house, the third nowhere."""
    houses, units = [building("B1"), building("B2")], [*flats("B1", 2, 2), *flats("B2", 2, 2)]
    tiny = world([space("S1")], houses, units, [household(name, 2) for name in "ABC"], CAP)
    assert served(tiny) == {"A": "B1-1", "B": "B2-1", "C": ""}


def test_a_shared_unit_fills_up() -> None:
    """Five places, two taken: a household of two and one of one fit, the next does not; who lives there stays."""
    units = [shared("B1", 5, occupied=2)]
    home = units[0]["unit_id"]
    people = [household("A", 2), household("B", 2), household("C", 1, unit_id=home)]
    assert served(world([space("S1")], [building("B1")], units, people)) == {"A": home, "B": "", "C": home}


@pytest.mark.parametrize("seed", drawn(range(700, 730), 4))
def test_an_office_makes_valid_plans_and_is_never_better(seed: int) -> None:
    """In random worlds its plan breaks no hard rule and no need, and the solver that starts from it finds the optimum."""
    tiny = random_world(seed)
    situation, rules, stages = situation_of(tiny), as_rules(tiny), as_stages(tiny)
    start = first_come_first_served(situation, rules)
    ids = [*situation.city.units["unit_id"], ""]
    homes = {name: ids[unit] for name, unit in zip(situation.households["household_id"], start, strict=True)}
    table = allocation_table(Ledger(situation.city, situation.households, homes, situation.day), {})
    city, households = situation.city, situation.households
    assert [str(f) for f in verify_allocation(city, households, rules, [], table, day=situation.day).errors] == []
    cold = plan(tiny, situation=situation)
    warm = solve(situation, rules, stages, SolveOptions(gap=0), start=start)
    assert warm.status == cold.status
    assert [stage.value for stage in warm.stages] == pytest.approx([stage.value for stage in cold.solution.stages])


@pytest.mark.parametrize("seed", drawn(range(730, 760), 4))
def test_no_plan_is_better_than_the_bound_without_limits(seed: int) -> None:
    """In random worlds every goal's optimum is on the near side of what everybody alone could reach."""
    model = model_of(random_world(seed))
    for number, stage in enumerate(plan(random_world(seed)).solution.stages):
        objective = model.linear.objectives[number]
        bound, sign = bound_without_limits(model, objective), -1 if objective.sense == "max" else 1
        assert sign * bound <= sign * stage.value + 1e-6


def test_a_plan_that_places_everybody_needs_no_solver() -> None:
    """Both couples placed is proven best at once; with one outside, or in a house that may not hold them, it is not."""
    tiny = world([space("S1")], [building("B1"), building("B2")], [*flats("B1", 2, 2), *flats("B2", 2)],
                 [household("A", 2), household("B", 2)], CAP)  # fmt: skip
    model = model_of(tiny)
    objective = model.linear.objectives[0]

    def asked(*homes: int) -> Any:
        x = completed(model.linear, objective, as_columns(model, np.array(homes)))
        return None if x is None else already_best(objective, x, bound_without_limits(model, objective))

    found = asked(0, 2)
    assert (found.status, found.value, found.bound) == ("optimal", 4, 4)
    assert asked(0, -1) is None
    assert asked(0, 1) is None
