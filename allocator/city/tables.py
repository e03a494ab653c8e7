"""The tables of a city and of a list of households, as data.

Every column stands here once: name, type, unit, default, bounds and meaning. Readers coerce by it, `allocator check`
checks by it, `allocator columns` prints it, and a misspelt column is compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["HOUSEHOLDS", "SCORES", "TABLES", "Column", "Table", "table_named"]

Kind = Literal["text", "count", "number", "flag", "date"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `type` is `text` (missing: empty text), `count` (whole number ≥ minimum), `number` (float; missing: NaN), `flag`
    (true or false), `date` (a day; missing: NaT). `default` None means: missing stays missing.
    `references` names the column of another table that must hold the value.
    """

    name: str
    type: Kind
    meaning: str
    unit: str = ""
    default: Any = None
    required: bool = False
    minimum: float | None = None
    references: str = ""


@dataclass(frozen=True)
class Table:
    """One table: its key, its columns, the geometry it needs or may have, and whether further columns are welcome."""

    name: str
    key: str
    meaning: str
    columns: tuple[Column, ...]
    geometry: Literal["polygon", "point", "line", "point or polygon", ""] = ""
    geometry_required: bool = False
    required: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns that the contract names, without geometry."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


SOCIAL_SPACES = Table(
    "social_spaces",
    "space_id",
    "Social spaces (Sozialräume): the small areas in which a city plans and counts.",
    (
        Column("space_id", "text", "Id of the social space; leading zeros are kept.", required=True),
        Column("name", "text", "Name for maps and reports.", default=""),
        Column("district_id", "text", "District (Stadtbezirk) in which the social space lies.", default=""),
        Column("residents", "count", "All residents, refugees included, without the households of the list that "
               "live there.", "persons", required=True, minimum=0),
        Column("refugees", "count", "Refugees who already live there, those at its sites included, "
               "without the households of the list.", "persons",
               default=0, minimum=0),
    ),
    geometry="polygon",
    geometry_required=True,
    required=True,
)  # fmt: skip

BUILDINGS = Table(
    "buildings",
    "building_id",
    "Buildings with units, and any others that a count needs.",
    (
        Column("building_id", "text", "Id of the building.", required=True),
        Column("space_id", "text", "Social space; found by point in polygon where it is missing.", default="",
               references="social_spaces.space_id"),
        Column("site_id", "text", "Site (Standort) it belongs to; without one the building is a site of its own.",
               default=""),
        Column("dwellings", "count", "All dwellings of the building.", "flats", minimum=0),
        Column("refugee_flats", "count", "Flats already let to refugee households; counts for `flats` alone.",
               "flats", default=0, minimum=0),
    ),
    geometry="point or polygon",
    geometry_required=True,
    required=True,
)  # fmt: skip

UNITS = Table(
    "units",
    "unit_id",
    "Units: a flat holds one household, a shared unit several.",
    (
        Column("unit_id", "text", "Id of the unit.", required=True),
        Column("building_id", "text", "Building in which it lies.", required=True,
               references="buildings.building_id"),
        Column("capacity", "count", "Persons it may hold; else derived from floor area or rooms.", "persons",
               minimum=0),
        Column("shared", "flag", "True for a collective place that several households share.", default=False),
        Column("occupied", "count", "Persons already in a shared unit who are not in the list of households.",
               "persons", default=0, minimum=0),
        Column("rooms", "number", "Rooms without kitchen and bathroom.", "rooms", minimum=0),
        Column("floor_area", "number", "Living area.", "m²", minimum=0),
        Column("accessible", "flag", "True if a person in a wheelchair can live there.", default=False),
        Column("rent", "number", "Rent a month: of the flat, or of one place in a shared unit.", "EUR", minimum=0),
        Column("available_from", "date", "First day on which it can be let; looked at only in a scenario with a date."),
        Column("available_until", "date", "Last day on which it can be let; looked at only in a scenario with a date."),
    ),
    required=True,
)  # fmt: skip

