"""Numbers, flags and days as people write them."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.city.coercion import coordinates_of, numbers_of, text_of
from allocator.city.values import decimal_evidence, is_ambiguous, parse_day, parse_flag, parse_number

WRITTEN = st.sampled_from("0123456789.,-+eE%€ '")
ANY = st.integers(0, sys.maxunicode).map(chr)
"""Every character, half of a pair too. By number: the table of kinds of characters takes seconds to make."""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12), ("-3", -3), ("+4", 4), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1.234.567", 1234567),
        ("0,75", 0.75), ("0.125", 0.125), ("0,125", 0.125), ("1234,567", 1234.567), ("1 234,50", 1234.5),
        ("1'234.50", 1234.5), ("1\u202f234", 1234), ("1e3", 1000), ("−7", -7), (".5", 0.5), (",5", 0.5),
    ],
)  # fmt: skip
@pytest.mark.parametrize("decimal", [".", ","])
def test_numbers_are_read_whatever_the_convention(text: str, number: float, decimal: str) -> None:
    """A number that has one reading has it under either convention."""
    assert parse_number(text, decimal) == number
    assert not is_ambiguous(text)


def test_a_number_with_two_readings_follows_the_convention() -> None:
    """`1.234` is 1.234 where points stand before decimals, and 1234 where commas do."""
    assert (parse_number("1.234", "."), parse_number("1.234", ",")) == (1.234, 1234)
    assert (parse_number("1,234", "."), parse_number("1,234", ",")) == (1234, 1.234)
    assert is_ambiguous("1.234")


@pytest.mark.parametrize(
    "text", ["", "-", "abc", "1,2,3", "1.23.4", "0x10", "1_0", "٣", "nan", "inf", "450 €", "1e999"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    """Words, units, groups of wrong length, other digits, infinity: none of them is a number."""
    assert parse_number(text) is None


@given(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)))
def test_a_number_written_in_german_or_english_comes_back(value: float) -> None:
    """Any amount of cents written with thousands and decimals, in either convention, is read as itself."""
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english, ",") == parse_number(german, ".") == value


@settings(max_examples=50)
@given(st.text(WRITTEN | ANY, max_size=12))
def test_no_text_breaks_a_parser(text: str) -> None:
    """Every parser returns a value or None for any text."""
    assert parse_number(text) is None or np.isfinite(parse_number(text))
    assert parse_flag(text) in (True, False, None)
    parse_day(text)


def test_a_column_decides_for_its_own_values() -> None:
    """One decimal comma in a column shows that its `1.234` is one thousand two hundred and thirty-four."""
    numbers, wrong = numbers_of(pd.Series(["1.234", "5,5", "-", "n/a"]), ".")
    assert numbers[:2].tolist() == [1234, 5.5]
    assert np.isnan(numbers[2:]).all()
    assert not wrong.any()
    assert decimal_evidence(["1.234", "5,5"]) == ","
    assert decimal_evidence(["1.5", "5,5"]) == ""


def test_coordinates_have_no_thousands() -> None:
    """`6.957` and `6,957` are degrees east in every file."""
    assert coordinates_of(pd.Series(["6.957", "50.938"]))[0].tolist() == [6.957, 50.938]
    assert coordinates_of(pd.Series(["6,957", "50,938"]))[0].tolist() == [6.957, 50.938]
    assert coordinates_of(pd.Series(["356.000,5", "x"]))[1].tolist() == [False, True]


def test_flags_and_days() -> None:
    """Flags in German and English, ISO and German days are read; two-digit years and impossible days are not."""
    assert [parse_flag(word) for word in ("ja", "Nein", "X", "1", "0", "TRUE", "falsch", "perhaps")] == [
        True, False, True, True, False, True, False, None,
    ]  # fmt: skip
    first = np.datetime64("2026-03-01")
    assert all(parse_day(text) == first for text in ("2026-03-01", "1.3.2026", "01.03.2026", "2026-03-01T00:00:00"))
    assert [parse_day(text) for text in ("1.3.26", "30.2.2026", "2026-W10-1", "20260301", "3/1/2026")] == [None] * 5
    assert parse_day("9999-12-31") == np.datetime64("9999-12-31")


def test_cells_become_text_by_their_own_type() -> None:
    """1, 1.0, True, a missing value and a decomposed umlaut each become the text a reader expects."""
    cells = pd.Series([1, 2.0, True, None, float("nan"), "  u\u0308 ", "007", pd.Timestamp("2026-03-01")], dtype=object)
    assert text_of(cells).tolist() == ["1", "2", "True", "", "", "ü", "007", "2026-03-01"]
