"""An earlier plan as the point from which the solver starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allocator.errors import Findings
from allocator.explain.first_come import first_come_first_served
from allocator.ledger import Ledger
from allocator.plan import allocation_table
from allocator.runs.tables import read_allocation
from allocator.verify import verify_allocation

if TYPE_CHECKING:
    from allocator.scenario import Scenario

__all__ = ["start_from"]


def start_from(folder: Path, scenario: Scenario) -> np.ndarray:
    """The unit of each household in the plan of a run, -1 for none [n_households].

    The run may be of another scenario: households and units that this one does not have are passed over. Where its
    plan does not keep this scenario's rules, whoever can keeps the unit of that plan, and an office serves the others.
    Raises InputError where the run has no plan that can be read.
    """
    path, findings = Path(folder) / "allocation.csv", Findings()
    try:
        table = read_allocation(path)
        had = dict(zip(table["household_id"], table["unit_id"], strict=True))
    except (OSError, ValueError, KeyError) as error:
        findings.error(f"cannot be read: {error}", "name the folder of a run that has a plan", file=str(path))
        findings.raise_if_errors()
    position = {name: number for number, name in enumerate(scenario.city.units["unit_id"])}
    chosen = {name: had.get(name, "") for name in scenario.households["household_id"]}
    chosen = {name: unit if unit in position else "" for name, unit in chosen.items()}
    earlier = np.array([position.get(unit, -1) for unit in chosen.values()], dtype=int)
    plan = allocation_table(Ledger(scenario.city, scenario.households, chosen, scenario.day), {})
    kept = verify_allocation(scenario.city, scenario.households, scenario.rules, [], plan, day=scenario.day)
    return first_come_first_served(scenario.situation, scenario.rules, earlier) if kept.errors else earlier
