"""What a planner should know of the streets on which a scenario measures distances."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.access.distances import how_measured
from allocator.city.city import City
from allocator.errors import Findings
from allocator.goals import Stage
from allocator.rules import Rule
from allocator.wording import Text

__all__ = ["ON_FOOT", "note_streets"]

ON_FOOT = ("seats", "reach", "together", "walk", "near")
"""The rules and goals that ask for distances."""
CUT_OFF = 0.01
"""Share of the length of all streets that may be cut off before it is told as a note."""


def note_streets(rules: Iterable[Rule], stages: Iterable[Stage], city: City, findings: Findings, file: str) -> None:
    """Add notes if much of the streets is not connected, or places stand far from any; nothing if nobody asks."""
    named = [rule.rule for rule in rules] + [goal.goal for stage in stages for goal, _ in stage.goals]
    if not set(named) & set(ON_FOOT):
        return
    how = how_measured(city)
    if how["on"] != "streets":
        if city.distances == "streets" and city.streets is not None:
            what = Text("the streets have no line of any length, so distances are straight lines",
                        "die Straßen haben keine Linie mit einer Länge; Entfernungen sind deshalb Luftlinien")  # fmt: skip
            findings.note(what, Text("look at the layer", "die Ebene ansehen"), file=file, table="streets")
        return
    whole = how["network_metres"] + how["cut_off_metres"]
    if how["cut_off_metres"] > CUT_OFF * whole:
        remedy = Text("look whether lines are missing or do not quite meet",
                      "prüfen, ob Linien fehlen oder sich nicht ganz treffen")  # fmt: skip
        if how["crossings_apart"]:
            remedy = Text(
                f"{remedy}; {how['crossings_apart']} pairs of lines cross without meeting: if these are junctions and "
                "no bridges, say crossings: true at the table streets in a city.yaml",
                f"{remedy.german}; {how['crossings_apart']} Paare von Linien kreuzen sich, ohne sich zu treffen: sind "
                "das Kreuzungen und keine Brücken, hilft crossings: true bei der Tabelle streets in einer city.yaml",
            )
        lost, every, pieces = how["cut_off_metres"] / 1000, whole / 1000, how["cut_off_pieces"]
        what = Text(
            f"{lost:.1f} of {every:.1f} km of streets, in {pieces} pieces, are not connected to the others and were "
            "left out",
            f"{lost:.1f} von {every:.1f} km Straßen, in {pieces} Stücken, hängen nicht mit den übrigen zusammen und "
            "bleiben weg".replace(".", ","),
        )
        findings.note(what, remedy, file=file, table="streets")
    kinds = {
        "buildings": ("buildings with units", "Gebäude mit Einheiten"),
        "facilities": ("facilities", "Einrichtungen"),
    }
    for name, (told, german) in kinds.items():
        if how[f"far_{name}"]:
            count, far, most = how[f"far_{name}"], how["far_metres"], how[f"farthest_{name}"]
            what = Text(
                f"{count} {told} are farther than {far:g} m from every street, at most {most:.0f} m",
                f"{count} {german} liegen weiter als {far:g} m von jeder Straße, höchstens {most:.0f} m",
            )
            remedy = Text(
                "look whether streets are missing there; the metres to the street count as walked",
                "prüfen, ob dort Straßen fehlen; die Meter bis zur Straße zählen als gegangen",
            )
            findings.note(what, remedy, file=file, table=name)
