"""Every plan that is best in its own way: the non-dominated points of two goals, found by epsilon-constraints.

For a bound ε on the first goal the best value of the second is solved, then the best value of the first that goes with
it; no plan is better in one of both and as good in the other. Where the answer is a point that is known already, every
bound between that point and ε is answered as well, and the segment shrinks. Bounds are put where the curve has its
widest gaps, half-way, or evenly where several are put into one; so a few points cover it evenly, and enough of them are
the whole Pareto front.

Source: Haimes, Lasdon and Wismer 1971, "On a bicriterion formulation of the problems of integrated system
identification and system optimization"; exactness for integer programmes: Laumanns, Thiele and Zitzler 2006,
doi:10.1016/j.ejor.2004.08.029.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from allocator.proof import KEPT

__all__ = ["Point", "Traced", "non_dominated", "trace"]

WHOLE = 2.0
"""The step in which bounds are put, in the goal's unit, where a segment is wide enough for it."""

Answer = Callable[[Sequence[tuple[float, "Point"]]], Sequence["Point | None"]]


@dataclass(frozen=True)
class Point:
    """A plan by its values of the two goals, both as something to be small."""

    a: float
    b: float
    plan: Any = None


@dataclass(frozen=True)
class _Segment:
    """Two neighbours; nothing non-dominated has a first value in (left.a, floor]."""

    left: Point
    right: Point
    floor: float
    last: bool = False
    """True if the next bound is the loosest: it tells whether anything is left."""


@dataclass(frozen=True)
class Traced:
    """Points in ascending order of the first goal; `complete` if every non-dominated point is among them."""

    points: tuple[Point, ...]
    complete: bool


def same(one: float, other: float) -> bool:
    """True for values that a later goal may not tell apart."""
    return abs(one - other) <= KEPT * max(1.0, abs(one), abs(other))


def trace(first: Point, last: Point, answer: Answer, points: int, at_once: int = 1) -> Traced:
    """At most so many points between the best plan for the first goal and the best plan for the second.

    `answer` gets pairs (ε, a point that keeps a ≤ ε), at most `at_once` of them, and gives for each the point of least
    b with a ≤ ε, and of least a among those; None where it found none.
    """
    if same(first.a, last.a) or same(first.b, last.b):
        return Traced((first,) if first.b <= last.b or same(first.b, last.b) else (last,), True)
    scale = (last.a - first.a, first.b - last.b)
    found = [first, last]
    open_segments = [_Segment(first, last, first.a)]
    complete = True
    while open_segments and len(found) < points:
        asked = _questions(open_segments, scale, min(at_once, points - len(found)))
        pairs = [(bound, segment.left) for segment, bounds in asked for bound in bounds]
        answers = iter(answer(pairs))
        open_segments = [segment for segment in open_segments if all(segment is not one for one, _ in asked)]
        for segment, bounds in asked:
            told = [(bound, next(answers)) for bound in bounds]
            rest, new = _shrunk(segment, told)
            open_segments.extend(rest)
            found.extend(new)
            complete &= all(point is not None for _, point in told)
    kept = non_dominated(found)
    return Traced(tuple(kept), complete and not open_segments)


def _width(segment: _Segment, scale: tuple[float, float]) -> float:
    """How far the neighbours are apart, where each goal goes from 0 to 1."""
    return math.hypot((segment.right.a - segment.floor) / scale[0], (segment.left.b - segment.right.b) / scale[1])


def _step(value: float) -> float:
    return 2 * KEPT * max(1.0, abs(value))


def _questions(
    segments: Sequence[_Segment], scale: tuple[float, float], number: int
) -> list[tuple[_Segment, list[float]]]:
    """So many bounds, each for the widest part of a segment that there is: the segments with their bounds, ascending.

    A segment whose half was empty gets one.
    """
    shares = [0] * len(segments)
    for _ in range(number):
        free = [at for at, segment in enumerate(segments) if not (segment.last and shares[at])]
        if free:
            at = min(free, key=lambda i: (-_width(segments[i], scale) / (shares[i] + 1), segments[i].left.a))
            shares[at] += 1
    return [(segment, _bounds(segment, share)) for segment, share in zip(segments, shares, strict=True) if share]


def _bounds(segment: _Segment, number: int) -> list[float]:
    """Even parts; where half of a segment was empty, as near to its end as can be told apart."""
    end, width = segment.right.a - _step(segment.right.a), segment.right.a - segment.floor
    if segment.last:
        return [end]
    even = [segment.floor + width * part / (number + 1) for part in range(1, number + 1)]
    bounds = sorted({min(end, _reachable(segment, bound)) for bound in even})
    return bounds if len(bounds) == number else [min(end, bound) for bound in even]


def _reachable(segment: _Segment, bound: float) -> float:
    """A bound near this one that a plan may well reach: an even number of units from the value of the left neighbour.

    Who moves from a place above its share to one below it changes a sum of deviations by two persons. Any bound is
    right; one that lies between the values that plans have makes the solver work for what no plan can bring.
    """
    left = segment.left.a
    near = left + WHOLE * round((bound - left) / WHOLE)
    inside = segment.floor + WHOLE / 2 < near < segment.right.a - WHOLE / 2
    return near + _step(near) / 4 if inside else bound


def _shrunk(segment: _Segment, told: Sequence[tuple[float, Point | None]]) -> tuple[list[_Segment], list[Point]]:
    """What is still open after the answers to ascending bounds, and the points that were not known.

    A bound without an answer is left out; a segment without any is not asked again.
    """
    parts, new, rest = [], [], segment
    for bound, point in told:
        if point is None:
            continue
        if same(point.b, rest.left.b) or point.b > rest.left.b:
            rest = replace(rest, floor=max(rest.floor, bound), last=True)
            continue
        # Where goals are solved to a gap, an answer may be better than a neighbour in both; what is dominated
        # goes at the end.
        new.append(point)
        parts.append(_Segment(rest.left, point, rest.floor))
        rest = _Segment(point, rest.right, max(bound, point.a))
    answered = any(point is not None for _, point in told)
    return _still_open([*parts, rest] if answered else []), new


def _still_open(segments: Sequence[_Segment]) -> list[_Segment]:
    """The segments in which there may be another point."""
    return [
        segment
        for segment in segments
        if segment.right.a - segment.floor > 1.5 * _step(segment.right.a)
        and segment.left.b > segment.right.b
        and not same(segment.left.b, segment.right.b)
    ]


def non_dominated(points: Sequence[Point]) -> list[Point]:
    """The points that none of the others is as good as in both goals and better in one, ascending in the first.

    Of those that are the same, the first is kept.
    """
    kept: list[Point] = []
    for point in sorted(points, key=lambda one: (one.a, one.b)):
        if kept and (point.b >= kept[-1].b or same(point.b, kept[-1].b)):
            continue
        if kept and same(point.a, kept[-1].a):
            kept.pop()
        kept.append(point)
    return kept
