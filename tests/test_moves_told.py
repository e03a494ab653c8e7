"""Swaps and chains of moves: found by the solver, told in words, written as data and held against the allocation."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from drawn import drawn
from indicator_worlds import hand_made_ledger
from random_worlds import as_city, as_households
from tiny import TinyPlan, building, flats, household, plan, shared, space, world
from tiny_runs import call, change_result, project, result_of

from allocator.indicators.chains import Move, chains_of, move_rows, moves_in_order
from allocator.ledger import Ledger
from allocator.report.move_sentences import chain_sentence
from allocator.runs.result import Result

PLACE_ALL_IN_PLACE = [{"place": "persons"}, {"stay": None}]


def moved(units: list[dict[str, Any]], households: list[dict[str, Any]], goals: Any = PLACE_ALL_IN_PLACE) -> TinyPlan:
    """The plan of a world of three buildings, which the recount accepts."""
    found = plan(world([space("S1")], [building(f"B{i}") for i in (1, 2, 3)], units, households, goals=goals))
    assert found.defects() == []
    return found


def told(moves: list[Move]) -> list[tuple[str, str, str, int, int]]:
    """Household, home, unit, chain and step of each move."""
    return [(move.household_id, move.home, move.unit, move.chain, move.step) for move in moves]


def swap() -> TinyPlan:
    """Four persons in a shared unit for five and two in a flat for four swap, and three move into the gap.

    Three persons fit nowhere today: one place is free in the shared unit, the flat is let. If only the four moved,
    there would be no flat for them; if only the two, no room for them. Only all three together place nine persons.
    """
    households = [household("H1", 4, home="B1-shared"), household("H2", 2, home="B2-1"), household("H3", 3)]
    return moved([shared("B1", 5), *flats("B2", 4)], households)


def test_two_families_swap_and_a_third_moves_into_the_gap() -> None:
    """The solver finds the only plan that places all nine persons, with two moves, and it is told as a swap."""
    found = swap()
    assert (found.status, found.values) == ("optimal", [9, 2])
    assert found.homes == {"H1": "B2-1", "H2": "B1-shared", "H3": "B1-shared"}
    moves = moves_in_order(found.ledger)
    assert told(moves) == [
        ("H1", "B1-shared", "B2-1", 1, 1),
        ("H2", "B2-1", "B1-shared", 1, 1),
        ("H3", "", "B1-shared", 1, 2),
    ]
    (chain,) = chains_of(moves)
    assert chain_sentence(chain, "en") == (
        "H1 (4) and H2 (2) swap: H1 from B1-shared to B2-1, H2 from B2-1 to B1-shared; "
        "H3 (3) moves into B1-shared, where H1 moves out."
    )
    assert chain_sentence(chain, "de") == (
        "H1 (4) und H2 (2) tauschen: H1 von B1-shared nach B2-1, H2 von B2-1 nach B1-shared; "
        "H3 (3) zieht in B1-shared ein, wo H1 auszieht."
    )


def test_a_chain_is_told_in_an_order_in_which_it_can_be_carried_out() -> None:
    """Flats for 2, 4 and 6: whoever sits in the empty one's way moves first, then the next, then the newcomers."""
    households = [household("H012", 3, home="B1-1"), household("H044", 5, home="B2-1"), household("H101", 2)]
    found = moved([*flats("B1", 2), *flats("B2", 4), *flats("B3", 6)], households)
    assert found.values == [10, 2]
    moves = moves_in_order(found.ledger)
    assert [row["household_id"] for row in move_rows(moves)] == ["H044", "H012", "H101"]
    assert chain_sentence(chains_of(moves)[0], "en") == (
        "H044 (5) moves from B2-1 to B3-1; H012 (3) moves from B1-1 to B2-1, where H044 moves out; "
        "H101 (2) moves into B1-1, where H012 moves out."
    )


def test_three_who_wait_for_each_other_move_at_the_same_time() -> None:
    """Flats for 2, 3 and 4 whose tenants are 3, 4 and 2: nobody can go first, and everybody finds a place."""
    households = [household("A", 3, home="B1-1"), household("B", 4, home="B2-1"), household("C", 2, home="B3-1")]
    found = moved([*flats("B1", 2), *flats("B2", 3), *flats("B3", 4)], households)
    moves = moves_in_order(found.ledger)
    assert {(move.chain, move.step) for move in moves} == {(1, 1)}
    said = chain_sentence(chains_of(moves)[0], "de")
    assert said == (
        "A (3), B (4) und C (2) ziehen gleichzeitig um: "
        "A von B1-1 nach B2-1, B von B2-1 nach B3-1, C von B3-1 nach B1-1."
    )


