"""Every plan that is best in its own way: the non-dominated points of two goals, found by epsilon-constraints.

For a bound ε on the first goal the best value of the second is solved, then the best value of the first that goes with
it; no plan is better in one of both and as good in the other. Where the answer is a point that is known already, every
bound between that point and ε is answered as well, and the segment shrinks. Bounds are put where the curve has its
widest gap, half-way; so a few points cover it evenly, and enough of them are the whole Pareto front.

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
        open_segments.sort(key=lambda segment: (-_width(segment, scale), segment.left.a))
        number = min(at_once, points - len(found), len(open_segments))
        asked, open_segments = open_segments[:number], open_segments[number:]
        bounds = [_bound(segment) for segment in asked]
        answers = answer([(bound, segment.left) for bound, segment in zip(bounds, asked, strict=True)])
        for segment, bound, point in zip(asked, bounds, answers, strict=True):
            if point is None:
                complete = False
                continue
            new, known = _split(segment, bound, point)
            open_segments.extend(new)
            if not known:
                found.append(point)
    kept = non_dominated(found)
    return Traced(tuple(kept), complete and not open_segments)


def _width(segment: _Segment, scale: tuple[float, float]) -> float:
    """How far the neighbours are apart, where each goal goes from 0 to 1."""
    return math.hypot((segment.right.a - segment.floor) / scale[0], (segment.left.b - segment.right.b) / scale[1])


def _step(value: float) -> float:
    return 2 * KEPT * max(1.0, abs(value))


def _bound(segment: _Segment) -> float:
    """Half-way; where half of a segment was empty, as near to its end as can be told apart."""
    end = segment.right.a - _step(segment.right.a)
    return end if segment.last else min(end, (segment.floor + segment.right.a) / 2)


def _split(segment: _Segment, bound: float, point: Point) -> tuple[list[_Segment], bool]:
    """What is still open after an answer, and whether the answer is the left neighbour again."""
    if same(point.b, segment.left.b) or point.b > segment.left.b:
        rest = replace(segment, floor=max(segment.floor, bound), last=True)
        return _still_open([rest]), True
    # Where goals are solved to a gap, an answer may be better than a neighbour in both; what is dominated
    # goes at the end.
    parts = [_Segment(segment.left, point, segment.floor), _Segment(point, segment.right, max(bound, point.a))]
    return _still_open(parts), False


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
