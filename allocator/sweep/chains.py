"""Runs that differ only in how much a rule allows, in a line from the loosest to the tightest.

Each begins with the plan of a neighbour that is looser, and they share one model.

The lines depend on the design alone, not on how many processes there are or what was interrupted; so does every plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allocator.rules import Rule
from allocator.sweep.resolving import Run, digest

__all__ = ["Chain", "chains_of", "looser"]

LONGEST = 16
"""Runs in one chain; what is longer is cut, so that several processes find work."""
MONOTONE = ("cap", "moves")
"""Rules whose excess never grows with `at_most`, at any plan. A share is none of them: people who move away take its
base with them, and today's excess that is let stay shrinks as the limit grows."""


@dataclass(frozen=True)
class Chain:
    """Distinct runs in their order.

    `keys` name the result of each; `parents` say with whose plan a run begins (its
    position in the chain, None for nobody's) and `loose` whether every plan of the run is one of that neighbour too.
    """

    runs: tuple[Run, ...]
    keys: tuple[str, ...]
    parents: tuple[int | None, ...]
    loose: tuple[bool, ...]


def chains_of(runs: Sequence[Run], versions: Any) -> list[Chain]:
    """The chains of a design; each distinct scenario stands in one of them, once.

    `versions` goes into the keys: another solver may find another plan.
    """
    distinct: dict[str, Run] = {}
    for run in runs:
        distinct.setdefault(run.sha256, run)
    limits = _limits(distinct.values())
    families: dict[str, list[Run]] = {}
    for run in distinct.values():
        rest = [[name, value] for name, value in run.point.values.items() if name not in limits]
        families.setdefault(digest([run.point.base, run.point.draw, run.data_sha256, run.goals, rest]), []).append(run)
    found = []
    for family in families.values():
        ordered = sorted(family, key=lambda run: [_loosest_first(run.point.values.get(name)) for name in limits])
        found += [_chain(ordered[start : start + LONGEST], versions) for start in range(0, len(ordered), LONGEST)]
    return found


def _limits(runs: Any) -> list[str]:
    """The names that say how much a rule allows and nothing else, in every run."""
    found: dict[str, bool] = {}
    for run in runs:
        for name, value in run.point.values.items():
            key = name.split(".")
            if len(key) != 3 or key[0] != "rules" or key[2] != "at_most":
                continue
            rule = run.rules.get(key[1])
            suits = rule is None or rule.rule in MONOTONE
            number = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
            found[name] = found.get(name, True) and suits and number
    return [name for name, suits in found.items() if suits]


def _loosest_first(value: Any) -> float:
    return float("-inf") if value is None else -float(value)


def _chain(runs: Sequence[Run], versions: Any) -> Chain:
    whole = digest([[run.sha256 for run in runs], versions])
    keys = tuple(digest([whole, position])[:32] for position in range(len(runs)))
    parents: list[int | None] = []
    for position, run in enumerate(runs):
        near = [other for other in range(position - 1, -1, -1) if looser(runs[other].rules, run.rules)]
        parents.append(near[0] if near else position - 1 if position else None)
    loose = tuple(parent is not None and looser(runs[parent].rules, run.rules)
                  for parent, run in zip(parents, runs, strict=True))  # fmt: skip
    return Chain(tuple(runs), keys, tuple(parents), loose)


def looser(one: dict[str, Rule], other: dict[str, Rule]) -> bool:
    """Whether every plan that `other` allows is one that `one` allows too, at no higher price.

    Then a plan that is best under `one`, that `other` allows too and that has the same values there, is best under
    `other`: no plan of `other` can be better than all those of `one`. True where each rule of `one` stands in `other`
    with the same parameters, but for an `at_most` as high or lower (rules in `MONOTONE`) and a softness as dear or
    dearer.
    """
    return all(name in other and _as_strict(rule, other[name]) for name, rule in one.items())


def _as_strict(one: Rule, other: Rule) -> bool:
    """Whether `other` is the same rule as `one`, or a stricter one."""
    if one == other:
        return True
    left_out = {"soft", "at_most"} if one.rule in MONOTONE else {"soft"}
    if one.rule != other.rule or one.model_dump(exclude=left_out) != other.model_dump(exclude=left_out):
        return False
    if "at_most" in left_out and other.at_most > one.at_most:
        return False
    return other.soft is None or (one.soft is not None and other.soft >= one.soft)
