"""Shortest ways on a walking network, in bulk: many places to many places at once, never pair by pair.

A way leads from a place straight to its street, along streets, and straight from the street to the other place; two
places at one street walk along it. Dijkstra's method runs from each source over the junctions only; places between
junctions are reached from the two ends of their street.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from allocator.access.network import Network
from allocator.access.snapping import OnStreet

__all__ = ["metres_between", "metres_to_nearest", "pairs_within", "to_junctions", "with_sources"]

ENTRIES = 2_000_000
"""About so many intermediate distances are held at once."""
TOGETHER = 32
"""So many sources are taken together where only a part of the city is within the limit."""


def metres_to_nearest(network: Network, sources: OnStreet, targets: OnStreet) -> np.ndarray:
    """Metres from each target to the nearest source [n_targets]; infinite without any source."""
    if not len(sources):
        return np.full(len(targets), np.inf)
    start = len(network.nodes) + np.arange(len(sources))
    graph = with_sources(network, sources, sources.aside)
    reached = dijkstra(graph, directed=True, indices=start, min_only=True)
    best = _onwards(network, reached[None, :], targets)[0]
    source, target = _at_one_street(sources, targets)
    direct = sources.aside[source] + np.abs(sources.along[source] - targets.along[target])
    np.minimum.at(best, target, direct)
    return best + targets.aside


def metres_between(network: Network, sources: OnStreet, targets: OnStreet, limit: float = np.inf) -> np.ndarray:
    """Metres from each source to each target [n_sources, n_targets]; infinite beyond `limit`."""
    result = np.empty((len(sources), len(targets)))
    step = max(1, ENTRIES // max(len(targets), len(network.nodes), 1))
    for first in range(0, len(sources), step):
        some = sources[first : first + step]
        result[first : first + step] = _metres(network, some, targets, to_junctions(network, some, limit))
    result[result > limit] = np.inf
    return result


def pairs_within(
    network: Network, sources: OnStreet, targets: OnStreet, limit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair at most `limit` metres apart: position of the source, of the target, and the metres.

    Pairs are in the order of sources, and then of targets.
    """
    found = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))]
    # Neighbours are taken together, because only targets at streets that one of them reaches are looked at.
    corner = network.nodes[network.ends[sources.edge, 0]]
    order = np.lexsort((corner[:, 1], corner[:, 0] // max(limit, 1.0)))
    from_end, to_end = network.ends[targets.edge].T
    for first in range(0, len(order), TOGETHER):
        some = order[first : first + TOGETHER]
        reached = to_junctions(network, sources[some], limit)
        near = np.isfinite(reached).any(axis=0)
        looked_at = near[from_end] | near[to_end] | np.isin(targets.edge, sources.edge[some])
        there = np.flatnonzero(looked_at)
        block = _metres(network, sources[some], targets[there], reached)
        source, target = np.nonzero(block <= limit)
        found.append((some[source], there[target], block[source, target]))
    source, target, metres = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((target, source))
    return source[order], target[order], metres[order]


def to_junctions(network: Network, sources: OnStreet, limit: float = np.inf) -> np.ndarray:
    """Metres along streets from the point at the street of each source to each junction [n_sources, n_nodes]."""
    start = len(network.nodes) + np.arange(len(sources))
    graph = with_sources(network, sources, np.zeros(len(sources)))
    return dijkstra(graph, directed=True, indices=start, limit=limit)[:, : len(network.nodes)]


def _metres(network: Network, sources: OnStreet, targets: OnStreet, reached: np.ndarray) -> np.ndarray:
    """Metres from sources, of which the metres to junctions are known, to targets [n_sources, n_targets]."""
    block = _onwards(network, reached, targets)
    source, target = _at_one_street(sources, targets)
    block[source, target] = np.minimum(block[source, target], np.abs(sources.along[source] - targets.along[target]))
    block += sources.aside[:, None]
    block += targets.aside
    return block


def with_sources(network: Network, sources: OnStreet, start: np.ndarray) -> sparse.csr_matrix:
    """The graph with a further node for each source, from which `start` metres and its way lead to both junctions.

    Nothing leads back into these nodes, so that no way passes through one.
    """
    n, k = len(network.nodes), len(sources)
    ends, rest = network.ends[sources.edge], network.length[sources.edge] - sources.along
    metres = np.column_stack([start + sources.along, start + np.maximum(rest, 0.0)])
    # A street that leads back to its beginning has one junction, reached by its shorter part.
    once = ends[:, 0] == ends[:, 1]
    metres[once] = metres[once].min(axis=1, keepdims=True)
    count = np.where(once, 1, 2)
    used = np.column_stack([np.ones(k, dtype=bool), ~once])
    graph = network.graph
    return sparse.csr_matrix(
        (
            np.concatenate([graph.data, metres[used]]),
            np.concatenate([graph.indices, ends[used]]),
            np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(count)]),
        ),
        shape=(n + k, n + k),
    )


def _onwards(network: Network, reached: np.ndarray, targets: OnStreet) -> np.ndarray:
    """From metres to junctions [n, n_nodes or more] to metres to the targets' points at streets [n, n_targets]."""
    ends, rest = network.ends[targets.edge], network.length[targets.edge] - targets.along
    result = reached[:, ends[:, 0]]
    result += targets.along
    other = reached[:, ends[:, 1]]
    other += np.maximum(rest, 0.0)
    return np.minimum(result, other, out=result)


def _at_one_street(sources: OnStreet, targets: OnStreet) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of a source and a target at the same street."""
    order = np.argsort(targets.edge, kind="stable")
    edges = targets.edge[order]
    first = np.searchsorted(edges, sources.edge, side="left")
    count = np.searchsorted(edges, sources.edge, side="right") - first
    source = np.repeat(np.arange(len(sources)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return source, order[np.repeat(first, count) + within]
