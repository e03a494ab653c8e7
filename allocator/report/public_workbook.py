"""The sheets of the public workbook: what the public report says, with published numbers as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.indicators.definitions import AREA_COLUMNS
from allocator.publication.publication import KINDS
from allocator.report.numbers import Language
from allocator.report.public_content import public_report_content
from allocator.report.words import WORDS
from allocator.report.workbook import Column, Kind, Sheet
from allocator.report.workbook_sheets import source_rows
from allocator.report.workbook_words import WORKBOOK_WORDS

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["public_sheets"]

_KINDS: dict[str, Kind] = {"residents": "count", "refugees_before": "count", "refugees_after": "count",
                           "change": "signed", "share_before": "share", "share_after": "share"}  # fmt: skip


def public_sheets(plan: Plan, published: Publication, language: Language) -> list[Sheet]:
    """Overview, rules, goals, districts and city, social spaces, household sizes, sites if asked, sources, settings."""
    content = public_report_content(plan, published, language)
    w = {**WORDS[language], **WORKBOOK_WORDS[language], **content["p"]}
    text = (Column(w["item"]), Column(w["value"]))
    overview = [(w["report"], content["title"]), (w["question"], content["description"]), *content["question"],
                (w["result"], f"{content['sentence']}."), *((w["not_met"], told) for told in content["not_met"]),
                (w["method_title"], content["method"]), ("", w["shares"]),
                *((w["synthetic"], told) for told in content["synthetic"])]  # fmt: skip
    rules = [(rule["name"], rule["sentence"], w["soft"] if rule["soft"] else w["hard"], rule["findings"][0], rule["source"])
             for rule in content["rules"]]  # fmt: skip
    heads = ("rule", "what_it_says", "kind", "state", "source")
    sheets = [
        Sheet(w["overview"], text, [row for row in overview if row[1]]),
        Sheet(w["rules"], tuple(Column(w[head]) for head in heads), rules),
        Sheet(w["goals"], (Column(w["order"], "count"), Column(w["goal"])), list(enumerate(content["goals"], start=1))),
        _areas(published, ("district", "city"), language, w["districts"], w["withheld"]),
        _areas(published, ("social_space",), language, w["social_spaces"], w["withheld"]),
        _sizes(published, w),
    ]
    if published.sites_from is not None:
        sheets.append(Sheet(w["sites_sheet"], (Column(content["sites_title"]), Column(w["space"])), published.sites))
    sources = [row[1:6] for row in source_rows(plan, language)]
    names = ("title", "licence", "attribution", "date", "address")
    columns = tuple(Column(w[name], "date" if name == "date" else "text") for name in names)
    return [*sheets, Sheet(w["sources"], columns, sources), Sheet(w["reproduce_sheet"], text, content["settings"])]


def _areas(published: Publication, levels: tuple[str, ...], language: Language, name: str, withheld: str) -> Sheet:
    table = published.areas[published.areas["level"].isin(levels)]
    shown = [column for column in table.columns if column != "level"]
    heads = {one.name: getattr(one.title, language) or one.name for one in AREA_COLUMNS}
    columns = tuple(Column(heads[column], _KINDS.get(column, "text")) for column in shown)
    counts = {"share_before": "refugees_before", "share_after": "refugees_after"}

    def cell(row: Any, column: str) -> Any:
        value = getattr(row, column)
        hidden = pd.isna(getattr(row, counts[column])) or pd.isna(row.residents) if column in counts else pd.isna(value)
        return withheld if hidden and column in _KINDS else value

    return Sheet(name, columns, [[cell(row, column) for column in shown] for row in table.itertuples(index=False)])


def _sizes(published: Publication, w: dict[str, str]) -> Sheet:
    def told(value: Any) -> Any:
        return w["withheld"] if value is None or pd.isna(value) else int(value)

    rows = [[str(size), *(told(row[kind]) for kind in KINDS)] for size, row in published.sizes.iterrows()]
    rows[-1][0] = w["total"]
    rows.append([w["persons"], *(told(published.persons[kind]) for kind in KINDS)])
    names = ("listed", "placed_column", "unplaced_column")
    return Sheet(w["sizes_sheet"], (Column(w["size"]), *(Column(w[name], "count") for name in names)), rows)
