"""Small multiples as SVG: curves with medians and bands, heat maps; every chart of one outcome has one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from allocator.report.numbers import Language
from allocator.sweep.report.scales import DASHES, LINES, label_of, levels, shade, short, spread_of, ticks

__all__ = ["Roles", "curves", "heat_maps", "roles_of"]

PANELS, SERIES = 12, len(LINES)
"""Panels and lines that one chart shows; further values are left to the table."""
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 250, 170, 52, 24, 40
CELL = 44


@dataclass(frozen=True)
class Roles:
    """Which name is drawn how: along x, as lines, as panels; everything else is a draw to the chart."""

    x: str
    line: str | None
    panel: str | None


def roles_of(table: pd.DataFrame, names: Sequence[str]) -> Roles | None:
    """The name with most numbers goes along x, then panels and lines by their number of values.

    None if nothing varies.
    """
    varying = [name for name in names if table[name].nunique(dropna=False) > 1]
    numeric = sorted(
        (name for name in varying if pd.api.types.is_numeric_dtype(table[name])),
        key=lambda name: -table[name].nunique(dropna=False),
    )
    if not varying:
        return None
    x = numeric[0] if numeric else varying[0]
    rest = sorted(
        (name for name in varying if name != x and table[name].nunique(dropna=False) <= PANELS),
        key=lambda name: table[name].nunique(dropna=False),
    )
    line = next((name for name in rest if table[name].nunique(dropna=False) <= SERIES), None)
    panel = next((name for name in reversed(rest) if name != line), None)
    return Roles(x, line, panel)


def curves(table: pd.DataFrame, roles: Roles, outcome: str, language: Language, words: Mapping[str, str]) -> str:
    """Curves of medians over draws, with bands from the tenth to the ninetieth hundredth; empty without a value."""
    known = table[table[outcome].notna()]
    if known.empty:
        return ""
    xs, panels = levels(table[roles.x]), _levels(table, roles.panel)[:PANELS]
    series = _levels(table, roles.line)[:SERIES]
    place = _places(xs, roles.x)
    low, high = spread_of(known[outcome].tolist())
    parts = []
    for number, panel in enumerate(panels):
        inside = _where(known, roles.panel, panel)
        body = [_frame(low, high, place, xs, roles.x, language, words)]
        for position, one in enumerate(series):
            body.append(_line(_where(inside, roles.line, one), roles.x, outcome, place, (low, high), position))
        title = _value(roles.panel, panel, language, words)
        parts.append(_panel(number, title, "".join(body)))
    legend = [(position, _value(roles.line, one, language, words)) for position, one in enumerate(series)]
    return _grid(parts, outcome) + _legend(legend if roles.line else [])


def _levels(table: pd.DataFrame, name: str | None) -> list[Any]:
    return levels(table[name]) if name is not None else [None]


def _where(table: pd.DataFrame, name: str | None, value: Any) -> pd.DataFrame:
    if name is None:
        return table
    return table[table[name].isna()] if value is None else table[table[name] == value]


def _value(name: str | None, value: Any, language: Language, words: Mapping[str, str]) -> str:
    return "" if name is None else f"{name}: {label_of(name, value, language, dict(words))}"


def _places(xs: Sequence[Any], name: str) -> dict[Any, float]:  # noqa: ARG001
    """How far along x each value stands, 0 to 1; null stands apart at the end."""
    numbers = [x for x in xs if isinstance(x, (int, float)) and not isinstance(x, bool)]
    if len(numbers) + (None in xs) < len(xs) or len(numbers) < 2:
        return {x: (position + 0.5) / len(xs) for position, x in enumerate(xs)}
    end = 0.84 if None in xs else 0.96
    low, high = numbers[0], numbers[-1]
    found: dict[Any, float] = {x: 0.04 + (end - 0.04) * (x - low) / (high - low) for x in numbers}
    return {**found, None: 0.96} if None in xs else found


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - 8), 1)


def _y(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP), 1)


def _frame(
    low: float,
    high: float,
    place: Mapping[Any, float],
    xs: Sequence[Any],
    name: str,
    language: Language,
    words: Mapping[str, str],
) -> str:
    """Grid lines, ticks and the name of x."""
    parts = []
    for value in ticks(low, high, 4):
        y = _y(value, (low, high))
        parts.append(
            f'<path class="grid" d="M{LEFT} {y}H{WIDTH - 8}"/>'
            f'<text x="{LEFT - 5}" y="{y + 3}" text-anchor="end">{escape(short(value, language))}</text>'
        )
    last = -1.0
    for x in (None, *[one for one in xs if one is not None]) if None in xs else xs:
        share = place[x]
        if last >= 0 and x is not None and (share - last < 0.16 or (None in xs and share > 0.8)):
            continue
        last = share if x is not None else last
        parts.append(
            f'<text x="{_x(share)}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">'
            f"{escape(label_of(name, x, language, dict(words)))}</text>"
        )
    parts.append(
        f'<text class="name" x="{(WIDTH + LEFT) // 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(name)}</text>'
    )
    return "".join(parts)


def _line(
    part: pd.DataFrame, name: str, outcome: str, place: Mapping[Any, float], scale: tuple[float, float], position: int
) -> str:
    """One line with its band and a mark at each value."""
    points = []
    for x, share in sorted(place.items(), key=lambda item: item[1]):
        values = _where(part, name, x)[outcome].to_numpy(dtype=float)
        if values.size:
            band = pd.Series(values).quantile([0.1, 0.5, 0.9]).tolist()
            points.append((_x(share), *(_y(value, scale) for value in band), x is None))
    if not points:
        return ""
    colour, dash = LINES[position % len(LINES)], DASHES[position % len(DASHES)]
    joined = [point for point in points if not point[4]]
    upper = " ".join(f"{x},{high}" for x, _, _, high, _ in joined)
    lower = " ".join(f"{x},{low}" for x, low, _, _, _ in reversed(joined))
    middle = " ".join(f"{x},{y}" for x, _, y, _, _ in joined)
    parts = []
    if any(low != high for _, low, _, high, _ in points):
        parts.append(f'<polygon points="{upper} {lower}" fill="{colour}" opacity=".18"/>')
    parts.append(
        f'<polyline points="{middle}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-dasharray="{dash}"/>'
    )
    for x, low, y, high, apart in points:
        if apart and low != high:
            parts.append(f'<path d="M{x} {low}V{high}" stroke="{colour}" opacity=".5"/>')
        parts.append(f'<circle cx="{x}" cy="{y}" r="2" fill="{colour}"/>')
    return "".join(parts)


def _panel(number: int, title: str, body: str) -> str:
    x, y = number % 4 * WIDTH, number // 4 * HEIGHT
    return f'<g transform="translate({x} {y})"><text class="title" x="{LEFT}" y="14">{escape(title)}</text>{body}</g>'


def _grid(panels: Sequence[str], label: str) -> str:
    width, height = min(len(panels), 4) * WIDTH, -(-len(panels) // 4) * HEIGHT
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(label)}">'
        f"{''.join(panels)}</svg>"
    )


def _legend(entries: Sequence[tuple[int, str]]) -> str:
    parts = [
        f'<span><svg width="34" height="10"><path d="M0 5H34" stroke="{LINES[number % len(LINES)]}" stroke-width="2" '
        f'stroke-dasharray="{DASHES[number % len(DASHES)]}"/></svg> {escape(text)}</span>'
        for number, text in entries
    ]
    return f'<p class="legend">{" ".join(parts)}</p>' if parts else ""


def heat_maps(table: pd.DataFrame, roles: Roles, outcome: str, language: Language, words: Mapping[str, str]) -> str:
    """Medians over draws, x against the panels' name, one map for each line; empty where there are not two names."""
    down = roles.panel or roles.line
    each = roles.line if roles.panel is not None else None
    known = table[table[outcome].notna()]
    if down is None or known.empty:
        return ""
    xs, ys, maps = levels(table[roles.x]), levels(table[down]), _levels(table, each)
    if len(xs) > 30 or len(ys) > 30:
        return ""
    keys = [name for name in (roles.x, down, each) if name is not None]
    medians = known.groupby(keys, dropna=False)[outcome].median()
    low, high = float(medians.min()), float(medians.max())
    parts, width = [], 96 + CELL * len(xs)
    height = 22 + 20 * len(ys) + 34
    for number, one in enumerate(maps):
        body = [f'<text class="title" x="96" y="13">{escape(_value(each, one, language, words))}</text>']
        for row, y in enumerate(ys):
            body.append(
                f'<text x="92" y="{22 + 20 * row + 14}" text-anchor="end">'
                f"{escape(label_of(down, y, language, dict(words)))}</text>"
            )
            for column, x in enumerate(xs):
                cell = _where(_where(_where(known, each, one), down, y), roles.x, x)[outcome]
                body.append(_cell(column, row, None if cell.empty else float(cell.median()), (low, high), language))
        for column, x in enumerate(xs):
            body.append(
                f'<text x="{96 + CELL * column + CELL // 2}" y="{22 + 20 * len(ys) + 13}" text-anchor="middle">'
                f"{escape(label_of(roles.x, x, language, dict(words)))}</text>"
            )
        body.append(
            f'<text class="name" x="{96 + CELL * len(xs) // 2}" y="{22 + 20 * len(ys) + 28}" text-anchor="middle">'
            f"{escape(roles.x)}</text>"
        )
        parts.append(f'<g transform="translate(0 {number * height})">{"".join(body)}</g>')
    return (
        f'<svg viewBox="0 0 {width} {height * len(maps)}" width="{width}" role="img" aria-label="{escape(outcome)}">'
        f'{"".join(parts)}</svg><p class="legend">{escape(down)} ↓ · {escape(roles.x)} →</p>'
    )


def _cell(column: int, row: int, value: float | None, scale: tuple[float, float], language: Language) -> str:
    x, y = 96 + CELL * column, 22 + 20 * row
    if value is None:
        return f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="19" fill="none" stroke="#bbb"/>'
    low, high = scale
    fill, ink = shade(0.5 if high == low else (value - low) / (high - low))
    return (
        f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="19" fill="{fill}"/>'
        f'<text x="{x + CELL // 2}" y="{y + 13}" text-anchor="middle" style="fill:{ink}">'
        f"{escape(short(value, language))}</text>"
    )
