"""Köln: Stadtteile, addresses, accommodations and facilities as they are, completed by what is not published."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from allocator.city.city import Source
from allocator.city.complete import (
    Estimate,
    centrality,
    estimate_missing,
    flats_on_addresses,
    invented,
    marked,
    units_of_sites,
)
from allocator.city.koeln_source import (
    ADDRESSES,
    ANCHORS,
    CRS,
    GEOPACKAGE,
    REMEDY,
    STREETS,
    OpenData,
    read_open_data,
)
from allocator.city.model_city.chance import random_stream
from allocator.city.model_city.facilities import free_seats
from allocator.city.model_city.households import make_households, with_surroundings
from allocator.city.model_city.society import GROUPS, group_residents, status_classes
from allocator.city.model_city.town import ModelCity, number_units
from allocator.errors import Findings, InputError, UsageError
from allocator.wording import Text

__all__ = ["make_koeln"]

RENT_LEVEL = 10.6
"""EUR a month and m², without heating, of a middling flat: an assumption, see `monthly_rents`."""
REFERENCE_RENT = 11.1
"""EUR a month and m² that are paid for households: an assumption, see `highest_rents`."""
LEAST_UNEMPLOYMENT = 1.0
INNER_DISTRICT = "1"
KINDS = {
    "kita": ("kita", "Kita"),
    "schule": ("school", "Schule"),
    "krankenhaus": ("hospital", "Krankenhaus"),
    "jugend": ("youth_centre", "Jugendeinrichtung"),
    "spielplatz": ("playground", "Spielplatz"),
    "verwaltung": ("public_office", "Verwaltung"),
    "alten": ("elderly_care", "Alteneinrichtung"),
    "sporthalle": ("sports_hall", "Sporthalle"),
    "sportplatz": ("sports_ground", "Sportplatz"),
}
"""Kind of facility and beginning of its name, for each official symbol."""
KINDS_WITH_FLATS = ("Systembau", "mobile Wohneinheiten", "Holzbau", "konventioneller Bau", "Wohnhaus")
"""Types of accommodation whose places are flats of their own; all others are shared."""
UNKNOWN_CAPACITY = (60, 100)
"""Range of the capacities that are not known, around the council's standard of 80 places."""
PLACES_PER_BUILDING = 60
IN_USE = (0.82, 0.96)
COSTS = {True: (230, 330), False: (320, 520)}


