"""Seats of facilities from the city's own list, joined by id or by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from allocator.access.osm_elements import normalised_name
from allocator.city.coercion import numbers_of, text_of
from allocator.city.formats import read_raw
from allocator.city.layout import table_source
from allocator.city.model_city.town import ModelCity
from allocator.city.naming import with_contract_names
from allocator.city.reporting import TableReporter, row_labels, shown
from allocator.city.tables import Column, Table
from allocator.errors import Findings

__all__ = ["attach_seats"]

SEATS = Table(
    "seats",
    "facility_id",
    "Free seats of facilities.",
    (
        Column("facility_id", "text", "Id of the facility."),
        Column("name", "text", "Name of the facility, where it has no id in the list."),
        Column("kind", "text", "Kind of the facility."),
        Column("seats", "count", "Free seats.", "seats", required=True, minimum=0),
    ),
)
ALIKE = 87.0
"""Least likeness (0 to 100) of two names that are taken for one; a second candidate must be less alike by LEAD."""
LEAD = 4.0


def attach_seats(city: ModelCity, path: Path, findings: Findings) -> ModelCity:
    """The city with `seats` of the facilities that a list names: by `facility_id`, else by `name` (and `kind`).

    A name is compared without case, umlauts and signs; if none is the same, the only one that is nearly the same is
    taken, with a note. Rows that match nothing, or several facilities, are notes with the nearest name: a list of
    the whole city holds more than a part of it. Errors: no column of seats, no whole numbers, a facility named twice.
    """
    source = table_source(SEATS, Path(path))
    raw = read_raw(source, findings)
    if raw is None:
        return city
    report = TableReporter(findings, source.shown, "seats")
    frame = with_contract_names(raw.frame, source, report).reset_index(drop=True)
    if "seats" not in frame or not {"facility_id", "name"} & set(frame.columns):
        if "seats" in frame:
            report.whole("there is neither facility_id nor name", "add one of them")
        return city
    empty = pd.Series([""] * len(frame), dtype=object)
    ids, names, kinds = (text_of(frame[c]) if c in frame else empty for c in ("facility_id", "name", "kind"))
    labels = row_labels(names.where(ids == "", ids), len(frame), raw.first_row)
    report = report.with_labels(labels)
    numbers, wrong = numbers_of(frame["seats"], "," if raw.separator == ";" else "")
    wrong |= np.isnan(numbers) | (numbers < 0) | (numbers != np.round(numbers))
    report.rows(wrong, lambda row: f"{shown(frame['seats'].iloc[row])} is no number of seats",
                "write a whole number such as 12", column="seats")  # fmt: skip
    row, told = _matched(ids.tolist(), names.tolist(), kinds.tolist(), city, report)
    again = pd.Series(row).duplicated().to_numpy() & (row >= 0)
    known = city.facilities["facility_id"].to_numpy(dtype=object)
    report.rows(again, lambda at: f"facility {shown(known[row[at]])} has seats in an earlier row too",
                "keep one of the rows", column="facility_id")  # fmt: skip
    unmatched = row < 0
    report.rows(unmatched, lambda at: told[at][0], lambda at: told[at][1], column="name", severity="note",
                kind="facilities that are not in the city")  # fmt: skip
    seats = city.facilities["seats"].astype("Int64").copy()
    good = (row >= 0) & ~wrong & ~again
    seats.iloc[row[good]] = numbers[good].astype(np.int64)
    if unmatched.any():
        report.whole(f"{int(unmatched.sum())} of {len(frame)} rows match no facility; seats of {int(good.sum())} "
                     "facilities are set", severity="note")  # fmt: skip
    return replace(city, facilities=city.facilities.assign(seats=seats))


def _matched(
    ids: list[str], names: list[str], kinds: list[str], city: ModelCity, report: TableReporter
) -> tuple[np.ndarray, dict[int, tuple[str, str]]]:
    """Row of the facility of each row (-1: none), and for those (what is wrong, what to do)."""
    from rapidfuzz import fuzz

    table = city.facilities
    by_id = {name: row for row, name in enumerate(table["facility_id"])}
    folded = [normalised_name(name) for name in table["name"]]
    of_kind = table["kind"].to_numpy(dtype=object)
    row, told = np.full(len(ids), -1), {}
    guessed = np.zeros(len(ids), dtype=bool)
    for at, (one, name, kind) in enumerate(zip(ids, names, kinds, strict=True)):
        if one in by_id:
            row[at] = by_id[one]
            continue
        if not name:
            told[at] = (f"there is no facility {shown(one)}", "correct the id, or give a name")
            continue
        wanted = normalised_name(name)
        pool = [place for place in range(len(table)) if not kind or of_kind[place] == kind]
        likeness = {place: 101.0 if folded[place] == wanted else fuzz.token_sort_ratio(folded[place], wanted)
                    for place in pool}  # fmt: skip
        ranked = sorted(likeness, key=lambda place: (-likeness[place], place))
        best = ranked[0] if ranked else -1
        second = likeness[ranked[1]] if len(ranked) > 1 else 0.0
        if best >= 0 and likeness[best] >= ALIKE and likeness[best] - second >= LEAD:
            row[at], guessed[at] = best, likeness[best] <= 100
        elif best >= 0 and likeness[best] >= ALIKE:
            told[at] = (f"several facilities are called {shown(name)}", "name the facility_id, or the kind")
        else:
            near = f"did you mean {shown(table['name'].iloc[best])}?" if best >= 0 and likeness[best] >= 60 else ""
            told[at] = (f"no facility is called {shown(name)}", near or "it may lie outside; else name its facility_id")
    report.rows(guessed, lambda at: f"{shown(names[at])} is taken for {shown(table['name'].iloc[row[at]])}",
                "name the facility_id to be sure", column="name", severity="note",
                kind="names that are nearly those of a facility")  # fmt: skip
    return row, told
