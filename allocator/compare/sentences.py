"""How one plan differs from another in a sentence: what it houses, how far children walk, how even it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.compare.changes import amount, shown
from allocator.compare.labels import leaves
from allocator.report.numbers import Language, number

__all__ = ["difference_sentences"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "more": "{name} houses {amount} more than {reference}",
        "less": "{name} houses {amount} fewer than {reference}",
        "same": "{name} houses as many persons as {reference}",
        "school_more": "school children walk {amount} farther",
        "school_less": "school children walk {amount} less",
        "even_more": "refugees live less evenly over the social spaces (dissimilarity {value} instead of {before})",
        "even_less": "refugees live more evenly over the social spaces (dissimilarity {value} instead of {before})",
        "places_more": "{amount} more are newly used",
        "places_less": "{amount} fewer are newly used",
        "wishes_more": "the wishes of {amount} more are met",
        "wishes_less": "the wishes of {amount} fewer are met",
        "last": ", and ",
    },
    "de": {
        "more": "{name} bringt {amount} mehr unter als {reference}",
        "less": "{name} bringt {amount} weniger unter als {reference}",
        "same": "{name} bringt ebenso viele Personen unter wie {reference}",
        "school_more": "Schulkinder gehen {amount} weiter",
        "school_less": "Schulkinder gehen {amount} weniger",
        "even_more": "Geflüchtete wohnen ungleichmäßiger über die Sozialräume (Dissimilarität {value} statt {before})",
        "even_less": "Geflüchtete wohnen gleichmäßiger über die Sozialräume (Dissimilarität {value} statt {before})",
        "places_more": "{amount} mehr werden neu genutzt",
        "places_less": "{amount} weniger werden neu genutzt",
        "wishes_more": "die Wünsche von {amount} mehr werden erfüllt",
        "wishes_less": "die Wünsche von {amount} weniger werden erfüllt",
        "last": ", und ",
    },
}

_FACTS = (
    ("school", "ways.school.median_metres", "metres"),
    ("even", "segregation.social_space.after.dissimilarity", "index"),
    ("places", "new_places.buildings", "buildings"),
    ("wishes", "wishes.persons_met", "persons"),
)
"""What the sentence tells after who is housed, where it differs."""


def difference_sentences(told: Sequence[Mapping[str, Any]], names: Sequence[str], language: Language) -> list[str]:
    """One sentence for each plan but the first, which it is compared with; `told` are the `indicators` of each plan."""
    found = [dict(leaves(one)) for one in told]
    return [
        _sentence(found[0], other, names[0], name, language) for other, name in zip(found[1:], names[1:], strict=True)
    ]


def _sentence(
    reference: Mapping[str, float | None], other: Mapping[str, float | None], reference_name: str, name: str,
    language: Language,
) -> str:  # fmt: skip
    words, parts = _WORDS[language], []
    difference = (other.get("placed.persons") or 0) - (reference.get("placed.persons") or 0)
    key = "same" if difference == 0 else "more" if difference > 0 else "less"
    housed = amount(abs(difference), "persons", language)
    parts.append(words[key].format(name=name, reference=reference_name, amount=housed))
    for fact, path, kind in _FACTS:
        before, after = reference.get(path), other.get(path)
        if before is None or after is None:
            continue
        apart = shown(after, kind) - shown(before, kind)
        if abs(apart) > 1e-9:
            text = words[f"{fact}_{'more' if apart > 0 else 'less'}"]
            values = {"value": number(after, language, 3), "before": number(before, language, 3)}
            parts.append(text.format(amount=amount(abs(apart), kind, language), **values))
    head = ", ".join(parts[:-1])
    return (f"{head}{words['last']}{parts[-1]}" if head else parts[-1]) + "."
