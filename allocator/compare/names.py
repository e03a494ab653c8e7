"""What each plan of a comparison is called: a letter, and a short name of its title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

__all__ = ["MOST_RUNS", "run_names"]

MOST_RUNS = 12
"""More maps than these cannot be read beside each other."""
_LONGEST = 40


def run_names(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Letter and name of each result: what stands before the colon of its title, else a short title, else the scenario.

    Names that are not unique are told apart by their scenarios, and where these are the same, by the letter.
    """
    names = [_name(result) for result in results]
    scenarios = [str((result.get("scenario") or {}).get("name", "")) for result in results]
    shared, together = Counter(names), Counter(zip(names, scenarios, strict=True))
    names = [f"{name} ({scenario})" if shared[name] > together[name, scenario] and scenario else name
             for name, scenario in zip(names, scenarios, strict=True)]  # fmt: skip
    shared = Counter(names)
    return [
        (letter, f"{name} {letter}" if shared[name] > 1 else name)
        for letter, name in zip(ascii_uppercase, names, strict=False)
    ]


def _name(result: Mapping[str, Any]) -> str:
    title = " ".join(str(result.get("title") or "").split())
    scenario = str((result.get("scenario") or {}).get("name", ""))
    head, colon, _ = title.partition(":")
    if colon and 0 < len(head) <= _LONGEST:
        return head
    if title and len(title) <= _LONGEST:
        return title
    return scenario or title[: _LONGEST - 1] + "…"
