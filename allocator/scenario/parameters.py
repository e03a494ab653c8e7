"""The parameters of rules and goals as data, from their definitions: what `allocator rules` and the reference print."""

from __future__ import annotations

import re
import typing
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from allocator.city.reporting import amount
from allocator.goals import Goal
from allocator.rules import Rule
from allocator.rules.where import Condition
from allocator.scenario.explaining import flat

__all__ = ["described", "parameters_of", "plain_sentence"]


def described(kind: type[Rule] | type[Goal]) -> dict[str, Any]:
    """A rule or goal as plain data: name, sentence by language, formula, parameters, unit, source."""
    rule = issubclass(kind, Rule)
    name = kind.model_fields["rule" if rule else "goal"].default
    told: dict[str, Any] = {"kind": "rule" if rule else "goal", "name": name}
    told["sentence"] = {language: plain_sentence(text) for language, text in kind.sentence.items()}
    told["formula"] = kind.formula
    told["parameters"] = parameters_of(kind, leave_out=("rule", "goal"))
    if rule:
        told["excess_unit"] = dict(kind.excess_unit)
    else:
        told |= {"sense": kind.sense, "unit": dict(kind.unit), "shorthand": kind.shorthand}
    told["source"] = kind.source
    return told


def plain_sentence(text: str) -> str:
    """A sentence with the names of parameters in it, without how they are formatted: `{at_most:.0%}` → `{at_most}`."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", text)


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
