"""The answers of `allocator explain` as plain data, each with its sentences: for the screen, JSON, and the report."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.errors import UsageError, did_you_mean
from allocator.explain.household import Alternative, alternatives, decided_by, wishes
from allocator.explain.smallest import Smallest, smallest_changes
from allocator.explain.supply import supply
from allocator.explain.telling import told_change, unit_words
from allocator.explain.unplaced import unplaced_reasons
from allocator.report.numbers import Language, quantity
from allocator.report.rule_rows import rule_unit, rule_words
from allocator.report.sentences import excess_words
from allocator.scenario import goal_title
from allocator.why.ablation import ablate
from allocator.why.binding import what_binds
from allocator.why.demands import ways_out
from allocator.why.forced import forced
from allocator.why.sums import sums
from allocator.why.telling import (
    persons_words,
    space_name,
    told_by_points,
    told_closed,
    told_gain,
    told_sums,
    told_supply,
    told_tight,
    told_way,
)
from allocator.why.words import WORDS

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.scenario import Scenario

__all__ = ["about_attribute", "about_demand", "about_household", "about_plan", "unit_positions"]

NEXT = 3
"""Next best units that are told of, and how many of them are solved again when that is asked for."""
Tell = Callable[[str], None]


def unit_positions(plan: Plan) -> np.ndarray:
    """The position of the unit of every household of the scenario, -1 for none [n_households]."""
    scenario = plan.scenario
    chosen = dict(zip(plan.allocation["household_id"], plan.allocation["unit_id"], strict=True))
    units = pd.Index(scenario.city.units["unit_id"], dtype=object)
    return np.asarray(units.get_indexer([chosen.get(one, "") for one in scenario.households["household_id"]]))


def about_plan(plan: Plan, language: Language, seconds: float, tell: Tell = lambda _: None) -> dict[str, Any]:
    """What binds, what would house more, what is missing, and a reason with a change for who has no place."""
    scenario, words, began = plan.scenario, WORDS[language], time.perf_counter()
    situation, rules, unit_of = scenario.situation, scenario.rules, unit_positions(plan)
    tell("looking for the smallest change for each household without a place")
    reasons = unplaced_reasons(situation, rules, unit_of, language)
    changes = smallest_changes(situation, rules, unit_of)
    ids = situation.households["household_id"].to_numpy(dtype=object)
    unplaced = [
        {"household_id": str(ids[one]), "persons": int(situation.persons[one]), "reason": reasons[str(ids[one])],
         "kind": change.kind if change else None, "change": told_change(change, situation, rules, language)}
        for one, change in changes.items()
    ]  # fmt: skip
    left = max(seconds - (time.perf_counter() - began), 1.0)
    found = what_binds(situation, rules, scenario.stages, unit_of, scenario.solve, left, tell)
    gains = [
        {"kind": gain.kind, "rule": gain.rule, "place": gain.place, "step": gain.step,
         "size": gain.flat.size if gain.flat else None, "district_id": gain.flat.district_id if gain.flat else "",
         "building_id": gain.flat.building_id if gain.flat else "", "estimate": _rounded(gain.estimate),
         "gain": gain.gain, "at_most": gain.at_most, "exact": gain.exact,
         "sentence": told_gain(gain, found, situation, rules, language)}
        for gain in found.gains
    ]  # fmt: skip
    solved = [gain["sentence"] for gain in gains if gain["gain"] is not None]
    guessed = sum(gain["gain"] is None and (gain["estimate"] or 0) > 1e-6 for gain in gains)
    brings = solved or [words["all_placed"]]
    if solved and scenario.stages[0].name != found.goal and scenario.stages[0].name != "place: all":
        brings = [words["before"], *brings]
    if any(told_by_points(gain, situation) for gain in found.gains if gain.gain):
        brings = [*brings, words["households_are" if "households" in found.goal else "persons_are"]]
    if guessed:
        brings = [*brings, words["guessed"].format(n=quantity(guessed, language))]
    tight = {name: sum(tally.tight for tally in plan.tallies[name]) for name in rules}
    return {
        "format": 1,
        "created": plan.result.get("created", ""),
        "language": language,
        "goal": found.goal,
        "value": found.value,
        "proven": found.proven,
        "tight": tight,
        "binds": [told_tight(name, rule, plan.tallies[name], situation, language) for name, rule in rules.items()],
        "gains": gains,
        "brings": brings,
        "supply": told_supply(supply(situation, rules, unit_of), situation, language),
        "unplaced": sorted(unplaced, key=lambda row: (-row["persons"], row["household_id"])),
        "seconds": round(time.perf_counter() - began, 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def about_household(
    plan: Plan, household_id: str, language: Language, seconds: float, exact: bool = False, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Where a household is, what decided, what the next best units cost, what stands against its wishes.

    With `exact` the plan is solved again around each of the next best units. UsageError for an unknown id.
    """
    scenario, words = plan.scenario, WORDS[language]
    situation, rules, stages, unit_of = scenario.situation, scenario.rules, scenario.stages, unit_positions(plan)
    ids = situation.households["household_id"].tolist()
    if household_id not in ids:
        raise UsageError(f"--household {household_id}: is not in the list; {did_you_mean(household_id, ids)}")
    one = ids.index(household_id)
    told = [_where(plan, one, unit_of, language)]
    change = None
    if unit_of[one] < 0:
        change = Smallest(situation, rules, unit_of).change(one)
        sentence = told_change(change, situation, rules, language)
        told.append(words["change"].format(change=sentence) if change else f"{sentence[0].upper()}{sentence[1:]}.")
    others = alternatives(situation, rules, stages, unit_of, one)
    if unit_of[one] >= 0:
        told += _decided(plan, others, one, unit_of, language)
    shown = [_alternative(plan, other, language) for other in others[:NEXT]]
    if others:
        told += [words["exchange"], *(f"- {row['sentence']}" for row in shown)]
    for row, other in zip(shown, others[:NEXT] if exact else [], strict=False):
        tell(f"solving again with {household_id} in {row['unit_id']}")
        told.append(_exactly(plan, other, one, unit_of, language, seconds / min(NEXT, len(others)), row))
    for wish in wishes(situation, rules, unit_of, one):
        space = space_name(situation.city, wish.space)
        form = "met" if wish.met else "none" if not wish.fitting else "taken" if not wish.free else (
            "open" if wish.open else "closed")  # fmt: skip
        closing = ", ".join(rule_words(name, rules[name], language) for name in wish.rules)
        told.append(words[f"wish_{form}"].format(space=space, free=wish.free, open=wish.open, fitting=wish.fitting,
                                                 rules=closing))  # fmt: skip
    return {"household_id": household_id, "unit_id": _unit_id(plan, unit_of[one]), "next": shown,
            "change": change.kind if change else None, "sentences": told}  # fmt: skip


