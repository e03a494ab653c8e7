"""From the column names of a file to those of the contract, with the nearest name where one is missing."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from allocator.city.layout import TableSource
from allocator.city.reporting import TableReporter, shown
from allocator.errors import did_you_mean
from allocator.wording import Text

__all__ = ["GEOMETRY_COLUMNS", "SYNONYMS", "folded", "nearest_column", "with_contract_names"]

GEOMETRY_COLUMNS = ("geometry", "x", "y", "lon", "lat")
"""Names that a text table may give to its geometry: WKT, metric coordinates, degrees."""

SYNONYMS = {
    "space_id": "sozialraum sozialraum_id sozialraum_nr stadtteil stadtteil_nr stadtteilnummer raumid planungsraum",
    "district_id": "bezirk bezirk_nr stadtbezirk stadtbezirk_nr bezirksnummer",
    "residents": "einwohner einwohnerzahl bevoelkerung bewohner population inhabitants ew",
    "refugees": "gefluechtete fluechtlinge schutzsuchende belegung bewohner_heute",
    "name": "bezeichnung stadtteilname",
    "building_id": "gebaeude gebaeude_id gebaeude_nr haus haus_id adresse_id address_id",
    "site_id": "standort standort_id standort_nr unterkunft unterkunft_id",
    "dwellings": "wohnungen wohneinheiten anzahl_wohnungen we",
    "refugee_flats": "gefluechtetenwohnungen fluechtlingswohnungen",
    "unit_id": "wohnung wohnung_id wohnungs_id wohneinheit einheit einheit_id wohnungsnummer flat_id",
    "capacity": "kapazitaet plaetze platzzahl places",
    "shared": "gemeinschaft gemeinschaftlich sammelunterkunft",
    "occupied": "belegt belegte_plaetze",
    "rooms": "zimmer zimmerzahl raeume",
    "floor_area": "wohnflaeche flaeche qm area_m2",
    "accessible": "barrierefrei rollstuhlgerecht barrierearm",
    "rent": "miete warmmiete monatsmiete",
    "available_from": "verfuegbar_ab frei_ab bezugsfrei_ab",
    "available_until": "verfuegbar_bis frei_bis",
    "cost": "kosten kosten_je_person",
    "kind": "art typ kategorie type",
    "facility_id": "einrichtung einrichtung_id einrichtungs_id",
    "seats": "plaetze freie_plaetze schulplaetze",
    "household_id": "haushalt haushalt_id haushalts_id haushaltsnummer bedarfsgemeinschaft bg_nummer",
    "persons": "personen personenzahl haushaltsgroesse size",
    "children_kita": "kitakinder kinder_kita",
    "children_school": "schulkinder kinder_schule",
    "group": "gruppe herkunft",
    "max_rent": "mietobergrenze hoechstmiete max_miete angemessene_miete",
    "prefers": "wunsch wuensche wunschstadtteil",
    "near": "nahe nahe_bei naehe",
    "pinned": "fest bleibt gebunden",
    "priority": "prioritaet dringlichkeit",
    "arrives": "ankunft ankunftsdatum zuweisung",
    "x": "rechtswert easting ostwert utm_x",
    "y": "hochwert northing nordwert utm_y",
    "lon": "lng longitude laenge laengengrad",
    "lat": "latitude breite breitengrad",
    "geometry": "wkt geom the_geom shape wkt_geom geometrie",
}
"""What files call a column of the contract, German and English, umlauts written out; offered as a hint, never taken.

