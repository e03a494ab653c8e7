"""The numbers of a plan that may be published: everything public is made of these and of nothing else.

Published are, for social spaces, districts and the city: residents of the city's own table, refugees today and
afterwards, and the change; for the list: households by size, listed, placed and not. Small numbers among them are
withheld, and others with them (see `allocator.publication.suppression`), over all sums at once: social space, district,
city; today + change = afterwards; placed + not placed = listed; household sizes and all households; persons by the
sizes of their households; newly placed persons and the change of the city. Shares are made of published numbers, so
that they tell nothing more. Whatever else a plan knows (capacities, free places, rents, ways, seats, wishes, moves,
reasons, how far a rule is exceeded) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.indicators.households import SIZES, household_table
from allocator.indicators.summary import persons_by_site
from allocator.publication.bounds import most_after
from allocator.publication.suppression import Cell, Key, withheld_cells

if TYPE_CHECKING:
    from allocator.plan import Plan

__all__ = ["AREA_COLUMNS", "KINDS", "SMALLEST_SITE", "Publication", "publication", "published_cells"]

AREA_COLUMNS = ("level", "place_id", "name", "district_id", "residents", "refugees_before", "change", "refugees_after",
                "share_before", "share_after")  # fmt: skip
"""Columns of the published table of areas."""
KINDS = ("listed", "placed", "unplaced")
SMALLEST_SITE = 50
"""No site of fewer persons is ever named."""

_COUNTS = ("residents", "refugees_before", "change", "refugees_after")
_COST = {"social_space": 1.0, "district": 30.0, "city": 1000.0}
"""What it costs to withhold a number: totals last."""
_KIND_COST = {"residents": 8.0, "refugees_before": 4.0, "change": 1.0, "refugees_after": 1.0}
"""Statistics and today's state, which many know already, protect less well than what the plan brings."""


@dataclass(frozen=True)
class Publication:
    """What may be published of a plan.

    `areas` has the columns `AREA_COLUMNS`, one row per social space, then per district, then one for the city (level
    `city`); counts are whole numbers, NA where withheld; shares are refugees by residents of the same row, NaN where
    either is withheld or nobody lives. `sizes` has one row per household size (index `SIZES` and `total`) and the
    columns `KINDS`, in households; `persons` the same three in persons. `sites` are names of large sites with the
    names of their social spaces, in the order of names; empty unless asked for. `withheld` counts the numbers that are
    withheld.
    """

    areas: pd.DataFrame
    sizes: pd.DataFrame
    persons: dict[str, int | None]
    sites: tuple[tuple[str, str], ...]
    sites_from: int | None
    withheld: int

    def of_level(self, level: str) -> pd.DataFrame:
        """The rows of `social_space`, `district` or `city`."""
        return self.areas[self.areas["level"] == level].reset_index(drop=True)


def publication(plan: Plan, sites_from: int | None = None) -> Publication:
    """Withhold what must be; name sites of at least `sites_from` persons afterwards, none at all without it.

    `sites_from` is at least `SMALLEST_SITE`. No coordinate, and no number of persons, of a site is published.
    """
    sites, at_least = _large_sites(plan, sites_from)
    cells, relations = published_cells(plan, at_least)
    hidden = withheld_cells(cells, relations)
    shown = {cell.key: None if cell.key in hidden else cell.value for cell in cells}
    areas = _counts(plan)[["level", "place_id", "name", "district_id"]].copy()
    for name in _COUNTS:
        values = [shown[name, level, place] for level, place in zip(areas["level"], areas["place_id"], strict=True)]
        areas[name] = pd.array(values, dtype="Int64")
    for when in ("before", "after"):
        part, whole = (areas[name].astype("Float64") for name in (f"refugees_{when}", "residents"))
        areas[f"share_{when}"] = (part / whole.where(whole > 0)).to_numpy(dtype=float, na_value=np.nan)
    table = {
        kind: pd.array([shown["households", kind, size] for size in (*SIZES, "total")], dtype="Int64") for kind in KINDS
    }
    sizes = pd.DataFrame(table, index=pd.Index([*SIZES, "total"], name="size"))
    persons = {kind: shown["persons", kind] for kind in KINDS}
    return Publication(areas[list(AREA_COLUMNS)], sizes, persons, sites, sites_from, len(hidden))


def published_cells(plan: Plan, at_least: dict[str, int] | None = None) -> tuple[list[Cell], list[dict[Key, int]]]:
    """Every number that is up for publication and every sum that ties them, as `withheld_cells` reads them.

    `at_least` gives persons by social space who are known to live at named sites there.
    """
    counts = _counts(plan)
    area_cells, area_relations = _of_areas(counts, most_after(plan), at_least or {})
    list_cells, list_relations = _of_list(plan)
    return [*area_cells, *list_cells], [*area_relations, *list_relations]


