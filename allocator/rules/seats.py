"""Rule `seats`: every child of a placed household has a seat of its own within walking distance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from allocator.access.distances import facilities_of_kind, within_reach
from allocator.errors import Findings
from allocator.ledger import Ledger, Stay
from allocator.rules.base import Rule, Tally
from allocator.rules.primitives import Flow, Primitive
from allocator.rules.reach import check_column, check_kind
from allocator.rules.situation import Situation

__all__ = ["Seats", "seated"]

COUNTED = {"school": "children_school", "kita": "children_kita"}


class Seats(Rule):
    """Children of placed households flow to facilities within reach, no facility takes more than its seats.

    Formula: Σ_{u in reach of F} c(h) x(h, u) = Σ_f g(u, f), Σ_u g(u, f) ≤ seats(f), g only within `within` metres.
    Children who find no seat today in the homes of the list may stay without, not more of them.
    """

    sentence: ClassVar = {
        "en": "Every child has a seat of its own at a {kind} at most {within} m from home.",
        "de": "Jedes Kind hat einen eigenen Platz ({kind}), höchstens {within} m von zu Hause.",
    }
    example: ClassVar = {"kind": "school", "within": 2000}
    formula: ClassVar = "Σ c(h)·x(h,u) = Σ_f g(u,f), Σ_u g(u,f) ≤ seats(f), g(u,f) only within reach"
    source: ClassVar = {
        "en": "Children go to school near home; where seats run out they are bussed (ILS report, eight cities)",
        "de": "Kinder gehen wohnortnah zur Schule; wo Plätze fehlen, werden sie gefahren (ILS-Bericht, acht Städte)",
    }
    excess_unit: ClassVar = {"en": "children", "de": "Kinder"}

    rule: Literal["seats"] = "seats"
    kind: str = Field(description="Kind of facility, as in the column `kind` of facilities.")
    count: str | None = Field(None, description="Column of households that counts the children; default by kind.")
    within: float = Field(gt=0, allow_inf_nan=False, description="Metres on foot.")

    @property
    def children(self) -> str:
        """The column of households that counts the children."""
        return self.count or COUNTED.get(self.kind, "persons")

    def check(self, situation: Situation, key: str, findings: Findings) -> None:
        """The kind and the column must exist."""
        check_kind(self.kind, situation, f"{key}.kind", findings)
        check_column(self.children, situation, f"{key}.count", findings)

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One flow."""
        facilities = facilities_of_kind(situation.city, self.kind)
        children = situation.households[self.children].fillna(0).to_numpy(dtype=float)
        reach = within_reach(situation.city, self.kind, self.within + 1e-6)[:, situation.building_of_unit]
        seats = situation.city.facilities["seats"].to_numpy(dtype=float)[facilities]
        seats = np.where(np.isnan(seats), np.inf, seats)
        lives = np.flatnonzero((situation.home >= 0) & (children > 0))
        today = children[lives].sum() - seated(children[lives], reach[:, situation.home[lives]], seats)
        labels = tuple(situation.city.facilities["facility_id"].iloc[facilities])
        return [Flow(children, sparse.csr_matrix(reach), seats, labels, float(today), self.is_soft)]

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Children without a seat, today and afterwards."""
        today, after = (self._without_seat(ledger, stays) for stays in (ledger.stays_today, ledger.stays_after))
        return [Tally("city", today, after, 0.0, today, fills_up=False, cases=round(after - today))]

    def _without_seat(self, ledger: Ledger, stays: list[Stay]) -> float:
        frame = ledger.city.facilities
        seats_of = dict(zip(frame["facility_id"], frame["seats"], strict=True))
        reached = ledger.facilities_within(self.kind, self.within + 1e-6, {stay.unit["building_id"] for stay in stays})
        waiting: dict[frozenset[str], float] = {}
        for stay in stays:
            children = stay.household[self.children]
            if children > 0:
                group = reached[stay.unit["building_id"]]
                waiting[group] = waiting.get(group, 0) + children
        if not waiting:
            return 0.0
        import networkx

        graph = networkx.DiGraph()
        home, seat = 0, 1  # no id is a number
        graph.add_nodes_from([home, seat])
        for group, children in waiting.items():
            graph.add_edge(home, group, capacity=children)
            for facility in group:
                graph.add_edge(group, facility)
                seats = seats_of[facility]
                graph.add_edge(facility, seat, **({"capacity": seats} if seats == seats else {}))
        return sum(waiting.values()) - networkx.maximum_flow_value(graph, home, seat)


def seated(children: np.ndarray, reach: sparse.spmatrix, seats: np.ndarray) -> float:
    """The largest number of children [n] that find a seat; `reach` [n_facilities, n], `seats` [n_facilities]."""
    n, facilities = children.size, seats.size
    if not n or not facilities:
        return 0.0
    total = int(children.sum())
    link = sparse.coo_matrix(reach)
    source, sink = n + facilities, n + facilities + 1
    rows = np.concatenate([np.full(n, source), link.col, n + np.arange(facilities)])
    columns = np.concatenate([np.arange(n), n + link.row, np.full(facilities, sink)])
    capacity = np.concatenate([children, np.full(link.nnz, total), np.minimum(seats, total)]).astype(np.int32)
    graph = sparse.csr_matrix((capacity, (rows, columns)), shape=(sink + 1, sink + 1))
    return float(maximum_flow(graph, source, sink).flow_value)
