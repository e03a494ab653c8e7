"""Small numbers that are withheld cannot be worked out again: an attacker with all sums and bounds is played."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytest
from drawn import drawn
from scipy.optimize import Bounds, LinearConstraint, milp

from allocator.publication.suppression import Cell, Key, is_small, withheld_cells


def attack(
    cells: Sequence[Cell], relations: Iterable[Mapping[Key, int]], hidden: Iterable[Key], sought: Key
) -> tuple[float, float]:
    """The least and the greatest whole value that a withheld cell can have by everything that is published.

    Written apart from what it attacks: one unknown per withheld cell, the published ones as numbers on the right.
    """
    unknown = sorted(hidden)
    place = {key: i for i, key in enumerate(unknown)}
    cell_of = {cell.key: cell for cell in cells}
    rows, right = [], []
    for relation in relations:
        row, known = np.zeros(len(unknown)), 0.0
        total = sum(factor * cell_of[key].value for key, factor in relation.items())
        for key, factor in relation.items():
            if key in place:
                row[place[key]] += factor
            else:
                known += factor * cell_of[key].value
        if row.any():
            rows.append(row)
            right.append(total - known)
    bounds = Bounds([cell_of[key].least for key in unknown], [cell_of[key].most for key in unknown])
    constraint = LinearConstraint(np.array(rows), right, right) if rows else None
    ends = []
    for sign in (1, -1):
        aim = np.zeros(len(unknown))
        aim[place[sought]] = sign
        found = milp(aim, integrality=np.ones(len(unknown)), bounds=bounds, constraints=constraint)
        if found.status in (3, 4):  # nothing bounds it
            ends.append(-sign * math.inf)
        else:
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
    return ends[0], ends[1]


def hold(cells: Sequence[Cell], relations: Sequence[Mapping[Key, int]]) -> frozenset[Key]:
    """Withhold, and check that every small number may be anything from 1 to 4 afterwards; the withheld keys."""
    hidden = withheld_cells(cells, relations)
    for cell in cells:
        if is_small(cell.value):
            assert cell.key in hidden
            low, high = attack(cells, relations, hidden, cell.key)
            ends = (1, 4) if cell.value > 0 else (-4, -1)
            assert low <= max(ends[0], cell.least), (cell, low, high)
            assert high >= min(ends[1], cell.most), (cell, low, high)
            assert high - low >= min(3, cell.most - max(1, cell.least))
    return hidden


def total(*parts: str, whole: str) -> dict[Key, int]:
    """The relation of a sum."""
    return {**{(part,): 1 for part in parts}, (whole,): -1}


def test_nothing_small_nothing_withheld() -> None:
    """Zeros and counts from five are published."""
    cells = [Cell(("a",), 0), Cell(("b",), 5), Cell(("sum",), 5)]
    assert hold(cells, [total("a", "b", whole="sum")]) == frozenset()


def test_a_single_small_number_takes_a_second_with_it() -> None:
    """2 + 30 + 40 = 72: with the sum published, 2 would be given back, so the cheaper of the others goes too."""
    cells = [Cell(("a",), 2), Cell(("b",), 30), Cell(("c",), 40, cost=2), Cell(("sum",), 72, cost=100)]
    assert hold(cells, [total("a", "b", "c", whole="sum")]) == {("a",), ("b",)}


def test_two_small_numbers_that_hem_each_other_in_take_a_third() -> None:
    """1 + 1 = 2 of a sum that stays small is withheld with it; 1 + 1 + 10 = 12 needs the ten."""
    cells = [Cell(("a",), 1), Cell(("b",), 1), Cell(("c",), 10), Cell(("sum",), 12, cost=100)]
    assert hold(cells, [total("a", "b", "c", whole="sum")]) == {("a",), ("b",), ("c",)}


def test_before_change_and_after_do_not_give_each_other_away() -> None:
    """20 and then 22 is a change of 2: before, which everybody knows already, stays; after goes with the change."""
    cells = [Cell(("before",), 20, cost=10), Cell(("change",), 2, least=-math.inf), Cell(("after",), 22)]
    assert hold(cells, [{("before",): 1, ("change",): 1, ("after",): -1}]) == {("change",), ("after",)}


def test_what_everybody_knows_anyway_is_not_asked_for() -> None:
    """A rule that is kept says at most 3: then 3 may be anything from 1 to 3."""
    cells = [Cell(("a",), 3, most=3), Cell(("b",), 30), Cell(("sum",), 33, cost=100)]
    assert hold(cells, [total("a", "b", whole="sum")]) == {("a",), ("b",)}


def test_a_sum_with_weights_is_solved_in_whole_numbers() -> None:
    """3a + 4b = 10 has one solution in whole numbers only, however wide the interval of fractions is."""
    cells = [Cell(("a",), 2), Cell(("b",), 1), Cell(("c",), 9), Cell(("persons",), 100, cost=50)]
    relations = [{("a",): 3, ("b",): 4, ("c",): 10, ("persons",): -1}]
    hold(cells, relations)


def test_cells_stand_once() -> None:
    """Two cells of one key are a mistake of the caller."""
    with pytest.raises(ValueError, match="twice"):
        withheld_cells([Cell(("a",), 1), Cell(("a",), 2)], [])


def random_town(seed: int) -> tuple[list[Cell], list[dict[Key, int]]]:
    """Social spaces in districts in a city, before, after and change, many of them small."""
    chance = random.Random(seed)
    districts = [f"D{i}" for i in range(chance.randint(1, 4))]
    spaces = {f"S{i}": chance.choice([*districts, ""]) for i in range(chance.randint(1, 9))}
    count = {
        (kind, name): chance.choice((0, 0, 1, 2, 3, 4, 5, 7, 30)) for kind in ("before", "after") for name in spaces
    }
    for kind in ("before", "after"):
        for district in set(spaces.values()) - {""}:
            count[kind, district] = sum(count[kind, one] for one, of in spaces.items() if of == district)
        count[kind, "city"] = sum(count[kind, one] for one in spaces)
    places = sorted({name for _, name in count})
    cells = [Cell(key, value, cost=10 if key[1] == "city" else 1) for key, value in count.items()]
    cells += [Cell(("change", one), count["after", one] - count["before", one], least=-math.inf) for one in places]
    relations: list[dict[Key, int]] = [{("before", one): 1, ("change", one): 1, ("after", one): -1} for one in places]
    for kind in ("before", "after", "change"):
        for district in set(spaces.values()) - {""}:
            relations.append({**{(kind, one): 1 for one, of in spaces.items() if of == district}, (kind, district): -1})
        tops = [*(set(spaces.values()) - {""}), *(one for one, of in spaces.items() if not of)]
        relations.append({**{(kind, one): 1 for one in tops}, (kind, "city"): -1})
    return cells, relations


@pytest.mark.parametrize("seed", drawn(range(25), 4))
def test_no_town_gives_a_small_number_away(seed: int) -> None:
    """Whatever the town: every withheld small number may be anything from 1 to 4 by all that is published."""
    hold(*random_town(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_no_town_of_many_gives_a_small_number_away(seed: int) -> None:
    """The same over many more towns."""
    hold(*random_town(seed))
