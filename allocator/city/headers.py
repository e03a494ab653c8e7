"""Tables whose header does not stand in the first row: where it seems to stand instead."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.city.layout import TableSource
from allocator.city.naming import GEOMETRY_COLUMNS, SYNONYMS, folded
from allocator.city.reporting import shown
from allocator.errors import Findings

__all__ = ["LOOKED_AT", "header_elsewhere"]

LOOKED_AT = 30
"""So many rows are looked at; titles and notes above a table are shorter."""


def header_elsewhere(rows: Sequence[Sequence[object]], source: TableSource, findings: Findings, above: int = 0) -> bool:
    """Whether the header seems to stand below the first of these rows; then an error says where, and what to do.

    It stands in the row with most names of the table's columns (as the contract, the city.yaml or German lists call
    them), if the first row has hardly any. Where the first row is nothing but a title, in the first full row below.
    `above` counts the rows of the file before these.
    """
    if source.header is not None or not rows:
        return False
    known = {folded(name) for name in (*source.columns.values(), *source.table.column_names, *GEOMETRY_COLUMNS)}
    known |= {word for name in source.table.column_names for word in SYNONYMS.get(name, "").split()}
    named = [sum(folded(str(cell)) in known for cell in row) for row in rows]
    filled = [sum(str(cell).strip() != "" for cell in row) for row in rows]
    best = max(range(len(rows)), key=lambda row: named[row])
    if named[best] < named[0] + 2:
        best = next(row for row in range(len(rows)) if 5 * filled[row] >= 4 * max(filled))
        if filled[0] > 1 or filled[best] < 2 or named[0]:
            return False
    cells = [str(cell).strip() for cell in rows[best] if str(cell).strip()]
    listed = ", ".join(shown(cell) for cell in cells[:4]) + (", …" if len(cells) > 4 else "")
    number = best + 1 + above
    findings.error(
        f"the header seems to stand in row {number} ({listed}), not in the first row",
        f"say so in a city.yaml: tables: {{{source.table.name}: {{source: {source.shown}, header: {number}}}}}; or "
        "delete the rows above it",
        file=source.shown,
        table=source.table.name,
    )
    return True
