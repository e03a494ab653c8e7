"""One file per rule: its parameters, its limit as primitives, its recount, its words.

A rule is added by adding a file: every module of this package that defines a subclass of `Rule` with a default for
`rule` is a rule of that name.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from allocator.rules.base import Rule, Tally

__all__ = ["Rule", "Tally", "rule_named", "rules_by_name"]


@cache
def rules_by_name() -> dict[str, type[Rule]]:
    """Every rule by the name that a scenario file uses."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = {rule.model_fields["rule"].default: rule for rule in Rule.__subclasses__()}
    return dict(sorted(found.items()))


def rule_named(name: str) -> type[Rule]:
    """The rule of that name; KeyError if there is none."""
    return rules_by_name()[name]
