"""Moves of a plan in words: who moves into what whom leaves, in an order in which it can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.indicators.chains import Move, chains_of, moves_in_order
from allocator.report.numbers import Language, quantity

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["chain_sentence", "moves_told"]

NAMED = 8
"""Households that one part of a sentence names; `result.json` lists all."""

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "none": "Nobody who lives in a unit of the list today moves to another one.",
        "moves": "Households that move from one unit to another: {n}; of these in a chain, where one moves into what "
        "another leaves: {chained}.",
        "move": "{who} moves from {home} to {unit}",
        "comes": "{who} moves into {unit}",
        "come": "{who} move into {unit}",
        "where_one": ", where {who} moves out",
        "where_several": ", where {who} move out",
        "swap": "{who} swap: {parts}",
        "circle": "{who} move at the same time: {parts}",
        "part": "{who} from {home} to {unit}",
        "more": "{n} more",
        "and": " and ",
    },
    "de": {
        "none": "Niemand, der heute in einer Einheit der Liste wohnt, zieht in eine andere.",
        "moves": "Haushalte, die aus einer Einheit in eine andere ziehen: {n}; davon in einer Kette, in der einer "
        "einzieht, wo ein anderer auszieht: {chained}.",
        "move": "{who} zieht von {home} nach {unit}",
        "comes": "{who} zieht in {unit} ein",
        "come": "{who} ziehen in {unit} ein",
        "where_one": ", wo {who} auszieht",
        "where_several": ", wo {who} ausziehen",
        "swap": "{who} tauschen: {parts}",
        "circle": "{who} ziehen gleichzeitig um: {parts}",
        "part": "{who} von {home} nach {unit}",
        "more": "{n} weitere",
        "and": " und ",
    },
}


def moves_told(plan: Plan, language: Language) -> dict[str, Any]:
    """The moves of a plan: a sentence on all, one for each chain of several, and the moves that stand alone."""
    moves = moves_in_order(plan.ledger)
    chains = [chain for chain in chains_of(moves) if sum(len(step) for step in chain) > 1]
    chained = sum(bool(move.home) for chain in chains for step in chain for move in step)
    movers = sum(bool(move.home) for move in moves)
    words = WORDS[language]
    text = words["moves"].format(n=quantity(movers, language), chained=quantity(chained, language))
    together = {move.household_id for chain in chains for step in chain for move in step}
    return {
        "text": text if moves else words["none"],
        "chains": [chain_sentence(chain, language) for chain in chains],
        "single": [f"{_who(move)}: {move.home} → {move.unit}" for move in moves if move.household_id not in together],
    }


def chain_sentence(chain: list[list[Move]], language: Language) -> str:
    """One chain of `chains_of` as a sentence; plain text, persons in brackets behind each household."""
    words = WORDS[language]
    parts = []
    left: dict[str, list[Move]] = {}
    for step in _gathered(chain):
        leavers = left.get(step[0].unit, [])
        if len(step) == 1 and step[0].home:
            text = words["move"].format(who=_who(step[0]), home=step[0].home, unit=step[0].unit)
        elif all(not move.home for move in step):
            kind = "comes" if len(step) == 1 else "come"
            text = words[kind].format(who=_names(step, words, language), unit=step[0].unit)
        else:
            text, leavers = _together(step, words, language), []
        if leavers:
            kind = "where_one" if len(leavers) == 1 else "where_several"
            text += words[kind].format(who=_names(leavers, words, language, persons=False))
        parts.append(text)
        for move in step:
            if move.home:
                left.setdefault(move.home, []).append(move)
    return "; ".join(parts) + "."


def _gathered(chain: list[list[Move]]) -> list[list[Move]]:
    """The steps, with newcomers who enter the same unit one after the other as one."""
    found: list[list[Move]] = []
    for step in chain:
        before = found[-1] if found else []
        alike = [move for move in (*before, *step) if not move.home and move.unit == step[0].unit]
        if before and len(alike) == len(before) + len(step):
            found[-1] = alike
        else:
            found.append(step)
    return found


def _together(step: list[Move], words: dict[str, str], language: Language) -> str:
    """Households that can only move at the same time."""
    swap = len(step) == 2 and step[0].home == step[1].unit and step[0].unit == step[1].home
    parts = [words["part"].format(who=move.household_id, home=move.home, unit=move.unit) for move in step]
    return words["swap" if swap else "circle"].format(who=_names(step, words, language), parts=", ".join(parts))


def _who(move: Move) -> str:
    return f"{move.household_id} ({move.persons})"


def _names(moves: list[Move], words: dict[str, str], language: Language, persons: bool = True) -> str:
    names = [_who(move) if persons else move.household_id for move in moves]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], words["more"].format(n=quantity(len(names) - NAMED + 1, language))]
    return words["and"].join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