The geometry of a text table is the exception: there the names are taken, since nothing else can be meant.
"""


def with_contract_names(frame: pd.DataFrame, source: TableSource, report: TableReporter) -> pd.DataFrame:
    """The frame under the names of the contract; every further column stays, under its own name.

    Findings: columns without or with the same name, mapped columns that are not there, required columns that are
    missing, further columns that look like a missing one.
    """
    frame = _distinct_names(frame, report)
    frame, mapped = _apply_mapping(frame, source, report)
    renames: dict[str, str] = {}
    taken = set(frame.columns)
    for wanted in (*source.table.column_names, *GEOMETRY_COLUMNS):
        if wanted in taken:
            continue
        found = _same_name(wanted, [name for name in frame.columns if name not in renames and name not in mapped],
                           source)  # fmt: skip
        if found:
            renames[found] = wanted
            if wanted not in GEOMETRY_COLUMNS:
                report.whole(Text(f"column {shown(found)} is read as '{wanted}'", f"die Spalte {shown(found)} wird als '{wanted}' "
                                  "gelesen"), Text("rename it to be sure", "umbenennen, um sicherzugehen"),
                             severity="note", column=wanted)  # fmt: skip
    frame = frame.rename(columns=renames) if renames else frame
    _report_missing(frame, source, report)
    return frame


def _distinct_names(frame: pd.DataFrame, report: TableReporter) -> pd.DataFrame:
    """The frame under trimmed names, each once; columns without a name, and repeated ones, are left out."""
    names = [str(name).strip() for name in frame.columns]
    counts = Counter(names)
    for name, count in counts.items():
        if count > 1 and name:
            report.whole(f"{count} columns have the same name", "rename or remove one", column=name)
    # A separator at the end of each line makes an empty column without a name: no loss to drop it.
    unnamed = [position for position, name in enumerate(names) if not name]
    if unnamed and (frame.iloc[:, unnamed].astype(str) != "").to_numpy().any():
        report.whole(Text("a column with values has no name; it was not read",
                          "eine Spalte mit Werten hat keinen Namen; sie wurde nicht gelesen"),
                     Text("give it a name in the header", "in der Kopfzeile benennen"), severity="note")  # fmt: skip
    kept = [position for position, name in enumerate(names) if name and name not in names[:position]]
    if len(kept) < len(names):
        frame = frame.iloc[:, kept]
    return frame.set_axis([names[position] for position in kept], axis=1)


def _apply_mapping(
    frame: pd.DataFrame, source: TableSource, report: TableReporter
) -> tuple[pd.DataFrame, frozenset[str]]:
    """The frame with mapped columns under their new names, and those names; one column may serve twice."""
    columns: dict[str, pd.Series] = {}
    if not source.columns:
        return frame, frozenset()
    taken = set(source.columns.values())
    for wanted, name in source.columns.items():
        if name in frame.columns:
            columns[wanted] = frame[name]
            continue
        free = [str(other) for other in frame.columns if other not in taken]
        report.findings.error(
            f"there is no column {shown(name)} in {source.shown}",
            did_you_mean(name, free),
            **source.place(f"columns.{wanted}"),
        )
        near = difflib.get_close_matches(name.casefold(), [other.casefold() for other in free], n=1)
        if near:
            # Read as the nearest, so that everything else that is wrong is found too, and nothing that is not.
            meant = next(other for other in free if other.casefold() == near[0])
            taken.add(meant)
            columns[wanted] = frame[meant]
    rest = frame[[name for name in frame.columns if name not in taken and name not in columns]]
    return pd.DataFrame({**columns, **{name: rest[name] for name in rest.columns}}, index=frame.index), frozenset(
        columns
    )


def folded(name: str) -> str:
    """A name without case, umlauts, and with underscores between its words."""
    plain = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return re.sub(r"[\s\-./]+", "_", plain).strip("_")


def _same_name(wanted: str, names: Iterable[str], source: TableSource) -> str:
    """The only column that is `wanted` but for case and blanks, or cut to ten letters as a Shapefile does."""
    names = list(names)
    same = [name for name in names if folded(name) == wanted]
    if not same and wanted in GEOMETRY_COLUMNS:
        same = [name for name in names if folded(name) in SYNONYMS[wanted].split()][:1]
    if not same and source.file.suffix.lower() == ".shp" and len(wanted) > 10:
        alike = [name for name in source.table.column_names if name[:10] == wanted[:10]]
        same = [name for name in names if folded(name) == wanted[:10] and len(alike) == 1]
    return same[0] if len(same) == 1 else ""


def nearest_column(wanted: str, names: Iterable[str], cutoff: float = 0.75) -> str:
    """The name that probably means the column `wanted`: a known synonym or the nearest spelling; empty if none."""
    names = [str(name) for name in names]
    plain = {folded(name): name for name in reversed(names)}
    for synonym in SYNONYMS.get(wanted, "").split():
        if synonym in plain:
            return plain[synonym]
    near = difflib.get_close_matches(wanted, list(plain), n=1, cutoff=cutoff)
    return plain[near[0]] if near else ""


def _report_missing(frame: pd.DataFrame, source: TableSource, report: TableReporter) -> None:
    """Report missing columns, and once all further columns that look like one: a mapping that can be copied."""
    table = source.table
    unknown = [str(name) for name in frame.columns if name not in (*table.column_names, *GEOMETRY_COLUMNS)]
    missing = [column for column in table.columns if column.name not in frame.columns
               and column.name not in source.columns]  # fmt: skip
    alike: dict[str, str] = {}
    for column in sorted(missing, key=lambda column: not column.required):
        near = nearest_column(column.name, unknown, 0.6 if column.required else 0.8)
        if near:
            unknown.remove(near)
        if near in source.columns:
            add = report.findings.error if column.required else report.findings.note
            add(f"{shown(near)} is no column of {table.name}, and {column.name} is missing",
                f"did you mean '{column.name}'?", **source.place(f"columns.{near}"))  # fmt: skip
        elif column.required:
            had = ", ".join(unknown[:12]) or "no other column"
            hint = f"did you mean {shown(near)}? Rename it, or map it in a city.yaml: {_mapping({column.name: near})}"
            report.whole("the column is missing", hint if near else f"add it; the file has: {had}", column=column.name)
        elif near:
            alike[column.name] = near
    if alike:
        told = ", ".join(f"{shown(near)} like {name}" for name, near in alike.items())
        german = ", ".join(f"{shown(near)} wie {name}" for name, near in alike.items())
        what = Text(f"further columns look like columns that are missing: {told}",
                    f"weitere Spalten sehen aus wie Spalten, die fehlen: {german}")  # fmt: skip
        if len(alike) == 1:
            name = next(iter(alike))
            what = Text(f"the further column looks like '{name}', which is missing",
                        f"die weitere Spalte sieht aus wie '{name}', die fehlt")  # fmt: skip
        remedy = Text(f"if that is meant, rename, or map in a city.yaml: {_mapping(alike)}",
                      f"wenn sie gemeint ist, umbenennen oder in einer city.yaml zuordnen: {_mapping(alike)}")  # fmt: skip
        report.whole(what, remedy, severity="note",
                     column=next(iter(alike.values())) if len(alike) == 1 else "")  # fmt: skip


def _mapping(columns: dict[str, str]) -> str:
    """The key `columns` of a city.yaml, to be copied."""
    return "columns: {" + ", ".join(f"{name}: {_quoted(told)}" for name, told in columns.items()) + "}"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d][\w .-]*", name) else "'" + name.replace("'", "''") + "'"
