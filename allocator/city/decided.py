"""Columns that the decisions of a person add to a list of households; no file has them, their names hold a blank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["AGAINST", "DECIDED", "HOME", "home_today"]

DECIDED = "decision unit"
"""The unit that a person has decided on; empty for none."""
AGAINST = "decision against"
"""The places that a person has excluded: a tuple of pairs of level (`unit`, `building`, `social_space`) and id."""
HOME = "decision home"
"""The unit of the list in which a household lives, where a decision lets it count as living elsewhere already."""


def home_today(household: Mapping[str, Any]) -> str:
    """The unit in which a household (a row) lives by the list; "" for none."""
    return str(household.get(HOME, household["unit_id"]))
