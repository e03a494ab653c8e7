"""One entry of the log of decisions, and the hash by which the next one holds it fast."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["BEGINNING", "FORCES", "LEVELS", "Decision", "Kind", "standing"]

BEGINNING = "0" * 64
"""What the first entry holds instead of the hash of one before it."""
Kind = Literal["pin", "move", "forbid", "withdraw"]
FORCES = ("pin", "move")
"""Kinds that name the one unit in which a household is to live."""
LEVELS = {"unit": "units", "building": "buildings", "social_space": "social_spaces"}
"""The levels of places that can be named, and the table of each."""


class Decision(BaseModel):
    """One entry: who decided what, why and when.

    `place` is of `level`; `withdraws` the number of the entry that a withdrawal takes back. `before` is the hash of the
    entry before, `sha256` that of this one: of its other keys as JSON, sorted, without blanks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    number: int = Field(ge=1)
    time: str = Field(min_length=1, max_length=40)
    kind: Kind
    household_id: str = ""
    level: Literal["", "unit", "building", "social_space"] = ""
    place: str = ""
    withdraws: int = Field(0, ge=0)
    reason: str = Field(min_length=1)
    by: str = Field(min_length=1)
    even_if: bool = False
    before: str = BEGINNING
    sha256: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        """A withdrawal names an earlier entry; everything else a household and a place."""
        if self.kind == "withdraw":
            if not 0 < self.withdraws < self.number:
                raise ValueError("a withdrawal names an earlier entry")
        elif not (self.household_id and self.place and self.level):
            raise ValueError("a household or a place is missing")
        elif self.kind in FORCES and self.level != "unit":
            raise ValueError("a household is pinned or moved to a unit")
        datetime.fromisoformat(self.time)
        return self

    def digest(self) -> str:
        """The hash of the content."""
        content = self.model_dump(exclude={"sha256"})
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def sealed(self) -> Decision:
        """The entry with its hash."""
        return self.model_copy(update={"sha256": self.digest()})

    def line(self) -> bytes:
        """The entry as it stands in the file."""
        return (json.dumps(self.model_dump(), ensure_ascii=False) + "\n").encode("utf-8")

    def sentence(self) -> str:
        """What was decided, in plain words."""
        if self.kind == "withdraw":
            return f"withdraws decision {self.withdraws}"
        place = f"{self.level.replace('_', ' ')} {self.place}"
        told = {"pin": f"{self.household_id} lives in {place}", "move": f"{self.household_id} moves to {place}",
                "forbid": f"{self.household_id} does not live in {place}"}[self.kind]  # fmt: skip
        return told + (", even if that breaks a rule" if self.even_if else "")


def standing(entries: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """The decisions that stand: not withdrawn, and of those that name a unit the last one of each household."""
    gone = {entry.withdraws for entry in entries if entry.kind == "withdraw"}
    left = [entry for entry in entries if entry.kind != "withdraw" and entry.number not in gone]
    last = {entry.household_id: entry.number for entry in left if entry.kind in FORCES}
    return tuple(entry for entry in left if entry.kind == "forbid" or last[entry.household_id] == entry.number)
