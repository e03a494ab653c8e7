"""The parts of a design that are more than a list of values: ranges, samples, draws of households."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Distribution", "Draws", "Interval", "Range", "Sample"]

LONGEST = 100_000
"""Values that one range, and runs that one design, may have."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Interval(_Part):
    """Numbers between two ends, evenly or with even ratios (`scale: log`); `whole: true` rounds to whole numbers."""

    from_: Number = Field(alias="from", description="Least value.")
    to: Number = Field(description="Largest value.")
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Interval:
        if self.to < self.from_:
            raise ValueError("'to' must not be below 'from'")
        if self.scale == "log" and self.from_ <= 0:
            raise ValueError("a range with scale log must begin above 0")
        return self

    def at(self, share: np.ndarray) -> list[float | int]:
        """The values at these shares of the way from one end to the other (0 to 1)."""
        if self.whole:
            # Each whole number gets the same part of the way.
            low, high = math.ceil(self.from_), math.floor(self.to)
            if self.scale == "linear":
                found = np.minimum(low + np.floor(np.asarray(share) * (high - low + 1)), high)
            else:
                found = np.clip(np.rint(self._between(share)), low, high)
            return [int(value) for value in found]
        return [float(f"{value:.12g}") for value in self._between(share)]

    def _between(self, share: np.ndarray) -> np.ndarray:
        if self.scale == "log":
            return np.exp(np.log(self.from_) + np.asarray(share) * (np.log(self.to) - np.log(self.from_)))
        return self.from_ + np.asarray(share) * (self.to - self.from_)


class Range(Interval):
    """The values of an interval: every `step` from its beginning, or `count` of them, both ends included."""

    step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    count: Annotated[int, Field(ge=1, le=LONGEST)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Range:
        if (self.step is None) == (self.count is None):
            raise ValueError("needs either step or count")
        if self.step is not None and self.scale == "log":
            raise ValueError("a range with scale log needs count, not step")
        if self.step is not None and (self.to - self.from_) / self.step >= LONGEST:
            raise ValueError(f"has more than {LONGEST} values")
        return self

    def values(self) -> list[float | int]:
        """The values, ascending, each once."""
        if self.step is not None:
            number = math.floor((self.to - self.from_) / self.step + 1e-9) + 1
            found = [float(f"{self.from_ + position * self.step:.12g}") for position in range(number)]
        else:
            found = [float(f"{value:.12g}") for value in self._between(np.linspace(0, 1, self.count or 1))]
        if self.whole or all(value.is_integer() for value in found):
            found = [int(np.rint(value)) for value in found]
        return list(dict.fromkeys(found))


class Sample(_Part):
    """Points of a space-filling sample over several intervals at once, reproducible by its seed.

    `latin_hypercube`: each interval cut into `size` parts, one point in each (McKay, Beckman and Conover 1979,
    doi:10.1080/00401706.1979.10489755). `sobol`: the first `size` points of a scrambled Sobol sequence (Sobol 1967,
    doi:10.1016/0041-5553(67)90144-9; Owen 1998, doi:10.1145/272991.273010). `saltelli`: `size` times
    (number of intervals + 2) runs from which Sobol indices follow (Saltelli et al. 2010,
    doi:10.1016/j.cpc.2009.09.018). The size of a Sobol sample is a power of 2.
    """

    method: Literal["latin_hypercube", "sobol", "saltelli"]
    size: int = Field(ge=1, le=LONGEST)
    seed: int = Field(1, ge=0, le=2**31 - 1)
    of: dict[str, Interval] = Field(min_length=1)

    @model_validator(mode="after")
    def _balanced(self) -> Sample:
        if self.method != "latin_hypercube" and self.size & (self.size - 1):
            raise ValueError("the size of a Sobol sample must be a power of 2 (64, 128, 256 …)")
        return self

    def points(self) -> list[dict[str, float | int]]:
        """One dictionary of values for each point."""
        shares = self._shares()
        columns = {name: interval.at(shares[:, position]) for position, (name, interval) in enumerate(self.of.items())}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _shares(self) -> np.ndarray:
        from scipy.stats import qmc

        k = len(self.of)
        if self.method == "latin_hypercube":
            return qmc.LatinHypercube(k, rng=np.random.default_rng(self.seed)).random(self.size)
        if self.method == "sobol":
            return qmc.Sobol(k, rng=np.random.default_rng(self.seed)).random(self.size)
        both = qmc.Sobol(2 * k, rng=np.random.default_rng(self.seed)).random(self.size)
        a, b = both[:, :k], both[:, k:]
        # The order in which `effects` reads it: A, B, then A with each column in turn taken from B.
        mixed = [np.where(np.arange(k) == column, b, a) for column in range(k)]
        return np.concatenate([a, b, *mixed])


class Distribution(_Part):
    """Households drawn from a distribution.

    `persons` are weights by size (`{"1": 5, "2": 3}`). Each person beyond the first is a Kita child with the
    probability `children_kita`, a school child with `children_school`, an adult otherwise. `accessible` is the
    probability that a household needs an accessible unit, `group` are weights by label.
    """

    count: int = Field(ge=1, le=1_000_000, description="Households in each draw.")
    persons: dict[str, Weight] = Field(min_length=1)
    children_kita: Share = 0.0
    children_school: Share = 0.0
    accessible: Share = 0.0
    group: dict[str, Weight] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Distribution:
        if not all(size.isdecimal() and 1 <= int(size) <= 99 for size in self.persons):
            raise ValueError('sizes must be whole numbers from 1 to 99 in quotes: persons: {"1": 5, "2": 3}')
        for name in ("persons", "group"):
            weights = getattr(self, name)
            if weights and sum(weights.values()) <= 0:
                raise ValueError(f"at least one weight of {name} must be above 0")
        if self.children_kita + self.children_school > 1:
            raise ValueError("children_kita and children_school together must be at most 1")
        return self


class Draws(_Part):
    """Repeated draws of the households who look for a place, each by its own seed.

    `households: resample` draws as many newcomers from the list as it has, with replacement; who has a home, is pinned,
    or is linked to another household stays as listed. Otherwise newcomers come from a distribution.
    """

    count: int = Field(ge=1, le=10_000)
    seed: int = Field(1, ge=0, le=2**31 - 1)
    households: Literal["resample"] | Distribution = "resample"
