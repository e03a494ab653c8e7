"""Where each rule of a plan comes from: the profile that brought it, and the background of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.report.numbers import Language
from allocator.report.words import WORDS
from allocator.rules.base import Rule, source_by_language
from allocator.wording import in_language

if TYPE_CHECKING:
    from allocator.scenario import Scenario

__all__ = ["rule_source"]


def rule_source(scenario: Scenario, name: str, rule: Rule, language: Language) -> str:
    """The source of a rule as a report tells it: of a profile's rule who made it and what is known of its effect."""
    from allocator.profiles import profile_named

    words, background = WORDS[language], source_by_language(rule.source)[language]
    for profile in (profile_named(one) for one in scenario.profiles):
        if name in profile.rules:
            dated = "" if profile.date == "undated" else f", {profile.date}"
            changed = "" if profile.rules[name] == rule else f" {words['profile_changed']}"
            where = f"{words['profile']} {profile.id}{changed}: {in_language(profile.source, language)}{dated}"
            return f"{where}. {words['evidence']}: {profile.evidence[language]} {background}"
    return background
