"""Gomory's cuts: every whole plan keeps them, corners do not, and columns that were not looked at have their part in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import highspy
import numpy as np
import pytest
from array_road import solve_arrays
from drawn import drawn
from scipy import sparse
from test_solve_knapsacks import model, whole_points
from tightest import tightest

from allocator.model.linear import LinearModel, Objective
from allocator.scenario.solving import SolveOptions
from allocator.solve import gomory, sifting
from allocator.solve.arrays import pass_arrays
from allocator.solve.gomory import Corner, steady_rows
from allocator.solve.sifting import Memory, sifted

SEEDS = drawn(range(700, 760), 12)
EXACT = SolveOptions(gap=0)


def drawn_model(seed: int, whole: list[bool] | None = None) -> tuple[LinearModel, np.ndarray]:
    """Five columns up to 2 or 3, rows of all senses whose coefficients are whole or not, and costs to minimise."""
    draw = np.random.default_rng(seed)
    rows = draw.integers(-2, 6, (4, 5)) * draw.choice([1.0, 1.0, 0.35], (4, 1))
    point = draw.integers(0, 3, 5) if whole is None else draw.random(5) * 2
    reached = rows @ point
    room = draw.choice([0.0, 1.0, 2.5], 4)
    low = np.where(draw.random(4) < 0.6, -np.inf, reached - draw.choice([0.0, 1.0], 4))
    upper = draw.integers(2, 4, 5).astype(float).tolist()
    return model(rows.tolist(), (reached + room).tolist(), low.tolist(), whole, upper), draw.normal(size=5)


def corner_of(linear: LinearModel, cost: np.ndarray, columns: np.ndarray) -> tuple[highspy.Highs, Corner] | None:
    """The relaxation over some of the columns (positions), solved, and its corner; None where it has no plan."""
    highs = highspy.Highs()
    pass_arrays(highs, linear, cost, columns)
    highs.setOptionValue("presolve", "off")
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    plan = np.zeros(linear.shape[1])
    plan[columns] = np.asarray(highs.getSolution().col_value)
    steady = steady_rows(linear.matrix, linear.integer, linear.upper > 0)
    return highs, Corner(sparse.csc_matrix(linear.matrix), linear.low, linear.high, linear.lower, linear.upper, linear.integer, steady,
                         columns, plan)  # fmt: skip


def with_plans(seeds: range) -> Iterator[tuple[LinearModel, Objective, float, np.ndarray]]:
    """Of the drawn models those that have a plan: model, what is minimised, its best value and a plan [n_columns] that has it."""
    for seed in seeds:
        linear, cost = drawn_model(seed)
        objective = Objective("cost", "min", cost)
        status, best, x = solve_arrays(linear, objective)
        if status == highspy.HighsModelStatus.kOptimal:
            yield linear, objective, best, x


@pytest.mark.parametrize("columns", [[0, 1, 2, 3, 4], [0, 1, 3]], ids=["all", "some"])
def test_whole_plans_keep_what_corners_break(columns: list[int]) -> None:
    """Of hundreds of models, with all columns or some of them solved: no whole plan breaks a row, and each corner does."""
    found = 0
    for seed in range(700, 1000):
        linear, cost = drawn_model(seed)
        solved = corner_of(linear, cost, np.array(columns))
        cuts = None if solved is None else solved[1].cuts(solved[0])
        if cuts is None:
            continue
        found += 1
        rows, limits = cuts
        points = whole_points(linear)
        assert (points @ rows.toarray().T <= limits + 1e-9).all(), seed
        assert (rows @ solved[1].plan > limits + gomory.BROKEN / 2).all(), seed
    assert found > 60


@pytest.mark.parametrize("steepest", [1e7, 3.0])
def test_columns_that_need_not_be_whole_keep_all_their_plans(steepest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two of five columns may be fractions, the worst plan with the others whole keeps every row, eased or not."""
    monkeypatch.setattr(gomory, "STEEPEST", steepest)
    found = 0
    whole = [True, True, True, False, False]
    for seed in range(1000, 1150):
        linear, cost = drawn_model(seed, whole)
        solved = corner_of(linear, cost, np.arange(5))
        cuts = None if solved is None else solved[1].cuts(solved[0])
        for row, limit in [] if cuts is None else zip(cuts[0].toarray(), cuts[1], strict=True):
            status, most, _ = solve_arrays(linear, Objective("most", "max", row))
            if status == highspy.HighsModelStatus.kOptimal:
                found += 1
                assert most <= limit + 1e-6 * np.abs(row).max(), seed  # the solver keeps rows to about a millionth
    assert found > 30


