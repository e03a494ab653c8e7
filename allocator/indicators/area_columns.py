"""The columns of `indicators.csv`, as data: a row is a social space or a district."""

from __future__ import annotations

from allocator.indicators.indicator import Indicator, Text

__all__ = ["AREA_COLUMNS"]

_PERSONS, _FLATS = Text("persons", "Personen"), Text("flats", "Wohnungen")
_SHARE, _RATIO = Text("share", "Anteil"), Text("ratio", "Verhältnis")

AREA_COLUMNS: tuple[Indicator, ...] = (
    Indicator(
        "level",
        Text("Level", "Ebene"),
        Text(
            "Level of the place: social_space or district.",
            "Ebene: social_space (Sozialraum) oder district (Bezirk).",
        ),
    ),
    Indicator(
        "place_id",
        Text("Id", "Kennung"),
        Text("Id of the social space or district.", "Kennung des Sozialraums oder Bezirks."),
    ),
    Indicator(
        "name",
        Text("Name", "Name"),
        Text("Its name; the id where it has none.", "Name; ohne Namen die Kennung."),
    ),
    Indicator(
        "district_id",
        Text("District", "Bezirk"),
        Text("District in which it lies.", "Bezirk, in dem er liegt."),
    ),
    Indicator(
        "residents",
        Text("Residents today", "Einwohner heute"),
        Text(
            "Residents of the city's table and persons of the list who live there today.",
            "Einwohner laut Tabelle der Stadt und Personen der Liste, die heute dort wohnen.",
        ),
        _PERSONS,
        formula="r(i) + Σ n(h)",
    ),
    Indicator(
        "residents_after",
        Text("Residents afterwards", "Einwohner danach"),
        Text(
            "Residents of the city's table and persons of the list who live there afterwards.",
            "Einwohner laut Tabelle der Stadt und Personen der Liste, die danach dort wohnen.",
        ),
        _PERSONS,
        formula="r(i) + Σ n(h)",
    ),
    Indicator(
        "refugees_before",
        Text("Refugees today", "Geflüchtete heute"),
        Text(
            "Refugees today: those of the city's tables and households of the list.",
            "Geflüchtete heute: die der Tabellen der Stadt und Haushalte der Liste.",
        ),
        _PERSONS,
    ),
    Indicator(
        "refugees_after",
        Text("Refugees afterwards", "Geflüchtete danach"),
        Text("Refugees after the plan.", "Geflüchtete nach dem Plan."),
        _PERSONS,
    ),
    Indicator(
        "change",
        Text("Change", "Veränderung"),
        Text("Refugees afterwards less refugees today.", "Geflüchtete danach weniger Geflüchtete heute."),
        _PERSONS,
        formula="refugees_after − refugees_before",
    ),
    Indicator(
        "share_before",
        Text("Share today", "Anteil heute"),
        Text("Share of refugees among residents today.", "Anteil der Geflüchteten an den Einwohnern heute."),
        _SHARE,
        formula="refugees_before / residents",
    ),
    Indicator(
        "share_after",
        Text("Share afterwards", "Anteil danach"),
        Text("Share of refugees among residents afterwards.", "Anteil der Geflüchteten an den Einwohnern danach."),
        _SHARE,
        formula="refugees_after / residents_after",
    ),
    Indicator(
        "capacity",
        Text("Places", "Plätze"),
        Text(
            "Persons that the units of the city's table can hold there.",
            "Personen, die die Einheiten der Tabelle dort aufnehmen können.",
        ),
        _PERSONS,
        formula="Σ max(0, capacity − occupied)",
    ),
    Indicator(
        "free",
        Text("Free places", "Freie Plätze"),
        Text(
            "Places left: unlet flats, free places in shared units.",
            "Was frei bleibt: unvermietete Wohnungen und Plätze in Gemeinschaftsunterkünften.",
        ),
        _PERSONS,
        formula="Σ capacity(u) + Σ max(0, capacity(v) − occupied(v) − Σ n(h)·x(h,v))",
    ),
    Indicator(
        "flats",
        Text("Flats", "Wohnungen"),
        Text("Ordinary units.", "Gewöhnliche Wohnungen."),
        _FLATS,
    ),
    Indicator(
        "flats_free",
        Text("Free flats", "Freie Wohnungen"),
        Text(
            "Ordinary units in which nobody of the list lives afterwards.",
            "Wohnungen, in denen danach niemand von der Liste wohnt.",
        ),
        _FLATS,
    ),
    Indicator(
        "deviation_before",
        Text("Load against the key today", "Last gegen den Schlüssel heute"),
        Text(
            "Refugees today less the fair share by residents; positive: more than that. For other keys see key_loads.",
            "Geflüchtete heute weniger dem Anteil nach Einwohnern; positiv: mehr als dieser. Andere Schlüssel: "
            "key_loads.",
        ),
        _PERSONS,
        formula="p(i) − w(i)·P, w(i) = r(i) / Σ r",
    ),
    Indicator(
        "deviation_after",
        Text("Load against the key afterwards", "Last gegen den Schlüssel danach"),
        Text(
            "Refugees afterwards less the fair share by residents.",
            "Geflüchtete danach weniger dem Anteil nach Einwohnern.",
        ),
        _PERSONS,
        formula="p(i) − w(i)·P, w(i) = r(i) / Σ r",
    ),
    Indicator(
        "households_placed",
        Text("Households placed", "Untergebrachte Haushalte"),
        Text(
            "Households to which the plan gives a unit there (also the one they have).",
            "Haushalte, denen der Plan dort eine Einheit gibt (auch die, die sie schon haben).",
        ),
        Text("households", "Haushalte"),
        sense="higher",
    ),
    Indicator(
        "persons_placed",
        Text("Persons placed", "Untergebrachte Personen"),
        Text("Persons of these households.", "Personen dieser Haushalte."),
        _PERSONS,
        sense="higher",
    ),
    Indicator(
        "children_kita",
        Text("Kita children", "Kita-Kinder"),
        Text(
            "Children of these households who need a Kita seat.",
            "Kinder dieser Haushalte, die einen Kita-Platz brauchen.",
        ),
        _PERSONS,
    ),
    Indicator(
        "children_school",
        Text("School children", "Schulkinder"),
        Text(
            "Children of these households who need a school seat.",
            "Kinder dieser Haushalte, die einen Schulplatz brauchen.",
        ),
        _PERSONS,
    ),
    Indicator(
        "children_without_seat",
        Text("Children without a seat", "Kinder ohne Platz"),
        Text(
            "Children of the list who live there afterwards and have no seat within reach, over all rules `seats`.",
            "Kinder der Liste, die danach dort wohnen und keinen erreichbaren Platz haben, über alle Regeln `seats`.",
        ),
        _PERSONS,
        sense="lower",
    ),
    Indicator(
        "location_quotient_before",
        Text("Location quotient today", "Lokationsquotient heute"),
        Text(
            "Share of refugees in the place against their share in all places of its level: 1 is the average, 2 "
            "twice as many. Empty where nobody lives, or without refugees.",
            "Anteil der Geflüchteten am Ort gegen ihren Anteil an allen Orten dieser Ebene: 1 ist der Durchschnitt, "
            "2 doppelt so viele. Leer, wo niemand wohnt, oder ohne Geflüchtete.",
        ),
        _RATIO,
        formula="(x_i / t_i) / (X / T)",
        source="Brown and Chung 2006, doi:10.1002/psp.403",
    ),
    Indicator(
        "location_quotient_after",
        Text("Location quotient afterwards", "Lokationsquotient danach"),
        Text("The same after the plan.", "Dasselbe nach dem Plan."),
        _RATIO,
        formula="(x_i / t_i) / (X / T)",
        source="Brown and Chung 2006, doi:10.1002/psp.403",
    ),
)
"""The columns of `indicators.csv`, in their order."""
