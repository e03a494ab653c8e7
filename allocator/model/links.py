"""Pairs of households that live near each other, as rows."""

from __future__ import annotations

import numpy as np

from allocator.model.columns import Columns
from allocator.model.linear import RowBuilder
from allocator.model.names import label
from allocator.model.needs import interim
from allocator.rules.primitives import Link

__all__ = ["add_links"]


def add_links(builder: RowBuilder, columns: Columns, name: str, link: Link) -> tuple[np.ndarray, np.ndarray]:
    """For each pair (h, k) and each place b: x(h at b) + x(k far from b) ≤ 1.

    Where more is far than near, x(k far from b) is written as p(k) - x(k near b), p(k) a column that counts k wherever
    it is placed: the same row with fewer entries. Returns the columns of the pairs that are too far apart and what each
    costs; both empty for a hard rule.
    """
    situation = columns.situation
    ids = situation.households["household_id"].to_numpy(dtype=object)
    pairs = len(link.pairs)
    apart = np.zeros(0, dtype=int)
    if link.soft:
        names = [f"apart_{name}({label(ids[h])})" for h in link.pairs[:, 0]]
        apart = builder.add_columns(names, 1.0, integer=True)
    place = link.place[columns.units.first[columns.unit]]
    household = columns.kinds.first[columns.kind]
    placed = ~interim(situation, household, columns.units.first[columns.unit])
    for number in range(pairs):
        h, k = (int(one) for one in link.pairs[number])
        mine, others = (np.flatnonzero((household == one) & placed) for one in (h, k))
        if not mine.size or not others.size:
            continue
        places, row = np.unique(place[mine], return_inverse=True)
        near = link.near[places][:, place[others]].toarray() > 0
        turned = 2 * near.sum(axis=1) + 1 < others.size
        sign = np.where(turned, -1.0, 1.0)
        rows, cells = np.nonzero(near == turned[:, None])
        terms = [(row, mine, 1.0), (rows, others[cells], sign[rows])]
        if turned.any():
            anywhere = _anywhere(builder, name, f"{label(ids[h])},{label(ids[k])}", others)
            terms.append((np.flatnonzero(turned), np.repeat(anywhere, turned.sum()), 1.0))
        if link.soft:
            terms.append((np.arange(places.size), np.repeat(apart[number], places.size), -1.0))
        labels = [f"{label(ids[h])},{one}" for one in range(places.size)]
        builder.add_rows(name, labels, -np.inf, 1.0, *terms, elastic=not link.soft,
                         places=[str(ids[h])] * places.size)  # fmt: skip
    return apart, link.persons[link.pairs[:, 0]] if link.soft else np.zeros(0)


def _anywhere(builder: RowBuilder, name: str, label: str, others: np.ndarray) -> np.ndarray:
    """A column that is 1 where the second household of a pair is placed, whatever the place."""
    placed = builder.add_columns([f"placed_{name}({label})"], 1.0, integer=False)
    zero = np.zeros(others.size, dtype=int)
    builder.add_rows(f"placed_{name}", [label], 0.0, 0.0, (zero, others, 1.0), (zero[:1], placed, -1.0))
    return placed
