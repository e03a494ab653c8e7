"""Addresses as people write them find the building that is meant, or the nearest one is named."""

import pandas as pd
import pytest

from allocator.access.addresses import Address, AddressBook, house_numbers, normalised_street, split_address


@pytest.mark.parametrize(
    "spellings",
    [
        ("Karl-Marx-Straße", "Karl Marx Str.", "KARL-MARX-STRASSE", "karl-marx-str", "Karl-Marxstr."),
        ("Mühlenstraße", "Muehlenstr.", "Mühlen-Straße", "mühlenstrasse", "Mu\u0308hlenstr"),
        ("Sankt-Anna-Platz", "St. Anna Platz", "St.-Anna-Pl."),
        ("Dr.-Otto-Meier-Weg", "Doktor Otto Meier Weg"),
        ("Straße des 17. Juni", "Str. des 17. Juni"),
        ("Café-André-Gasse", "Cafe-Andre-Gasse"),
    ],
)
def test_spellings_of_one_street_agree(spellings):
    """Case, umlauts, accents, blanks, hyphens and the usual abbreviations do not count."""
    assert len({normalised_street(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bergstraße", "Bergweg"), ("Am Plan", "Am Platz"), ("Stralauer Allee", "Straße"), ("Neue Straße", "Neuestadt")],
)
def test_different_streets_stay_different(one, other):
    """An abbreviation is read only where a word ends."""
    assert normalised_street(one) != normalised_street(other)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12", ("12",)),
        ("12 a", ("12a",)),
        ("12A", ("12a",)),
        ("12 1/2", ("12½",)),
        ("12-16", ("12", "14", "16")),
        ("12–14", ("12", "14")),
        ("11-14", ("11", "12", "13", "14")),
        ("12a-c", ("12a", "12b", "12c")),
        ("12 a - 12 c", ("12a", "12b", "12c")),
        ("12-a", ("12", "12a")),
        ("12/14", ("12", "14")),
        ("5+7, 9", ("5", "7", "9")),
        ("12.", ("12",)),
        ("14-12", ("14", "12")),
        ("", ()),
        ("ohne", ()),
    ],
)
def test_house_numbers_and_ranges(text, numbers):
    """Suffixes with or without blank and case, ranges of one side of the street, lists."""
    assert house_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "street", "number", "postcode"),
    [
        ("Hauptstr. 5", "Hauptstr.", "5", ""),
        ("Hauptstr.5a", "Hauptstr.", "5a", ""),
        ("Straße des 17. Juni 135 b, 10623 Berlin", "Straße des 17. Juni", "135 b", "10623"),
        ("Alt-Wittenau 64 13437 Berlin", "Alt-Wittenau", "64", "13437"),
        ("Karl-Marx-Str. 12-14, Berlin", "Karl-Marx-Str.", "12-14", ""),
        ("Straße 52 Nr. 3", "Straße 52", "3", ""),
        ("Bachweg 12 1/2", "Bachweg", "12 1/2", ""),
        ("Am Markt", "Am Markt", "", ""),
        ("Am Markt, 58762 Altena", "Am Markt", "", "58762"),
    ],
)
def test_an_address_is_split(text, street, number, postcode):
    """Street, number and postcode, also where the street has a number of its own."""
    assert split_address(text) == Address(street, number, postcode)


@pytest.fixture
def book():
    """Five buildings; Am Hof 2 stands in two postcodes, Ring 1 is two houses."""
    return AddressBook.of(
        pd.DataFrame(
            [
                ("Hauptstraße 3-7", "", "", "58762", "", 10),
                ("Am Hof 2", "Am Hof", "2", "58762", "", 1),
                ("Am Hof 2", "Am Hof", "2", "58791", "", 1),
                ("Ring 1", "", "", "", "Ring 1; Ring 1a", 3),
                ("Ring 1", "", "", "", "", 8),
                ("", "", "", "", "", 1),
            ],
            columns=["address", "street", "house_number", "postcode", "addresses", "dwellings"],
        )
    )


@pytest.mark.parametrize(
    ("street", "number", "postcode", "building"),
    [
        ("Hauptstr.", "3-7", "", 0),
        ("Hauptstr.", "5", "", 0),
        ("hauptstr", "5 - 7", "58762", 0),
        ("Hauptstr.", "7-9", "", 0),
        ("Hauptstr.", "4", "", -1),
        ("Hauptstr.", "5", "10115", -1),
        ("Am Hof", "2", "58791", 2),
        ("Ring", "1 A", "", 3),
        ("Ring", "1", "", 4),
        ("Ring", "", "", -1),
        ("", "1", "", -1),
    ],
)
def test_an_address_finds_its_building(book, street, number, postcode, building):
    """Exactly, inside a range, by a range that meets one building only, by postcode, else not at all."""
    assert book.find(Address(street, number, postcode)).building == building


def test_of_several_buildings_the_largest_is_taken_and_counted(book):
    """Ring 1 is two buildings: the one with 8 dwellings is taken, and both are counted."""
    assert book.find(Address("Ring", "1")).candidates == 2
    assert book.find(Address("Am Hof", "2")).candidates == 2


@pytest.mark.parametrize(
    ("street", "number", "nearest"),
    [
        ("Hauptstr.", "9", "Hauptstraße 7"),
        ("Hauptsrasse", "4", "Hauptstraße 3"),
        ("Rnig", "2", "Ring 1"),
        ("Ring", "2", "Ring 1"),
        ("Zugspitzgasse", "1", ""),
    ],
)
def test_what_is_not_found_gets_the_nearest_candidate(book, street, number, nearest):
    """The nearest number in that street, or in the street that is spelt most alike; nothing that is far off."""
    assert book.find(Address(street, number)).nearest == nearest


def test_a_book_without_addresses_finds_nothing():
    """Buildings without any address column make an empty book."""
    match = AddressBook.of(pd.DataFrame({"building_id": ["a"]})).find(Address("Ring", "1"))
    assert (match.building, match.nearest) == (-1, "")
