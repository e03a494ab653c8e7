"""From counts to households: members of a class are handed out by the seed, homes of today first."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import numpy as np

from allocator.model.build import Model
from allocator.model.columns import Columns
from allocator.model.needs import interim
from allocator.model.pairs import PairColumns

__all__ = ["hand_out"]


def hand_out(model: Model, x: np.ndarray, seed: int) -> np.ndarray:
    """The unit of each household, -1 for none [n_households], for a whole-numbered solution x [n_columns].

    Named pairs that were chosen come first. Members of a class change no limit and no value, so where the others go is
    a tie: who lives in one of the units of the class keeps it; the rest follows an order drawn from the seed and the
    ids, whatever the order of the input.
    """
    columns = model.columns
    situation = columns.situation
    n_place = columns.kind.size
    placed = np.rint(x[:n_place]).astype(int)
    flows = np.rint(x[n_place : n_place + columns.flow_class.size]).astype(int)
    households = _draw(situation.households["household_id"], seed)
    units = _draw(situation.city.units["unit_id"], seed)
    result = np.full(len(situation.persons), -1)
    taken = _named(model.pairs, x, placed, flows, result)
    members = _by_class(columns.classes.of, households[result[households] < 0])
    rooms = _by_class(columns.units.of, units[situation.shared[units] | ~np.isin(units, taken)])
    slots = _slots(columns, placed, rooms)
    demand: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for position in np.flatnonzero(flows):
        klass, cell = int(columns.flow_class[position]), int(columns.flow_cell[position])
        demand[int(columns.kind_of_class[klass]), cell].append((klass, int(flows[position])))
    for (kind, cell), free in sorted(slots.items()):
        if columns.several[kind]:
            claims = demand[kind, cell]
        else:
            claims = [(int(columns.classes.of[columns.kinds.first[kind]]), len(free))]
        _assign(claims, free, members, situation.home, result)
    household = np.arange(len(result))
    result[interim(situation, household, result)] = -1
    return result


def _named(pairs: PairColumns, x: np.ndarray, placed: np.ndarray, flows: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Give the households of chosen pairs their units and take them off the counts; the units that hold one."""
    chosen = np.flatnonzero(x[pairs.column] > 0.5)
    result[pairs.household[chosen]] = pairs.unit[chosen]
    np.subtract.at(placed, pairs.place[chosen], 1)
    through = pairs.flow[chosen]
    np.subtract.at(flows, through[through >= 0] - placed.size, 1)
    return pairs.unit[chosen]


def _draw(ids: object, seed: int) -> np.ndarray:
    """Positions in an order that depends on the seed and on each id alone."""
    keys = [hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest() for name in ids]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=int)


def _by_class(of: np.ndarray, order: np.ndarray) -> dict[int, list[int]]:
    """Members of each class in the drawn order."""
    result: dict[int, list[int]] = defaultdict(list)
    for member in order.tolist():
        result[int(of[member])].append(member)
    return result


def _slots(columns: Columns, placed: np.ndarray, rooms: dict[int, list[int]]) -> dict[tuple[int, int], list[int]]:
    """Units for each kind in each cell, one entry per household; flats of a class go to today's tenants first."""
    situation = columns.situation
    tenants: dict[int, set[int]] = defaultdict(set)
    lives = np.flatnonzero(situation.home >= 0)
    for household in lives.tolist():
        tenants[int(columns.kinds.of[household])].add(int(situation.home[household]))
    slots: dict[tuple[int, int], list[int]] = defaultdict(list)
    by_unit: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for position in np.flatnonzero(placed):
        by_unit[int(columns.unit[position])].append((int(columns.kind[position]), int(placed[position])))
    for unit, wanted in sorted(by_unit.items()):
        first = int(columns.units.first[unit])
        cell = int(columns.cell[first])
        free = list(rooms[unit])
        taken: dict[int, list[int]] = {}
        for kind, number in wanted:
            if situation.shared[first]:
                taken[kind] = [first] * number
            else:
                own = [one for one in free if one in tenants[kind]][:number]
                free = [one for one in free if one not in own]
                taken[kind] = own
        for kind, number in wanted:
            missing = number - len(taken[kind])
            slots[kind, cell].extend(taken[kind] + free[:missing])
            free = free[missing:]
    return slots


def _assign(
    claims: list[tuple[int, int]], free: list[int], members: dict[int, list[int]], home: np.ndarray, result: np.ndarray
) -> None:
    """Give each claiming class its number of the free units: those who live there first, then in the drawn order."""
    left = list(free)
    open_claims = []
    for klass, number in claims:
        mine = []
        for household in members[klass]:
            if len(mine) < number and home[household] >= 0 and int(home[household]) in left:
                mine.append(household)
                left.remove(int(home[household]))
                result[household] = home[household]
        members[klass] = [household for household in members[klass] if household not in set(mine)]
        open_claims.append((klass, number - len(mine)))
    for klass, number in open_claims:
        for household in members[klass][:number]:
            result[household] = left.pop(0)
        members[klass] = members[klass][number:]
