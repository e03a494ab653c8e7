"""The parameters of rules and goals as data, from their definitions: what `allocator rules` and the reference print."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from allocator.city.reporting import amount
from allocator.goals import Goal
from allocator.rules import Rule
from allocator.rules.base import source_by_language
from allocator.rules.where import Condition
from allocator.scenario.describing import goal_sentence, rule_sentence
from allocator.scenario.explaining import flat

__all__ = ["WEIGHTED", "described", "flow", "parameters_of"]


WEIGHTED = {
    "kind": "goal",
    "name": "weighted",
    "sentence": {
        "en": "Several goals in one step, weighed against each other.",
        "de": "Mehrere Ziele in einem Schritt, gegeneinander abgewogen.",
    },
    "example": "goals:\n  - place: persons\n  - {weighted: [{prefer: {}, weight: 1}, {rent: {}, weight: 0.2}]}",
    "formula": "min Σ weight(g)·value(g), the value with a minus where a goal is to be large",
    "parameters": [
        {"name": "a goal", "type": "any goal with its parameters", "required": True, "default": None, "bounds": "",
         "meaning": "One entry of the list for each goal of the step."},
        {"name": "weight", "type": "number", "required": False, "default": 1, "bounds": "> 0",
         "meaning": "What one unit of the goal's value counts, beside it in the entry."},
    ],
    "sense": "min",
    "unit": {"en": "the sum of weighted values", "de": "die Summe der gewichteten Werte"},
    "shorthand": "",
    "source": {"en": "Contract: goals come one after the other; several in one step need weights",
               "de": "Schnittstelle: Ziele gelten nacheinander; mehrere in einem Schritt brauchen Gewichte"},
}  # fmt: skip
"""A step of several goals, which is no goal of its own, described as one."""


def described(kind: type[Rule] | type[Goal]) -> dict[str, Any]:
    """A rule or goal as plain data: name, example, formula, parameters, and by language sentence, unit and source."""
    rule = issubclass(kind, Rule)
    name = kind.model_fields["rule" if rule else "goal"].default
    told: dict[str, Any] = {"kind": "rule" if rule else "goal", "name": name}
    example = kind.model_validate(dict(kind.example))
    sentence = rule_sentence if rule else goal_sentence
    told["sentence"] = {language: sentence(example, language) for language in kind.sentence}
    told["example"] = _example(kind, name)
    told["formula"] = kind.formula
    told["parameters"] = parameters_of(kind, leave_out=("rule", "goal"))
    if rule:
        told["excess_unit"] = dict(kind.excess_unit)
    else:
        told |= {"sense": kind.sense, "unit": dict(kind.unit), "shorthand": kind.shorthand}
    told["source"] = source_by_language(kind.source)
    return told


def _example(kind: type[Rule] | type[Goal], name: str) -> str:
    """Three lines of a scenario: a rule hard and soft; a goal after the one that every plan begins with."""
    if issubclass(kind, Rule):
        given = {"rule": name, **kind.example}
        return f"rules:\n  my-rule: {flow(given)}\n  as-far-as-possible: {flow(given | {'soft': 10})}"
    given = dict(kind.example)
    if set(given) == {kind.shorthand}:
        told = f"{name}: {flow(given[kind.shorthand])}"
    elif given:
        told = f"{name}: {flow(given)}"
    else:
        default = kind.model_fields[kind.shorthand].default if kind.shorthand else None
        told = f"{name}: {flow(default)}" if isinstance(default, str) else name
    before = "keep: rules" if name == "place" else "place: persons"
    lines = [told, before] if name == "place" else [before, told]
    return "goals:\n" + "\n".join(f"  - {line}" for line in lines)


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {flow(part)}" for name, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def parameters_of(model: type[BaseModel], leave_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Name, type, whether it is required, default, bounds and meaning of each parameter, as plain data."""
    result = []
    # `soft` belongs to every rule and comes from the base class: it stands behind a rule's own parameters.
    for name, field in sorted(model.model_fields.items(), key=lambda item: item[0] == "soft"):
        if name in leave_out:
            continue
        parameter: dict[str, Any] = {"name": field.alias or name, "type": _type(field.annotation)}
        parameter["required"] = field.is_required()
        parameter["default"] = None if field.default is PydanticUndefined else field.default
        parameter["bounds"] = _bounds(field.metadata)
        parameter["meaning"] = field.description or ""
        result.append(parameter)
    return result


def _type(annotation: Any) -> str:
    words: list[str] = []
    for part in flat(annotation):
        if typing.get_origin(part) is typing.Literal:
            words += [str(value) for value in typing.get_args(part)]
        else:
            words.append(_one(part))
    return " | ".join(dict.fromkeys(words))


def _one(part: Any) -> str:
    if typing.get_origin(part) is dict:
        inner = typing.get_args(part)[1]
        if flat(inner)[:1] == [Condition]:
            return "{column: {at_most | at_least | equals | in | not_in: value}}"
        return f"{{name: {_type(inner)}}}"
    if typing.get_origin(part) in (list, tuple):
        return f"[{_type(typing.get_args(part)[0])}, …]"
    if isinstance(part, type) and issubclass(part, BaseModel):
        fields = part.model_fields.items()
        return "{" + ", ".join(f"{field.alias or name}: {_type(field.annotation)}" for name, field in fields) + "}"
    return {float: "number", int: "whole number", str: "text", bool: "true | false"}.get(part, str(part))


def _bounds(metadata: list[Any]) -> str:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    return ", ".join(
        f"{sign} {amount(getattr(part, name))}"
        for part in metadata
        for name, sign in signs.items()
        if getattr(part, name, None) is not None
    )