def _unit_id(plan: Plan, unit: int) -> str:
    return str(plan.scenario.city.units["unit_id"].iloc[unit]) if unit >= 0 else ""


def _where(plan: Plan, one: int, unit_of: np.ndarray, language: Language) -> str:
    """Where a household lives, or why nowhere."""
    situation, words = plan.scenario.situation, WORDS[language]
    name = str(situation.households["household_id"].iloc[one])
    values = {"household": name, "persons": persons_words(situation.persons[one], language)}
    if unit_of[one] >= 0:
        return words["lives"].format(unit=unit_words(situation, int(unit_of[one]), language), **values)
    alone = unplaced_reasons(situation, plan.scenario.rules, unit_of, language)[name]
    home = int(situation.unsuitable_home[one])
    if home < 0:
        return words["nowhere"].format(reason=alone, **values)
    return words["remains"].format(
        unit=unit_words(situation, home, language), reason=alone.partition(": ")[2], **values
    )


def _decided(plan: Plan, others: list[Alternative], one: int, unit_of: np.ndarray, language: Language) -> list[str]:
    """Which goal told the unit from the next best one."""
    situation, words, stages = plan.scenario.situation, WORDS[language], plan.scenario.stages
    if situation.pinned[one]:
        return [words["pinned"]]
    if not others:
        return [told_closed(situation, plan.scenario.rules, unit_of, one, language)]
    number = sum(other.alike for other in others)
    told = [words["open_one"] if number == 1 else words["n_open"].format(n=quantity(number, language))]
    best, step = others[0], decided_by(others[0])
    unit = unit_words(situation, best.unit, language)
    if step is None:
        return [*told, words["drawn"].format(unit=unit)]
    loss = best.worse[step]
    form = "decided" if loss > 0 else "better"
    return [
        *told,
        words[form].format(goal=goal_title(stages[step], language), unit=unit, loss=_loss(plan, step, loss, language)),
    ]


def _loss(plan: Plan, step: int, loss: float, language: Language) -> str:
    """An amount of a goal in its unit."""
    stage = plan.scenario.stages[step]
    unit = stage.goals[0][0].told_in(language) if len(stage.goals) == 1 else ""
    if any(goal.keeps_rules for goal, _ in stage.goals) and unit:
        soft = {name: rule for name, rule in plan.scenario.rules.items() if rule.is_soft}
        if len(soft) == 1:
            (name, rule), = soft.items()
            amount = excess_words(abs(loss) / float(rule.soft or 1.0), rule_unit(rule, language), language)
            form = WORDS[language]["over" if loss > 0 else "under"]
            return form.format(rule=rule_words(name, rule, language), amount=amount)
        unit = WORDS[language]["weighted"]
    return f"{quantity(abs(loss), language)} {unit}".strip()


