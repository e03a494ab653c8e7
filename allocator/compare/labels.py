"""What each entry of `indicators` is called in a comparison, in what it counts, and in which section it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from allocator.report.numbers import Language

__all__ = ["ELSEWHERE", "Label", "label_of", "leaves"]

ELSEWHERE = ("by_household_size.*", "existing_excess.*", "sites_needed.*", "seats.*.facilities.*")
"""Entries that stand in tables of their own (sizes, rules, districts), or are lists of single facilities."""


@dataclass(frozen=True)
class Label:
    """What entries whose path fits `pattern` count (`kind`) and are called; `{0}` is what the first `*` stands for.

    Kinds are those of `AMOUNTS` in words.py, `index` (0 to 1) and `number`.
    """

    pattern: str
    section: str
    kind: str
    en: str
    de: str


_LABELS = (
    Label("listed.households", "housed", "households", "Households of the list", "Haushalte der Liste"),
    Label("listed.persons", "housed", "persons", "Persons of the list", "Personen der Liste"),
    Label("placed.households", "housed", "households", "Households placed", "Untergebrachte Haushalte"),
    Label("placed.persons", "housed", "persons", "Persons placed", "Untergebrachte Personen"),
    Label("unplaced.households", "housed", "households", "Households without a place", "Haushalte ohne Platz"),
    Label("unplaced.persons", "housed", "persons", "Persons without a place", "Personen ohne Platz"),
    Label("moves.stayed.persons", "housed", "persons", "Persons who stay in their home",
          "Personen, die wohnen bleiben"),
    Label("moves.moved.persons", "housed", "persons", "Persons who move from home to home", "Personen, die umziehen"),
    Label("moves.newly_housed.persons", "housed", "persons", "Persons newly housed", "Neu untergebrachte Personen"),
    Label("moves.remaining.persons", "housed", "persons", "Persons who remain in an unsuitable home",
          "Personen, die in unpassender Wohnung bleiben"),
    Label("moves.without_home.persons", "housed", "persons", "Persons without any home", "Personen ohne jede Wohnung"),
    Label("housing.persons_in_own_flats", "housed", "persons", "Persons in flats of their own",
          "Personen in eigenen Wohnungen"),
    Label("housing.persons_in_shared_units", "housed", "persons", "Persons in shared units",
          "Personen in gemeinsamen Unterkünften"),
    Label("wishes.persons", "wishes", "persons", "Persons with a wish for a social space",
          "Personen mit Wunsch nach einem Sozialraum"),
    Label("wishes.persons_met", "wishes", "persons", "Persons whose wish is met", "Personen, deren Wunsch erfüllt ist"),
    Label("wishes.share_met", "wishes", "share", "Share of wishes met", "Anteil erfüllter Wünsche"),
    Label("wishes_taken.unmet.persons", "wishes", "persons", "Persons whose wish is not met",
          "Personen, deren Wunsch nicht erfüllt ist"),
    Label("wishes_taken.one_rule.persons", "wishes", "persons", "… closed by a single rule",
          "… durch eine einzelne Regel verschlossen"),
    Label("wishes_taken.several_rules.persons", "wishes", "persons", "… closed by several rules together",
          "… durch mehrere Regeln zusammen verschlossen"),
    Label("wishes_taken.open.persons", "wishes", "persons", "… open, other goals came first",
          "… offen, andere Ziele gingen vor"),
    Label("wishes_taken.no_unit.persons", "wishes", "persons", "… no suitable unit is free there",
          "… dort ist keine passende Einheit frei"),
    Label("rent.eur_per_month", "wishes", "eur", "Rent of all a month", "Miete aller im Monat"),
    Label("rent.eur_per_month_and_person", "wishes", "eur_each", "Rent per person and month",
          "Miete je Person und Monat"),
    Label("rent.persons_with_known_rent", "wishes", "persons", "Persons whose rent is known",
          "Personen mit bekannter Miete"),
    Label("ways.*.children", "ways", "children", "Placed children, {0}", "Untergebrachte Kinder, {0}"),
    Label("ways.*.median_metres", "ways", "metres", "Half of them walk at most, {0}",
          "Die Hälfte geht höchstens, {0}"),
    Label("ways.*.nine_of_ten_metres", "ways", "metres", "Nine of ten walk at most, {0}",
          "Neun von zehn gehen höchstens, {0}"),
    Label("seats.*.children", "ways", "children", "Children counted by rule {0}", "Kinder nach Regel {0}"),
    Label("seats.*.seated", "ways", "children", "Children with a seat, rule {0}", "Kinder mit Platz, Regel {0}"),
    Label("seats.*.without_seat", "ways", "children", "Children without a seat, rule {0}",
          "Kinder ohne Platz, Regel {0}"),
    Label("seats.*.median_metres", "ways", "metres", "Half of those with a seat walk at most, rule {0}",
          "Die Hälfte derer mit Platz geht höchstens, Regel {0}"),
    Label("seats.*.full_facilities", "ways", "facilities", "Full facilities, rule {0}",
          "Volle Einrichtungen, Regel {0}"),
    Label("new_places.buildings", "places", "buildings", "Buildings newly in use", "Neu genutzte Gebäude"),
    Label("new_places.sites", "places", "sites", "Sites newly in use", "Neu genutzte Standorte"),
    Label("sites.after.largest.persons", "places", "persons", "Persons at the largest site",
          "Personen am größten Standort"),
    Label("sites.after.above_*", "places", "sites", "Sites above {0} persons", "Standorte über {0} Personen"),
    Label("free.flats", "places", "flats", "Flats left", "Freie Wohnungen"),
    Label("free.places_in_flats", "places", "places", "Places left in flats", "Freie Plätze in Wohnungen"),
    Label("free.places_in_shared_units", "places", "places", "Places left in shared units",
          "Freie Plätze in gemeinsamen Unterkünften"),
    Label("segregation.*.after.dissimilarity", "segregation", "index", "Dissimilarity, {0}", "Dissimilarität, {0}"),
    Label("segregation.*.after.isolation", "segregation", "index", "Isolation, {0}", "Isolation, {0}"),
    Label("segregation.*.after.exposure", "segregation", "index", "Exposure to other residents, {0}",
          "Kontakt zu anderen (Exposure), {0}"),
    Label("segregation.*.after.gini", "segregation", "index", "Gini, {0}", "Gini, {0}"),
    Label("segregation.*.after.entropy", "segregation", "index", "Entropy, {0}", "Entropie, {0}"),
    Label("segregation.*.after.atkinson", "segregation", "index", "Atkinson, {0}", "Atkinson, {0}"),
    Label("free.flats_by_capacity.*", "further", "flats", "Flats left for {0} persons",
          "Freie Wohnungen für {0} Personen"),
    Label("segregation.*.before.*", "further", "index", "Today: {1}, {0}", "Heute: {1}, {0}"),
    Label("sites.before.above_*", "further", "sites", "Today: sites above {0} persons",
          "Heute: Standorte über {0} Personen"),
    Label("sites.before.largest.persons", "further", "persons", "Today: persons at the largest site",
          "Heute: Personen am größten Standort"),
    Label("outside.refugees_before", "further", "persons", "Today: persons outside every social space",
          "Heute: Personen außerhalb aller Sozialräume"),
    Label("outside.refugees_after", "further", "persons", "Persons outside every social space",
          "Personen außerhalb aller Sozialräume"),
    Label("outside.households_placed", "further", "households", "Households placed outside every social space",
          "Außerhalb aller Sozialräume untergebrachte Haushalte"),
    Label("outside.persons_placed", "further", "persons", "Persons placed outside every social space",
          "Außerhalb aller Sozialräume untergebrachte Personen"),
    Label("moves.stayed.households", "further", "households", "Households that stay", "Haushalte, die bleiben"),
    Label("moves.moved.households", "further", "households", "Households that move", "Haushalte, die umziehen"),
    Label("moves.newly_housed.households", "further", "households", "Households newly housed",
          "Neu untergebrachte Haushalte"),
    Label("moves.remaining.households", "further", "households", "Households that remain in an unsuitable home",
          "Haushalte, die in unpassender Wohnung bleiben"),
    Label("moves.without_home.households", "further", "households", "Households without any home",
          "Haushalte ohne jede Wohnung"),
    Label("wishes_taken.by_rule.*.persons", "further", "persons", "Persons whom rule {0} alone keeps from their wish",
          "Personen, denen allein Regel {0} den Wunsch nimmt"),
    Label("wishes_taken.by_rule.*.households", "further", "households",
          "Households that rule {0} alone keeps from their wish", "Haushalte, denen allein Regel {0} den Wunsch nimmt"),
    Label("wishes_taken.unmet.households", "further", "households", "Households whose wish is not met",
          "Haushalte, deren Wunsch nicht erfüllt ist"),
    Label("wishes_taken.one_rule.households", "further", "households", "… closed to households by a single rule",
          "… Haushalten durch eine einzelne Regel verschlossen"),
    Label("wishes_taken.several_rules.households", "further", "households",
          "… closed to households by several rules together", "… Haushalten durch mehrere Regeln verschlossen"),
    Label("wishes_taken.open.households", "further", "households", "… open to households, other goals came first",
          "… Haushalten offen, andere Ziele gingen vor"),
    Label("wishes_taken.no_unit.households", "further", "households", "… households for whom no suitable unit is free",
          "… Haushalte, für die keine passende Einheit frei ist"),
)  # fmt: skip
"""In their order within a section; further entries of a result are told by their path."""

_PARTS: dict[Language, dict[str, str]] = {
    "en": {"school": "school", "kita": "Kita", "social_space": "over social spaces", "district": "over districts",
           "dissimilarity": "dissimilarity", "isolation": "isolation", "exposure": "exposure", "gini": "Gini",
           "entropy": "entropy", "atkinson": "Atkinson"},
    "de": {"school": "Schule", "kita": "Kita", "social_space": "über Sozialräume", "district": "über Bezirke",
           "dissimilarity": "Dissimilarität", "isolation": "Isolation", "exposure": "Kontakt (Exposure)",
           "gini": "Gini", "entropy": "Entropie", "atkinson": "Atkinson"},
}  # fmt: skip
_KINDS = ("persons", "households", "flats", "children", "places", "sites", "buildings", "metres", "share")


def leaves(indicators: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float | None]]:
    """Every number of `indicators` of a result with its path (`ways.school.median_metres`); None where undefined.

    Texts and lists are left out: they are names, and no indicators.
    """
    for name, value in indicators.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            yield from leaves(value, here)
        elif value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            yield here, value


def label_of(path: str, language: Language) -> tuple[int, Label, str]:
    """The place of an entry among all, its label, and the label's text; what has no label of its own comes last."""
    for place, label in enumerate(_LABELS):
        if fnmatchcase(path, label.pattern):
            text = label.de if language == "de" else label.en
            return place, label, text.format(*(_PARTS[language].get(part, part) for part in _wild(label.pattern, path)))
    last = path.rpartition(".")[2]
    kind = next((kind for kind in _KINDS if kind in last.split("_")), "number")
    text = " · ".join(part.replace("_", " ") for part in path.split("."))
    return len(_LABELS), Label(path, "further", kind, text, text), text


def _wild(pattern: str, path: str) -> list[str]:
    """What the stars of a pattern stand for; a star reaches up to where its following text stands last."""
    pieces, found, rest = pattern.split("*"), [], path
    rest = rest[len(pieces[0]) :]
    for piece in pieces[1:]:
        end = rest.rindex(piece) if piece else len(rest)
        found.append(rest[:end])
        rest = rest[end + len(piece) :]
    return found