def make_koeln(
    source: Path, seed: int = 1, *, households: int = 3_000, flats: int = 3_500, buildings: int = 3_000
) -> ModelCity:
    """Köln from the open data in the folder `source`; the same seed and counts give the same city.

    Real: Stadtteile with their statistics, addresses, accommodations with known capacities, facilities, streets (which
    stay in their file). Made up from the seed, and marked in the columns `synthetic` and `synthetic_columns`: vacant
    flats with rents, dwellings, unknown capacities, occupancy, free seats, groups, households. Raises InputError with
    all findings if a file, a layer or a column is missing, and UsageError for counts that do not go together.
    """
    if not 1 <= buildings <= flats or households < 1:
        raise UsageError("Köln needs at least 1 household, and at least as many flats as buildings that hold them")
    read = read_open_data(Path(source))
    spaces = _social_spaces(seed, read)
    if buildings > (most := len(read.addresses) // 2):
        raise UsageError(f"buildings can be at most {most}, half of the known addresses; it is {buildings}")
    rng = random_stream(seed, "koeln flats")
    homes, vacant = flats_on_addresses(
        rng, _addresses(read, spaces), spaces, flats=flats, buildings=buildings, rent_level=RENT_LEVEL
    )
    sites, site_buildings, site_units = _sites(seed, read, spaces)
    houses = pd.concat([homes.assign(site_id=""), site_buildings], ignore_index=True)
    units = invented(number_units(pd.concat([vacant, site_units], ignore_index=True)))
    at_sites = sites.groupby("space_id")["refugees"].sum()
    today = spaces.assign(refugees=spaces["space_id"].map(at_sites).fillna(0))
    people = make_households(
        random_stream(seed, "koeln households"),
        households,
        spaces=spaces.assign(pull=spaces["residents"] * (0.4 + spaces["centrality"])),
        units=with_surroundings(units, houses, today),
        reference_rent=REFERENCE_RENT,
        groups=GROUPS,
    )
    return ModelCity(
        name="Köln",
        crs=CRS,
        social_spaces=spaces.drop(columns=["centrality"]),
        buildings=_houses(houses),
        units=units,
        sites=_placed(sites).drop(columns="space_id"),
        facilities=_facilities(seed, read, spaces, households),
        streets=None,
        households=invented(people),
        sources=_credits(read, seed, spaces),
        elsewhere={"streets": {"source": str(read.folder / GEOPACKAGE), "layer": STREETS}},
    )


def _social_spaces(seed: int, read: OpenData) -> gpd.GeoDataFrame:
    """The 86 Stadtteile with residents, shares of migrants, unemployment (percent), status classes and groups."""
    parts = read.layers["stadtteile"].sort_values("stt_nr").reset_index(drop=True)
    districts = read.layers["stadtbezirke"].set_index("stb_nr")["stb_name"]
    anchors = read.anchors.set_index("stadtteil")["arbeitslosenquote_prozent"]
    rate = _unemployment(parts, anchors)
    spaces = gpd.GeoDataFrame(
        {
            "space_id": parts["stt_nr"],
            "name": parts["stt_name"],
            "district_id": parts["bezirk_nr"],
            "district_name": parts["bezirk_nr"].map(districts),
            "residents": parts["einwohner"].astype(int),
            "anteil_mh": parts["anteil_mh"].round(4),
            "anteil_ausl": parts["anteil_ausl"].round(4),
            "unemployment_rate": np.round(rate.values, 1),
            "status_index": status_classes(rate.values),
        },
        geometry=parts.geometry,
        crs=CRS,
    )
    groups = group_residents(random_stream(seed, "koeln groups"), parts["migrationshintergrund"].to_numpy())
    spaces[list(groups)] = groups
    inner = spaces.geometry[spaces["district_id"] == INNER_DISTRICT].union_all().centroid
    middle = shapely.get_coordinates(spaces.geometry.representative_point().to_numpy())
    spaces["centrality"] = centrality(middle, np.array([inner.x, inner.y]), float(spaces.area.sum()))
    made_up = {"unemployment_rate": rate.estimated, "status_index": True} | dict.fromkeys(groups, True)
    return marked(spaces, made_up)


def _unemployment(parts: pd.DataFrame, anchors: pd.Series) -> Estimate:
    """Unemployment of every Stadtteil, percent: the known rates, else their regression on the share of migrants."""
    known = parts["stt_name"].map(anchors).to_numpy(dtype=float)
    try:
        return estimate_missing(known, parts["anteil_mh"].to_numpy(dtype=float), least=LEAST_UNEMPLOYMENT)
    except ValueError as error:
        findings = Findings()
        findings.error(f"too few rates of known Stadtteile: {error}", REMEDY, file=ANCHORS, column="stadtteil")
        raise InputError(findings) from error


def _addresses(read: OpenData, spaces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every address once, in a known Stadtteil, with what is known of its surroundings."""
    found = read.addresses.dropna(subset=["stt_nr"]).drop_duplicates(["strassen_nr", "hausnr"])
    row = pd.Series(spaces.index, index=spaces["space_id"]).reindex(found["stt_nr"]).to_numpy()
    found, row = found[~np.isnan(row)], row[~np.isnan(row)].astype(np.int64)
    number = found["hausnr"].astype(int).astype(str)
    return pd.DataFrame(
        {
            "building_id": (found["strassen_nr"].astype(str) + "-" + number).to_numpy(),
            "address": (found["strasse"].astype(str) + " " + number).to_numpy(),
            "x": found["x"].to_numpy(),
            "y": found["y"].to_numpy(),
            "space": row,
            "space_id": spaces["space_id"].to_numpy()[row],
            "status_index": spaces["status_index"].to_numpy()[row],
            "centrality": spaces["centrality"].to_numpy()[row],
        }
    )


def _sites(seed: int, read: OpenData, spaces: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The accommodations with the buildings and units of which they are thought to consist."""
    rng = random_stream(seed, "koeln sites")
    facts = read.layers["unterkuenfte_fakten"].sort_values("site_id").reset_index(drop=True)
    unknown = facts["capacity"].isna().to_numpy()
    drawn = rng.integers(UNKNOWN_CAPACITY[0], UNKNOWN_CAPACITY[1] + 1, len(facts))
    capacity = np.where(unknown, drawn, facts["capacity"].fillna(0)).astype(np.int64)
    running = facts["status"].fillna("").str.startswith("in Betrieb").to_numpy()
    counted = facts["note"].fillna("").str.contains("= Belegung", regex=False).to_numpy()
    with_flats = facts["type"].isin(KINDS_WITH_FLATS).to_numpy()
    low, high = (np.where(with_flats, COSTS[True][end], COSTS[False][end]) for end in (0, 1))
    street = facts["street"].fillna("") + (" " + facts["house_no"].fillna("")).str.rstrip()
    part = facts["stt_nr"].map(spaces.set_index("space_id")["name"]).fillna("")
    sites = pd.DataFrame(
        {
            "site_id": facts["site_id"],
            "name": street + ", " + part,
            "kind": facts["type"],
            "status": facts["status"],
            "capacity": capacity,
            "cost": np.round(rng.uniform(low, high) / 5) * 5,
            "source_url": facts["source_url"],
            "flats": with_flats,
            "buildings": np.maximum(1, np.round(capacity / PLACES_PER_BUILDING)).astype(int),
            "in_use": np.where(running, np.where(counted, 1.0, rng.uniform(*IN_USE, len(facts))), 0.0),
            "owner": "municipal",
            "until": "",
            "space_id": facts["stt_nr"],
            "x": facts.geometry.x,
            "y": facts.geometry.y,
        }
    )
    buildings, units, refugees = units_of_sites(rng, sites, spaces)
    sites.insert(5, "refugees", refugees)
    made_up = {"capacity": unknown, "refugees": running & ~counted, "cost": True}
    sites = marked(sites.drop(columns=["flats", "buildings", "in_use", "owner", "until"]), made_up)
    names = sites.set_index("site_id")["name"]
    return sites, buildings.assign(address=buildings["site_id"].map(names)), units


def _facilities(seed: int, read: OpenData, spaces: gpd.GeoDataFrame, households: int) -> gpd.GeoDataFrame:
    """The official symbols with kinds of the contract, where one fits; free seats of schools and Kitas are made up."""
    found = read.layers["poi_fnp_signets"]
    found = found[found["typ"].isin(KINDS)]
    corners = shapely.get_coordinates(found.geometry.to_numpy())
    found = found.iloc[np.lexsort([corners[:, 1], corners[:, 0], found["typ"]])].reset_index(drop=True)
    kind = found["typ"].map({symbol: kind for symbol, (kind, _) in KINDS.items()})
    label = found["typ"].map({symbol: label for symbol, (_, label) in KINDS.items()})
    number = found.groupby("typ").cumcount() + 1
    where = found["stt_nr"].map(spaces.set_index("space_id")["name"]).fillna("")
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": found["typ"] + "-" + number.astype(str).str.zfill(4),
            "kind": kind,
            "name": (label + " " + where).str.strip(),
            "seats": free_seats(random_stream(seed, "koeln seats"), kind, households),
        },
        geometry=found.geometry,
        crs=CRS,
    )
    return marked(facilities, {"seats": kind.isin(["school", "kita"]).to_numpy()})


