"""What each plan of a comparison is called: a letter, and a short name of its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["MOST_RUNS", "run_names"]

MOST_RUNS = 12
"""More maps than these cannot be read beside each other."""
_LONGEST = 40


def run_names(plans: Sequence[Plan], language: str) -> list[tuple[str, str]]:
    """Letter and name of each plan: what stands before the colon of its title, else a short title, else the scenario.

    Names that are not unique are told apart by their scenarios, and where these are the same, by the letter.
    """
    scenarios = [str((plan.result.get("scenario") or {}).get("name", "")) for plan in plans]
    titles = [plan.title(language) if plan.result.get("title") else "" for plan in plans]
    names = [_name(title, scenario) for title, scenario in zip(titles, scenarios, strict=True)]
    shared, together = Counter(names), Counter(zip(names, scenarios, strict=True))
    names = [f"{name} ({scenario})" if shared[name] > together[name, scenario] and scenario else name
             for name, scenario in zip(names, scenarios, strict=True)]  # fmt: skip
    shared = Counter(names)
    return [
        (letter, f"{name} {letter}" if shared[name] > 1 else name)
        for letter, name in zip(ascii_uppercase, names, strict=False)
    ]


def _name(title: str, scenario: str) -> str:
    title = " ".join(title.split())
    head, colon, _ = title.partition(":")
    if colon and 0 < len(head) <= _LONGEST:
        return head
    if title and len(title) <= _LONGEST:
        return title
    return scenario or title[: _LONGEST - 1] + "…"
