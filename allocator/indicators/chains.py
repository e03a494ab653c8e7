"""Who moves from home to home, and who moves into what they leave: chains of moves in an order that can be carried out.

Two moves hang together where one needs what the other leaves: a flat that its tenant leaves, or places in a shared unit
beyond those that are free today. The places of a shared unit go to those who come in this order: first who leaves
another unit, then newcomers, each by household_id; first the places that are free today, then those of one leaver after
the other. Everything that hangs together is one chain.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from allocator.city.decided import home_today
from allocator.ledger import Ledger

__all__ = ["Move", "chains_of", "move_rows", "moves_in_order"]


@dataclass(frozen=True)
class Move:
    """One household changes its unit, or moves into a unit that another household leaves.

    `home` is the unit where it lives today ("" for none), `unit` the one that the plan gives it. `chain` counts from 1;
    a move that hangs together with no other is a chain of its own. Moves of the same `step` of a chain can only happen
    together; those of a later step come after them.
    """

    household_id: str
    persons: int
    home: str
    unit: str
    chain: int = 0
    step: int = 0


def moves_in_order(ledger: Ledger) -> list[Move]:
    """Every move of a plan, chain by chain (the longest first, then by household_id), step by step within a chain.

    Households without a home today are among them only where they need what somebody leaves.
    """
    comers = [
        Move(stay.household["household_id"], int(stay.household["persons"]), home_today(stay.household),
             stay.unit["unit_id"])
        for stay in ledger.placed
        if stay.unit["unit_id"] != home_today(stay.household)
    ]  # fmt: skip
    comers.sort(key=lambda move: (not move.home, move.household_id))
    needs = _needs(ledger, comers)
    _, group = connected_components(_graph(needs, list(range(len(comers)))), directed=False)
    groups: dict[int, list[int]] = defaultdict(list)
    for i, move in enumerate(comers):
        if move.home or needs[i]:
            groups[int(group[i])].append(i)
    ordered = sorted(groups.values(), key=lambda members: (-len(members), comers[members[0]].household_id))
    return [
        replace(comers[i], chain=chain, step=step)
        for chain, members in enumerate(ordered, start=1)
        for step, together in enumerate(_steps(members, needs), start=1)
        for i in together
    ]


def chains_of(moves: list[Move]) -> list[list[list[Move]]]:
    """The same moves as chains, each a list of steps, each a list of moves that happen together."""
    chains: dict[int, dict[int, list[Move]]] = {}
    for move in moves:
        chains.setdefault(move.chain, {}).setdefault(move.step, []).append(move)
    return [list(steps.values()) for steps in chains.values()]


def move_rows(moves: list[Move]) -> list[dict[str, Any]]:
    """Moves as they stand in `result.json`."""
    return [
        {"household_id": move.household_id, "persons": move.persons, "from": move.home, "to": move.unit,
         "chain": move.chain, "step": move.step}
        for move in moves
    ]  # fmt: skip


def _needs(ledger: Ledger, comers: list[Move]) -> list[list[int]]:
    """For each move the positions of the moves that leave what it needs."""
    living = ledger.add_up(ledger.stays_today, "unit", lambda stay: stay.household["persons"])
    coming, leaving = defaultdict(list), defaultdict(list)
    for i, move in enumerate(comers):
        coming[move.unit].append(i)
        if move.home:
            leaving[move.home].append(i)
    needs: list[list[int]] = [[] for _ in comers]
    for name in coming.keys() & leaving.keys():
        unit = ledger.units[name]
        if not unit["shared"]:
            for i in coming[name]:
                needs[i] = leaving[name]
            continue
        # Places stand in a row: those that are free today, then those of each leaver; who comes takes the next ones.
        free = unit["capacity"] - unit["occupied"] - living.get(name, 0.0)
        ends = free + np.cumsum([comers[i].persons for i in leaving[name]])
        begins = ends - [comers[i].persons for i in leaving[name]]
        taken = 0.0
        for i in coming[name]:
            first, taken = taken, taken + comers[i].persons
            # Where more live today than the unit holds, places below zero must be left before anybody can come.
            needed = (
                (begins < taken) & ((ends > first) | (ends <= 0)) if taken > free else np.zeros(len(ends), dtype=bool)
            )
            needs[i] = [leaver for leaver, needful in zip(leaving[name], needed, strict=True) if needful]
    return needs


def _graph(needs: list[list[int]], members: list[int]) -> sparse.csr_matrix:
    """Arrows from each move to those that it needs, among `members`."""
    position = {i: at for at, i in enumerate(members)}
    pairs = [(position[i], position[j]) for i in members for j in needs[i] if j in position]
    rows, columns = (np.array(side, dtype=int) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(members), len(members)))


def _steps(members: list[int], needs: list[list[int]]) -> list[list[int]]:
    """The members of a chain step by step: whoever needs nobody any more goes; who wait for each other go together."""
    steps: list[list[int]] = []
    done: set[int] = set()
    waiting = list(members)
    while waiting:
        ready = [[i] for i in waiting if done.issuperset(needs[i])]
        # Who leaves something goes before those who only come: others wait for it.
        leavers = [step for step in ready if step[0] in {j for i in waiting for j in needs[i]}]
        found = leavers or ready or [_circle(needs, waiting)]
        steps += found
        done.update(i for step in found for i in step)
        waiting = [i for i in waiting if i not in done]
    return steps


def _circle(needs: list[list[int]], waiting: list[int]) -> list[int]:
    """Moves that wait for each other and for nobody else."""
    graph = _graph(needs, waiting)
    _, circle = connected_components(graph, directed=True, connection="strong")
    rows, columns = graph.nonzero()
    waits = {int(circle[row]) for row, column in zip(rows, columns, strict=True) if circle[row] != circle[column]}
    closed = min(int(at) for at in circle if int(at) not in waits)
    return [i for i, at in zip(waiting, circle, strict=True) if at == closed]