def test_a_row_between_whole_numbers_is_closed() -> None:
    """Twice the columns add up to at most three: the corner takes 1.5 of them, the cut says at most one."""
    linear = model([[2.0, 2.0, 2.0]], [3.0], upper=1.0)
    solved = corner_of(linear, np.array([-3.0, -1.0, -2.0]), np.array([0, 1]))
    assert solved is not None
    rows, limits = solved[1].cuts(solved[0]) or (None, None)
    assert rows is not None
    points = whole_points(linear)
    assert (points @ rows.toarray().T <= limits + 1e-9).all()
    # The third column was not looked at, and yet one of it is as much as one of the others.
    assert rows.toarray()[0][2] == pytest.approx(rows.toarray()[0][1])


def test_whole_corners_have_no_cuts() -> None:
    """A corner in whole numbers is left as it is."""
    solved = corner_of(model([[1.0, 1.0]], [3.0], upper=2.0), np.array([-2.0, -1.0]), np.arange(2))
    assert solved is not None
    assert solved[1].cuts(solved[0]) is None


def test_rows_of_whole_numbers_have_whole_values() -> None:
    """A row with a fraction as coefficient, or with a column of fractions, has none; closed columns do not matter."""
    matrix = sparse.csr_matrix(np.array([[1.0, 2.0, 0.0], [1.0, 0.5, 0.0], [1.0, 0.0, 1.0], [0.0, 3.0, 0.0]]))
    whole = np.array([True, True, False])
    assert steady_rows(matrix, whole, np.ones(3, dtype=bool)).tolist() == [True, False, False, True]
    assert steady_rows(matrix, whole, np.array([True, False, False])).tolist() == [True] * 4


