"""The open data of Köln as it lies in its folder: read whole, or refused with all findings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from allocator.errors import Findings

__all__ = ["ADDRESSES", "ANCHORS", "CRS", "GEOPACKAGE", "REMEDY", "STREETS", "OpenData", "read_open_data"]

CRS = "EPSG:25832"
GEOPACKAGE, ADDRESSES, ANCHORS = "koeln.gpkg", "adressen_abgeleitet.parquet", "arbeitslosenquote_anker.csv"
LAYERS = {
    "stadtteile": ("stt_nr", "stt_name", "bezirk_nr", "einwohner", "auslaender", "migrationshintergrund", "anteil_mh",
                   "anteil_ausl"),
    "stadtbezirke": ("stb_nr", "stb_name"),
    "poi_fnp_signets": ("typ", "stt_nr"),
    "unterkuenfte_fakten": ("site_id", "street", "house_no", "stadtteil", "type", "capacity", "status", "note",
                            "source_url", "stt_nr"),
}  # fmt: skip
STREETS = "strassenabschnitte"
REMEDY = "give the folder of the open data of Köln with --source (see data/koeln/README.md)"


@dataclass(frozen=True)
class OpenData:
    """What the folder holds, as it is."""

    folder: Path
    layers: dict[str, gpd.GeoDataFrame]
    addresses: pd.DataFrame
    anchors: pd.DataFrame


def read_open_data(folder: Path) -> OpenData:
    """The open data in `folder`, vector layers in CRS.

    Raises InputError with all findings: files that are missing or broken, else all missing layers and columns.
    """
    import pyogrio

    findings = Findings()
    for name in (GEOPACKAGE, ADDRESSES, ANCHORS):
        if not (folder / name).is_file():
            findings.error("the file is missing", REMEDY, file=str(folder / name))
    findings.raise_if_errors()
    layers: dict[str, gpd.GeoDataFrame] = {}
    tables: dict[str, pd.DataFrame] = {}
    try:
        known = {name for name, _ in pyogrio.list_layers(folder / GEOPACKAGE)}
        for layer in (*LAYERS, STREETS):
            if layer not in known:
                findings.error(f"the layer {layer} is missing", REMEDY, file=GEOPACKAGE, table=layer)
            elif layer in LAYERS:
                layers[layer] = gpd.read_file(folder / GEOPACKAGE, layer=layer).to_crs(CRS)
        tables[ADDRESSES] = pd.read_parquet(folder / ADDRESSES)
        tables[ANCHORS] = pd.read_csv(folder / ANCHORS, encoding="utf-8")
    except (OSError, ValueError, RuntimeError) as error:
        findings.error(f"cannot be read: {error}", REMEDY, file=str(folder))
        findings.raise_if_errors()
    needed = {layer: (layers[layer], columns) for layer, columns in LAYERS.items() if layer in layers}
    needed[ADDRESSES] = (tables[ADDRESSES], ("strassen_nr", "strasse", "hausnr", "stt_nr", "x", "y"))
    needed[ANCHORS] = (tables[ANCHORS], ("stadtteil", "arbeitslosenquote_prozent"))
    for table, (frame, columns) in needed.items():
        for column in columns:
            if column not in frame.columns:
                findings.error("the column is missing", REMEDY, file=str(folder), table=table, column=column)
    findings.raise_if_errors()
    return OpenData(folder.resolve(), layers, tables[ADDRESSES], tables[ANCHORS])
