"""Why, place by place: which rules are used up here, what one more would bring, and where a flat helps most.

What is used up is counted again from the plan and always told. What one more would bring is known once
`allocator explain` was asked, in the language in which it answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.maps.outlines import encode_points
from allocator.report.numbers import percent, quantity
from allocator.report.rule_rows import rule_words

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.report.numbers import Language
    from allocator.rules.base import Rule, Tally

__all__ = ["NOTHING", "why_changes", "why_here"]

LEVELS = {"site": "sites", "building": "buildings", "social_space": "spaces", "district": "districts"}
"""The level at which a rule holds, and the places of the page on which it is told."""
NOTHING: dict[str, Any] = {
    "sites": {}, "buildings": {}, "spaces": {}, "facilities": {},
    "flats": {"point": [[], []], "space": [], "size": [], "gain": [], "solved": [], "sentence": []},
}  # fmt: skip
"""What a page that may not say why has."""
NOISE = 1e-6


def why_here(plan: Plan, language: Language, words: dict[str, Any], ids: dict[str, pd.Series]) -> dict[str, Any]:
    """Sentences by position of a place in `ids` (sites, buildings, spaces, facilities), and the flats that help.

    A rule per district is told in each of its social spaces. Places that the page does not show are left out.
    """
    told: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for kind, place, sentence in [*_used_up(plan, language, words), *_one_more(plan, language)]:
        told[kind][place].append(sentence)
    spaces = plan.scenario.city.social_spaces
    for space, district in zip(spaces["space_id"], spaces["district_id"], strict=True):
        told["spaces"][space] += [
            words["in_district"].format(told=text) for text in told["districts"].get(district, ())
        ]
    found: dict[str, Any] = {}
    for kind, places in ids.items():
        position = {place: number for number, place in enumerate(places)}
        found[kind] = {str(position[place]): list(dict.fromkeys(sentences))
                       for place, sentences in sorted(told[kind].items()) if sentences and place in position}  # fmt: skip
    return {**found, "flats": _flats(plan, language, ids["spaces"])}


def why_changes(plan: Plan, language: Language) -> dict[str, str]:
    """By household without a place what would be enough to give it one, as a sentence; empty before anybody asked."""
    return {str(row["household_id"]): str(row["change"]) for row in _answers(plan, language, "unplaced")
            if row.get("kind") and row.get("change")}  # fmt: skip


def _answers(plan: Plan, language: Language, name: str) -> list[dict[str, Any]]:
    why = plan.why
    if not why or why.get("language") != language:
        return []
    return [row for row in why.get(name) or () if isinstance(row, dict)]


def _places(rule: Rule, place: str) -> tuple[str, str] | None:
    """Kind and id of the place that a label of a rule stands for; None for whole cities and radii."""
    if rule.rule == "seats":
        return ("facilities", place) if place else None
    kind = LEVELS.get(str(getattr(rule, "per", "")))
    if kind is None:
        return None
    several = str(getattr(rule, "of", "")) == "each_group"  # labels are `place,group`
    return kind, place.rpartition(",")[0] if several and "," in place else place


def _used_up(plan: Plan, language: Language, words: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every rule that is full at a place of its own, or was over its limit before; caps of sites tell it themselves."""
    for name, rule in plan.scenario.rules.items():
        caps = rule.rule == "cap" and str(getattr(rule, "per", "")) in ("site", "building")
        for tally in plan.tallies[name] if not caps and rule.rule != "seats" else ():
            place = _places(rule, tally.place)
            if place is None or not tally.fills_up:
                continue
            today = tally.allowance > NOISE and tally.after > tally.limit + NOISE
            if tally.excess > 0 or tally.tight or today:
                form = "exceeded" if tally.excess > 0 else "over_today" if today else "used_up"
                count = _counted(rule, tally, language, words)
                yield *place, words[form].format(rule=rule_words(name, rule, language), count=count)


def _counted(rule: Rule, tally: Tally, language: Language, words: dict[str, Any]) -> str:
    """`48 of 50`; of a share in percent of the people there."""
    share = rule.rule == "share" and tally.limit > 0 and rule.at_most > 0
    people = tally.limit / rule.at_most if share else 1.0
    shown = (lambda n: percent(n / people, language, 2)) if share else (lambda n: quantity(n, language))
    return words["count"].format(after=shown(tally.after), limit=shown(tally.limit))


def _one_more(plan: Plan, language: Language) -> Iterator[tuple[str, str, str]]:
    """What was answered of one more at a place, or of a flat in a social space."""
    for row in _answers(plan, language, "gains"):
        rule, place = plan.scenario.rules.get(str(row.get("rule"))), str(row.get("place", ""))
        promising = row.get("gain") is not None or (row.get("estimate") or 0) > NOISE
        if row.get("kind") == "flat" and promising:
            yield "spaces", place, str(row.get("sentence", ""))
        elif rule is not None and row.get("kind") in ("place", "seat") and promising:
            found = _places(rule, place)
            if found is not None:
                yield *found, str(row.get("sentence", ""))


def _flats(plan: Plan, language: Language, spaces: pd.Series) -> dict[str, Any]:
    """The flat that helps most in each social space: solved again before estimated, none where none helps."""
    best: dict[str, tuple[float, bool, int, str]] = {}
    for row in _answers(plan, language, "gains"):
        if row.get("kind") != "flat" or row.get("size") is None:
            continue
        solved = row.get("gain") is not None
        gain = float(row["gain"] if solved else row.get("estimate") or 0.0)
        known = best.get(str(row["place"]))
        if gain > NOISE and (known is None or (gain, solved, -int(row["size"])) > (known[0], known[1], -known[2])):
            best[str(row["place"])] = (gain, solved, int(row["size"]), str(row.get("sentence", "")))
    position = {place: number for number, place in enumerate(spaces)}
    chosen = sorted((position[place], *rest) for place, rest in best.items() if place in position)
    city = plan.scenario.city
    points = city.social_spaces.geometry.iloc[[row[0] for row in chosen]].representative_point()
    return {
        "point": encode_points(points.x.to_numpy(dtype=float), points.y.to_numpy(dtype=float), city.crs),
        "space": [row[0] for row in chosen],
        "gain": np.round([row[1] for row in chosen], 2).tolist(),
        "solved": [row[2] for row in chosen],
        "size": [row[3] for row in chosen],
        "sentence": [row[4] for row in chosen],
    }
