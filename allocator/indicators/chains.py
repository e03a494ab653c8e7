"""Who moves from home to home, and who moves into what they leave: chains of moves in an order that can be carried out.

Two moves hang together where one needs what the other leaves: a flat that its tenant leaves, or places in a shared unit
that today's free places alone would not give. Everything that hangs together is one chain.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

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
        Move(stay.household["household_id"], int(stay.household["persons"]), stay.household["unit_id"],
             stay.unit["unit_id"])
        for stay in ledger.placed
        if stay.unit["unit_id"] != stay.household["unit_id"]
    ]  # fmt: skip
    comers.sort(key=lambda move: move.household_id)
    needs = _needs(ledger, comers)
    linked = {i for i, leavers in enumerate(needs) if leavers}
    listed = [i for i, move in enumerate(comers) if move.home or i in linked]
    _, group = connected_components(_graph(needs), directed=False)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in listed:
        groups[int(group[i])].append(i)
    ordered = sorted(groups.values(), key=lambda members: (-len(members), comers[members[0]].household_id))
    rooms = _Rooms(ledger)
    found = []
    for chain, members in enumerate(ordered, start=1):
        for step, together in enumerate(_steps(comers, members, needs, rooms), start=1):
            found += [replace(comers[i], chain=chain, step=step) for i in together]
    return found


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
    coming, leaving = defaultdict(list), defaultdict(list)
    for i, move in enumerate(comers):
        coming[move.unit].append(i)
        if move.home:
            leaving[move.home].append(i)
    rooms = _Rooms(ledger)
    needs: list[list[int]] = [[] for _ in comers]
    for unit, newcomers in coming.items():
        persons = sum(comers[i].persons for i in newcomers)
        if leaving[unit] and not rooms.holds(unit, persons):
            for i in newcomers:
                needs[i] = leaving[unit]
    return needs


def _graph(needs: list[list[int]], members: list[int] | None = None) -> sparse.csr_matrix:
    """Arrows from each move to those that it needs, among `members` (all without them)."""
    chosen = list(range(len(needs))) if members is None else members
    position = {i: at for at, i in enumerate(chosen)}
    pairs = [(position[i], position[j]) for i in chosen for j in needs[i] if j in position]
    rows, columns = (np.array(side, dtype=int) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(chosen), len(chosen)))


def _steps(comers: list[Move], members: list[int], needs: list[list[int]], rooms: _Rooms) -> list[list[int]]:
    """The members of a chain step by step: whoever finds room goes; who wait for each other go together."""
    steps: list[list[int]] = []
    leavers, others = ([i for i in members if bool(comers[i].home) is home] for home in (True, False))
    while leavers or others:
        # Whoever leaves something goes first; newcomers follow when nobody else can move.
        ready = _ready(comers, leavers, rooms) or _ready(comers, others, rooms)
        if not ready:
            together = _circle(needs, leavers + others)
            for i in together:
                rooms.move(comers[i])
            ready = [together]
        steps += ready
        gone = {i for step in ready for i in step}
        leavers, others = ([i for i in some if i not in gone] for some in (leavers, others))
    return steps


def _ready(comers: list[Move], waiting: list[int], rooms: _Rooms) -> list[list[int]]:
    """Those who find room one after the other, each as a step of its own; they have moved afterwards."""
    found = []
    for i in waiting:
        if rooms.holds(comers[i].unit, comers[i].persons):
            rooms.move(comers[i])
            found.append([i])
    return found


def _circle(needs: list[list[int]], waiting: list[int]) -> list[int]:
    """Moves that wait for each other and for nobody else."""
    graph = _graph(needs, waiting)
    _, circle = connected_components(graph, directed=True, connection="strong")
    rows, columns = graph.nonzero()
    open_circles = {
        int(circle[row]) for row, column in zip(rows, columns, strict=True) if circle[row] != circle[column]
    }
    closed = min(int(at) for at in circle if int(at) not in open_circles)
    return [i for i, at in zip(waiting, circle, strict=True) if at == closed]


class _Rooms:
    """Free places of each unit while one household after the other moves."""

    def __init__(self, ledger: Ledger) -> None:
        living = ledger.add_up(ledger.stays_today, "unit", lambda stay: stay.household["persons"])
        self.shared = {name: bool(unit["shared"]) for name, unit in ledger.units.items()}
        self.living = {name: living.get(name, 0.0) for name in ledger.units}
        self.places = {name: unit["capacity"] - unit["occupied"] for name, unit in ledger.units.items()}

    def holds(self, unit: str, persons: float) -> bool:
        """True if so many persons more find room: in a flat if nobody lives there."""
        if not self.shared[unit]:
            return self.living[unit] == 0
        return self.living[unit] + persons <= self.places[unit]

    def move(self, move: Move) -> None:
        """The household leaves its home and enters its unit."""
        if move.home:
            self.living[move.home] -= move.persons
        self.living[move.unit] += move.persons
