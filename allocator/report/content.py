"""What the report says of a plan, as plain text and numbers in the language's form; the template only sets it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.indicators.households import unplaced_reasons
from allocator.indicators.summary import SITE_THRESHOLDS, summary
from allocator.report.choice import choice
from allocator.report.decided import decided
from allocator.report.distance_words import distance_sentences
from allocator.report.index_rows import index_notes, index_rows
from allocator.report.move_sentences import moves_told
from allocator.report.numbers import Language, gap_percent, number, percent, quantity, signed
from allocator.report.rule_rows import goal_rows, rule_rows, rule_unit
from allocator.report.seat_rows import seat_tables
from allocator.report.sentences import result_sentence
from allocator.report.site_needs import site_needs
from allocator.report.why_rows import why_told
from allocator.report.words import WORDS
from allocator.wording import in_language

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["report_content"]


def report_content(plan: Plan, language: Language) -> dict[str, Any]:
    """Everything the template shows, not escaped; keys in the order in which the report is read."""
    indicators = plan.result.get("indicators") or summary(plan)
    scenario, city = plan.scenario, plan.scenario.city
    return {
        "title": plan.title(language),
        "description": in_language(scenario.description, language),
        "synthetic": city.told_synthetic(language),
        "question": _question(plan, language),
        "sentence": _sentence(plan, language),
        "quality": WORDS[language].get(f"quality_{plan.result.get('status')}", ""),
        "facts": _facts(indicators, language),
        "rules": rule_rows(plan, language),
        "goals": goal_rows(plan, language),
        "decided": decided(plan.result, language),
        "choice": choice(indicators, language),
        "site_needs": site_needs(indicators, language),
        "why": why_told(plan.why, language),
        "sizes": _sizes(indicators, language),
        "areas": _areas(plan, language),
        "spaces": _spaces(plan, language),
        "moves": moves_told(plan, language),
        "seats": seat_tables(plan, language),
        "unplaced": _unplaced(plan, language),
        "segregation": index_rows(indicators, language),
        "index_notes": index_notes(indicators, language),
        "sources": city.told_sources(language),
        "distances": distance_sentences(plan.result.get("distances"), language),
        "notes": _notes(plan, language),
        "reproduce": _reproduce(plan, language),
    }


def _notes(plan: Plan, language: Language) -> list[str]:
    """The notes of the result; those that the scenario has still, in this language."""
    known = {str(finding): finding.told(language) for finding in plan.scenario.findings}
    return [known.get(str(note), str(note)) for note in plan.result.get("notes") or ()]


def _sentence(plan: Plan, language: Language) -> str:
    """The result's sentence, with the unit in which each rule of this scenario counts."""
    rules = plan.scenario.rules
    told = [
        {**rule, "unit": rule_unit(rules[rule["name"]], language)} if rule["name"] in rules else rule
        for rule in plan.result.get("rules") or ()
    ]
    return result_sentence({**plan.result, "rules": told}, language)


def _question(plan: Plan, language: Language) -> list[tuple[str, str]]:
    words, city, ledger = WORDS[language], plan.scenario.city, plan.ledger
    spaces, districts = plan.areas[plan.areas["level"] == "social_space"], ledger.places("district")
    shared = sum(bool(unit["shared"]) for unit in ledger.units.values())
    places = sum(max(0.0, unit["capacity"] - unit["occupied"]) for unit in ledger.units.values())
    listed = words["list_text"].format(
        households=quantity(len(ledger.households), language),
        persons=quantity(sum(row["persons"] for row in ledger.households), language),
        homes=quantity(len(ledger.stays_today), language),
    )
    stock = words["stock_text"].format(
        flats=quantity(len(ledger.units) - shared, language),
        shared=quantity(shared, language),
        places=quantity(places, language),
    )
    area = words["spaces_text"].format(
        spaces=quantity(len(spaces), language),
        districts=quantity(len(districts), language),
        residents=quantity(spaces["residents"].sum(), language),
    )
    return [(words["city"], city.name), (words["list"], listed), (words["stock"], stock), (words["spaces"], area)]


def _facts(indicators: dict[str, Any], language: Language) -> list[str]:
    """The result in sentences; those that have nothing to say are left out."""
    words = WORDS[language]
    moves = {name: quantity(value["persons"], language) for name, value in indicators["moves"].items()}
    facts = [words["stay_text"].format(**moves)]
    if indicators["moves"]["remaining"]["persons"]:
        facts.append(words["remaining_text"].format(**moves))
    own, shared = (indicators["housing"][f"persons_in_{kind}"] for kind in ("own_flats", "shared_units"))
    facts.append(words["housing_text"].format(own=quantity(own, language), shared=quantity(shared, language)))
    wish = indicators["wishes"]
    if wish["persons"]:
        met, persons = quantity(wish["persons_met"], language), quantity(wish["persons"], language)
        facts.append(words["wish_text"].format(met=met, persons=persons, share=percent(wish["share_met"], language, 0)))
    rent = indicators["rent"]
    if rent["persons_with_known_rent"]:
        total, mean = number(rent["eur_per_month"], language), number(rent["eur_per_month_and_person"], language, 2)
        facts.append(words["rent_text"].format(total=total, mean=mean))
    for kind, way in (indicators.get("ways") or {}).items():
        if way["median_metres"] is not None:
            metres = {name: quantity(way[f"{name}_metres"], language) for name in ("median", "nine_of_ten")}
            facts.append(words[f"way_{kind}_text"].format(children=quantity(way["children"], language), **metres))
    sites = indicators["sites"]
    counts = [quantity(sites["after"][f"above_{limit}"], language) for limit in SITE_THRESHOLDS]
    facts.append(
        words["places_text"].format(
            buildings=quantity(indicators["new_places"]["buildings"], language),
            before=quantity(sites["before"]["largest"]["persons"], language),
            after=quantity(sites["after"]["largest"]["persons"], language),
            limits=" / ".join(str(limit) for limit in SITE_THRESHOLDS),
            counts=" / ".join(counts),
        )
    )
    free = indicators["free"]
    facts.append(
        words["free_text"].format(
            flats=quantity(free["flats"], language),
            flat_places=quantity(free["places_in_flats"], language),
            places=quantity(free["places_in_shared_units"], language),
        )
    )
    outside = indicators["outside"]["refugees_after"]
    return [*facts, words["outside_text"].format(persons=quantity(outside, language))] if outside else facts


