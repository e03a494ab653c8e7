"""What a list of households says against itself and against the city."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from allocator.city.checks import unknown_reference
from allocator.city.city import City
from allocator.city.reporting import TableReporter, amount, shown
from allocator.errors import did_you_mean
from allocator.wording import Text

__all__ = ["check_households", "check_households_in_city"]


def check_households(households: pd.DataFrame, report: TableReporter) -> None:
    """Report what is wrong with a list of households whatever the city."""
    persons = households["persons"].to_numpy(dtype=float)
    children = (households["children_kita"] + households["children_school"]).to_numpy(dtype=float)
    report.rows(children > persons, lambda row: f"{amount(children[row])} children in a household of "
                f"{amount(persons[row])} persons", "persons include the children: correct one of the numbers",
                column="persons", kind="more children than persons")  # fmt: skip
    alone = (children == persons) & (persons > 0)
    report.rows(alone, Text("the household has children and no adult", "der Haushalt hat Kinder und keine Erwachsenen"),
                Text("check persons and children", "Personen und Kinder prüfen"), column="persons",
                severity="note")  # fmt: skip
    near, own = households["near"], households["household_id"]
    itself = ((near == own) & (near != "")).to_numpy()
    report.rows(itself, "the household is to live near itself", "name the other household", column="near")
    unknown_reference(near, own, report, "near", "households")
    homeless = households["pinned"].to_numpy(dtype=bool) & (households["unit_id"] == "").to_numpy()
    report.rows(homeless, "the household must stay, but lives in no unit", "give its unit_id, or set pinned to false",
                column="pinned")  # fmt: skip


def check_households_in_city(households: pd.DataFrame, city: City, report: TableReporter) -> None:
    """Report where a list of households does not fit the city: unknown units and spaces, homes let twice."""
    unknown_reference(households["unit_id"], city.units["unit_id"], report, "unit_id", "units")
    _check_wishes(households["prefers"], city.social_spaces["space_id"], report)
    home = pd.Index(city.units["unit_id"]).get_indexer(pd.Index(households["unit_id"]))
    housed = home >= 0
    shared = _of_home(city.units["shared"], home, False).astype(bool)
    _check_let_twice(households, housed & ~shared, report)
    _check_crowded(households, city.units, home, report)
    _check_unfit(households, city.units, home, report)
    groups = {str(name).removeprefix("group_") for name in city.social_spaces.columns if str(name)[:6] == "group_"}
    if groups:
        label = households["group"]
        unknown = (label != "").to_numpy() & ~label.isin(groups).to_numpy()
        report.rows(unknown, lambda row: Text(
            f"no social space counts residents of group {shown(label.iloc[row])}",
            f"kein Sozialraum zählt Einwohner der Gruppe {shown(label.iloc[row])}"),
                    lambda row: did_you_mean(label.iloc[row], groups), column="group", severity="note",
                    kind=Text("groups that no social space counts", "Gruppen, die kein Sozialraum zählt"))  # fmt: skip


def _of_home(values: pd.Series, home: np.ndarray, without: object) -> np.ndarray:
    """A column of units for each household [n_households]; `without` where it lives in none."""
    column = values.to_numpy()
    if not len(column):
        return np.full(len(home), without)
    return np.where(home >= 0, column[home], without)


def _check_wishes(prefers: pd.Series, known: pd.Series, report: TableReporter) -> None:
    """Social spaces that a household wishes for and that are not there."""
    wishes = prefers.astype(object).str.split(";").explode().str.strip()
    wishes = wishes[wishes.notna() & (wishes != "")]
    unknown = wishes[~wishes.isin(known)]
    if unknown.empty:
        return
    first = unknown[~unknown.index.duplicated()]
    wrong = prefers.index.isin(first.index)

    def remedy(row: int) -> str:
        wish = str(first.loc[prefers.index[row]])
        if any(sign in wish for sign in ",|/"):
            return "write ; between social spaces"
        return did_you_mean(wish, known)

    report.rows(wrong, lambda row: f"{shown(first.loc[prefers.index[row]])} is not in the table social_spaces", remedy,
                column="prefers", kind="wishes for unknown social spaces")  # fmt: skip


def _check_let_twice(households: pd.DataFrame, in_flat: np.ndarray, report: TableReporter) -> None:
    units = households["unit_id"].where(in_flat, "")
    twice = in_flat & units.duplicated(keep=False).to_numpy()
    own = households["household_id"]
    firsts = own[in_flat].groupby(units[in_flat]).first()
    later = twice & units.duplicated().to_numpy()
    report.rows(later, lambda row: f"lives in unit {shown(units.iloc[row])} with {shown(firsts[units.iloc[row]])}, "
                "and an ordinary unit holds one household", "correct one unit_id, or join the two households",
                column="unit_id", kind="households that share an ordinary unit")  # fmt: skip


def _check_crowded(households: pd.DataFrame, units: pd.DataFrame, home: np.ndarray, report: TableReporter) -> None:
    """Homes in which more persons live than there are places for: today's excess."""
    persons = households["persons"].to_numpy(dtype=float)
    housed = home >= 0
    living = np.bincount(home[housed], weights=persons[housed], minlength=len(units)).astype(float)
    living += units["occupied"].to_numpy(dtype=float)
    inside = _of_home(pd.Series(living), home, 0.0).astype(float)
    capacity = _of_home(units["capacity"], home, np.inf).astype(float)
    report.rows(inside > capacity, lambda row: Text(
        f"lives with {amount(inside[row])} persons in unit {shown(households['unit_id'].iloc[row])}, which has "
        f"{amount(capacity[row])} places",
        f"lebt mit {amount(inside[row])} Personen in der Einheit {shown(households['unit_id'].iloc[row])}, die "
        f"{amount(capacity[row])} Plätze hat"),
                Text("that is today's excess; correct it if it is none",
                     "das ist heute schon zu viel; berichtigen, wenn nicht"), column="unit_id", severity="note",
                kind=Text("households in units with more persons than places",
                          "Haushalte in Einheiten mit mehr Personen als Plätzen"))  # fmt: skip


def _check_unfit(households: pd.DataFrame, units: pd.DataFrame, home: np.ndarray, report: TableReporter) -> None:
    """Households that must stay where they could not be placed."""
    pinned = households["pinned"].to_numpy(dtype=bool) & (home >= 0)
    reachable = _of_home(units["accessible"], home, True).astype(bool)
    inaccessible = households["accessible"].to_numpy(dtype=bool) & ~reachable
    rent, limit = _of_home(units["rent"], home, np.nan).astype(float), households["max_rent"].to_numpy(dtype=float)
    reasons: list[tuple[np.ndarray, str, Callable[[int], str]]] = [
        (inaccessible, "accessible", lambda _: Text(
            "must stay in a unit that is not accessible, and needs one",
            "muss in einer Einheit bleiben, die nicht barrierefrei ist, und braucht eine")),
        (rent > limit, "max_rent", lambda row: Text(
            f"must stay where the rent is {amount(rent[row])}, more than {amount(limit[row])}",
            f"muss bleiben, wo die Miete {amount(rent[row])} beträgt, mehr als {amount(limit[row])}")),
    ]  # fmt: skip
    for wrong, column, what in reasons:
        report.rows(pinned & wrong, what, Text("it cannot be placed while it is pinned there: check both",
                                               "solange er dort bleiben muss, findet er keinen Platz: beides prüfen"),
                    column=column, severity="note",
                    kind=Text("pinned households whose unit does not fit",
                              "Haushalte, die bleiben müssen, wo sie nicht hinpassen"))  # fmt: skip
