"""One file per goal, in the same form as the rules.

Every module of this package that defines a subclass of `Goal` with a default for `goal` is a goal of that name.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from allocator.goals.base import Goal, Stage

__all__ = ["Goal", "Stage", "goal_named", "goals_by_name"]


@cache
def goals_by_name() -> dict[str, type[Goal]]:
    """Every goal by the name that a scenario file uses; goals of other rooms (a question of `why`) are none of these."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = {goal.model_fields["goal"].default: goal for goal in Goal.__subclasses__()
             if goal.__module__.startswith(f"{__name__}.")}  # fmt: skip
    return dict(sorted(found.items()))


def goal_named(name: str) -> type[Goal]:
    """The goal of that name; KeyError if there is none."""
    return goals_by_name()[name]
