"""What the schema objects to, in the words of a planner: one finding for each value, with the nearest known name."""

from __future__ import annotations

import re
import types
import typing
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError

from allocator.city.reporting import amount, shown
from allocator.errors import did_you_mean
from allocator.strict_yaml.scalars import with_decimal_point

__all__ = ["Objection", "flat", "known_keys", "objections"]

Path = tuple[str | int, ...]

_KINDS = {
    "bool_type": "true or false", "int_type": "a whole number", "float_type": "a number", "string_type": "text",
    "dict_type": "keys with values", "model_type": "keys with values", "model_attributes_type": "keys with values",
    "list_type": "a list", "tuple_type": "a list", "int_from_float": "a whole number",
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "a day such as 2026-12-31"),
}  # fmt: skip
_WHOLE = {*_KINDS, "literal_error"}
"""Errors that reject a value as a whole: in a union they say that this member was not meant."""


@dataclass(frozen=True)
class Objection:
    """What is wrong with the value at `path`, and what to do."""

    path: Path
    what: str
    remedy: str
    missing: bool = False
    """True if the path names a key that should be there and is not."""


def objections(error: ValidationError, data: Any, model: type[BaseModel]) -> list[Objection]:
    """One objection for each value that the model refused; a union is one value, not one for each member.

    `data` is what was validated, as plain dict and list.
    """
    found = [(tuple(defect["loc"]), defect) for defect in error.errors(include_url=False)]
    all_of_them = list(_explained(found, data, (model,), ()))
    # A misspelt key is not also a missing one.
    meant = {(*one.path[:-1], name) for one in all_of_them for name in re.findall("^did you mean '(.*)'", one.remedy)}
    return [one for one in all_of_them if not (one.missing and one.path in meant)]


def _explained(found: list[tuple[Path, Any]], data: Any, types_here: tuple[Any, ...], at: Path) -> Iterator[Objection]:
    unions: dict[Path, list[tuple[Path, Any]]] = defaultdict(list)
    for location, defect in found:
        path, value = (), data
        while len(path) < len(location) and _has(value, location[len(path)]):
            value = value[location[len(path)]]
            path = (*path, location[len(path)])
        rest = location[len(path) :]
        if rest and not (defect["type"] == "missing" and len(rest) == 1) and rest != ("[key]",):
            unions[path].append((rest, defect))
        else:
            yield _simple((*at, *path), rest, defect, _types_at(types_here, location[:-1]))
    for path, members in unions.items():
        value = data
        for part in path:
            value = value[part]
        yield from _union(members, value, _types_at(types_here, path), (*at, *path))


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _union(found: list[tuple[Path, Any]], value: Any, types_here: tuple[Any, ...], at: Path) -> Iterator[Objection]:
    """The objections of the member of a union that was meant: the one with the fewest."""
    members: dict[Any, list[tuple[Path, Any]]] = defaultdict(list)
    for (tag, *rest), defect in found:
        members[tag].append((tuple(rest), defect))
    meant = {
        tag: defects
        for tag, defects in members.items()
        if not any(not rest and defect["type"] in _WHOLE for rest, defect in defects)
    }
    if not meant:
        yield _refused_whole([defect for defects in members.values() for _, defect in defects], value, types_here, at)
        return
    fewest = min(len(defects) for defects in meant.values())
    best = [defects for defects in meant.values() if len(defects) == fewest]
    if len(best) == 1:
        yield from _explained(best[0], value, types_here, at)
        return
    known = known_keys(types_here)
    unknown = [name for name in value if name not in known] if isinstance(value, dict) else []
    for name in unknown:
        yield Objection((*at, name), f"unknown key {shown(name)}", did_you_mean(name, known))
    if not unknown:
        yield Objection(at, f"needs exactly one of {', '.join(known)}", "write one of them")


def _refused_whole(defects: list[Any], value: Any, types_here: tuple[Any, ...], at: Path) -> Objection:
    """One objection for a value that no member of a union takes."""
    names = [name for defect in defects if defect["type"] == "literal_error" for name in _expected(defect)]
    keys = known_keys(types_here)
    other = f", or {' or '.join(f'{{{key}: …}}' for key in keys)}" if keys else ""
    if names and isinstance(value, str):
        near = did_you_mean(value, names)
        return Objection(at, f"{shown(value)} is not known", near if near.startswith("did") else near + other)
    kinds = ["one of " + ", ".join(names)] if names else []
    kinds += [_KINDS[defect["type"]] for defect in defects if defect["type"] in _KINDS]
    if "a number" in kinds:
        kinds = [kind for kind in kinds if kind != "a whole number"]
    listed = " or ".join(dict.fromkeys(kinds))
    if "a number" in kinds and isinstance(value, str) and (number := with_decimal_point(value)):
        return Objection(at, f"must be {listed}, not {_kind_of(value)}", f"write {number}, without quotes")
    remedy = "write one value; for several use in: […]" if isinstance(value, list) else f"write {listed}{other}"
    return Objection(at, f"must be {listed}, not {_kind_of(value)}", remedy)