def _counts(plan: Plan) -> pd.DataFrame:
    """The true numbers of all areas, the city last; residents are those of the city's own table."""
    areas = plan.areas[
        ["level", "place_id", "name", "district_id", "refugees_before", "change", "refugees_after"]
    ].copy()
    own = {level: plan.ledger.of_spaces("residents", level) for level in ("social_space", "district")}
    pairs = zip(areas["level"], areas["place_id"], strict=True)
    areas["residents"] = [round(own[level].get(place, 0)) for level, place in pairs]
    spaces = areas[areas["level"] == "social_space"]
    city = {"level": "city", "place_id": "city", "name": plan.scenario.city.name, "district_id": ""}
    city |= {name: int(spaces[name].sum()) for name in _COUNTS}
    return pd.concat([areas, pd.DataFrame([city])], ignore_index=True)


def _of_areas(
    counts: pd.DataFrame, most: dict[tuple[str, str], float], at_least: dict[str, int]
) -> tuple[list[Cell], list[dict[Key, int]]]:
    cells, relations = [], []
    for row in counts.itertuples(index=False):
        for name in _COUNTS:
            value = int(getattr(row, name))
            least = -np.inf if name == "change" else 0.0
            greatest = np.inf
            if name == "refugees_after":
                greatest = max(most.get((row.level, row.place_id), np.inf), value)
                least = min(at_least.get(row.place_id, 0), value) if row.level == "social_space" else 0.0
            cost = _COST[row.level] * _KIND_COST[name] * (1 + np.log2(1 + abs(value)))
            cells.append(Cell((name, row.level, row.place_id), value, float(cost), float(least), float(greatest)))
        key = (row.level, row.place_id)
        relations.append({("refugees_before", *key): 1, ("change", *key): 1, ("refugees_after", *key): -1})
    districts = set(counts.loc[counts["level"] == "district", "place_id"])
    spaces = counts[counts["level"] == "social_space"]
    alone = [one for one, of in zip(spaces["place_id"], spaces["district_id"], strict=True) if of not in districts]
    for name in _COUNTS:
        for district in sorted(districts):
            of = spaces.loc[spaces["district_id"] == district, "place_id"]
            relations.append({**{(name, "social_space", one): 1 for one in of}, (name, "district", district): -1})
        parts = {(name, "district", one): 1 for one in districts} | {(name, "social_space", one): 1 for one in alone}
        relations.append({**parts, (name, "city", "city"): -1})
    return cells, relations


def _of_list(plan: Plan) -> tuple[list[Cell], list[dict[Key, int]]]:
    """Households by size and persons; persons are tied to them, and to the change of the city, as if all were known."""
    households = household_table(plan.ledger)
    chosen = {"listed": np.ones(len(households), dtype=bool), "placed": households["placed"].to_numpy(dtype=bool)}
    chosen["unplaced"] = ~chosen["placed"]
    cells, relations = [], []
    for kind, rows in chosen.items():
        some = households[rows]
        by_size = some.groupby("size").size().reindex(list(SIZES), fill_value=0)
        listed = 20.0 if kind == "listed" else 1.0
        for size, number in {**by_size.to_dict(), "total": len(some)}.items():
            cost = listed * (200.0 if size == "total" else 1.0) * (1 + np.log2(1 + number))
            cells.append(Cell(("households", kind, size), int(number), float(cost)))
        cells.append(Cell(("persons", kind), int(some["persons"].sum()), listed * 1000.0))
        relations.append({**{("households", kind, size): 1 for size in SIZES}, ("households", kind, "total"): -1})
        # Households of 6 and more are taken for households of 6: how many persons more they are counts as known.
        weights = {("households", kind, size): int(size.rstrip("+")) for size in SIZES}
        relations.append({**weights, ("persons", kind): -1})
    for size in (*SIZES, "total"):
        relations.append({("households", "placed", size): 1, ("households", "unplaced", size): 1,
                          ("households", "listed", size): -1})  # fmt: skip
    relations.append({("persons", "placed"): 1, ("persons", "unplaced"): 1, ("persons", "listed"): -1})
    # Who is placed and was not counted before is the change of the city; how many lived there before counts as known.
    relations.append({("persons", "placed"): 1, ("change", "city", "city"): -1})
    return cells, relations


def _large_sites(plan: Plan, sites_from: int | None) -> tuple[tuple[tuple[str, str], ...], dict[str, int]]:
    """Named sites of at least so many persons with their social spaces; by social space how many that tells of."""
    if sites_from is None:
        return (), {}
    if sites_from < SMALLEST_SITE:
        raise ValueError(f"sites below {SMALLEST_SITE} persons are not published")
    ledger = plan.ledger
    persons = persons_by_site(ledger)["after"]
    spaces: dict[str, set[str]] = {}
    buildings = plan.scenario.city.buildings
    for site, space in zip(buildings["site_id"], buildings["space_id"], strict=True):
        spaces.setdefault(site, set()).add(space)
    named, at_least = [], {}
    for site in persons.index[persons >= sites_from]:
        name, where = str(ledger.sites.get(site, {}).get("name", "") or ""), spaces.get(site, set()) - {""}
        if name and len(where) == 1:  # a site without a name has an id alone, and ids are not published
            (space,) = where
            named.append((name, str(ledger.spaces[space]["name"] or space)))
            at_least[space] = at_least.get(space, 0) + sites_from
    return tuple(sorted(named)), at_least