def _sizes(indicators: dict[str, Any], language: Language) -> list[list[str]]:
    """Rows of the table by household size, the last one the total."""
    rows = []
    sizes = indicators["by_household_size"]
    names = ("households", "households_placed", "persons", "persons_placed")
    for size, counts in sizes.items():
        cells = [quantity(counts[name], language) for name in names]
        rows.append([size, *cells, percent(counts["share_placed"], language, 0)])
    totals = {name: sum(counts[name] for counts in sizes.values()) for name in names}
    share = totals["persons_placed"] / totals["persons"] if totals["persons"] else None
    cells = [quantity(totals[name], language) for name in names]
    return [*rows, [WORDS[language]["total"], *cells, percent(share, language, 0)]]


def _areas(plan: Plan, language: Language) -> dict[str, Any]:
    """Rows by district; by social space in a city without districts. Shares also as width of a bar in percent."""
    level = "district" if (plan.areas["level"] == "district").any() else "social_space"
    table = plan.areas[plan.areas["level"] == level]
    largest = table[["share_before", "share_after"]].max(axis=None, skipna=True)
    scale = 100 / largest if pd.notna(largest) and largest > 0 else 0.0
    widths = (table[["share_before", "share_after"]].fillna(0) * scale).round(1).to_numpy().tolist()
    rows = [{**row, "bars": bars} for row, bars in zip(_area_rows(table, language), widths, strict=True)]
    return {"title": WORDS[language]["districts" if level == "district" else "social_spaces"], "rows": rows}


def _spaces(plan: Plan, language: Language) -> list[dict[str, Any]]:
    """Districts with the rows of their social spaces; those without a district last, under an empty name.

    Nothing in a city without districts, whose social spaces `_areas` holds.
    """
    districts = plan.areas[plan.areas["level"] == "district"]
    if districts.empty:
        return []
    names = dict(zip(districts["place_id"], districts["name"], strict=True))
    spaces = plan.areas[plan.areas["level"] == "social_space"]
    groups = [(names[one], spaces[spaces["district_id"] == one]) for one in districts["place_id"]]
    groups.append((WORDS[language]["no_district"], spaces[~spaces["district_id"].isin(names)]))
    return [{"name": name, "rows": _area_rows(rows, language)} for name, rows in groups if len(rows)]


def _area_rows(table: pd.DataFrame, language: Language) -> list[dict[str, Any]]:
    """The cells of areas in the order of the table of areas."""
    return [
        {
            "name": row.name,
            "id": row.place_id if row.place_id != row.name else "",
            "residents": quantity(row.residents_after, language),
            "before": quantity(row.refugees_before, language),
            "after": quantity(row.refugees_after, language),
            "change": signed(row.change, language),
            "share_before": percent(row.share_before, language, 2),
            "share_after": percent(row.share_after, language, 2),
            "deviation_before": signed(row.deviation_before, language),
            "deviation_after": signed(row.deviation_after, language),
            "free": quantity(row.free, language),
        }
        for row in table.itertuples(index=False)
    ]


def _unplaced(plan: Plan, language: Language) -> list[dict[str, Any]]:
    """Unplaced households by reason, most persons first, each with the list of its households."""
    unplaced = plan.allocation[plan.allocation["unit_id"] == ""]
    unplaced = unplaced.assign(persons=pd.to_numeric(unplaced["persons"]))
    told = unplaced["household_id"] + " (" + unplaced["persons"].astype(str) + ")"
    lists = told.groupby(unplaced["reason"]).agg(list)
    return [
        {
            "reason": row.reason or WORDS[language]["no_reason"],
            "households": quantity(row.households, language),
            "persons": quantity(row.persons, language),
            "list": lists[row.reason],
        }
        for row in unplaced_reasons(unplaced).itertuples()
    ]


def _reproduce(plan: Plan, language: Language) -> dict[str, Any]:
    """Command, settings, versions and hashes as the result states them."""
    words, result = WORDS[language], plan.result
    told = result.get("scenario") or {}
    file = told.get("file") or plan.scenario.path.name
    overrides = [part for value in told.get("overrides") or () for part in ("--set", value)]
    gap = result.get("gap")
    asked = "" if gap is None else gap_percent(gap, language) if gap > 0 else "0 %"
    settings = [
        (words["seed"], quantity(result.get("seed"), language) if "seed" in result else ""),
        (words["asked_gap"], asked),
        (words["solver"], result.get("solver", "")),
        (words["created"], result.get("created", "")),
        (words["seconds"], number(result.get("seconds"), language, 1) if "seconds" in result else ""),
        (words["versions"], ", ".join(f"{name} {version}" for name, version in (result.get("versions") or {}).items())),
    ]
    return {
        "command": shlex.join(["allocator", "run", file, *overrides, "--language", language, "--out", "again"]),
        "settings": [(name, value) for name, value in settings if value],
        "inputs": [(entry["file"], entry["sha256"]) for entry in result.get("inputs") or ()],
    }