def _houses(houses: pd.DataFrame) -> gpd.GeoDataFrame:
    """The table of buildings: real addresses, made-up dwellings."""
    columns = ["building_id", "space_id", "site_id", "address", "dwellings", "refugee_flats", "x", "y"]
    return _placed(marked(houses[columns], {"dwellings": True, "refugee_flats": True}))


def _placed(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    points = shapely.points(frame[["x", "y"]].to_numpy())
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=points, crs=CRS)


def _credits(read: OpenData, seed: int, spaces: gpd.GeoDataFrame) -> tuple[Source, ...]:
    """Origin and licence of what is real, and one sentence on what is made up in each table."""
    city = {"licence": "CC-BY", "attribution": "Stadt Köln"}
    estimated = int(spaces["synthetic_columns"].str.contains("unemployment_rate").sum())
    made_up = {
        "social_spaces.parquet": Text(
            f"Unemployment of {estimated} of {len(spaces)} Stadtteile is estimated from the share of residents with a "
            "migration background, status classes follow from it, groups a to c are invented.",
            f"Die Arbeitslosigkeit von {estimated} der {len(spaces)} Stadtteile ist aus dem Anteil der Einwohner mit "
            "Migrationshintergrund geschätzt, Statusklassen folgen daraus, die Gruppen a bis c sind erfunden.",
        ),
        "buildings.parquet": Text(
            "Which addresses have vacant flats, their dwellings and flats let to refugees are invented; the buildings "
            "of the sites are placed around one known point.",
            "Welche Adressen freie Wohnungen haben, ihre Wohnungen und die an Geflüchtete vermieteten sind erfunden; "
            "die Gebäude der Standorte stehen um einen bekannten Punkt.",
        ),
        "units.csv": Text(
            "All flats, places and rents are invented.", "Alle Wohnungen, Plätze und Mieten sind erfunden."
        ),
        "sites.parquet": Text(
            "Occupancy, costs and capacities that are not published are invented; some of the sites were only planned.",
            "Belegung, Kosten und Plätze, die nicht veröffentlicht sind, sind erfunden; manche der Standorte waren nur "
            "geplant.",
        ),
        "facilities.parquet": Text(
            "Free seats of schools and Kitas are invented.", "Freie Plätze in Schulen und Kitas sind erfunden."
        ),
        "households.csv": Text("All households are invented.", "Alle Haushalte sind erfunden."),
    }
    of_city = Text(
        "Stadtteile, streets, facilities, accommodations, 2012 to 2019",
        "Stadtteile, Straßen, Einrichtungen, Unterkünfte, 2012 bis 2019",
    )
    addresses = Text(
        "Addresses interpolated from official house-number ranges, 2014",
        "Adressen, abgeleitet aus amtlichen Hausnummernbereichen, 2014",
    )
    anchors = Text(
        "Unemployment rates of 13 Stadtteile, 2018 and 2020", "Arbeitslosenquoten von 13 Stadtteilen, 2018 und 2020"
    )
    completed = Text(f"Köln completed, seed {seed}", f"Köln, ergänzt, Startwert {seed}")
    real = (
        Source(str(read.folder / GEOPACKAGE), of_city, **city),
        Source(str(read.folder / ADDRESSES), addresses, **city),
        Source(str(read.folder / ANCHORS), anchors, "facts", "Express, Kölner Stadt-Anzeiger"),
    )
    return real + tuple(Source(file, completed, synthetic=sentence) for file, sentence in made_up.items())
