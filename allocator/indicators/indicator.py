"""What is said of every indicator, in both languages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["SENSE_WORDS", "Indicator", "Sense", "Text", "said"]

Sense = Literal["higher", "lower", "neutral"]

SENSE_WORDS: dict[Sense, dict[str, str]] = {
    "lower": {"en": "lower is better", "de": "niedriger ist besser"},
    "higher": {"en": "higher is better", "de": "höher ist besser"},
    "neutral": {"en": "neither is better", "de": "keine Richtung ist besser"},
}
"""How values compare, in words. Of an index of segregation: for those who want an even spread; it says no more."""


@dataclass(frozen=True)
class Text:
    """The same in English and in German."""

    en: str
    de: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: name in the files, name in words, meaning, unit, formula, sense, and source where it has one.

    `formula` is the same in every language; `sense` says whether higher or lower values are better.
    """

    name: str
    title: Text
    meaning: Text
    unit: Text = Text("", "")
    formula: str = ""
    sense: Sense = "neutral"
    source: str = ""

    @property
    def plain(self) -> dict[str, Any]:
        """The same as plain data for JSON."""
        return asdict(self)


def said(indicator: Indicator, language: Literal["de", "en"]) -> dict[str, str]:
    """Title, meaning, unit and sense in one language, with formula and source."""
    texts = {key: getattr(getattr(indicator, key), language) for key in ("title", "meaning", "unit")}
    return {"name": indicator.name, **texts, "formula": indicator.formula,
            "sense": SENSE_WORDS[indicator.sense][language], "source": indicator.source}  # fmt: skip