def test_a_newcomer_who_needs_nobody_is_in_no_chain() -> None:
    """Five places are free besides the one who leaves: the newcomer does not need his, and is no move."""
    households = [household("A", 1, home="B1-shared", prefers="S2"), household("B", 2)]
    units = [shared("B1", 6), *flats("B2", 1)]
    spaces, buildings = [space("S1"), space("S2")], [building("B1"), building("B2", "S2")]
    found = plan(world(spaces, buildings, units, households, goals=[{"place": "persons"}, {"prefer": {}}]))
    assert found.homes == {"A": "B2-1", "B": "B1-shared"}
    assert told(moves_in_order(found.ledger)) == [("A", "B1-shared", "B2-1", 1, 1)]


def test_a_newcomer_hangs_together_only_with_those_whose_places_it_takes() -> None:
    """Two couples leave a full shared unit and four singles come: two and two, in chains of their own."""
    couples_ = [household("A", 2, home="B1-shared"), household("B", 2, home="B1-shared")]
    found = moved(
        [shared("B1", 4), *flats("B2", 2), *flats("B3", 2)], [*couples_, *(household(f"N{i}") for i in range(4))]
    )
    assert [(move.household_id, move.chain) for move in moves_in_order(found.ledger)] == [
        ("A", 1), ("N0", 1), ("N1", 1), ("B", 2), ("N2", 2), ("N3", 2),
    ]  # fmt: skip


def test_where_too_many_live_today_enough_must_leave_before_anybody_comes() -> None:
    """Six live where four may: a couple can only come when both the three and the one have left."""
    units = [shared("B1", 4), *flats("B2", 3), *flats("B3", 1)]
    people = [household("A", 2, home="B1-shared"), household("B", 3, home="B1-shared"),
              household("C", 1, home="B1-shared"), household("N", 2)]  # fmt: skip
    city = world([space("S1")], [building(f"B{i}") for i in (1, 2, 3)], units, people)
    plan_ = {"A": "B1-shared", "B": "B2-1", "C": "B3-1", "N": "B1-shared"}
    (chain,) = chains_of(moves_in_order(Ledger(as_city(city), as_households(city), plan_)))
    assert [[move.household_id for move in step] for step in chain] == [["B"], ["C"], ["N"]]
    assert chain_sentence(chain, "en").endswith("N (2) moves into B1-shared, where B and C move out.")


def test_newcomers_of_one_unit_are_told_together() -> None:
    """Nine singles move into what a family of nine leaves; seven are named, the data holds all."""
    households = [household("H", 9, home="B1-shared"), *(household(f"N{i}") for i in range(9))]
    found = moved([shared("B1", 9), *flats("B2", 9)], households)
    moves = moves_in_order(found.ledger)
    assert len(moves) == 10
    said = chain_sentence(chains_of(moves)[0], "en")
    assert said.startswith("H (9) moves from B1-shared to B2-1; N0 (1), N1 (1), ")
    assert said.endswith("N6 (1) and 2 more move into B1-shared, where H moves out.")


def test_one_who_moves_into_an_empty_flat_is_a_chain_of_one() -> None:
    """H1 leaves the shared U4 for an empty flat: one move alone in the town made by hand."""
    assert told(moves_in_order(hand_made_ledger())) == [("H1", "U4", "U6", 1, 1)]


