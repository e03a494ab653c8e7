"""The indicators by which the map shades social spaces, as data, with their classes.

Colours are ColorBrewer schemes (Cynthia Brewer, Pennsylvania State University, colorbrewer2.org) that it lists as safe
for colour-blind readers: YlGnBu for shares, Greens for free places, PRGn for gains and losses (reversed: more is
purple). Signs of sites and buildings stand out from all of them by a white rim and by their form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from allocator.maps.classes import Classes, diverging_classes, quantile_classes

__all__ = ["INDICATORS", "Indicator", "classed", "indicator_classes"]


@dataclass(frozen=True)
class Indicator:
    """One way to shade social spaces: `column` of the area table, its ColorBrewer scheme and kind.

    `classed_by` names the columns whose values make the classes, so that maps of before and after have the same
    classes and may be compared.
    """

    column: str
    scheme: str
    kind: Literal["percent", "places", "difference"]
    classed_by: tuple[str, ...]


INDICATORS: tuple[Indicator, ...] = (
    Indicator("share_after", "YlGnBu", "percent", ("share_after",)),
    Indicator("share_before", "YlGnBu", "percent", ("share_after",)),
    Indicator("change", "PRGn_r", "difference", ("change",)),
    Indicator("free", "Greens", "places", ("free",)),
    Indicator("deviation_after", "PRGn_r", "difference", ("deviation_before", "deviation_after")),
    Indicator("deviation_before", "PRGn_r", "difference", ("deviation_before", "deviation_after")),
)
"""In the order of the switch; the first is shown when the map opens."""


def indicator_classes(indicator: Indicator, spaces: pd.DataFrame) -> Classes:
    """The classes of one indicator over the social spaces of an area table."""
    values = np.concatenate([spaces[column].to_numpy(dtype=float) for column in indicator.classed_by])
    if indicator.kind == "difference":
        return diverging_classes(values, indicator.scheme)
    return quantile_classes(values, indicator.scheme, whole=indicator.kind == "places")


def classed(indicators: Sequence[Indicator], rows: pd.DataFrame, decimal: str) -> list[dict[str, Any]]:
    """What the page needs of each indicator: classes with colours, labels and counts, and the class of every row.

    Classes follow from the values that are given: of a publication only from what is published.
    """
    result = []
    for indicator in indicators:
        classes, values = indicator_classes(indicator, rows), rows[indicator.column].to_numpy(dtype=float)
        result.append(
            {
                "key": indicator.column,
                "kind": indicator.kind,
                "colours": list(classes.colours),
                "labels": list(classes.labels(decimal, indicator.kind == "percent")),
                "counts": list(classes.counts(values)),
                "missing": int(np.isnan(values).sum()),
                "class": classes.class_of(values).tolist(),
            }
        )
    return result
