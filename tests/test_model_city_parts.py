"""The parts of which the model city is made: shares that add up, draws, lines, rents, names."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from allocator.city.model_city.areas import make_ground, rough_line
from allocator.city.model_city.buildings import pick_weighted, share_dwellings
from allocator.city.model_city.chance import apportion, draw_by_shares, random_stream
from allocator.city.model_city.facilities import free_seats
from allocator.city.model_city.names import space_names, street_names
from allocator.city.model_city.rents import highest_rents, monthly_rents
from allocator.city.model_city.size import ModelCitySize
from allocator.city.model_city.society import status_classes


def test_apportion_by_hand():
    """Ten seats for 6 : 3 : 1.5 are 6, 3 and 1 by largest remainders; a minimum is kept; too little is refused."""
    assert apportion(10, [6, 3, 1.5]).tolist() == [6, 3, 1]
    assert apportion(5, [0, 0]).tolist() == [3, 2]
    assert apportion(5, [100, 0, 0], at_least=1).tolist() == [3, 1, 1]
    with pytest.raises(ValueError, match="cannot be shared"):
        apportion(2, [1, 1, 1], at_least=1)


@given(st.integers(0, 10_000), st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_apportion_adds_up(total, weights):
    """Shares add up to the total and none is more than one away from its exact value."""
    shares = apportion(total, weights)
    assert shares.sum() == total
    if sum(weights) > 1e-3:
        exact = total * np.array(weights) / sum(weights)
        assert (np.abs(shares - exact) <= 1 + 1e-6).all()


def test_draws_by_shares_do_not_scatter():
    """Twenty draws by halves and quarters are ten, five and five, in random order."""
    drawn = draw_by_shares(random_stream(1, "test"), 20, (0.5, 0.25, 0.25))
    assert np.bincount(drawn).tolist() == [10, 5, 5]
    assert drawn.tolist() != sorted(drawn.tolist())


def test_pick_weighted_takes_the_wanted_number():
    """Each group gives as many rows as wanted, none twice, and rows without weight come last."""
    group = np.array([0, 0, 0, 1, 1])
    picked = pick_weighted(random_stream(1, "test"), group, np.array([1, 0, 1, 1, 0.0]), np.array([2, 1]))
    assert sorted(picked.tolist()) == [0, 2, 3]


def test_dwellings_are_shared_exactly():
    """Ten dwellings of a space go to its three buildings, one at least; a space short of dwellings gives one each."""
    shared = share_dwellings(random_stream(1, "test"), np.array([0, 1, 0, 1, 0]), np.array([10, 1]))
    assert shared[[0, 2, 4]].sum() == 10
    assert shared.min() == 1
    assert shared[[1, 3]].tolist() == [1, 1]


def test_rough_lines_keep_their_ends():
    """A roughened line keeps its ends and has no piece longer than asked; without roughness it stays straight."""
    ends = np.array([[0.0, 0.0], [1000.0, 0.0]])
    rough = rough_line(random_stream(1, "test"), ends, 0.1, 80.0)
    straight = rough_line(random_stream(1, "test"), ends, 0.0, 80.0)
    assert rough[[0, -1]].tolist() == ends.tolist()
    assert np.hypot(*np.diff(rough, axis=0).T).max() <= 80
    assert np.abs(rough[:, 1]).max() > 1
    assert (straight[:, 1] == 0).all()


def test_many_social_spaces_may_enclose_land_outside():
    """A city of 978 social spaces, of which some enclose land that is in none, has one polygon for each, without overlaps."""
    ground = make_ground(random_stream(1, "ground"), replace(ModelCitySize.scaled(3_700_000), spaces=978))
    city = shapely.union_all(ground.polygons)
    holes = [shapely.Polygon(ring).area for part in shapely.get_parts(city) for ring in part.interiors]
    assert len(ground.polygons) == len(ground.centres) == 978
    assert shapely.area(ground.polygons).sum() == pytest.approx(city.area)
    assert len(holes) == 1
    assert holes[0] > 100_000


def test_highest_rents_by_hand():
    """At 10 EUR/m², one person is paid 50 m², two 65 m², nine 170 m²; odd sums are rounded up to 5 EUR."""
    assert highest_rents([1, 2, 9], 10.0).tolist() == [500, 650, 1700]
    assert highest_rents([1], 10.01).tolist() == [505]


def test_rents_follow_status_place_and_funding():
    """Rents fall with status, rise towards the centre, and a subsidised flat never costs more than a free one."""
    many = 400

    def mean(status=3, central=0.0, funding="free"):
        flats = pd.DataFrame({"floor_area": 60, "status_index": status, "centrality": central, "funding": funding},
                             index=range(many))  # fmt: skip
        return monthly_rents(random_stream(1, "test"), flats, 10.0)

    assert mean().mean() == pytest.approx(600, rel=0.01)
    assert (mean(status=5) < mean(status=1)).all()
    assert (mean(central=1.0) > mean()).all()
    assert (mean(funding="subsidised") <= mean()).all()


def test_status_classes_by_hand():
    """Ten places make five classes of two, the worst off in class 5."""
    assert status_classes(np.arange(10.0)[::-1]).tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_free_seats_are_for_schools_and_kitas_alone():
    """Seats are whole numbers at schools and Kitas, and unlimited elsewhere."""
    kinds = pd.Series(["school"] * 4 + ["kita"] * 4 + ["stop"])
    seats = free_seats(random_stream(1, "test"), kinds, 100)
    assert seats[:4].sum() == 56
    assert seats[4:8].sum() == 19
    assert seats.isna().tolist() == [False] * 8 + [True]


def test_names_do_not_repeat():
    """However many are asked for, no two social spaces and no two streets have the same name."""
    rng = random_stream(1, "test")
    assert len(set(space_names(rng, 1200, 5))) == 1200
    assert len(set(street_names(rng, 9000))) == 9000