@pytest.mark.parametrize("seed", drawn(range(40), 6))
def test_every_order_of_steps_can_be_carried_out(seed: int) -> None:
    """Of random plans every household that changes its unit moves once, and after each step everybody has room."""
    draw = random.Random(seed)
    units = [*(shared(f"B{i}", draw.randint(4, 8)) for i in (1, 2)), *flats("B3", 4, 4, 4, 4)]
    full = {unit["unit_id"]: unit["capacity"] for unit in units}

    def filled(persons: dict[str, int]) -> dict[str, str]:
        left, homes = dict(full), {}
        for name in draw.sample(sorted(persons), len(persons)):
            fits = [unit for unit in left if left[unit] >= persons[name]]
            homes[name] = draw.choice(fits) if fits else ""
            if homes[name]:
                left[homes[name]] = left[homes[name]] - persons[name] if "shared" in homes[name] else 0
        return homes

    persons = {f"H{i}": draw.randint(1, 4) for i in range(8)}
    today = filled({name: persons[name] for name in list(persons)[:5]})
    settled = {name for name, home in today.items() if home}
    after = next(homes for homes in iter(lambda: filled(persons), None) if all(homes[name] for name in settled))
    city = world([space("S1")], [building(f"B{i}") for i in (1, 2, 3)], units,
                 [household(name, n, home=today.get(name, "")) for name, n in persons.items()])  # fmt: skip
    rows = moves_in_order(Ledger(as_city(city), as_households(city), after))
    assert sorted(row.household_id for row in rows if row.home) == [n for n in sorted(settled) if after[n] != today[n]]
    # Who needs what nobody leaves may come before all others.
    newcomers = persons.keys() - settled - {row.household_id for row in rows}
    where = {name: today[name] for name in settled} | {name: after[name] for name in newcomers if after[name]}
    for chain in chains_of(rows):
        for step in chain:
            where |= {move.household_id: move.unit for move in step}
            for unit in {move.unit for move in step}:
                living = [name for name, at in where.items() if at == unit]
                assert sum(persons[name] for name in living) <= full[unit]
                assert "shared" in unit or len(living) == 1


SWAP = """
    title: A swap
    city: tiny
    households: tiny/households.csv
    goals:
      - place: persons
      - stay
    solve: {gap: 0, seconds: 60}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the swap from files: 001 and 002 swap U5 and U6, and 003 moves into the gap."""
    from allocator.runs import write_run
    from allocator.runs.planning import make_plan
    from allocator.scenario import load_scenario

    folder = tmp_path_factory.mktemp("swap")

    def units(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["unit_id"].isin(["U5", "U6"])].assign(capacity=[11, 4])

    def households(frame: pd.DataFrame) -> pd.DataFrame:
        changed = {"persons": [4, 2, 3], "unit_id": ["U5", "U6", ""], "accessible": "false", "max_rent": "",
                   "pinned": "false", "near": ""}  # fmt: skip
        return frame.head(3).assign(**changed)

    scenario = project(folder, SWAP, units=units, households=households)
    write_run(make_plan(load_scenario(scenario)), folder / "run")
    return folder / "run"


def test_the_result_lists_the_moves(run: Path) -> None:
    """`moves` of result.json tells the swap and the newcomer, and fits its schema."""
    result = result_of(run)
    assert result["moves"] == [
        {"household_id": "001", "persons": 4, "from": "U5", "to": "U6", "chain": 1, "step": 1},
        {"household_id": "002", "persons": 2, "from": "U6", "to": "U5", "chain": 1, "step": 1},
        {"household_id": "003", "persons": 3, "from": "", "to": "U5", "chain": 1, "step": 2},
    ]
    schema = json.dumps(Result.model_json_schema())
    assert '"from"' in schema
    assert '"to"' in schema


def test_the_report_explains_the_swap(run: Path) -> None:
    """The section on moves says who swaps and who moves into the gap."""
    text = re.sub(r"<[^>]+>", "", (run / "report.html").read_text(encoding="utf-8"))
    assert "Households that move from one unit to another: 2; of these in a chain" in text
    assert "001 (4) and 002 (2) swap: 001 from U5 to U6, 002 from U6 to U5; 003 (3) moves into U5" in text


def test_moves_that_are_not_those_of_the_allocation_are_found(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`allocator verify` counts the moves again."""
    assert call(capsys, "verify", run).status == 0
    kept = (run / "result.json").read_bytes()
    try:
        change_result(run, lambda result: result["moves"][0].update({"to": "U5"}))
        answer = call(capsys, "verify", run)
        assert answer.status == 1
        assert "moves.0.to" in answer.err + answer.out
        change_result(run, lambda result: result.update(moves=[]))
        assert call(capsys, "verify", run).status == 1
    finally:
        (run / "result.json").write_bytes(kept)
