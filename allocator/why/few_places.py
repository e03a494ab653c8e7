"""One rule exceeded at as few places as possible, so that everybody has a place."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy import sparse

from allocator.model.linear import LinearModel, Objective
from allocator.model.names import joined
from allocator.why.exceeded import most_excess, places_of_excess, row_of_excess
from allocator.why.giving import Found, Giving

__all__ = ["fewest_places"]

TRIES = 3
"""In a large city: how many numbers of places are tried."""
FIRST = 0.7
"""Share of the time left that one number of places may take."""


def fewest_places(ask: Giving, name: str, seconds: float, least: Found, number: int, start: np.ndarray) -> Found | None:
    """Everybody placed with one rule exceeded at as few places as possible, and by the least there.

    `least` is the plan with the least excess of that rule, at `number` places; `start` [n_households] a plan without
    any. None where the rule has no places of its own, or nothing with fewer places was found in time.
    """
    linear, excess = ask.allowing([name]), np.flatnonzero(ask.model.excess[name] > 0)
    if excess.size < 2 or excess[0] < linear.choices or (row_of_excess(linear, excess) < 0).any():
        return None
    most = np.minimum(most_excess(ask.model, linear, excess), linear.upper[excess])
    excess, most = excess[most > 0], most[most > 0]
    if not ask.small:
        return _at_widest_places(ask, name, excess, most, seconds, least, number, start)
    linear = _with_yes_or_no(linear, excess, most)
    cost = np.append(np.zeros(linear.shape[1] - excess.size), np.ones(excess.size))
    homes = np.append(ask.homes().cost, np.zeros(excess.size))
    heavy = excess.size + 1.0
    question = Objective("places", "min", cost + heavy * homes, heavy * len(ask.situation.persons))
    fewest = ask.solve(linear, question, seconds / 2, least.unit_of)
    if fewest is None or (fewest.unit_of < 0).any():
        return None
    row = sparse.csr_matrix(cost[None, :])
    linear = linear.with_rows(row, np.array([-np.inf]), np.array([fewest.value + 0.5]), ["places_exceeded"])
    amount = ask.with_everybody(linear, [name])
    amount = replace(amount, cost=np.append(amount.cost, np.zeros(excess.size)))
    found = ask.solve(linear, amount, seconds / 2, fewest.unit_of)
    if found is None or (found.unit_of < 0).any():
        return None
    return replace(found, proven=found.proven and fewest.proven)


def _at_widest_places(
    ask: Giving, name: str, excess: np.ndarray, most: np.ndarray, seconds: float, least: Found, number: int,
    start: np.ndarray,
) -> Found | None:  # fmt: skip
    """Excess at the places with most room for it: so many as would do by room alone, then more."""
    labels = places_of_excess(ask.model.linear, excess)
    order = np.lexsort((labels.astype(str), -most))
    first = int(np.searchsorted(np.cumsum(most[order]), float(least.value) - 1e-6)) + 1
    until = time.perf_counter() + seconds
    tried = 0
    for some in _numbers(first, min(number, excess.size)):
        places = {name: set(labels[order[:some]])}
        left = until - time.perf_counter()
        if left <= 0 or tried == TRIES:
            break
        if ask.not_enough([name], places):
            continue
        tried += 1
        found = ask.least_excess([name], FIRST * left, start, places, least.value if least.proven else 0.0)
        if found is not None:
            # Fewer places have no room for what is exceeded at least, and what is exceeded here is the least.
            good = least.proven and some == first and found.value <= least.value + 1e-6
            return replace(found, proven=good or (found.proven and some == 1))
    return None


def _numbers(first: int, end: int) -> list[int]:
    """Numbers of places from the first to the last before the end, each at least half as many again as the one before."""
    found = []
    while first < end:
        found.append(first)
        first = max(first + 1, first * 3 // 2)
    if found and found[-1] < end - 1:
        found.append(end - 1)
    return found


def _with_yes_or_no(linear: LinearModel, columns: np.ndarray, most: np.ndarray) -> LinearModel:
    """The model with a yes/no column for each of some columns, without which that column is zero."""
    n = columns.size
    rows = sparse.coo_matrix((np.concatenate([np.ones(n), -most]),
                              (np.tile(np.arange(n), 2), np.concatenate([columns, linear.shape[1] + np.arange(n)]))),
                             shape=(n, linear.shape[1] + n))  # fmt: skip
    wider = replace(
        linear, lower=np.append(linear.lower, np.zeros(n)), upper=np.append(linear.upper, np.ones(n)),
        integer=np.append(linear.integer, np.ones(n, dtype=bool)),
        column_names=joined([linear.column_names, [f"exceeded({one})" for one in range(n)]]),
        matrix=sparse.csr_matrix(sparse.hstack([linear.matrix, sparse.csr_matrix((linear.shape[0], n))])),
    )  # fmt: skip
    return wider.with_rows(rows, np.full(n, -np.inf), np.zeros(n), [f"only_if_exceeded({one})" for one in range(n)])
