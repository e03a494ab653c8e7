"""`city.yaml`: where each table of a city comes from, what its columns are called there, who made it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator, field_validator, model_validator

from allocator.city.city import Source
from allocator.city.layout import Layout, TableSource
from allocator.city.reporting import shown
from allocator.city.tables import TABLES, Table
from allocator.errors import Findings, InputError, did_you_mean
from allocator.wording import text_of

__all__ = ["CityDescription", "SourceDescription", "TableDescription", "Told", "read_description"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


Told = Annotated[str, WrapValidator(lambda value, as_text: text_of(value) or as_text(value))]
"""A text, or its forms in two languages: `{en: …, de: …}`."""


class TableDescription(_Strict):
    """One table: its file, and what is needed to read it. `columns` maps names of the contract to those of the file.

    `crossings: true`, for streets alone, says that lines meet wherever they cross, as in a layer without bridges and
    tunnels that was never split at its junctions.
    """

    source: str = Field(min_length=1)
    layer: str = ""
    sheet: str = ""
    crs: str = ""
    separator: str = Field("", max_length=1)
    decimal: Literal[".", ",", ""] = ""
    encoding: str = ""
    header: int | None = Field(None, ge=1)
    crossings: bool = False
    columns: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        """`units: units.csv` is short for `units: {source: units.csv}`."""
        return {"source": value} if isinstance(value, str) else value


class SourceDescription(_Strict):
    """Origin, licence and date of one file, and in one sentence what in it was generated."""

    file: str = Field(min_length=1)
    title: Told = ""
    licence: str = ""
    attribution: str = ""
    retrieved: str = ""
    url: str = ""
    synthetic: Told = ""

    @field_validator("retrieved", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime.date) else value


class CityDescription(_Strict):
    """A whole `city.yaml`."""

    name: str = ""
    crs: str = ""
    tables: dict[str, TableDescription] = Field(default_factory=dict)
    sources: tuple[SourceDescription, ...] = ()


LineOf = Callable[[tuple[Any, ...]], int | None]


def read_description(path: Path, findings: Findings) -> Layout | None:
    """The layout that a `city.yaml` describes; paths in it are relative to it. None with errors if it cannot be used.

    Errors: no YAML, unknown or repeated keys (with the nearest known one), values of the wrong kind, unknown tables,
    required tables that are missing; each with the line of its key.
    """
    loaded = _load(path, findings)
    if loaded is None:
        return None
    data, line_of = loaded
    try:
        described = CityDescription.model_validate(data)
    except ValidationError as error:
        _report(error, path.name, line_of, findings)
        return None
    tables = {}
    for name, table in described.tables.items():
        if name not in TABLES:
            findings.error(f"there is no table {shown(name)}", did_you_mean(name, TABLES), file=path.name,
                           line=line_of(("tables", name)), column=f"tables.{name}")  # fmt: skip
            continue
        if table.crossings and name != "streets":
            findings.error("only streets have crossings", "remove the key", file=path.name,
                           line=line_of(("tables", name, "crossings")), column=f"tables.{name}.crossings")  # fmt: skip
        tables[name] = _table_source(TABLES[name], table, path, line_of)
    for name, table in TABLES.items():
        if described.tables and table.required and name not in tables and name != "households":
            findings.error(f"the table {name} is missing", f"name its file: {name}: {{source: …}}", file=path.name,
                           line=line_of(("tables",)), column=f"tables.{name}")  # fmt: skip
    sources = tuple(Source(**dict(source)) for source in described.sources)
    name = described.name or path.resolve().parent.name
    return Layout(name, described.crs, tables, sources, path, line_of(("crs",)))


def _load(path: Path, findings: Findings) -> tuple[Any, LineOf] | None:
    """The content of a YAML file and a function from the path of a key to its line."""
    from allocator.strict_yaml.reading import read_yaml

    try:
        data, lines = read_yaml(path)
    except InputError as error:
        findings.extend(error.findings)
        return None
    return data, lines.get


def _table_source(table: Table, described: TableDescription, path: Path, line_of: LineOf) -> TableSource:
    """The source of one table, with the lines of its keys."""
    place = ("tables", table.name)
    keys = {key: line_of((*place, key)) for key in ("source", "layer", "sheet", "crs", "header", "crossings")}
    keys |= {f"columns.{name}": line_of((*place, "columns", name)) for name in described.columns}
    return TableSource(
        table,
        path.parent / described.source,
        described.source,
        described_in=path.name,
        lines={key: line for key, line in keys.items() if line},
        **described.model_dump(exclude={"source"}),
    )


def _report(error: ValidationError, file: str, line_of: LineOf, findings: Findings) -> None:
    """Each thing that the schema refuses, as a finding with the line of its key."""
    for defect in error.errors():
        keys = tuple(defect["loc"])
        dotted = ".".join(str(key) for key in keys)
        line = next((found for size in range(len(keys), 0, -1) if (found := line_of(keys[:size]))), None)
        if defect["type"] == "extra_forbidden":
            what, remedy = f"unknown key {shown(keys[-1])}", did_you_mean(str(keys[-1]), _known_keys(keys))
        elif defect["type"] == "missing":
            what, remedy = "the key is missing", "add it"
        else:
            what, remedy = _refused(defect)
        findings.error(what, remedy, file=file, line=line, column=dotted)


def _refused(defect: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    value, kind = defect["input"], defect["type"]
    if value is None or value == "":
        return "the key has no value", "write one, or remove the key"
    wanted = {"dict_type": "keys with values", "model_type": "keys with values", "string_type": "text",
              "tuple_type": "a list"}.get(kind)  # fmt: skip
    if wanted:
        seen = "keys with values" if isinstance(value, Mapping) else shown(value)
        seen = "a list" if isinstance(value, list) else seen
        return f"{wanted} must stand here, not {seen}", f"write {wanted}"
    message = f"{defect['msg'][:1].lower()}{defect['msg'][1:]}"
    return f"{shown(value)}: {message}", "write a value of that kind"


def _known_keys(keys: tuple[Any, ...]) -> list[str]:
    if keys[0] == "tables" and len(keys) > 2:
        return list(TableDescription.model_fields)
    if keys[0] == "sources" and len(keys) > 1:
        return list(SourceDescription.model_fields)
    return list(CityDescription.model_fields)
