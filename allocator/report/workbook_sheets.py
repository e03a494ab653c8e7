"""The sheets of the internal workbook: everything that the report says, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.indicators.chains import moves_in_order
from allocator.indicators.definitions import AREA_COLUMNS, INDICATORS
from allocator.indicators.households import unplaced_reasons
from allocator.indicators.summary import summary
from allocator.report.content import report_content
from allocator.report.numbers import Language
from allocator.report.rule_rows import goal_rows, rule_unit
from allocator.report.sentences import unit_word
from allocator.report.words import WORDS
from allocator.report.workbook import Column, Kind, Sheet, day
from allocator.report.workbook_words import WORKBOOK_WORDS

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["source_rows", "workbook_sheets"]

_KINDS: dict[str, Kind] = {"share": "share", "persons": "count", "flats": "count", "households": "count"}


def workbook_sheets(plan: Plan, language: Language) -> list[Sheet]:
    """Overview, rules, goals, indicators, areas, sizes, allocation, unplaced, moves, seats, sources, reproduction."""
    content = report_content(plan, language)
    w = {**WORDS[language], **WORKBOOK_WORDS[language]}
    return [
        _overview(content, plan, w),
        _rules(plan, content, language, w),
        _goals(plan, language, w),
        _indicators(plan, language, w),
        _areas(plan, "district", language, w["districts"]),
        _areas(plan, "social_space", language, w["social_spaces"]),
        _sizes(plan, w),
        _allocation(plan, w),
        _unplaced(plan, w),
        _moves(plan, w),
        _seats(plan, w),
        Sheet(
            w["sources"],
            tuple(
                Column(w[name], "date" if name == "date" else "text")
                for name in ("file", "title", "licence", "attribution", "date", "address", "synthetic")
            ),
            source_rows(plan, language),
        ),
        _reproduce(content, w),
    ]


def _overview(content: dict[str, Any], plan: Plan, w: Mapping[str, str]) -> Sheet:
    rows: list[tuple[str, Any]] = [(w["report"], content["title"])]
    rows += [(w["question"], content["description"])] if content["description"] else []
    rows += content["question"]
    rows += [(w["result"], f"{content['sentence']}."), (w["status"], plan.result.get("status", ""))]
    rows += [("", content["quality"])] if content["quality"] else []
    rows += [("", fact) for fact in content["facts"]]
    rows += [(w["synthetic"], text) for text in content["synthetic"]]
    return Sheet(w["overview"], (Column(w["item"]), Column(w["value"])), rows)


def _rules(plan: Plan, content: dict[str, Any], language: Language, w: Mapping[str, str]) -> Sheet:
    rows = []
    for told in content["rules"]:
        name = told["name"]
        rule, tallies = plan.scenario.rules[name], plan.tallies[name]
        rows.append(
            (
                name,
                told["sentence"],
                w["soft"] if told["soft"] else w["hard"],
                rule.soft,
                w[f"state_{told['state']}"],
                sum(t.excess > 1e-6 for t in tallies),
                sum(max(0.0, t.excess) for t in tallies),
                unit_word(rule_unit(rule, language), language),
                sum(bool(t.tight) for t in tallies),
                len(tallies),
                sum(t.allowance for t in tallies),
                told["source"],
            )
        )
    heads: list[tuple[str, Kind]] = [
        ("rule", "text"),
        ("what_it_says", "text"),
        ("kind", "text"),
        ("weight", "number"),
        ("state", "text"),
        ("places_over", "count"),
        ("excess", "number"),
        ("unit", "text"),
        ("places_full", "count"),
        ("places", "count"),
        ("excess_today", "number"),
        ("source", "text"),
    ]
    return Sheet(w["rules"], tuple(Column(w[head], kind) for head, kind in heads), rows)


def _goals(plan: Plan, language: Language, w: Mapping[str, str]) -> Sheet:
    told = {row["name"]: row for row in goal_rows(plan, language)}
    rows = [
        (
            number,
            told[goal["goal"]]["sentence"] or goal["goal"],
            told[goal["goal"]]["unit"],
            goal.get("value"),
            goal.get("bound"),
            goal.get("gap"),
            told[goal["goal"]]["status"],
            goal.get("seconds"),
        )
        for number, goal in enumerate(plan.result.get("goals") or (), start=1)
    ]
    heads: list[tuple[str, Kind]] = [
        ("order", "count"),
        ("goal", "text"),
        ("unit", "text"),
        ("value", "number"),
        ("bound", "number"),
        ("gap", "share"),
        ("status", "text"),
        ("seconds", "number"),
    ]
    return Sheet(w["goals"], tuple(Column(w[head], kind) for head, kind in heads), rows)


def _indicators(plan: Plan, language: Language, w: Mapping[str, str]) -> Sheet:
    """Every number of `indicators` in `result.json` under its path; facilities have a sheet of their own."""
    meanings = {one.name: one for one in INDICATORS}
    rows = []
    for path, value in _leaves(plan.result.get("indicators") or summary(plan), ()):
        known = meanings.get(path[-1]) if path[0] == "segregation" else meanings.get(path[0])
        told = (
            (getattr(known.meaning, language), getattr(known.unit, language), known.source) if known else ("", "", "")
        )
        rows.append((path[0], " · ".join(path[1:]), value, *told))
    heads = (
        Column(w["indicator"]),
        Column(w["part"]),
        Column(w["value"], "number"),
        Column(w["meaning"]),
        Column(w["unit"]),
        Column(w["source_of_formula"]),
    )
    return Sheet(w["indicators"], heads, rows)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key != "facilities":
                yield from _leaves(part, (*path, str(key)))
    elif value is not None and not isinstance(value, (list, tuple)):
        yield path, value


def _areas(plan: Plan, level: str, language: Language, name: str) -> Sheet:
    table = plan.areas[plan.areas["level"] == level]
    shown = [one for one in AREA_COLUMNS if one.name in table.columns and one.name != "level"]
    columns = []
    for one in shown:
        kind = _KINDS.get(one.unit.en, "text" if not pd.api.types.is_numeric_dtype(table[one.name]) else "number")
        kind = "signed" if one.name == "change" else "number" if one.name.startswith("deviation") else kind
        columns.append(Column(getattr(one.title, language) or one.name, kind))
    return Sheet(name, tuple(columns), table[[one.name for one in shown]].to_numpy(dtype=object).tolist())


def _sizes(plan: Plan, w: Mapping[str, str]) -> Sheet:
    sizes = (plan.result.get("indicators") or summary(plan))["by_household_size"]
    names = ("households", "households_placed", "persons", "persons_placed")
    rows: list[tuple[Any, ...]] = [
        (size, *(counts[name] for name in names), counts["share_placed"]) for size, counts in sizes.items()
    ]
    totals = [sum(counts[name] for counts in sizes.values()) for name in names]
    rows.append((w["total"], *totals, totals[3] / totals[2] if totals[2] else None))
    columns = (
        Column(w["size"]),
        Column(w["households"], "count"),
        Column(w["households_placed"], "count"),
        Column(w["persons"], "count"),
        Column(w["persons_placed"], "count"),
        Column(w["share_placed"], "share"),
    )
    return Sheet(w["sizes_sheet"], columns, rows)


def _allocation(plan: Plan, w: Mapping[str, str]) -> Sheet:
    rows = plan.allocation.assign(persons=pd.to_numeric(plan.allocation["persons"]))
    columns = tuple(
        Column(w[f"column_{name}"], "count" if name == "persons" else "text")
        for name in rows.columns
        if f"column_{name}" in w
    )
    shown = [name for name in rows.columns if f"column_{name}" in w]
    return Sheet(w["allocation"], columns, rows[shown].to_numpy(dtype=object).tolist())


def _unplaced(plan: Plan, w: Mapping[str, str]) -> Sheet:
    """Every household without a place, by reason, the reasons that concern most persons first."""
    rows = plan.allocation[plan.allocation["unit_id"] == ""]
    rows = rows.assign(persons=pd.to_numeric(rows["persons"]))
    order = {reason: i for i, reason in enumerate(unplaced_reasons(rows)["reason"])}
    rows = rows.assign(order=rows["reason"].map(order)).sort_values(["order", "household_id"], kind="stable")
    told = [
        (row.reason or w["no_reason"], row.household_id, row.persons, row.from_unit_id) for row in rows.itertuples()
    ]
    columns = (
        Column(w["reason"]),
        Column(w["column_household_id"]),
        Column(w["persons"], "count"),
        Column(w["column_from_unit_id"]),
    )
    return Sheet(w["unplaced"], columns, told)


def _moves(plan: Plan, w: Mapping[str, str]) -> Sheet:
    rows = [
        (move.chain, move.step, move.household_id, move.persons, move.home, move.unit)
        for move in moves_in_order(plan.ledger)
    ]
    columns = (
        Column(w["chain"], "count"),
        Column(w["step"], "count"),
        Column(w["column_household_id"]),
        Column(w["persons"], "count"),
        Column(w["from"]),
        Column(w["to"]),
    )
    return Sheet(w["moves"], columns, rows)


def _seats(plan: Plan, w: Mapping[str, str]) -> Sheet:
    facilities = plan.scenario.city.facilities
    names = dict(zip(facilities["facility_id"], facilities["name"], strict=True)) if "name" in facilities else {}
    rows = []
    for rule, seating in plan.seatings.items():
        taken = seating.taken
        for facility in sorted(taken):
            seats = seating.seats[facility]
            known = seats == seats
            used = taken[facility] / seats if known and seats > 0 else None
            rows.append((rule, facility, names.get(facility, ""), seats if known else None, taken[facility], used))
    columns = (
        Column(w["rule"]),
        Column(w["facility_id"]),
        Column(w["facility"]),
        Column(w["free_seats"], "count"),
        Column(w["children"], "count"),
        Column(w["used"], "share"),
    )
    return Sheet(w["seats"], columns, rows)


def source_rows(plan: Plan, language: Language) -> list[tuple[Any, ...]]:
    """The sources of the city, days as dates."""
    return [
        (
            source.file,
            source.title,
            source.licence,
            source.attribution,
            day(source.retrieved),
            source.url,
            source.synthetic,
        )
        for source in plan.scenario.city.told_sources(language)
    ]


def _reproduce(content: dict[str, Any], w: Mapping[str, str]) -> Sheet:
    told = content["reproduce"]
    rows: list[tuple[str, Any]] = [(w["command"], told["command"]), *told["settings"]]
    rows += [(f"SHA-256 {file}", sha256) for file, sha256 in told["inputs"]]
    rows += [(w["distances"], text) for text in content["distances"]]
    rows += [(w["notes"], text) for text in content["notes"]]
    return Sheet(w["reproduce_sheet"], (Column(w["item"]), Column(w["value"])), rows)
