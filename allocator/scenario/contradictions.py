"""Profiles in use beside each other: which of them contradict each other, and which goals they suggest.

Two profiles contradict each other, which is an error, if

- each has a rule of the same name that says something else;
- they limit the same thing by different figures. Both could be kept, but only the stricter one would ever bind, and the
  other city's answer would be switched on without any effect. No contradiction is a soft limit below a hard one:
  usually so many, never more than that;
- they spread over the same places by different keys: no plan is even by both;
- each lets only such units take people as the other one excludes;
- one spreads people evenly and the other one prefers few places: dispersal and concentration.

What the scenario itself changes or takes out is looked at as it then is. Profiles that say the same are noted, and so
is a goal that a profile suggests and the scenario does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from allocator.errors import Findings
from allocator.goals import Stage
from allocator.goals.base import goal_name
from allocator.goals.locations import Locations
from allocator.goals.spread import SpreadGoal
from allocator.rules import Rule
from allocator.rules.only import Only
from allocator.rules.spread import Spread
from allocator.strict_yaml.values import YamlValue
from allocator.wording import Text

if TYPE_CHECKING:
    from allocator.profiles import Profile

__all__ = ["report_profiles"]

LIMITS = ("at_most", "soft")
"""The parameters that say how much; two rules that agree in all others limit the same thing."""


def report_profiles(
    profiles: Sequence[tuple[Profile, YamlValue]], rules: Mapping[str, Rule], stages: Sequence[Stage],
    root: YamlValue, findings: Findings,
) -> None:  # fmt: skip
    """Add findings on the profiles in use, each with the place that names it; `rules` are those of the scenario."""
    for (one, _), (other, place) in combinations(profiles, 2):
        both = f"the profiles '{one.id}' and '{other.id}' contradict each other"
        for name in sorted(one.definitions.keys() & other.definitions.keys() & rules.keys()):
            if one.rules[name] != other.rules[name]:
                findings.error(f"{both}: each has a rule '{name}' of its own",
                               f"use one of them, or write {name}: null", column="use", **place.place)  # fmt: skip
        for name in sorted(one.definitions.keys() & rules.keys()):
            for twin in sorted((other.definitions.keys() & rules.keys()) - {name}):
                if _same_limit(rules[name], rules[twin]) and _said(rules[name]) == _said(rules[twin]):
                    findings.note(Text(f"'{one.id}' and '{other.id}' say the same: {name}, {twin}",
                                       f"'{one.id}' und '{other.id}' sagen dasselbe: {name}, {twin}"),
                                  Text("use one of them", "eines davon verwenden"),
                                  column="use", **place.place)  # fmt: skip
                    continue
                what = _against(name, rules[name], twin, rules[twin])
                if what:
                    findings.error(f"{both}: {what}", f"use one of them, or take one rule out: rules: {{{name}: null}}",
                                   column="use", **place.place)  # fmt: skip
        for what in _poles(one, other, rules):
            findings.error(f"{both}: {what}", "use one of them; two scenarios side by side show what each one costs",
                           column="use", **place.place)  # fmt: skip
    _suggested(profiles, stages, root, findings)


def _said(rule: Rule) -> dict[str, object]:
    return rule.model_dump()


def _same_limit(one: Rule, other: Rule) -> bool:
    said = [rule.model_dump(exclude=set(LIMITS)) for rule in (one, other)]
    return said[0] == said[1] and "at_most" in type(one).model_fields


def _against(name: str, one: Rule, twin: str, other: Rule) -> str:
    """In which way two rules contradict each other; empty if they do not."""
    if _same_limit(one, other):
        return "" if _usual_and_never(one, other) else f"{_limit(name, one)}, {_limit(twin, other)}"
    if isinstance(one, Spread) and isinstance(other, Spread) and one.over == other.over and one.key != other.key:
        return f"{name} and {twin} spread over {one.over.replace('_', ' ')} by different keys"
    if isinstance(one, Only) and isinstance(other, Only):
        column = one.where.excluded_by(other.where)
        return f"{name} and {twin} leave no unit, see their conditions on {column}" if column else ""
    return ""


def _usual_and_never(one: Rule, other: Rule) -> bool:
    """A soft limit below a hard one."""
    soft, hard = (one, other) if one.is_soft else (other, one)
    return soft.is_soft and not hard.is_soft and soft.at_most < hard.at_most


def _limit(name: str, rule: Rule) -> str:
    strength = "hard" if rule.soft is None else f"soft: {rule.soft:g}"
    return f"{name} has at_most {rule.at_most:g} ({strength})"


def _poles(one: Profile, other: Profile, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Dispersal in one profile, concentration in the other."""
    for even, few in ((one, other), (other, one)):
        spreads = [name for name in sorted(even.definitions) if isinstance(rules.get(name), Spread)]
        spreads += [f"the goal {goal_name(goal)}" for goal in _goals(even) if isinstance(goal, SpreadGoal)]
        if spreads and any(isinstance(goal, Locations) for goal in _goals(few)):
            yield f"'{even.id}' spreads people evenly ({spreads[0]}), '{few.id}' prefers few places"


def _goals(profile: Profile) -> list[object]:
    return [goal for stage in profile.goals for goal, _ in stage.goals]


def _suggested(
    profiles: Sequence[tuple[Profile, YamlValue]], stages: Sequence[Stage], root: YamlValue, findings: Findings
) -> None:
    """Note the goals that profiles suggest and the scenario lacks; it alone says which goal comes before which."""
    known = {goal_name(goal) for stage in stages for goal, _ in stage.goals}
    for profile, _ in profiles:
        for goal in _goals(profile):
            if goal_name(goal) not in known and root.get("goals") is not None:
                findings.note(Text(f"the profile '{profile.id}' suggests the goal {goal_name(goal)}, which is not among "
                                   "the goals", f"das Profil '{profile.id}' schlägt das Ziel {goal_name(goal)} vor, das "
                                   "nicht unter den Zielen ist"),
                              Text(f"add it where it belongs; see: allocator rules {profile.id}",
                                   f"einfügen, wo es hingehört; siehe: allocator rules {profile.id}"), column="goals",
                              **root.get("goals").place)  # fmt: skip
