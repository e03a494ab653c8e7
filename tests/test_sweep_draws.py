"""Draws of households: reproducible, without second homes, of the sizes that were asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import tiny_city

from allocator.city import read_city, read_households
from allocator.sweep.draws import drawn
from allocator.sweep.parts import Draws


@pytest.fixture
def households(tmp_path: Path) -> pd.DataFrame:
    """The five households of the tiny city: 003 has a home, 004 is linked to 001."""
    folder = tiny_city(tmp_path)
    return read_households(folder / "households.csv", read_city(folder))[0]


def test_who_has_a_home_or_a_link_stays_as_listed(households: pd.DataFrame) -> None:
    """001, 003 and 004 stay; of the newcomers 002 and 005 two are drawn, copies numbered."""
    for number in range(1, 9):
        found = drawn(households, Draws(count=8), number).set_index("household_id")
        assert {"001", "003", "004"} <= set(found.index)
        fresh = [name for name in found.index if name not in ("001", "003", "004")]
        assert len(fresh) == 2
        assert set(fresh) <= {"002.1", "002.2", "005.1", "005.2"}
        assert found.loc["003", "unit_id"] == "U5"
        assert found.loc["004", "near"] == "001"


def test_the_same_seed_draws_the_same_list_and_others_another(households: pd.DataFrame) -> None:
    """A draw depends on its seed and its number, on nothing else."""
    lists = [drawn(households, Draws(count=9, seed=seed), number) for seed in (1, 2) for number in range(1, 10)]
    assert drawn(households, Draws(count=9, seed=1), 1).equals(lists[0])
    assert len({tuple(found["household_id"]) for found in lists}) > 1


def test_a_distribution_is_followed(households: pd.DataFrame) -> None:
    """Sizes, children, access and groups come in the shares that were asked for, within three standard deviations."""
    told = {"count": 4000, "persons": {"1": 1, "4": 3}, "children_kita": 0.2, "children_school": 0.4, "accessible": 0.1,
            "group": {"a": 1, "b": 1}}  # fmt: skip
    found = drawn(households, Draws.model_validate({"count": 1, "households": told}), 1)
    fresh = found[found["household_id"].str.startswith("D")]
    assert len(fresh) == 4000
    assert set(fresh["persons"]) == {1, 4}
    assert abs((fresh["persons"] == 4).mean() - 0.75) < 3 * np.sqrt(0.75 * 0.25 / 4000)
    beyond = (fresh["persons"] - 1).sum()
    assert abs(fresh["children_kita"].sum() / beyond - 0.2) < 3 * np.sqrt(0.16 / beyond)
    assert abs(fresh["children_school"].sum() / beyond - 0.4) < 3 * np.sqrt(0.24 / beyond)
    assert (fresh["children_kita"] + fresh["children_school"] < fresh["persons"]).all()
    assert abs(fresh["accessible"].mean() - 0.1) < 3 * np.sqrt(0.09 / 4000)
    assert set(fresh["group"]) == {"a", "b"}


def test_a_draw_is_read_again_as_it_was_drawn(households: pd.DataFrame, tmp_path: Path) -> None:
    """Written as Parquet and read as any list, a draw has no findings and keeps every value."""
    told = {"count": 2, "households": {"count": 30, "persons": {"1": 2, "3": 1}, "group": {"a": 1}}}
    city = read_city(tmp_path / "tiny")
    for draws in (Draws(count=2), Draws.model_validate(told)):
        found = drawn(households, draws, 2)
        found.to_parquet(tmp_path / "list.parquet", index=False)
        again, findings = read_households(tmp_path / "list.parquet", city)
        assert not [finding for finding in findings if finding.severity == "error"]
        pd.testing.assert_frame_equal(again[found.columns], found, check_dtype=False)
