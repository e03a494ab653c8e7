"""Everything of a plan that may be public, in a folder of its own, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.errors import OutputExistsError
from allocator.runs.folder import PUBLICATION, new_folder
from allocator.runs.tables import write_csv

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication
    from allocator.report.numbers import Language

__all__ = ["publish_run"]

FILES = ("map.html", "report.html", "report.xlsx", "indicators.csv", "areas.gpkg")


def publish_run(
    plan: Plan,
    folder: Path,
    *,
    language: Language = "de",
    sites_from: int | None = None,
    overwrite: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Publication:
    """Write map, report, workbook, table and GeoPackage of areas, and `publication.json`, which lists them.

    All are made of one `Publication`. The folder must not be that of a run, which is internal: OutputExistsError, also
    with `overwrite`. Otherwise refused is what `new_folder` refuses.
    """
    from allocator.maps import public_pictures, write_map, write_public_geopackage
    from allocator.publication import publication
    from allocator.report import write_public_report, write_public_workbook

    if (folder / "result.json").exists():
        raise OutputExistsError(f"{folder} holds a run, which is internal; choose another --out")
    with new_folder(folder, overwrite, tell, PUBLICATION) as draft:
        published = publication(plan, sites_from)
        write_map(plan, draft / "map.html", language=language, published=published)
        pictures = public_pictures(plan, published, language)
        write_public_report(plan, published, draft / "report.html", language=language, pictures=pictures)
        write_public_workbook(plan, published, draft / "report.xlsx", language=language)
        write_csv(published.areas, draft / "indicators.csv")
        write_public_geopackage(plan, published, draft / "areas.gpkg", language=language)
        told = {"format": 1, "public": True, "language": language, "files": list(FILES), "withheld": published.withheld,
                "sites_from": sites_from}  # fmt: skip
        text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
        (draft / "publication.json").write_text(text, encoding="utf-8", newline="\n")
    return published