def _simple(at: Path, rest: Path, defect: Any, types_here: tuple[Any, ...]) -> Objection:
    """The objection for one defect outside a union."""
    kind, value, context = defect["type"], defect["input"], defect.get("ctx", {})
    if kind == "missing":
        name, field = str(rest[0]), _field(types_here, str(rest[0]))
        return Objection((*at, name), f"the key '{name}' is missing", f"add {name}: …{_meaning(field)}", missing=True)
    if kind == "extra_forbidden":
        return Objection(at, f"unknown key {shown(at[-1])}", did_you_mean(str(at[-1]), known_keys(types_here)))
    if kind == "literal_error":
        names = _expected(defect)
        wrong = f"{shown(value)} is not known" if isinstance(value, str) else f"must be text, not {_kind_of(value)}"
        return Objection(at, wrong, did_you_mean(str(value), names))
    if kind in _KINDS:
        return Objection(at, f"must be {_KINDS[kind]}, not {_kind_of(value)}", _instead(kind, value))
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return _out_of_range(at, kind, value, context)
    if kind == "value_error":
        text = str(context.get("error", "is not possible"))
        return Objection(at, text, "add what is needed" if text.startswith("needs") else "change it")
    if kind == "too_short":
        return Objection(at, "is empty", "write at least one entry")
    message = str(defect["msg"])
    return Objection(at, f"{_kind_of(value)} is not possible here: {message[:1].lower()}{message[1:]}", "change it")


def _out_of_range(at: Path, kind: str, value: Any, context: dict[str, Any]) -> Objection:
    name, form = {
        "greater_than_equal": ("ge", "{} or more"),
        "greater_than": ("gt", "more than {}"),
        "less_than_equal": ("le", "{} or less"),
        "less_than": ("lt", "less than {}"),
    }[kind]
    bound = context[name]
    words = form.format(amount(bound))
    size = "small" if kind.startswith("greater") else "large"
    hint = f"; {amount(value)} percent are {value / 100:g}" if bound == 1 and 1 < value <= 100 else ""
    return Objection(at, f"{amount(value)} is too {size}", f"write {words}{hint}")


def _expected(defect: Any) -> list[str]:
    return re.findall(r"'([^']*)'", str(defect.get("ctx", {}).get("expected", "")))


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return amount(value)
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return "a list" if isinstance(value, (list, tuple)) else "keys with values"


def _instead(kind: str, value: Any) -> str:
    if kind == "string_type":
        return f'write "{value}"' if isinstance(value, (int, float)) else "write text"
    if kind in ("float_type", "int_type") and isinstance(value, str):
        text = value.strip()
        if number := with_decimal_point(text):
            return f"write {number}, without quotes"
        if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return f"write {text}, without quotes"
        if percent := re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*%", text):
            return f"write {float(percent[1].replace(',', '.')) / 100:g}"
    if kind in ("list_type", "tuple_type"):
        return "write [ … ]"
    return f"write {_KINDS[kind]}"


def _meaning(field: Any) -> str:
    if field is None:
        return ""
    choices = [name for part in flat(field.annotation) if typing.get_origin(part) is typing.Literal
               for name in typing.get_args(part)]  # fmt: skip
    words = [field.description or "", f"One of {', '.join(map(str, choices))}." if choices else ""]
    text = " ".join(word for word in words if word)
    return f" ({text})" if text else ""


def known_keys(types_here: tuple[Any, ...]) -> list[str]:
    """The keys that the models among these types have, under the names that a file uses."""
    models = [part for part in types_here if _is_model(part)]
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _field(types_here: tuple[Any, ...], name: str) -> Any:
    """The field of that name in the models among these types, or the field whose type they are."""
    for part in types_here:
        if _is_model(part) and name in part.model_fields:
            return part.model_fields[name]
    return None


def _is_model(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel) and not issubclass(part, RootModel)


def _types_at(types_here: tuple[Any, ...], location: Path) -> tuple[Any, ...]:
    """The types of the mapping or value at a location; where a part is unknown, those of the last known one."""
    current = tuple(part for one in types_here for part in flat(one))
    for step in location:
        following = [part for one in current for part in _step(one, step)]
        if not following:
            return current
        current = tuple(following)
    return current


def _step(one: Any, step: str | int) -> list[Any]:
    if _is_model(one):
        fields = {field.alias or name: field for name, field in one.model_fields.items()}
        return flat(fields[step].annotation) if step in fields else []
    origin, arguments = typing.get_origin(one), typing.get_args(one)
    if origin is dict and len(arguments) == 2:
        return flat(arguments[1])
    return flat(arguments[0]) if origin in (list, tuple) and arguments else []


def flat(annotation: Any) -> list[Any]:
    """The members of a union, without Annotated, type aliases and root models around them."""
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return flat(annotation.model_fields["root"].annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return flat(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [part for member in typing.get_args(annotation) for part in flat(member)]
    return [] if annotation is type(None) else [annotation]
