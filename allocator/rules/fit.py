"""Rule `fit`: the flat fits the household, neither too dense nor too loose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from allocator.ledger import Ledger, Stay
from allocator.rules.base import Rule, Tally
from allocator.rules.pairs import pair_limit, pair_tally
from allocator.rules.primitives import Primitive
from allocator.rules.rooms import rooms_needed, rooms_needed_by
from allocator.rules.situation import Situation

__all__ = ["Fit"]

NRW_FIRST, NRW_FURTHER, NRW_LEAST = 50.0, 15.0, 10.0
"""m²: upper size for one person, for each further one, and the least for each person."""


class Fit(Rule):
    """Each ordinary unit suits the number of persons of its household; shared units have standards of their own.

    `standard: nrw`: floor area ≤ 50 + 15 · (n - 1) m² or, for two persons and more, rooms ≤ n; and floor area
    ≥ 10 · n m² (Wohnraumnutzungsbestimmungen and Wohnungsaufsicht of North Rhine-Westphalia). Rooms serve further
    persons, so for one person the 50 m² alone count; where no floor area is known, rooms ≤ n for everybody, one
    room for one person. `standard: eurostat`: rooms ≥ the rooms that the household needs (see `rooms_needed`);
    `spare_rooms` then counts from these. `spare_persons: k`: capacity - n ≤ k. `spare_rooms: k`: rooms - n ≤ k.
    `min_floor_area: m`: floor area ≥ m · n. A size that is not known limits nothing.
    """

    sentence: ClassVar = {
        "en": "A flat fits its household, neither too dense nor too loose.",
        "de": "Eine Wohnung passt zum Haushalt, weder zu eng noch zu groß.",
    }
    example: ClassVar = {"standard": "nrw"}
    formula: ClassVar = "x(h,u) = 0 where u is too small or too large for n(h)"
    source: ClassVar = {
        "en": "Wohnraumnutzungsbestimmungen of North Rhine-Westphalia: 50 m², and 15 m² or one room for each further person",
        "de": "Wohnraumnutzungsbestimmungen NRW: 50 m², dazu 15 m² oder ein Raum für jede weitere Person",
    }
    excess_unit: ClassVar = {"en": "persons", "de": "Personen"}

    rule: Literal["fit"] = "fit"
    standard: Literal["nrw", "eurostat"] | None = Field(
        None, description="nrw (m² or rooms by persons), or eurostat (rooms by who lives together)."
    )
    spare_rooms: float | None = Field(
        None, description="Rooms beyond one for each person (or beyond those needed), at most."
    )
    spare_persons: float | None = Field(None, ge=0, description="Places left free in an ordinary unit, at most.")
    min_floor_area: float | None = Field(None, ge=0, description="m² for each person, at least.")

    @model_validator(mode="after")
    def _says_something(self) -> Fit:
        if (
            self.standard is None
            and self.spare_rooms is None
            and self.spare_persons is None
            and self.min_floor_area is None
        ):
            raise ValueError("needs one of standard, spare_rooms, spare_persons, min_floor_area")
        return self

    def limits(self, situation: Situation) -> Sequence[Primitive]:
        """One forbid, or its price."""
        units = situation.city.units
        area, rooms = units["floor_area"].to_numpy(dtype=float), units["rooms"].to_numpy(dtype=float)
        capacity, shared = situation.capacity, situation.shared

        needed = rooms_needed(situation.households) if self.standard == "eurostat" else situation.persons

        def allowed(household: np.ndarray, unit: np.ndarray) -> np.ndarray:
            n = situation.persons[household]
            wrong = np.zeros(np.broadcast_shapes(n.shape, unit.shape), dtype=bool)
            # A comparison with an unknown size (NaN) is false, so an unknown size forbids nothing.
            if self.standard == "nrw":
                spacious = area[unit] > NRW_FIRST + NRW_FURTHER * (n - 1) + 1e-9
                wrong |= spacious & ~((n > 1) & (rooms[unit] <= n)) | (area[unit] < NRW_LEAST * n - 1e-9)
                wrong |= np.isnan(area[unit]) & (rooms[unit] > n)
            if self.standard == "eurostat":
                wrong |= rooms[unit] < needed[household]
            if self.spare_rooms is not None:
                wrong |= rooms[unit] - needed[household] > self.spare_rooms
            if self.spare_persons is not None:
                wrong |= capacity[unit] - n > self.spare_persons
            if self.min_floor_area is not None:
                wrong |= area[unit] < self.min_floor_area * n - 1e-9
            return ~wrong | shared[unit]

        return [
            pair_limit(situation, (situation.persons, needed), (area, rooms, capacity, shared), allowed, self.is_soft)
        ]

    def recount(self, ledger: Ledger) -> Iterable[Tally]:
        """Persons in flats that do not suit them, beyond those who live there today."""
        return pair_tally(ledger, self._suits)

    def _suits(self, stay: Stay) -> bool:
        persons, unit = stay.household["persons"], stay.unit
        area, rooms = unit["floor_area"], unit["rooms"]
        if unit["shared"]:
            return True
        known_area, known_rooms = area == area, rooms == rooms
        if self.standard == "nrw":
            few_rooms = known_rooms and rooms <= persons
            if known_area and area < NRW_LEAST * persons - 1e-9:
                return False
            too_large = known_area and area > NRW_FIRST + NRW_FURTHER * (persons - 1) + 1e-9
            if too_large and not (persons > 1 and few_rooms):
                return False
            if not known_area and known_rooms and not few_rooms:
                return False
        needed = rooms_needed_by(stay.household) if self.standard == "eurostat" else persons
        if self.standard == "eurostat" and known_rooms and rooms < needed:
            return False
        if self.spare_rooms is not None and known_rooms and rooms - needed > self.spare_rooms:
            return False
        if self.spare_persons is not None and unit["capacity"] - persons > self.spare_persons:
            return False
        return not (self.min_floor_area is not None and known_area and area < self.min_floor_area * persons - 1e-9)
