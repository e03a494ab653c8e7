"""What was decided by a person, as a reason and as rows of the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from allocator.decisions.applying import exceeded
from allocator.decisions.entry import Decision
from allocator.explain.openings import openings
from allocator.explain.words import WORDS
from allocator.rules.base import Rule
from allocator.rules.situation import Situation

__all__ = ["decided_reasons", "decision_rows"]

SAID = {
    "en": "{n} units would be free for it, but it was decided by {by}: {reason}",
    "de": "{n} Einheiten wären für ihn frei, aber es wurde entschieden durch {by}: {reason}",
}
ALL = {
    "en": "every unit that fits ({n}) is excluded, decided by {by}: {reason}",
    "de": "jede passende Einheit ({n}) ist ausgeschlossen, entschieden durch {by}: {reason}",
}
ONE = {
    "en": "1 unit would be free for it, but it was decided by {by}: {reason}",
    "de": "1 Einheit wäre für ihn frei, aber es wurde entschieden durch {by}: {reason}",
}


def decided_reasons(
    situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, decisions: Sequence[Decision],
    language: str = "en",
) -> dict[str, str]:  # fmt: skip
    """The reason of those without a place who could move in at once if a person had not decided against it."""
    forbids: dict[str, list[Decision]] = defaultdict(list)
    for one in decisions:
        if one.kind == "forbid":
            forbids[one.household_id].append(one)
    ids = situation.households["household_id"].tolist()
    found = {}
    for household in np.flatnonzero(unit_of < 0).tolist():
        if ids[household] not in forbids:
            continue
        asked = openings(situation, rules, unit_of, household)
        units, words = asked.barred, ONE if asked.barred.size == 1 else SAID
        if not units.size:
            units, words = _all_that_fit(situation, household), ALL
        if units.size and not asked.open.size:
            who = [one for one in forbids[ids[household]] if _covers(one, situation, units)]
            by, reason = ("; ".join(dict.fromkeys(getattr(one, key) for one in who)) for key in ("by", "reason"))
            lead = WORDS[language]["remains"] if situation.unsuitable_home[household] >= 0 else ""
            found[ids[household]] = lead + words[language].format(n=units.size, by=by, reason=reason)
    return found


def _all_that_fit(situation: Situation, household: int) -> np.ndarray:
    """Positions of the units that meet its needs, if a person has decided against every one of them; else none."""
    one, units = np.array(household), np.arange(len(situation.shared))
    fitting = situation.needs_met(one, units) & situation.available(one, units)
    return np.flatnonzero(fitting if not (fitting & ~situation.barred(one, units)).any() else units < 0)


def _covers(one: Decision, situation: Situation, units: np.ndarray) -> bool:
    level = situation.level(one.level)  # type: ignore[arg-type]
    return one.place in level.ids and bool((level.of_unit[units] == level.ids.index(one.place)).any())


def decision_rows(
    decisions: Sequence[Decision], situation: Situation, rules: Mapping[str, Rule]
) -> list[dict[str, Any]]:
    """The decisions that stand, as they stand in `result.json`."""
    broken: dict[int, list[str]] = defaultdict(list)
    for one, what in exceeded(situation, rules, decisions):
        broken[one.number].append(what)
    keys = ("number", "time", "kind", "household_id", "level", "place", "reason", "by", "even_if")
    return [{**{key: getattr(one, key) for key in keys}, "breaks": broken[one.number]} for one in decisions]
