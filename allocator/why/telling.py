"""Gains, supply and ways out as sentences."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from allocator.explain.openings import openings
from allocator.explain.supply import Supply
from allocator.explain.telling import place_words
from allocator.report.numbers import Language, percent, quantity
from allocator.report.rule_rows import rule_unit, rule_words
from allocator.report.sentences import excess_words
from allocator.rules.base import Rule, Tally
from allocator.rules.situation import Situation
from allocator.why.binding import Gain, Widest
from allocator.why.demands import PAIRS, Excess, WayOut
from allocator.why.sums import Sums
from allocator.why.words import WORDS

if TYPE_CHECKING:
    import numpy as np

    from allocator.city.city import City

__all__ = [
    "persons_words",
    "space_name",
    "told_by_points",
    "told_closed",
    "told_gain",
    "told_sums",
    "told_supply",
    "told_tight",
    "told_way",
]  # fmt: skip

LEVELS = ("unit", "building", "site", "social_space", "district")
"""Levels whose places have a word of their own."""
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
    values = {"rule": rule_words(gain.rule, rule, language), "size": "", "old": "", "new": "",
              "place": place_words(situation, rule, gain.place, language)}  # fmt: skip
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
    unit = "households" if "households" in found.goal else "persons"
    amount = lambda n: excess_words(n, unit, language)  # noqa: E731
    points = "_points" if told_by_points(gain, situation) else ""
    if gain.gain is None:
        return words[f"guess{points}"].format(what=what, gain=amount(gain.estimate or 0.0))
    if not gain.exact and gain.at_most is not None and gain.gain <= 1e-6:
        return words[f"open{points}"].format(what=what, most=amount(gain.at_most))
    if not gain.exact and gain.at_most is not None:
        return words[f"least{points}"].format(what=what, gain=amount(gain.gain), most=quantity(gain.at_most, language))
    if gain.gain > 1e-6:
        return words[f"houses{points}"].format(what=what, gain=amount(gain.gain))
    elsewhere = any(one.kind == "place" and one.rule == gain.rule and (one.gain or 0) > 1e-6 for one in found.gains)
    return words["nobody_there" if gain.kind == "rule" and elsewhere else "nobody"].format(what=what)


def told_by_points(gain: Gain, situation: Situation) -> bool:
    """Whether a gain is no number of persons or households, since they differ in priority."""
    plain = gain.gain is not None and gain.people is not None and abs(gain.gain - gain.people) < 1e-6 and gain.exact
    return not plain and bool((situation.households["priority"] != 1).any())


def told_tight(name: str, rule: Rule, tallies: Sequence[Tally], situation: Situation, language: Language) -> str:
    """Whether a rule is full, and where; of a soft one also whether the plan exceeds it."""
    told = _told_full(name, rule, tallies, situation, language)
    if not rule.is_soft:
        return told
    over = sum(tally.excess for tally in tallies)
    amount = excess_words(over, rule_unit(rule, language), language)
    return told + WORDS[language]["soft_over" if over > 1e-6 else "soft_kept"].format(amount=amount)


def _told_full(name: str, rule: Rule, tallies: Sequence[Tally], situation: Situation, language: Language) -> str:
    """Whether a rule is full, and where."""
    words, called = WORDS[language], rule_words(name, rule, language)
    if not any(tally.fills_up for tally in tallies):
        return words["pairs"].format(rule=called)
    tight = [tally for tally in tallies if tally.tight]
    if not tight:
        return words["loose"].format(rule=called, places=quantity(len(tallies), language))
    if len(tallies) == 1:
        return words["tight_city"].format(rule=called)
    tight.sort(key=lambda tally: (-tally.after, tally.place))
    named = _listed([place_words(situation, rule, tally.place, language) for tally in tight], language)
    level = getattr(rule, "per", "")
    return words["tight"].format(rule=called, tight=quantity(len(tight), language), named=named,
                                 places=quantity(len(tallies), language),
                                 level=words[level if isinstance(level, str) and level in LEVELS else "places"])  # fmt: skip


def told_closed(
    situation: Situation, rules: Mapping[str, Rule], unit_of: np.ndarray, household: int, language: Language
) -> str:
    """Why no other home is open to a household that has one: what closes those that fit."""
    words, found = WORDS[language], openings(situation, rules, unit_of, household)
    parts = [words["other_rule"].format(rule=rule_words(name, rules[name], language), n=quantity(n, language))
             for name, n in found.rules.items()]  # fmt: skip
    for reason in ("decided", "taken"):
        if found.closed.get(reason):
            parts.insert(0, words[f"other_{reason}"].format(n=quantity(found.closed[reason], language)))
    return words["no_other"].format(what=", ".join(parts) or words["other_none"])


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
        form = "vacant" if found.missing or found.held_back else "vacant_all"
        told.append(words[form].format(listed=sized(found.vacant, "one_flat", "flats")))
    if found.shared:
        told.append(words["shared"].format(n=quantity(found.shared, language)))
    scarce = sorted(found.spaces.items(), key=lambda one: (one[1][1] - one[1][0], one[0]))[:NAMED]
    told += [words["space"].format(space=space_name(situation.city, space), households=excess_words(wished, "households", language),
                                   homes=quantity(homes, language)) for space, (wished, homes) in scarce]  # fmt: skip
    return told


def told_sums(found: Sums, situation: Situation, rules: Mapping[str, Rule], language: Language) -> list[str]:
    """What counting alone says, a sentence each; the first states places and persons."""
    words = WORDS[language]
    persons = quantity(found.persons, language)
    told = [words["sums_places"].format(places=quantity(found.places, language), persons=persons)]
    if found.persons > found.places:
        short = found.persons - found.places
        told.append(words["sums_short_one" if short == 1 else "sums_short"].format(short=quantity(short, language)))
    for n, wanted, room in [one for one in found.by_size if one[1] > one[2]][:1]:
        form = {0: "sums_size_none", 1: "sums_size_one"}.get(room, "sums_size")
        told.append(words[form].format(wanted=quantity(wanted, language), n=n, room=quantity(room, language)))
    told += [words["sums_rule"].format(rule=rule_words(rule, rules[rule], language), room=quantity(room, language), persons=persons)
             for rule, room in found.by_rule]  # fmt: skip
    groups: dict[tuple[str, ...], list[int]] = {}
    for household, names in found.nowhere:
        groups.setdefault(names, []).append(household)
    for names, households in sorted(groups.items()):
        form = ("sums_none", "sums_rules", "sums_several")[min(len(names), 2)]
        called = ", ".join(rule_words(name, rules[name], language) for name in names)
        told.append(words[form].format(listed=_households(households, situation, language), rules=called))
    return told


def told_way(way: WayOut, situation: Situation, rules: Mapping[str, Rule], language: Language) -> str:
    """One way out, as a council would put it."""
    words = WORDS[language]
    if way.flats:
        counts = Counter(flat.size for flat in way.flats)
        listed = _and([words["one_flat" if n == 1 else "flats"].format(
            n=quantity(n, language), size=persons_words(size, language)) for size, n in sorted(counts.items(), reverse=True)],
            language)  # fmt: skip
        places = _listed([space_name(situation.city, space) for space in
                          dict.fromkeys(flat.space_id for flat in way.flats)], language)  # fmt: skip
        told = words["way_flats"].format(listed=listed, places=places)
        return told + words["least_proven" if way.proven else "least_found"]
    homes = _sizes(way.unplaced, situation, language)
    if way.full:
        persons = quantity(situation.persons.sum(), language)
        told = [words["way_full"].format(rule=rule_words(rule, rules[rule], language), room=quantity(room, language),
                                        persons=persons) for rule, room in way.full]  # fmt: skip
        return words["way_supply_full"].format(listed=homes) + "".join(told)
    if not way.excesses:
        return words["way_supply" if way.proven else "way_supply_found"].format(listed=homes)
    parts = [_gives([one for one in way.excesses if one.rule == name], rules[name], situation, language)
             for name in dict.fromkeys(one.rule for one in way.excesses)]  # fmt: skip
    form = "way_all" if len(parts) > 1 else "way_fewest" if way.kind == "fewest" else "way_one"
    told = words[form].format(listed="; ".join(parts))
    if way.unplaced:
        proven = words["others_proven" if way.proven else "others_found"]
        return told + proven + words["way_also"].format(listed=homes)
    return told + words["least_proven" if way.proven else "least_found"]


def _gives(excesses: Sequence[Excess], rule: Rule, situation: Situation, language: Language) -> str:
    """What one rule would have to allow, and where."""
    words = WORDS[language]
    unit, name = rule_unit(rule, language), rule_words(excesses[0].rule, rule, language)
    amount = math.ceil(sum(one.amount for one in excesses) - 1e-6)
    total = excess_words(amount, unit, language)
    if rule.rule in PAIRS:
        return words["gives_pairs"].format(rule=name, total=total)
    if excesses[0].place in ("", "city") or rule.rule == "seats":
        return words["gives_whole"].format(rule=name, total=total)
    places = _listed([_where(one, rule, situation, language) for one in excesses], language)
    return words["gives_one" if len(excesses) == 1 else "gives"].format(rule=name, total=total, places=places)


def _where(one: Excess, rule: Rule, situation: Situation, language: Language) -> str:
    """`Lindenhof [T1] 6 more (56 instead of 50)`; of a share in persons and percent, rounded up so that it is enough."""
    place = place_words(situation, rule, one.place, language)
    values = {"place": place, "amount": quantity(one.amount, language), "limit": quantity(one.limit, language),
              "allowed": quantity(one.limit + one.amount, language)}  # fmt: skip
    if rule.rule != "share" or getattr(rule, "count", None) == "flats" or one.alone <= 0:
        more = one.limit > one.alone + 1e-6 and rule.rule == "cap"
        return WORDS[language]["at_today" if more else "at_more"].format(**values)
    today, share = (rule.at_most * persons / one.alone for persons in (one.limit, one.limit + one.amount))
    form = "at_today" if one.limit > one.alone + 1e-6 else "at_share"
    values |= {"amount": excess_words(math.ceil(one.amount - 1e-6), rule_unit(rule, language), language),
               "allowed": percent(math.ceil(share * 1e4 - 1e-6) / 1e4, language, 2),
               "limit": percent(today, language, 2)}  # fmt: skip
    return WORDS[language][form].format(**values)


def _sizes(households: Sequence[int], situation: Situation, language: Language) -> str:
    """`2 households of 5 persons and 1 household of 3 persons`, the largest first."""
    counts = Counter(int(situation.persons[one]) for one in households)
    return _and([WORDS[language]["sized_one" if counts[n] == 1 else "sized"].format(
        n=quantity(counts[n], language), persons=persons_words(n, language)) for n in sorted(counts, reverse=True)],
        language)  # fmt: skip


def _and(parts: Sequence[str], language: Language) -> str:
    """`a, b and c`."""
    joined = {"en": " and ", "de": " und "}[language]
    return parts[0] if len(parts) == 1 else joined.join([", ".join(parts[:-1]), *parts[-1:]])


def _households(households: Sequence[int], situation: Situation, language: Language) -> str:
    ids = situation.households["household_id"]
    return _listed(
        [f"{ids.iloc[one]} ({persons_words(situation.persons[one], language)})" for one in households], language
    )


def _listed(parts: Iterable[str], language: Language) -> str:
    parts = list(parts)
    rest = len(parts) - NAMED
    shown = ", ".join(parts[:NAMED])
    if rest <= 0:
        return shown
    return WORDS[language]["one_more" if rest == 1 else "more"].format(listed=shown, n=quantity(rest, language))
