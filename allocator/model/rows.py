"""The primitives as rows and objective terms of a linear model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from allocator.model.columns import Columns
from allocator.model.linear import Attendance, RowBuilder
from allocator.model.names import Names, label
from allocator.rules.primitives import Count, Deviate, Flow, Opening

__all__ = ["Deviation", "Terms", "add_count", "add_deviation", "add_flow", "add_opening", "add_supply"]


@dataclass
class Terms:
    """Terms of an objective, or of a rule's excess: columns and coefficients, collected."""

    columns: list[np.ndarray] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)

    def add(self, columns: np.ndarray, values: np.ndarray | float) -> None:
        """Add Σ values · x over columns."""
        self.columns.append(columns)
        self.values.append(np.broadcast_to(np.asarray(values, dtype=float), columns.shape))

    def vector(self, n_columns: int) -> np.ndarray:
        """The coefficients [n_columns], added up."""
        if not self.columns:
            return np.zeros(n_columns)
        return np.bincount(np.concatenate(self.columns), weights=np.concatenate(self.values), minlength=n_columns)


@dataclass(frozen=True)
class Deviation:
    """The columns of one deviation: persons and distance at each place, and the total; see `hull`."""

    name: str
    persons: np.ndarray
    distance: np.ndarray
    total: int
    base: np.ndarray
    share: np.ndarray
    everywhere: bool
    """True if every unit lies at some place, so that the total is all persons of the plan."""
    whole: bool
    """True if every household counts a whole number, so that the persons at a place are one."""


def add_supply(builder: RowBuilder, columns: Columns) -> None:
    """Each household at most one unit (exactly one if it has a home today), each flat at most one household."""
    situation = columns.situation
    ids = [label(name) for name in situation.households["household_id"]]
    unit_ids = [label(name) for name in situation.city.units["unit_id"]]
    direct = np.flatnonzero(~columns.several)
    row_of_kind = np.full(len(columns.kinds), -1)
    row_of_kind[direct] = np.arange(direct.size)
    mine = np.flatnonzero(row_of_kind[columns.kind] >= 0)
    first = columns.kinds.first[direct]
    size = columns.kinds.size[direct].astype(float)
    builder.add_rows("one_unit", [ids[h] for h in first], np.where(situation.keeps_home[first], size, -np.inf), size,
                     (row_of_kind[columns.kind[mine]], mine, 1.0), elastic=True, households=first)  # fmt: skip
    if columns.several.any():
        _add_flow_supply(builder, columns, ids)
        _add_balance(builder, columns, ids)
    ordinary = np.flatnonzero(~situation.shared[columns.units.first])
    row_of_unit = np.full(len(columns.units), -1)
    row_of_unit[ordinary] = np.arange(ordinary.size)
    mine = np.flatnonzero(row_of_unit[columns.unit] >= 0)
    names = [unit_ids[u] for u in columns.units.first[ordinary]]
    builder.add_rows("one_household", names, -np.inf, columns.units.size[ordinary],
                     (row_of_unit[columns.unit[mine]], mine, 1.0))  # fmt: skip


def _add_flow_supply(builder: RowBuilder, columns: Columns, ids: list[str]) -> None:
    """Supplies of pools of classes, and of the classes in them that have flows of their own."""
    flows, pools = columns.flows, columns.flows.pools
    flow = columns.kind.size + np.arange(flows.cell.size)
    kind_of_pool = columns.kinds.of[pools.first]
    mine = np.flatnonzero(columns.several[kind_of_pool])
    row_of_pool = np.full(len(pools), -1)
    row_of_pool[mine] = np.arange(mine.size)
    pool_of_kind = np.full(len(columns.kinds), -1)
    pool_of_kind[kind_of_pool] = np.arange(len(pools))  # where no hub is between, a kind has one pool
    places = np.flatnonzero(columns.several[columns.kind] & ~columns.through_hub)
    first, size = pools.first[mine], pools.size[mine].astype(float)
    low = np.where(columns.situation.keeps_home[first], size, -np.inf)
    builder.add_rows("one_unit", [f"{ids[h]},class" for h in first], low, size, (row_of_pool[flows.of_pool], flow, 1.0),
                     (row_of_pool[pool_of_kind[columns.kind[places]]], places, 1.0),
                     elastic=True, households=first)  # fmt: skip
    own = np.flatnonzero(columns.own_supply[flows.of_class] & (flows.of_class >= 0))
    limited, row = np.unique(flows.of_class[own], return_inverse=True)
    names = [f"{ids[h]},own" for h in columns.classes.first[limited]]
    builder.add_rows("one_unit", names, -np.inf, columns.classes.size[limited].astype(float),
                     (row, columns.kind.size + own, 1.0))  # fmt: skip


