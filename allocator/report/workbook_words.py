"""The words of the workbook in German and English; the same keys in both."""

from __future__ import annotations

from allocator.report.numbers import Language

__all__ = ["AREA_HEADS", "WORKBOOK_WORDS"]

WORKBOOK_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "overview": "Overview", "item": "Item", "order": "No.", "kind": "Kind", "weight": "Weight", "state": "State",
        "state_kept": "kept", "state_existing": "over the limit today already", "state_breached": "exceeded",
        "places_over": "Places exceeded", "excess": "Excess", "unit": "Unit", "places_full": "Places at the limit",
        "places": "Places", "excess_today": "Excess today", "indicators": "Indicators", "indicator": "Indicator",
        "part": "Part", "meaning": "Meaning", "source_of_formula": "Source", "sizes_sheet": "Household sizes",
        "households_placed": "Households placed", "persons_placed": "Persons placed", "allocation": "Allocation",
        "column_household_id": "Household", "column_persons": "Persons", "column_unit_id": "Unit",
        "column_building_id": "Building", "column_site_id": "Site", "column_space_id": "Social space",
        "column_district_id": "District", "column_reason": "Reason", "column_from_unit_id": "Unit today",
        "chain": "Chain", "step": "Step", "from": "From", "to": "To", "seats": "Seats", "facility_id": "Number",
        "facility": "Facility", "free_seats": "Free seats", "children": "Children of the plan", "used": "Used",
        "address": "Address", "command": "Command", "reproduce_sheet": "How to reproduce",
    },
    "de": {
        "overview": "Überblick", "item": "Was", "order": "Nr.", "kind": "Art", "weight": "Gewicht", "state": "Zustand",
        "state_kept": "eingehalten", "state_existing": "schon heute über der Grenze", "state_breached": "überschritten",
        "places_over": "Orte darüber", "excess": "Überschreitung", "unit": "Einheit", "places_full": "Orte an der Grenze",
        "places": "Orte", "excess_today": "Überschreitung heute", "indicators": "Indikatoren", "indicator": "Indikator",
        "part": "Teil", "meaning": "Bedeutung (englisch)", "source_of_formula": "Quelle", "sizes_sheet": "Haushaltsgrößen",
        "households_placed": "Haushalte untergebracht", "persons_placed": "Personen untergebracht",
        "allocation": "Zuteilung",
        "column_household_id": "Haushalt", "column_persons": "Personen", "column_unit_id": "Einheit",
        "column_building_id": "Gebäude", "column_site_id": "Standort", "column_space_id": "Sozialraum",
        "column_district_id": "Bezirk", "column_reason": "Grund", "column_from_unit_id": "Einheit heute",
        "chain": "Kette", "step": "Schritt", "from": "Aus", "to": "Nach", "seats": "Schul- und Kita-Plätze",
        "facility_id": "Nummer", "facility": "Einrichtung", "free_seats": "Freie Plätze", "children": "Kinder des Plans",
        "used": "Belegt", "address": "Adresse", "command": "Befehl", "reproduce_sheet": "Wie man es wiederholt",
    },
}  # fmt: skip
"""Heads and names of sheets (at most 31 characters) by key; they stand beside the words of the report."""

AREA_HEADS: dict[Language, dict[str, str]] = {
    "en": {
        "place_id": "Number", "name": "Name", "district_id": "District", "residents": "Residents today",
        "residents_after": "Residents afterwards", "refugees_before": "Refugees today",
        "refugees_after": "Refugees afterwards", "change": "Change", "share_before": "Share today",
        "share_after": "Share afterwards", "capacity": "Places", "free": "Places left", "flats": "Flats",
        "flats_free": "Flats left", "deviation_before": "Against fair share today",
        "deviation_after": "Against fair share afterwards", "households_placed": "Households placed",
        "persons_placed": "Persons placed", "children_kita": "Kita children placed",
        "children_school": "School children placed", "children_without_seat": "Children without a seat",
    },
    "de": {
        "place_id": "Nummer", "name": "Name", "district_id": "Bezirk", "residents": "Einwohner heute",
        "residents_after": "Einwohner nachher", "refugees_before": "Geflüchtete heute",
        "refugees_after": "Geflüchtete nachher", "change": "Änderung", "share_before": "Anteil heute",
        "share_after": "Anteil nachher", "capacity": "Plätze", "free": "Freie Plätze", "flats": "Wohnungen",
        "flats_free": "Freie Wohnungen", "deviation_before": "Gegen gleichen Anteil heute",
        "deviation_after": "Gegen gleichen Anteil nachher", "households_placed": "Haushalte untergebracht",
        "persons_placed": "Personen untergebracht", "children_kita": "Kita-Kinder untergebracht",
        "children_school": "Schulkinder untergebracht", "children_without_seat": "Kinder ohne Platz",
    },
}  # fmt: skip
"""Heads of the columns of `indicators.csv`; a column without one stands under its own name."""
