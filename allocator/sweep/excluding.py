"""Points that a design leaves out, by conditions that are data and never evaluated text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from allocator.city.reporting import shown
from allocator.errors import Findings, did_you_mean
from allocator.rules.where import Condition
from allocator.scenario.building import validated
from allocator.strict_yaml.values import YamlValue

__all__ = ["Exclusion", "exclusions_of"]


@dataclass(frozen=True)
class Exclusion:
    """A point is left out if every one of these names meets its condition; a condition of None is met by null."""

    conditions: Mapping[str, Condition | None]

    def leaves_out(self, point: Mapping[str, Any]) -> bool:
        """Whether a point, as names with values, is left out."""
        for name, condition in self.conditions.items():
            value = point[name]
            if condition is None:
                if value is not None:
                    return False
            elif not condition.met(pd.Series([_scalar(value)], dtype=object))[0]:
                return False
        return True


def _scalar(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (list, dict)) else value


def exclusions_of(value: YamlValue | None, names: Sequence[str], findings: Findings) -> tuple[Exclusion, ...]:
    """The conditions of `exclude`, a list of `{name: condition}`; a bare value stands for `equals`, null for null."""
    if value is None or value.content is None:
        return ()
    remedy = "write exclude: [{rules.one-flat.soft: null, rules.fifty-per-site.at_most: {at_most: 20}}]"
    if not value.is_list:
        findings.error("exclude must be a list of conditions", remedy, column="exclude", **value.place)
        return ()
    found = []
    for number, item in enumerate(value.content):
        at = ("exclude", number)
        if not item.is_mapping or not item.content:
            findings.error("a condition must be names with values", remedy, column=f"exclude.{number}", **item.place)
            continue
        conditions: dict[str, Condition | None] = {}
        for name, told in item.content.items():
            if name not in names:
                findings.error(f"{shown(name)} does not vary", did_you_mean(name, names), column=f"exclude.{number}",
                               **told.place)  # fmt: skip
            elif told.content is None:
                conditions[name] = None
            else:
                data = told.plain if told.is_mapping else {"in" if told.is_list else "equals": told.plain}
                condition = validated(Condition, told, data, (*at, name), findings)
                if condition is not None:
                    conditions[name] = condition
        found.append(Exclusion(conditions))
    return tuple(found)
