"""Households of the list with the homes they have today and afterwards; what that means by household size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from allocator.goals.prefer import wishes_of
from allocator.ledger import Ledger

__all__ = ["SIZES", "by_size", "costs", "household_table", "moves", "rents", "unplaced_reasons", "wishes"]

SIZES = ("1", "2", "3", "4", "5", "6+")
"""Classes of household size in persons."""


def household_table(ledger: Ledger) -> pd.DataFrame:
    """One row per household of the list, in its order, with the homes that `Ledger` counts.

    Columns: household_id, persons, children_kita, children_school, prefers, size (one of `SIZES`); `home` and `unit`
    (unit ids today and afterwards, "" for none) with `home_space`, `home_district`, `home_site`, `space`, `district`,
    `site`; `shared` and `rent` of the unit afterwards (EUR a month of a flat or of one place); `placed` (true if the
    plan gives it a unit; a household that remains in a home that does not meet its needs has a unit and no place).
    """
    names = ("household_id", "persons", "children_kita", "children_school", "prefers")
    columns: dict[str, list[Any]] = {name: [row[name] for row in ledger.households] for name in names}
    afterwards = {stay.household["household_id"]: stay for stay in ledger.stays_after}
    stays = [afterwards.get(household) for household in columns["household_id"]]
    homes = [ledger.units[row["unit_id"]] if row["unit_id"] else None for row in ledger.households]
    units = [stay.unit if stay else None for stay in stays]
    columns["home"] = [unit["unit_id"] if unit else "" for unit in homes]
    columns["unit"] = [unit["unit_id"] if unit else "" for unit in units]
    for level in ("space", "district", "site"):
        columns[f"home_{level}"] = [unit[level] if unit else "" for unit in homes]
        columns[level] = [unit[level] if unit else "" for unit in units]
    columns["shared"] = [bool(unit and unit["shared"]) for unit in units]
    columns["rent"] = [unit["rent"] if unit else np.nan for unit in units]
    columns["placed"] = [bool(stay and stay.placed) for stay in stays]
    # Types are stated because an empty list of households would otherwise have none.
    numbers = dict.fromkeys(("persons", "children_kita", "children_school", "rent"), float)
    kinds = dict.fromkeys(columns, object) | numbers | {"shared": bool, "placed": bool}
    table = pd.DataFrame({name: pd.Series(values, dtype=kinds[name]) for name, values in columns.items()})
    largest = len(SIZES)
    table["size"] = [SIZES[int(min(persons, largest)) - 1] for persons in table["persons"]]
    return table


def by_size(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Households and persons listed, placed and not, and the share of persons placed, by household size.

    Every class of `SIZES` is there; the share of an empty class is None.
    """
    result: dict[str, dict[str, Any]] = {}
    sizes, of_each = table["size"].to_numpy(dtype=object), table["persons"].to_numpy(dtype=float)
    is_placed = table["placed"].to_numpy(dtype=bool)
    for size in SIZES:
        some = sizes == size
        placed = some & is_placed
        persons, persons_placed = int(of_each[some].sum()), int(of_each[placed].sum())
        result[size] = {
            "households": int(some.sum()),
            "households_placed": int(placed.sum()),
            "households_unplaced": int(some.sum() - placed.sum()),
            "persons": persons,
            "persons_placed": persons_placed,
            "persons_unplaced": persons - persons_placed,
            "share_placed": persons_placed / persons if persons else None,
        }
    return result


def wishes(table: pd.DataFrame) -> dict[str, Any]:
    """Persons whose household prefers some social space, and those of them placed in such a one."""
    wishful = table[table["prefers"].str.strip(" ;") != ""]
    met = [
        placed and bool(space) and space in wishes_of(prefers)
        for placed, space, prefers in zip(wishful["placed"], wishful["space"], wishful["prefers"], strict=True)
    ]
    persons = int(wishful["persons"].sum())
    persons_met = int(wishful["persons"].to_numpy()[np.array(met, dtype=bool)].sum())
    return {"persons": persons, "persons_met": persons_met, "share_met": persons_met / persons if persons else None}


def moves(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Households and persons who stay, move, are newly housed, remain in a home that does not suit, or find none."""
    had, placed = table["home"] != "", table["placed"]
    same = table["home"] == table["unit"]
    chosen = {
        "stayed": had & placed & same,
        "moved": had & placed & ~same,
        "newly_housed": ~had & placed,
        "remaining": had & ~placed,
        "without_home": ~had & ~placed,
    }
    return {
        name: {"households": int(some.sum()), "persons": int(table.loc[some, "persons"].sum())}
        for name, some in chosen.items()
    }


def rents(table: pd.DataFrame) -> dict[str, Any]:
    """Rent of all placed households in EUR a month, of a flat once and in shared units for each person.

    The mean per person is over persons whose rent is known, and None if there are none.
    """
    known = table[table["placed"] & table["rent"].notna()]
    total = float((known["rent"] * np.where(known["shared"], known["persons"], 1.0)).sum())
    persons = int(known["persons"].sum())
    return {
        "eur_per_month": round(total, 2),
        "eur_per_month_and_person": round(total / persons, 2) if persons else None,
        "persons_with_known_rent": persons,
    }


def costs(ledger: Ledger) -> dict[str, Any]:
    """Cost of the sites where placed households live, in EUR a month: for each person what its site costs.

    The mean per person is over persons whose site states a cost, and None if there are none.
    """
    stays = [(stay.household["persons"], ledger.sites.get(stay.unit["site"], {}).get("cost")) for stay in ledger.placed]
    known = [(persons, cost) for persons, cost in stays if cost is not None and cost == cost]
    persons = int(sum(number for number, _ in known))
    total = float(sum(number * cost for number, cost in known))
    return {
        "eur_per_month": round(total, 2),
        "eur_per_month_and_person": round(total / persons, 2) if persons else None,
        "persons_with_known_cost": persons,
    }


def unplaced_reasons(allocation: pd.DataFrame) -> pd.DataFrame:
    """Unplaced households of an allocation by reason: reason, households, persons; most persons first."""
    unplaced = allocation[allocation["unit_id"] == ""]
    counted = unplaced.groupby("reason", sort=True)["persons"].agg(households="size", persons="sum").reset_index()
    return counted.sort_values(["persons", "reason"], ascending=[False, True], kind="stable", ignore_index=True)
