"""The curve as SVG: links as points, so that mouse, keyboard and a page without scripts all open their maps."""

from __future__ import annotations

from html import escape

from allocator.frontier.frontier import Frontier, Place
from allocator.frontier.plans import Valued
from allocator.frontier.words import WORDS
from allocator.report.axes import LINES, Axis
from allocator.report.numbers import Language, quantity

__all__ = ["frontier_chart", "goal_label", "level_words"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 470, 92, 24, 20, 56
FRAME = "map"
"""Name of the frame in which maps open."""


def goal_label(frontier: Frontier, named: int, language: Language) -> str:
    """The name of a named goal with its unit."""
    stage = frontier.asked.named[named]
    unit = f" ({stage.goals[0][0].unit[language]})" if len(stage.goals) == 1 else ""
    return f"{stage.name}{unit}"


def level_words(frontier: Frontier, curve: int, language: Language) -> str:
    """What a curve keeps of the third goal; empty without one."""
    if len(frontier.asked.named) < 3:
        return ""
    words, stage, level = WORDS[language], frontier.asked.named[2], frontier.levels[curve]
    if level is None:
        return words["free"].format(goal=stage.name)
    return words["level_max" if stage.sense == "max" else "level"].format(
        goal=stage.name, value=quantity(level, language)
    )


def frontier_chart(frontier: Frontier, language: Language) -> str:
    """The chart; the first goal along x, the second along y."""
    told = [(frontier.value(place.told, 0), frontier.value(place.told, 1)) for place in frontier.places]
    x = Axis.around([a for a, _ in told], LEFT, WIDTH - RIGHT, 0.1)
    y = Axis.around([b for _, b in told], HEIGHT - BOTTOM, TOP, 0.1)
    label = escape(goal_label(frontier, 0, language) + " / " + goal_label(frontier, 1, language))
    parts = [_frame(frontier, x, y, language)]
    for curve in range(len(frontier.levels)):
        own = [place for place in frontier.places if place.curve == curve]
        parts.append(_stairs(frontier, own, x, y, LINES[curve % len(LINES)]))
    parts.append(_compared(frontier, frontier.today, "today", x, y, language))
    parts.append(_compared(frontier, frontier.first_come, "first_come", x, y, language))
    parts += [_point(frontier, place, x, y, language) for place in frontier.places]
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{label}">{"".join(parts)}</svg>'


def _frame(frontier: Frontier, x: Axis, y: Axis, language: Language) -> str:
    parts = []
    for value in y.ticks:
        parts.append(f'<path class="grid" d="M{LEFT} {y.at(value)}H{WIDTH - RIGHT}"/>')
        text = escape(quantity(value, language))
        parts.append(f'<text x="{LEFT - 8}" y="{y.at(value) + 4}" text-anchor="end">{text}</text>')
    for value in x.ticks:
        parts.append(f'<path class="grid" d="M{x.at(value)} {TOP}V{HEIGHT - BOTTOM}"/>')
        text = escape(quantity(value, language))
        parts.append(f'<text x="{x.at(value)}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{text}</text>')
    across, up = (escape(goal_label(frontier, number, language)) for number in (0, 1))
    middle = (HEIGHT - BOTTOM + TOP) / 2
    parts.append(f'<text class="name" x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>')
    parts.append(f'<text class="name" transform="translate(16 {middle}) rotate(-90)" text-anchor="middle">{up}</text>')
    return f'<g aria-hidden="true">{"".join(parts)}</g>'


def _stairs(frontier: Frontier, places: list[Place], x: Axis, y: Axis, colour: str) -> str:
    """What is reached at any bound on the first goal: steps, since between two plans there is none."""
    steps = []
    for place in places:
        across, up = x.at(frontier.value(place.told, 0)), y.at(frontier.value(place.told, 1))
        steps.append(f"M{across} {up}" if not steps else _step(frontier, across, up))
    return f'<path class="stairs" aria-hidden="true" stroke="{colour}" d="{"".join(steps)}"/>'


def _step(frontier: Frontier, across: float, up: float) -> str:
    """First along x, then along y, where less of the first goal is better; the other way round where more is."""
    return f"V{up}H{across}" if frontier.asked.named[0].sense == "max" else f"H{across}V{up}"


def _point(frontier: Frontier, place: Place, x: Axis, y: Axis, language: Language) -> str:
    words = WORDS[language]
    values = [frontier.value(place.told, number) for number in range(len(frontier.asked.named))]
    across, up = x.at(values[0]), y.at(values[1])
    goals = ", ".join(
        f"{stage.name} {quantity(value, language)}" for stage, value in zip(frontier.asked.named, values, strict=True)
    )
    text = words["point"].format(n=place.number) + (f" ({words['knee']})" if place.knee else "") + f": {goals}"
    colour = LINES[place.curve % len(LINES)]
    bound = place.told.plan.result["goals"][len(frontier.asked.before) + 1]["bound"]
    parts = []
    if bound is not None and abs(y.at(bound) - up) > 1:
        parts.append(f'<path class="gap" stroke="{colour}" d="M{across} {up}V{y.at(bound)}"/>')
    if place.knee:
        parts.append(f'<circle class="knee" cx="{across}" cy="{up}" r="13"/>')
    parts.append(f'<circle class="dot" cx="{across}" cy="{up}" r="7" fill="{colour}"/>')
    parts.append(f'<text class="number" x="{across + 9}" y="{up - 9}">{place.number}'
                 f"{' ' + escape(words['knee']) if place.knee else ''}</text>")  # fmt: skip
    name = escape(text)
    return (f'<a href="points/{place.number:02d}/map.html" target="{FRAME}" data-point="{place.number}" '
            f'aria-label="{name}"><title>{name}</title>{"".join(parts)}</a>')  # fmt: skip


def _compared(frontier: Frontier, told: Valued, which: str, x: Axis, y: Axis, language: Language) -> str:
    """Today, or first come, first served; at the edge, with its values, where it lies outside."""
    words = WORDS[language]
    a, b = frontier.value(told, 0), frontier.value(told, 1)
    across, up = x.at(a), y.at(b)
    sign = (
        f"M{across - 8} {up}L{across} {up - 8}L{across + 8} {up}L{across} {up + 8}Z"
        if which == "today"
        else f"M{across - 7} {up - 7}H{across + 7}V{up + 7}H{across - 7}Z"
    )
    inside = x.holds(a) and y.holds(b)
    stages = frontier.asked.named
    text = f"{words[which]}: {stages[0].name} {quantity(a, language)}, {stages[1].name} {quantity(b, language)}"
    if not inside:
        text += f" ({words['outside']})"
    side, anchor = (-12, "end") if across > (LEFT + WIDTH) / 2 else (12, "start")
    above = up > (TOP + HEIGHT) / 2
    shift = (-12 if above else 18) + (0 if which == "today" else -18 if above else 18)
    shown = words[which] + ("" if inside else f" ({words['outside']})")
    kind, name = "compared" if inside else "compared far", escape(text)
    return (f'<a href="points/{_folder(which)}/map.html" target="{FRAME}" data-point="{_folder(which)}" '
            f'aria-label="{name}"><title>{name}</title><path class="{kind}" d="{sign}"/>'
            f'<text x="{across + side}" y="{up + shift}" text-anchor="{anchor}">{escape(shown)}</text>'
            "</a>")  # fmt: skip


def _folder(which: str) -> str:
    return which.replace("_", "-")
