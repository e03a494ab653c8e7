"""What a planner should know of the streets on which a scenario measures distances."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.access.distances import how_measured
from allocator.city.city import City
from allocator.errors import Findings
from allocator.goals import Stage
from allocator.rules import Rule

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
            what = "the streets have no line of any length, so distances are straight lines"
            findings.note(what, "look at the layer", file=file, table="streets")
        return
    whole = how["network_metres"] + how["cut_off_metres"]
    if how["cut_off_metres"] > CUT_OFF * whole:
        remedy = "look whether lines are missing or do not quite meet"
        if how["crossings_apart"]:
            remedy += (
                f"; {how['crossings_apart']} pairs of lines cross without meeting: if these are junctions and no "
                "bridges, say crossings: true at the table streets in a city.yaml"
            )
        what = (
            f"{how['cut_off_metres'] / 1000:.1f} of {whole / 1000:.1f} km of streets, in {how['cut_off_pieces']} "
            "pieces, are not connected to the others and were left out"
        )
        findings.note(what, remedy, file=file, table="streets")
    for name, told in (("buildings", "buildings with units"), ("facilities", "facilities")):
        if how[f"far_{name}"]:
            what = (
                f"{how[f'far_{name}']} {told} are farther than {how['far_metres']:g} m from every street, at most "
                f"{how[f'farthest_{name}']:.0f} m"
            )
            remedy = "look whether streets are missing there; the metres to the street count as walked"
            findings.note(what, remedy, file=file, table=name)
