"""One YAML file for each profile, read as strictly as a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import Field

from allocator.errors import Findings
from allocator.rules import Rule
from allocator.rules.base import Parameters
from allocator.scenario.building import rules_of, validated
from allocator.strict_yaml.reading import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocator.strict_yaml.values import YamlValue

__all__ = ["Profile", "profile_ids", "profile_named", "profiles_by_id", "read_profile"]


class Sentence(Parameters):
    """The rule in one sentence, by language."""

    de: str = Field(min_length=1, description="German.")
    en: str = Field(min_length=1, description="English.")


class ProfileFile(Parameters):
    """The keys of a profile file."""

    city: str = Field(min_length=1, description="City, country or field of research.")
    date: str = Field(min_length=1, description="When the rule was made or described.")
    source: str = Field(min_length=1, description="Where it is described.")
    sentence: Sentence = Field(description="The rule in one sentence.")
    evidence: str = Field(min_length=1, description="What is known of its effect.")
    remark: str = Field("", description="How the rule of the city became a rule of the planner.")
    rules: dict[str, Any] = Field(min_length=1, description="Rules by name, as in a scenario.")


@dataclass(frozen=True)
class Profile:
    """The rule of a real city. `sentence` by language; `rules` by name; `definitions` are the rules as written."""

    id: str
    city: str
    date: str
    source: str
    sentence: Mapping[str, str]
    evidence: str
    remark: str
    rules: Mapping[str, Rule]
    definitions: Mapping[str, YamlValue]
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
    findings.raise_if_errors()
    return Profile(
        id=path.stem,
        city=told.city,
        date=told.date,
        source=told.source,
        sentence=MappingProxyType(told.sentence.model_dump()),
        evidence=told.evidence,
        remark=told.remark,
        rules=MappingProxyType(rules),
        definitions=MappingProxyType(dict(root.get("rules").content)),
        path=path,
    )
