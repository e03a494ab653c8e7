"""Decisions that stand, put into the list of households, and what is against them before anything is solved.

A decision for a unit holds like a pin, and every rule holds with it. One that was taken *even if* it breaks a rule
counts like what is there today: the household counts as living in the unit already, so that every rule lets it stay and
nobody else may make that excess grow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allocator.city.decided import AGAINST, DECIDED, HOME
from allocator.decisions.entry import FORCES, LEVELS, Decision
from allocator.errors import Findings, did_you_mean
from allocator.rules.primitives import Count, Forbid
from allocator.wording import Text

if TYPE_CHECKING:
    import pandas as pd

    from allocator.city.city import City
    from allocator.rules import Rule
    from allocator.rules.situation import Situation

__all__ = ["check_decisions", "exceeded", "known_decisions", "with_decisions"]

IDS = {"unit": "unit_id", "building": "building_id", "social_space": "space_id"}
EPS = 1e-6


def with_decisions(households: pd.DataFrame, decisions: Sequence[Decision]) -> pd.DataFrame:
    """The list with what was decided; the same list if nothing was."""
    if not decisions:
        return households
    firm = {one.household_id: one.place for one in decisions if one.kind in FORCES and not one.even_if}
    fact = {one.household_id: one.place for one in decisions if one.kind in FORCES and one.even_if}
    against: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in decisions:
        if one.kind == "forbid":
            against[one.household_id].append((one.level, one.place))
    ids = households["household_id"].tolist()
    home, pinned = households["unit_id"].tolist(), households["pinned"].tolist()
    return households.assign(**{
        HOME: home,
        DECIDED: [firm.get(name, "") for name in ids],
        AGAINST: [tuple(against.get(name, ())) if name not in fact else () for name in ids],
        "unit_id": [fact.get(name, unit) for name, unit in zip(ids, home, strict=True)],
        "pinned": [(bool(pin) and name not in firm) or name in fact for name, pin in zip(ids, pinned, strict=True)],
    })  # fmt: skip


def known_decisions(
    decisions: Sequence[Decision], city: City, households: pd.DataFrame, findings: Findings, path: Path
) -> tuple[Decision, ...]:
    """The decisions that name what is there. A household that is gone is a note, a unit to live in an error."""
    listed = set(households["household_id"])
    places = {level: set(getattr(city, table)[IDS[level]]) for level, table in LEVELS.items()}
    found = []
    for one in decisions:
        where = {"file": str(path), "row": str(one.number)}
        if one.household_id not in listed:
            findings.note(Text(f"decision {one.number} names household '{one.household_id}', which is not in the list, and "
                               "has no effect", f"die Entscheidung {one.number} nennt den Haushalt '{one.household_id}', der "
                               "nicht auf der Liste steht, und bewirkt nichts"),
                          Text(f"withdraw it (--number {one.number})", f"zurücknehmen (--number {one.number})"),
                          **where)  # fmt: skip
        elif one.place not in places[one.level]:
            remedy = f"withdraw it; {did_you_mean(one.place, places[one.level])}"
            tell = findings.error if one.kind in FORCES else findings.note
            tell(f"decision {one.number} names {one.level.replace('_', ' ')} '{one.place}', which does not exist",
                 remedy, **where)  # fmt: skip
        else:
            found.append(one)
    return tuple(found)


def check_decisions(
    situation: Situation, rules: Mapping[str, Rule], decisions: Sequence[Decision], findings: Findings, path: Path
) -> None:
    """Errors for decisions that a need, a hard rule or another decision stands against, with the numbers.

    What was decided all the same is a note. Looked at are needs, places, and rules that exclude or count; what others
    (seats, an even spread) say together is left to the solver. `situation` has the decisions in its list already.
    """
    firm = [one for one in decisions if one.kind in FORCES and not one.even_if]
    for one, what in objections(situation, rules, firm):
        findings.error(f"decision {one.number} ({one.sentence()}) cannot be kept: {what}",
                       f"withdraw it (--number {one.number}), or decide it again with --even-if", file=str(path),
                       row=str(one.number))  # fmt: skip
    for one, what in exceeded(situation, rules, decisions):
        findings.note(f"decision {one.number} ({one.sentence()}) was taken by {one.by} although {what}",
                      "the household counts there as if it lived there already", file=str(path),
                      row=str(one.number))  # fmt: skip


def exceeded(
    situation: Situation, rules: Mapping[str, Rule], decisions: Sequence[Decision]
) -> list[tuple[Decision, str]]:
    """What each decision breaks that was taken even if it does."""
    facts = [one for one in decisions if one.kind in FORCES and one.even_if]
    if not facts:
        return []
    plain = situation.households.assign(unit_id=situation.households[HOME])
    known = dict(zip(situation.households["household_id"], situation.households["pinned"], strict=True))
    named = {one.household_id for one in facts}
    plain["pinned"] = [bool(known[name]) and name not in named for name in plain["household_id"]]
    asked = with_decisions(plain, [one.model_copy(update={"even_if": False}) for one in decisions])
    return list(objections(replace(situation, households=asked), rules, facts))


def objections(
    situation: Situation, rules: Mapping[str, Rule], decisions: Sequence[Decision]
) -> Iterator[tuple[Decision, str]]:
    """Each decision for a unit with everything that stands against it."""
    position = {name: row for row, name in enumerate(situation.households["household_id"])}
    units = {name: row for row, name in enumerate(situation.city.units["unit_id"])}
    where = np.where(situation.pinned, situation.home, situation.decided)
    limits = [(name, limit) for name, rule in rules.items() if not rule.is_soft for limit in rule.limits(situation)]
    counts = [(name, limit, _used(limit, where)) for name, limit in limits if isinstance(limit, Count)]
    for one in decisions:
        household, unit = position[one.household_id], units[one.place]
        for what in (*_needs(situation, household, unit), *_room(situation, where, household, unit)):
            yield one, what
        for name, limit in limits:
            if isinstance(limit, Forbid) and not np.all(limit.allowed(np.array([[household]]), np.array([[unit]]))):
                yield one, f"rule {name} excludes the unit"
        for name, count, used in counts:
            column = count.membership[:, [unit]].tocoo()
            for row in column.row[column.data * count.weight[household] > 0]:
                if used[row] > count.limit[row] + EPS:
                    yield one, (f"rule {name} has {max(count.limit[row], 0):g} left at {count.labels[row]}, and what "
                                f"was decided needs {used[row]:g}")  # fmt: skip


def _used(count: Count, where: np.ndarray) -> np.ndarray:
    """What the decided and the pinned need at each place of a count."""
    lives = np.flatnonzero(where >= 0)
    there = np.bincount(where[lives], weights=count.weight[lives], minlength=count.membership.shape[1])
    return count.membership @ there


def _needs(situation: Situation, household: int, unit: int) -> Iterable[str]:
    """Size, access, rent, day, and what was forbidden."""
    row, flat = situation.households.iloc[household], situation.city.units.iloc[unit]
    persons, free = situation.persons[household], situation.capacity[unit] - situation.occupied[unit]
    if persons > free and not (situation.shared[unit] and situation.home[household] == unit):
        yield f"the household has {persons:g} persons, the unit has room for {free:g}"
    if bool(row["accessible"]) and not bool(flat["accessible"]):
        yield "the household needs an accessible unit, and this one is not"
    rent = float(situation.household_rent(np.array(household), np.array(unit)))
    if rent > float(row["max_rent"]) + 1e-9:
        yield f"the household may pay {float(row['max_rent']):g} EUR, the unit costs {rent:g} EUR"
    if not situation.available(np.array(household), np.array(unit)):
        yield "the unit cannot be let on the day on which the household moves"
    if situation.barred(np.array(household), np.array(unit)):
        yield "another decision forbids the place"


def _room(situation: Situation, where: np.ndarray, household: int, unit: int) -> Iterable[str]:
    """Others who are bound to the same unit."""
    there = np.flatnonzero(where == unit)
    if not situation.shared[unit]:
        others = [str(situation.households["household_id"].iloc[other]) for other in there if other != household]
        if others:
            yield f"an ordinary unit holds one household, and {', '.join(others)} is bound to it too"
        return
    room = max(situation.capacity[unit] - situation.occupied[unit], situation.present[unit])
    if situation.persons[there].sum() > room + EPS and situation.persons[household] <= room:
        yield f"the unit has {room:g} places, and what was decided needs {situation.persons[there].sum():g}"