def _add_balance(builder: RowBuilder, columns: Columns, ids: list[str]) -> None:
    """Who of a kind comes to a social space by flows is who lives there."""
    flow = columns.kind.size + np.arange(columns.flows.cell.size)
    mine = np.flatnonzero(columns.through_hub)
    place_hub = columns.kind[mine] * columns.cells + columns.cell_of_place[mine]
    hubs, row = np.unique(np.concatenate([columns.hub_of_flow, place_hub]), return_inverse=True)
    space = columns.situation.level("social_space")
    unit_in_cell = np.unique(columns.cell, return_index=True)[1]
    of_cell = [label(space.ids[s]) if s >= 0 else "outside" for s in space.of_unit[unit_in_cell]]
    names = [f"{ids[columns.kinds.first[hub // columns.cells]]},{of_cell[hub % columns.cells]}" for hub in hubs]
    builder.add_rows("balance", names, 0.0, 0.0,
                     (row[: flow.size], flow, 1.0), (row[flow.size :], mine, -1.0))  # fmt: skip


def add_count(builder: RowBuilder, columns: Columns, name: str, count: Count) -> np.ndarray:
    """The rows of a count; for a soft one the columns of its excess."""
    row, column, value = columns.counts(count)
    each = np.arange(len(count.labels))
    labels = [label(place) for place in count.labels]
    terms = [(row, column, value)]
    excess = np.zeros(0, dtype=int)
    if count.soft:
        # Finite bounds keep the bound from row prices finite too.
        most = float(np.abs(count.weight).sum() * np.abs(count.membership.data).max(initial=0.0)) if each.size else 0.0
        most = most + np.abs(count.limit)
        whole = all(bool((array == np.rint(array)).all()) for array in (count.weight, count.membership.data, count.limit))
        excess = builder.add_columns([f"excess_{name}({text})" for text in labels], most, integer=whole)
        terms.append((each, excess, -1.0))
    builder.add_rows(name, labels, -np.inf, count.limit, *terms, elastic=not count.soft, places=count.labels)
    return excess


def add_deviation(builder: RowBuilder, columns: Columns, name: str, deviate: Deviate) -> Deviation:
    """Columns for the persons and the distance at each place, the total, and the rows that tie them."""
    places = len(deviate.labels)
    labels = [label(place) for place in deviate.labels]
    most = float(deviate.weight.sum())
    farthest = most + float(deviate.base.sum())
    whole = bool(np.all(deviate.weight == np.rint(deviate.weight)))
    persons = builder.add_columns([f"persons_{name}({text})" for text in labels], most, integer=whole)
    distance = builder.add_columns([f"distance_{name}({text})" for text in labels], farthest, integer=False)
    total = builder.add_columns([f"total_{name}"], most, integer=False)
    span = columns.span(deviate)
    place = deviate.place[span.unit]
    inside = place >= 0
    each = np.arange(places)
    zero = np.zeros(places, dtype=int)
    builder.add_rows(f"sum_{name}", labels, 0.0, 0.0, (each, persons, -1.0),
                     (place[inside], span.column[inside], deviate.weight[span.household[inside]]))  # fmt: skip
    builder.add_rows(f"total_{name}", [""], 0.0, 0.0, (zero, persons, 1.0), (zero[:1], total, -1.0))
    fair = deviate.share * deviate.base.sum() - deviate.base
    # distance ≥ persons + base - share · (base total + total), and the same the other way round
    builder.add_rows(f"above_{name}", labels, -fair, np.inf, (each, distance, 1.0), (each, persons, -1.0),
                     (each, np.repeat(total, places), deviate.share))  # fmt: skip
    builder.add_rows(f"below_{name}", labels, fair, np.inf, (each, distance, 1.0), (each, persons, 1.0),
                     (each, np.repeat(total, places), -deviate.share))  # fmt: skip
    everywhere = bool((deviate.place >= 0).all())
    return Deviation(name, persons, distance, int(total[0]), deviate.base, deviate.share, everywhere, whole)


