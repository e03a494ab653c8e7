"""Which of two plans is the better one by a single number of the indicators."""

from __future__ import annotations

from fnmatch import fnmatchcase

from allocator.indicators.indicator import Sense

__all__ = ["SENSES", "sense_of"]

SENSES: tuple[tuple[str, Sense], ...] = (
    ("placed.*", "higher"),
    ("unplaced.*", "lower"),
    ("by_household_size.*_placed", "higher"),
    ("moves.stayed.*", "higher"),
    ("moves.moved.*", "lower"),
    ("moves.newly_housed.*", "higher"),
    ("moves.remaining.*", "lower"),
    ("moves.without_home.*", "lower"),
    ("housing.persons_in_own_flats", "higher"),
    ("wishes.persons_met", "higher"),
    ("wishes.share_met", "higher"),
    ("rent.eur_per_month_and_person", "lower"),
    ("ways.*_metres", "lower"),
    ("seats.*.seated", "higher"),
    ("seats.*.without_seat", "lower"),
    ("seats.*.median_metres", "lower"),
    ("existing_excess.*.after", "lower"),
    ("wishes_taken.unmet.*", "lower"),
    ("segregation.*.after.dissimilarity", "lower"),
    ("segregation.*.after.gini", "lower"),
    ("segregation.*.after.entropy", "lower"),
    ("segregation.*.after.atkinson", "lower"),
    ("segregation.*.after.spatial_dissimilarity", "lower"),
    ("segregation.*.after.dissimilarity_corrected", "lower"),
)
"""Which of two plans is the better one by an entry of `indicators`, by its path; what is not listed is neutral.

Neutral is what only describes (households listed, places in use), what rises with the number of persons placed alone
(the rent of all, isolation and exposure), and what published standards judge differently (sizes of sites). Lower
indices of segregation mean more even; whether even does good is not said.
"""


def sense_of(path: str) -> Sense:
    """Whether a higher or a lower value of an entry (`ways.school.median_metres`) is the better one, or neither."""
    return next((sense for pattern, sense in SENSES if fnmatchcase(path, pattern)), "neutral")
