"""The price of a rule as a page, a table and JSON: small curves with one axis, bounds as bands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from allocator.frontier.prices import OUTCOMES, Priced, begins_to_bind
from allocator.frontier.words import WORDS
from allocator.frontier.writing import command_of, origin, page, sources
from allocator.report.axes import LINES, Axis
from allocator.report.numbers import Language, number, percent, quantity
from allocator.runs.folder import Kind
from allocator.runs.tables import write_csv
from allocator.scenario import Scenario
from allocator.wording import in_language

__all__ = ["PRICE", "binding_sentence", "write_price"]

PRICE = Kind("price of a rule", "price.json", frozenset(("format", "rule", "values")),
             frozenset(("price.csv", "price.json", "price.html")))  # fmt: skip
Told = tuple[float, float, float | None]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 220, 66, 12, 30, 40
BOUNDS = {"place: persons": "persons_housed", "rent": "rent", "cost": "cost"}
"""Goals whose value is one of the outcomes, unless some persons count for more than one."""


def write_price(
    scenario: Scenario, name: str, parameter: str, priced: Sequence[Priced], draft: Path, language: Language = "en",
    overrides: Sequence[str] = (), options: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Write price.csv, price.json and price.html into a draft (see `new_folder`); the content of the JSON."""
    rows = [_row(one, parameter) for one in priced]
    write_csv(pd.DataFrame(rows), draft / "price.csv")
    kind, loose, tight = begins_to_bind(priced, scenario.solve.gap)
    result = {
        "format": 1,
        "title": scenario.title or scenario.name,
        "rule": name,
        "parameter": parameter,
        "binds": {"from": tight, "free_at": loose} if kind == "binds" else None,
        "values": rows,
        **origin(scenario, draft, overrides),
    }
    text = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    (draft / "price.json").write_text(text, encoding="utf-8", newline="\n")
    words = WORDS[language]
    shown = [outcome for outcome in OUTCOMES if any(one.outcomes[outcome] is not None for one in priced)]
    html = page(
        "price.html", language,
        title=words["price_title"].format(scenario=in_language(scenario.title or scenario.name, language), rule=name),
        intro=words["price_intro"].format(parameter=f"{name}.{parameter}"),
        binds=binding_sentence(scenario, priced, language),
        panels=[_panel(priced, *series, f"{name}.{parameter}", language) for series in _series(priced, language)],
        labels=[words[outcome] for outcome in shown],
        rows=[(quantity(one.value, language), [_shown(outcome, one.outcomes[outcome], language) for outcome in shown],
               words[one.status]) for one in priced],
        command=command_of("price", scenario, options, overrides),
        **sources(scenario, language),
    )  # fmt: skip
    (draft / "price.html").write_text(html, encoding="utf-8", newline="\n")
    return result


def binding_sentence(scenario: Scenario, priced: Sequence[Priced], language: Language) -> str:
    """Where the rule begins to bind, in a sentence."""
    kind, loose, tight = begins_to_bind(priced, scenario.solve.gap)
    return WORDS[language][kind].format(loose=quantity(loose, language), tight=quantity(tight, language))


def _row(one: Priced, parameter: str) -> dict[str, Any]:
    row: dict[str, Any] = {parameter: one.value, "status": one.status, **one.outcomes}
    for goal in one.goals:
        row |= {goal["goal"]: goal["value"], f"{goal['goal']} bound": goal["bound"], f"{goal['goal']} gap": goal["gap"]}
    return row


def _shown(outcome: str, value: float | None, language: Language) -> str:
    if outcome == "dissimilarity":
        return percent(value, language, 1)
    return number(value, language, 2) if outcome == "excess" and value and value % 1 else number(value, language)


def _series(priced: Sequence[Priced], language: Language) -> list[tuple[str, str, list[Told]]]:
    """Title, outcome and (parameter, value, bound) of each curve: outcomes, then the goals that are none of them."""
    found = []
    goals: dict[str, list[Told]] = {}
    for one in priced:
        for goal in one.goals:
            goals.setdefault(goal["goal"], []).append((one.value, goal["value"], goal["bound"]))
    for outcome in OUTCOMES:
        told: list[Told] = [(one.value, value, None) for one in priced if (value := one.outcomes[outcome]) is not None]
        for name, series in list(goals.items()):
            same = len(series) == len(told) and all(
                abs(mine[1] - its[1]) <= 0.01 for mine, its in zip(series, told, strict=True)
            )
            if BOUNDS.get(name) == outcome and same:
                told = goals.pop(name)
        if told:
            found.append((WORDS[language][outcome], outcome, told))
    return found + [(WORDS[language]["goal"].format(goal=name), "", told) for name, told in goals.items()]


def _panel(
    priced: Sequence[Priced], name: str, outcome: str, told: Sequence[Told], along: str, language: Language
) -> str:
    """One curve over the values, with a band to its bounds; the same axis along x in all panels."""
    title = escape(name)
    x = Axis.around([one.value for one in priced], LEFT, WIDTH - RIGHT, 0.03)
    y = Axis.around([v for _, value, bound in told for v in (value, bound) if v is not None], HEIGHT - BOTTOM, TOP)
    parts = [f'<text class="name" x="{LEFT}" y="18">{title}</text>']
    for value in y.ticks:
        text = percent(value, language) if outcome == "dissimilarity" else quantity(value, language)
        parts.append(f'<path class="grid" d="M{LEFT} {y.at(value)}H{WIDTH - RIGHT}"/>'
                     f'<text x="{LEFT - 6}" y="{y.at(value) + 4}" text-anchor="end">{escape(text)}</text>')  # fmt: skip
    for value in x.ticks:
        parts.append(f'<text x="{x.at(value)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">'
                     f"{escape(quantity(value, language))}</text>")  # fmt: skip
    parts.append(f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(along)}</text>')
    band = [(a, value, bound) for a, value, bound in told if bound is not None]
    if any(abs(y.at(value) - y.at(bound)) > 0.5 for _, value, bound in band):
        edge = [f"{x.at(a)},{y.at(value)}" for a, value, _ in band]
        edge += [f"{x.at(a)},{y.at(bound)}" for a, _, bound in reversed(band)]
        parts.append(f'<polygon points="{" ".join(edge)}" fill="{LINES[0]}" opacity=".2"/>')
    line = " ".join(f"{x.at(a)},{y.at(value)}" for a, value, _ in told)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{LINES[0]}" stroke-width="1.6"/>')
    for a, value, _ in told:
        label = escape(f"{quantity(a, language)}: {_shown(outcome, value, language)}")
        parts.append(
            f'<circle cx="{x.at(a)}" cy="{y.at(value)}" r="3" fill="{LINES[0]}"><title>{label}</title></circle>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">{"".join(parts)}</svg>'
