"""Addresses as people write them: German street names and house numbers, matched with the addresses of buildings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from allocator.city.coercion import text_of

__all__ = ["Address", "AddressBook", "Match", "house_numbers", "normalised_street", "split_address"]

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_WORDS = (
    (r"\b(sankt|st)\b\.?", "sankt"),
    (r"str(\.|(?=$|[\s\-,]))", "strasse"),
    (r"pl(\.|(?=$|[\s\-,]))", "platz"),
    (r"\b(prof)\.", "professor"),
    (r"\b(dr)\.", "doktor"),
    (r"\b(gr)\.", "grosse"),
    (r"\b(kl)\.", "kleine"),
    (r"\b(a)\. ?(d)\.", "an der"),
)
"""What is written short in street names, umlauts written out, and what it means."""
_NUMBER = re.compile(r"(\d+)\s*((?:1/[234])|[a-z](?![a-z]))?")
_RANGE = re.compile(r"\s*(?:-|–|—|bis|/|\+|,|;|&|und)\s*")
_SPLIT = re.compile(
    r"^(?P<street>.*?\D)[\s,]*?(?P<number>\d+\s*(?:1/[234]|[a-zA-Z])?"
    r"(?:\s*(?:-|–|—|/|\+|bis)\s*(?:\d+\s*[a-zA-Z]?|[a-zA-Z]))*)\s*(?:,.*|\b(?P<code>\d{5})\b.*)?$"
)
_CODE = re.compile(r"(?<!\d)(\d{5})(?!\d)")


@dataclass(frozen=True)
class Address:
    """One address: street and house number as written, postcode (empty where not known)."""

    street: str
    number: str
    postcode: str = ""

    def __str__(self) -> str:
        return f"{self.street} {self.number}".strip()


@dataclass(frozen=True)
class Match:
    """The building of an address (row in the table, -1 for none), how many have it, and the nearest one known."""

    building: int
    candidates: int = 0
    nearest: str = ""


def normalised_street(text: str) -> str:
    """A street by which its spellings agree: `Karl-Marx-Str.`, `Karl Marx Straße`, `KARL-MARX-STRASSE` are one.

    Case, umlauts and ß written out, accents, blanks, hyphens and signs do not count; `Str.`, `Pl.`, `St.`, `Dr.` and
    `Prof.` are written out.
    """
    plain = unicodedata.normalize("NFC", text).casefold()
    for letter, written in _LETTERS.items():
        plain = plain.replace(letter, written)
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign)).strip()
    for pattern, written in _WORDS:
        plain = re.sub(pattern, written, plain)
    return re.sub(r"[^a-z0-9]", "", plain)


def house_numbers(text: str) -> tuple[str, ...]:
    """The house numbers of a text, in order: `12 A` is `12a`; `12-16` is 12, 14, 16; `12a-c` is 12a, 12b, 12c.

    A range counts the numbers of one side of the street where its ends are both odd or both even, else all; `/`, `+`
    and `,` list single numbers. Empty where there is none.
    """
    plain = unicodedata.normalize("NFKC", text.replace("½", " 1/2")).casefold().strip(" .")
    half = plain.replace("1/2", "½").replace("1/4", "¼").replace("3/4", "¾")
    parts = [part for part in _RANGE.split(half) if part]
    signs = _RANGE.findall(half)
    result: list[str] = []
    last: tuple[int, str] | None = None
    for place, part in enumerate(parts):
        found = re.fullmatch(r"(\d+)?\s*([a-z½¼¾])?", part)
        if found is None or (found[1] is None and last is None):
            return tuple(dict.fromkeys(result))
        number = int(found[1]) if found[1] else last[0]
        letter = found[2] or ""
        joined = place > 0 and signs and signs[min(place, len(signs)) - 1].strip() in ("-", "–", "—", "bis")
        if joined and last is not None:
            result += _between(last, (number, letter))
        result.append(f"{number}{letter}")
        last = (number, letter)
    return tuple(dict.fromkeys(result))


def _between(first: tuple[int, str], last: tuple[int, str]) -> list[str]:
    """The numbers inside a range, without its ends."""
    (low, before), (high, after) = first, last
    if low == high and after.isalpha():
        letters = range(ord(before or "a") + (1 if before else 0), ord(after))
        return [f"{low}{chr(sign)}" for sign in letters]
    if not 0 < high - low <= 200:
        return []
    return [str(number) for number in range(low, high, 2 if (high - low) % 2 == 0 else 1)][1:]


def split_address(text: str) -> Address:
    """Street, number and postcode of `Straße des 17. Juni 135 b, 10623 Berlin`; without a number all is the street."""
    plain = re.sub(r"\bNr\.?\s*(?=\d)", "", " ".join(text.split()), flags=re.IGNORECASE)
    found = _SPLIT.match(plain)
    if found is None:
        street, _, rest = plain.partition(",")
        code = _CODE.search(rest)
        return Address(street.strip(), "", code[1] if code else "")
    code = _CODE.search(plain[found.end("number") :])
    return Address(found["street"].strip(" ,"), found["number"].strip(), code[1] if code else "")


@dataclass(frozen=True)
class AddressBook:
    """The addresses of the buildings of a city, to look one up."""

    streets: dict[str, dict[str, list[int]]]
    whole: dict[str, dict[tuple[str, ...], list[int]]]
    written: dict[str, str]
    postcodes: np.ndarray
    weight: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, buildings: pd.DataFrame) -> AddressBook:
        """The book of a table of buildings.

        Columns `addresses` (`;` between), else `address`; `street` and `house_number` beside it; `postcode` where there
        is one. Buildings without an address are not in it.
        """

        def column(name: str) -> list[str]:
            return text_of(buildings[name]).tolist() if name in buildings else [""] * len(buildings)

        streets: dict[str, dict[str, list[int]]] = {}
        whole: dict[str, dict[tuple[str, ...], list[int]]] = {}
        written: dict[str, str] = {}
        several, single = column("addresses"), column("address")
        for row, (street, number) in enumerate(zip(column("street"), column("house_number"), strict=True)):
            listed = [split_address(text) for text in (several[row] or single[row]).split(";") if text.strip()]
            if street and number:
                listed.append(Address(street, number))
            for one in listed:
                key, numbers = normalised_street(one.street), house_numbers(one.number)
                if not key or not numbers:
                    continue
                written.setdefault(key, one.street)
                for name in numbers:
                    rows = streets.setdefault(key, {}).setdefault(name, [])
                    rows += [row] if row not in rows else []
                rows = whole.setdefault(key, {}).setdefault(numbers, [])
                rows += [row] if row not in rows else []
        dwellings = np.zeros(len(buildings))
        if "dwellings" in buildings:
            dwellings = pd.to_numeric(buildings["dwellings"], errors="coerce").fillna(0).to_numpy(dtype=float)
        return cls(streets, whole, written, np.array(column("postcode"), dtype=object), dwellings)

    def find(self, address: Address) -> Match:
        """The building of an address.

        The whole number first (`12-14` is `12-14`), then a building whose range holds it, then the buildings of a range
        that the address names, if it is one. A postcode that both have must agree. Of several buildings at one address
        the one with most dwellings is taken, then the first. Without a match, `nearest` is an address that is known:
        the nearest number in the same street, or in the street that is spelt most alike.
        """
        key, numbers = normalised_street(address.street), house_numbers(address.number)
        for rows in (self.whole.get(key, {}).get(numbers, []), self._holding(key, numbers)):
            rows = [row for row in rows if self._same_place(row, address.postcode)]
            if rows:
                best = max(rows, key=lambda row: (self.weight[row], -row))
                return Match(best, len(rows))
        return Match(-1, 0, self._nearest(key, numbers))

    def _holding(self, key: str, numbers: Sequence[str]) -> list[int]:
        """Buildings that have every one of the numbers; or, if no building has them all, the one that has some."""
        known = self.streets.get(key, {})
        held = [set(known.get(number, ())) for number in numbers]
        if not held:
            return []
        return sorted(set.intersection(*held)) or (sorted(one) if len(one := set.union(*held)) == 1 else [])

    def _same_place(self, row: int, postcode: str) -> bool:
        own = str(self.postcodes[row])
        return not own or not postcode or own == postcode

    def _nearest(self, key: str, numbers: Sequence[str]) -> str:
        from rapidfuzz import process

        if not self.streets or not key:
            return ""
        street = key if key in self.streets else ""
        if not street:
            best = process.extractOne(key, list(self.streets), score_cutoff=70)
            if best is None:
                return ""
            street = best[0]
        wanted = int(_NUMBER.match(numbers[0])[1]) if numbers else 0
        number = min(self.streets[street], key=lambda name: (abs(int(_NUMBER.match(name)[1]) - wanted), name))
        return f"{self.written[street]} {number}"
