"""The tables of a sweep: a row for each run, a row for each place of each run, and, apart from them, the seconds.

What a clock says differs from run to run; it stands in a file of its own, so that the others are the same to the byte
whenever, wherever and after however many interruptions the same design is solved with the same versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.indicators.definitions import AREA_COLUMNS
from allocator.sweep.points import Point
from allocator.sweep.resolving import Run
from allocator.whole_files import replaced_file

__all__ = ["AREAS", "RUNS", "SECONDS", "areas_table", "runs_table", "seconds_table", "write_table"]

RUNS, AREAS, SECONDS = "runs.parquet", "areas.parquet", "seconds.parquet"


def runs_table(
    runs: Sequence[Run], names: Sequence[str], records: Mapping[str, Mapping[str, Any]], versions: Mapping[str, str]
) -> pd.DataFrame:
    """One row per run, in the order of the design; `records` by the hash of a run (`Run.sha256`).

    Columns: `run`; `base`, `draw` and every name that varies; `status`, `reason`, `gap` (the widest of its goals);
    `same_as` (the first run with the same scenario) and `plan_of` (the looser run whose plan is best here too); what
    was placed; `goal.<goal>.value|bound|gap|status`; `rule.<name>.…`; `indicator.…`; hashes and versions. Without draws
    there is no column `draw`.
    """
    first: dict[str, str] = {}
    rows = []
    for run in runs:
        told = records[run.sha256]
        same = first.setdefault(run.sha256, run.name)
        gaps = [goal["gap"] for goal in told.get("goals", ())]
        rows.append({
            "run": run.name, **_varied(run.point, names), "status": told["status"], "reason": told.get("reason", ""),
            "gap": None if not gaps or None in gaps else max(gaps),
            "same_as": "" if same == run.name else same, "plan_of": told.get("plan_of", ""),
            **{f"{key}.{count}": told.get(key, {}).get(count) for key in ("placed", "unplaced")
               for count in ("households", "persons")},
            **_goals(told), **_rules(told), **dict(_flat("indicator", told.get("indicators", {}))),
            "scenario_sha256": run.scenario_sha256, "data_sha256": run.data_sha256,
            **{f"version.{name}": version for name, version in versions.items()},
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=_in_order(rows))
    for name in ("base", *names):
        table[name] = _one_kind(table[name])
    table["draw"] = table["draw"].astype("Int64")
    for name in table.columns:
        if name.startswith(("goal.", "rule.", "indicator.", "gap")):
            table[name] = _one_kind(table[name])
    return table.drop(columns=[name for name in ("draw",) if table[name].isna().all()])


def areas_table(runs: Sequence[Run], names: Sequence[str], records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row per run and social space or district: what varied, and the columns of `indicators.csv`.

    Runs without a plan have no rows here.
    """
    parts = []
    for run in runs:
        areas = records[run.sha256].get("areas") or {}
        if areas:
            part = pd.DataFrame(areas)
            told = {"run": run.name, **_varied(run.point, names)}
            parts.append(
                part.assign(**{name: [value] * len(part) for name, value in told.items()})[[*told, *part.columns]]
            )
    columns = ["run", "base", "draw", *names, *(column.name for column in AREA_COLUMNS)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    for name in ("base", *names):
        table[name] = _one_kind(table[name])
    for name in (column.name for column in AREA_COLUMNS if column.unit.en):
        table[name] = pd.to_numeric(table[name])
    table["draw"] = table["draw"].astype("Int64")
    return table.drop(columns=[name for name in ("draw",) if table[name].isna().all()])


def seconds_table(runs: Sequence[Run], records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row per run: the seconds that its result took, by phase; a run that equals an earlier one took none."""
    seen: set[str] = set()
    rows = []
    for run in runs:
        phases = records[run.sha256].get("phases", {}) if run.sha256 not in seen else {"total": 0.0}
        seen.add(run.sha256)
        rows.append({"run": run.name, "seconds": phases.get("total"),
                     **{f"seconds.{name}": value for name, value in phases.items() if name != "total"}})  # fmt: skip
    return pd.DataFrame(rows, columns=_in_order(rows))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet, whole or not at all; the same table gives the same bytes."""
    import pyarrow
    import pyarrow.parquet

    content = pyarrow.Table.from_pandas(table, preserve_index=False)
    replaced_file(path, lambda draft: pyarrow.parquet.write_table(content, draft, compression="zstd"))


def _varied(point: Point, names: Sequence[str]) -> dict[str, Any]:
    return {"base": point.base, "draw": point.draw, **{name: point.values.get(name) for name in names}}


def _goals(told: Mapping[str, Any]) -> dict[str, Any]:
    """Value, bound, gap and status of each goal; a goal that stands twice (with other parameters) is numbered."""
    found: dict[str, Any] = {}
    for goal in told.get("goals", ()):
        name, number = goal["goal"], 2
        while f"goal.{name}.value" in found:
            name, number = f"{goal['goal']} ({number})", number + 1
        found.update({f"goal.{name}.{key}": goal[key] for key in ("value", "bound", "gap", "status")})
    return found


def _rules(told: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("breaches", "excess", "tight", "places", "excess_today")
    return {f"rule.{rule['name']}.{key}": rule[key] for rule in told.get("rules", ()) for key in keys}


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Nested data as dotted names with plain values."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(f"{name}.{key}", item)
    else:
        yield name, json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every column of any row; a column that only later rows have stands behind the one that it follows there."""
    order: list[str] = []
    for row in rows:
        if order and set(row) <= set(order):
            continue
        before = 0
        for name in row:
            if name in order:
                before = order.index(name) + 1
            else:
                order.insert(before, name)
                before += 1
    return order


def _one_kind(column: pd.Series) -> pd.Series:
    """A column of plain values as numbers, flags or text; of mixed kinds as text in JSON. Nothing is null."""
    values = [None if value is None or value != value else value for value in column.astype(object)]
    kinds = {bool if isinstance(value, bool) else float if isinstance(value, (int, float)) else type(value)
             for value in values if value is not None}  # fmt: skip
    if kinds <= {float}:
        whole = kinds and all(value is None or float(value).is_integer() for value in values)
        return pd.Series(values, dtype="float64" if not whole or None in values else "int64", name=column.name)
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean", name=column.name)
    if kinds == {str}:
        return pd.Series(values, dtype="object", name=column.name)
    texts = [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
    return pd.Series(texts, dtype="object", name=column.name)
