"""What each indicator means, as data: columns of `indicators.csv`, entries of `indicators` in `result.json`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AREA_COLUMNS", "INDICATORS", "Indicator"]


@dataclass(frozen=True)
class Indicator:
    """One indicator: its name, what it means, its unit, its formula, and its source where it has one."""

    name: str
    meaning: str
    unit: str = ""
    formula: str = ""
    source: str = ""


AREA_COLUMNS: tuple[Indicator, ...] = (
    Indicator("level", "Level of the place: social_space or district."),
    Indicator("place_id", "Id of the social space or district."),
    Indicator("name", "Its name; the id where it has none."),
    Indicator("district_id", "District in which it lies."),
    Indicator("residents", "Residents today, households of the list included.", "persons",
              "residents of the city's table + persons of the list who live there today"),
    Indicator("residents_after", "Residents afterwards.", "persons",
              "residents of the city's table + persons of the list who live there afterwards"),
    Indicator("refugees_before", "Refugees today: those of the city's tables and households of the list.", "persons"),
    Indicator("refugees_after", "Refugees afterwards.", "persons"),
    Indicator("change", "Refugees afterwards less refugees today.", "persons", "refugees_after − refugees_before"),
    Indicator("share_before", "Share of refugees among residents today.", "share", "refugees_before / residents"),
    Indicator("share_after", "Share of refugees among residents afterwards.", "share",
              "refugees_after / residents_after"),
    Indicator("capacity", "Persons that the units of the city's table can hold there.", "persons",
              "Σ max(0, capacity − occupied)"),
    Indicator("free", "Places left: unlet flats, free places in shared units.", "persons",
              "Σ capacity of unlet flats + Σ max(0, capacity − occupied − persons placed) of shared units"),
    Indicator("flats", "Ordinary units.", "flats"),
    Indicator("flats_free", "Ordinary units in which nobody of the list lives afterwards.", "flats"),
    Indicator("deviation_before", "Refugees today less the fair share by residents; positive: more than that.",
              "persons", "p(i) − w(i)·P, w(i) = residents(i) / Σ residents of the city's table"),
    Indicator("deviation_after", "Refugees afterwards less the fair share by residents.", "persons",
              "p(i) − w(i)·P with the same w(i)"),
    Indicator("households_placed", "Households to which the plan gives a unit there (also the one they have).",
              "households"),
    Indicator("persons_placed", "Persons of these households.", "persons"),
    Indicator("children_kita", "Children of these households who need a Kita seat.", "persons"),
    Indicator("children_school", "Children of these households who need a school seat.", "persons"),
    Indicator("children_without_seat", "Children of the list who live there afterwards and have no seat within reach, "
              "over all rules `seats`.", "persons"),
)  # fmt: skip
"""The columns of `indicators.csv`, in their order."""

_MASSEY_DENTON = "Massey and Denton 1988, doi:10.1093/sf/67.2.281"

INDICATORS: tuple[Indicator, ...] = (
    Indicator("listed", "Households of the list.", "households, persons"),
    Indicator("placed", "Households to which the plan gives a unit.", "households, persons"),
    Indicator("unplaced", "Households without one.", "households, persons"),
    Indicator("by_household_size", "Listed and placed, by persons of the household (1 to 5, 6 and more).",
              "households, persons, share of persons", "share_placed = persons placed / persons listed"),
    Indicator("moves", "Households who stay, move, are newly housed, remain in a home that does not meet their needs, "
              "or find none.", "households, persons"),
    Indicator("housing", "Persons placed in flats of their own and in shared units.", "persons"),
    Indicator("wishes", "Persons whose household prefers some social space, and those placed in such a one.",
              "persons, share", "share_met = persons_met / persons"),
    Indicator("rent", "Rent of placed households: of a flat once, in a shared unit for each person.",
              "EUR a month", "mean over persons whose rent is known"),
    Indicator("ways", "Ways of the children of placed households to the nearest school and Kita: the median, and the "
              "metres within which nine of ten walk.", "metres",
              "smallest way up to which half, nine tenths of the children walk"),
    Indicator("seats", "By rule `seats`: children, those with and without a seat, their median way, full facilities, "
              "and of each facility its seats and children.", "children, metres, facilities",
              "most children with a seat, then fewest metres"),
    Indicator("new_places", "Buildings and sites that hold somebody afterwards and are not in use today.", "places"),
    Indicator("sites", "The site with most refugees and the sites above 50, 80 and 200 persons, before and after.",
              "persons, sites"),
    Indicator("free", "Flats in which nobody of the list lives afterwards, by persons that they hold (6 and more "
              "together), and free places in shared units.", "flats, places"),
    Indicator("outside", "Persons and placed households outside every social space: in no row of "
              "indicators.csv.", "households, persons"),
    Indicator("existing_excess", "Places that are over a rule's limit today, by rule; it may not grow.",
              "places, in the unit of the rule", "Σ max(0, today − limit)"),
    Indicator("sites_needed", "By district (social space in a city without): refugees afterwards, their even share by "
              "residents, and the sites of the size that each cap on persons per site allows, for either. Empty "
              "without such a cap.", "persons, sites",
              "⌈persons / at_most⌉, ⌈even share / at_most⌉, even share = w(i)·P as in deviation_after"),
    Indicator("segregation", "Indices of refugees against all other residents, by level, before and after.", "0 to 1",
              "see dissimilarity, isolation, exposure, gini, entropy, atkinson", _MASSEY_DENTON),
    Indicator("wishes_taken", "Households whose wish for a social space is not met: `open`, a unit there is free of "
              "every rule (other goals came first); `one_rule`, of all but one; `several_rules`; `no_unit`, none "
              "that suits is free. `by_rule`: those whom the rule alone keeps out of a unit; soft rules are looked at "
              "like hard ones.", "households, persons",
              "wish S unmet, ∃ u in S that suits and is free: moving in breaks this rule alone; nowhere in S none",
              "Siebel: forced desegregation is no better than forced segregation"),
    Indicator("dissimilarity", "Share of refugees who would have to move for an even spread.", "0 to 1",
              "½ Σ |x_i/X − y_i/Y|", "Duncan and Duncan 1955, doi:10.2307/2088328"),
    Indicator("isolation", "Share of refugees where the average refugee lives.", "0 to 1", "Σ (x_i/X)·(x_i/t_i)",
              "Bell 1954, doi:10.2307/2574118"),
    Indicator("exposure", "Share of other residents where the average refugee lives.", "0 to 1",
              "Σ (x_i/X)·(y_i/t_i)", "Bell 1954, doi:10.2307/2574118"),
    Indicator("gini", "Unevenness over all pairs of places.", "0 to 1", "ΣΣ t_i t_j |p_i − p_j| / (2T²P(1−P))",
              "Duncan and Duncan 1955, doi:10.2307/2088328"),
    Indicator("entropy", "How much less mixed places are than the city.", "0 to 1", "Σ t_i (E − E_i) / (E·T)",
              "Theil and Finizza 1971, doi:10.1080/0022250X.1971.9989795"),
    Indicator("atkinson", "Unevenness with a weight on places with few or many refugees; shape ½ weighs both alike.",
              "0 to 1", "1 − P/(1−P) · [Σ (1−p_i)^(1−b) p_i^b t_i / (P·T)]^(1/(1−b))",
              "James and Taeuber 1985, doi:10.2307/270845"),
)  # fmt: skip
"""The entries of `indicators` in `result.json`, in their order; the last six stand within `segregation`."""
