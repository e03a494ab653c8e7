"""Invented names of Stadtteile and streets, German in sound."""

from __future__ import annotations

from collections import Counter

import numpy as np

__all__ = ["space_names", "street_names"]

CORE_NAMES = ("Altstadt", "Neustadt", "Bahnhofsviertel", "Petersvorstadt", "Wallviertel")
FIRST_PARTS = (
    "Linden", "Erlen", "Mühlen", "Weiden", "Stein", "Hohen", "Rosen", "Birken", "Kirch", "Wald", "Sonnen", "Eichen",
    "Ahorn", "Brunn", "Ober", "Nieder", "Rauten", "Falken", "Hagen", "Kloster", "Amsel", "Heide", "Wiesen", "Buchen",
    "Silber", "Grün", "Langen", "Breiten", "Kranich", "Dachs",
)  # fmt: skip
LAST_PARTS = ("berg", "feld", "hausen", "dorf", "heim", "tal", "brück", "bach", "kamp", "rode", "hof", "winkel",
              "horst", "au", "beck", "grund", "lohe", "siedlung")  # fmt: skip
STREET_PARTS = (
    "Amsel", "Drossel", "Finken", "Meisen", "Garten", "Feld", "Wiesen", "Mühlen", "Kirch", "Schul", "Bach", "Berg",
    "Tal", "Wald", "Linden", "Buchen", "Eichen", "Ahorn", "Kastanien", "Birken", "Rosen", "Tulpen", "Nelken", "Flieder",
    "Holunder", "Schlehen", "Kiefern", "Tannen", "Brunnen", "Markt", "Burg", "Turm", "Tor", "Wall", "Ring", "Hafen",
    "Ufer", "Brücken", "Ziegel", "Kalk", "Kohlen", "Eisen", "Kupfer", "Schmiede", "Weber", "Färber", "Gerber",
    "Töpfer", "Böttcher", "Müller", "Schäfer", "Hirten", "Jäger", "Fischer", "Kranich", "Reiher", "Schwalben", "Falken",
    "Dachs", "Hasen", "Igel", "Hirsch",
)  # fmt: skip
STREET_ENDS = ("straße", "weg", "gasse", "allee", "platz", "ring", "steig", "pfad", "winkel", "hang", "grund", "zeile")
GIVEN_NAMES = (
    "Anna", "Clara", "Emma", "Frieda", "Greta", "Hanna", "Ida", "Johanna", "Lina", "Martha", "Olga", "Paula", "Rosa",
    "Thea", "Wilma", "Anton", "Bruno", "Emil", "Georg", "Hugo", "Jakob", "Karl", "Ludwig", "Moritz", "Otto", "Viktor",
)  # fmt: skip
FAMILY_NAMES = (
    "Albers", "Behrend", "Conradi", "Dorn", "Ebert", "Fuhrmann", "Gerlach", "Hartwig", "Imhof", "Jansen", "Kessler",
    "Lindner", "Merten", "Nolte", "Overbeck", "Pauli", "Quast", "Reimann", "Sander", "Thiele", "Ulrich", "Voss",
    "Wegener", "Zander", "Brinkmann", "Dreyer", "Feldmann", "Grothe", "Holtkamp", "Kamphausen", "Lüders", "Möhring",
    "Niehaus", "Petri", "Rademacher", "Schürmann", "Terhorst", "Uhlig", "Vahlen", "Wessel",
)  # fmt: skip
PERSON_STREET_ENDS = ("-Straße", "-Weg", "-Platz", "-Allee", "-Ring", "-Ufer")


def space_names(rng: np.random.Generator, count: int, core: int) -> list[str]:
    """`count` different names; the first `core` (at most five) are names of an inner city."""
    core = min(core, len(CORE_NAMES), count)
    return list(CORE_NAMES[:core]) + _numbered(_combinations(rng, FIRST_PARTS, LAST_PARTS), count - core)


def street_names(rng: np.random.Generator, count: int) -> list[str]:
    """`count` different street names: those of a small town, then such as a large one needs, after persons."""
    names = _combinations(rng, STREET_PARTS, STREET_ENDS)
    if count > len(names):
        persons = tuple(f"{given}-{family}" for family in FAMILY_NAMES for given in GIVEN_NAMES)
        names += _combinations(rng, persons, PERSON_STREET_ENDS)
    return _numbered(names, count)


def _combinations(rng: np.random.Generator, firsts: tuple[str, ...], lasts: tuple[str, ...]) -> list[str]:
    """All names of two parts but Ringring; a first part comes again only after all others have come."""
    pairs = [(first, last) for first in firsts for last in lasts if first.casefold() != last]
    drawn = [pairs[position] for position in rng.permutation(len(pairs))]
    used: Counter[str] = Counter()
    rounds = []
    for first, _ in drawn:
        rounds.append(used[first])
        used[first] += 1
    return ["".join(drawn[position]) for position in np.argsort(rounds, kind="stable")]


def _numbered(names: list[str], count: int) -> list[str]:
    """The first `count` names; once all are used up, they come again with I, II, … behind them."""
    return [names[i % len(names)] + (" " + "I" * (i // len(names)) if i >= len(names) else "") for i in range(count)]