def add_flow(builder: RowBuilder, columns: Columns, name: str, flow: Flow) -> np.ndarray:
    """Children from units to facilities within reach; for a soft rule the column of its excess.

    Units with the same facilities in reach share their flows. Flows need not be whole: with placements fixed, what
    remains is a network with whole supplies and seats.
    """
    span = columns.span(flow)
    children = flow.children[span.household]
    mine = children > 0
    codes = flow.units[0][span.unit[mine]]
    groups, row = np.unique(codes, return_inverse=True)
    first = np.unique(row, return_index=True)[1]
    reach = sparse.coo_matrix(sparse.csc_matrix(flow.reach)[:, span.unit[mine][first]])
    total = float(flow.children.sum())
    facilities = [label(text) for text in flow.labels]

    def ways(chosen: np.ndarray) -> list[str]:
        pairs = zip(reach.col[chosen].tolist(), reach.row[chosen].tolist(), strict=True)
        return [f"seats_{name}({group},{facilities[facility]})" for group, facility in pairs]

    seated = builder.add_columns(Names(reach.nnz, ways), total, integer=False)
    builder.flows.append(seated)
    builder.whole.append(seated)
    each = np.arange(groups.size)
    unseated = builder.add_columns([f"unseated_{name}({group})" for group in each], total, integer=False)
    builder.add_rows(f"seat_{name}", [str(group) for group in each], 0.0, np.inf, (reach.col, seated, 1.0),
                     (each, unseated, 1.0), (row, span.column[mine], -children[mine]))  # fmt: skip
    groups_at, full_at = len(builder.row_names) - groups.size, len(builder.row_names)
    limited = np.flatnonzero(np.isfinite(flow.seats))
    position = np.full(flow.seats.size, -1)
    position[limited] = np.arange(limited.size)
    inside = position[reach.row] >= 0
    builder.add_rows(f"full_{name}", [facilities[f] for f in limited], -np.inf, flow.seats[limited],
                     (position[reach.row[inside]], seated[inside], 1.0),
                     places=[flow.labels[f] for f in limited])  # fmt: skip
    builder.attendances.append(Attendance(groups_at + each, full_at + np.arange(limited.size), seated, reach.col,
                                          position[reach.row], unseated))  # fmt: skip
    builder.whole.append(unseated)
    terms = [(np.zeros(groups.size, dtype=int), unseated, 1.0)]
    excess = np.zeros(0, dtype=int)
    if flow.soft:
        excess = builder.add_columns([f"excess_{name}"], total, integer=False)
        builder.whole.append(excess)
        terms.append((np.zeros(1, dtype=int), excess, -1.0))
    builder.add_rows(name, [""], -np.inf, flow.allowance, *terms, elastic=not flow.soft)
    return excess


def add_opening(builder: RowBuilder, columns: Columns, name: str, opening: Opening) -> np.ndarray:
    """A yes/no column for each place that costs something to open; nobody goes to a place that is not open."""
    situation = columns.situation
    used = np.unique(opening.place[columns.units.first[columns.unit]])
    used = used[used >= 0]
    labels = [label(opening.labels[place]) for place in used]
    opened = builder.add_columns([f"open_{name}({text})" for text in labels], 1.0, integer=True)
    position = np.full(len(opening.labels), -1)
    position[used] = np.arange(used.size)
    place = opening.place[columns.units.first[columns.unit]]
    mine = np.flatnonzero(place >= 0)
    classes, row = np.unique(columns.unit[mine], return_inverse=True)
    first = columns.units.first[classes]
    shared = situation.shared[first]
    free = np.maximum(situation.capacity - situation.occupied, situation.present)[first]
    room = np.where(shared, free, columns.units.size[classes])
    load = np.where(shared[row], situation.persons[columns.kinds.first[columns.kind[mine]]], 1.0)
    unit_ids = situation.city.units["unit_id"].to_numpy(dtype=object)[first]
    builder.add_rows(f"only_if_open_{name}", [label(text) for text in unit_ids], -np.inf, 0.0, (row, mine, load),
                     (np.arange(classes.size), opened[position[opening.place[first]]], -room))  # fmt: skip
    return opened
