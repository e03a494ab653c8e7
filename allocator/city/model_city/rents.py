"""Rents and the rents that are paid for: one formula for flats, one for what a household of n persons may cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["appropriate_floor_area", "highest_rents", "monthly_rents"]

SUBSIDISED = 0.76
"""Rent of a subsidised flat as a share of the level of the city."""


def appropriate_floor_area(persons: ArrayLike) -> NDArray[np.int64]:
    """m² that count as appropriate for so many persons in North Rhine-Westphalia: 50 for one, 15 for each other.

    Source: Wohnraumnutzungsbestimmungen (WNB) NRW, the measure of "costs of accommodation" (KdU) under SGB II/XII.
    """
    return 50 + 15 * (np.asarray(persons, dtype=np.int64) - 1)


def highest_rents(persons: ArrayLike, reference_rent: float) -> NDArray[np.int64]:
    """EUR a month that are paid for households of so many persons: appropriate floor area × `reference_rent` (EUR/m²).

    Rounded up to 5 EUR. Households of one size have one limit, as in the lists of German cities.
    """
    return (np.ceil(appropriate_floor_area(persons) * reference_rent / 5) * 5).astype(np.int64)


def monthly_rents(rng: np.random.Generator, flats: pd.DataFrame, level: float) -> NDArray[np.int64]:
    """EUR a month without heating, of flats with `floor_area`, `status_index`, `centrality` (0 to 1) and `funding`.

    level × (1 + 0.055·(3 − status_index) + 0.10·centrality) × (60 / floor_area)^0.12 per m², with a scatter of 6 %;
    subsidised flats cost SUBSIDISED × level per m², with a scatter of 3 %, and never more than free ones.
    `level` is EUR per m² of a flat of 60 m² in a middling place outside the core.
    """
    area = flats["floor_area"].to_numpy(dtype=float)
    place = 1 + 0.055 * (3 - flats["status_index"].to_numpy(dtype=float)) + 0.10 * flats["centrality"].to_numpy()
    scatter = rng.normal(0, 1, len(flats))
    free = level * place * (60 / area) ** 0.12 * (1 + 0.06 * scatter)
    subsidised = np.minimum(SUBSIDISED * level * (1 + 0.03 * scatter), free)
    per_square_metre = np.where(flats["funding"] == "subsidised", subsidised, free)
    return np.round(per_square_metre * area).astype(np.int64)
