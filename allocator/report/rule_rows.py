"""Rules and goals of a plan as rows of the report: what they say, what the recount found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from allocator.report.numbers import Language, gap_percent, quantity
from allocator.report.rule_sources import rule_source
from allocator.report.sentences import excess_words
from allocator.report.words import WORDS
from allocator.rules.base import Rule, Tally

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["goal_rows", "rule_rows", "rule_unit", "rule_words"]

QUOTED: dict[Language, str] = {"en": "'{}' ({})", "de": "„{}“ ({})"}
"""What a rule says, and its name in the scenario."""
NAMED_PLACES = 5
"""Places that are named for one exceeded rule."""


def rule_words(name: str, rule: Rule | None, language: Language) -> str:
    """How a sentence names a rule: `'At most 50 persons per site' (fifty-per-site)`."""
    from allocator.scenario import rule_title

    if rule is None:
        return name
    return QUOTED[language].format(rule_title(rule, language), name)


def rule_unit(rule: Rule, language: Language) -> str:
    """In what the excess of a rule is counted: the count it names, else what its kind always counts in."""
    count = getattr(rule, "count", None)  # the `count` of seats is a column, and no unit
    return count if count in ("persons", "households", "flats") else _known_unit(rule, language)


def _known_unit(rule: Rule, language: Language) -> str:
    unit = rule.excess_unit["en"]
    return unit if unit in ("persons", "households", "flats", "children") else rule.excess_unit[language]


def rule_rows(plan: Plan, language: Language) -> list[dict[str, Any]]:
    """One row per rule: name, sentence, source, hard or soft, state (kept, existing, breached), findings."""
    from allocator.scenario import rule_sentence

    rows = []
    for name, rule in plan.scenario.rules.items():
        tallies = plan.tallies[name]
        breached = any(tally.excess > 0 for tally in tallies)
        existing = any(tally.allowance > 1e-6 for tally in tallies)
        rows.append(
            {
                "name": name,
                "sentence": rule_sentence(rule, language),
                "source": rule_source(plan.scenario, name, rule, language),
                "soft": rule.is_soft,
                "state": "breached" if breached else "existing" if existing else "kept",
                "findings": _findings(plan, rule, tallies, language),
            }
        )
    return rows


def _findings(plan: Plan, rule: Rule, tallies: Sequence[Tally], language: Language) -> list[str]:
    """What the recount of one rule found, in short sentences: breaches, places at the limit, today's excess."""
    words, unit = WORDS[language], rule_unit(rule, language)
    places = quantity(len(tallies), language)
    breached = sorted((t for t in tallies if t.excess > 0), key=lambda tally: (-tally.excess, tally.place))
    existing = [tally for tally in tallies if tally.allowance > 1e-6]
    whole_city = len(tallies) == 1 and tallies[0].place == "city"
    found = []
    if breached:
        excess = excess_words(sum(tally.excess for tally in breached), unit, language)
        if whole_city:
            found.append(words["breached_whole"].format(excess=excess))
        else:
            found.append(words["breached"].format(n=quantity(len(breached), language), places=places, excess=excess))
            found.append(f"{words['most']}: {_named(plan, rule, breached, language)}")
    else:
        found.append(words["kept"])
    # A rule on single households and units has one count for the city, and no place that could be at a limit.
    if not whole_city:
        tight = sum(tally.tight and tally.excess == 0 for tally in tallies)
        text = words["at_limit" if tight else "counted"]
        found.append(text.format(n=quantity(tight, language), places=places))
    if existing:
        excess = excess_words(sum(tally.allowance for tally in existing), unit, language)
        told = words["existing"].format(n=quantity(len(existing), language), excess=excess)
        # A soft rule may be exceeded further where it is exceeded today.
        found.append(told if any(tally.excess > 0 for tally in existing) else told + words["nothing_added"])
    return found


def _named(plan: Plan, rule: Rule, breached: Sequence[Tally], language: Language) -> str:
    """The places with the largest excess by name: `Altstadt (3), Berg (2), …`."""
    told = [f"{_place_name(plan, rule, t.place)} ({quantity(t.excess, language)})" for t in breached[:NAMED_PLACES]]
    return ", ".join([*told, "…"] if len(breached) > NAMED_PLACES else told)


def _place_name(plan: Plan, rule: Rule, place: str) -> str:
    """The name of a place beside its id where it has one; what a rule adds after a comma (a group) stays."""
    level = str(getattr(rule, "per", ""))
    table = {"site": plan.ledger.sites, "social_space": plan.ledger.spaces}.get(level, {})
    place_id, _, rest = place.partition(",")
    if place in table:
        place_id, rest = place, ""
    name = table.get(place_id, {}).get("name", "")
    told = f"{name} [{place_id}]" if name and name != place_id else place_id
    return f"{told}, {rest}" if rest else told


def goal_rows(plan: Plan, language: Language) -> list[dict[str, Any]]:
    """One row per goal of the result, in its order: what it says, value, bound, gap, status, seconds."""
    from allocator.scenario import goal_sentence

    stages = {stage.name: stage for stage in plan.scenario.stages}
    rows = []
    for goal in plan.result.get("goals") or ():
        stage = stages.get(goal["goal"])
        single = stage.goals[0][0] if stage and len(stage.goals) == 1 else None
        told = [goal_sentence(part, language) for part, _ in stage.goals] if stage else []
        gap = goal.get("gap")
        status = goal.get("status", "")
        rows.append(
            {
                "name": goal["goal"],
                "sentence": " + ".join(told),
                "unit": single.unit[language] if single else "",
                "value": quantity(goal.get("value"), language),
                "bound": quantity(goal.get("bound"), language),
                "gap": gap_percent(gap, language) if gap is not None else quantity(None, language),
                "status": WORDS[language].get(f"status_{status}", status),
                "seconds": quantity(goal.get("seconds"), language),
            }
        )
    return rows