def _alternative(plan: Plan, other: Alternative, language: Language) -> dict[str, Any]:
    words, stages = WORDS[language], plan.scenario.stages
    parts = [words["worse" if loss > 0 else "gains"].format(goal=goal_title(stage, language), loss=_loss(plan, step, loss, language))
             for step, (stage, loss) in enumerate(zip(stages, other.worse, strict=True)) if loss]  # fmt: skip
    unit = unit_words(plan.scenario.situation, other.unit, language)
    told = words["cost" if other.alike == 1 else "cost_alike"].format(
        unit=unit, alike=quantity(other.alike, language), told=", ".join(parts) or words["equal"]
    )
    cost = {stage.name: round(loss, 6) for stage, loss in zip(stages, other.worse, strict=True)}
    return {"unit_id": _unit_id(plan, other.unit), "alike": other.alike, "worse": cost, "sentence": told}


def _exactly(
    plan: Plan,
    other: Alternative,
    one: int,
    unit_of: np.ndarray,
    language: Language,
    seconds: float,
    row: dict[str, Any],
) -> str:
    """What a plan made anew around the unit costs, goal by goal."""
    scenario, words = plan.scenario, WORDS[language]
    options = scenario.solve.model_copy(update={"seconds": max(seconds, 1.0)})
    found = forced(scenario.situation, scenario.rules, scenario.stages, unit_of, options, one, other.unit)
    unit = unit_words(scenario.situation, other.unit, language)
    if found is None:
        return words["exact_none"].format(unit=unit)
    parts = []
    for step, (stage, before, after) in enumerate(
        zip(scenario.stages, plan.result["goals"], found.stages, strict=True)
    ):
        if after.value is None:
            continue
        loss = (before["value"] - after.value) * (1 if stage.sense == "max" else -1)
        row.setdefault("exactly_worse", {})[stage.name] = round(loss, 6)
        if abs(loss) > max(1e-6, 1e-6 * abs(after.value)):
            parts.append(words["worse" if loss > 0 else "gains"].format(
                goal=goal_title(stage, language), loss=_loss(plan, step, loss, language)))  # fmt: skip
    return words["exact"].format(unit=unit, told=", ".join(parts) or words["equal"])


def about_attribute(plan: Plan, attribute: str, language: Language) -> dict[str, Any]:
    """Whether an attribute of households changed anything; see `ablate`."""
    scenario, words = plan.scenario, WORDS[language]
    unit_of = unit_positions(plan)
    found = ablate(scenario.situation, scenario.rules, scenario.stages, unit_of, scenario.solve, attribute)
    form = "ablate_same" if found.same_model else "ablate_none"
    if found.changed:
        form = "ablate_some_one" if len(found.changed) == 1 else "ablate_some"
    told = [words[form].format(attribute=attribute, n=quantity(len(found.changed), language))]
    titles = {stage.name: goal_title(stage, language) for stage in scenario.stages}
    goals = []
    for before, after in zip(plan.result["goals"], found.stages, strict=False):
        goals.append({"goal": before["goal"], "with": before["value"], "without": after.value})
        if found.changed and after.value is not None:
            values = {"before": quantity(before["value"], language), "after": quantity(after.value, language)}
            told.append("- " + words["ablate_goal"].format(goal=titles[before["goal"]], **values))
    ids = scenario.households["household_id"].tolist()
    changed = [
        {"household_id": ids[one], "with": _unit_id(plan, unit_of[one]), "without": _unit_id(plan, found.unit_of[one])}
        for one in found.changed
    ]
    for row in changed:
        homes = {"before": row["with"] or words["no_unit"], "after": row["without"] or words["no_unit"]}
        told.append("- " + words["ablate_one"].format(household=row["household_id"], **homes))
    return {
        "attribute": attribute,
        "same_model": found.same_model,
        "goals": goals,
        "changed": changed,
        "sentences": told,
    }


def about_demand(scenario: Scenario, language: Language, seconds: float, tell: Tell = lambda _: None) -> dict[str, Any]:
    """What would give everybody a place where no plan keeps the hard rules: sums, and several ways out."""
    words, situation, rules = WORDS[language], scenario.situation, scenario.rules
    counted = sums(situation, rules)
    told = told_sums(counted, situation, rules, language)
    ways = ways_out(situation, rules, scenario.solve, seconds, tell)
    if any(not way.excesses and not way.unplaced and not way.flats for way in ways):
        return {"sums": told, "ways": [], "sentences": [*told, words["possible"]]}
    if counted.places >= counted.persons:
        places, persons = (quantity(n, language) for n in (counted.places, counted.persons))
        told = [words["sums_enough"].format(places=places, persons=persons), *told[1:]]
    rows = []
    for number, way in enumerate(ways, start=1):
        sentence = told_way(way, situation, rules, language)
        excesses = [
            {"rule": one.rule, "place": one.place, "amount": one.amount, "allowed": one.limit} for one in way.excesses
        ]
        rows.append({"kind": way.kind, "rule": way.rule, "proven": way.proven, "excesses": excesses,
                     "without_place": [str(situation.households["household_id"].iloc[one]) for one in way.unplaced],
                     "sentence": words["way"].format(n=number, what=sentence)})  # fmt: skip
    sentences = [words["cannot"], *told, *(row["sentence"] for row in rows)]
    return {"sums": told, "ways": rows, "sentences": sentences}
