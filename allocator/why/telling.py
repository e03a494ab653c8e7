"""Gains, supply and ways out as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from allocator.explain.supply import Supply
from allocator.explain.telling import place_words
from allocator.report.numbers import Language, percent, quantity
from allocator.report.rule_rows import rule_unit
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule, Tally
from allocator.rules.situation import Situation
from allocator.why.binding import Gain, Widest
from allocator.why.demands import Excess, Sums, WayOut
from allocator.why.words import WORDS

if TYPE_CHECKING:
    from allocator.city.city import City

__all__ = ["persons_words", "space_name", "told_gain", "told_sums", "told_supply", "told_tight", "told_way"]

NAMED = 4
"""Places, sizes or households that one sentence names."""


def persons_words(n: float, language: Language) -> str:
    """`1 person`, `6 persons`."""
    return excess_words(n, "persons", language)


def space_name(city: City, space_id: str) -> str:
    """`Altstadt [01]`; the id alone where it has no other name."""
    rows = city.social_spaces[city.social_spaces["space_id"] == space_id]
    name = str(rows["name"].iloc[0]) if len(rows) else ""
    return f"{name} [{space_id}]" if name and name != space_id else space_id


def told_gain(gain: Gain, found: Widest, situation: Situation, rules: Mapping[str, Rule], language: Language) -> str:
    """`a flat for 6 in Hafen [03]: houses 6 persons more`."""
    words, rule = WORDS[language], rules.get(gain.rule)
    values = {"rule": gain.rule, "place": place_words(situation, rule, gain.place), "size": "", "old": "", "new": ""}
    if gain.flat is not None:
        values |= {
            "size": persons_words(gain.flat.size, language),
            "place": space_name(situation.city, gain.flat.space_id),
        }
    elif rule is not None:
        values["step"] = excess_words(gain.step, rule_unit(rule, language), language)
        if gain.kind == "rule":
            shown = percent if rule.rule in ("share", "spread") else quantity
            values |= {"old": shown(rule.at_most, language), "new": shown(rule.at_most + gain.step, language)}
    what = words[gain.kind].format(**values)
    amount = _unit(found, situation, language)
    if gain.gain is None:
        return words["guess"].format(what=what, gain=amount(gain.estimate or 0.0))
    if not gain.exact and gain.at_most is not None:
        return words["least"].format(what=what, gain=amount(gain.gain), most=quantity(gain.at_most, language))
    return words["houses" if gain.gain > 1e-6 else "nobody"].format(what=what, gain=amount(gain.gain))


def _unit(found: Widest, situation: Situation, language: Language) -> Callable[[float], str]:
    """How a gain is counted: in persons or households, or in points where their priorities differ."""
    if (situation.households["priority"] != 1).any():
        return lambda n: f"{quantity(n, language)} {WORDS[language]['points']}"
    unit = "households" if "households" in found.goal else "persons"
    return lambda n: excess_words(n, unit, language)


def told_tight(name: str, rule: Rule, tallies: Sequence[Tally], situation: Situation, language: Language) -> str:
    """Whether a rule is full, and where."""
    words = WORDS[language]
    if not any(tally.fills_up for tally in tallies):
        return words["pairs"].format(rule=name)
    tight = [tally for tally in tallies if tally.tight]
    if not tight:
        return words["loose"].format(rule=name, places=quantity(len(tallies), language))
    if len(tallies) == 1:
        return words["tight_city"].format(rule=name)
    tight.sort(key=lambda tally: (-tally.after, tally.place))
    named = _listed([place_words(situation, rule, tally.place) for tally in tight], language)
    return words["tight"].format(rule=name, tight=quantity(len(tight), language),
                                 places=quantity(len(tallies), language), named=named)  # fmt: skip


def told_supply(found: Supply, situation: Situation, language: Language) -> list[str]:
    """What is missing and what is left over, a sentence each."""
    words = WORDS[language]

    def sized(counts: Mapping[int, int], one: str, several: str) -> str:
        return ", ".join(words[one if n == 1 else several].format(
            n=quantity(n, language), size=persons_words(size, language)) for size, n in counts.items())  # fmt: skip

    told = [words["missing"].format(listed=sized(found.missing, "home", "homes")) if found.missing
            else words["missing_none"]]  # fmt: skip
    if found.missing and found.access:
        told.append(words["access"].format(n=quantity(found.access, language)))
    if found.missing and found.rent:
        told.append(words["rent"].format(n=quantity(found.rent, language)))
    if found.held_back:
        told.append(words["held_back"].format(n=quantity(found.held_back, language)))
    if found.vacant:
        told.append(words["vacant"].format(listed=sized(found.vacant, "one_flat", "flats")))
    if found.shared:
        told.append(words["shared"].format(n=quantity(found.shared, language)))
    scarce = sorted(found.spaces.items(), key=lambda one: (one[1][1] - one[1][0], one[0]))[:NAMED]
    told += [words["space"].format(space=space_name(situation.city, space), households=quantity(wished, language),
                                   homes=quantity(homes, language)) for space, (wished, homes) in scarce]  # fmt: skip
    return told


def told_sums(found: Sums, situation: Situation, language: Language) -> list[str]:
    """What counting alone says, a sentence each; the first states places and persons."""
    words = WORDS[language]
    told = [
        words["sums_places"].format(places=quantity(found.places, language), persons=quantity(found.persons, language))
    ]
    if found.persons > found.places:
        told.append(words["sums_short"].format(short=quantity(found.persons - found.places, language)))
    told += [words["sums_size"].format(wanted=quantity(wanted, language), n=n, room=quantity(room, language))
             for n, wanted, room in found.by_size if wanted > room][:1]  # fmt: skip
    groups: dict[tuple[str, ...], list[int]] = {}
    for household, rules in found.nowhere:
        groups.setdefault(rules, []).append(household)
    for rules, households in sorted(groups.items()):
        form = "sums_rules" if rules else "sums_none"
        told.append(words[form].format(listed=_households(households, situation, language), rules=", ".join(rules)))
    return told


def told_way(way: WayOut, situation: Situation, rules: Mapping[str, Rule], language: Language) -> str:
    """One way out, as a council would put it."""
    words = WORDS[language]
    homes = _sizes(way.unplaced, situation, language)
    proven = words["least_proven" if way.proven else "least_found"]
    if not way.excesses:
        told = words["way_supply"].format(listed=homes)
        return told if way.proven else f"{told}; {proven}"
    parts = []
    for name in dict.fromkeys(one.rule for one in way.excesses):
        mine = [one for one in way.excesses if one.rule == name]
        total = excess_words(sum(one.amount for one in mine), rule_unit(rules[name], language), language)
        where = _listed([text for one in mine if (text := _where(one, rules[name], situation, language))], language)
        parts.append(words["gives"].format(rule=name, total=total) + (f" ({where})" if where else ""))
    form = "way_one" if len(parts) == 1 else "way_all"
    told = words[form].format(listed="; ".join(parts))
    also = words["way_also"].format(listed=homes) if way.unplaced else ""
    return f"{told}; {proven}{also}"


def _where(one: Excess, rule: Rule, situation: Situation, language: Language) -> str:
    if one.place == "city":
        return ""
    values = {"place": place_words(situation, rule, one.place), "amount": quantity(one.amount, language),
              "limit": quantity(one.limit, language)}  # fmt: skip
    return WORDS[language]["at_short"].format(**values)


def _sizes(households: Sequence[int], situation: Situation, language: Language) -> str:
    """`2 × 5 persons, 1 × 3 persons`, the largest first."""
    counts = Counter(int(situation.persons[one]) for one in households)
    return ", ".join(WORDS[language]["sized"].format(n=counts[n], persons=persons_words(n, language))
                     for n in sorted(counts, reverse=True))  # fmt: skip


def _households(households: Sequence[int], situation: Situation, language: Language) -> str:
    ids = situation.households["household_id"]
    return _listed(
        [f"{ids.iloc[one]} ({persons_words(situation.persons[one], language)})" for one in households], language
    )


def _listed(parts: Iterable[str], language: Language) -> str:
    parts = list(parts)
    rest = len(parts) - NAMED
    shown = [*parts[:NAMED], WORDS[language]["more"].format(n=quantity(rest, language))] if rest > 0 else parts
    return ", ".join(shown)
