"""Whether map, GeoPackage and report of a run show the numbers of its plan.

Read back from the files themselves and held against the allocation and the input, with nothing of what wrote them: a
map that stayed behind when the plan was made again is a finding. A file that is gone is none.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from allocator.errors import Findings
from allocator.plan import Plan

__all__ = ["check_shown"]

REMEDY = "it is not of this plan; write it again (allocator map, allocator report), or run the scenario again"
LISTED = 5
"""Differing numbers of one file that are named one by one."""

Numbers = dict[str, tuple[int, int]]
"""Refugees before and after the plan, by the id of the social space."""


def check_shown(plan: Plan, folder: Path, findings: Findings) -> None:
    """Add a finding for each file that cannot be read, and for each number of it that is not that of the plan."""
    counted = _counted(plan)
    for name, read in (("map.html", _map), ("city.gpkg", _geopackage), ("report.html", _report)):
        path = folder / name
        if not path.is_file():
            continue
        try:
            spaces, homes = read(path, plan)
        except (OSError, ValueError, LookupError, TypeError, sqlite3.Error) as error:
            findings.error(f"cannot be read: {error}", REMEDY, file=str(path))
            continue
        differ = list(_differing(spaces, counted, "social space"))
        if homes is not None:
            differ += _differing(homes, _homes(plan), "household")
        for what, row in differ[:LISTED]:
            findings.error(what, REMEDY, file=str(path), row=row)
        if len(differ) > LISTED:
            findings.error(f"{len(differ) - LISTED} further numbers differ", REMEDY, file=str(path))


def _counted(plan: Plan) -> Numbers:
    """Refugees of each social space, counted from the list and from what is there besides."""
    ledger = plan.ledger
    besides = ledger.persons_besides("social_space")
    added = [ledger.add_up(stays, "social_space", lambda stay: stay.household["persons"])
             for stays in (ledger.stays_today, ledger.stays_after)]  # fmt: skip
    return {
        space: tuple(round(besides.get(space, 0) + when.get(space, 0)) for when in added) for space in ledger.spaces
    }


def _homes(plan: Plan) -> dict[str, str]:
    """The unit of each household in which it lives after the plan; "" for none."""
    homes = dict.fromkeys(plan.allocation["household_id"], "")
    return homes | {stay.household["household_id"]: stay.unit["unit_id"] for stay in plan.ledger.stays_after}


def _differing(told: Mapping[str, Any], wanted: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    """What a file says otherwise, and of what."""
    for name in sorted(told.keys() | wanted.keys()):
        one, other = told.get(name), wanted.get(name)
        if one != other:
            yield f"says {_words(one)}, the allocation gives {_words(other)}", f"{kind} {name}"


def _words(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value[0]} refugees before and {value[1]} after" if isinstance(value, tuple) else f"'{value}'"


def _map(path: Path, _: Plan) -> tuple[Numbers, dict[str, str]]:
    """Social spaces and residents of a map; households that it calls unplaced have no unit."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="content">(.*?)</script>', text, flags=re.DOTALL)
    if found is None:
        raise ValueError("it holds no content")
    content = json.loads(found[1])
    spaces, residents, units = content["spaces"], content["residents"], content["units"]["id"]
    numbers = (spaces["numbers"][name] for name in ("refugees_before", "refugees_after"))
    homes = dict.fromkeys(content["unplaced"]["id"], "")
    homes |= {name: units[unit] for name, unit in zip(residents["id"], residents["unit"], strict=True)}
    return dict(zip(spaces["id"], zip(*numbers, strict=True), strict=True)), homes


def _geopackage(path: Path, plan: Plan) -> tuple[Numbers, dict[str, str]]:
    """The layer of social spaces and the table of the allocation, with those who remain where they live."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        spaces = database.execute("SELECT space_id, refugees_before, refugees_after FROM social_spaces").fetchall()
        homes = dict(database.execute("SELECT household_id, ifnull(unit_id, '') FROM allocation").fetchall())
    remain = {name: unit for name, unit in _homes(plan).items() if not homes.get(name, unit)}
    return {space: (before, after) for space, before, after in spaces}, homes | remain


class _Rows(HTMLParser):
    """The cells of every row of tables of areas: the head with its id, then the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, str, list[str]]] = []
        self.areas = False
        self.told: dict[str, list[str]] = {}
        self.cell = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open what is read: a table of areas, a row, its head, the id in it, a cell."""
        kind = (dict(attrs).get("class") or "").split()
        if tag == "table":
            self.areas = "areas" in kind
        elif tag == "tr":
            self.told = {"th": [], "id": [], "td": []}
        elif tag in ("th", "td") or (tag == "span" and "id" in kind):
            self.cell = "id" if tag == "span" else tag
            self.told.setdefault(self.cell, []).append("")

    def handle_data(self, data: str) -> None:
        """Text of the open cell."""
        if self.areas and self.cell and self.told.get(self.cell):
            self.told[self.cell][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Close a cell; a whole row is kept."""
        if tag == "span" and self.cell == "id":
            self.cell = "th"
        elif tag in ("th", "td"):
            self.cell = ""
        elif tag == "tr" and self.areas and len(self.told["td"]) > 2 and len(self.told["th"]) == 1:
            name, *more = (*self.told["th"], *self.told["id"])
            self.rows.append((name.strip(), (more or [""])[0].strip(), self.told["td"]))


def _report(path: Path, plan: Plan) -> tuple[Numbers, None]:
    """The tables of areas, by id or, where name and id are one, by that; districts are left out."""
    parser = _Rows()
    parser.feed(path.read_text(encoding="utf-8"))
    spaces = plan.ledger.spaces
    numbers = {}
    for name, identity, cells in parser.rows:
        space = identity or name
        if space in spaces and name in (spaces[space]["name"], space):
            numbers[space] = (_whole(cells[1]), _whole(cells[2]))
    return numbers, None


def _whole(text: str) -> int:
    """A whole number in the form of either language."""
    return int(re.sub(r"[.,\s]", "", text))
