"""Rules side by side: which plan breaches, fills or never reaches each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from allocator.compare.words import PAGE_WORDS
from allocator.report.numbers import Language
from allocator.report.rule_rows import rule_rows
from allocator.rules.base import Tally

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["State", "rule_state", "rule_table"]

State = Literal["breached", "tight", "idle", "kept", "absent"]


def rule_state(tallies: Sequence[Tally]) -> State:
    """What a rule does in a plan, from its recount.

    `breached`: the plan exceeds it somewhere; `tight`: at its limit somewhere (no whole further one of what it counts
    is allowed); `idle`: nowhere at its limit; `kept`: a rule on pairs of household and unit, which is never full.
    """
    if any(tally.excess > 0 for tally in tallies):
        return "breached"
    if tallies and not any(tally.fills_up for tally in tallies):
        return "kept"
    return "tight" if any(tally.tight for tally in tallies) else "idle"


def rule_table(plans: Sequence[Plan], language: Language) -> list[dict[str, Any]]:
    """One row per rule by name, in the order of the plans; `cells` holds one entry for each plan.

    A cell has state, word (the state in the language), sentence (what the rule says in that plan), places, tight (how
    many are at the limit), excess and breaches as whole numbers or floats, and findings (sentences of the report).
    """
    told = [{one["name"]: one for one in rule_rows(plan, language)} for plan in plans]
    names = dict.fromkeys(name for one in told for name in one)
    rows = []
    for name in names:
        cells = [_cell(plan, one.get(name), name, language) for plan, one in zip(plans, told, strict=True)]
        sentences = {cell["sentence"] for cell in cells if cell["state"] != "absent"}
        rows.append({"name": name, "sentence": sentences.pop() if len(sentences) == 1 else "", "cells": cells})
    return rows


def _cell(plan: Plan, told: dict[str, Any] | None, name: str, language: Language) -> dict[str, Any]:
    words = PAGE_WORDS[language]
    if told is None:
        return {"state": "absent", "word": words["rule_absent"], "sentence": "", "places": 0, "tight": 0, "excess": 0,
                "breaches": 0, "findings": []}  # fmt: skip
    tallies = plan.tallies[name]
    state = rule_state(tallies)
    return {
        "state": state,
        "word": words[f"rule_{state}"],
        "sentence": told["sentence"],
        "places": len(tallies),
        "tight": sum(tally.tight and tally.excess == 0 for tally in tallies),
        "excess": round(sum(tally.excess for tally in tallies), 6),
        "breaches": sum(tally.breaches for tally in tallies),
        # That a rule is kept, the state says already.
        "findings": told["findings"] if state == "breached" else told["findings"][1:],
    }
