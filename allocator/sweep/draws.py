"""Draws of households: the list resampled, or newcomers from a distribution; the same seed gives the same list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from allocator.sweep.parts import Distribution, Draws

__all__ = ["drawn"]


def drawn(households: pd.DataFrame, draws: Draws, number: int) -> pd.DataFrame:
    """Draw `number` (from 1) of the households who look for a place; same columns, ascending household_id.

    Who has a home, is pinned, or is linked to another household by `near` stays as listed.
    """
    rng = np.random.default_rng([draws.seed, number])
    settled = _settled(households)
    stay, newcomers = households[settled], households[~settled]
    if isinstance(draws.households, Distribution):
        fresh = _from_distribution(households, draws.households, rng)
    else:
        fresh = _resampled(newcomers, rng)
    taken = set(stay["household_id"])
    fresh["household_id"] = [_free_name(name, taken) for name in fresh["household_id"]]
    whole = pd.concat([stay, fresh], ignore_index=True) if len(stay) else fresh
    return whole.astype(households.dtypes.to_dict()).sort_values("household_id", ignore_index=True)


def _settled(households: pd.DataFrame) -> np.ndarray:
    """True for who stays as listed [n_households]."""
    near = households["near"]
    linked = (near != "") | households["household_id"].isin(near[near != ""])
    return ((households["unit_id"] != "") | households["pinned"].astype(bool) | linked).to_numpy(dtype=bool)


def _resampled(newcomers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """As many as there are, drawn with replacement; the copies of a household are numbered."""
    chosen = np.sort(rng.integers(0, len(newcomers), len(newcomers))) if len(newcomers) else np.zeros(0, dtype=int)
    fresh = newcomers.iloc[chosen].reset_index(drop=True)
    copy = fresh.groupby("household_id").cumcount() + 1
    fresh["household_id"] = fresh["household_id"].astype(str) + "." + copy.astype(str)
    return fresh


def _from_distribution(households: pd.DataFrame, told: Distribution, rng: np.random.Generator) -> pd.DataFrame:
    """Households by size, children, access and group; every other column as if the list did not have it."""
    sizes = np.array([int(size) for size in told.persons])
    persons = rng.choice(sizes, told.count, p=_shares(told.persons))
    shares = [told.children_kita, told.children_school, 1 - told.children_kita - told.children_school]
    children = rng.multinomial(persons - 1, np.clip(shares, 0, 1))
    width = len(str(told.count))
    fresh = pd.DataFrame({column: [_empty(households[column])] * told.count for column in households.columns})
    fresh["household_id"] = [f"D{number:0{width}d}" for number in range(1, told.count + 1)]
    fresh["persons"] = persons
    fresh["children_kita"], fresh["children_school"] = children[:, 0], children[:, 1]
    fresh["accessible"] = rng.random(told.count) < told.accessible
    fresh["priority"] = 1.0
    if told.group:
        fresh["group"] = rng.choice(np.array(list(told.group), dtype=object), told.count, p=_shares(told.group))
    return fresh


def _shares(weights: dict[str, float]) -> np.ndarray:
    values = np.array(list(weights.values()), dtype=float)
    return values / values.sum()


def _empty(column: pd.Series) -> object:
    """What stands in a column of which nothing is known."""
    if pd.api.types.is_bool_dtype(column):
        return False
    if pd.api.types.is_integer_dtype(column):
        return 0
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.NaT
    return np.nan if pd.api.types.is_float_dtype(column) else ""


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "x"
    taken.add(name)
    return name
