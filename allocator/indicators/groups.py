"""Segregation between groups, of those groups alone that a rule of the scenario names.

A label of a household's group is personal data: where no rule uses it, no indicator does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from allocator.indicators.area_indices import LEVELS
from allocator.indicators.multigroup import multigroup_indices
from allocator.ledger import Ledger
from allocator.rules.base import Rule
from allocator.rules.share import Group, HouseholdsWhere, Share, declared_labels, labels_in

__all__ = ["group_segregation", "labels_of_rules"]


def labels_of_rules(rules: Mapping[str, Rule], ledger: Ledger) -> list[str]:
    """The group labels that rules use, in ascending order.

    `each_group` uses all of the list; a condition on the column `group` of households uses those that it names. Labels
    that neither a household nor a column `group_<label>` has are left out.
    """
    listed = labels_in(row["group"] for row in ledger.households)
    used: set[str] = set()
    for rule in rules.values():
        of = rule.of if isinstance(rule, Share) else None
        if isinstance(of, Group):
            used.add(of.group)
        elif of == "each_group":
            used |= set(listed)
        elif isinstance(of, HouseholdsWhere) and "group" in of.households.columns:
            condition = of.households.root["group"]
            named = (condition.equals, *(condition.in_ or ()), *(condition.not_in or ()))
            used |= {str(label) for label in named if label is not None}
    return sorted(used & (set(listed) | declared_labels(ledger.city.social_spaces.columns)))


def group_segregation(areas: pd.DataFrame, ledger: Ledger, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """`labels`, and level → before, after → index of `MULTIGROUP_INDICES` (NaN if undefined); empty without a label.

    The groups are those of `labels_of_rules` and everybody else. Where a place has more persons of groups than
    residents (tables of different days), nobody else lives there. `areas` is an `area_table` of the ledger.
    """
    labels = labels_of_rules(rules, ledger)
    if not labels:
        return {}
    result: dict[str, Any] = {"labels": labels}
    for level in LEVELS:
        rows = areas[areas["level"] == level]
        result[level] = {}
        for when, stays, column in (
            ("before", ledger.stays_today, "residents"),
            ("after", ledger.stays_after, "residents_after"),
        ):
            of_groups = np.zeros((len(rows), len(labels)))
            for number, label in enumerate(labels):
                name = f"group_{label}"
                declared = name in ledger.city.social_spaces.columns
                besides = ledger.of_spaces(name, level) if declared else {}
                members = [stay for stay in stays if stay.household["group"] == label]
                living = ledger.add_up(members, level, lambda stay: stay.household["persons"])
                of_groups[:, number] = [besides.get(place, 0) + living.get(place, 0) for place in rows["place_id"]]
            others = np.maximum(rows[column].to_numpy(dtype=float) - of_groups.sum(axis=1), 0.0)
            result[level][when] = multigroup_indices(np.column_stack([of_groups, others]))
    return result