SITES = Table(
    "sites",
    "site_id",
    "Sites (Standorte): one or more buildings run as one accommodation.",
    (
        Column("site_id", "text", "Id of the site.", required=True),
        Column("name", "text", "Name for internal maps and reports.", default=""),
        Column("kind", "text", "Kind, for example collective accommodation, containers, row houses.", default=""),
        Column("refugees", "count", "Refugees who already live there, those in its units included, "
               "without the households of the list.", "persons",
               default=0, minimum=0),
        Column("cost", "number", "Cost of one person and month.", "EUR", minimum=0),
    ),
    geometry="point or polygon",
)  # fmt: skip

FACILITIES = Table(
    "facilities",
    "facility_id",
    "Facilities: schools, kitas, stops, doctors, shops, welcome points.",
    (
        Column("facility_id", "text", "Id of the facility.", required=True),
        Column("kind", "text", "Kind: school, kita, stop, doctor, shop, welcome_point, …", required=True),
        Column("name", "text", "Name for maps and reports.", default=""),
        Column("seats", "count", "Free seats; empty means unlimited.", "seats", minimum=0),
    ),
    geometry="point",
    geometry_required=True,
)

STREETS = Table("streets", "", "Walkable street lines; without them distances are straight lines.", (),
                geometry="line", geometry_required=True)  # fmt: skip

HOUSEHOLDS = Table(
    "households",
    "household_id",
    "Households that look for a home, and those of the list that already have one.",
    (
        Column("household_id", "text", "Id of the household.", required=True),
        Column("persons", "count", "Persons who move as one.", "persons", required=True, minimum=1),
        Column("children_kita", "count", "Children who need a Kita seat.", "persons", default=0, minimum=0),
        Column("children_school", "count", "Children who need a school seat.", "persons", default=0, minimum=0),
        Column("accessible", "flag", "True if it needs an accessible unit; always kept.", default=False),
        Column("group", "text", "Group label (sensitive, GDPR Art. 9): optional, used only by rules that name it.",
               default=""),
        Column("max_rent", "number", "Highest rent a month that is paid for it; always kept.", "EUR", minimum=0),
        Column("prefers", "text", "Social spaces it wishes for, `;` between them.", default=""),
        Column("near", "text", "Household it wishes to live close to.", default="",
               references="households.household_id"),
        Column("unit_id", "text", "Unit in which it lives now.", default="", references="units.unit_id"),
        Column("pinned", "flag", "True if it must stay where it lives.", default=False),
        Column("priority", "number", "Weight of one of its persons in the goal `place`.", default=1.0, minimum=0),
        Column("arrives", "date", "Day on which it arrives; looked at only in a scenario with a date."),
    ),
    required=True,
)  # fmt: skip

SCORES = Table(
    "scores",
    "",
    "What it is worth that a household lives in a unit, or anywhere in a building, site or social space; for the goal "
    "score, whose file it is: give one of the four places.",
    (
        Column("household_id", "text", "Household.", required=True, references="households.household_id"),
        Column("unit_id", "text", "Unit.", references="units.unit_id"),
        Column("building_id", "text", "Building.", references="buildings.building_id"),
        Column("site_id", "text", "Site; a building without a site is one under its own id.",
               references="sites.site_id"),
        Column("space_id", "text", "Social space.", references="social_spaces.space_id"),
        Column("score", "number", "Points, more is better; below zero where it would be bad.", "points", required=True),
    ),
    required=True,
)  # fmt: skip
"""The table of a goal; it belongs to a scenario and not to a city."""

TABLES: dict[str, Table] = {
    table.name: table for table in (SOCIAL_SPACES, BUILDINGS, UNITS, SITES, FACILITIES, STREETS, HOUSEHOLDS)
}
"""All tables by name, in the order in which they are read."""


def table_named(name: str) -> Table:
    """The table of that name; KeyError if the contract has none."""
    return TABLES[name]
