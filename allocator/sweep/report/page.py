"""The page of a sweep: one self-contained HTML file; nothing in it loads from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from allocator.errors import InputError
from allocator.report.numbers import Language, check_language, number
from allocator.report.rendering import rendered
from allocator.sweep.manifest import read_manifest
from allocator.sweep.report.charts import curves, heat_maps, roles_of
from allocator.sweep.report.effects import begins_to_bind, main_effects, sobol_effects
from allocator.sweep.report.scales import label_of, levels, short
from allocator.sweep.report.words import OUTCOMES, STATUS, WORDS
from allocator.sweep.table import RUNS
from allocator.whole_files import replaced_text

__all__ = ["write_sweep_report"]

ROWS = 60
"""Rows that a table of the page shows."""


def write_sweep_report(folder: Path, path: Path, language: str = "en") -> None:
    """Write the page of a finished sweep: the same tables give the same bytes. InputError where there is no sweep."""
    known = check_language(language)
    manifest = read_manifest(folder)
    try:
        table = pd.read_parquet(folder / RUNS)
    except (OSError, ValueError) as error:
        from allocator.errors import Finding

        raise InputError(
            [Finding(f"cannot be read: {error}", "call the sweep again", file=str(folder / RUNS))]
        ) from None
    content = {"language": known, "w": WORDS[known], **_content(table, manifest, known)}
    replaced_text(path, rendered("allocator.sweep.report", "sweep.html", content))


def _content(table: pd.DataFrame, manifest: dict[str, Any], language: Language) -> dict[str, Any]:
    from markupsafe import Markup

    words = WORDS[language]
    names = [name for name in ("base", *manifest["names"]) if name in table and table[name].nunique(dropna=False) > 1]
    goals = [name for name in table.columns if name.startswith("goal.") and name.endswith(".value")]
    outcomes = [name for name in (*goals, *OUTCOMES) if name in table and pd.api.types.is_numeric_dtype(table[name])]
    varying = [name for name in outcomes if table[name].nunique() > 1]
    roles = roles_of(table, names)
    drawn = (
        []
        if roles is None
        else [
            (
                _called(name, language),
                Markup(curves(table, roles, name, language, words)),
                Markup(heat_maps(table, roles, name, language, words)),
            )
            for name in varying
        ]
    )
    by = [*names, *(["draw"] if "draw" in table else [])]
    sample = manifest["sample"]
    others = [name for name in names if sample is not None and name not in sample["of"]]
    return {
        "title": manifest["title"],
        "design": manifest["design"],
        "versions": ", ".join(f"{name} {version}" for name, version in list(manifest["versions"].items())[:4]),
        "runs": number(len(table), language),
        "contents": [
            (
                name,
                ", ".join(label_of(name, value, language, words) for value in levels(table[name])[:40])
                + (" …" if table[name].nunique(dropna=False) > 40 else ""),
            )
            for name in by
        ],
        "statuses": [
            (STATUS[language].get(status, status), number(count, language))
            for status, count in table["status"].value_counts().sort_index().items()
        ],
        "without": [
            (row["run"], STATUS[language].get(row["status"], row["status"]), row["reason"])
            for _, row in table[table["status"].isin(["infeasible", "failed"])].head(ROWS).iterrows()
        ],
        "constant": [
            (_called(name, language), short(float(table[name].dropna().iloc[0]), language))
            for name in outcomes
            if table[name].nunique() == 1
        ],
        "drawn": drawn,
        "effect_names": by,
        "effects": [
            (_called(name, language), [_share(found.get(one), language) for one in by])
            for name in varying
            if (found := main_effects(table, by, name))
        ],
        "sobol_names": list(sample["of"]) if sample is not None else [],
        "sobol": [
            (
                _called(name, language),
                [
                    f"{number(found[one].first, language, 2)} / {number(found[one].total, language, 2)}"
                    for one in sample["of"]
                ],
            )
            for name in varying
            if (found := sobol_effects(table, sample, others, name))
        ],
        "binding": _binding(table, names, goals, language),
    }


def _called(column: str, language: Language) -> str:
    """What the page calls an outcome."""
    if column in OUTCOMES:
        return OUTCOMES[column][language]
    goal = column.removeprefix("goal.").removesuffix(".value")
    return f"Goal {goal}" if language == "en" else f"Ziel {goal}"


def _share(value: float | None, language: Language) -> str:
    return number(value, language, 2)


def _binding(table: pd.DataFrame, names: list[str], goals: list[str], language: Language) -> list[tuple[str, ...]]:
    words = WORDS[language]
    rows = []
    for found in begins_to_bind(table, names, goals):
        where = ", ".join(
            f"{name} {label_of(name, value, language, words)}" for name, value in found.where.items() if name in names
        )
        at = words["never"] if found.value is None else short(found.value, language)
        if found.low is not None and found.high is not None and (found.low < found.high or found.value is None):
            at += f" ({short(found.low, language)} – {short(found.high, language)})"
        rows.append((found.name, where, at, label_of(found.name, found.loosest, language, words)))
    return rows[:ROWS]
