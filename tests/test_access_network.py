"""The walking network: which lines meet, what is cut off, and ways that equal those of networkx."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_streets import WalkingOracle
from shapely import LineString, MultiLineString

from allocator.access import routes
from allocator.access.network import Network, make_network
from allocator.access.paths import ways_to
from allocator.access.snapping import snap


def network_of(*lines: list[tuple[float, float]], crossings: bool = False) -> Network:
    """The network of lines given by their corners."""
    return make_network(np.array([LineString(line) for line in lines], dtype=object), crossings)


def metres(network: Network, *places: tuple[float, float]) -> np.ndarray:
    """Metres between all places."""
    spots = snap(network, np.array(places))
    return routes.metres_between(network, spots, spots)


def test_lines_meet_where_they_share_a_vertex() -> None:
    """A line passes through a vertex of another: both are cut there, and the corner on the way is no junction."""
    network = network_of([(0, 0), (100, 0), (200, 0)], [(100, -50), (100, 0), (130, 40)])
    assert len(network.nodes) == 5
    assert sorted(network.length) == pytest.approx([50, 50, 100, 100])
    assert metres(network, (0, 0), (130, 40))[0, 1] == pytest.approx(150)


def test_lines_that_only_cross_do_not_meet_unless_that_is_asked_for() -> None:
    """A footbridge over a road is no junction; with `crossings` it is one."""
    road, bridge, ramp = [(0, 0), (200, 0)], [(100, -50), (100, 50)], [(100, 50), (300, 50), (200, 0)]
    apart, joined = network_of(road, bridge, ramp), network_of(road, bridge, ramp, crossings=True)
    assert (apart.crossings, joined.crossings) == (1, 0)
    assert metres(apart, (0, 0), (100, -50))[0, 1] == pytest.approx(200 + 50 * 5**0.5 + 200 + 100)
    assert metres(joined, (0, 0), (100, -50))[0, 1] == pytest.approx(150)


@pytest.mark.parametrize("end", [0.0, 0.4, -0.4])
def test_a_street_may_miss_or_overshoot_the_one_on_which_it_ends(end: float) -> None:
    """A side street that ends on a road, 40 cm before or behind it, is joined to it."""
    network = network_of([(0, 0), (200, 0)], [(100, 80), (100, end)])
    assert network.cut_off_pieces == 0
    assert metres(network, (0, 0), (100, 80))[0, 1] == pytest.approx(180, abs=0.5)


def test_a_street_that_ends_a_metre_from_another_does_not_meet_it() -> None:
    """What is not connected is cut off, and said: metres and pieces."""
    network = network_of([(0, 0), (200, 0)], [(100, 80), (100, 1)], [(500, 0), (500, 30)])
    assert (network.cut_off_pieces, network.cut_off_metres) == (2, pytest.approx(109))
    assert network.length.sum() == pytest.approx(200)


def test_ends_that_nearly_meet_are_one_junction() -> None:
    """Three streets end within 30 cm of each other."""
    network = network_of([(0, 0), (100, 0)], [(100.3, 0), (200, 0)], [(100, 0.2), (100, 90)])
    assert len(network.nodes) == 4
    assert network.cut_off_pieces == 0


def test_dirty_layers_are_cleaned() -> None:
    """Duplicates, reversed and overlapping lines, multiple lines, heights, points without length, and None."""
    lines = [
        LineString([(0, 0), (100, 0)]), LineString([(100, 0), (0, 0)]), LineString([(0, 0, 5), (100, 0, 7)]), None,
        LineString([(20, 0), (60, 0)]), MultiLineString([[(100, 0), (100, 50)], [(0, 0), (0, 50)]]), LineString(),
        LineString([(7, 7), (7, 7)]),
    ]  # fmt: skip
    network = make_network(np.array(lines, dtype=object))
    assert network.length.sum() == pytest.approx(200)
    assert network.cut_off_pieces == 0
    assert metres(network, (100, 50), (0, 50))[0, 1] == pytest.approx(200)


def test_a_street_that_leads_back_to_its_beginning_is_walked_the_short_way_round() -> None:
    """A loop of 400 m at the end of a road: from its far corners the shorter side leads out."""
    network = network_of([(0, 0), (100, 0), (200, 0), (200, 100), (100, 100), (100, 0)])
    found = metres(network, (0, 0), (200, 50), (100, 90), (150, 0))
    assert found[0] == pytest.approx([0, 250, 190, 150])
    assert found[1, 2] == pytest.approx(160)
    assert found[2, 3] == pytest.approx(140), "through the junction, not along the loop"


def test_a_ring_without_junctions_is_a_network() -> None:
    """Two places on a ring of 400 m are at most 200 m apart."""
    network = network_of([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    assert metres(network, (10, 0), (0, 20))[0, 1] == pytest.approx(30)
    assert metres(network, (50, 0), (50, 100))[0, 1] == pytest.approx(200)


def test_two_streets_between_the_same_junctions_are_both_kept() -> None:
    """A place on the longer of two parallel streets stands on that one."""
    network = network_of(
        [(0, 0), (100, 0)], [(0, 0), (0, 50), (100, 50), (100, 0)], [(0, 0), (-10, 0)], [(100, 0), (110, 0)]
    )
    assert metres(network, (-10, 0), (110, 0), (50, 50))[:, 2] == pytest.approx([110, 110, 0])
    assert metres(network, (-10, 0), (110, 0))[0, 1] == pytest.approx(120)


def test_places_at_one_street_walk_along_it() -> None:
    """Neither of two houses on a long road goes to its end; each way holds both ways to the road."""
    network = network_of([(0, 0), (1000, 0)], [(1000, 0), (1000, 5)], [(1000, 0), (1005, 0)])
    assert metres(network, (400, 12), (430, -8))[0, 1] == pytest.approx(30 + 12 + 8)


def test_no_streets_are_an_empty_network() -> None:
    """Without any line there is nothing to walk on, and nothing fails."""
    assert len(make_network(np.array([], dtype=object)).ends) == 0
    assert len(make_network(np.array([None, LineString()], dtype=object), crossings=True).ends) == 0


def test_whatever_is_beyond_the_limit_is_infinite() -> None:
    """Unreachable within the limit is unreachable, never zero."""
    network = network_of([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)])
    spots = snap(network, np.array([(0, 0), (100, 100), (200, 0)]))
    found = routes.metres_between(network, spots, spots, limit=150)
    assert np.isinf(found[~np.eye(3, dtype=bool)]).all()
    source, target, far = routes.pairs_within(network, spots, spots, 150)
    assert source.tolist() == target.tolist() == [0, 1, 2]
    assert far.tolist() == [0, 0, 0]
    assert np.isinf(routes.metres_to_nearest(network, spots[:0], spots)).all()


def lattice(draw: random.Random) -> list[list[tuple[float, float]]]:
    """Random streets between the points of a lattice of 20 m, some with several corners, some twice."""
    # moved by some millimetres of their own, so that no two pieces are equally long
    moved = {(a, b): (draw.randrange(5000) / 1000, draw.randrange(5000) / 1000) for a in range(5) for b in range(5)}
    lines = []
    for _ in range(draw.randint(1, 12)):
        x, y = draw.randrange(5), draw.randrange(5)
        line = [(x, y)]
        for _ in range(draw.randint(1, 4)):
            dx, dy = draw.choice([(0, 1), (1, 0), (0, -1), (-1, 0)])
            x, y = min(4, max(0, x + dx)), min(4, max(0, y + dy))
            line.append((x, y))
        corners = [(20 * a + moved[a, b][0], 20 * b + moved[a, b][1]) for a, b in line]
        lines += [corners] * draw.choice([1, 1, 1, 2])
    return lines


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_ways_equal_those_of_networkx(seed: int) -> None:
    """On random streets every way, nearest place and pair within a limit is that of networkx.

    Ways are symmetric and keep the triangle inequality, and nothing depends on the order or the direction of lines.
    """
    draw = random.Random(seed)
    lines = lattice(draw)
    oracle = WalkingOracle(lines)
    if not oracle.graph.size():
        return
    network = network_of(*lines)
    assert network.length.sum() == pytest.approx(oracle.graph.size("weight"))
    assert network.cut_off_metres == pytest.approx(oracle.cut_off)
    places = [(draw.uniform(-20, 110), draw.uniform(-20, 110)) for _ in range(6)]
    spots = snap(network, np.array(places))
    found = routes.metres_between(network, spots, spots)
    np.fill_diagonal(found, 0.0)
    assert spots.aside == pytest.approx([oracle.place(place)[0] for place in places])
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            if i != j:
                assert found[i, j] == pytest.approx(oracle.metres(one, other), abs=1e-6)
                assert found[i, j] >= np.hypot(one[0] - other[0], one[1] - other[1]) - 1e-6
    assert found == pytest.approx(found.T)
    ways = ways_to(network, spots[[0]], np.array(places[0]), spots[1:], np.array(places[1:]), found[0].max() + 1)
    assert [LineString(way).length for way in ways] == pytest.approx(found[0, 1:].tolist(), abs=1e-6)
    assert [(tuple(way[0]), tuple(way[-1])) for way in ways] == [(place, places[0]) for place in places[1:]]
    assert (found[:, None, :] <= found[:, :, None] + found[None, :, :] + 1e-6).all()
    nearest = routes.metres_to_nearest(network, spots[:2], spots[2:])
    assert nearest == pytest.approx(found[:2, 2:].min(axis=0), abs=1e-6)
    source, target, far = routes.pairs_within(network, spots[:2], spots[2:], 60.0)
    assert set(zip(source.tolist(), target.tolist(), strict=True)) == set(
        zip(*np.nonzero(found[:2, 2:] <= 60.0), strict=True)
    )
    assert far == pytest.approx(found[:2, 2:][source, target])
    other_way = [line[::-1] for line in draw.sample(lines, len(lines))]
    again = network_of(*other_way)
    spots = snap(again, np.array(places))
    assert routes.metres_between(again, spots[:3], spots[3:]) == pytest.approx(found[:3, 3:], abs=1e-6)


def test_groups_of_sources_are_put_together_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources taken one by one give the same ways as all at once."""
    network = network_of([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 100)])
    spots = snap(network, shapely.get_coordinates([shapely.Point(x, 7) for x in range(0, 200, 20)]))
    whole = routes.metres_between(network, spots, spots)
    monkeypatch.setattr(routes, "ENTRIES", 1)
    assert (routes.metres_between(network, spots, spots) == whole).all()