@pytest.mark.parametrize("large", [0, 1000], ids=["several times", "once"])
@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_with_cuts_are_bounds(seed: int, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound lies between that of the relaxation and the best plan in whole numbers, however often it is solved."""
    linear, cost = drawn_model(seed)
    objective = Objective("cost", "min", cost)
    status, best, x = solve_arrays(linear, objective)
    if status != highspy.HighsModelStatus.kOptimal:
        return
    monkeypatch.setattr(sifting, "LARGE", large)
    with_cuts = tightest(linear, objective, EXACT, 10, x > 0.5, Memory(more=True))
    plain = sifted(linear, objective, EXACT, 10, x > 0.5)
    assert with_cuts is not None
    assert plain is not None
    assert with_cuts.bound <= best + 1e-6
    assert with_cuts.bound >= cost @ plain[1] - 1e-6
    assert (with_cuts.bound + np.minimum(with_cuts.reduced[x > 0.5], 0).sum() <= best + 1e-6).all()


def test_cuts_close_most_of_the_gap_of_the_drawn_models() -> None:
    """Over many models with a gap between relaxation and best plan, cuts close more than half of it, all together."""
    gap = left = 0.0
    for linear, objective, best, x in with_plans(range(700, 800)):
        found, plain = (ask(linear, objective, EXACT, 10, x > 0.5) for ask in (tightest, sifted))
        gap += best - float(objective.cost @ plain[1])
        left += best - found.bound
    assert gap > 1
    assert left < 0.5 * gap


def test_no_cut_from_a_solver_without_a_corner() -> None:
    """A solver that was not run has no basis, and so no cuts."""
    linear, cost = drawn_model(700)
    solved = corner_of(linear, cost, np.arange(5))
    assert solved is not None
    assert solved[1].cuts(highspy.Highs()) is None


def test_multipliers_that_are_not_exact_make_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where coefficients would be the sums of large numbers, or too different from each other, there is no row."""
    linear, cost = next(
        (linear, cost) for linear, cost in map(drawn_model, range(700, 800))
        if (solved := corner_of(linear, cost, np.arange(5))) and solved[1].cuts(solved[0])
    )  # fmt: skip
    solved = corner_of(linear, cost, np.arange(5))
    assert solved is not None
    for name, value in (("LARGEST", 1e-9), ("STEEPEST", 0.5)):
        with monkeypatch.context() as patch:
            patch.setattr(gomory, name, value)
            assert solved[1].cuts(solved[0]) is None
    closed = replace(solved[1], whole=np.zeros(5, dtype=bool))
    assert closed.cuts(solved[0]) is None


def test_long_rows_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there are as many coefficients as fit in memory, no further row is taken; the deepest is taken in any case."""
    several = (corner_of(*drawn_model(seed), np.arange(5)) for seed in range(700, 900))
    solved = next(one for one in several if one and (cuts := one[1].cuts(one[0])) and cuts[1].size > 1)
    all_of_them = solved[1].cuts(solved[0])
    monkeypatch.setattr(gomory, "ENTRIES", 1)
    monkeypatch.setattr(gomory, "AT_ONCE", 1)
    one = solved[1].cuts(solved[0])
    assert one[1].tolist() == all_of_them[1][:1].tolist()


def test_rows_are_made_for_all_columns_only_if_wanted() -> None:
    """Who asks for rows sees them as the solver's columns have them, and gets those chosen over all columns."""
    several = (corner_of(*drawn_model(seed), np.array([0, 1, 3])) for seed in range(700, 900))
    highs, corner = next(one for one in several if one and (cuts := one[1].cuts(one[0])) and cuts[1].size > 1)
    every = corner.cuts(highs)
    assert every is not None
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def last(rows: sparse.csr_matrix, limits: np.ndarray) -> np.ndarray:
        seen.append((rows.toarray(), limits))
        return np.arange(limits.size) == limits.size - 1

    one = corner.cuts(highs, last)
    assert one is not None
    assert np.allclose(seen[0][0], every[0].toarray()[:, corner.columns])
    assert np.allclose(one[0].toarray(), every[0].toarray()[-1:])
    assert corner.cuts(highs, lambda _, limits: np.zeros(limits.size, dtype=bool)) is None


def test_what_is_nearly_nothing_costs_no_row() -> None:
    """A coefficient far smaller than the others is left out and the limit eased by what it could be: still no plan is lost."""
    linear = model([[2.0, 2.0, 2.0, 2e-9], [0.0, 0.0, 0.0, 1.0]], [3.0, 1000.0], upper=1.0)
    linear = replace(linear, upper=np.array([1.0, 1.0, 1.0, 1000.0]), integer=np.array([True, True, True, False]))
    solved = corner_of(linear, np.array([-3.0, -1.0, -2.0, 0.0]), np.array([0, 1, 2, 3]))
    assert solved is not None
    cuts = solved[1].cuts(solved[0])
    assert cuts is not None
    row, limit = cuts[0].toarray()[0], cuts[1][0]
    assert row[3] == 0
    assert (row[:3] > 0.1).all()
    for point in whole_points(model([[2.0, 2.0, 2.0]], [3.0], upper=1.0)):
        assert row[:3] @ point <= limit + 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_of_one_goal_hold_for_the_next(seed: int) -> None:
    """A goal begins with the rows that the one before priced: its bound is still a bound, and no weaker for it."""
    linear, cost = drawn_model(seed)
    status, _, x = solve_arrays(linear, Objective("before", "min", cost))
    if status != highspy.HighsModelStatus.kOptimal:
        return
    memory = Memory()
    tightest(linear, Objective("before", "min", cost), EXACT, 10, x > 0.5, memory)
    after = Objective("after", "min", np.random.default_rng(seed).normal(size=5))
    best = solve_arrays(linear, after)[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Corner, "cuts", lambda *_: None)
        without = tightest(linear, after, EXACT, 10, x > 0.5, Memory())
        carried = tightest(linear, after, EXACT, 10, x > 0.5, Memory(cuts=memory.cuts))
    assert without is not None
    assert carried is not None
    assert without.bound - 1e-6 <= carried.bound <= best + 1e-6


def test_a_goal_begins_with_the_cuts_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many models, cuts that were found for one goal leave less of the gap of the same goal asked again."""
    left = [0.0, 0.0]
    for linear, objective, best, x in with_plans(range(700, 760)):
        memory = Memory()
        tightest(linear, objective, EXACT, 10, x > 0.5, memory)
        with monkeypatch.context() as patch:
            patch.setattr(Corner, "cuts", lambda *_: None)
            for number, cuts in enumerate((None, memory.cuts)):
                found = tightest(linear, objective, EXACT, 10, x > 0.5, Memory(cuts=cuts))
                left[number] += best - found.bound
    assert left[0] > 1
    assert left[1] < 0.6 * left[0]


def test_whole_plans_keep_the_cuts_that_a_goal_leaves() -> None:
    """What is carried to the next goal are rows that no whole plan breaks."""
    more = 0
    for linear, objective, _, x in with_plans(range(700, 740)):
        memory = Memory()
        tightest(linear, objective, EXACT, 10, x > 0.5, memory)
        if memory.cuts is not None:
            more += 1
            rows, limits = memory.cuts
            assert (whole_points(linear) @ rows.toarray().T <= limits + 1e-9).all()
    assert more > 4


def test_only_rows_with_a_price_join(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the rows that a corner breaks, those join that the relaxation prices with all of them; its bound is the same."""
    asked = joined = 0
    cuts = Corner.cuts

    def counted(
        self: Corner, highs: highspy.Highs, wanted: gomory.Wanted, draw: np.random.Generator
    ) -> tuple[sparse.csr_matrix, np.ndarray] | None:
        nonlocal asked, joined
        every, found = cuts(self, highs), cuts(self, highs, wanted, draw)
        asked += 0 if every is None else every[1].size
        joined += 0 if found is None else found[1].size
        return found

    monkeypatch.setattr(Corner, "cuts", counted)
    for linear, objective, best, x in with_plans(range(700, 730)):
        found = tightest(linear, objective, EXACT, 10, x > 0.5)
        assert found.bound <= best + 1e-6
    assert 0 < joined < 0.8 * asked


def test_others_are_asked_where_no_row_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none of the rows that are made at once is wanted others are made, as often as that may be tried."""
    several = (corner_of(*drawn_model(seed), np.arange(5)) for seed in range(700, 900))
    highs, corner = next(one for one in several if one and (cuts := one[1].cuts(one[0])) and cuts[1].size > 2)
    third = corner.cuts(highs)[0].toarray()[2]
    monkeypatch.setattr(gomory, "MOST", 1)

    def wanted(rows: sparse.csr_matrix, _: np.ndarray) -> np.ndarray:
        return np.abs(rows.toarray() - third).sum(axis=1) < 1e-9

    monkeypatch.setattr(gomory, "TRIES", 3)
    assert np.allclose(corner.cuts(highs, wanted)[0].toarray(), third[None, :])
    monkeypatch.setattr(gomory, "TRIES", 2)
    assert corner.cuts(highs, wanted) is None


def test_which_rows_are_asked_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a corner breaks more rows than are taken, the draw decides, the deepest most often; the same draw, the same rows."""
    several = (corner_of(*drawn_model(seed), np.arange(5)) for seed in range(700, 900))
    highs, corner = next(one for one in several if one and (cuts := one[1].cuts(one[0])) and cuts[1].size > 2)
    every = corner.cuts(highs)[0].toarray()
    monkeypatch.setattr(gomory, "MOST", 1)
    taken = []
    for seed in range(60):
        row, again = (corner.cuts(highs, None, np.random.default_rng(seed))[0].toarray() for _ in range(2))
        assert np.array_equal(row, again)
        taken.append(int(np.argmin(np.abs(every - row).sum(axis=1))))
        assert np.allclose(every[taken[-1]], row)
    often = np.bincount(taken, minlength=len(every))
    assert (often > 0).sum() > 1
    assert often[0] == often.max()


def test_prices_that_are_not_found_in_time_bring_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the simplex method does not end, no row joins; that does not mean that there was nothing to cut off."""
    for linear, objective, _, x in with_plans(range(700, 760)):
        memory = Memory()
        tightest(linear, objective, EXACT, 10, x > 0.5, memory)
        if memory.cuts is not None:
            break
    assert memory.cuts is not None
    monkeypatch.setattr(sifting, "PIVOTS", 0)
    found = tightest(linear, objective, EXACT, 10, x > 0.5, memory := Memory())
    assert memory.cuts is None
    assert not found.whole
