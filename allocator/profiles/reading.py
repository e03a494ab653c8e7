"""One YAML file for each profile, read as strictly as a scenario.

A policy that limits something has `rules`, which `use` switches on. One that prefers something suggests `goals`: they
are shown, and a scenario that lacks them is told so, because only the planner can say which goal comes before which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import Field

from allocator.city.description import Told
from allocator.errors import Findings
from allocator.goals import Stage
from allocator.rules import Rule
from allocator.rules.base import Parameters
from allocator.scenario.building import goals_written_out, rules_of, stages_of, validated
from allocator.strict_yaml.reading import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocator.strict_yaml.values import YamlValue

__all__ = ["Profile", "profile_ids", "profile_named", "profiles_by_id", "read_profile"]


class Sentence(Parameters):
    """One sentence by language."""

    de: str = Field(min_length=1, description="German.")
    en: str = Field(min_length=1, description="English.")


class ProfileFile(Parameters):
    """The keys of a profile file."""

    city: str = Field(min_length=1, description="City, country or field of research.")
    date: str = Field(min_length=1, description="When the rule was made or described.")
    source: Told = Field(min_length=1, description="Where it is described; in English and German.")
    sentence: Sentence = Field(description="The rule in one sentence.")
    evidence: Sentence = Field(description="What is known of its effect.")
    remark: Told = Field("", description="How the rule of the city became a rule of the planner.")
    rules: dict[str, Any] = Field({}, description="Rules by name, as in a scenario.")
    goals: list[Any] = Field([], description="Goals that the policy suggests, as in a scenario.")


@dataclass(frozen=True)
class Profile:
    """The rule of a real city. `sentence` and `evidence` by language; `rules` by name; `goals` are suggested.

    `definitions` are the rules as written, `goal_definitions` the goals.
    """

    id: str
    city: str
    date: str
    source: str
    sentence: Mapping[str, str]
    evidence: Mapping[str, str]
    remark: str
    rules: Mapping[str, Rule]
    goals: tuple[Stage, ...]
    definitions: Mapping[str, YamlValue]
    goal_definitions: tuple[YamlValue, ...]
    path: Path


@cache
def profile_ids() -> tuple[str, ...]:
    """Return the id of every profile that ships, in ascending order, without reading any."""
    return tuple(sorted(file.stem for file in Path(__file__).parent.glob("*.yaml")))


def profiles_by_id() -> Mapping[str, Profile]:
    """Every profile that ships, by id in ascending order."""
    return MappingProxyType({name: profile_named(name) for name in profile_ids()})


@cache
def profile_named(name: str) -> Profile:
    """Return the profile of that id; KeyError if there is none."""
    if name not in profile_ids():
        raise KeyError(name)
    return read_profile(Path(__file__).parent / f"{name}.yaml")


def read_profile(path: Path) -> Profile:
    """Read one profile file; its stem is the id. InputError holds all findings."""
    findings = Findings()
    shown = f"profiles/{path.name}"
    root = parse_yaml(path, shown, findings)
    told = validated(ProfileFile, root, root.plain, (), findings) if root is not None else None
    rules = rules_of(root.get("rules"), findings) if root is not None else {}
    goals = root.get("goals") if root is not None else None
    stages = stages_of(goals_written_out(goals), findings) if goals is not None else ()
    if root is not None and root.get("rules") is None and goals is None:
        findings.error("the profile has neither rules nor goals", "add rules: or goals:", column="rules", **root.place)
    findings.raise_if_errors()
    return Profile(
        id=path.stem,
        city=told.city,
        date=told.date,
        source=told.source,
        sentence=MappingProxyType(told.sentence.model_dump()),
        evidence=MappingProxyType(told.evidence.model_dump()),
        remark=told.remark,
        rules=MappingProxyType(rules),
        goals=stages,
        definitions=MappingProxyType(dict(root.get("rules").content) if root.get("rules") is not None else {}),
        goal_definitions=tuple(goals.content) if goals is not None else (),
        path=path,
    )
