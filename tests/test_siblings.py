"""Children and the seats of schools, the whole way: from files through the plan to allocation.csv and back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tiny_runs import Answer, allocation_of, call, change_allocation, project, result_of
from worlds import EAST, NORTH

SEATS = """
    title: A seat for every child
    city: tiny
    households: tiny/households.csv
    rules:
      school-seats: {rule: seats, kind: school, within: 600}
    goals:
      - place: persons
      - rent
    solve: {gap: 0, seconds: 60}
"""
"""002 (four persons, two of them at school) fits U2 in B1 alone: it needs a lift and may pay 800 EUR."""

LEFT_OUT = (
    "free homes that fit: 1, but each is closed by at least one of these rules: "
    "'Every child has a seat of its own at a school at most 600 m from home' (school-seats) (no free seat for its children within reach)"
)


def schools(*seats: int, distance: float = 100.0) -> pd.DataFrame:
    """Schools with so many seats each, so many metres apart, the first of them at that distance from B1."""
    return pd.DataFrame(
        {
            "facility_id": [f"F{number}" for number, _ in enumerate(seats)],
            "kind": "school",
            "seats": seats,
            "x": [EAST + 250 - distance * (number + 1) for number, _ in enumerate(seats)],
            "y": NORTH + 500,
        }
    )


def solved(folder: Path, capsys: pytest.CaptureFixture[str], facilities: pd.DataFrame) -> tuple[Path, Answer]:
    """The run of the tiny city with these schools, where 002 alone has children, and what `verify` says of it."""
    alone = {"002": {"children_kita": 0, "children_school": 2}, "004": {"children_school": 0}}
    path = project(folder, SEATS, facilities=facilities, households=alone)
    assert call(capsys, "run", path, "--out", folder / "run").status == 0
    return folder / "run", call(capsys, "verify", folder / "run")


@pytest.mark.usefixtures("undrawn")
def test_siblings_attend_two_schools_where_one_has_a_single_free_seat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One seat at each of two schools: the family of two children moves in, and no child is without a seat."""
    run, verified = solved(tmp_path, capsys, schools(1, 1))
    assert allocation_of(run).loc["002", "unit_id"] == "U2"
    (rule,) = result_of(run)["rules"]
    assert (rule["hard"], rule["breaches"], rule["excess"]) == (True, 0, 0)
    assert result_of(run)["unplaced"]["households"] == 0
    assert verified.status == 0


@pytest.mark.parametrize("facilities", [schools(1), schools(1, 0), schools(9, distance=601.0)],
                         ids=["one seat", "a full school", "out of reach"])  # fmt: skip
@pytest.mark.usefixtures("undrawn")
def test_a_family_without_seats_in_reach_is_left_out_and_told_so(
    facilities: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One seat for two children, or a school beyond 600 m: allocation.csv says why 002 has no place, and it is true.

    Who puts the family into U2 by hand is told by `verify` how many children have no seat.
    """
    run, verified = solved(tmp_path, capsys, facilities)
    row = allocation_of(run).loc["002"]
    assert (row["unit_id"], row["reason"]) == ("", LEFT_OUT)
    assert result_of(run)["unplaced"] == {"households": 1, "persons": 4}
    assert verified.status == 0
    change_allocation(run, _moved_by_hand)
    answer = call(capsys, "verify", run)
    without = 2 if facilities["seats"].iloc[0] == 9 else 1
    assert answer.status == 1
    assert f"hard rule school-seats is broken at city: {without} after, allowed 0" in answer.err + answer.out


def _moved_by_hand(frame: pd.DataFrame) -> None:
    frame.loc["002", ["unit_id", "building_id", "site_id", "space_id", "district_id", "reason"]] = [
        "U2",
        "B1",
        "B1",
        "01",
        "D1",
        "",
    ]
