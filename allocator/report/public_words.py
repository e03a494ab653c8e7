"""The words of what is published: the result in a sentence without small numbers, the method, the texts of authors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from allocator.publication.bounds import rule_states
from allocator.report.numbers import Language, number

if TYPE_CHECKING:
    from allocator.plan import Plan
    from allocator.publication import Publication

__all__ = ["PUBLIC_WORDS", "names_single_places", "public_sentence", "public_text"]

_ENGLISH = {
    "mark": "Public version",
    "mark_why": "Areas only. Nothing in it says where a single household, flat or building is.",
    "report": "Report",
    "placed": "{placed} of {all} persons placed",
    "placed_withheld": "Of {all} persons on the list; how many are placed is withheld, because a number is small",
    "all_withheld": "How many persons are placed is withheld, because a number is small",
    "nobody": "Nobody to place",
    "no_rules": "no rules set",
    "kept": "all rules kept",
    "breached": "exceeded: {rules}",
    "others_kept": "all other rules kept",
    "optimal": "proven optimal",
    "within_gap": "within the gap that was asked for",
    "stopped": "stopped before the end; best plan so far",
    "state_kept": "kept",
    "state_existing": "over the limit in places already today; nothing is added there",
    "state_breached": "exceeded in places",
    "single_place": "(text left out: it names a single household, flat, building or site)",
    "withheld": "·",
    "method_title": "What is withheld, and why",
    "method": "Counts from 1 to 4 are not published, nor changes by 1 to 4. Further numbers are withheld with "
    "them until "
    "nobody who knows all published numbers, all sums and the rules that are kept can learn more of such a count than "
    "that it lies from 1 to 4. Both are shown as “·”; {n} numbers are withheld. What could tell the same in "
    "another way "
    "is left out: capacities, free places, rents, ways, seats, wishes, moves, reasons, and by how much a rule is "
    "exceeded.",
    "shares": "Shares are refugees by residents of the city's statistics, made of published numbers alone; in the "
    "internal report households of the list are residents too.",
    "not_met": "What could not be met",
    "unplaced": "{persons} persons in {households} households found no place.",
    "unplaced_withheld": "How many found no place is withheld, because a number is small.",
    "unplaced_none": "Every household of the list has a place.",
    "not_kept": "Not kept everywhere: {rules}. By how much, and the reasons of single households, stand in the "
    "internal "
    "report.",
    "sites": "Sites of at least {n} persons after the plan",
    "sites_sheet": "Sites",
    "site": "Site",
    "space": "Social space",
    "listed": "on the list",
    "placed_column": "placed",
    "unplaced_column": "not placed",
    "segregation_note": "Made of the published numbers: refugees against the other residents of the city's statistics.",
    "segregation_withheld": "Left out where numbers are withheld.",
    "reproduce_text": "The city can repeat this plan with its own lists, and made these pages of it with this command. "
    "Names and hashes of the lists stand in the internal report.",
}  # fmt: skip
_GERMAN = {
    "mark": "Öffentliche Fassung",
    "mark_why": "Nur Gebiete. Nichts darin sagt, wo ein einzelner Haushalt, eine Wohnung oder ein Gebäude ist.",
    "report": "Bericht",
    "placed": "{placed} von {all} Personen untergebracht",
    "placed_withheld": "Von {all} Personen auf der Liste; wie viele untergebracht sind, ist zurückgehalten, "
    "weil eine Zahl "
    "klein ist",
    "all_withheld": "Wie viele Personen untergebracht sind, ist zurückgehalten, weil eine Zahl klein ist",
    "nobody": "Niemand unterzubringen",
    "no_rules": "keine Regeln gesetzt",
    "kept": "alle Regeln eingehalten",
    "breached": "überschritten: {rules}",
    "others_kept": "alle übrigen Regeln eingehalten",
    "optimal": "bewiesen optimal",
    "within_gap": "innerhalb des verlangten Abstands vom Optimum",
    "stopped": "vor dem Ende angehalten; bester Plan bis dahin",
    "state_kept": "eingehalten",
    "state_existing": "stellenweise schon heute über der Grenze; dort kommt nichts hinzu",
    "state_breached": "stellenweise überschritten",
    "single_place": "(Text weggelassen: Er nennt einen einzelnen Haushalt, eine Wohnung, ein Gebäude oder einen "
    "Standort)",
    "withheld": "·",
    "method_title": "Was zurückgehalten ist, und warum",
    "method": "Anzahlen von 1 bis 4 werden nicht veröffentlicht, auch keine Änderungen um 1 bis 4. Mit ihnen "
    "sind weitere "
    "Zahlen zurückgehalten, bis niemand, der alle veröffentlichten Zahlen, alle Summen und die eingehaltenen "
    "Regeln kennt, "
    "von einer solchen Anzahl mehr erfahren kann, als dass sie von 1 bis 4 liegt. Beides steht als „·“; "
    "zurückgehaltene "
    "Zahlen: {n}. Was dasselbe auf anderem Weg sagen könnte, fehlt: Plätze, freie Plätze, Mieten, Wege, Schulplätze, "
    "Wünsche, Umzüge, Gründe, und um wie viel eine Regel überschritten ist.",
    "shares": "Anteile sind Geflüchtete je Einwohner der städtischen Statistik, nur aus veröffentlichten Zahlen "
    "gerechnet; im "
    "internen Bericht sind auch Haushalte der Liste Einwohner.",
    "not_met": "Was nicht erfüllt werden konnte",
    "unplaced": "{persons} Personen in {households} Haushalten fanden keinen Platz.",
    "unplaced_withheld": "Wie viele keinen Platz fanden, ist zurückgehalten, weil eine Zahl klein ist.",
    "unplaced_none": "Jeder Haushalt der Liste hat einen Platz.",
    "not_kept": "Nicht überall eingehalten: {rules}. Um wie viel, und die Gründe einzelner Haushalte, stehen im "
    "internen "
    "Bericht.",
    "sites": "Standorte mit mindestens {n} Personen nach dem Plan",
    "sites_sheet": "Standorte",
    "site": "Standort",
    "space": "Sozialraum",
    "listed": "auf der Liste",
    "placed_column": "untergebracht",
    "unplaced_column": "nicht untergebracht",
    "segregation_note": "Aus den veröffentlichten Zahlen: Geflüchtete gegen die übrigen Einwohner der "
    "städtischen Statistik.",
    "segregation_withheld": "Weggelassen, wo Zahlen zurückgehalten sind.",
    "reproduce_text": "Die Stadt kann diesen Plan mit ihren eigenen Listen wiederholen und hat diese Seiten mit "
    "diesem Befehl "
    "daraus gemacht. Namen und Prüfsummen der Listen stehen im internen Bericht.",
}  # fmt: skip

PUBLIC_WORDS: dict[Language, dict[str, str]] = {"de": _GERMAN, "en": _ENGLISH}
"""Every text of what is published by key, by language."""


def public_sentence(plan: Plan, published: Publication, language: Language) -> str:
    """The result in one sentence: published numbers alone, rules that are exceeded by name and without a number."""
    words, persons = PUBLIC_WORDS[language], published.persons
    if persons["listed"] == 0:
        head = words["nobody"]
    elif persons["listed"] is None:
        head = words["all_withheld"]
    elif persons["placed"] is None:
        head = words["placed_withheld"].format(all=number(persons["listed"], language))
    else:
        head = words["placed"].format(
            placed=number(persons["placed"], language), all=number(persons["listed"], language)
        )
    states = rule_states(plan)
    breached = [public_text(plan, name, language) for name, state in states.items() if state == "breached"]
    told = [words["breached"].format(rules=", ".join(breached))] if breached else []
    if not states:
        told.append(words["no_rules"])
    elif len(breached) < len(states):
        told.append(words["others_kept" if breached else "kept"])
    quality = words.get(str(plan.result.get("status")), "")
    return ", ".join([head, *told, *([quality] if quality else [])])


def public_text(plan: Plan, text: str, language: Language) -> str:
    """A text that an author wrote (title, description, name of a rule), left out if it names a single place."""
    return PUBLIC_WORDS[language]["single_place"] if names_single_places(plan, text) else text


def names_single_places(plan: Plan, text: str) -> bool:
    """Whether a text holds the id of a household, unit, building or site, or the name of a site or an address.

    Ids are looked for as whole words. Short numbers are no sign of an id (`50` is a limit as well), so ids of up to
    three digits are not looked for.
    """
    words = set(re.findall(r"[^\s,;:()\[\]{}\"'<>]+", text.casefold()))
    words |= {word.strip(".!?") for word in words}
    ids, names = _single_places(plan)
    return bool(words & ids) or any(name in text.casefold() for name in names)


def _single_places(plan: Plan) -> tuple[set[str], set[str]]:
    city = plan.scenario.city
    tables: list[tuple[Any, str]] = [
        (plan.scenario.households, "household_id"), (city.units, "unit_id"), (city.buildings, "building_id"),
        (city.sites, "site_id"),
    ]  # fmt: skip
    ids = {str(one).casefold() for table, column in tables for one in table[column]}
    ids = {one for one in ids if len(one) > 1 and not (one.isdigit() and len(one) <= 3)}
    named = [(city.sites, "name"), (city.buildings, "address"), (city.buildings, "name")]
    names = {str(one).casefold() for table, column in named if column in table for one in table[column].dropna()}
    return ids, {one for one in names if len(one) > 4}
