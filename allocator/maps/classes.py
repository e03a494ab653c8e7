"""Classes of an indicator: where one colour ends and the next begins, and what the legend says about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["NO_DATA_COLOUR", "Classes", "diverging_classes", "quantile_classes"]

NO_DATA_COLOUR = "#d9d9d9"
"""Grey of places whose indicator is not known; the map hatches it as well."""

_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_LARGEST_PART = 1.6
_FEWEST_COLOURS = 3  # ColorBrewer has no scheme of one or two colours


@dataclass(frozen=True)
class Classes:
    """Classes in ascending order: class i holds breaks[i - 1] ≤ value < breaks[i].

    `breaks` [n_classes - 1] are the inner boundaries in the unit of the values, `colours` [n_classes] as `#rrggbb`,
    `least` and `greatest` the ends of what was classed (0 if nothing was). `whole` says that the values are counts:
    their breaks lie half-way between two whole numbers, so that a value and the same value rounded fall into the same
    class and no count lies on a boundary.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    whole: bool
    least: float = 0.0
    greatest: float = 0.0

    def class_of(self, values: np.ndarray) -> np.ndarray:
        """The class of each value, -1 where it is NaN."""
        values = np.asarray(values, dtype=float)
        return np.where(np.isnan(values), -1, np.searchsorted(self.breaks, values, side="right"))

    def counts(self, values: np.ndarray) -> tuple[int, ...]:
        """How many values fall into each class [n_classes]."""
        found = self.class_of(values)
        return tuple(int(count) for count in np.bincount(found[found >= 0], minlength=len(self.colours)))

    def labels(self, decimal: str = ",", percent: bool = False) -> tuple[str, ...]:
        """What the legend says of each class: `1 – 4`, `≥ 20`, `0,5 – < 1 %`; language enters by the decimal sign.

        `percent` shows fractions as percentages.
        """
        if len(self.colours) == 1:
            return (self._only_label(decimal, percent),)
        lows, highs = (-np.inf, *self.breaks), (*self.breaks, np.inf)
        if self.whole:
            return tuple(_whole_label(low, high) for low, high in zip(lows, highs, strict=True))
        factor, unit = (100.0, " %") if percent else (1.0, "")
        return tuple(_label(low * factor, high * factor, decimal, unit) for low, high in zip(lows, highs, strict=True))

    def _only_label(self, decimal: str, percent: bool) -> str:
        factor, unit = (100.0, " %") if percent else (1.0, "")
        ends = [_number(round(end * factor, 0 if self.whole else 1), decimal) for end in (self.least, self.greatest)]
        return f"{ends[0]}{unit}" if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}{unit}"


def quantile_classes(values: np.ndarray, scheme: str, whole: bool, most: int = 5) -> Classes:
    """At most `most` classes that hold about equally many values each, with rounded breaks.

    Breaks are quantiles, rounded coarsely where that leaves every class between half and 1.6 times
    its part of the values, else to the digits that keep them apart. Counts (`whole`) of zero get a
    class of their own besides. `scheme` is a sequential ColorBrewer scheme; NaN values count nowhere.
    """
    known = _known(values)
    inner = np.linspace(0, 1, most + 1)[1:-1]
    if not whole:
        breaks = _rounded(_quantiles(known, inner), known)
        return _sequential(breaks, scheme, whole, known)
    counts = np.rint(known)
    positive = counts[counts > 0]
    wholes = {max(1.0, float(np.rint(value))) for value in _rounded(_quantiles(positive, inner), positive)}
    if positive.size and positive.size < counts.size:
        wholes |= {1.0}
    breaks = sorted(value - 0.5 for value in wholes if value > counts.min())
    return _sequential(breaks, scheme, whole, counts)


def diverging_classes(values: np.ndarray, scheme: str) -> Classes:
    """Up to three classes of losses, one of zero, three of gains, with the same rounded breaks on both sides.

    Values are persons, read as rounded to whole ones. Breaks are thirds of the absolute values that are not zero; a
    side that has no values has no classes. `scheme` is a diverging ColorBrewer scheme, negative values first.
    """
    from branca.utilities import color_brewer

    known = np.rint(_known(values))
    sizes = np.abs(known[known != 0])
    upper = {float(np.rint(value)) for value in _rounded(_quantiles(sizes, np.array([1 / 3, 2 / 3])), sizes)}
    steps = [0.5, *sorted(value - 0.5 for value in upper if value > 1)]
    gains = steps if (known > 0).any() else []
    losses = [-step for step in reversed(steps)] if (known < 0).any() else []
    colours = color_brewer(scheme, 7)
    middle, right = colours[3], colours[4:][len(colours[4:]) - len(gains) :]
    left = colours[: len(losses)]
    return Classes((*losses, *gains), (*left, middle, *right), True, *_ends(known))


def _known(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]


def _ends(known: np.ndarray) -> tuple[float, float]:
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def _sequential(breaks: list[float], scheme: str, whole: bool, known: np.ndarray) -> Classes:
    from branca.utilities import color_brewer

    wanted = len(breaks) + 1
    colours = color_brewer(scheme, max(wanted, _FEWEST_COLOURS))
    return Classes(tuple(breaks), tuple(colours[:wanted]), whole, *_ends(known))


def _quantiles(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Different quantiles above the least value: a break at the least value would only make an empty class."""
    if not values.size:
        return np.empty(0)
    found = np.unique(np.quantile(values, at))
    return found[found > values.min()]


def _rounded(breaks: np.ndarray, values: np.ndarray) -> list[float]:
    """Ascending breaks, rounded.

    To 1, 1.5, 2, …, 8 times a power of ten if that leaves classes of about equal size, else to the fewest significant
    digits, 2 to 4, that keep the breaks apart.
    """
    rounded: list[float] = []
    part = values.size / (breaks.size + 1)
    for digits in (None, 2, 3, 4):
        rounded = sorted({_round_number(one) if digits is None else float(f"{one:.{digits}g}") for one in breaks})
        sizes = np.bincount(np.searchsorted(rounded, values, side="right"), minlength=len(rounded) + 1)
        even = part / 2 <= sizes.min() and sizes.max() <= _LARGEST_PART * part
        if len(rounded) == len(breaks) and (even or digits is not None):
            break
    return rounded


def _round_number(value: float) -> float:
    """The nearest round number to a value of 0 or more."""
    if value <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(value))
    nearest = min(_ROUND, key=lambda step: abs(step * power - value))
    return float(f"{nearest * power:.3g}")


def _whole_label(low: float, high: float) -> str:
    """The counts between two breaks: `≤ 4`, `5 – 19`, `−19 … −5`, `≥ 20`."""
    first, last = low + 0.5, high - 0.5
    if np.isinf(low):
        return "0" if last == 0 else f"≤ {_number(last, '')}"
    if np.isinf(high):
        return "0" if first == 0 else f"≥ {_number(first, '')}"
    if first == last:
        return _number(first, "")
    return f"{_number(first, '')}{' – ' if first >= 0 else ' … '}{_number(last, '')}"


def _label(low: float, high: float, decimal: str, unit: str) -> str:
    """The values between two breaks: `< 1 %`, `1 – < 1,5 %`, `≥ 5 %`."""
    if np.isinf(low):
        return f"< {_number(high, decimal)}{unit}"
    if np.isinf(high):
        return f"≥ {_number(low, decimal)}{unit}"
    return f"{_number(low, decimal)} – < {_number(high, decimal)}{unit}"


def _number(value: float, decimal: str) -> str:
    return f"{value:.6g}".replace("-", "−").replace(".", decimal)
