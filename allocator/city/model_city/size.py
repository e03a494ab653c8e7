"""How large a model city is: what was asked for, and what follows from the number of residents."""

from __future__ import annotations

from dataclasses import dataclass, fields

from allocator.errors import UsageError

__all__ = ["ModelCitySize"]

REFERENCE_RESIDENTS = 60_000
SMALLEST_CITY, LARGEST_CITY = 5_000, 10_000_000
RESIDENTS_TO_EACH = {"sites": 250, "schools": 100, "kitas": 50}
"""At least so many residents there are to each of these; streets would not have the plots for more."""
RESIDENTS_TO_A_BUILDING = 6
# What a town of REFERENCE_RESIDENTS has, and the power of residents with which it grows: a larger city has more of
# everything, but its social spaces, districts, sites and houses are larger too.
GROWTH = {
    "households": (380, 1.0),
    "flats": (372, 1.0),
    "buildings": (300, 1.0),
    "other_buildings": (4_000, 0.7),
    "sites": (14, 0.62),
    "spaces": (26, 0.79),
    "districts": (6, 0.22),
    "schools": (15, 0.8),
    "kitas": (36, 0.85),
}


@dataclass(frozen=True)
class ModelCitySize:
    """The counts of a model city.

    `flats` are vacant ordinary flats and lie in `buildings`; `other_buildings` have none and stand for the rest of
    the housing stock, so that `dwellings` can be counted; the buildings and units of `sites` come on top.
    """

    residents: int
    households: int
    flats: int
    buildings: int
    other_buildings: int
    sites: int
    spaces: int
    districts: int
    schools: int
    kitas: int

    @classmethod
    def scaled(cls, residents: int, **asked: int | None) -> ModelCitySize:
        """The size of a city of so many residents; counts that are None or not named follow from `residents`.

        Raises UsageError with everything that does not go together.
        """
        growth = max(residents, 1) / REFERENCE_RESIDENTS
        counts = {name: max(1, round(count * growth**power)) for name, (count, power) in GROWTH.items()}
        unknown = sorted(set(asked) - set(counts))
        if unknown:
            raise UsageError(f"a model city has no count of {', '.join(unknown)}; known: {', '.join(counts)}")
        given = {name: count for name, count in asked.items() if count is not None}
        counts |= given
        if "flats" in given and "buildings" not in given:
            counts["buildings"] = max(1, round(counts["flats"] * 0.8))
        if "buildings" in given and "flats" not in given:
            counts["flats"] = max(counts["flats"], counts["buildings"])
        size = cls(residents=residents, **counts)
        size._check()
        return size

    def _check(self) -> None:
        problems = [
            f"{field.name} must be at least 1, it is {getattr(self, field.name)}"
            for field in fields(self)
            if getattr(self, field.name) < 1
        ]
        if not SMALLEST_CITY <= self.residents <= LARGEST_CITY:
            problems.append(f"residents must be at least {SMALLEST_CITY} and at most {LARGEST_CITY}")
        for name, each in RESIDENTS_TO_EACH.items():
            if getattr(self, name) * each > max(self.residents, SMALLEST_CITY):
                problems.append(f"{name} can be at most {self.residents // each}, it is {getattr(self, name)}")
        if self.spaces < 4:
            problems.append(f"spaces must be at least 4, it is {self.spaces}")
        if self.spaces * 200 > max(self.residents, SMALLEST_CITY):
            problems.append(f"spaces must leave 200 residents to each: at most {self.residents // 200} spaces")
        if self.districts > self.spaces:
            problems.append(f"districts ({self.districts}) cannot be more than spaces ({self.spaces})")
        if self.buildings > self.flats:
            problems.append(f"buildings ({self.buildings}) with vacant flats cannot be more than flats ({self.flats})")
        if self.buildings + self.other_buildings > self.residents // RESIDENTS_TO_A_BUILDING:
            most = self.residents // RESIDENTS_TO_A_BUILDING
            problems.append(f"buildings and other buildings can be at most {most} together")
        if problems:
            raise UsageError("this model city cannot be made: " + "; ".join(problems))
